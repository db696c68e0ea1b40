/* The outbox against a platform of our own: order, limits, retries, restarts, and memory that does not grow.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/outbox_private.h"

/* A server's core with one platform that answers on the next round of the loop. */
struct rig {
    char *dir, *path;
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    struct outbox *outbox;
    struct platform platform;
    GPtrArray *sent; /* "chat:text" */
    GQueue held;     /* deliveries to be answered */
    enum outcome (*judge)(struct rig *, struct delivery *, struct outcome_detail *);
    int asked, most_held;
    bool silent; /* answers nothing */
};

struct say {
    struct turn_job job;
    struct rig *rig;
    struct reply reply;
    const char *chat;
    int times, chats;
    bool fail;
    int64_t id;
};

static void say_run(struct turn_job *job)
{
    struct say *say = (struct say *)job;
    for (int i = 0; i < say->times; i++) {
        g_autofree char *chat = say->chats ? g_strdup_printf("c%d", i % say->chats) : g_strdup(say->chat);
        g_autofree char *text = g_strdup_printf("%s%d", say->reply.text, i);
        struct reply reply = say->reply;
        reply.text = text;
        say->id = outbox_put(say->rig->outbox, PLATFORM_TELEGRAM, chat, &reply, 0);
    }
    if (say->fail)
        store_fail(say->rig->store);
}

static void say_done(struct turn_job *job, enum turn_end end)
{
    (void)job, (void)end;
}

/* Says something `times` times in one turn. */
static void say(struct rig *rig, struct say *s)
{
    s->rig = rig;
    s->times = MAX(s->times, 1);
    s->job = (struct turn_job){ .run = say_run, .done = say_done };
    turn_add(rig->turn, &s->job);
    turn_run(rig->turn);
}

/* Answers what the platform was given. */
static bool answer(void *data)
{
    struct rig *rig = data;
    struct delivery *d;
    bool did = false;
    rig->most_held = MAX(rig->most_held, (int)rig->held.length);
    while (!rig->silent && (d = g_queue_pop_head(&rig->held))) {
        g_autofree char *ref = g_strdup_printf("r%" G_GINT64_FORMAT, d->id);
        struct outcome_detail detail = { .ref = ref };
        enum outcome outcome = rig->judge ? rig->judge(rig, d, &detail) : OUTCOME_SENT;
        rig->asked++;
        if (outcome == OUTCOME_SENT)
            g_ptr_array_add(rig->sent, g_strdup_printf("%s:%s", d->chat, d->reply.text));
        outbox_outcome(rig->outbox, &rig->platform, d, outcome, &detail);
        did = true;
    }
    return did;
}

static void take(struct platform *platform, struct delivery *d)
{
    g_queue_push_tail(&((struct rig *)platform->self)->held, d);
}

/* Opens the store and starts. */
static void rig_open(struct rig *rig)
{
    GError *error = NULL;
    rig->store = store_open(rig->path, &error);
    assert_non_null(rig->store);
    assert_true(outbox_migrate(rig->store, &error));
    rig->turn = turn_new(rig->store);
    rig->loop = loop_new(rig->turn);
    rig->outbox = outbox_new(rig->store, rig->turn, rig->loop);
    loop_before_sleep(rig->loop, answer, rig);
    rig->platform.id = PLATFORM_TELEGRAM;
    rig->platform.send = take;
    rig->platform.self = rig;
    outbox_platform(rig->outbox, &rig->platform);
    outbox_start(rig->outbox);
}

/* Ends as a crash would: what is not on disk is gone. */
static void rig_crash(struct rig *rig)
{
    g_queue_clear(&rig->held);
    outbox_free(rig->outbox);
    loop_free(rig->loop);
    turn_free(rig->turn);
    store_close(rig->store);
}

static int rig_new(void **state)
{
    struct rig *rig = g_new0(struct rig, 1);
    rig->dir = g_dir_make_tmp("outbox-XXXXXX", NULL);
    rig->path = g_build_filename(rig->dir, "store", NULL);
    rig->sent = g_ptr_array_new_with_free_func(g_free);
    log_set_level(LOG_ERROR);
    rig_open(rig);
    *state = rig;
    return 0;
}

