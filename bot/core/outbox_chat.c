#include "bot/core/clock.h"
#include "bot/core/outbox_private.h"

enum { DAY = 86400 };

/* Sorts chats by when they may go on. */
static int by_wake(const void *a, const void *b, void *data)
{
    const struct chat *x = a, *y = b;
    (void)data;
    return x->wake < y->wake ? -1 : x->wake > y->wake;
}

/* Sorts messages by id. */
static int by_id(const void *a, const void *b, void *data)
{
    const struct item *x = a, *y = b;
    (void)data;
    return x->id < y->id ? -1 : x->id > y->id;
}

struct chat *chat_get(struct channel *ch, const char *name)
{
    struct chat *chat = g_hash_table_lookup(ch->chats, name);
    if (chat)
        return chat;
    bool group = ch->platform->is_group && ch->platform->is_group(name);
    chat = g_new0(struct chat, 1);
    chat->name = g_strdup(name);
    chat->rate = group ? &ch->group_rate : &ch->chat_rate;
    chat->link.data = chat;
    for (int i = 0; i < LANES; i++)
        chat->skipped[i] = G_MAXINT64;
    g_hash_table_insert(ch->chats, chat->name, chat);
    return chat;
}

void chat_free(void *data)
{
    struct chat *chat = data;
    GList *link;
    while ((link = g_queue_pop_head_link(&chat->items)))
        item_drop(link->data);
    g_free(chat->name);
    g_free(chat);
}

void chat_push(struct chat *chat, struct item *item)
{
    GList *last = chat->items.tail;
    if (!last || ((struct item *)last->data)->id < item->id) {
        g_queue_push_tail_link(&chat->items, &item->link);
    } else {
        GList *at = chat->items.head;
        while (by_id(at->data, item, NULL) < 0)
            at = at->next;
        g_queue_insert_before_link(&chat->items, at, &item->link);
    }
    chat->count[item->lane]++;
}

void chat_unplace(struct chat *chat)
{
    if (chat->queue)
        g_queue_unlink(chat->queue, &chat->link);
    chat->queue = NULL;
    if (chat->wait)
        g_sequence_remove(chat->wait);
    chat->wait = NULL;
}

/* Forgets chats that are remembered for their buckets only: those that are full again, and the oldest. */
static void forget_idle(struct channel *ch, int64_t now)
{
    struct chat *oldest;
    while ((oldest = g_queue_peek_head(&ch->idle)) &&
           (ch->idle.length > IDLE_CHATS || bucket_full(&oldest->bucket, oldest->rate, now))) {
        chat_unplace(oldest);
        g_hash_table_remove(ch->chats, oldest->name);
    }
}

/* Whether rows of the chat that are on disk only have to be looked for; *ret_first: the id of the first. */
static bool has_more(const struct chat *chat, bool *ret_hungry, int64_t *ret_first)
{
    *ret_hungry = false;
    *ret_first = G_MAXINT64;
    for (int lane = 0; lane < LANES; lane++) {
        *ret_first = MIN(*ret_first, chat->skipped[lane]);
        *ret_hungry |= chat->skipped[lane] != G_MAXINT64 && chat->count[lane] <= 1;
    }
    return *ret_first != G_MAXINT64;
}

bool chat_expire(struct channel *ch, struct chat *chat)
{
    int64_t now = clock_now();
    bool any = false;

    for (GList *l = chat->items.head, *next; l; l = next) {
        struct item *item = l->data;
        next = l->next;
        if (item->expires == 0 || item->expires > now)
            continue;
        g_queue_unlink(&chat->items, l);
        chat->count[item->lane]--;
        record_add(ch, NULL, item, OUTCOME_EXPIRED, NULL);
        any = true;
    }
    return any;
}

/* When a chat that waits until `due` has to be looked at, because something in it is not worth sending any
 * more by then. A class clock that stands still brings nothing. */
static int64_t expires_before(const struct chat *chat, int64_t due, int64_t now)
{
    if (clock_stopped() || due - now <= 1000)
        return due;
    for (const GList *l = chat->items.head; l; l = l->next) {
        int64_t expires = ((const struct item *)l->data)->expires;
        if (expires)
            due = MIN(due, now + CLAMP(expires - clock_now(), 1, DAY) * 1000);
    }
    return due;
}

/* Where a chat belongs: busy, waiting for its time, ready in its lane, waiting for the disk, or idle and soon
 * gone. */
void chat_place(struct channel *ch, struct chat *chat, int64_t now)
{
    struct item *head = g_queue_peek_head(&chat->items);
    bool hungry;
    int64_t first;
    bool more = has_more(chat, &hungry, &first);

    chat_unplace(chat);
    if (hungry && !chat->hungry) {
        chat->hungry = true;
        g_queue_push_tail(&ch->hungry, chat);
        ch->outbox->dirty = true;
    }
    if (chat->busy)
        return;
    if (!head && !more) {
        if (bucket_full(&chat->bucket, chat->rate, now)) {
            g_hash_table_remove(ch->chats, chat->name);
            return;
        }
        chat->queue = &ch->idle;
        g_queue_push_tail_link(&ch->idle, &chat->link);
        forget_idle(ch, now);
        return;
    }
    if (!head || first < head->id)
        return; /* the disk has an older one */
    chat->wake = MAX(head->not_before, now + bucket_wait(&chat->bucket, chat->rate, now));
    if (chat->wake > now) {
        chat->wake = expires_before(chat, chat->wake, now);
        chat->wait = g_sequence_insert_sorted(ch->waiting, chat, by_wake, NULL);
        return;
    }
    enum lane lane = chat->count[LANE_REPLY] > 0 ? LANE_REPLY : head->lane;
    chat->queue = &ch->ready[lane];
    g_queue_push_tail_link(chat->queue, &chat->link);
}

void chat_moved(struct channel *ch, const char *from, const char *to, int64_t now)
{
    struct chat *old = g_hash_table_lookup(ch->chats, from);
    if (!old || g_strcmp0(from, to) == 0)
        return;
    struct chat *chat = chat_get(ch, to);
    GList *link;
    while ((link = g_queue_pop_head_link(&old->items))) {
        struct item *item = link->data;
        old->count[item->lane]--;
        chat_push(chat, item);
    }
    for (int i = 0; i < LANES; i++) {
        chat->skipped[i] = MIN(chat->skipped[i], old->skipped[i]);
        old->skipped[i] = G_MAXINT64;
    }
    if (old->hungry)
        g_queue_remove(&ch->hungry, old);
    old->hungry = false;
    chat_place(ch, old, now);
    chat_place(ch, chat, now);
}
