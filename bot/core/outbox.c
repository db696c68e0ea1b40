#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"
#include "bot/core/outbox_private.h"

enum {
    DAY = 86400,
    WORTH_SECONDS = DAY, /* of a message that does not say until when it is worth sending */
    ID_GAP = 100000,     /* ids that secret messages may have had before a crash */
};

/* How much of each lane of one platform memory holds: 2048 messages in all. */
static const int window_caps[LANES] = {
    [LANE_REPLY] = 1024, [LANE_PUSH] = 768, [LANE_CALLBACK] = 128, [LANE_ROBOT] = 128
};

/* Strangers' ids carry no index: pages of the web ask by chat, everything else by id or what is alive. A
 * platform's names of messages rise, so that their index grows at its end. */
static const char *const schema[] = {
    "CREATE TABLE outbox ("
    "  id INTEGER PRIMARY KEY,"
    "  platform INTEGER NOT NULL,"
    "  chat TEXT NOT NULL,"
    "  lane INTEGER NOT NULL,"
    "  key TEXT,"
    "  text TEXT NOT NULL,"
    "  buttons TEXT, files TEXT," /* JSON as pages get it */
    "  edits INTEGER NOT NULL DEFAULT 0,"
    "  callback TEXT,"
    "  cause INTEGER NOT NULL DEFAULT 0,"
    "  made INTEGER NOT NULL,"            /* machine clock */
    "  at INTEGER NOT NULL,"              /* class clock */
    "  expires INTEGER NOT NULL,"         /* class clock */
    "  state INTEGER NOT NULL DEFAULT 0," /* enum row_state */
    "  outcome TEXT,"                     /* of the last attempt */
    "  tries INTEGER NOT NULL DEFAULT 0,"
    "  not_before INTEGER NOT NULL DEFAULT 0," /* machine clock */
    "  ref TEXT,"                              /* the platform's name for it */
    "  sent INTEGER"                           /* machine clock, when its state became final */
    ") STRICT;"
    "CREATE INDEX outbox_live ON outbox(platform, lane, id) WHERE state = 0;"
    "CREATE INDEX outbox_dead ON outbox(id) WHERE state = 2;"
    "CREATE INDEX outbox_page ON outbox(chat, id) WHERE platform = 0;"
    "CREATE INDEX outbox_ref ON outbox(ref) WHERE state = 1 AND buttons IS NOT NULL AND ref IS NOT NULL;",
    NULL,
};

bool outbox_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "outbox", schema, error);
}

/* libev: something's time has come. */
static void on_alarm(EV_P_ ev_timer *timer, int events)
{
    struct outbox *o = timer->data;
    (void)loop, (void)events;
    o->dirty = true;
}

static double waiting_rows(void *data)
{
    return (double)((struct outbox *)data)->waiting;
}

static double dead_rows(void *data)
{
    return (double)((struct outbox *)data)->dead;
}

static double sending_now(void *data)
{
    return (double)((struct outbox *)data)->active.length;
}

struct outbox *outbox_new(struct store *store, struct turn *turn, struct loop *loop)
{
    struct outbox *o = g_new0(struct outbox, 1);
    o->store = store;
    o->turn = turn;
    o->loop = loop;
    o->pool = pool_new();
    o->records = g_ptr_array_new();
    o->batch = g_ptr_array_new();
    o->said = g_ptr_array_new_with_free_func(said_free);
    ev_timer_init(&o->alarm, on_alarm, 0.0, 0.0);
    o->alarm.data = o;
    o->waiting = store_int(store, 0, "SELECT count(*) FROM outbox WHERE state = 0", "");
    o->dead = store_int(store, 0, "SELECT count(*) FROM outbox WHERE state = 2", "");
    metric_gauge("banzhang_outbox", "state=\"waiting\"", waiting_rows, o);
    metric_gauge("banzhang_outbox", "state=\"sending\"", sending_now, o);
    metric_gauge("banzhang_outbox", "state=\"dead\"", dead_rows, o);
    if (loop)
        loop_before_sleep(loop, outbox_pump, o);
    return o;
}

/* Frees one platform's part. */
static void channel_free(struct channel *ch)
{
    GList *link;
    if (!ch)
        return;
    while ((link = g_queue_pop_head_link(&ch->callbacks)))
        item_drop(link->data);
    g_queue_clear(&ch->hungry);
    g_sequence_free(ch->waiting);
    g_hash_table_destroy(ch->chats);
    g_free(ch);
}

