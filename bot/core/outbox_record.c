#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/metrics.h"
#include "bot/core/outbox_private.h"

enum {
    RETRY_MS = 1000,      /* the store refused the record: the chat waits for it */
    PAUSE_MAX_MS = 30000, /* of a whole platform that does not say how long */
    HOUR_MS = 3600000,
    DAY_MS = 86400000,
};

const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SENT:
        return "sent";
    case OUTCOME_LIMITED:
        return "limited";
    case OUTCOME_REFUSED:
        return "refused";
    case OUTCOME_INVALID:
        return "invalid";
    case OUTCOME_UNREACHABLE:
        return "unreachable";
    case OUTCOME_UNKNOWN:
        return "unknown";
    case OUTCOME_EXPIRED:
        return "expired";
    }
    return "?";
}

/* What becomes of a message with this outcome. */
static enum row_state state_after(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SENT:
        return ROW_SENT;
    case OUTCOME_LIMITED:
    case OUTCOME_UNREACHABLE:
    case OUTCOME_UNKNOWN:
        return ROW_WAITING;
    case OUTCOME_REFUSED:
    case OUTCOME_INVALID:
    case OUTCOME_EXPIRED:
        return ROW_DEAD;
    }
    return ROW_DEAD;
}

void records_count(struct outbox *o, enum platform_id id, enum outcome outcome)
{
    struct metric **slot = &o->delivered[id][outcome];
    if (!*slot) {
        g_autofree char *labels =
            g_strdup_printf("platform=\"%s\",outcome=\"%s\"", platform_name(id), outcome_name(outcome));
        *slot = metric_counter("banzhang_deliveries_total", labels);
    }
    metric_add(*slot, 1);
}

void record_free(void *data)
{
    struct record *r = data;
    g_free(r->ref);
    g_free(r->moved_to);
    g_free(r);
}

int64_t longest_wait_ms(enum outcome outcome)
{
    return outcome == OUTCOME_LIMITED ? DAY_MS : HOUR_MS;
}

/* How long the message waits for its next attempt: as long as the platform says, within reason; a limit for
 * everybody stops the whole platform for that long. */
static int64_t wait_after(struct channel *ch, const struct item *item, enum outcome outcome,
                          const struct outcome_detail *detail, int64_t now)
{
    int64_t wait = detail ? CLAMP(detail->wait_ms, 0, longest_wait_ms(outcome)) : 0;
    if (wait == 0)
        wait = backoff_ms(item->tries, item->id);
    if (detail && detail->everybody) {
        if (detail->wait_ms == 0)
            wait = MIN(wait, PAUSE_MAX_MS);
        ch->paused_until = MAX(ch->paused_until, now + wait);
    }
    return wait;
}

void record_add(struct channel *ch, struct chat *chat, struct item *item, enum outcome outcome,
                const struct outcome_detail *detail)
{
    struct outbox *o = ch->outbox;
    struct record *r = g_new0(struct record, 1);
    int64_t now = clock_monotonic_ms();
    r->channel = ch;
    r->chat = chat;
    r->item = item;
    r->outcome = outcome;
    if (detail) {
        r->ref = g_strdup(detail->ref);
        r->moved_to = g_strdup(detail->moved_to);
    }
    if (state_after(outcome) == ROW_WAITING) {
        r->wait_ms = wait_after(ch, item, outcome, detail, now);
        r->until = now + r->wait_ms;
    }
    records_count(o, ch->platform->id, outcome);
    if (outcome != OUTCOME_SENT)
        log_info("outbox.outcome",
                 "platform=%s id=%" G_GINT64_FORMAT " outcome=%s tries=%d wait_ms=%" G_GINT64_FORMAT,
                 platform_name(ch->platform->id), item->id, outcome_name(outcome), item->tries, r->wait_ms);
    if (o->records->len == 0)
        o->records_since = now;
    g_ptr_array_add(o->records, r);
    o->dirty = true;
}

void outbox_outcome(struct outbox *o, struct platform *platform, struct delivery *delivery,
                    enum outcome outcome, const struct outcome_detail *detail)
{
    struct sending *s = (struct sending *)delivery;
    if (s->channel->platform != platform)
        BUG("outcome of a delivery of %s from %s", platform_name(s->channel->platform->id),
            platform_name(platform->id));
    record_add(s->channel, s->chat, s->item, outcome, detail);
    s->channel->sending--;
    s->item = NULL;
    s->chat = NULL;
    pool_reset(s->pool);
    g_queue_unlink(&o->active, &s->link);
    g_queue_push_head_link(&o->spare, &s->link);
}

