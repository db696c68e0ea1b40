#include "bot/platform/wecom_token.h"

#include <glib.h>
#include <stdbool.h>

#include "bot/core/clock.h"
#include "bot/core/fetch.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"

enum {
    TIMEOUT_MS = 5000,
    EARLY_S = 300,              /* fetched anew this long before it ends */
    REFUSED_MS = 5 * 60 * 1000, /* first wait after a refusal; doubles */
    STRANGER_MS = 60 * 1000, /* the same when our address is not trusted: trusting it takes WeCom a minute */
    REFUSED_MAX_MS = 60 * 60 * 1000,
    AWAY_MS = 1000, /* first wait after no or a strange answer; doubles */
    AWAY_MAX_MS = 60 * 1000,
};

struct waiter {
    void (*fn)(void *data, const char *token, int64_t wait_ms);
    void *data;
};

struct wecom_token {
    struct loop *loop;
    struct fetch *fetch;
    char *url;
    void (*alarm)(void *data, const char *what);
    void *alarm_data;
    char *token;           /* NULL: none that is good */
    int64_t ends;          /* monotonic ms */
    int64_t not_before;    /* no fetch before this */
    int64_t away, refused; /* the last waits of the two kinds, 0 after a success */
    bool fetching, telling;
    bool renewed;   /* fetched because one was refused */
    bool proven;    /* WeCom has taken it at least once */
    GQueue waiters; /* struct waiter * */
};

struct wecom_token *wecom_token_new(struct loop *loop, struct fetch *fetch, const char *api_base,
                                    const char *corp_id, const char *secret,
                                    void (*alarm)(void *, const char *), void *data)
{
    struct wecom_token *t = g_new0(struct wecom_token, 1);
    g_autofree char *corp = g_uri_escape_string(corp_id, NULL, false);
    g_autofree char *word = g_uri_escape_string(secret, NULL, false);
    t->url = g_strdup_printf("%s/cgi-bin/gettoken?corpid=%s&corpsecret=%s", api_base, corp, word);
    t->loop = loop;
    t->fetch = fetch;
    t->alarm = alarm;
    t->alarm_data = data;
    g_queue_init(&t->waiters);
    return t;
}

void wecom_token_free(struct wecom_token *t)
{
    if (!t)
        return;
    g_queue_clear_full(&t->waiters, g_free);
    g_free(t->url);
    g_free(t->token);
    g_free(t);
}

/* Tells everybody who waits; they may want again from inside. */
static void tell(struct wecom_token *t)
{
    GQueue waiters = t->waiters;
    g_queue_init(&t->waiters);
    int64_t wait = MAX(t->not_before - clock_monotonic_ms(), 1);
    struct waiter *w;
    while ((w = g_queue_pop_head(&waiters))) {
        w->fn(w->data, t->token, t->token ? 0 : wait);
        g_free(w);
    }
}

/* Waits `first`, then twice as long each time, up to `most`. */
static void hold_off(struct wecom_token *t, int64_t *last, int64_t first, int64_t most)
{
    *last = *last ? MIN(*last * 2, most) : first;
    t->not_before = clock_monotonic_ms() + *last;
}

/* WeCom said no: a person has to look. */
static void refuse(struct wecom_token *t, int64_t errcode)
{
    bool stranger = errcode == 60020;
    hold_off(t, &t->refused, stranger ? STRANGER_MS : REFUSED_MS, stranger ? REFUSED_MS : REFUSED_MAX_MS);
    log_error("wecom.token_refused", "errcode=%" G_GINT64_FORMAT " wait_ms=%" G_GINT64_FORMAT, errcode,
              t->refused);
    t->alarm(t->alarm_data, stranger ? "ip_not_trusted" : "token_refused");
}

/* Keeps a token that WeCom gave us. */
static void take(struct wecom_token *t, const char *token, int64_t expires_in)
{
    int64_t good_for = expires_in > 2 * EARLY_S ? expires_in - EARLY_S : MAX(expires_in / 2, 1);
    log_hide(token);
    t->token = g_strdup(token);
    t->ends = clock_monotonic_ms() + MIN(good_for, 7200) * 1000;
    t->proven = false;
    t->away = 0;
    log_info("wecom.token", "good_for_s=%" G_GINT64_FORMAT, good_for);
}

static void on_answer(void *data, const struct fetch_answer *a)
{
    struct wecom_token *t = data;
    t->fetching = false;
    g_autoptr(cJSON) json = a->status == 200 ? json_parse(a->body, a->len, 8) : NULL;
    const char *token = json ? json_text(json, "access_token") : NULL;
    int64_t errcode = 0, expires_in = 7200;
    bool said = json && json_int(json, "errcode", &errcode);
    if (json)
        json_int(json, "expires_in", &expires_in);
    if (json && errcode == 0 && token && *token && g_str_is_ascii(token)) {
        take(t, token, expires_in);
    } else if (said && errcode != 0 && errcode != -1) {
        refuse(t, errcode);
    } else {
        hold_off(t, &t->away, AWAY_MS, AWAY_MAX_MS);
        log_warn("wecom.token_away", "status=%d wait_ms=%" G_GINT64_FORMAT, a->status, t->away);
    }
    tell(t);
}

static void on_later(void *data)
{
    struct wecom_token *t = data;
    t->telling = false;
    if (!t->fetching)
        tell(t);
}

/* Starts the one fetch, or has those who wait told that there is none. */
static void get(struct wecom_token *t)
{
    if (t->fetching || t->telling)
        return;
    if (clock_monotonic_ms() < t->not_before) {
        t->telling = true;
        loop_later(t->loop, 0, on_later, t);
        return;
    }
    t->fetching = true;
    fetch_start(
        t->fetch,
        &(struct fetch_request){
            .url = t->url, .max_answer = 16384, .timeout_ms = TIMEOUT_MS, .done = on_answer, .data = t });
}

void wecom_token_want(struct wecom_token *t, void (*fn)(void *, const char *, int64_t), void *data)
{
    if (t->token && clock_monotonic_ms() >= t->ends)
        g_clear_pointer(&t->token, g_free);
    if (t->token) {
        fn(data, t->token, 0);
        return;
    }
    struct waiter *w = g_new(struct waiter, 1);
    *w = (struct waiter){ fn, data };
    g_queue_push_tail(&t->waiters, w);
    get(t);
}

void wecom_token_worked(struct wecom_token *t, const char *token)
{
    if (t->proven || g_strcmp0(t->token, token) != 0)
        return;
    t->proven = true;
    t->renewed = false;
    t->refused = 0;
}

void wecom_token_refused(struct wecom_token *t, const char *token)
{
    if (g_strcmp0(t->token, token) != 0)
        return;
    g_clear_pointer(&t->token, g_free);
    if (t->renewed && !t->proven)
        refuse(t, 40014);
    t->renewed = true;
}
