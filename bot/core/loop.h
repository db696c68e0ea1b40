/* The event loop (libev): everything happens on its one thread, and before it sleeps it runs the turns. */
#ifndef BOT_CORE_LOOP_H
#define BOT_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct ev_loop;
struct loop;
struct turn;

struct loop *loop_new(struct turn *);
void loop_free(struct loop *);
struct ev_loop *loop_ev(struct loop *);

/* fn(data) is called before every sleep, in the order added, until none of them has work left: true = did
 * some. */
void loop_before_sleep(struct loop *, bool (*fn)(void *), void *data);

/* fn(data) on SIGHUP; SIGTERM and SIGINT call loop_stop. */
void loop_on_hangup(struct loop *, void (*fn)(void *), void *data);

/* Calls fn(data) once, `ms` milliseconds of the machine's clock from now. */
void loop_later(struct loop *, int64_t ms, void (*fn)(void *), void *data);

/* Waits for all slow work, and for what follows from it, turns too; call while everything it speaks to is
 * there. */
void loop_settle(struct loop *);

/* Slow work: work(data) on a worker thread, then done(data) on the loop's. work must not touch the store. */
void loop_work(struct loop *, void (*work)(void *), void (*done)(void *), void *data);

/* No slow work is under way or put off by a few milliseconds, and no turn waits. */
bool loop_idle(const struct loop *);

/* Until loop_stop. */
void loop_run(struct loop *);
void loop_stop(struct loop *);
bool loop_stopping(const struct loop *);

/* Runs the loop until ready(data) or loop_stop, and never sleeps but for the workers: for whoever drives it.
 */
void loop_until(struct loop *, bool (*ready)(void *), void *data);

/* Runs the loop until ready(data) or `ms` have passed: for the orderly end. */
void loop_drain(struct loop *, int64_t ms, bool (*ready)(void *), void *data);

#endif
