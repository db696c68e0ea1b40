#include "bot/core/inbox.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/metrics.h"
#include "bot/core/outbox_private.h"

enum { SPARE_DRAFTS = 64, KINDS = UPDATE_NOISE + 1, SECRETS = 64, DAY = 86400 };

struct secret {
    int64_t id;
    char *said;
};

/* An update on its way through a turn. The update comes first, so that a draft and its job are one address.
 */
struct draft {
    struct update update;
    struct update as_sent; /* before anybody looked at it: the turn may begin again */
    struct turn_job job;
    struct inbox *inbox;
    struct pool *pool;
    void (*with)(void *);
    void (*done)(void *, const struct receipt *);
    void *data;
    struct receipt receipt;
    struct draft *next_spare;
};

struct inbox {
    struct store *store;
    struct turn *turn;
    struct outbox *outbox;
    void (*receive)(void *, struct update *, int64_t);
    void (*apologise)(void *, struct update *, int64_t);
    void *data;
    struct draft *spare;
    int spares;
    GString *said;
    struct secret secrets[SECRETS]; /* what was answered to the latest secret updates */
    unsigned next_secret;
    struct metric *updates[PLATFORM_COUNT][KINDS], *repeats[PLATFORM_COUNT];
};

static const char *const schema[] = {
    "CREATE TABLE inbox ("
    "  id INTEGER PRIMARY KEY,"
    "  platform INTEGER NOT NULL,"
    "  key TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  at INTEGER NOT NULL,"   /* machine clock: retention */
    "  moment INTEGER,"        /* class clock: what a page shows */
    "  last INTEGER NOT NULL," /* ids in (id, last] are what was said in answer */
    "  failed INTEGER NOT NULL DEFAULT 0,"
    "  account TEXT, text TEXT, files TEXT," /* of bound people on the web (their page shows it) and of failed
                                                updates */
    "  UNIQUE (platform, key)"
    ") STRICT;"
    "CREATE INDEX inbox_page ON inbox(account, id) WHERE platform = 0 AND account IS NOT NULL;",
    "ALTER TABLE inbox ADD COLUMN sealed INTEGER;" /* the platform's clock, of what can be replayed */
    "CREATE TABLE inbox_forgotten ("               /* the youngest of these whose key is gone */
    "  platform INTEGER PRIMARY KEY, sealed INTEGER NOT NULL"
    ") STRICT;",
    NULL,
};

/* What is said of an update's kind: nothing of a secret one, or it would tell who typed and who pressed. */
static enum update_kind kind_told(const struct update *update)
{
    return update->secret ? UPDATE_OTHER : update->kind;
}

/* The counter of one platform's updates of one kind, made at first use. */
static struct metric *updates_metric(struct inbox *inbox, const struct update *update)
{
    enum update_kind kind = kind_told(update);
    struct metric **slot = &inbox->updates[update->platform][kind];

    if (!*slot) {
        g_autofree char *labels = g_strdup_printf("platform=\"%s\",kind=\"%s\"",
                                                  platform_name(update->platform), update_kind_name(kind));

        *slot = metric_counter("banzhang_updates_total", labels);
    }
    return *slot;
}

struct inbox *inbox_new(struct store *store, struct turn *turn, struct outbox *outbox,
                        void (*receive)(void *, struct update *, int64_t),
                        void (*apologise)(void *, struct update *, int64_t), void *data)
{
    struct inbox *inbox = g_new0(struct inbox, 1);

    inbox->store = store;
    inbox->turn = turn;
    inbox->outbox = outbox;
    inbox->receive = receive;
    inbox->apologise = apologise;
    inbox->data = data;
    inbox->said = g_string_new(NULL);
    for (int i = 0; i < PLATFORM_COUNT; i++) {
        g_autofree char *labels = g_strdup_printf("platform=\"%s\"", platform_name(i));

        inbox->repeats[i] = metric_counter("banzhang_duplicates_total", labels);
    }
    return inbox;
}

bool inbox_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "inbox", schema, error);
}

void inbox_free(struct inbox *inbox)
{
    if (!inbox)
        return;
    while (inbox->spare) {
        struct draft *next = inbox->spare->next_spare;

        pool_free(inbox->spare->pool);
        g_free(inbox->spare);
        inbox->spare = next;
    }
    for (int i = 0; i < SECRETS; i++)
        g_free(inbox->secrets[i].said);
    g_string_free(inbox->said, TRUE);
    g_free(inbox);
}

struct update *inbox_draft(struct inbox *inbox, struct pool **ret_pool)
{
    struct draft *draft = inbox->spare;
    struct pool *pool;

