/* The parts of the flags capability, for its own files only: what looks like a sign-in by somebody else is
 * shown to a human, who settles it with a word. Nobody is blocked. */
#ifndef HANDLERS_FLAGS_FLAGS_H
#define HANDLERS_FLAGS_FLAGS_H

#include "bot/school/handler.h"

struct flag {
    int64_t id, class_id, sitting; /* sitting 0: none in particular */
    const char *kind;              /* "spotcheck", "pair", "bindings", "makeups", "makeup_late", "headcount",
                                      "place" */
    const char *members;           /* ids, "3,17" */
    int64_t count, of;
};

enum { FLAG_TEACHERS = 1, FLAG_BUREAU = 2 };

/* Raises one, and tells those who settle or read it; an open one of the same kind, sitting and people is only
 * brought up to date, a settled one stays settled. */
void flags_raise(struct talk *, const struct flag *, int tells);

/* watch.c: what is looked at by itself. */
void flags_on(struct talk *, enum event, int64_t subject);

/* place.c: a location against where the class meets; false when it is not for this. */
bool flags_hear_place(struct talk *);

/* spotcheck.c: 抽查. */
void flags_spotcheck(struct talk *);
void flags_press_number(struct talk *, const char *args);
void flags_spot_over(struct talk *, int64_t check, int64_t due);

#endif
