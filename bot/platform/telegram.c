/* Telegram: its parts put together, and the webhook. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/metrics.h"
#include "bot/core/text.h"

enum { WEBHOOK_BODY = 1024 * 1024, BUSY_SECONDS = 5, SAME_MOMENT_S = 5 };

/* One row a bot and server: where polling stands, and our name, so that it is known before Telegram can be
 * reached. */
static const char *const schema[] = {
    "CREATE TABLE telegram_bot ("
    "  bot INTEGER NOT NULL, api_base TEXT NOT NULL, next_update INTEGER NOT NULL DEFAULT 0, name TEXT,"
    "  PRIMARY KEY (bot, api_base)) STRICT, WITHOUT ROWID;",
    NULL
};

char *telegram_url(const char *api_base, const char *token, const char *method)
{
    return g_strdup_printf("%s/bot%s/%s", api_base, token, method);
}

void telegram_call(struct telegram *t, enum telegram_method method, const char *json, size_t len,
                   int64_t timeout_ms, void (*done)(void *, const struct fetch_answer *), void *data)
{
    fetch_start(t->at.fetch,
                &(struct fetch_request){ .url = t->urls[method],
                                         .json = json,
                                         .json_len = len,
                                         .max_answer = method == TELEGRAM_GET_UPDATES ? 8 << 20 : 0,
                                         .timeout_ms = timeout_ms,
                                         .done = done,
                                         .data = data });
}

void telegram_alarm(struct telegram *t, const char *what)
{
    log_error("telegram.alarm", "what=\"%s\"", what);
    if (t->options.alarm)
        t->options.alarm(t->options.alarm_data, what);
}

int64_t telegram_back_off(int failures)
{
    return failures > 6 ? 60000 : 1000 << MAX(failures - 1, 0);
}

/* Labels of metrics are counted often: the pointers are kept by name. */
static void count(const char *what)
{
    static GHashTable *metrics;
    if (!metrics)
        metrics = g_hash_table_new(g_direct_hash, g_direct_equal); /* names are literals */
    struct metric *m = g_hash_table_lookup(metrics, what);
    if (!m) {
        g_autofree char *labels = g_strdup_printf("kind=\"%s\"", what);
        m = metric_counter("banzhang_telegram_updates_total", labels);
        g_hash_table_insert(metrics, (void *)what, m);
    }
    metric_add(m, 1);
}

/* Who unblocks us by "Restart" is told of twice, as a member and by a /start in the same moment: one greeting
 * is enough.
 */
static void greet_once(struct telegram *t, struct update *u)
{
    if (u->kind != UPDATE_STARTED || u->group)
        return;
    if (!*u->text) {
        g_strlcpy(t->unblocked, u->account, sizeof t->unblocked);
        t->unblocked_at = u->at;
    } else if (!strcmp(t->unblocked, u->account) && ABS(u->at - t->unblocked_at) <= SAME_MOMENT_S) {
        u->kind = UPDATE_NOISE;
    }
}

void telegram_heard(struct telegram *t, struct update *u, const char *what)
{
    count(what);
    greet_once(t, u);
    telegram_menu_soon(t, u);
}

/* After the commit: a failed handler is answered 200 too, or Telegram would hold the chat and repeat for a
 * day. */
static void answer_webhook(void *data, const struct receipt *receipt)
{
    if (receipt->end == INBOX_STORE_FAILED)
        http_busy(data, BUSY_SECONDS);
    else
        http_answer(data, 200, "application/json", "", 0);
}

/* Whether a request shows the secret that only Telegram was told. */
static bool knows_secret(struct http_request *request, void *data)
{
    const char *secret = http_header(request, "X-Telegram-Bot-Api-Secret-Token");
    return secret && text_same_secret(secret, ((struct telegram *)data)->options.secret);
}

