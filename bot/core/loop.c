#include "bot/core/loop.h"

#include <ev.h>
#include <glib.h>
#include <signal.h>

#include "bot/core/clock.h"
#include "bot/core/turn.h"

struct hook {
    bool (*fn)(void *);
    void *data;
};

struct loop {
    struct ev_loop *ev;
    struct turn *turn;
    ev_prepare before_sleep;
    ev_signal term, interrupt, hangup;
    ev_async worked;
    GArray *hooks;
    void (*on_hangup)(void *);
    void *hangup_data;
    GThreadPool *workers;
    GAsyncQueue *finished; /* struct piece, back from the workers */
    GQueue laters;         /* struct later whose time has not come */
    int working;
    int soon; /* laters that were put off by SOON_MS at most */
    bool stopping;
};

/* One piece of slow work on its way to a worker and back. */
struct piece {
    struct loop *loop;
    void (*work)(void *);
    void (*done)(void *);
    void *data;
};

struct later {
    ev_timer timer;
    struct loop *loop;
    GList link;
    bool soon;
    void (*fn)(void *);
    void *data;
};

/* Rounds of turns, and milliseconds of them, before the loop looks at its descriptors again: so that a flood
 * cannot starve deliveries, nor a row of slow jobs the people who write meanwhile. */
enum { ROUNDS = 16, ROUNDS_MS = 20, SOON_MS = 10 };

/* Runs the turns and the hooks until nothing is left to do, then lets the loop sleep. */
static void before_sleep(struct ev_loop *ev, ev_prepare *watcher, int events)
{
    struct loop *loop = watcher->data;
    int64_t until = clock_monotonic_ms() + ROUNDS_MS;
    bool busy = true;

    (void)events;
    for (int round = 0; busy && (round == 0 || (round < ROUNDS && clock_monotonic_ms() < until)); round++) {
        busy = false;
        for (guint i = 0; i < loop->hooks->len; i++) {
            struct hook *hook = &g_array_index(loop->hooks, struct hook, i);

            busy |= hook->fn(hook->data);
        }
        if (turn_pending(loop->turn)) {
            turn_run(loop->turn);
            busy = true;
        }
    }
    if (busy)
        ev_async_send(ev, &loop->worked); /* an event fed here would be taken before the wait, not end it */
}

/* Takes what the workers finished. */
static void on_worked(struct ev_loop *ev, ev_async *watcher, int events)
{
    struct loop *loop = watcher->data;
    struct piece *piece;

    (void)ev;
    (void)events;
    while ((piece = g_async_queue_try_pop(loop->finished))) {
        loop->working--;
        piece->done(piece->data);
        g_free(piece);
    }
}

static void on_stop_signal(struct ev_loop *ev, ev_signal *watcher, int events)
{
    (void)ev;
    (void)events;
    loop_stop(watcher->data);
}

static void on_hangup_signal(struct ev_loop *ev, ev_signal *watcher, int events)
{
    struct loop *loop = watcher->data;

    (void)ev;
    (void)events;
    if (loop->on_hangup)
        loop->on_hangup(loop->hangup_data);
}

/* On a worker thread. */
static void run_piece(void *data, void *user)
{
    struct piece *piece = data;
    struct loop *loop = user;

    piece->work(piece->data);
    g_async_queue_push(loop->finished, piece);
    ev_async_send(loop->ev, &loop->worked);
}

struct loop *loop_new(struct turn *turn)
{
    struct loop *loop = g_new0(struct loop, 1);

