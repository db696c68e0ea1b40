/* The machine's clocks as the plan wants them: faster, so that hours pass in seconds, and set forth or back;
 * and a name server that does not answer. These stand before the C library's own. */
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/faults/plan.h"

enum { BILLION = 1000000000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t last, won; /* nanoseconds: the last look, and how far we are ahead of the machine */

/* The machine's own clock. */
static int64_t real(clockid_t which)
{
    struct timespec at;

    syscall(SYS_clock_gettime, which, &at);
    return (int64_t)at.tv_sec * BILLION + at.tv_nsec;
}

/* How far we are ahead by now. */
static int64_t ahead(void)
{
    int64_t speed = fault_value(VALUE_SPEED);

    pthread_mutex_lock(&lock);
    int64_t now = real(CLOCK_MONOTONIC), before = won / BILLION;

    if (speed > 1 && last)
        won += (now - last) * (speed - 1);
    last = now;
    int64_t lead = won;

    fault_passed(VALUE_SPEED, lead / BILLION - before);
    pthread_mutex_unlock(&lock);
    return lead;
}

int clock_gettime(clockid_t which, struct timespec *at)
{
    int64_t now = real(which);

    if (which == CLOCK_MONOTONIC || which == CLOCK_BOOTTIME || which == CLOCK_REALTIME)
        now += ahead();
    if (which == CLOCK_REALTIME)
        now += fault_value(VALUE_JUMP) * BILLION;
    at->tv_sec = now / BILLION;
    at->tv_nsec = now % BILLION;
    return 0;
}

time_t time(time_t *into)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    if (into)
        *into = at.tv_sec;
    return at.tv_sec;
}

int poll(struct pollfd *fds, nfds_t count, int ms)
{
    int64_t speed = fault_value(VALUE_SPEED);

    if (speed > 1 && ms > 0)
        ms = (int)(ms / speed) + 1;
    struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

    return (int)syscall(SYS_ppoll, fds, count, ms < 0 ? NULL : &wait, NULL, 0);
}

/* curl asks on a thread of its own; while the plan says so, it gets no answer there. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **result)
{
    static int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    if (!next)
        next = fault_next("getaddrinfo");
    while (fault_value(VALUE_DNS))
        poll(NULL, 0, 20);
    return next(host, port, hints, result);
}
