/* Sittings: the half-days that attendance counts (rules.md A5, A12). */
#ifndef BOT_SCHOOL_SITTING_H
#define BOT_SCHOOL_SITTING_H

#include "bot/school/talk.h"

enum {
    SITTING_OPENS = 30 * 60,          /* sign-in opens 30 min before a sitting and ends with it */
    SITTING_SIGNOUT_BEFORE = 10 * 60, /* sign-out, where the class has it (A14): around the end */
    SITTING_SIGNOUT_AFTER = 30 * 60,
};

struct sitting {
    int64_t id, session, class_id, starts, ends;
    bool confirmed, closed;
    const char *title; /* of its session */
};

/* The sitting of a class that can be signed in to at `at`; of several the one whose start is nearest. False
 * when there is none. */
bool sitting_now(struct talk *, int64_t class_id, int64_t at, struct sitting *ret);

/* Those that this member is expected at and can sign in to at `at`, the one with the nearest start first; and
 * only that one, false when there is none. */
enum { SITTINGS_OPEN = 4 };
size_t sittings_open(struct talk *, const struct member *, int64_t at, struct sitting ret[SITTINGS_OPEN]);
bool sitting_theirs(struct talk *, const struct member *, int64_t at, struct sitting *ret);

/* The sitting this member is expected at that is on at `at`. */
bool sitting_during(struct talk *, const struct member *, int64_t at, struct sitting *ret);

/* The sitting of a class whose sign-out is open at `at`; false when there is none. */
bool sitting_ending(struct talk *, int64_t class_id, int64_t at, struct sitting *ret);

/* The next one that starts after `at`, within the timetable; false when there is none. */
bool sitting_next(struct talk *, int64_t class_id, int64_t at, struct sitting *ret);

/* The same among those the member is expected at. */
bool sitting_next_of(struct talk *, const struct member *, int64_t at, struct sitting *ret);

/* The latest that has begun by `at`. */
bool sitting_last(struct talk *, int64_t class_id, int64_t at, struct sitting *ret);
bool sitting_last_of(struct talk *, const struct member *, int64_t at, struct sitting *ret);
bool sitting_by_id(struct talk *, int64_t id, struct sitting *ret);

#endif
