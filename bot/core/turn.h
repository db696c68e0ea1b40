/* The turn: what arrived in one round of the loop shares one transaction, and a job that fails is rolled back
 * alone. Repeatable jobs first run without a savepoint each, which would copy every page they touch; when one
 * of them fails, which is rare, the transaction begins again with a savepoint for each.
 * Commit first, answer afterwards: this file is the only place where that order is kept.
 * A turn for which the disk had no room is run once more when somebody makes room, with the jobs that may.
 * At most TURN_JOBS jobs or TURN_MS milliseconds go into one transaction. */
#ifndef BOT_CORE_TURN_H
#define BOT_CORE_TURN_H

#include <stdbool.h>

#include "bot/core/store.h"

enum { TURN_JOBS = 256, TURN_MS = 20 };

enum turn_end {
    TURN_DURABLE,      /* its rows are on disk */
    TURN_REFUSED,      /* its savepoint was rolled back, `failed` ran, and the rest is on disk */
    TURN_STORE_FAILED, /* nothing of this turn is on disk */
};

struct turn_job {
    void (*run)(struct turn_job *);    /* its effects, as rows; never answers anybody */
    void (*failed)(struct turn_job *); /* after its rollback, in a new savepoint: what is to be kept all the
                                          same; may be NULL */
    void (*done)(struct turn_job *, enum turn_end); /* once, after the commit; owns and frees the job */
    bool alone;                                     /* its transaction is shared with no other job */
    bool repeatable;       /* after a rollback run() may begin again: it shares the savepoint of its turn */
    struct turn_job *next; /* the turn's */
};

struct turn;
struct turn *turn_new(struct store *);
void turn_free(struct turn *);

/* Asked when the disk was full: make_room(data) is true when the turn is worth another try at once. */
void turn_on_full(struct turn *, bool (*make_room)(void *), void *data);

/* Queues a job for the next turn; the turn borrows it until done(). Jobs run in the order they were added. */
void turn_add(struct turn *, struct turn_job *);
bool turn_pending(const struct turn *);

/* Runs one turn over what is queued; does nothing when nothing is. */
void turn_run(struct turn *);

/* Inside a job: calls fn(data) after the commit, and only if this job's effects are durable; else
 * free_data(data) alone when given. */
void turn_after_commit(struct turn *, void (*fn)(void *), void *data, void (*free_data)(void *));

#endif
