/* Papers of a class: sign-in sheets, marks, roster, timetable, archive. A paper is ordered on the loop, where
 * sentences and marks are at hand; made on a worker (or at once, by a command that works alone) from that
 * plain data and a connection that only reads; then used on the loop again. */
#ifndef BOT_SCHOOL_PAPER_H
#define BOT_SCHOOL_PAPER_H

#include "bot/school/talk.h"

enum paper_kind {
    PAPER_BOOK,         /* marks and sign-in sheet, one workbook */
    PAPER_SIGNIN,       /* sign-in sheet, XLSX */
    PAPER_MARKS,        /* mark sheet, XLSX */
    PAPER_ROSTER,       /* who is in the class, XLSX */
    PAPER_MARKS_CSV,    /* mark sheet, CSV */
    PAPER_CALENDAR,     /* timetable, ICS */
    PAPER_BLANK,        /* subject: a sitting. Sign-in sheet to be printed and signed, PDF */
    PAPER_ARCHIVE,      /* all of it and what people handed in, ZIP */
    PAPER_SLIPS,        /* subject: who asks, 0: the machine. Join codes to be cut out, PDF */
    PAPER_RESULTS,      /* subject: a survey. Its result, XLSX */
    PAPER_PICTURE,      /* subject: a survey. Its result as a picture, PNG */
    PAPER_PAYMENT,      /* what a training is paid by, PDF to sign */
    PAPER_PAYMENT_BOOK, /* the same, XLSX */
    PAPER_BRIEF,        /* attendance and hand-in over the course, PNG */
    PAPER_MINE,         /* subject: a person. Everything held about that one, XLSX */
    PAPER_KINDS,
};

struct paper;

/* What a capability puts into a paper of its own, on the loop: sheets (struct grid *), or a picture. */
struct paper_order {
    enum paper_kind kind;
    int64_t subject;
    GPtrArray *grids;
    struct chart *chart; /* NULL none */
};

/* Orders a paper of the class, in the talk's language. */
struct paper *paper_new(struct talk *, enum paper_kind, int64_t class_id, int64_t subject);

/* On the loop, before it is made, again and again until it gives true: marks take a while. Takes a struct
 * paper. */
bool paper_slice(void *paper);

/* Makes it; on any thread. Takes a struct paper, for loop_work. */
void paper_make(void *paper);

/* What makes the names of calendar entries this installation's; yours. */
char *paper_tag(struct school *);

/* What became of it: NULL, or why it could not be made (a sentence for the operator; borrowed). */
const char *paper_error(const struct paper *);

/* Nothing is wrong with the wish itself: what stood against it, the store or the disk, may be over in a
 * moment. */
bool paper_passing(const struct paper *);

/* Its bytes (yours; once), its name for people and its type (borrowed). An archive lies in a file instead:
 * its path, and then it is yours to remove. */
char *paper_bytes(struct paper *, size_t *ret_len);
const char *paper_name(const struct paper *);
const char *paper_mime(const struct paper *);
char *paper_path(struct paper *);

void paper_free(struct paper *);

/* Removes what a crash left half-made in data_dir; while nothing is being made. */
void paper_sweep(struct school *);

#endif
