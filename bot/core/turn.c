#include "bot/core/turn.h"

#include <glib.h>

#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/metrics.h"

struct after {
    void (*fn)(void *);
    void *data;
    void (*free_data)(void *);
};

struct turn {
    struct store *store;
    struct turn_job *first, **last; /* queued, not yet begun */
    GArray *after;                  /* struct after of the jobs that stand */
    bool (*make_room)(void *);      /* NULL: nobody can */
    void *room_data;
    struct metric *updates, *commit_seconds, *refused, *lost;
};

struct turn *turn_new(struct store *store)
{
    static const double sizes[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256 };
    static const double seconds[] = { .0005, .001, .002, .005, .01, .02, .05, .1, .5, 2 };
    struct turn *turn = g_new0(struct turn, 1);

    turn->store = store;
    turn->last = &turn->first;
    turn->after = g_array_new(FALSE, FALSE, sizeof(struct after));
    turn->updates = metric_histogram("banzhang_turn_updates", sizes, G_N_ELEMENTS(sizes));
    turn->commit_seconds = metric_histogram("banzhang_commit_seconds", seconds, G_N_ELEMENTS(seconds));
    turn->refused = metric_counter("banzhang_jobs_failed_total", "");
    turn->lost = metric_counter("banzhang_turns_failed_total", "");
    return turn;
}

void turn_free(struct turn *turn)
{
    if (!turn)
        return;
    g_array_free(turn->after, TRUE);
    g_free(turn);
}

void turn_on_full(struct turn *turn, bool (*make_room)(void *), void *data)
{
    turn->make_room = make_room;
    turn->room_data = data;
}

void turn_add(struct turn *turn, struct turn_job *job)
{
    job->next = NULL;
    *turn->last = job;
    turn->last = &job->next;
}

bool turn_pending(const struct turn *turn)
{
    return turn->first != NULL;
}

void turn_after_commit(struct turn *turn, void (*fn)(void *), void *data, void (*free_data)(void *))
{
    struct after after = { fn, data, free_data };

    g_array_append_val(turn->after, after);
}

/* Forgets the after-commit actions from `from` on, the last first: what they were for is not on disk. */
static void forget_after(struct turn *turn, guint from)
{
    for (guint i = turn->after->len; i-- > from;) {
        struct after *after = &g_array_index(turn->after, struct after, i);

        if (after->free_data)
            after->free_data(after->data);
    }
    g_array_set_size(turn->after, from);
}

/* Runs one job in its savepoint; a failing one is rolled back alone. */
static enum turn_end run_job(struct turn *turn, struct turn_job *job)
{
    guint mark = turn->after->len;

    if (store_state(turn->store) == STORE_TURN_FAILED)
        return TURN_STORE_FAILED;
    store_savepoint(turn->store);
    job->run(job);
    if (store_state(turn->store) == STORE_FINE) {
        store_release(turn->store);
        if (store_state(turn->store) == STORE_FINE)
            return TURN_DURABLE;
    }
    forget_after(turn, mark);
    if (store_state(turn->store) == STORE_TURN_FAILED)
        return TURN_STORE_FAILED;
    metric_add(turn->refused, 1);
    store_rollback_to(turn->store);
    if (job->failed && store_state(turn->store) == STORE_FINE) {
        store_savepoint(turn->store);
        job->failed(job);
        if (store_state(turn->store) == STORE_FINE) {
            store_release(turn->store);
        } else if (store_state(turn->store) == STORE_JOB_FAILED) {
            forget_after(turn, mark);
            store_rollback_to(turn->store);
        }
    }
    return store_state(turn->store) == STORE_TURN_FAILED ? TURN_STORE_FAILED : TURN_REFUSED;
}

/* Commits and measures it; on failure nothing of the turn is on disk. */
static bool commit(struct turn *turn)
{
    gint64 begun = g_get_monotonic_time();
    bool ok = store_commit(turn->store);

    metric_observe(turn->commit_seconds, (double)(g_get_monotonic_time() - begun) / 1e6);
    return ok;
}

/* Does what waited for the commit, in order. */
static void run_after(struct turn *turn)
{
    GArray *after = turn->after;

    turn->after = g_array_new(FALSE, FALSE, sizeof(struct after));
    for (guint i = 0; i < after->len; i++) {
        struct after *action = &g_array_index(after, struct after, i);

        action->fn(action->data);
    }
    g_array_free(after, TRUE);
}

/* Takes the next job off the queue. */
static struct turn_job *take_job(struct turn *turn)
{
    struct turn_job *job = turn->first;

    turn->first = job->next;
    if (!turn->first)
        turn->last = &turn->first;
    return job;
}

/* Runs a job without a savepoint; false when it failed, and the turn has to begin again. */
static bool run_boldly(struct turn *turn, struct turn_job *job)
{
    if (store_state(turn->store) != STORE_TURN_FAILED)
        job->run(job);
    return store_state(turn->store) != STORE_JOB_FAILED;
}

/* Undoes the turn and runs all its jobs that may run again once more, each in its savepoint. */
static void run_again(struct turn *turn, struct turn_job **taken, enum turn_end *ends, size_t count)
{
    forget_after(turn, 0);
    store_rollback(turn->store);
    store_begin(turn->store);
    for (size_t i = 0; i < count; i++)
        ends[i] = taken[i]->repeatable ? run_job(turn, taken[i]) : TURN_STORE_FAILED;
}

/* Takes jobs off the queue and runs them until the turn is full; gives how many. */
static size_t run_jobs(struct turn *turn, struct turn_job **taken, enum turn_end *ends)
{
    int64_t until = clock_monotonic_ms() + TURN_MS;
    bool bold = true, alone = false;
    size_t count = 0;

    store_begin(turn->store);
    while (turn->first && count < TURN_JOBS && (count == 0 || clock_monotonic_ms() < until)) {
        if (alone || (turn->first->alone && count > 0))
            break;
        struct turn_job *job = taken[count] = take_job(turn);

        alone = job->alone;
        bold = bold && job->repeatable;
        ends[count] = bold ? TURN_DURABLE : run_job(turn, job);
        count++;
        if (bold && !run_boldly(turn, job)) {
            run_again(turn, taken, ends, count);
            bold = false;
        }
    }
    return count;
}

void turn_run(struct turn *turn)
{
    struct turn_job *taken[TURN_JOBS];
    enum turn_end ends[TURN_JOBS];

    if (!turn->first)
        return;
    size_t count = run_jobs(turn, taken, ends);
    bool ok = commit(turn);

    if (!ok && store_full(turn->store) && turn->make_room && turn->make_room(turn->room_data)) {
        run_again(turn, taken, ends, count);
        ok = commit(turn);
    }
    metric_observe(turn->updates, (double)count);
    if (ok) {
        run_after(turn);
    } else {
        metric_add(turn->lost, 1);
        log_error("turn.lost", "jobs=%zu", count);
        forget_after(turn, 0);
    }
    for (size_t i = 0; i < count; i++)
        taken[i]->done(taken[i], ok ? ends[i] : TURN_STORE_FAILED);
}
