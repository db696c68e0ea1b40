/* `banzhang rehearse CLASS`: plays the whole class with made-up people through the real dispatch, turn and
 * outbox on the class clock, over a store of its own in a temporary folder; prints each day's digest and the
 * marks, and checks what must always hold. */
#ifndef BOT_REHEARSE_H
#define BOT_REHEARSE_H

#include "bot/commands.h"

struct rehearse_options {
    const char *class;              /* the id of a class, or a class file */
    const char *scheme;             /* a scheme file to be tried; NULL: the class's own */
    int trainees;                   /* so many made-up trainees; 0: as many as the roster has */
    int days;                       /* stop after so many days; 0: until everything is settled */
    int64_t seed;                   /* the same seed, the same story */
    bool quiet;                     /* no digests: a line a day */
    void (*meddle)(struct store *); /* tests: called before the last checks; NULL nothing */
};

/* Plays it and prints to stdout; progress, for many trainees, to stderr. The exit code: 0 when all that is
 * checked holds, 1 when something does not or nothing could be played. */
int rehearse(const struct command_host *, struct config *, const struct rehearse_options *);

#endif
