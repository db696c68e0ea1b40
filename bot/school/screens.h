/* Sign-in screens on classroom walls. A screen is a row: first with a number that a teacher types, then bound
 * to a sitting and gone with it. The browser holds a token that is kept here as a digest only. */
#ifndef BOT_SCHOOL_SCREENS_H
#define BOT_SCHOOL_SCREENS_H

#include "bot/school/codes.h"
#include "bot/school/sitting.h"
#include "bot/school/talk.h"

enum {
    SCREEN_LIVES = 600,     /* seconds a pairing number is good for */
    SCREEN_QUIET = 600,     /* a further viewer is reported once in so many seconds */
    SCREEN_NAMES = 12,      /* at most so many names of those missing */
    SCREEN_NUMBER = 1000,   /* the smallest number: four digits, none of them lost by typing */
    SCREEN_NUMBERS = 9000,  /* how many there are */
    SCREENS_PENDING = 1000, /* screens that wait for a teacher, all together: the oldest gives way */
};

/* The tables; the handler's. */
extern const char *const screens_schema[];

enum screen_view {
    SCREEN_UNKNOWN,   /* no such token, or its number or its sitting is over */
    SCREEN_ELSEWHERE, /* it belongs to another browser */
    SCREEN_PAIRING,   /* shows its number */
    SCREEN_ON,        /* shows the code of its sitting */
};

struct screen {
    int number;      /* SCREEN_PAIRING */
    int64_t left;    /* seconds until the number is worthless */
    int64_t sitting; /* SCREEN_ON */
    bool report;     /* SCREEN_ELSEWHERE: its teacher has not been told lately */
};

/* Inside a job: a new screen under the digests of its token and browser, waiting for a teacher; its number, 0
 * when none is to be had. */
int screens_open(struct store *, int64_t now, const char *token, const char *browser);

/* What the browser may see under the token. Reads only. */
enum screen_view screens_look(struct talk *, const char *token, const char *browser, struct screen *ret);

/* Binds the screen of a number to a sitting in the name of the speaker; false when there is no such number.
 */
bool screens_pair(struct talk *, int number, int64_t sitting);

/* Takes all screens of a sitting away; how many there were. */
int64_t screens_stop(struct talk *, int64_t sitting);

/* Whether a screen is paired to the sitting. */
bool screens_any(struct talk *, int64_t sitting);

/* The number of the spot check that is on at the sitting, for those chosen to press; -1 none. */
int64_t screens_check(struct talk *, int64_t sitting);

/* Inside a job: tells the teacher who paired the screen that somebody else looks at it. */
void screens_report(struct talk *, const char *token);

#endif