    if (draft) {
        inbox->spare = draft->next_spare;
        inbox->spares--;
        pool = draft->pool;
        memset(draft, 0, sizeof *draft);
    } else {
        draft = g_new0(struct draft, 1);
        pool = pool_new();
    }
    draft->pool = pool;
    draft->inbox = inbox;
    draft->update.text = draft->update.name = "";
    *ret_pool = pool;
    return &draft->update;
}

void inbox_drop(struct inbox *inbox, struct update *update)
{
    struct draft *draft = (struct draft *)update;

    if (inbox->spares >= SPARE_DRAFTS) {
        pool_free(draft->pool);
        g_free(draft);
        return;
    }
    pool_reset(draft->pool);
    draft->next_spare = inbox->spare;
    inbox->spare = draft;
    inbox->spares++;
}

/* Looks whether the update was seen before; fills the receipt when it was. */
static bool seen_before(struct draft *draft)
{
    struct update *update = &draft->update;
    struct inbox *inbox = draft->inbox;
    g_autoptr(query) q =
        store_query(inbox->store, "SELECT id, last FROM inbox WHERE platform = ? AND key = ?", "is",
                    (int64_t)update->platform, update->key);

    if (!query_next(q))
        return false;
    draft->receipt = (struct receipt){ .end = INBOX_REPEAT, .id = query_int(q, 0), .last = query_int(q, 1) };
    return true;
}

/* When the update was sealed, by the platform's clock; 0: it cannot be replayed, or its time is none. */
static int64_t sealed(const struct draft *draft)
{
    const struct update *update = &draft->as_sent;

    return update->replayable && update->at <= clock_machine() + DAY ? update->at : 0;
}

/* Whether the key of this update may have been forgotten: then it is a replay, for no platform brings
 * anything that late. Both times are the platform's, so that no mistake of our clock makes its messages look
 * old. */
static bool forgotten(struct draft *draft)
{
    int64_t at = sealed(draft);

    if (at <= 0 ||
        at > store_int(draft->inbox->store, 0, "SELECT sealed FROM inbox_forgotten WHERE platform = ?", "i",
                       (int64_t)draft->update.platform))
        return false;
    log_warn("inbox.replayed", "platform=%s", platform_name(draft->update.platform));
    draft->receipt = (struct receipt){ .end = INBOX_REPEAT };
    return true;
}

/* Writes the inbox row behind the effects. Words are kept only where a page shows them again or a failure
 * needs them. */
static void keep_row(struct draft *draft, bool failed)
{
    struct update *update = &draft->update;
    bool page = update->platform == PLATFORM_WEB && update->person && update->kind != UPDATE_NOISE;
    bool words = !update->secret && (page || failed);
    const char *text = *update->text || !update->action ? update->text : update->action;
    struct reply kept = { .files = update->files, .file_count = update->unwanted ? 0 : update->file_count };
    g_autofree char *files = words && page ? files_json(&kept) : NULL;

    draft->receipt.last = outbox_next_id(draft->inbox->outbox) - 1;
    store_run(draft->inbox->store,
              "INSERT INTO inbox (id, platform, key, kind, at, moment, last, failed, account, text,"
              " files, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0))",
              "iisiiiiisssi", draft->receipt.id, (int64_t)update->platform, update->key,
              (int64_t)kind_told(update), clock_machine(), update->secret ? (int64_t)0 : clock_now(),
              draft->receipt.last, (int64_t)failed, words ? update->account : NULL, words ? text : NULL,
              files, sealed(draft));
}

/* Answers to secret updates are on no disk; a repeat finds the latest of them here. */
static void remember_secret(struct inbox *inbox, int64_t id, const char *said)
{
    struct secret *slot = &inbox->secrets[inbox->next_secret++ % SECRETS];

    g_free(slot->said);
    slot->id = id;
    slot->said = g_strdup(said);
}

static const char *recall_secret(struct inbox *inbox, int64_t id)
{
    for (int i = 0; i < SECRETS; i++)
        if (inbox->secrets[i].id == id)
            return inbox->secrets[i].said;
    return NULL;
}

/* Collects for the page what was said to the sender, freshly or at the first time. */
static void collect_said(struct draft *draft)
{
    struct update *update = &draft->update;
    struct inbox *inbox = draft->inbox;
    struct receipt *receipt = &draft->receipt;
    const char *secret = receipt->end == INBOX_REPEAT ? recall_secret(inbox, receipt->id) : NULL;

    if (update->platform != PLATFORM_WEB)
        return;
    g_string_truncate(inbox->said, 0);
    if (secret) {
        g_string_assign(inbox->said, secret);
    } else if (receipt->end == INBOX_REPEAT) {
        outbox_web_messages(inbox->outbox, update->account, receipt->id, receipt->last, 100, inbox->said);
        if (update->group)
            outbox_web_messages(inbox->outbox, update->chat, receipt->id, receipt->last, 100, inbox->said);
    } else {
        outbox_said(inbox->outbox, update->account, update->group ? update->chat : NULL, inbox->said);
    }
    receipt->said = pool_strndup(draft->pool, inbox->said->str, inbox->said->len);
    if (update->secret && receipt->end == INBOX_NEW)
        remember_secret(inbox, receipt->id, receipt->said);
}