void outbox_free(struct outbox *o)
{
    GList *link;
    if (!o)
        return;
    while ((link = g_queue_pop_head_link(&o->active)) || (link = g_queue_pop_head_link(&o->spare)))
        sending_free(link->data);
    GPtrArray *const both[] = { o->records, o->batch };
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        for (guint j = 0; j < both[i]->len; j++) {
            struct record *r = both[i]->pdata[j];
            item_drop(r->item);
            record_free(r);
        }
        g_ptr_array_free(both[i], TRUE);
    }
    for (int i = 0; i < PLATFORM_COUNT; i++)
        channel_free(o->channels[i]);
    if (o->loop)
        ev_timer_stop(loop_ev(o->loop), &o->alarm);
    g_ptr_array_free(o->said, TRUE);
    refs_free(o);
    g_free(o->time_text);
    pool_free(o->pool);
    g_free(o);
}

void outbox_set_zone(struct outbox *o, GTimeZone *zone)
{
    o->zone = zone;
    g_clear_pointer(&o->time_text, g_free);
}

void outbox_platform(struct outbox *o, struct platform *platform)
{
    struct channel *ch = g_new0(struct channel, 1);
    int group = platform->group_per_minute;
    ch->outbox = o;
    ch->platform = platform;
    ch->account_rate = rate_per_second(platform->per_second);
    ch->chat_rate = rate_per_minute(platform->chat_burst, platform->chat_per_minute);
    ch->group_rate = rate_per_minute(platform->chat_burst, group ? group : platform->chat_per_minute);
    ch->chats = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, chat_free);
    ch->waiting = g_sequence_new(NULL);
    for (int i = 0; i < LANES; i++)
        ch->windows[i].cap = window_caps[i]; /* and the frontier is 0: nothing is known yet */
    o->channels[platform->id] = ch;
}

void outbox_start(struct outbox *o)
{
    for (int i = 0; i < PLATFORM_COUNT; i++)
        if (o->channels[i] && !o->channels[i]->platform->stores)
            window_refill_buckets(o->channels[i]);
    o->started = o->dirty = true;
}

