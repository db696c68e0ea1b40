/* `banzhang webhook set|show|delete`: one request to Telegram on a loop of its own. What waits there is never
 * dropped, and neither token is ever printed. */
#include "bot/platform/telegram_private.h"

#include <stdio.h>
#include <string.h>

#include "bot/core/json.h"
#include "bot/core/log.h"

enum { CONNECTIONS = 40, TRIES = 3, PATIENCE_MS = 5000 };

struct errand {
    const struct telegram_options *options;
    struct loop *loop;
    struct fetch *fetch;
    char *url, *json;
    int tries;
    bool ok;
    cJSON *answer; /* NULL when Telegram could not be understood */
    struct telegram_verdict verdict;
};

/* Sends the request, again when only its moment was wrong. */
static void ask(void *data);

static void told(void *data, const struct fetch_answer *answer)
{
    struct errand *e = data;
    e->verdict = telegram_judge(answer);
    if (e->verdict.outcome == OUTCOME_LIMITED && e->verdict.wait_ms <= PATIENCE_MS && ++e->tries < TRIES) {
        loop_later(e->loop, e->verdict.wait_ms, ask, e);
        return;
    }
    e->ok = e->verdict.outcome == OUTCOME_SENT;
    e->answer = answer->status ? json_parse(answer->body, answer->len, TELEGRAM_DEPTH) : NULL;
    loop_stop(e->loop);
}

static void ask(void *data)
{
    struct errand *e = data;
    fetch_start(e->fetch,
                &(struct fetch_request){
                    .url = e->url, .json = e->json, .json_len = strlen(e->json), .done = told, .data = e });
}

/* Whether Telegram will take this as a secret: 1–256 of A-Z a-z 0-9 _ -. */
static bool secret_is_fine(const char *secret)
{
    size_t len = secret ? strlen(secret) : 0;
    return len >= 1 && len <= 256 &&
           strspn(secret, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len;
}

/* The body of setWebhook; NULL and the reason when the configuration does not allow it. */
static char *set_body(const struct telegram_options *o, char **ret_address, const char **ret_why)
{
    if (o->polling)
        *ret_why = "telegram.mode is polling: a webhook would take the updates away from it";
    else if (!o->public_url || !*o->public_url)
        *ret_why = "public_url is not configured: Telegram would not know where to call";
    else if (!secret_is_fine(o->secret))
        *ret_why = "telegram.secret must be 1 to 256 of the characters A-Z a-z 0-9 _ -";
    if (*ret_why)
        return NULL;
    size_t len = strlen(o->public_url);
    while (len && o->public_url[len - 1] == '/')
        len--;
    *ret_address = g_strdup_printf("%.*s/telegram/webhook", (int)len, o->public_url);
    GString *body = g_string_new("{\"url\":");
    json_put(body, *ret_address);
    g_string_append(body, ",\"secret_token\":");
    json_put(body, o->secret);
    g_string_append_printf(body, ",\"max_connections\":%d,\"allowed_updates\":%s}", CONNECTIONS,
                           TELEGRAM_ALLOWED);
    return g_string_free(body, FALSE);
}

static void show_time(const char *label, int64_t at)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(at);
    g_autofree char *text = when ? g_date_time_format(when, "%Y-%m-%d %H:%M:%S%:z") : NULL;
    printf("%s%s\n", label, text ? text : "?");
}

/* What Telegram says of the webhook, one fact a line. */
static void show(const cJSON *answer)
{
    const char *url = json_text(answer, "result.url"), *why = json_text(answer, "result.last_error_message");
    int64_t n;
    if (!url || !*url)
        puts("url: none (no webhook is set)");
    else
        printf("url: %s\n", url);
    if (json_int(answer, "result.pending_update_count", &n))
        printf("waiting updates: %" G_GINT64_FORMAT "\n", n);
    if (json_int(answer, "result.max_connections", &n))
        printf("connections: %" G_GINT64_FORMAT "\n", n);
    if (json_int(answer, "result.last_error_date", &n))
        show_time("last error at: ", n);
    if (why)
        printf("last error: %s\n", why);
    const cJSON *kinds = json_at(answer, "result.allowed_updates"), *kind;
    if (cJSON_IsArray(kinds) && kinds->child) {
        fputs("updates:", stdout);
        cJSON_ArrayForEach(kind, kinds) if (cJSON_IsString(kind)) printf(" %s", kind->valuestring);
        putchar('\n');
    }
}

/* One sentence on stderr for why it failed. */
static void explain(const struct errand *e)
{
    const char *description = json_text(e->answer, "description");
    if (e->verdict.token_refused)
        fputs("Telegram refuses telegram.token\n", stderr);
    else if (description && !strstr(description, e->options->token))
        fprintf(stderr, "Telegram refuses: %s\n", description);
    else if (e->verdict.code)
        fprintf(stderr, "Telegram answered with HTTP status %d\n", e->verdict.code);
    else
        fputs("Telegram cannot be reached at telegram.api_base\n", stderr);
}

/* Runs one method to its answer. */
static void run(struct errand *e, const char *method)
{
    struct turn *turn = turn_new(NULL); /* nothing is ever put into it: the loop only wants one to ask */
    e->url = telegram_url(e->options->api_base, e->options->token, method);
    e->loop = loop_new(turn);
    e->fetch = fetch_new(e->loop);
    ask(e);
    loop_run(e->loop);
    fetch_free(e->fetch);
    loop_free(e->loop);
    turn_free(turn);
    g_free(e->url);
}

int telegram_webhook_command(const struct telegram_options *options, const char *verb)
{
    static const struct {
        const char *verb, *method;
    } verbs[] = { { "set", "setWebhook" }, { "show", "getWebhookInfo" }, { "delete", "deleteWebhook" } };
    struct errand e = { .options = options };
    const char *method = NULL, *why = NULL;
    g_autofree char *address = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (!strcmp(verb, verbs[i].verb))
            method = verbs[i].method;
    if (!method) {
        fputs("webhook set, webhook show or webhook delete\n", stderr);
        return 2;
    }
    log_hide(options->token);
    log_hide(options->secret);
    e.json = strcmp(verb, "set") != 0 ? g_strdup("{}") : set_body(options, &address, &why);
    if (!e.json) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    run(&e, method);
    if (!e.ok)
        explain(&e);
    else if (!strcmp(verb, "show"))
        show(e.answer);
    else if (!strcmp(verb, "set"))
        printf("webhook set: Telegram will call %s\n", address);
    else
        puts("webhook deleted: what waits at Telegram is kept there for a day");
    cJSON_Delete(e.answer);
    g_free(e.json);
    return e.ok ? 0 : 1;
}
