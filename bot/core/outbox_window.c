#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/outbox_private.h"

enum {
    LOAD_ROWS = 256,    /* read at once at the frontier */
    SEEK_ROWS = 1000,   /* looked at in one step for the rows of one chat */
    SEEKS = 4,          /* such steps before the loop may go on */
    RECENT_ROWS = 4096, /* looked at after a restart for what was sent in the last minute */
};

/* Puts one text behind the item. */
static const char *place_text(char **at, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

struct item *item_copy(const struct item *from)
{
    const char *const texts[] = { from->chat,    from->key,   from->text,
                                  from->buttons, from->files, from->callback };
    size_t size = sizeof *from;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        size += texts[i] ? strlen(texts[i]) + 1 : 0;
    struct item *item = g_malloc(size);
    char *at = (char *)(item + 1);
    *item = *from;
    item->link = (GList){ .data = item };
    item->admitted = false;
    item->chat = place_text(&at, from->chat);
    item->key = place_text(&at, from->key);
    item->text = place_text(&at, from->text);
    item->buttons = place_text(&at, from->buttons);
    item->files = place_text(&at, from->files);
    item->callback = place_text(&at, from->callback);
    return item;
}

/* Counts the item in or out of what memory holds. */
static void item_count(struct item *item, int by)
{
    if (item->secret)
        item->channel->secrets += by;
    else
        item->channel->windows[item->lane].count += by;
    item->admitted = by > 0;
}

void item_drop(void *data)
{
    struct item *item = data;
    if (item->admitted)
        item_count(item, -1);
    else if (!item->secret)
        item->channel->windows[item->lane].promised--;
    g_free(item);
}

/* Whether one more may be taken into memory. */
static bool window_room(const struct window *w)
{
    return w->count < w->cap;
}

/* How many messages of one chat memory may hold now. */
static int chat_limit(const struct window *w)
{
    return w->count < w->cap / 2 ? CHAT_ITEMS : CHAT_ITEMS_TIGHT;
}

/* Takes a new message, whose row is on disk, into memory if it fits; else notes from where on the disk is to
 * be read. */
static void admit(void *data)
{
    struct item *item = data;
    struct channel *ch = item->channel;
    struct window *w = &ch->windows[item->lane];

    ch->outbox->dirty = true;
    ch->outbox->waiting += !item->secret;
    if (item->secret && item->lane == LANE_CALLBACK) {
        item_count(item, 1);
        g_queue_push_tail_link(&ch->callbacks, &item->link);
        return;
    }
    if (item->secret) {
        struct chat *chat = chat_get(ch, item->chat);
        item_count(item, 1);
        chat_push(chat, item);
        chat_place(ch, chat, clock_monotonic_ms());
        return;
    }
    if (item->id >= w->frontier) {
        item_drop(item);
        return;
    }
    struct chat *chat = g_hash_table_lookup(ch->chats, item->chat);
    if (item->lane != LANE_CALLBACK && chat && chat->skipped[item->lane] != G_MAXINT64) {
        item_drop(item);
    } else if (!window_room(w)) {
        w->frontier = item->id;
        item_drop(item);
    } else if (item->lane == LANE_CALLBACK) {
        w->promised--;
        item_count(item, 1);
        w->last_callback = item->id;
        g_queue_push_tail_link(&ch->callbacks, &item->link);
    } else if (chat && chat->count[item->lane] >= chat_limit(w)) {
        chat->skipped[item->lane] = item->id;
        item_drop(item);
    } else {
        w->promised--;
        item_count(item, 1);
        chat = chat ? chat : chat_get(ch, item->chat);
        chat_push(chat, item);
        chat_place(ch, chat, clock_monotonic_ms());
    }
}

/* Nothing but more to be read from disk. */
static void beyond_frontier(void *data)
{
    struct channel *ch = data;
    ch->outbox->dirty = true;
    ch->outbox->waiting++;
}

void window_promise(struct channel *ch, const struct item *borrowed)
{
    struct window *w = &ch->windows[borrowed->lane];
    if (!borrowed->secret) {
        /* A frontier set too low by a job that is rolled back costs one look at the disk. */
        if (w->frontier == G_MAXINT64 && w->count + w->promised >= w->cap)
            w->frontier = borrowed->id;
        if (borrowed->id >= w->frontier) {
            turn_after_commit(ch->outbox->turn, beyond_frontier, ch, NULL);
            return;
        }
        w->promised++;
    }
    turn_after_commit(ch->outbox->turn, admit, item_copy(borrowed), item_drop);
}

/* The waiting rows of a lane from an id on. */
static struct query *rows_from(struct channel *ch, enum lane lane, int64_t from, int64_t limit)
{
    return store_query(
        ch->outbox->store,
        "SELECT id, chat, key, text, buttons, files, edits, callback, made, expires, tries, not_before,"
        " outcome = 'limited'"
        " FROM outbox WHERE platform = ? AND lane = ? AND state = 0 AND id >= ?"
        " ORDER BY id LIMIT ?",
        "iiii", (int64_t)ch->platform->id, (int64_t)lane, from, limit);
}

/* How long a row still waits. The moment is the machine's, whose clock may have been ahead: only a limit is
 * believed for as long as limits last, all else for no longer than so many tries mean. */
static int64_t row_wait_ms(struct query *q)
{
    int64_t wait = MAX(query_int(q, 11) - clock_machine(), 0) * 1000;
    bool limited = query_int(q, 12) && wait <= longest_wait_ms(OUTCOME_LIMITED);
    return limited ? wait : MIN(wait, backoff_ms((int)query_int(q, 10), query_int(q, 0)));
}

/* The row as an item; its texts are borrowed from the query. */
static struct item row_item(struct channel *ch, enum lane lane, struct query *q)
{
    int64_t wait = row_wait_ms(q);
    return (struct item){
        .channel = ch,
        .lane = lane,
        .id = query_int(q, 0),
        .chat = query_text(q, 1),
        .key = query_text(q, 2),
        .text = query_text(q, 3),
        .buttons = query_text(q, 4),
        .files = query_text(q, 5),
        .edits = query_int(q, 6),
        .callback = query_text(q, 7),
        .made = query_int(q, 8),
        .expires = query_int(q, 9),
        .tries = (int)query_int(q, 10),
        .not_before = wait > 0 ? clock_monotonic_ms() + wait : 0,
    };
}

/* Whether the chat holds this message already. */
static bool chat_has(const struct chat *chat, int64_t id)
{
    if (chat->busy && chat->busy->id == id)
        return true;
    for (const GList *l = chat->items.head; l; l = l->next)
        if (((const struct item *)l->data)->id == id)
            return true;
    return false;
}

/* Takes one row at the frontier into memory; false when there is no room. */
static bool take_row(struct channel *ch, enum lane lane, struct query *q)
{
    struct window *w = &ch->windows[lane];
    struct item row = row_item(ch, lane, q);
    struct chat *chat = lane == LANE_CALLBACK ? NULL : g_hash_table_lookup(ch->chats, row.chat);

    if (lane == LANE_CALLBACK && row.id <= w->last_callback)
        return true;
    if (chat && (chat->skipped[lane] != G_MAXINT64 || chat_has(chat, row.id)))
        return true;
    if (!window_room(w))
        return false;
    if (chat && chat->count[lane] >= chat_limit(w)) {
        chat->skipped[lane] = row.id;
        return true;
    }
    struct item *item = item_copy(&row);
    item_count(item, 1);
    if (lane == LANE_CALLBACK) {
        w->last_callback = item->id;
        g_queue_push_tail_link(&ch->callbacks, &item->link);
    } else {
        chat = chat ? chat : chat_get(ch, item->chat);
        chat_push(chat, item);
        chat_place(ch, chat, clock_monotonic_ms());
    }
    return true;
}

/* Reads on at the frontier of one lane; true when there is more and room for it. */
static bool load_lane(struct channel *ch, enum lane lane)
{
    struct window *w = &ch->windows[lane];
    int rows = 0;
    if (w->frontier == G_MAXINT64 || w->count > w->cap * 3 / 4)
        return false;
    g_autoptr(query) q = rows_from(ch, lane, w->frontier, LOAD_ROWS);
    while (query_next(q)) {
        rows++;
        if (!take_row(ch, lane, q)) {
            w->frontier = query_int(q, 0);
            return false;
        }
        w->frontier = query_int(q, 0) + 1;
    }
    if (store_state(ch->outbox->store) != STORE_FINE)
        return false;
    if (rows < LOAD_ROWS)
        w->frontier = G_MAXINT64;
    return rows == LOAD_ROWS && window_room(w);
}

/* Looks for the rows of one chat that memory had no room for; at most SEEK_ROWS are looked at. */
static void seek_rows(struct channel *ch, struct chat *chat, enum lane lane)
{
    struct window *w = &ch->windows[lane];
    int room = window_room(w) ? chat_limit(w) : 1, looked = 0;
    int64_t next = G_MAXINT64;
    g_autoptr(query) q = rows_from(ch, lane, chat->skipped[lane], SEEK_ROWS);
    while (query_next(q)) {
        int64_t id = query_int(q, 0);
        if (id >= w->frontier) /* those come by themselves */
            break;
        looked++;
        if (strcmp(query_text(q, 1), chat->name) == 0 && !chat_has(chat, id)) {
            if (room-- == 0) {
                next = id;
                break;
            }
            struct item row = row_item(ch, lane, q), *item = item_copy(&row);
            item_count(item, 1);
            chat_push(chat, item);
        }
        if (looked == SEEK_ROWS)
            next = id + 1;
    }
    if (store_state(ch->outbox->store) == STORE_FINE)
        chat->skipped[lane] = next < w->frontier ? next : G_MAXINT64;
}

bool window_load(struct channel *ch)
{
    bool more = false;
    for (int lane = 0; lane < LANES; lane++)
        more |= load_lane(ch, lane);
    for (int i = 0; i < SEEKS && ch->hungry.length > 0; i++) {
        struct chat *chat = g_queue_pop_head(&ch->hungry);
        chat->hungry = false;
        for (int lane = 0; lane < LANES; lane++)
            if (chat->skipped[lane] != G_MAXINT64 && chat->count[lane] <= 1)
                seek_rows(ch, chat, lane);
        chat_place(ch, chat, clock_monotonic_ms());
    }
    return more || ch->hungry.length > 0;
}

/* The rows sent in the last minute, oldest first: they lie at the end of the table or around the first row
 * that waits. */
static struct query *sent_lately(struct channel *ch)
{
    int64_t first = store_int(ch->outbox->store, 0,
                              "SELECT min(id) FROM outbox WHERE platform = ? AND state = 0 AND lane < 2", "i",
                              (int64_t)ch->platform->id);
    return store_query(
        ch->outbox->store,
        "SELECT chat, sent FROM ("
        " SELECT * FROM (SELECT id, chat, platform, lane, state, sent FROM outbox ORDER BY id DESC LIMIT ?1)"
        " UNION"
        " SELECT * FROM (SELECT id, chat, platform, lane, state, sent FROM outbox WHERE id < ?2"
        "                ORDER BY id DESC LIMIT ?1)"
        " UNION"
        " SELECT * FROM (SELECT id, chat, platform, lane, state, sent FROM outbox WHERE id >= ?2"
        "                ORDER BY id LIMIT ?1)"
        ") WHERE platform = ?3 AND lane <> 2 AND state = 1 AND sent > ?4 ORDER BY sent",
        "iiii", (int64_t)RECENT_ROWS, first, (int64_t)ch->platform->id, clock_machine() - 60);
}

void window_refill_buckets(struct channel *ch)
{
    int64_t now = clock_monotonic_ms(), machine = clock_machine();
    if (ch->chat_rate.burst == 0 && ch->group_rate.burst == 0)
        return;
    g_autoptr(query) q = sent_lately(ch);
    while (query_next(q)) {
        struct chat *chat = chat_get(ch, query_text(q, 0));
        int64_t age = MAX(machine - query_int(q, 1), 0);
        bucket_take(&chat->bucket, chat->rate, MAX(now - age * 1000, 1));
    }
    g_autoptr(GList) chats = g_hash_table_get_values(ch->chats);
    for (const GList *l = chats; l; l = l->next)
        chat_place(ch, l->data, now);
}
