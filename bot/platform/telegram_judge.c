/* What an answer of the Bot API means: one table of outcomes, from the HTTP status and the JSON together. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"

enum { ANSWER_DEPTH = 32 };

static bool says(const char *description, const char *words)
{
    return description && strcasestr(description, words);
}

/* Whether one of `words` (NULL at the end) is in the description. */
static bool says_one_of(const char *description, const char *const *words)
{
    for (; *words; words++)
        if (says(description, *words))
            return true;
    return false;
}

/* A 400: most are our mistake in this one message, some tell of the chat. */
static void judge_bad_request(struct telegram_verdict *v, const cJSON *json, const char *description)
{
    static const char *const gone[] = { "chat not found",
                                        "user not found",
                                        "PEER_ID_INVALID",
                                        "CHAT_WRITE_FORBIDDEN",
                                        "not enough rights",
                                        "have no rights to send",
                                        "group chat was deactivated",
                                        "USER_DEACTIVATED",
                                        "CHAT_RESTRICTED",
                                        NULL };
    static const char *const no_edit[] = { "message to edit not found", "message can't be edited",
                                           "no text in the message to edit", "MESSAGE_ID_INVALID", NULL };
    static const char *const old[] = { "query is too old", "query ID is invalid", "QUERY_ID_INVALID", NULL };
    int64_t moved;

    if (json_int(json, "parameters.migrate_to_chat_id", &moved)) {
        v->outcome = OUTCOME_UNREACHABLE;
        g_snprintf(v->moved_to, sizeof v->moved_to, "%" G_GINT64_FORMAT, moved);
    } else if (says(description, "message is not modified")) {
        v->outcome = OUTCOME_SENT;
    } else if (says_one_of(description, old)) {
        v->outcome = OUTCOME_EXPIRED;
    } else if (says_one_of(description, gone)) {
        v->outcome = OUTCOME_REFUSED;
    } else {
        v->outcome = OUTCOME_INVALID;
        v->nothing_to_edit = says_one_of(description, no_edit);
    }
}

/* By the error's code, whichever of HTTP and JSON told it. */
static void judge_error(struct telegram_verdict *v, const cJSON *json, const struct fetch_answer *answer)
{
    const char *description = json ? json_text(json, "description") : NULL;
    int64_t wait = answer->retry_after;

    if (v->code == 429) {
        if (json)
            json_int(json, "parameters.retry_after", &wait);
        v->outcome = OUTCOME_LIMITED;
        v->wait_ms = MAX(wait, 1) * 1000;
    } else if (v->code == 400 && json) {
        judge_bad_request(v, json, description);
    } else if (v->code == 403 && json) {
        v->outcome = OUTCOME_REFUSED;
    } else if ((v->code == 401 || v->code == 404) && json) {
        v->outcome = OUTCOME_UNREACHABLE;
        v->everybody = v->token_refused = true;
    } else if (v->code == 413) {
        v->outcome = OUTCOME_INVALID;
    } else { /* 5xx, a proxy's page, what nobody has told us of: nothing was taken */
        v->outcome = OUTCOME_UNREACHABLE;
    }
}

struct telegram_verdict telegram_judge(const struct fetch_answer *answer)
{
    struct telegram_verdict v = { .outcome = OUTCOME_UNKNOWN, .code = answer->status };
    int64_t code, id;

    if (!answer->status) {
        v.outcome = answer->sent ? OUTCOME_UNKNOWN : OUTCOME_UNREACHABLE;
        v.everybody = !answer->sent;
        return v;
    }
    bool fine = answer->status >= 200 && answer->status < 300;
    g_autoptr(cJSON) json = json_parse(answer->body, answer->len, ANSWER_DEPTH);
    if (!cJSON_IsObject(json) || (!json_true(json, "ok") && !cJSON_IsFalse(json_at(json, "ok")))) {
        if (!fine)
            judge_error(&v, NULL, answer);
        return v;
    }
    if (!json_true(json, "ok")) {
        if (json_int(json, "error_code", &code) && code > 0 && code < 1000)
            v.code = (int)code;
        judge_error(&v, json, answer);
    } else if (fine) {
        v.outcome = OUTCOME_SENT;
        if (json_int(json, "result.message_id", &id))
            g_snprintf(v.ref, sizeof v.ref, "%" G_GINT64_FORMAT, id);
    } else {
        v.outcome = OUTCOME_UNREACHABLE;
    }
    return v;
}
