#include "bot/core/clock.h"
#include "bot/core/loop.h"
#include "bot/core/outbox_private.h"

enum { STORE_RETRY_MS = 1000 };

/* What an answer to a button press is waiting for is forgotten by the platform; or its age cannot be told,
 * because the machine's clock was set back. */
static bool callback_stale(const struct item *item)
{
    return ABS(clock_machine() - item->made) >= CALLBACK_SECONDS;
}

/* A delivery to fill: an old one when there is one. */
static struct sending *sending_get(struct outbox *o)
{
    GList *link = g_queue_pop_head_link(&o->spare);
    struct sending *s = link ? link->data : g_new0(struct sending, 1);
    if (!link) {
        s->pool = pool_new();
        s->link.data = s;
    }
    g_queue_push_tail_link(&o->active, &s->link);
    return s;
}

void sending_free(struct sending *s)
{
    if (s->item)
        item_drop(s->item);
    pool_free(s->pool);
    g_free(s);
}

/* Hands one message to its platform. */
static void start(struct channel *ch, struct chat *chat, struct item *item)
{
    struct outbox *o = ch->outbox;
    struct sending *s = sending_get(o);
    s->channel = ch;
    s->chat = chat;
    s->item = item;
    s->delivery = (struct delivery){ .id = item->id,
                                     .chat = chat ? chat->name : item->chat,
                                     .tries = item->tries,
                                     .reply = { .lane = item->lane,
                                                .key = item->key,
                                                .text = item->text,
                                                .edits = item->edits,
                                                .callback = item->callback,
                                                .expires = item->expires,
                                                .secret = item->secret } };
    reply_buttons(s->pool, item->buttons, &s->delivery.reply);
    reply_files(s->pool, item->files, &s->delivery.reply);
    if (item->edits)
        s->delivery.edits_ref = pool_take(s->pool, refs_of(o, item->edits));
    ch->sending++;
    ch->platform->send(ch->platform, &s->delivery);
}

/* Takes the next answer to a button press; what nobody waits for any more is dropped on the way. */
static struct item *next_callback(struct channel *ch, int64_t now)
{
    for (GList *l = ch->callbacks.head, *next; l; l = next) {
        struct item *item = l->data;
        next = l->next;
        if (callback_stale(item)) {
            g_queue_unlink(&ch->callbacks, l);
            record_add(ch, NULL, item, OUTCOME_EXPIRED, NULL);
        } else if (item->not_before <= now && ch->paused_until <= now) {
            g_queue_unlink(&ch->callbacks, l);
            return item;
        }
    }
    return NULL;
}

/* Takes the next message of the chats that may go on: replies first, then pushes. */
static struct item *next_message(struct channel *ch, int64_t now, struct chat **ret_chat)
{
    static const enum lane order[] = { LANE_REPLY, LANE_PUSH, LANE_ROBOT };
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        struct chat *chat = g_queue_peek_head(&ch->ready[order[i]]);
        if (!chat)
            continue;
        if (chat_expire(ch, chat)) {
            chat_place(ch, chat, now);
            i = (size_t)-1; /* look again from the first lane */
            continue;
        }
        struct item *item = g_queue_pop_head_link(&chat->items)->data;
        chat->count[item->lane]--;
        chat_unplace(chat);
        chat->busy = item;
        bucket_take(&chat->bucket, chat->rate, now);
        bucket_take(&ch->account, &ch->account_rate, now);
        *ret_chat = chat;
        return item;
    }
    return NULL;
}

/* Starts what may start on one platform. */
static void pump_channel(struct channel *ch, int64_t now)
{
    struct outbox *o = ch->outbox;
    GSequenceIter *first;
    while (!g_sequence_iter_is_end(first = g_sequence_get_begin_iter(ch->waiting)) &&
           ((struct chat *)g_sequence_get(first))->wake <= now) {
        chat_expire(ch, g_sequence_get(first));
        chat_place(ch, g_sequence_get(first), now);
    }
    while (ch->sending < SENDS_MAX && o->records->len < RECORDS_MAX) {
        struct chat *chat = NULL;
        struct item *item = next_callback(ch, now);
        if (!item && ch->paused_until <= now && bucket_wait(&ch->account, &ch->account_rate, now) == 0)
            item = next_message(ch, now, &chat);
        if (!item)
            return;
        start(ch, chat, item);
    }
}

/* When the channel has to be looked at again, if nothing else happens. */
static int64_t channel_wake(struct channel *ch, int64_t now)
{
    int64_t wake = G_MAXINT64;
    GSequenceIter *first = g_sequence_get_begin_iter(ch->waiting);
    if (ch->sending >= SENDS_MAX)
        return wake; /* an outcome will */
    if (!g_sequence_iter_is_end(first))
        wake = ((struct chat *)g_sequence_get(first))->wake;
    for (int i = 0; i < LANES; i++)
        if (ch->ready[i].length > 0)
            wake = MIN(wake, MAX(ch->paused_until, now + bucket_wait(&ch->account, &ch->account_rate, now)));
    for (const GList *l = ch->callbacks.head; l; l = l->next)
        wake = MIN(wake, MAX(ch->paused_until, ((const struct item *)l->data)->not_before));
    return wake;
}

/* Sets the alarm for the next thing that time alone brings. */
static void set_alarm(struct outbox *o, int64_t now)
{
    int64_t wake = G_MAXINT64;
    for (int i = 0; i < PLATFORM_COUNT && !o->held; i++)
        if (o->channels[i])
            wake = MIN(wake, channel_wake(o->channels[i], now));
    if (o->records->len > 0 && o->batch->len == 0)
        wake = MIN(wake, o->records_since + RECORDS_WAIT_MS);
    if (o->retry_at > now)
        wake = MAX(wake == G_MAXINT64 ? 0 : wake, o->retry_at);
    ev_timer_stop(loop_ev(o->loop), &o->alarm);
    if (wake == G_MAXINT64)
        return;
    ev_now_update(loop_ev(o->loop));
    ev_timer_set(&o->alarm, (double)MAX(wake - now, 1) / 1000.0, 0.0);
    ev_timer_start(loop_ev(o->loop), &o->alarm);
}

/* Before every sleep: records what ended, loads what there is room for, starts what may start. */
bool outbox_pump(void *data)
{
    struct outbox *o = data;
    if (!o->started || !o->dirty)
        return false;
    int64_t now = clock_monotonic_ms();
    bool more = false;
    o->dirty = false;
    for (int i = 0; i < PLATFORM_COUNT; i++) {
        struct channel *ch = o->channels[i];
        if (!ch || ch->platform->stores || o->held || o->retry_at > now)
            continue;
        more |= window_load(ch);
        pump_channel(ch, now);
    }
    if (store_state(o->store) != STORE_FINE) { /* a read failed; no turn is open here */
        store_rollback(o->store);
        o->retry_at = now + STORE_RETRY_MS;
        more = false;
    }
    records_flush(o, now);
    set_alarm(o, now);
    o->dirty |= more;
    return more;
}
