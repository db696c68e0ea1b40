#include "bot/core/timers.h"

#include <glib.h>

#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"

enum { AT_ONCE = 64 }; /* jobs of one due time given to a turn together */

struct kind {
    const char *name;
    void (*fire)(void *, const char *, int64_t, int64_t);
    void *data;
};

/* One timer that falls due, as a job. */
struct firing {
    struct turn_job job;
    struct timers *timers;
    struct kind *kind;
    char *name;
    int64_t subject, due;
};

struct timers {
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    GHashTable *kinds;
    int64_t next; /* the earliest due time, G_MAXINT64 none, -1 to be asked from the store */
    int underway; /* firings queued */
    bool started, failing;
    int64_t wake_at; /* the machine's milliseconds for which a wake-up is set, 0 none */
    int64_t target;  /* where the class clock is being moved, 0 nowhere */
    void (*moved)(void *, bool);
    void *moved_data;
    struct metric *fired;
};

static const char *const schema[] = {
    "CREATE TABLE timer ("
    "  due INTEGER NOT NULL, kind TEXT NOT NULL, subject INTEGER NOT NULL,"
    "  PRIMARY KEY (due, kind, subject)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX timer_subject ON timer(kind, subject);"
    "CREATE TABLE class_clock (one INTEGER PRIMARY KEY CHECK (one = 1), now INTEGER NOT NULL) STRICT;",
    NULL,
};

struct timers *timers_new(struct store *store, struct turn *turn, struct loop *loop)
{
    struct timers *timers = g_new0(struct timers, 1);

    timers->store = store;
    timers->turn = turn;
    timers->loop = loop;
    timers->next = -1;
    timers->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    timers->fired = metric_counter("banzhang_timers_total", "");
    return timers;
}

bool timers_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "timers", schema, error);
}

void timers_free(struct timers *timers)
{
    if (!timers)
        return;
    g_hash_table_destroy(timers->kinds);
    g_free(timers);
}

void timers_kind(struct timers *timers, const char *name,
                 void (*fire)(void *, const char *, int64_t, int64_t), void *data)
{
    struct kind *kind = g_new0(struct kind, 1);

    kind->name = name;
    kind->fire = fire;
    kind->data = data;
    if (!g_hash_table_insert(timers->kinds, (void *)name, kind))
        BUG("two timers are called %s", name);
}

void timers_set(struct timers *timers, const char *kind, int64_t subject, int64_t due)
{
    if (!g_hash_table_contains(timers->kinds, kind))
        BUG("no timer is called %s", kind);
    store_run(timers->store, "INSERT INTO timer (due, kind, subject) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
              "isi", due, kind, subject);
    timers->next = -1;
}

void timers_cancel(struct timers *timers, const char *kind, int64_t subject)
{
    store_run(timers->store, "DELETE FROM timer WHERE kind = ? AND subject = ?", "si", kind, subject);
    timers->next = -1;
}

/* After reading outside a turn: true when the store could not be read, so that nothing is known of what is
 * due. */
static bool unreadable(struct timers *timers)
{
    if (store_state(timers->store) == STORE_FINE)
        return false;
    store_rollback(timers->store);
    timers->next = -1;
    timers->failing = true;
    return true;
}

/* The earliest due time of all. */
static int64_t next_due(struct timers *timers)
{
    if (timers->next < 0) {
        timers->next = store_int(timers->store, G_MAXINT64, "SELECT min(due) FROM timer", "");
        if (unreadable(timers))
            return G_MAXINT64;
    }
    return timers->next;
}

/* Writes where the stopped class clock stands, so that a restart finds it there. */
static void keep_clock(struct timers *timers, int64_t now)
{
    store_run(timers->store,
              "INSERT INTO class_clock (one, now) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET now = ?1",
              "i", now);
}

/* The job that moved the class clock is undone: so is its move. Takes where the clock stood. */
static void move_back(void *data)
{
    int64_t *from = data;

    clock_stop(*from);
    g_free(from);
}

/* Inside a job: moves the stopped class clock, on disk and, for as long as the job stands, in memory. */
static void move_clock(struct timers *timers, int64_t to)
{
    int64_t *from = g_new(int64_t, 1);

    *from = clock_now();
    turn_after_commit(timers->turn, g_free, from, move_back);
    clock_stop(to);
    keep_clock(timers, to);
}

/* Takes the row away and lets the capability act, in one savepoint. A row that is gone was taken back
 * meanwhile. */
static void fire(struct timers *timers, const char *name, int64_t subject, int64_t due)
{
    struct kind *kind = g_hash_table_lookup(timers->kinds, name);

    store_run(timers->store, "DELETE FROM timer WHERE due = ? AND kind = ? AND subject = ?", "isi", due, name,
              subject);
    timers->next = -1;
    if (store_changes(timers->store) == 0)
        return;
    if (clock_stopped() && due > clock_now())
        move_clock(timers, due);
    if (kind)
        kind->fire(kind->data, name, subject, due);
    else
        log_warn("timers.unknown", "kind=%s subject=%" G_GINT64_FORMAT, name, subject);
}

