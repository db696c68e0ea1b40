/* A paper in the making, for the files that make one kind each. Nothing here touches what the loop owns. */
#ifndef BOT_SCHOOL_PAPER_PRIVATE_H
#define BOT_SCHOOL_PAPER_PRIVATE_H

#include "bot/school/chart.h"
#include "bot/school/grid.h"
#include "bot/school/paper.h"

#define PAPER_UNFINISHED "paper-" /* how the names of files in the making begin, in data_dir */

/* What a capability has for the archive: a file of its own, called sheet.archive_NAME. */
struct paper_text {
    const char *handler;
    char *text;
};

struct paper {
    enum paper_kind kind;
    int64_t class_id, subject, now;
    char *store_path, *files_dir, *temp_dir, *title, *slug, *label, *lang, *starts;
    char *tag; /* what makes the names of calendar entries this installation's */
    GTimeZone *zone;
    GHashTable *words;     /* locale key → sentence as it stands in the file */
    struct school *school; /* of paper_slice alone */
    struct vault *vault;   /* to open with; any thread may */
    GArray *members;       /* int64_t: whose marks are wanted; NULL none */
    guint measured;        /* so many of them are in */
    int scheme_version;
    struct grid *marks;       /* made on the loop; NULL when the class has none yet */
    GPtrArray *slips;         /* so are the codes of those who have not joined; NULL none */
    GPtrArray *texts;         /* struct paper_text *, for the archive; NULL for others */
    struct paper_order order; /* what a capability put into it, made on the loop too */

    struct store *store; /* while it is being made: the reader */
    struct pool *pool;
    char *bytes, *path, *error;
    bool unread; /* the store did not answer */
    size_t len;
    char *name;
};

/* Remembers why it cannot be made; the first reason stays. */
void paper_fail(struct paper *, const char *why);

/* The sentence `key`, its placeholders filled from name, value pairs ended by NULL; in the pool. */
const char *paper_words(struct paper *, const char *key, ...) G_GNUC_NULL_TERMINATED;

/* "3月2日", "周一", "09:00" of a moment in the class's zone; in the pool. */
const char *paper_day(struct paper *, int64_t at);
const char *paper_weekday(struct paper *, int64_t at);
const char *paper_time(struct paper *, int64_t at);
const char *paper_date(struct paper *, int64_t at); /* "3/2" */

/* Writes a workbook and takes its bytes. */
void paper_take_book(struct paper *, struct grid *const *, size_t count);

/* The mark sheet, made on the loop: its heads (nothing when the class keeps no scheme), then its rows, a few
 * at a time until it gives true. */
void paper_marks_begin(struct talk *, const struct class *, struct paper *);
bool paper_marks_next(struct talk *, const struct class *, struct paper *);

/* The join codes, taken on the loop. */
void paper_slips_begin(struct talk *, const struct class *, struct paper *);

/* The makers. */
struct grid *paper_signin(struct paper *);
struct grid *paper_roster(struct paper *);
GString *paper_calendar(struct paper *);
GString *paper_blank(struct paper *);
GString *paper_slips(struct paper *);
GString *paper_brief(struct paper *);
void paper_archive(struct paper *);
void paper_mine(struct paper *);

#endif