    signal(SIGPIPE, SIG_IGN);
    loop->ev = ev_loop_new(EVBACKEND_POLL);
    loop->turn = turn;
    loop->hooks = g_array_new(FALSE, FALSE, sizeof(struct hook));
    loop->finished = g_async_queue_new();
    loop->workers = g_thread_pool_new(run_piece, loop, 2, FALSE, NULL);
    ev_prepare_init(&loop->before_sleep, before_sleep);
    loop->before_sleep.data = loop;
    ev_prepare_start(loop->ev, &loop->before_sleep);
    ev_async_init(&loop->worked, on_worked);
    loop->worked.data = loop;
    ev_async_start(loop->ev, &loop->worked);
    ev_signal_init(&loop->term, on_stop_signal, SIGTERM);
    ev_signal_init(&loop->interrupt, on_stop_signal, SIGINT);
    ev_signal_init(&loop->hangup, on_hangup_signal, SIGHUP);
    loop->term.data = loop->interrupt.data = loop->hangup.data = loop;
    ev_signal_start(loop->ev, &loop->term);
    ev_signal_start(loop->ev, &loop->interrupt);
    ev_signal_start(loop->ev, &loop->hangup);
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    g_thread_pool_free(loop->workers, FALSE, TRUE);
    on_worked(loop->ev, &loop->worked, 0);
    g_async_queue_unref(loop->finished);
    ev_signal_stop(loop->ev, &loop->term); /* a signal belongs to one loop of the process */
    ev_signal_stop(loop->ev, &loop->interrupt);
    ev_signal_stop(loop->ev, &loop->hangup);
    for (GList *link; (link = g_queue_pop_head_link(&loop->laters));) {
        struct later *later = link->data;
        ev_timer_stop(loop->ev, &later->timer);
        g_free(later);
    }
    ev_loop_destroy(loop->ev);
    g_array_free(loop->hooks, TRUE);
    g_free(loop);
}

struct ev_loop *loop_ev(struct loop *loop)
{
    return loop->ev;
}

void loop_before_sleep(struct loop *loop, bool (*fn)(void *), void *data)
{
    struct hook hook = { fn, data };

    g_array_append_val(loop->hooks, hook);
}

void loop_on_hangup(struct loop *loop, void (*fn)(void *), void *data)
{
    loop->on_hangup = fn;
    loop->hangup_data = data;
}

static void on_later(struct ev_loop *ev, ev_timer *watcher, int events)
{
    struct later *later = (struct later *)watcher;

    (void)ev;
    (void)events;
    g_queue_unlink(&later->loop->laters, &later->link);
    later->loop->soon -= later->soon;
    later->fn(later->data);
    g_free(later);
}

void loop_later(struct loop *loop, int64_t ms, void (*fn)(void *), void *data)
{
    struct later *later = g_new0(struct later, 1);

    later->loop = loop;
    later->fn = fn;
    later->data = data;
    later->link.data = later;
    later->soon = ms <= SOON_MS;
    loop->soon += later->soon;
    g_queue_push_tail_link(&loop->laters, &later->link);
    ev_now_update(loop->ev);
    ev_timer_init(&later->timer, on_later, (double)ms / 1000.0, 0.);
    ev_timer_start(loop->ev, &later->timer);
}

void loop_work(struct loop *loop, void (*work)(void *), void (*done)(void *), void *data)
{
    struct piece *piece = g_new0(struct piece, 1);

    piece->loop = loop;
    piece->work = work;
    piece->done = done;
    piece->data = data;
    loop->working++;
    g_thread_pool_push(loop->workers, piece, NULL);
}

void loop_settle(struct loop *loop)
{
    while (loop->working > 0 || turn_pending(loop->turn)) {
        if (turn_pending(loop->turn)) {
            turn_run(loop->turn);
            continue;
        }
        struct piece *piece = g_async_queue_pop(loop->finished);

        loop->working--;
        piece->done(piece->data);
        g_free(piece);
    }
}

bool loop_idle(const struct loop *loop)
{
    return loop->working == 0 && loop->soon == 0 && !turn_pending(loop->turn);
}

void loop_run(struct loop *loop)
{
    while (!loop->stopping)
        ev_run(loop->ev, EVRUN_ONCE);
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
    ev_break(loop->ev, EVBREAK_ALL);
}

bool loop_stopping(const struct loop *loop)
{
    return loop->stopping;
}

void loop_until(struct loop *loop, bool (*ready)(void *), void *data)
{
    while (!loop->stopping && !ready(data))
        ev_run(loop->ev,
               loop->working + loop->soon > 0 && !turn_pending(loop->turn) ? EVRUN_ONCE : EVRUN_NOWAIT);
}

static void on_tick(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)ev;
    (void)watcher;
    (void)events;
}

void loop_drain(struct loop *loop, int64_t ms, bool (*ready)(void *), void *data)
{
    gint64 until = g_get_monotonic_time() + ms * 1000;
    ev_timer tick; /* so that what the hooks finish is noticed */

    ev_timer_init(&tick, on_tick, .01, .01);
    ev_timer_start(loop->ev, &tick);
    while (g_get_monotonic_time() < until && !(ready(data) && loop_idle(loop)))
        ev_run(loop->ev, EVRUN_ONCE);
    ev_timer_stop(loop->ev, &tick);
}
