/* What the pages of `ballot: web` ask: the form without anybody's name, and after closing the list of
 * ballots, so that each voter finds the own one and anyone can recount. */
#include "handlers/survey/survey_web.h"

#include <string.h>

#include "bot/school/form_page.h"
#include "bot/school/school.h"

void survey_refuse(struct page_call *call, int status, const char *code, const char *error)
{
    call->status = status;
    g_string_assign(call->answer, "{\"error\":");
    json_put(call->answer, error);
    g_string_append(call->answer, ",\"code\":");
    json_put(call->answer, code);
    g_string_append_c(call->answer, '}');
}

bool survey_hex(const cJSON *body, const char *name, uint8_t *ret, size_t len)
{
    const char *hex = json_text(body, name);

    if (!hex || strlen(hex) != 2 * len || strspn(hex, "0123456789abcdef") != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++)
        ret[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return true;
}

void survey_put_hex(GString *into, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(into, "%02x", bytes[i]);
}

bool survey_is_web(const struct survey *survey)
{
    return strcmp(survey->ballot, "web") == 0;
}

bool survey_takes(struct talk *talk, const struct survey *survey)
{
    return strcmp(survey->state, "open") == 0 && talk->now < survey->closes;
}

const char *survey_address(struct talk *talk, int64_t survey)
{
    return pool_printf(talk->pool, "%s/ballot/%" G_GINT64_FORMAT, talk->school->public_url, survey);
}

/* What is kept, who sees what, what this cannot do: from what really runs. */
static const char *statement(struct talk *talk, const struct survey *survey)
{
    bool secure = g_str_has_prefix(talk->school->public_url, "https:");

    return words(talk, "survey.statement_web", "title", survey->title, "batch", num(talk, SURVEY_BATCH),
                 "least", num(talk, survey->least), "share", num(talk, survey->share), "closes",
                 show_moment(talk, class_by_id(talk, survey->class_id), survey->closes), "line",
                 words(talk, secure ? "survey.line_https" : "survey.line_local", NULL), NULL);
}

void survey_link(struct talk *talk, const struct survey *survey)
{
    uint8_t mac[SECRET_BYTES];
    GString *url = g_string_new(NULL);

    survey_ticket(talk, survey->id, talk->person, mac);
    g_string_printf(url, "%s/token%s#%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".", talk->school->public_url,
                    strcmp(talk->lang, "en") == 0 ? "?lang=en" : "", survey->id, talk->person);
    survey_put_hex(url, mac, TICKET_BYTES);
    say(talk, "survey.token", "statement", statement(talk, survey), "url", url->str, NULL);
    saying_secret(talk); /* the link is as good as a vote: it goes nowhere on disk */
    saying_until(talk, survey->closes);
    g_string_free(url, TRUE);
}

/* --- the form
 * --------------------------------------------------------------------------------------------------- */

static void put_text(GString *into, const char *name, const char *text)
{
    g_string_append_printf(into, ",\"%s\":", name);
    json_put(into, text);
}

static void put_number(GString *into, const char *name, int64_t number)
{
    g_string_append_printf(into, ",\"%s\":%" G_GINT64_FORMAT, name, number);
}

/* The modulus in hexadecimal, null while the key is being made. */
static void put_key(struct talk *talk, int64_t survey, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT modulus FROM survey_key WHERE survey = ?", "i", survey);
    size_t len = 0;
    const uint8_t *modulus = query_next(q) ? query_blob(q, 0, &len) : NULL;

    g_string_append(into, modulus ? ",\"key\":\"" : ",\"key\":null");
    if (modulus) {
        survey_put_hex(into, modulus, len);
        g_string_append_c(into, '"');
    }
}

/* What both answers begin with. */
static void put_survey(struct talk *talk, const struct survey *survey, GString *into)
{
    g_string_append_printf(into, "{\"survey\":%" G_GINT64_FORMAT, survey->id);
    put_text(into, "title", survey->title);
    put_text(into, "lang", talk->lang);
    put_text(into, "state", survey_takes(talk, survey) ? "open" : "closed");
    put_number(into, "ballots", survey_ballots(talk, survey->id));
    put_number(into, "tokens", survey_tokens(talk, survey->id));
    put_number(into, "entitled",
               store_int(talk->store, 0,
                         "SELECT count(*) FROM survey_present WHERE survey = ? AND personally", "i",
                         survey->id));
    put_key(talk, survey->id, into);
}

static void page_form(struct talk *talk, const struct survey *survey, struct page_call *call)
{
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);

    if (!filling) {
        call->status = 503;
        return;
    }
    put_survey(talk, survey, call->answer);
    put_text(call->answer, "statement", statement(talk, survey));
    put_text(call->answer, "closes", show_moment(talk, class_by_id(talk, survey->class_id), survey->closes));
    put_number(call->answer, "left", MAX(0, survey->closes - talk->now));
    put_number(call->answer, "batch", SURVEY_BATCH);
    g_string_append(call->answer, ",\"questions\":");
    form_page_questions(talk, filling, call->answer);
    g_string_append_c(call->answer, '}');
}

/* --- the list
 * --------------------------------------------------------------------------------------------------- */

/* Every ballot in the order of its key. */
static void put_rows(struct talk *talk, int64_t survey, GString *into)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT key, answers FROM survey_ballot WHERE survey = ? ORDER BY key", "i", survey);
    bool first = true;

    g_string_append(into, ",\"rows\":[");
    while (query_next(q)) {
        size_t len;
        const uint8_t *key = query_blob(q, 0, &len);

        g_string_append(into, first ? "{\"key\":\"" : ",{\"key\":\"");
        survey_put_hex(into, key, len);
        g_string_append_printf(into, "\",\"answers\":%s}", query_text(q, 1));
        first = false;
    }
    g_string_append_c(into, ']');
}

static void page_list(struct talk *talk, const struct survey *survey, struct page_call *call)
{
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);

    if (!filling) {
        call->status = 503;
    } else if (strcmp(survey->state, "closed") != 0) {
        survey_refuse(call, 403, "open", "the list is published after the survey has closed");
    } else if (!survey_may_show(talk, survey)) {
        survey_refuse(call, 403, "few", "too few have taken part for anything to be published");
    } else {
        put_survey(talk, survey, call->answer);
        g_string_append(call->answer, ",\"questions\":");
        form_page_questions(talk, filling, call->answer);
        put_rows(talk, survey->id, call->answer);
        g_string_append_c(call->answer, '}');
    }
}

bool survey_page(struct talk *talk, struct page_call *call)
{
    struct survey survey;

    if (!g_str_has_prefix(call->name, "ballot."))
        return false;
    if (strcmp(call->name, "ballot.sign") == 0) {
        survey_page_sign(talk, call);
    } else if (!survey_by_id(talk, call->subject, &survey) || !survey_is_web(&survey)) {
        survey_refuse(call, 404, "none", "there is no such survey");
    } else if (strcmp(call->name, "ballot.cast") == 0) {
        survey_page_cast(talk, &survey, call);
    } else if (strcmp(call->name, "ballot.list") == 0) {
        page_list(talk, &survey, call);
    } else {
        page_form(talk, &survey, call);
    }
    return true;
}