int64_t outbox_next_id(struct outbox *o)
{
    if (o->next_id == 0) {
        bool inbox = store_int(
            o->store, 0, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'inbox'", "");
        int64_t last = store_int(o->store, 0, "SELECT max(id) FROM outbox", "");
        if (inbox)
            last = MAX(last, store_int(o->store, 0, "SELECT max(id) FROM inbox", ""));
        o->next_id = last + ID_GAP;
    }
    return o->next_id++;
}

/* After the commit: a message came to rest on the web, which is its delivery. */
static void count_web(void *data)
{
    records_count(data, PLATFORM_WEB, OUTCOME_SENT);
}

/* After the commit: it waits for a server that knows its platform. */
static void count_waiting(void *data)
{
    ((struct outbox *)data)->waiting++;
}

/* Writes one message as its row. */
static void write_row(struct outbox *o, enum platform_id id, const struct item *item, enum row_state state,
                      int64_t cause, int64_t at)
{
    store_run(o->store,
              "INSERT INTO outbox (id, platform, chat, lane, key, text, buttons, files, edits, callback, "
              "cause, made, at,"
              " expires, state, outcome, sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
              "NULLIF(?, 0))",
              "iisissssisiiiiisi", item->id, (int64_t)id, item->chat, (int64_t)item->lane, item->key,
              item->text, item->buttons, item->files, item->edits, item->callback, cause, item->made, at,
              item->expires, (int64_t)state, state == ROW_DEAD ? outcome_name(OUTCOME_INVALID) : NULL,
              state == ROW_WAITING ? (int64_t)0 : item->made);
}

/* Says one part of a reply; gives its id. */
static int64_t put_part(struct outbox *o, enum platform_id id, const char *chat, const struct reply *reply,
                        int64_t cause)
{
    struct channel *ch = o->channels[id];
    bool stores = id == PLATFORM_WEB || (ch && ch->platform->stores);
    int64_t at = clock_now();
    g_autofree char *buttons = buttons_json(reply), *files = files_json(reply);
    struct item item = { .channel = ch,
                         .id = outbox_next_id(o),
                         .lane = reply->lane,
                         .chat = chat,
                         .key = reply->key,
                         .text = reply->text ? reply->text : "",
                         .buttons = buttons,
                         .files = files,
                         .callback = reply->callback,
                         .edits = reply->edits,
                         .made = clock_machine(),
                         .expires = reply->expires ? reply->expires : at + WORTH_SECONDS,
                         .secret = reply->secret };
    if (stores && item.lane == LANE_CALLBACK)
        return 0; /* no button of a page waits for an answer */
    if (stores) {
        if (!item.secret)
            write_row(o, id, &item, ROW_SENT, cause, at);
        web_said(o, &item, at);
        turn_after_commit(o->turn, count_web, o, NULL);
        return item.id;
    }
    /* With the server up, a platform it does not know is one that was switched off. */
    enum row_state state = ch || !o->started ? ROW_WAITING : ROW_DEAD;
    if (!item.secret)
        write_row(o, id, &item, state, cause, at);
    if (ch && (!item.secret || ch->secrets < SECRETS_MAX))
        window_promise(ch, &item);
    else if (state == ROW_WAITING && !item.secret)
        turn_after_commit(o->turn, count_waiting, o, NULL);
    return item.id;
}

int64_t outbox_put(struct outbox *o, enum platform_id id, const char *chat, const struct reply *reply,
                   int64_t cause)
{
    struct channel *ch = o->channels[id];
    struct platform *platform = ch ? ch->platform : NULL;
    struct reply parts[PARTS_MAX];
    int64_t last = 0;

    if (!platform || !platform->split || reply->lane == LANE_CALLBACK)
        return put_part(o, id, chat, reply, cause);
    size_t count = platform->split(platform, o->pool, reply, parts, PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            parts[i].edits = 0; /* the first part replaces the old message, the others are new */
        last = put_part(o, id, chat, &parts[i], cause);
    }
    pool_reset(o->pool);
    return last;
}

int64_t outbox_edit(struct outbox *o, int64_t id, const char *text, int64_t cause)
{
    g_autoptr(query) q =
        store_query(o->store, "SELECT platform, chat, lane, key, text FROM outbox WHERE id = ?", "i", id);
    if (!query_next(q))
        return 0;
    struct reply reply = { .lane = query_int(q, 2) == LANE_ROBOT ? LANE_ROBOT : LANE_REPLY,
                           .key = query_text(q, 3),
                           .text = text ? text : query_text(q, 4),
                           .edits = id };
    return outbox_put(o, (enum platform_id)query_int(q, 0), query_text(q, 1), &reply, cause);
}

void outbox_on_refused(struct outbox *o, void (*fn)(void *, enum platform_id, const char *), void *data)
{
    o->refused = fn;
    o->refused_data = data;
}

int64_t outbox_waiting(struct outbox *o)
{
    return o->waiting;
}

void outbox_hold(struct outbox *o)
{
    o->held = o->dirty = true;
}

bool outbox_idle(void *data)
{
    const struct outbox *o = data;
    return o->active.length == 0 && o->records->len == 0 && o->batch->len == 0;
}

/* After the commit: dead rows are gone. */
static void count_dead(void *data)
{
    struct outbox *o = data;
    o->dead = store_int(o->store, o->dead, "SELECT count(*) FROM outbox WHERE state = 2", "");
}

int64_t outbox_resend(struct outbox *o, int64_t id)
{
    g_autoptr(query) q =
        store_query(o->store,
                    "SELECT platform, chat, lane, key, text, buttons, files, edits FROM outbox"
                    " WHERE id = ? AND state = 2 AND lane <> ?",
                    "ii", id, (int64_t)LANE_CALLBACK);

    if (!query_next(q))
        return 0;
    struct pool *pool = pool_new();
    struct reply reply = { .lane = (enum lane)query_int(q, 2),
                           .key = query_text(q, 3),
                           .text = query_text(q, 4),
                           .edits = query_int(q, 7) };

    reply_buttons(pool, query_text(q, 5), &reply);
    reply_files(pool, query_text(q, 6), &reply);
    int64_t anew = outbox_put(o, (enum platform_id)query_int(q, 0), query_text(q, 1), &reply, 0);

    store_run(o->store, "DELETE FROM outbox WHERE id = ?", "i", id);
    turn_after_commit(o->turn, count_dead, o, NULL);
    pool_free(pool);
    return anew;
}

int outbox_prune(struct outbox *o, int64_t age, int64_t web_age, int limit)
{
    int64_t now = clock_machine(), from = o->pruned;
    int64_t last =
        store_int(o->store, 0, "SELECT max(id) FROM (SELECT id FROM outbox WHERE id > ? ORDER BY id LIMIT ?)",
                  "ii", from, (int64_t)limit);
    int64_t made = store_int(o->store, now, "SELECT made FROM outbox WHERE id = ?", "i", last);

    /* The newest row stays whatever its age: the ids go on from it. */
    store_run(o->store,
              "DELETE FROM outbox WHERE id > ? AND id <= ? AND state <> 0"
              " AND made < CASE platform WHEN 0 THEN ? ELSE ? END AND id < (SELECT max(id) FROM outbox)",
              "iiii", from, last, now - web_age, now - age);
    int gone = (int)store_changes(o->store);
    /* What is kept among these must not be looked at each time; behind the first young one all are young, if
     * its age is no mistake of a clock that was ahead. */
    o->pruned = made < now - MIN(age, web_age) || made > now + DAY ? last : 0;
    if (gone > 0)
        turn_after_commit(o->turn, count_dead, o, NULL);
    return gone;
}