static int rig_free(void **state)
{
    struct rig *rig = *state;
    rig_crash(rig);
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *file = g_strconcat(rig->path, ends[i], NULL);
        g_unlink(file);
    }
    g_rmdir(rig->dir);
    g_free(rig->path);
    g_free(rig->dir);
    g_ptr_array_free(rig->sent, TRUE);
    g_free(rig);
    return 0;
}

static bool all_sent(void *data)
{
    struct rig *rig = data;
    return outbox_waiting(rig->outbox) == 0 && outbox_idle(rig->outbox);
}

/* Runs until nothing waits. */
static void run_dry(struct rig *rig)
{
    loop_drain(rig->loop, 20000, all_sent, rig);
    assert_true(all_sent(rig));
}

static bool all_held(void *data)
{
    return ((struct rig *)data)->held.length == SENDS_MAX;
}

#define SENT(rig, i) ((const char *)(rig)->sent->pdata[i])

static void keeps_the_order_of_a_chat(void **state)
{
    struct rig *rig = *state;
    struct say s = { .chat = "a", .times = 100, .reply = { .text = "m" } };
    say(rig, &s);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 100);
    for (int i = 0; i < 100; i++) {
        g_autofree char *wanted = g_strdup_printf("a:m%d", i);
        assert_string_equal(SENT(rig, i), wanted);
    }
    assert_int_equal(rig->most_held, 1);
    assert_int_equal(outbox_find_ref(rig->outbox, PLATFORM_TELEGRAM, "a", "r1"), 0);
}

static void rolled_back_is_never_said(void **state)
{
    struct rig *rig = *state;
    struct say bad = { .chat = "a", .times = 3, .fail = true, .reply = { .text = "bad" } };
    struct say good = { .chat = "a", .reply = { .text = "good" } };
    say(rig, &bad);
    say(rig, &good);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 1);
    assert_string_equal(SENT(rig, 0), "a:good0");
    assert_int_equal(rig->outbox->channels[PLATFORM_TELEGRAM]->windows[LANE_REPLY].promised, 0);
}

/* No chat is kept in memory but for a bucket that is not full again yet. */
static bool nobody_remembered(void *data)
{
    struct channel *ch = ((struct rig *)data)->outbox->channels[PLATFORM_TELEGRAM];

    return g_hash_table_size(ch->chats) == ch->idle.length;
}

static void many_wait_on_disk_and_all_leave_in_order(void **state)
{
    struct rig *rig = *state;
    struct say s = { .times = 12000, .chats = 300, .reply = { .text = "m", .lane = LANE_PUSH } };
    struct channel *ch = rig->outbox->channels[PLATFORM_TELEGRAM];
    int next[300] = { 0 };
    say(rig, &s);
    assert_int_equal(outbox_waiting(rig->outbox), 12000);
    assert_true(ch->windows[LANE_PUSH].count <= ch->windows[LANE_PUSH].cap);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 12000);
    for (int i = 0; i < 12000; i++) {
        char *rest;
        long chat = strtol(SENT(rig, i) + 1, &rest, 10); /* "c7:m2107" */
        assert_true(g_str_has_prefix(rest, ":m"));
        long number = strtol(rest + 2, &rest, 10);
        assert_string_equal(rest, "");
        assert_int_equal(number, next[chat] * 300 + chat);
        next[chat]++;
    }
    loop_drain(rig->loop, 5000, nobody_remembered, rig);
    assert_true(nobody_remembered(rig));
}

static void a_reply_does_not_wait_for_pushes(void **state)
{
    struct rig *rig = *state;
    struct say pushes = { .times = 3000, .chats = 3000, .reply = { .text = "p", .lane = LANE_PUSH } };
    struct say reply = { .chat = "x", .reply = { .text = "hello" } };
    rig->silent = true;
    say(rig, &pushes);
    loop_drain(rig->loop, 5000, all_held, rig);
    say(rig, &reply);
    rig->silent = false;
    run_dry(rig);
    for (int i = 0; i < 100; i++)
        if (strcmp(SENT(rig, i), "x:hello0") == 0)
            return;
    fail_msg("the reply came after a hundred pushes");
}

