#include "bot/school/ladder.h"

const struct ladder ladder_default = { .grace = 0,
                                       .step = LADDER_STEP,
                                       .absent_after = LADDER_ABSENT,
                                       .step_points = 1,
                                       .absence_points = LADDER_ABSENCE_POINTS,
                                       .leave_points = 5 };

struct lateness ladder_by(const struct ladder *ladder, int64_t seconds)
{
    if (seconds <= 0 || seconds <= ladder->grace)
        return (struct lateness){ 0 };
    struct lateness late = { .minutes = (int)((seconds + 59) / 60),
                             .steps = (int)((seconds + ladder->step - 1) / ladder->step) };

    late.absent = seconds > ladder->absent_after;
    late.points = (int)(late.absent ? ladder->absence_points : late.steps * ladder->step_points);
    return late;
}

struct lateness ladder_of(int64_t seconds)
{
    return ladder_by(&ladder_default, seconds);
}
