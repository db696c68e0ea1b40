#include "bot/core/clock.h"

#include <time.h>

static struct {
    bool stopped;
    int64_t at;
} class_clock;

/* The machine's wall clock. */
int64_t clock_machine(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec;
}

/* The machine's wall clock with its milliseconds. */
int64_t clock_machine_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The machine's clock that nobody can set. */
int64_t clock_monotonic_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The class clock. */
int64_t clock_now(void)
{
    return class_clock.stopped ? class_clock.at : clock_machine();
}

/* Stops or moves the class clock. */
void clock_stop(int64_t at)
{
    class_clock.stopped = true;
    class_clock.at = at;
}

/* Whether the class clock stands still. */
bool clock_stopped(void)
{
    return class_clock.stopped;
}