static enum outcome refuse_c1(struct rig *rig, struct delivery *d, struct outcome_detail *detail)
{
    (void)rig, (void)detail;
    return strcmp(d->chat, "c1") == 0 ? OUTCOME_REFUSED : OUTCOME_SENT;
}

static void told(void *data, enum platform_id platform, const char *chat)
{
    struct rig *rig = data;
    assert_int_equal(platform, PLATFORM_TELEGRAM);
    assert_string_equal(chat, "c1");
    store_fail(rig->store); /* whoever is told may fail: the outcome is recorded all the same */
}

static void refused_is_dead_and_told(void **state)
{
    struct rig *rig = *state;
    struct say s = { .times = 30, .chats = 3, .reply = { .text = "m" } };
    rig->judge = refuse_c1;
    outbox_on_refused(rig->outbox, told, rig);
    say(rig, &s);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 20);
    assert_int_equal(rig->outbox->dead, 10);
    assert_int_equal(store_int(rig->store, 0, "SELECT count(*) FROM outbox WHERE state = 2", ""), 10);
}

static enum outcome limited_once(struct rig *rig, struct delivery *d, struct outcome_detail *detail)
{
    bool ages = strcmp(d->reply.text, "soon0") == 0;
    detail->wait_ms = ages ? G_MAXINT64 : 30;
    return ages || rig->asked == 0 ? OUTCOME_LIMITED : OUTCOME_SENT;
}

static void limited_waits_and_keeps_its_place(void **state)
{
    struct rig *rig = *state;
    struct say s = { .chat = "a", .times = 5, .reply = { .text = "m" } };
    int64_t begun = clock_monotonic_ms();
    rig->judge = limited_once;
    say(rig, &s);
    run_dry(rig);
    assert_true(clock_monotonic_ms() - begun >= 30);
    assert_string_equal(SENT(rig, 0), "a:m0");
    assert_string_equal(SENT(rig, 4), "a:m4");
    assert_int_equal(store_int(rig->store, 0, "SELECT tries FROM outbox ORDER BY id LIMIT 1", ""), 2);
}

static enum outcome moved(struct rig *rig, struct delivery *d, struct outcome_detail *detail)
{
    (void)rig;
    if (strcmp(d->chat, "old") != 0)
        return OUTCOME_SENT;
    detail->moved_to = "new";
    detail->wait_ms = 1;
    return OUTCOME_LIMITED;
}

static void a_group_that_moved_gets_everything(void **state)
{
    struct rig *rig = *state;
    struct say s = { .chat = "old", .times = 40, .reply = { .text = "m" } };
    rig->judge = moved;
    say(rig, &s);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 40);
    assert_string_equal(SENT(rig, 0), "new:m0");
    assert_string_equal(SENT(rig, 39), "new:m39");
    assert_int_equal(rig->asked, 41);
}

static void a_restart_loses_nothing(void **state)
{
    struct rig *rig = *state;
    struct button buttons[] = { { .label = "同意", .action = "a:b" },
                                { .label = "x", .action = "c", .same_row = true } };
    struct say s = { .times = 3000,
                     .chats = 7,
                     .reply = { .text = "m", .buttons = buttons, .button_count = 2 } };
    struct say secret = { .chat = "s", .reply = { .text = "secret", .secret = true } };
    rig->silent = true;
    say(rig, &s);
    say(rig, &secret);
    int64_t last = secret.id;
    rig_crash(rig);
    rig_open(rig);
    rig->silent = false;
    assert_int_equal(outbox_waiting(rig->outbox), 3000);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 3000);
    assert_true(outbox_next_id(rig->outbox) > last);
    g_autofree char *ref =
        store_text(rig->store, "SELECT ref FROM outbox WHERE chat = 'c3' ORDER BY id LIMIT 1", "");
    assert_true(outbox_find_ref(rig->outbox, PLATFORM_TELEGRAM, "c3", ref) > 0);
    assert_int_equal(outbox_find_ref(rig->outbox, PLATFORM_TELEGRAM, "c4", ref), 0);
}

