/* Who we are, and the menus of commands: asked and told once at the start, again and again until it works. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"
#include "bot/core/log.h"

static void ask_name(void *data);
static void set_menu(void *data);
static void ask_webhook(void *data);

/* Writing our name is a job of its own. */
struct naming {
    struct turn_job job;
    struct telegram *t;
};

static void write_name(struct turn_job *job)
{
    struct telegram *t = ((struct naming *)job)->t;
    store_run(t->at.store,
              "INSERT INTO telegram_bot (bot, api_base, name) VALUES (?, ?, ?)"
              " ON CONFLICT (bot, api_base) DO UPDATE SET name = excluded.name",
              "iss", t->self.id, t->options.api_base, t->self.name);
}

static void name_written(struct turn_job *job, enum turn_end end)
{
    if (end != TURN_DURABLE)
        log_warn("telegram.name_not_kept", "bot=%" G_GINT64_FORMAT, ((struct naming *)job)->t->self.id);
    g_free(job);
}

/* Tries `step` again after a while; gives up when the answer says that it never will be taken. */
static void again(struct telegram *t, const struct telegram_verdict *v, void (*step)(void *))
{
    if (loop_stopping(t->at.loop))
        return;
    if (v->token_refused && !t->token_refused)
        telegram_alarm(t, "token_refused");
    t->token_refused = v->token_refused;
    t->setup.failures++;
    loop_later(t->at.loop, MAX(v->wait_ms, telegram_back_off(t->setup.failures)), step, t);
}

static void named(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    struct telegram_verdict v = telegram_judge(answer);
    if (v.outcome != OUTCOME_SENT) {
        again(t, &v, ask_name);
        return;
    }
    g_autoptr(cJSON) json = json_parse(answer->body, answer->len, TELEGRAM_DEPTH);
    const char *name = json_text(json, "result.username");
    if (name && g_strcmp0(name, t->name)) {
        g_free(t->name);
        t->self.name = t->name = g_strdup(name);
        struct naming *n = g_new0(struct naming, 1);
        *n = (struct naming){ .job = { .run = write_name, .done = name_written }, .t = t };
        turn_add(t->at.turn, &n->job);
    }
    log_info("telegram.ready", "bot=%" G_GINT64_FORMAT, t->self.id);
    t->setup.failures = 0;
    set_menu(t);
}

static void ask_name(void *data)
{
    telegram_call(data, TELEGRAM_GET_ME, "{}", 2, 0, named, data);
}

static void menu_set(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    struct telegram_verdict v = telegram_judge(answer);
    if (v.outcome != OUTCOME_SENT && v.outcome != OUTCOME_INVALID) {
        again(t, &v, set_menu);
        return;
    }
    if (v.outcome == OUTCOME_INVALID)
        log_error("telegram.menu_refused", "menu=%zu code=%d", t->setup.next_menu, v.code);
    t->setup.failures = 0;
    t->setup.next_menu++;
    set_menu(t);
}

/* What Telegram itself says of our webhook: none set, or one that fails, is why nobody is heard. */
static void webhook_told(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    struct telegram_verdict v = telegram_judge(answer);
    if (v.outcome != OUTCOME_SENT) {
        again(t, &v, ask_webhook);
        return;
    }
    g_autoptr(cJSON) json = json_parse(answer->body, answer->len, TELEGRAM_DEPTH);
    const char *url = json_text(json, "result.url");
    int64_t waiting = 0, failed_at = 0;
    json_int(json, "result.pending_update_count", &waiting);
    json_int(json, "result.last_error_date", &failed_at);
    if (!url || !*url)
        log_warn("telegram.no_webhook", "waiting=%" G_GINT64_FORMAT " mend=\"banzhang webhook set\"",
                 waiting);
    else
        log_info("telegram.webhook", "waiting=%" G_GINT64_FORMAT " last_error_at=%" G_GINT64_FORMAT, waiting,
                 failed_at);
}

static void ask_webhook(void *data)
{
    telegram_call(data, TELEGRAM_WEBHOOK_INFO, "{}", 2, 0, webhook_told, data);
}

/* Sets the next menu; each when the one before it was taken. */
static void set_menu(void *data)
{
    struct telegram *t = data;
    if (t->setup.next_menu >= t->options.menu_count) {
        if (!t->options.polling)
            ask_webhook(t);
        return;
    }
    GString *body = g_string_truncate(t->body, 0);
    telegram_put_menu(body, &t->options.menus[t->setup.next_menu], NULL);
    telegram_call(t, TELEGRAM_SET_COMMANDS, body->str, body->len, 0, menu_set, t);
}

void telegram_setup_start(struct telegram *t)
{
    ask_name(t);
}
