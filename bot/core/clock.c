#include "bot/core/clock.h"

#include <glib.h>
#include <time.h>

enum {
    STEP_MS = CLOCK_STEP * 1000, /* less is the machine's own mending, and is followed at once */
    STEADY_MS = CLOCK_STEADY * 1000,
};

static struct {
    bool stopped;
    int64_t at;
} class_clock;

/* What is believed of the machine's wall clock, as milliseconds that it is ahead of the time since boot. */
static struct {
    GMutex lock; /* the log asks from workers */
    bool known;
    int64_t ahead, before; /* what is believed, and what was before the last step */
    int64_t steady;        /* since when it stands there; this and `since` by the time since boot */
    int64_t doubted;       /* what the machine says since `since` */
    int64_t since;         /* 0: no doubt */
    unsigned steps;
} machine;

/* One of the machine's clocks. */
static int64_t read_ms(clockid_t which)
{
    struct timespec ts;
    clock_gettime(which, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Whether two differ by less than a step. */
static bool near(int64_t a, int64_t b)
{
    return ABS(a - b) < STEP_MS;
}

/* From now on the machine's clock is believed to be there, and to have been so since `steady`. */
static void believe(int64_t ahead, int64_t before, int64_t steady)
{
    machine.ahead = ahead;
    machine.before = before;
    machine.steady = steady;
    machine.since = 0;
}

/* Looks at the machine's clock, which is `ahead` now. A step is believed once it has stood; at once where the
 * old place has not stood as long itself, as after a start, and where it leads back. */
static void look(int64_t ahead, int64_t now)
{
    if (!machine.known) {
        machine.known = true;
        believe(ahead, ahead, now);
    }
    if (near(ahead, machine.ahead)) {
        machine.ahead = ahead;
        machine.since = 0;
        return;
    }
    if (machine.since == 0 || !near(ahead, machine.doubted)) {
        machine.steps++;
        machine.since = now;
        machine.doubted = ahead;
    }
    if (near(ahead, machine.before))
        believe(ahead, ahead, 0);
    else if (now - machine.steady < STEADY_MS || now - machine.since >= STEADY_MS)
        believe(ahead, machine.ahead, machine.since);
}

/* The machine's wall clock with its milliseconds, as far as it is believed. */
int64_t clock_machine_ms(void)
{
    g_mutex_lock(&machine.lock);
    int64_t boot = read_ms(CLOCK_BOOTTIME);
    look(read_ms(CLOCK_REALTIME) - boot, boot);
    int64_t now = boot + machine.ahead;
    g_mutex_unlock(&machine.lock);
    return now;
}

/* The machine's wall clock, as far as it is believed. */
int64_t clock_machine(void)
{
    return clock_machine_ms() / 1000;
}

/* How often the machine's clock was set by much, and how far it is from what is believed. */
unsigned clock_steps(int64_t *ret_off)
{
    int64_t believed = clock_machine_ms();
    g_mutex_lock(&machine.lock);
    unsigned steps = machine.steps;
    g_mutex_unlock(&machine.lock);
    *ret_off = (read_ms(CLOCK_REALTIME) - believed) / 1000;
    return steps;
}

/* The machine's clock that nobody can set. */
int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
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
