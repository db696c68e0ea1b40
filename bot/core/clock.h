/* Two clocks. The class clock (sittings, due times, codes, expiry) can be set and moved forward in the
 * sandbox; the machine clock (HTTP limits, back-off, access tokens) cannot. This is the only place that reads
 * either.
 *
 * The machine's clock may be set while the server runs. A step of CLOCK_STEP or more, after which nothing in
 * a class would be right, is believed only when it has stood for CLOCK_STEADY seconds; until then time goes
 * on from where it was. So a clock that is wrong for some minutes moves neither class nor waits. */
#ifndef BOT_CORE_CLOCK_H
#define BOT_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_STEADY = 600, CLOCK_STEP = 3600 }; /* seconds */

/* Seconds since 1970 by the machine, as far as it is believed, whatever the class clock says; any thread. */
int64_t clock_machine(void);
int64_t clock_machine_ms(void);

/* How many such steps the machine's clock has made since the start; *ret_off: by how many
 * seconds it is off what is believed now. */
unsigned clock_steps(int64_t *ret_off);

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
