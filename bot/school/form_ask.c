/* The questions of a form as they are asked: which comes next, its words and buttons, the summary. */
#include <string.h>

#include "bot/school/form_private.h"

enum { STATE_DEPTH = 6, LABEL_CHARS = 24, CARD_BUTTONS = 6 /* of a WeCom card */ };

/* --- the asks
 * ----------------------------------------------------------------------------------------------- */

/* Makes the list of asks: those of each lecturer follow one another, lecturer by lecturer. */
static void expand(struct talk *talk, struct filling *filling, const char *const *lecturers, int count)
{
    const GPtrArray *questions = filling->form->questions;
    guint total = questions->len * (guint)MAX(count, 1), i = 0;

    filling->asks = pool_alloc(talk->pool, total * sizeof *filling->asks);
    while (i < questions->len) {
        const struct form_question *question = questions->pdata[i];
        guint end = i + 1;

        if (!question->per_lecturer) {
            filling->asks[filling->ask_count++] = (struct form_ask){ question, question->id, NULL };
            i = end;
            continue;
        }
        while (end < questions->len && ((const struct form_question *)questions->pdata[end])->per_lecturer)
            end++;
        for (int l = 0; l < count; l++)
            for (guint q = i; q < end; q++) {
                question = questions->pdata[q];
                filling->asks[filling->ask_count++] =
                    (struct form_ask){ question, pool_printf(talk->pool, "%s.%d", question->id, l),
                                       lecturers[l] };
            }
        i = end;
    }
}

struct filling *filling_new(struct talk *talk, const struct form_file *form, const char *owner,
                            const char *const *lecturers, int lecturer_count, int step, const char *state)
{
    struct filling *filling = g_new0(struct filling, 1);

    filling->form = form;
    filling->owner = owner;
    expand(talk, filling, lecturers, lecturer_count);
    filling->answers = state ? json_parse(state, strlen(state), STATE_DEPTH) : NULL;
    if (!cJSON_IsObject(filling->answers)) {
        cJSON_Delete(filling->answers);
        filling->answers = cJSON_CreateObject();
    }
    filling->step = step >= 0 && step <= filling->ask_count + 1 ? step : 0;
    return filling;
}

void filling_free(struct filling *filling)
{
    if (!filling)
        return;
    cJSON_Delete(filling->answers);
    g_free(filling);
}

char *filling_state(const struct filling *filling)
{
    char *text = cJSON_PrintUnformatted(filling->answers);
    char *mine = g_strdup(text);

    cJSON_free(text);
    return mine;
}

/* --- order and conditions
 * ----------------------------------------------------------------------------------- */

/* Whether `values` holds what a number answers. */
static bool among(const GArray *values, const cJSON *answer)
{
    for (guint i = 0; cJSON_IsNumber(answer) && i < values->len; i++)
        if ((double)g_array_index(values, gint64, i) == answer->valuedouble)
            return true;
    return false;
}

bool form_applies(const struct filling *filling, int ask)
{
    const struct form_question *question = filling->asks[ask].question;

    if (question->when < 0)
        return true;
    const struct form_question *earlier = filling->form->questions->pdata[question->when];
    const cJSON *answer = cJSON_GetObjectItemCaseSensitive(filling->answers, earlier->id), *item;

    if (!cJSON_IsArray(answer))
        return among(question->when_values, answer);
    cJSON_ArrayForEach(item, answer) if (among(question->when_values, item)) return true;
    return false;
}

static bool answered(const struct filling *filling, int ask)
{
    return cJSON_HasObjectItem(filling->answers, filling->asks[ask].id);
}

void form_move_on(struct filling *filling, int from)
{
    for (int i = 0; i < filling->ask_count; i++) {
        int ask = (from + 1 + i) % filling->ask_count;

        if (form_applies(filling, ask) && !answered(filling, ask)) {
            filling->step = ask;
            return;
        }
    }
    filling->step = filling->ask_count;
}

void form_put(struct filling *filling, int ask, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(filling->answers, filling->asks[ask].id);
    cJSON_AddItemToObject(filling->answers, filling->asks[ask].id, value);
}

