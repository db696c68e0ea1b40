/* Long polling: no public address needed. The offset to ask with next is stored in the transaction of the
 * update's effects, for each bot and server. It follows the latest answer even downwards: ids start again at
 * random after a quiet week, and an offset above the queue would ask for nothing forever. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/core/log.h"

enum {
    ANSWER_DEPTH = TELEGRAM_DEPTH + 2,
    EARLY_MS = 1000 * (TELEGRAM_POLL_SECONDS - 1),
    PAUSE_MS = 1000,
    CONFLICT_MS = 3000
};

/* One update of an answer, on its way to the store. */
struct polled {
    struct telegram *t;
    int64_t next; /* the offset that confirms it */
};

static void poll(void *data);

static void poll_in(struct telegram *t, int64_t ms)
{
    loop_later(t->at.loop, ms, poll, t);
}

/* In the savepoint of the update: it need not be given again. Nothing behind a lost one is confirmed. */
static void confirm(void *data)
{
    struct polled *p = data;
    struct telegram *t = p->t;
    if (!t->poll.store_failed)
        store_run(t->at.store,
                  "INSERT INTO telegram_bot (bot, api_base, next_update) VALUES (?, ?, ?)"
                  " ON CONFLICT (bot, api_base) DO UPDATE SET next_update = excluded.next_update",
                  "isi", t->self.id, t->options.api_base, p->next);
}

/* All updates of an answer are on disk, or some are lost: then they are asked for again. */
static void answer_done(struct telegram *t)
{
    if (!t->poll.store_failed) {
        t->poll.failures = 0;
        poll(t);
        return;
    }
    poll_in(t, telegram_back_off(++t->poll.failures));
}

static void stored(void *data, const struct receipt *receipt)
{
    struct polled *p = data;
    struct telegram *t = p->t;
    if (receipt->end == INBOX_STORE_FAILED)
        t->poll.store_failed = true;
    else if (!t->poll.store_failed)
        t->poll.offset = p->next;
    g_free(p);
    if (--t->poll.pending == 0)
        answer_done(t);
}

/* Hands one update to the inbox; false when it is none. */
static bool submit(struct telegram *t, const cJSON *json)
{
    struct pool *pool;
    const char *what;
    int64_t id;
    struct update *u = inbox_draft(t->at.inbox, &pool);
    if (!telegram_decode(&t->self, json, pool, u, &what) || !json_int(json, "update_id", &id)) {
        inbox_drop(t->at.inbox, u);
        log_warn("telegram.no_update", "mode=polling");
        return false;
    }
    telegram_heard(t, u, what);
    struct polled *p = g_new(struct polled, 1);
    *p = (struct polled){ .t = t, .next = id + 1 };
    t->poll.pending++;
    inbox_submit(t->at.inbox, u, confirm, stored, p);
    return true;
}

/* Submits all updates of an answer. */
static void take(struct telegram *t, const cJSON *updates)
{
    const cJSON *update;
    bool any = false;
    t->poll.store_failed = false;
    t->poll.pending = 1; /* ours, until all are submitted */
    cJSON_ArrayForEach(update, updates) any |= submit(t, update);
    t->poll.pending--;
    if (any)
        return;
    t->poll.failures = 0;
    bool early = clock_monotonic_ms() - t->poll.asked_at < EARLY_MS;
    poll_in(t, early ? PAUSE_MS : 0);
}

static void webhook_deleted(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    struct telegram_verdict v = telegram_judge(answer);
    if (v.outcome == OUTCOME_SENT)
        log_info("telegram.webhook_deleted", "mode=polling");
    poll_in(t, v.outcome == OUTCOME_SENT ? 0 : telegram_back_off(++t->poll.failures));
}

/* Somebody else polls, or a webhook is set: the second we take away, never what waits behind it. */
static void conflict(struct telegram *t, const char *description)
{
    if (description && strstr(description, "webhook")) {
        static const char keep[] = "{\"drop_pending_updates\":false}";
        log_warn("telegram.webhook_in_the_way", "mode=polling");
        telegram_call(t, TELEGRAM_DELETE_WEBHOOK, keep, sizeof keep - 1, 0, webhook_deleted, t);
        return;
    }
    if (t->poll.failures++ == 0)
        telegram_alarm(t, "poll_conflict");
    poll_in(t, CONFLICT_MS);
}

static void polled(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    if (loop_stopping(t->at.loop))
        return;
    g_autoptr(cJSON) json =
        answer->status ? json_parse_longer(answer->body, answer->len, ANSWER_DEPTH) : NULL;
    const cJSON *updates = json_at(json, "result");
    if (answer->status == 200 && json_true(json, "ok") && cJSON_IsArray(updates)) {
        take(t, updates);
        return;
    }
    struct telegram_verdict v = telegram_judge(answer);
    if (v.code == 409) {
        conflict(t, json_text(json, "description"));
        return;
    }
    if (v.token_refused && !t->token_refused)
        telegram_alarm(t, "token_refused");
    t->token_refused = v.token_refused;
    t->poll.failures++;
    log_warn("telegram.poll_failed", "status=%d failures=%d", v.code, t->poll.failures);
    poll_in(t, MAX(v.wait_ms, telegram_back_off(t->poll.failures)));
}

static void poll(void *data)
{
    struct telegram *t = data;
    char body[256];
    if (loop_stopping(t->at.loop))
        return;
    int len =
        g_snprintf(body, sizeof body,
                   "{\"offset\":%" G_GINT64_FORMAT ",\"limit\":%d,\"timeout\":%d,\"allowed_updates\":%s}",
                   t->poll.offset, TELEGRAM_POLL_LIMIT, TELEGRAM_POLL_SECONDS, TELEGRAM_ALLOWED);
    t->poll.asked_at = clock_monotonic_ms();
    telegram_call(t, TELEGRAM_GET_UPDATES, body, (size_t)len, 1000 * (TELEGRAM_POLL_SECONDS + 15), polled, t);
}

void telegram_poll_start(struct telegram *t)
{
    poll(t);
}
