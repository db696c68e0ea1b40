/* Who is at a sitting, on leave from it, or missing: the one count that the wall, 未到, 人数, 班情 and the
 * ten-minute message all show. */
#ifndef BOT_SCHOOL_TURNOUT_H
#define BOT_SCHOOL_TURNOUT_H

#include "bot/school/sitting.h"

enum presence {
    PRESENCE_HERE,    /* signed in, late ones too */
    PRESENCE_LEAVE,   /* leave granted */
    PRESENCE_PENDING, /* asked for, not decided yet */
    PRESENCE_MISSING, /* nothing is known, or came so late that it is an absence (A2) */
};

struct present {
    int64_t member, person;
    const char *name;
    enum presence state;
    bool owed; /* was on the roster when it began */
    bool came; /* has signed in, whatever that came to */
};

struct turnout_now {
    int64_t expected, here, leave, missing; /* leave: pending ones too */
    struct present *list;                   /* by number; in the pool */
};

/* Everybody who is expected at the sitting, or is there all the same. */
void turnout_now(struct talk *, const struct sitting *, struct turnout_now *ret);

#endif
