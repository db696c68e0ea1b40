/* Due times are rows: (kind, subject, due) is unique. What falls due runs in order of its due time, each in a
 * savepoint of its own; a restart loses nothing and repeats nothing. Due times are of the class clock. */
#ifndef BOT_CORE_TIMERS_H
#define BOT_CORE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"
#include "bot/core/turn.h"

struct loop;
struct timers;

/* Creates the table; before timers_new. */
bool timers_migrate(struct store *, GError **error);

/* Where the stopped class clock stood when the server ended; 0 never stopped. */
int64_t timers_clock_kept(struct store *);

struct timers *timers_new(struct store *, struct turn *, struct loop *);
void timers_free(struct timers *);

/* fire(data, kind, subject, due) runs inside a job when a timer of `kind` falls due. */
void timers_kind(struct timers *, const char *kind,
                 void (*fire)(void *data, const char *kind, int64_t subject, int64_t due), void *data);

/* Inside a job: sets one due time (setting it twice is once); a due time that is past fires at once. */
void timers_set(struct timers *, const char *kind, int64_t subject, int64_t due);

/* Inside a job: takes back all due times of (kind, subject). */
void timers_cancel(struct timers *, const char *kind, int64_t subject);

/* The loop runs them from now on. */
void timers_start(struct timers *);

/* Moves the stopped class clock to `to`, firing on the way; done(data, ok) when all of it is durable. False
 * when a move is under way already. */
bool timers_advance(struct timers *, int64_t to, void (*done)(void *data, bool ok), void *data);

/* The same without a loop, for commands that work while no server runs: fires all that is due until `to`. */
void timers_run_until(struct timers *, int64_t to);

#endif