static void webhook(struct http_request *request, void *data)
{
    struct telegram *t = data;
    if (!knows_secret(request, t)) {
        http_error(request, http_header(request, "X-Telegram-Bot-Api-Secret-Token") ? 403 : 401,
                   "the secret token is missing or wrong");
        return;
    }

    size_t len;
    const char *body = http_body(request, &len);
    g_autoptr(cJSON) json = json_parse(body, len, TELEGRAM_DEPTH);
    if (!json) {
        http_error(request, 400, "malformed JSON");
        return;
    }
    struct pool *pool;
    const char *what;
    struct update *u = inbox_draft(t->at.inbox, &pool);
    if (!telegram_decode(&t->self, json, pool, u, &what)) {
        inbox_drop(t->at.inbox, u);
        http_error(request, 400, "no update");
        return;
    }
    telegram_heard(t, u, what);
    inbox_submit(t->at.inbox, u, NULL, answer_webhook, request);
}

const struct http_route *telegram_routes(struct telegram *t, size_t *ret_count)
{
    *ret_count = t->options.polling ? 0 : 1;
    return &t->route;
}

/* The methods' addresses, once: each holds the token. */
static void set_urls(struct telegram *t)
{
    static const char *const methods[] = {
        [TELEGRAM_SEND] = "sendMessage",
        [TELEGRAM_EDIT_TEXT] = "editMessageText",
        [TELEGRAM_EDIT_BUTTONS] = "editMessageReplyMarkup",
        [TELEGRAM_ANSWER] = "answerCallbackQuery",
        [TELEGRAM_SEND_DOCUMENT] = "sendDocument",
        [TELEGRAM_SEND_PHOTO] = "sendPhoto",
        [TELEGRAM_GET_UPDATES] = "getUpdates",
        [TELEGRAM_GET_FILE] = "getFile",
        [TELEGRAM_GET_ME] = "getMe",
        [TELEGRAM_SET_COMMANDS] = "setMyCommands",
        [TELEGRAM_DELETE_WEBHOOK] = "deleteWebhook",
        [TELEGRAM_WEBHOOK_INFO] = "getWebhookInfo",
    };
    for (int i = 0; i < TELEGRAM_METHODS; i++)
        t->urls[i] = telegram_url(t->options.api_base, t->options.token, methods[i]);
    t->file_url = g_strdup_printf("%s/file/bot%s/", t->options.api_base, t->options.token);
}

/* What an earlier run knew: our name and where polling stood. */
static void load(struct telegram *t)
{
    g_autoptr(query) q =
        store_query(t->at.store, "SELECT name, next_update FROM telegram_bot WHERE bot = ? AND api_base = ?",
                    "is", t->self.id, t->options.api_base);
    if (query_next(q)) {
        t->self.name = t->name = g_strdup(query_text(q, 0));
        t->poll.offset = query_int(q, 1);
    }
}

struct telegram *telegram_new(const struct telegram_options *options, const struct telegram_parts *parts,
                              GError **error)
{
    log_hide(options->token);
    log_hide(options->secret);
    if (!store_migrate(parts->store, "telegram", schema, error))
        return NULL;
    struct telegram *t = g_new0(struct telegram, 1);
    t->options = *options;
    t->at = *parts;
    t->self =
        (struct telegram_self){ .id = g_ascii_strtoll(options->token, NULL, 10), .outbox = parts->outbox };
    t->body = g_string_sized_new(1024);
    t->route = (struct http_route){ .method = "POST",
                                    .path = "/telegram/webhook",
                                    .max_body = options->max_body ? options->max_body : WEBHOOK_BODY,
                                    .knows = knows_secret,
                                    .json = true,
                                    .handle = webhook,
                                    .data = t };
    set_urls(t);
    load(t);
    telegram_send_init(t);
    telegram_files_init(t);
    return t;
}

const char *telegram_name(const struct telegram *t)
{
    return t->name;
}

void telegram_start(struct telegram *t)
{
    telegram_setup_start(t);
    if (t->options.polling)
        telegram_poll_start(t);
}

void telegram_free(struct telegram *t)
{
    if (!t)
        return;
    telegram_send_end(t);
    telegram_files_end(t);
    telegram_menus_end(t);
    for (int i = 0; i < TELEGRAM_METHODS; i++)
        g_free(t->urls[i]);
    g_free(t->file_url);
    g_free(t->name);
    g_string_free(t->body, TRUE);
    g_free(t);
}
