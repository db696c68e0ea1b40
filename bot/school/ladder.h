/* The lateness ladder (rules.md A2): −1 for the first started ten minutes, −1 more for every further started
 * ten minutes, more than 60 minutes = absent; an absence costs the step after that (A6). The numbers are the
 * class's: its scheme has them. */
#ifndef BOT_SCHOOL_LADDER_H
#define BOT_SCHOOL_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum { LADDER_STEP = 600, LADDER_ABSENT = 3600, LADDER_ABSENCE_POINTS = 7 };

struct ladder {
    int64_t grace, step, absent_after; /* seconds */
    int64_t step_points, absence_points,
        leave_points; /* points: for each started step, each absence, each leave */
};

/* The rulebook's numbers. */
extern const struct ladder ladder_default;

struct lateness {
    int minutes; /* started ones */
    int points;
    int steps; /* started ones */
    bool absent;
};

/* What it means to come `seconds` after the start (0 and less: on time), by these numbers or the rulebook's.
 */
struct lateness ladder_by(const struct ladder *, int64_t seconds);
struct lateness ladder_of(int64_t seconds);

#endif