static void run_firing(struct turn_job *job)
{
    struct firing *firing = (struct firing *)job;

    fire(firing->timers, firing->name, firing->subject, firing->due);
}

/* A capability that cannot handle its timer must not block the others: the row goes, the fault is counted and
 * logged. */
static void drop_firing(struct turn_job *job)
{
    struct firing *firing = (struct firing *)job;

    log_error("timers.failed", "kind=%s subject=%" G_GINT64_FORMAT, firing->name, firing->subject);
    store_run(firing->timers->store, "DELETE FROM timer WHERE due = ? AND kind = ? AND subject = ?", "isi",
              firing->due, firing->name, firing->subject);
    firing->timers->next = -1;
}

static void done_firing(struct turn_job *job, enum turn_end end)
{
    struct firing *firing = (struct firing *)job;
    struct timers *timers = firing->timers;

    timers->underway--;
    timers->next = -1;
    if (end == TURN_STORE_FAILED)
        timers->failing = true;
    else
        metric_add(timers->fired, 1);
    g_free(firing->name);
    g_free(firing);
}

/* Queues all that is due at the earliest due time, if that is not after `until`. Rows of one due time only,
 * because a firing may set timers that come before the next ones. */
static bool queue_due(struct timers *timers, int64_t until)
{
    int64_t due = next_due(timers);

    if (due > until)
        return false;
    g_autoptr(query) q = store_query(timers->store, "SELECT kind, subject FROM timer WHERE due = ? LIMIT ?",
                                     "ii", due, (int64_t)AT_ONCE);

    while (query_next(q)) {
        struct firing *firing = g_new0(struct firing, 1);

        firing->job = (struct turn_job){ .run = run_firing, .failed = drop_firing, .done = done_firing };
        firing->timers = timers;
        firing->name = g_strdup(query_text(q, 0));
        firing->subject = query_int(q, 1);
        firing->due = due;
        timers->underway++;
        turn_add(timers->turn, &firing->job);
    }
    if (timers->underway == 0)
        timers->next = -1;
    unreadable(timers);
    return timers->underway > 0;
}

/* The end of a move of the class clock. */
static void finish_move(struct timers *timers, bool ok)
{
    void (*moved)(void *, bool) = timers->moved;

    timers->target = 0;
    timers->moved = NULL;
    moved(timers->moved_data, ok);
}

/* The last step of a move, as a job of its own. */
struct arrival {
    struct turn_job job;
    struct timers *timers;
};

static void run_arrival(struct turn_job *job)
{
    struct timers *timers = ((struct arrival *)job)->timers;

    move_clock(timers, timers->target);
}

static void done_arrival(struct turn_job *job, enum turn_end end)
{
    struct timers *timers = ((struct arrival *)job)->timers;

    timers->underway--;
    g_free(job);
    finish_move(timers, end == TURN_DURABLE);
}

static void arrive(struct timers *timers)
{
    struct arrival *arrival = g_new0(struct arrival, 1);

    arrival->timers = timers;
    arrival->job = (struct turn_job){ .run = run_arrival, .done = done_arrival };
    timers->underway++;
    turn_add(timers->turn, &arrival->job);
}

int64_t timers_clock_kept(struct store *store)
{
    return store_int(store, 0, "SELECT now FROM class_clock", "");
}

static void woken(void *data)
{
    struct timers *timers = data;

    timers->failing = false;
    timers->wake_at = 0;
}

/* Wakes the loop `wait` milliseconds from now, unless it wakes before that anyway. */
static void wake_after(struct timers *timers, int64_t wait)
{
    int64_t at = clock_monotonic_ms() + wait;

    if (timers->wake_at && timers->wake_at <= at)
        return;
    timers->wake_at = at;
    loop_later(timers->loop, wait, woken, timers);
}

/* In time for the next due row, at most a minute ahead: the machine's clock may be set. */
static void wake_in_time(struct timers *timers)
{
    if (!clock_stopped())
        wake_after(timers, CLAMP(next_due(timers) - clock_now(), 0, 60) * 1000 + 5);
}

static bool before_sleep(void *data)
{
    struct timers *timers = data;

    if (!timers->started || timers->underway > 0 || loop_stopping(timers->loop))
        return false;
    if (!timers->failing && queue_due(timers, timers->target ? timers->target : clock_now()))
        return true;
    if (timers->failing) { /* the store failed: give it a second */
        if (timers->target)
            finish_move(timers, false);
        wake_after(timers, 1000);
        return false;
    }
    if (timers->target) {
        arrive(timers);
        return true;
    }
    wake_in_time(timers);
    return false;
}

void timers_start(struct timers *timers)
{
    timers->started = true;
    loop_before_sleep(timers->loop, before_sleep, timers);
}

bool timers_advance(struct timers *timers, int64_t to, void (*moved)(void *, bool), void *data)
{
    if (timers->target)
        return false;
    timers->failing = false; /* somebody asks: it is tried at once */
    timers->target = to;
    timers->moved = moved;
    timers->moved_data = data;
    return true;
}

void timers_run_until(struct timers *timers, int64_t to)
{
    while (queue_due(timers, to))
        while (turn_pending(timers->turn))
            turn_run(timers->turn);
    clock_stop(to);
}