/* Inside the job: what one attempt did to its row. `tell`: a refusal is told to who asked for it. */
static void record_write(struct outbox *o, const struct record *r, bool tell)
{
    int64_t now = clock_machine(), id = r->item->id;
    const char *name = outcome_name(r->outcome), *chat = r->chat ? r->chat->name : r->item->chat;
    int64_t platform = r->channel->platform->id;

    switch (state_after(r->outcome)) {
    case ROW_SENT:
        if (!r->item->secret)
            store_run(o->store,
                      "UPDATE outbox SET state = 1, outcome = ?, tries = tries + 1, not_before = 0, ref = ?, "
                      "sent = ?"
                      " WHERE id = ?",
                      "ssii", name, r->ref, now, id);
        break;
    case ROW_DEAD:
        if (!r->item->secret)
            store_run(o->store,
                      "UPDATE outbox SET state = 2, outcome = ?, tries = tries + ?, sent = ? WHERE id = ?",
                      "siii", name, (int64_t)(r->outcome != OUTCOME_EXPIRED), now, id);
        break;
    case ROW_WAITING:
        if (!r->item->secret)
            store_run(o->store,
                      "UPDATE outbox SET outcome = ?, tries = tries + 1, not_before = ? WHERE id = ?", "sii",
                      name, now + (r->wait_ms + 999) / 1000, id);
        break;
    }
    if (r->moved_to)
        store_run(o->store, "UPDATE outbox SET chat = ? WHERE platform = ? AND state = 0 AND chat = ?", "sis",
                  r->moved_to, platform, chat);
    if (tell && r->outcome == OUTCOME_REFUSED && o->refused)
        o->refused(o->refused_data, r->channel->platform->id, chat);
}

/* After the commit: what one attempt means for what memory holds. */
static void record_apply(struct outbox *o, struct record *r, int64_t now)
{
    struct channel *ch = r->channel;
    struct item *item = r->item;
    struct chat *chat = r->chat;
    g_autofree char *from = chat && r->moved_to ? g_strdup(chat->name) : NULL;
    enum row_state state = state_after(r->outcome);

    if (chat)
        chat->busy = NULL;
    if (state == ROW_WAITING) {
        item->tries++;
        item->not_before = r->until;
        if (chat)
            chat_push(chat, item);
        else
            g_queue_push_tail_link(&ch->callbacks, &item->link);
    } else {
        if (!item->secret) {
            o->waiting--;
            o->dead += state == ROW_DEAD;
        }
        refs_keep(o, r);
        item_drop(item);
    }
    if (chat)
        chat_place(ch, chat, now);
    if (from)
        chat_moved(ch, from, r->moved_to, now);
}

static struct outbox *outbox_of(struct turn_job *job)
{
    return (struct outbox *)((char *)job - G_STRUCT_OFFSET(struct outbox, job));
}

/* In the turn: all that ended since the last one. */
static void run(struct turn_job *job)
{
    struct outbox *o = outbox_of(job);
    for (guint i = 0; i < o->batch->len; i++)
        record_write(o, o->batch->pdata[i], true);
}

/* Who was to be told of a refusal failed. Alone, the outcome is recorded all the same; several are tried one
 * by one. */
static void failed(struct turn_job *job)
{
    struct outbox *o = outbox_of(job);
    if (o->batch->len > 1)
        return;
    log_error("outbox.record_failed", "id=%" G_GINT64_FORMAT,
              ((struct record *)o->batch->pdata[0])->item->id);
    record_write(o, o->batch->pdata[0], false);
    o->kept = store_state(o->store) == STORE_FINE;
}

/* After the turn. What could not be recorded is tried again, and its chats wait for that. */
static void done(struct turn_job *job, enum turn_end end)
{
    struct outbox *o = outbox_of(job);
    int64_t now = clock_monotonic_ms();
    bool ok = end == TURN_DURABLE || (end == TURN_REFUSED && o->kept);

    if (ok)
        o->singles -= MIN(o->singles, o->batch->len);
    else if (end == TURN_REFUSED && o->batch->len > 1)
        o->singles = o->batch->len;
    else
        o->retry_at = now + RETRY_MS;
    for (guint i = 0; i < o->batch->len; i++) {
        struct record *r = o->batch->pdata[i];
        if (ok) {
            record_apply(o, r, now);
            record_free(r);
        } else {
            g_ptr_array_insert(o->records, (int)i, r);
        }
    }
    g_ptr_array_set_size(o->batch, 0);
    o->dirty = true;
}

void records_flush(struct outbox *o, int64_t now)
{
    if (o->records->len == 0 || o->batch->len > 0 || o->retry_at > now)
        return;
    if (o->singles == 0 && o->records->len < RECORDS_BATCH && o->active.length > 0 &&
        now - o->records_since < RECORDS_WAIT_MS && !turn_pending(o->turn))
        return; /* more will end soon: one commit for them all */
    guint count = o->singles > 0 ? 1 : o->records->len;
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(o->batch, o->records->pdata[i]);
    g_ptr_array_remove_range(o->records, 0, count);
    o->records_since = now;
    o->kept = false;
    o->job = (struct turn_job){ .run = run, .failed = failed, .done = done };
    turn_add(o->turn, &o->job);
}
