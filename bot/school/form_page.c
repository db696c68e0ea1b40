#include "bot/school/form_page.h"

#include <math.h>
#include <string.h>

#include "bot/core/text.h"
#include "bot/school/form_private.h"

/* --- questions
 * -------------------------------------------------------------------------------------------------- */

static const char *kind_name(enum form_kind kind)
{
    static const char *const names[] = {
        [FORM_CHOICE] = "choice", [FORM_MANY] = "many",     [FORM_SCALE] = "scale", [FORM_YESNO] = "yesno",
        [FORM_TEXT] = "text",     [FORM_NUMBER] = "number", [FORM_DATE] = "date",   [FORM_FILE] = "file"
    };

    return names[kind];
}

/* On which answer it depends. */
static void put_when(const struct filling *filling, const struct form_question *question, GString *into)
{
    if (question->when < 0) {
        g_string_append(into, ",\"when\":null");
        return;
    }
    const struct form_question *earlier = filling->form->questions->pdata[question->when];

    g_string_append(into, ",\"when\":{\"id\":");
    json_put(into, earlier->id);
    g_string_append(into, ",\"values\":[");
    for (guint i = 0; i < question->when_values->len; i++)
        g_string_append_printf(into, "%s%" G_GINT64_FORMAT, i ? "," : "",
                               g_array_index(question->when_values, gint64, i));
    g_string_append(into, "]}");
}

static void put_option(GString *into, bool first, int64_t value, const char *label)
{
    g_string_append_printf(into, "%s{\"value\":%" G_GINT64_FORMAT ",\"label\":", first ? "" : ",", value);
    json_put(into, label);
    g_string_append_c(into, '}');
}

static void put_question(struct talk *talk, const struct filling *filling, int ask, GString *into)
{
    const struct form_question *question = filling->asks[ask].question;

    g_string_append(into, "{\"id\":");
    json_put(into, filling->asks[ask].id);
    g_string_append_printf(into, ",\"kind\":\"%s\",\"ask\":", kind_name(question->kind));
    json_put(into, filling_question(talk, filling, ask));
    g_string_append_printf(into, ",\"required\":%s,\"min\":%.15g,\"max\":%.15g",
                           question->required ? "true" : "false", question->min, question->max);
    put_when(filling, question, into);
    g_string_append(into, ",\"options\":[");
    for (guint i = 0; i < question->options->len; i++) {
        const struct form_option *option = question->options->pdata[i];

        put_option(into, i == 0, option->value, form_say(option->label, talk->lang));
    }
    if (question->kind == FORM_YESNO) {
        put_option(into, true, 1, words(talk, "form.yes", NULL));
        put_option(into, false, 0, words(talk, "form.no", NULL));
    }
    g_string_append(into, "]}");
}

void form_page_questions(struct talk *talk, const struct filling *filling, GString *into)
{
    bool first = true;

    g_string_append_c(into, '[');
    for (int i = 0; i < filling->ask_count; i++) {
        if (filling->asks[i].question->kind == FORM_FILE)
            continue;
        g_string_append(into, first ? "" : ",");
        put_question(talk, filling, i, into);
        first = false;
    }
    g_string_append_c(into, ']');
}

/* --- answers
 * ---------------------------------------------------------------------------------------------------- */

static bool is_option(const struct form_question *question, const cJSON *value)
{
    for (guint i = 0; cJSON_IsNumber(value) && i < question->options->len; i++)
        if ((double)((const struct form_option *)question->options->pdata[i])->value == value->valuedouble)
            return true;
    return false;
}

/* A whole number between two others. */
static bool is_step(const cJSON *value, double least, double most)
{
    return cJSON_IsNumber(value) && value->valuedouble >= least && value->valuedouble <= most &&
           value->valuedouble == floor(value->valuedouble);
}

/* Some of the options, none twice. */
static bool are_options(const struct form_question *question, const cJSON *list)
{
    const cJSON *item, *before;
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;

    if (count == 0 || count < question->min || count > question->max)
        return false;
    cJSON_ArrayForEach(item, list)
    {
        if (!is_option(question, item))
            return false;
        for (before = list->child; before != item; before = before->next)
            if (before->valuedouble == item->valuedouble)
                return false;
    }
    return true;
}

/* Words of the length that is asked for. */
static bool is_text(const struct form_question *question, const cJSON *value)
{
    if (!cJSON_IsString(value) || !text_says_something(value->valuestring))
        return false;
    double chars = (double)text_chars(value->valuestring);

    return chars >= question->min && chars <= question->max;
}

/* "2026-03-04", and a day there is. */
static bool is_date(const cJSON *value)
{
    int y, m, d;

    return cJSON_IsString(value) && text_day(value->valuestring, &y, &m, &d);
}

static bool fits(const struct form_question *question, const cJSON *value)
{
    switch (question->kind) {
    case FORM_CHOICE:
        return is_option(question, value);
    case FORM_MANY:
        return are_options(question, value);
    case FORM_SCALE:
        return is_step(value, question->min, question->max);
    case FORM_YESNO:
        return is_step(value, 0, 1);
    case FORM_TEXT:
        return is_text(question, value);
    case FORM_NUMBER:
        return cJSON_IsNumber(value) && value->valuedouble >= question->min &&
               value->valuedouble <= question->max;
    case FORM_DATE:
        return is_date(value);
    case FORM_FILE:
        return false;
    }
    return false;
}

/* Whether each key is that of a question that is asked. */
static bool all_asked(const struct filling *filling, const cJSON *answers, const char **ret_wrong)
{
    const cJSON *answer;

    cJSON_ArrayForEach(answer, answers)
    {
        bool asked = false;

        for (int i = 0; !asked && i < filling->ask_count; i++)
            asked = strcmp(filling->asks[i].id, answer->string) == 0 && form_applies(filling, i);
        if (!asked) {
            *ret_wrong = "";
            return false;
        }
    }
    return true;
}

bool form_page_take(struct filling *filling, const cJSON *answers, const char **ret_wrong)
{
    *ret_wrong = "";
    if (!cJSON_IsObject(answers))
        return false;
    for (int i = 0; i < filling->ask_count; i++) {
        const cJSON *answer = cJSON_GetObjectItemCaseSensitive(answers, filling->asks[i].id);
        bool asked = form_applies(filling, i), required = filling->asks[i].question->required;

        if (answer ? asked && fits(filling->asks[i].question, answer) : !(asked && required)) {
            if (answer)
                form_put(filling, i, cJSON_Duplicate(answer, true));
            continue;
        }
        *ret_wrong = filling->asks[i].id;
        return false;
    }
    return all_asked(filling, answers, ret_wrong);
}
