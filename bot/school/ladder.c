#include "bot/school/ladder.h"

struct lateness ladder_of(int64_t seconds)
{
    if (seconds <= 0)
        return (struct lateness){ 0 };
    if (seconds > LADDER_ABSENT)
        return (struct lateness){ .minutes = (int)((seconds + 59) / 60),
                                  .points = LADDER_ABSENCE_POINTS,
                                  .absent = true };
    return (struct lateness){ .minutes = (int)((seconds + 59) / 60),
                              .points = (int)((seconds + LADDER_STEP - 1) / LADDER_STEP) };
}
