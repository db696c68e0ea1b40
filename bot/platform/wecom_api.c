#include "bot/platform/wecom_api.h"

#include <string.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/platform/wecom_token.h"

enum { TIMEOUT_MS = 10000 };

struct wecom_api {
    struct fetch *fetch;
    struct wecom_token *token;
    char *base;
    void (*alarm)(void *data, const char *what);
    void *alarm_data;
    GQueue running; /* struct running * */
};

struct running {
    struct wecom_api *api;
    GList *link;
    struct wecom_call call; /* texts are ours */
    char *token;
    bool again; /* a token was refused already */
};

static void give_back(struct running *r)
{
    g_free((char *)r->call.path);
    g_free((char *)r->call.json);
    g_free((char *)r->call.file_name);
    g_free((char *)r->call.file_type);
    g_clear_pointer(&r->call.file, g_bytes_unref);
    g_free(r->token);
    g_free(r);
}

struct wecom_api *wecom_api_new(struct loop *loop, struct fetch *fetch, const char *api_base,
                                const char *corp_id, const char *secret, void (*alarm)(void *, const char *),
                                void *data)
{
    struct wecom_api *api = g_new0(struct wecom_api, 1);
    api->fetch = fetch;
    api->base = g_strdup(api_base);
    api->token = wecom_token_new(loop, fetch, api_base, corp_id, secret, alarm, data);
    api->alarm = alarm;
    api->alarm_data = data;
    g_queue_init(&api->running);
    return api;
}

void wecom_api_free(struct wecom_api *api)
{
    if (!api)
        return;
    struct running *r;
    while ((r = g_queue_pop_head(&api->running))) {
        if (r->call.drop)
            r->call.drop(r->call.data);
        give_back(r);
    }
    wecom_token_free(api->token);
    g_free(api->base);
    g_free(api);
}

static void finish(struct running *r, const struct wecom_result *result)
{
    g_queue_delete_link(&r->api->running, r->link);
    r->call.done(r->call.data, result);
    give_back(r);
}

/* The codes that say no more than: this access token is not (or no longer) good. */
static bool token_code(int64_t errcode)
{
    return errcode == 40001 || errcode == 40014 || errcode == 42001 || errcode == 41001;
}

static void start(void *data, const char *token, int64_t wait_ms);

static void on_answer(void *data, const struct fetch_answer *a)
{
    struct running *r = data;
    struct wecom_result result = { .answer = a };
    bool maybe =
        a->status && a->len && a->body[0] == '{'; /* media/get gives bytes, and JSON only for errors */
    g_autoptr(cJSON) json = maybe ? json_parse(a->body, a->len, 16) : NULL;
    result.json = json;
    result.judged = json && json_int(json, "errcode", &result.errcode);
    if (r->token && result.judged && token_code(result.errcode)) {
        wecom_token_refused(r->api->token, r->token);
        if (!r->again) {
            r->again = true;
            wecom_token_want(r->api->token, start, r);
            return;
        }
    } else if (r->token && result.judged && result.errcode == 0) {
        wecom_token_worked(r->api->token, r->token);
    }
    finish(r, &result);
}

/* Sends the request, now that there is a token (or that there will be none). */
static void start(void *data, const char *token, int64_t wait_ms)
{
    struct running *r = data;
    if (!token && !r->call.bare) {
        finish(r, &(struct wecom_result){ .wait_ms = wait_ms });
        return;
    }
    g_autoptr(GString) url = g_string_new(r->api->base);
    g_string_append(url, r->call.path);
    if (token)
        g_string_append_printf(url, "%caccess_token=%s", strchr(r->call.path, '?') ? '&' : '?', token);
    g_free(r->token);
    r->token = g_strdup(token);
    size_t len = 0;
    const char *bytes = r->call.file ? g_bytes_get_data(r->call.file, &len) : NULL;
    struct fetch_part part = {
        .name = "media",
        .file_name = r->call.file_name,
        .type = r->call.file_type,
        .data = bytes,
        .len = len,
    };
    fetch_start(r->api->fetch, &(struct fetch_request){
                                   .url = url->str,
                                   .json = r->call.json,
                                   .json_len = r->call.json ? strlen(r->call.json) : 0,
                                   .parts = r->call.file ? &part : NULL,
                                   .parts_count = r->call.file ? 1 : 0,
                                   .max_answer = r->call.max_answer,
                                   .timeout_ms = r->call.timeout_ms ? r->call.timeout_ms : TIMEOUT_MS,
                                   .done = on_answer,
                                   .data = r,
                               });
}

void wecom_api_call(struct wecom_api *api, const struct wecom_call *call)
{
    struct running *r = g_new0(struct running, 1);
    r->api = api;
    r->call = *call;
    r->call.path = g_strdup(call->path);
    r->call.json = g_strdup(call->json);
    r->call.file = call->file ? g_bytes_ref(call->file) : NULL;
    r->call.file_name = g_strdup(call->file_name);
    r->call.file_type = g_strdup(call->file_type);
    g_queue_push_tail(&api->running, r);
    r->link = g_queue_peek_tail_link(&api->running);
    if (call->bare)
        start(r, NULL, 0);
    else
        wecom_token_want(api->token, start, r);
}

/* What an errcode means; what is not listed is refused for good. Sources: platforms.md, "errcodes that
 * matter". */
