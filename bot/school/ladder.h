/* The lateness ladder (rules.md A2): −1 for the first started ten minutes, −1 more for every further started
 * ten minutes, more than 60 minutes = absent; an absence costs the step after that (A6). */
#ifndef BOT_SCHOOL_LADDER_H
#define BOT_SCHOOL_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum { LADDER_STEP = 600, LADDER_ABSENT = 3600, LADDER_ABSENCE_POINTS = 7 };

struct lateness {
    int minutes; /* started ones */
    int points;
    bool absent;
};

/* What it means to come `seconds` after the start (0 and less: on time). */
struct lateness ladder_of(int64_t seconds);

#endif