bool filling_complete(struct filling *filling)
{
    bool complete = true;

    for (int i = 0; i < filling->ask_count; i++) {
        const cJSON *answer = cJSON_GetObjectItemCaseSensitive(filling->answers, filling->asks[i].id);

        if (!form_applies(filling, i))
            cJSON_DeleteItemFromObjectCaseSensitive(filling->answers, filling->asks[i].id);
        else if (filling->asks[i].question->required && (!answer || cJSON_IsNull(answer)))
            complete = false;
    }
    return complete;
}

/* --- its words
 * ---------------------------------------------------------------------------------------------- */

/* The question with the lecturer's name in it. */
static const char *ask_text(struct talk *talk, const struct form_ask *ask)
{
    const char *text = form_say(ask->question->ask, talk->lang);
    const char *hole = strstr(text, "{lecturer}");

    if (!hole || !ask->lecturer)
        return text;
    return pool_printf(talk->pool, "%.*s%s%s", (int)(hole - text), text, ask->lecturer,
                       hole + strlen("{lecturer}"));
}

const char *filling_question(struct talk *talk, const struct filling *filling, int ask)
{
    return ask_text(talk, &filling->asks[ask]);
}

/* One value as people read it. */
static const char *show_value(struct talk *talk, const struct form_question *question, const cJSON *value)
{
    if (cJSON_IsString(value))
        return value->valuestring;
    if (!cJSON_IsNumber(value))
        return "";
    if (question->kind == FORM_YESNO)
        return words(talk, value->valuedouble != 0 ? "form.yes" : "form.no", NULL);
    for (guint i = 0; i < question->options->len; i++) {
        const struct form_option *option = question->options->pdata[i];

        if ((double)option->value == value->valuedouble)
            return form_say(option->label, talk->lang);
    }
    return pool_printf(talk->pool, "%.15g", value->valuedouble);
}

/* The answer of one ask as people read it. */
static const char *show_answer(struct talk *talk, const struct filling *filling, int ask)
{
    const struct form_question *question = filling->asks[ask].question;
    const cJSON *answer = cJSON_GetObjectItemCaseSensitive(filling->answers, filling->asks[ask].id), *item;

    if (!answer || cJSON_IsNull(answer))
        return words(talk, "form.none", NULL);
    if (question->kind == FORM_FILE)
        return words(talk, "form.files", "n", num(talk, cJSON_GetArraySize(answer)), NULL);
    if (!cJSON_IsArray(answer))
        return show_value(talk, question, answer);
    g_autoptr(GString) list = g_string_new(NULL);

    cJSON_ArrayForEach(item, answer)
        g_string_append_printf(list, "%s%s", list->len ? "、" : "", show_value(talk, question, item));
    return list->len ? pool_strdup(talk->pool, list->str) : words(talk, "form.none", NULL);
}

const char *filling_show(struct talk *talk, const struct filling *filling)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < filling->ask_count; i++)
        if (form_applies(filling, i))
            g_string_append_printf(text, "%s%s\n→ %s", text->len ? "\n" : "",
                                   ask_text(talk, &filling->asks[i]), show_answer(talk, filling, i));
    return pool_strdup(talk->pool, text->str);
}

/* --- its buttons
 * -------------------------------------------------------------------------------------------- */

/* Adds one button. */
static size_t add(struct form_button *buttons, size_t count, const char *label, const char *what, bool beside)
{
    if (count < FORM_BUTTONS_MAX)
        buttons[count++] = (struct form_button){ label, what, beside };
    return count;
}

/* Whether a list of answers holds the value. */
static bool chosen(const struct filling *filling, const struct form_option *option)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(filling->answers, filling->asks[filling->step].id),
                *item;

    cJSON_ArrayForEach(item, list) if (item->valuedouble == (double)option->value) return true;
    return false;
}

