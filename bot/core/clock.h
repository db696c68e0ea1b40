/* Two clocks. The class clock (sittings, due times, codes, expiry) can be set and moved forward in the
 * sandbox; the machine clock (HTTP limits, back-off, access tokens) cannot. This is the only place that reads
 * either. */
#ifndef BOT_CORE_CLOCK_H
#define BOT_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970 by the machine, whatever the class clock says. */
int64_t clock_machine(void);
int64_t clock_machine_ms(void);

/* Milliseconds that only grow, for waits and rates. */
int64_t clock_monotonic_ms(void);

/* The class clock, seconds since 1970: the machine's time until clock_stop. */
int64_t clock_now(void);

/* Stops the class clock at `at`; calling it again moves it. Only the sandbox and timers that run on its way
 * do. */
void clock_stop(int64_t at);

/* True once the class clock stands still between calls. */
bool clock_stopped(void);

#endif
