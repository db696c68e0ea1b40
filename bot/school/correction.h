/* Corrections of attendance by people: who, when, why, before and after, kept for good; and their undo. The
 * table is written here only; what was corrected is the business of the handler that owns it. */
#ifndef BOT_SCHOOL_CORRECTION_H
#define BOT_SCHOOL_CORRECTION_H

#include "bot/school/handler.h"

struct correction {
    int64_t id, class_id, sitting, member; /* sitting 0: none in particular */
    const char *owner;                     /* the handler that made it and can undo it */
    const char *what; /* "makeup", "arrived", "early", "excuse", … : correction.WHAT in the locale */
    const char *before, *after; /* the owner's own words, "" nothing */
    const char *reason;
    int64_t by, at;
    bool undone;
};

extern const char *const correction_schema[]; /* of handlers/corrections.c's entry */

/* Notes one, in the name of the talk's member, now; fills in id, by and at. */
void correction_note(struct talk *, struct correction *);

bool correction_by_id(struct talk *, int64_t id, struct correction *ret);

/* The latest of a class that still stand, newest first, at most `max`; in the pool. */
struct correction *corrections_latest(struct talk *, int64_t class_id, size_t max, size_t *ret_count);

/* Has its owner put things back; false when something was corrected on top of it, or the owner cannot. */
bool correction_undo(struct talk *, const struct correction *);

#endif