static const struct meaning {
    int64_t from, to;
    enum outcome outcome;
    int64_t wait_ms;
    bool everybody;
    const char *alarm;
} meanings[] = {
    { -1, -1, OUTCOME_UNREACHABLE, 0, false, NULL },                     /* busy */
    { 40001, 40001, OUTCOME_UNREACHABLE, 60000, true, "token_refused" }, /* refused after a renewal, too */
    { 40014, 40014, OUTCOME_UNREACHABLE, 60000, true, "token_refused" },
    { 41001, 41001, OUTCOME_UNREACHABLE, 60000, true, "token_refused" },
    { 42001, 42001, OUTCOME_UNREACHABLE, 60000, true, "token_refused" },
    { 40003, 40003, OUTCOME_REFUSED, 0, false, NULL }, /* no such member */
    { 46004, 46004, OUTCOME_REFUSED, 0, false, NULL },
    { 60111, 60111, OUTCOME_REFUSED, 0, false, NULL },
    { 81013, 81013, OUTCOME_REFUSED, 0, false, NULL }, /* receivers invalid or out of our scope */
    { 40013, 40013, OUTCOME_UNREACHABLE, 600000, true, "app_refused" }, /* corp id */
    { 40056, 40056, OUTCOME_UNREACHABLE, 600000, true, "app_refused" }, /* agent id */
    { 48002, 48002, OUTCOME_UNREACHABLE, 600000, true, "app_refused" }, /* no permission */
    { 50001, 50003, OUTCOME_UNREACHABLE, 600000, true, "app_refused" }, /* domain, application disabled */
    { 60011, 60011, OUTCOME_UNREACHABLE, 600000, true, "app_refused" }, /* no permission */
    { 301002, 301002, OUTCOME_UNREACHABLE, 600000, true,
      "app_refused" }, /* no permission for this application */
    { 60020, 60020, OUTCOME_UNREACHABLE, 60000, true,
      "ip_not_trusted" },                                 /* takes a minute to become active */
    { 45009, 45009, OUTCOME_LIMITED, 60000, true, NULL }, /* windows of a minute, an hour, a day */
    { 45033, 45033, OUTCOME_LIMITED, 0, true, NULL },     /* too many at a time */
    { 93000, 93004, OUTCOME_REFUSED, 0, false, NULL },    /* the robot is gone or disabled */
    { 93008, 93008, OUTCOME_REFUSED, 0, false, NULL },    /* the robot is not in the group */
};

/* True when `names`, WeCom's list (lower-cased, by '|', or a JSON array), has the member. */
static bool listed(const cJSON *json, const char *field, const char *chat)
{
    const cJSON *names = json_at(json, field), *one;
    if (cJSON_IsString(names)) {
        g_auto(GStrv) list = g_strsplit(names->valuestring, "|", 1000);
        for (char **name = list; *name; name++)
            if (g_ascii_strcasecmp(*name, chat) == 0)
                return true;
    }
    for (one = cJSON_IsArray(names) ? names->child : NULL; one; one = one->next)
        if (cJSON_IsString(one) && g_ascii_strcasecmp(one->valuestring, chat) == 0)
            return true;
    return false;
}

/* The outcome when there is no errcode to go by. */
static enum outcome outcome_of_http(const struct wecom_result *result, struct outcome_detail *ret)
{
    const struct fetch_answer *a = result->answer;
    if (!a) {
        ret->wait_ms = result->wait_ms;
        ret->everybody = true;
        return OUTCOME_UNREACHABLE;
    }
    if (a->status == 0)
        return a->sent ? OUTCOME_UNKNOWN : OUTCOME_UNREACHABLE;
    if (a->status == 429) {
        ret->wait_ms = MAX(a->retry_after, 1) * 1000;
        return OUTCOME_LIMITED;
    }
    if (a->status >= 200 && a->status < 300)
        return OUTCOME_UNKNOWN; /* taken, or a stranger's page: nobody can say */
    ret->wait_ms = a->retry_after * 1000;
    return OUTCOME_UNREACHABLE;
}

enum outcome wecom_api_outcome(struct wecom_api *api, const struct wecom_result *result, const char *chat,
                               struct outcome_detail *ret)
{
    *ret = (struct outcome_detail){ 0 };
    bool whole = result->answer && result->answer->status >= 200 && result->answer->status < 300;
    if (!whole || !result->judged)
        return outcome_of_http(result, ret);
    if (result->errcode == 0)
        return listed(result->json, "invaliduser", chat) || listed(result->json, "unlicenseduser", chat)
                   ? OUTCOME_REFUSED
                   : OUTCOME_SENT;
    log_warn("wecom.errcode", "errcode=%" G_GINT64_FORMAT, result->errcode);
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        const struct meaning *m = &meanings[i];
        if (result->errcode < m->from || result->errcode > m->to)
            continue;
        ret->wait_ms = m->wait_ms;
        ret->everybody = m->everybody;
        if (m->alarm)
            api->alarm(api->alarm_data, m->alarm);
        return m->outcome;
    }
    return OUTCOME_INVALID;
}

bool wecom_api_card_refused(const struct wecom_result *result)
{
    return result->judged &&
           ((result->errcode >= 42027 && result->errcode <= 42051) || result->errcode == 40058);
}

bool wecom_api_media_gone(const struct wecom_result *result)
{
    return result->judged && (result->errcode == 40007 || result->errcode == 830002);
}