static struct draft *draft_of(struct turn_job *job)
{
    return (struct draft *)((char *)job - G_STRUCT_OFFSET(struct draft, job));
}

/* In the turn: once for every key. */
static void run(struct turn_job *job)
{
    struct draft *draft = draft_of(job);
    struct inbox *inbox = draft->inbox;

    draft->update = draft->as_sent;
    draft->receipt = (struct receipt){ .end = INBOX_NEW };
    outbox_said_forget(inbox->outbox);
    if (!seen_before(draft) && !forgotten(draft)) {
        draft->receipt.id = outbox_next_id(inbox->outbox);
        inbox->receive(inbox->data, &draft->update, draft->receipt.id);
        keep_row(draft, false);
    }
    if (draft->with)
        draft->with(draft->data);
    collect_said(draft);
}

/* After the rollback of a handler that failed: its row stays, the person is told. */
static void failed(struct turn_job *job)
{
    struct draft *draft = draft_of(job);
    struct inbox *inbox = draft->inbox;

    outbox_said_forget(inbox->outbox);
    draft->receipt = (struct receipt){ .end = INBOX_FAILED, .id = outbox_next_id(inbox->outbox) };
    log_error("inbox.failed", "platform=%s id=%" G_GINT64_FORMAT, platform_name(draft->update.platform),
              draft->receipt.id);
    inbox->apologise(inbox->data, &draft->update, draft->receipt.id);
    keep_row(draft, true);
    if (draft->with)
        draft->with(draft->data);
    collect_said(draft);
}

static void done(struct turn_job *job, enum turn_end end)
{
    struct draft *draft = draft_of(job);
    struct inbox *inbox = draft->inbox;
    struct receipt *receipt = &draft->receipt;

    if (end == TURN_STORE_FAILED)
        *receipt = (struct receipt){ .end = INBOX_STORE_FAILED };
    else if (receipt->end == INBOX_REPEAT)
        metric_add(inbox->repeats[draft->update.platform], 1);
    else
        metric_add(updates_metric(inbox, &draft->update), 1);
    if (draft->done)
        draft->done(draft->data, receipt);
    inbox_drop(inbox, &draft->update);
}

void inbox_submit(struct inbox *inbox, struct update *update, void (*with)(void *),
                  void (*on_done)(void *, const struct receipt *), void *data)
{
    struct draft *draft = (struct draft *)update;

    draft->as_sent = *update;
    draft->with = with;
    draft->done = on_done;
    draft->data = data;
    draft->job = (struct turn_job){ .run = run, .failed = failed, .done = done, .repeatable = true };
    turn_add(inbox->turn, &draft->job);
}

void inbox_web_said(struct inbox *inbox, const char *account, int64_t after, int64_t until, GString *into)
{
    g_autoptr(query) q =
        store_query(inbox->store,
                    "SELECT id, key, text, moment, files FROM inbox WHERE platform = 0 AND account = ?"
                    " AND id > ? AND id <= ? AND text IS NOT NULL ORDER BY id",
                    "sii", account, after, until);

    while (query_next(q)) {
        const char *key = strrchr(query_text(q, 1), '\x1f');

        outbox_web_own(inbox->outbox, query_int(q, 0), key ? key + 1 : "", query_text(q, 2), query_int(q, 3),
                       query_text(q, 4), into);
    }
}

int inbox_prune(struct inbox *inbox, int64_t age, int limit)
{
    int64_t now = clock_machine();

    store_run(inbox->store,
              "INSERT INTO inbox_forgotten (platform, sealed) SELECT platform, max(sealed) FROM inbox"
              " WHERE id IN (SELECT id FROM inbox WHERE at < ? ORDER BY id LIMIT ?) AND at < ?"
              " AND sealed IS NOT NULL GROUP BY platform"
              " ON CONFLICT (platform) DO UPDATE SET sealed = max(sealed, excluded.sealed)",
              "iii", now + DAY, (int64_t)limit, now - age);
    store_run(inbox->store,
              "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE at < ? ORDER BY id LIMIT ?)"
              " AND at < ?",
              "iii", now + DAY, (int64_t)limit, now - age); /* a clock that was ahead blocks nothing */
    return (int)store_changes(inbox->store);
}
