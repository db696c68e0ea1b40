/* Between the parts of the import. */
#ifndef BOT_SCHOOL_IMPORT_PRIVATE_H
#define BOT_SCHOOL_IMPORT_PRIVATE_H

#include "bot/school/import.h"

struct importing {
    struct store *store;
    struct vault *vault;
    const struct class_file *file;
    int64_t class;
    int64_t organiser; /* the person who sends it; 0: it is imported on the machine */
    int64_t now;       /* class clock */
    int changes;
    bool rules_changed; /* what sittings are derived by */
    GString *changed;   /* what changed, a line each */
    GString *missing;   /* what is in the store and not in the file */
    GPtrArray *doubts, *faults;
    GArray *bound; /* int64_t: people who were given an account; NULL: nobody wants to know */
};

/* Notes one change as a line. */
void import_changed(struct importing *, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Notes one thing that the file does not name any more. */
void import_missing(struct importing *, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

void import_people(struct importing *);
void import_sessions(struct importing *);

#endif
