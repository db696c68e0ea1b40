/* Joining by link: "are you 张三?", then a cookie binds this browser. The browser becomes an account of its
 * own, and the joining itself goes the way of any message, so that the chat begins with it. */
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/secret.h"
#include "bot/platform/web_private.h"

enum { TOKEN_BYTES = 18, COOKIE_DAYS = 400, WRONG_A_MINUTE = 30 };

/* A browser that joins: first its code is said, then the button pressed. */
struct joining {
    struct web *web;
    struct http_request *request;
    char *account, *token, *code;
    int64_t member;
};

static void free_joining(struct joining *joining)
{
    g_free(joining->account);
    g_free(joining->token);
    g_free(joining->code);
    g_free(joining);
}

char *web_random(size_t len)
{
    guint8 raw[64];

    secret_random(raw, len);
    char *text = g_base64_encode(raw, len);

    g_strdelimit(text, "+", '-');
    g_strdelimit(text, "/", '_');
    return text;
}

bool web_is_random(const char *text, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    return strlen(text) == len / 3 * 4 && strspn(text, letters) == len / 3 * 4;
}

char *web_digest(const char *token)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
}

const char *web_account(struct web *web, struct http_request *request, char ret[64])
{
    const char *token = http_cookie(request, "banzhang");

    if (!token || strlen(token) > 64)
        return NULL;
    g_autofree char *digest = web_digest(token);
    g_autofree char *account =
        store_text(web->options.store, "SELECT account FROM web_browser WHERE digest = ? AND made > ?", "si",
                   digest, clock_machine() - (int64_t)COOKIE_DAYS * 86400);

    if (!account || !web->options.people.lang(web->options.people.data, account))
        return NULL;
    g_strlcpy(ret, account, 64);
    return ret;
}

/* Whether wrong codes come too fast, from all browsers together; counts one. A right one is always let in:
 * with 50 bits nobody comes upon it, and a stranger must not keep others out. */
static bool too_many_wrong(struct web *web)
{
    int64_t minute = clock_machine() / 60;

    if (web->wrong_minute != minute) {
        web->wrong_minute = minute;
        web->wrong_codes = 0;
    }
    return web->wrong_codes++ >= WRONG_A_MINUTE;
}

/* Asks whom the code is for; answers the request itself when it is for nobody. */
static bool who_is(struct web *web, struct http_request *request, const char *code, GString *into)
{
    int status = web->options.people.who(web->options.people.data, code, web_lang(web, request), into);

    if (status == 200)
        return true;
    if (status == 404 && too_many_wrong(web)) {
        http_set(request, "Retry-After", "60");
        web_refuse(web, request, 429, "lost.busy");
    } else {
        web_refuse_with(web, request, status, "join.html", into->str);
    }
    return false;
}

void web_join_page(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *tail = http_tail(request), *slash = strchr(tail, '/');
    g_autofree char *code = g_strndup(tail, slash ? (gsize)(slash - tail) : strlen(tail));
    g_autoptr(GString) json = g_string_new(NULL);

    if (slash && strcmp(slash, "/who") != 0)
        http_error(request, 404, "nothing is here");
    else if (!who_is(web, request, code, json))
        return;
    else if (slash)
        http_json(request, 200, json->str);
    else
        web_page(request, web, 200, "join.html");
}

/* --- joining
 * ---------------------------------------------------------------------------------------------------- */

/* Makes the browser known, in the same savepoint as the press of the button. */
static void keep_browser(void *data)
{
    struct joining *joining = data;
    g_autofree char *digest = web_digest(joining->token);

    store_run(joining->web->options.store,
              "INSERT INTO web_browser (digest, account, made) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
              "ssi", digest, joining->account, clock_machine());
}

static void on_pressed(void *data, const struct receipt *receipt)
{
    struct joining *joining = data;
    struct web *web = joining->web;
    g_autoptr(GString) profile = g_string_new(NULL);

    if (receipt->end == INBOX_STORE_FAILED) {
        http_busy(joining->request, 2);
    } else if (!web->options.people.profile(web->options.people.data, joining->account, profile)) {
        web_refuse(web, joining->request, 410, "join.used");
    } else {
        bool secure = g_str_has_prefix(web->options.public_url, "https:");
        g_autofree char *cookie =
            g_strdup_printf("banzhang=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", joining->token,
                            COOKIE_DAYS * 86400, secure ? "; Secure" : "");

        http_set(joining->request, "Set-Cookie", cookie);
        http_json(joining->request, 200, "{\"next\":\"/me\"}");
    }
    free_joining(joining);
}

/* Submits one message of the joining browser. */
static void submit(struct joining *joining, const char *step, const char *text, const char *action,
                   void (*with)(void *), void (*done)(void *, const struct receipt *))
{
    struct pool *pool;
    struct update *update = inbox_draft(joining->web->options.inbox, &pool);

    update->platform = PLATFORM_WEB;
    update->account = update->chat = pool_strdup(pool, joining->account);
    update->key = pool_printf(pool, "%s %s", joining->account, step);
    update->kind = action ? UPDATE_ACTION : UPDATE_TEXT;
    update->text = pool_strdup(pool, text);
    update->action = pool_strdup(pool, action);
    inbox_submit(joining->web->options.inbox, update, with, done, joining);
}

static void on_asked(void *data, const struct receipt *receipt)
{
    struct joining *joining = data;
    g_autofree char *action = g_strdup_printf("join:yes:%" G_GINT64_FORMAT, joining->member);

    if (receipt->end == INBOX_STORE_FAILED) {
        http_busy(joining->request, 2);
        free_joining(joining);
        return;
    }
    submit(joining, "yes", "", action, keep_browser, on_pressed);
}

void web_join(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(cJSON) body = web_body(request);
    g_autoptr(GString) json = g_string_new(NULL);
    const char *code = http_tail(request);

    if (!body)
        return;
    if (!json_true(body, "agree")) {
        http_error(request, 400, "agree must be true");
        return;
    }
    if (!who_is(web, request, code, json))
        return;
    g_autoptr(cJSON) who = json_parse(json->str, json->len, 4);
    struct joining *joining = g_new0(struct joining, 1);
    g_autofree char *name = web_random(9);

    joining->web = web;
    joining->request = request;
    joining->account = g_strdup_printf("me.%s", name);
    joining->token = web_random(TOKEN_BYTES);
    joining->code = g_strdup_printf("/join %s", code);
    json_int(who, "member", &joining->member);
    submit(joining, "join", joining->code, NULL, NULL, on_asked);
}