/* Those that answer the open question. */
static size_t answer_buttons(struct talk *talk, const struct filling *filling, struct form_button *ret)
{
    const struct form_question *question = filling->asks[filling->step].question;
    bool many = question->kind == FORM_MANY;
    size_t count = 0;

    for (guint i = 0; i < question->options->len; i++) {
        const struct form_option *option = question->options->pdata[i];
        const char *label = form_say(option->label, talk->lang);

        if (many && chosen(filling, option))
            label = pool_printf(talk->pool, "✓ %s", label);
        count = add(ret, count, label, pool_printf(talk->pool, "o%u", i), false);
    }
    for (int64_t i = (int64_t)question->min; question->kind == FORM_SCALE && i <= (int64_t)question->max; i++)
        count =
            add(ret, count, num(talk, i), pool_printf(talk->pool, "n%d", (int)i), i > (int64_t)question->min);
    if (question->kind == FORM_YESNO) {
        count = add(ret, count, words(talk, "form.yes", NULL), "n1", false);
        count = add(ret, count, words(talk, "form.no", NULL), "n0", true);
    }
    if (many || question->kind == FORM_FILE)
        count = add(ret, count, words(talk, "buttons.done", NULL), "done", false);
    return count;
}

/* The first ask that applies before the open one; -1 none. */
static int before(const struct filling *filling)
{
    int ask = MIN(filling->step, filling->ask_count) - 1;

    while (ask >= 0 && !form_applies(filling, ask))
        ask--;
    return ask;
}

/* The questions as buttons: which answer is to be changed. */
static size_t change_buttons(struct talk *talk, const struct filling *filling, struct form_button *ret)
{
    size_t count = 0;

    for (int i = 0; i < filling->ask_count && count < FORM_BUTTONS_MAX - 1; i++) {
        const char *text = ask_text(talk, &filling->asks[i]);
        const char *end = text;

        for (int c = 0; c < LABEL_CHARS && *end; c++)
            end = g_utf8_next_char(end);
        if (form_applies(filling, i))
            count = add(ret, count, *end ? pool_printf(talk->pool, "%.*s…", (int)(end - text), text) : text,
                        pool_printf(talk->pool, "m%d", i), false);
    }
    return count;
}

size_t form_buttons(struct talk *talk, const struct filling *filling, struct form_button *ret)
{
    size_t count;

    if (filling->step > filling->ask_count) {
        count = change_buttons(talk, filling, ret);
        return add(ret, count, words(talk, "buttons.back", NULL), "back", false);
    }
    if (filling->step == filling->ask_count) {
        count = add(ret, 0, words(talk, "form.send", NULL), "send", false);
        count = add(ret, count, words(talk, "form.change", NULL), "change", false);
        return add(ret, count, words(talk, "buttons.cancel", NULL), "cancel", true);
    }
    count = answer_buttons(talk, filling, ret);
    if (!filling->asks[filling->step].question->required)
        count = add(ret, count, words(talk, "buttons.skip", NULL), "skip", false);
    if (before(filling) >= 0)
        count = add(ret, count, words(talk, "buttons.back", NULL), "back", false);
    if (count >= CARD_BUTTONS)
        return count; /* 取消 can be typed */
    return add(ret, count, words(talk, "buttons.cancel", NULL), "cancel", before(filling) >= 0);
}

void filling_ask(struct talk *talk, const struct filling *filling)
{
    const char *title = form_say(filling->form->title, talk->lang);
    struct form_button buttons[FORM_BUTTONS_MAX];
    size_t count = form_buttons(talk, filling, buttons);
    int total = 0, place = 0;

    for (int i = 0; i < filling->ask_count; i++)
        if (form_applies(filling, i)) {
            total++;
            place += i <= filling->step;
        }
    if (filling->step > filling->ask_count)
        say(talk, "form.which", "title", title, NULL);
    else if (filling->step == filling->ask_count)
        say(talk, "form.summary", "title", title, "answers", filling_show(talk, filling), NULL);
    else
        say(talk, "form.ask", "title", title, "place", num(talk, place), "total", num(talk, total),
            "question", ask_text(talk, &filling->asks[filling->step]), NULL);
    saying_instead(talk);
    if (filling->secret)
        saying_secret(talk);
    for (size_t i = 0; i < count; i++) {
        const char *action =
            pool_printf(talk->pool, "%s:q:%d:%s", filling->owner, filling->step, buttons[i].what);

        if (buttons[i].beside)
            button_named_beside(talk, buttons[i].label, "%s", action);
        else
            button_named(talk, buttons[i].label, "%s", action);
    }
    talk->dialog_moved = true;
}
