/* The parts of when.h, for its own files only. */
#ifndef BOT_SCHOOL_WHEN_PRIVATE_H
#define BOT_SCHOOL_WHEN_PRIVATE_H

#include "bot/school/when.h"

enum { NOON = 12 * 60, EVENING = 18 * 60, MIDNIGHT = 24 * 60 };

/* What is being read: where, in what day, in what zone. */
struct reading {
    GTimeZone *zone;
    const char *text, *at;
    char today[DAY_SIZE];
    char base[DAY_SIZE]; /* what days without a year, weekdays without a week are looked for from */
    bool impossible;
};

/* A day, a part of it, a time: what stands before and after 到. */
struct point {
    char day[DAY_SIZE]; /* "" when not said */
    int from, to;       /* minutes of the part or time; from < 0: not said */
    bool clock;
};

/* A word and what it means. */
struct word {
    const char *text;
    int value;
};

/* Steps over blanks; over `word` (one of letters has to end there); over the first of the words that stands
 * here, with its value; over a number of digits or Chinese ones, at most 9999 (-1 and unmoved when none). */
void when_blanks(struct reading *);
bool when_take(struct reading *, const char *word);
bool when_take_one(struct reading *, const struct word *words, size_t count, int *ret);
int when_number(struct reading *);

/* A day, a part, a time, as many of them as stand here in this order. `first`: nothing was read before it, so
 * that "am" of "I am ill" is no morning. */
bool when_point(struct reading *, bool first, struct point *ret);

#endif