static bool one_sent(void *data)
{
    return ((struct rig *)data)->sent->len == 1;
}

static void secrets_are_said_but_on_no_disk(void **state)
{
    struct rig *rig = *state;
    struct say s = { .chat = "s", .reply = { .text = "secret", .secret = true } };
    say(rig, &s);
    loop_drain(rig->loop, 5000, one_sent, rig);
    assert_int_equal(rig->sent->len, 1);
    run_dry(rig);
    assert_int_equal(store_int(rig->store, 0, "SELECT count(*) FROM outbox", ""), 0);
}

static void what_is_late_is_dropped(void **state)
{
    struct rig *rig = *state;
    struct say s = { .times = 2500, .chats = 5, .reply = { .text = "m", .expires = 1 } };
    struct say fresh = { .chat = "c1", .reply = { .text = "fresh" } };
    say(rig, &s);
    say(rig, &fresh);
    run_dry(rig);
    assert_int_equal(rig->sent->len, 1);
    assert_int_equal(rig->outbox->dead, 2500);
    struct say soon = { .chat = "c2", .reply = { .text = "soon", .expires = clock_now() + 2 } };
    rig->judge = limited_once;
    say(rig, &soon);
    run_dry(rig); /* not after ages: when it expires */
    assert_int_equal(rig->outbox->dead, 2501);
}

static void limits_hold_over_a_restart(void **state)
{
    struct rig *rig = *state;
    struct say s = { .chat = "a", .times = 40, .reply = { .text = "m" } };
    rig->platform.chat_burst = 5;
    rig->platform.chat_per_minute = 20;
    for (int i = 0; i < 3; i++) {
        rig_crash(rig);
        rig_open(rig);
        if (i == 0)
            say(rig, &s);
        loop_drain(rig->loop, 100, all_sent, rig);
        assert_int_equal(rig->sent->len, 5);
    }
}

struct prune {
    struct turn_job job;
    struct rig *rig;
    int64_t age;
    int gone;
};

static void prune_run(struct turn_job *job)
{
    struct prune *p = (struct prune *)job;
    p->gone = outbox_prune(p->rig->outbox, p->age, p->age, 10);
}

static int prune(struct rig *rig, int64_t age)
{
    struct prune p = { .job = { .run = prune_run, .done = say_done }, .rig = rig, .age = age };
    turn_add(rig->turn, &p.job);
    turn_run(rig->turn);
    return p.gone;
}

static void the_past_is_forgotten(void **state)
{
    struct rig *rig = *state;
    struct say s = { .times = 25, .chats = 5, .reply = { .text = "m" } };
    say(rig, &s);
    run_dry(rig);
    assert_int_equal(prune(rig, 60), 0);
    assert_int_equal(prune(rig, -60), 10);
    assert_int_equal(prune(rig, -60), 10);
    assert_int_equal(prune(rig, -60), 4); /* the newest stays */
    assert_int_equal(prune(rig, -60), 0);
    assert_int_equal(prune(rig, -60), 0);
    assert_int_equal(store_int(rig->store, 0, "SELECT count(*) FROM outbox", ""), 1);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_new, rig_free)
    const struct CMUnitTest tests[] = {
        WITH_RIG(keeps_the_order_of_a_chat),
        WITH_RIG(rolled_back_is_never_said),
        WITH_RIG(many_wait_on_disk_and_all_leave_in_order),
        WITH_RIG(a_reply_does_not_wait_for_pushes),
        WITH_RIG(refused_is_dead_and_told),
        WITH_RIG(limited_waits_and_keeps_its_place),
        WITH_RIG(a_group_that_moved_gets_everything),
        WITH_RIG(a_restart_loses_nothing),
        WITH_RIG(secrets_are_said_but_on_no_disk),
        WITH_RIG(what_is_late_is_dropped),
        WITH_RIG(limits_hold_over_a_restart),
        WITH_RIG(the_past_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
