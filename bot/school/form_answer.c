/* Taking an answer: what was typed, pressed or sent. A wrong one is answered with what to type instead. */
#include <string.h>

#include "bot/school/cell.h"
#include "bot/school/form_private.h"

/* Says what is wrong; secret where the form is. */
static enum filled wrong(struct talk *talk, const struct filling *filling, const char *key, const char *limit)
{
    say(talk, key, "n", limit ? limit : "", NULL);
    if (filling->secret)
        saying_secret(talk);
    talk->dialog_moved = true;
    return FILLED_WRONG;
}

/* --- typed
 * -------------------------------------------------------------------------------------------------- */

/* A text of so and so many characters that says something. */
static enum filled take_words(struct talk *talk, struct filling *filling, int ask, const char *text)
{
    const struct form_question *question = filling->asks[ask].question;
    size_t chars = text_chars(text);

    if (!text_says_something(text))
        return wrong(talk, filling, "form.wrong_empty", NULL);
    if ((double)chars > question->max)
        return wrong(talk, filling, "form.wrong_long", num(talk, (int64_t)question->max));
    if ((double)chars < question->min)
        return wrong(talk, filling, "form.wrong_short", num(talk, (int64_t)question->min));
    form_put(filling, ask, cJSON_CreateString(text));
    return FILLED_ON;
}

/* A number in digits (with a fraction) or Chinese, within its limits. */
static enum filled take_number(struct talk *talk, struct filling *filling, int ask, const struct normal *text)
{
    const struct form_question *question = filling->asks[ask].question;
    const char *chinese = text->text;
    char *end;
    double value = g_ascii_strtod(text->text, &end);

    if (end == text->text || strspn(text->text, "+-.0123456789") != (size_t)(end - text->text)) {
        int number = text_number(&chinese);

        if (number < 0)
            return wrong(talk, filling, "form.wrong_number", NULL);
        value = number;
        end = (char *)chinese;
    }
    if (text_chars(end) > 3) /* a unit may follow: 12个, 300元 */
        return wrong(talk, filling, "form.wrong_number", NULL);
    if (value < question->min || value > question->max)
        return wrong(talk, filling, "form.wrong_range",
                     pool_printf(talk->pool, "%.15g–%.15g", question->min, question->max));
    form_put(filling, ask, cJSON_CreateNumber(value));
    return FILLED_ON;
}

static enum filled take_date(struct talk *talk, struct filling *filling, int ask, const char *text)
{
    char day[11];
    const char *today = talk->class ? day_of(talk, talk->class, talk->now) : "2000-01-01";
    enum cell_reading reading = cell_date(text, (int)g_ascii_strtoll(today, NULL, 10), day);

    if (reading != CELL_READ && reading != CELL_DOUBT)
        return wrong(talk, filling, "form.wrong_date", NULL);
    form_put(filling, ask, cJSON_CreateString(day));
    return FILLED_ON;
}

enum filled form_take_text(struct talk *talk, struct filling *filling, int ask, const char *text)
{
    struct normal normal = text_normal(talk->pool, text);

    switch (filling->asks[ask].question->kind) {
    case FORM_TEXT:
        return take_words(talk, filling, ask, text);
    case FORM_NUMBER:
        return take_number(talk, filling, ask, &normal);
    case FORM_DATE:
        return take_date(talk, filling, ask, text);
    case FORM_CHOICE:
    case FORM_MANY:
    case FORM_SCALE:
    case FORM_YESNO:
        return wrong(talk, filling, "form.wrong_choice", NULL);
    case FORM_FILE:
        return wrong(talk, filling, "form.wrong_file", NULL);
    }
    return FILLED_PASS;
}

/* --- pressed
 * ------------------------------------------------------------------------------------------------ */

/* Adds or takes away one of many. */
static void toggle(struct filling *filling, int64_t value)
{
    const char *id = filling->asks[filling->step].id;
    cJSON *list = cJSON_GetObjectItemCaseSensitive(filling->answers, id);

    if (!cJSON_IsArray(list)) {
        form_put(filling, filling->step, cJSON_CreateArray());
        list = cJSON_GetObjectItemCaseSensitive(filling->answers, id);
    }
    for (int i = 0; i < cJSON_GetArraySize(list); i++)
        if (cJSON_GetArrayItem(list, i)->valuedouble == (double)value) {
            cJSON_DeleteItemFromArray(list, i);
            return;
        }
    cJSON_AddItemToArray(list, cJSON_CreateNumber((double)value));
}

/* An option of choice or many. */
static enum filled press_option(struct filling *filling, guint place)
{
    const struct form_question *question = filling->asks[filling->step].question;

    if (place >= question->options->len)
        return FILLED_ON;
    int64_t value = ((const struct form_option *)question->options->pdata[place])->value;

    if (question->kind == FORM_MANY) {
        toggle(filling, value);
        return FILLED_ON;
    }
    form_put(filling, filling->step, cJSON_CreateNumber((double)value));
    form_move_on(filling, filling->step);
    return FILLED_ON;
}

/* 完成 of many or of files: how many are enough. */
static enum filled press_done(struct talk *talk, struct filling *filling)
{
    const struct form_ask *ask = &filling->asks[filling->step];
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(filling->answers, ask->id);
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    double least = MAX(ask->question->min, ask->question->required ? 1 : 0);

    if (count < least)
        return wrong(talk, filling, "form.wrong_few", num(talk, (int64_t)least));
    if (count > ask->question->max)
        return wrong(talk, filling, "form.wrong_many", num(talk, (int64_t)ask->question->max));
    if (count == 0)
        form_put(filling, filling->step, cJSON_CreateNull());
    form_move_on(filling, filling->step);
    return FILLED_ON;
}

/* A number of scale or yes/no. */
static enum filled press_number(struct filling *filling, int64_t value)
{
    const struct form_question *question = filling->asks[filling->step].question;
    bool fits = question->kind == FORM_YESNO
                    ? value == 0 || value == 1
                    : question->kind == FORM_SCALE && (double)value >= question->min &&
                          (double)value <= question->max;

    if (fits) {
        form_put(filling, filling->step, cJSON_CreateNumber((double)value));
        form_move_on(filling, filling->step);
    }
    return FILLED_ON;
}

/* 提交: complete, or the first question that is still to be answered. */
static enum filled press_send(struct filling *filling)
{
    form_move_on(filling, filling->ask_count - 1);
    if (filling->step == filling->ask_count && filling_complete(filling))
        return FILLED_SENT;
    return FILLED_ON;
}

/* Presses the button with this `what` on the open question. */
static enum filled press(struct talk *talk, struct filling *filling, const char *what)
{
    bool asking = filling->step < filling->ask_count;
    guint number = (guint)g_ascii_strtoull(*what ? what + 1 : "", NULL, 10);

    if (strcmp(what, "cancel") == 0)
        return FILLED_CANCELLED;
    if (strcmp(what, "back") == 0)
        return filling_word(talk, filling, DIALOG_BACK);
    if (strcmp(what, "skip") == 0)
        return filling_word(talk, filling, DIALOG_SKIP);
    if (strcmp(what, "send") == 0)
        return press_send(filling);
    if (strcmp(what, "change") == 0)
        filling->step = filling->ask_count + 1;
    else if (asking && strcmp(what, "done") == 0)
        return press_done(talk, filling);
    else if (asking && *what == 'o')
        return press_option(filling, number);
    else if (asking && *what == 'n')
        return press_number(filling, number);
    else if (!asking && *what == 'm' && (int)number < filling->ask_count)
        filling->step = (int)number;
    return FILLED_ON;
}

enum filled filling_press(struct talk *talk, struct filling *filling, const char *args)
{
    char *end;
    gint64 step = g_ascii_strtoll(args, &end, 10);

    if (end == args || *end != ':' || step != filling->step)
        return FILLED_ON; /* a button of an earlier question: the open one is shown again */
    return press(talk, filling, end + 1);
}

enum filled filling_word(struct talk *talk, struct filling *filling, enum dialog_word word)
{
    switch (word) {
    case DIALOG_CANCEL:
        return FILLED_CANCELLED;
    case DIALOG_REPEAT:
        return FILLED_ON;
    case DIALOG_BACK:
        if (filling->step > filling->ask_count) {
            filling->step = filling->ask_count;
            return FILLED_ON;
        }
        for (int ask = filling->step - 1; ask >= 0; ask--)
            if (form_applies(filling, ask)) {
                filling->step = ask;
                break;
            }
        return FILLED_ON;
    case DIALOG_SKIP:
        if (filling->step >= filling->ask_count)
            return FILLED_ON;
        if (filling->asks[filling->step].question->required)
            return wrong(talk, filling, "form.wrong_needed", NULL);
        form_put(filling, filling->step, cJSON_CreateNull());
        form_move_on(filling, filling->step);
        return FILLED_ON;
    }
    return FILLED_PASS;
}

/* --- sent
 * --------------------------------------------------------------------------------------------------- */

/* Files as the answer of a file question. */
static enum filled take_files(struct talk *talk, struct filling *filling)
{
    const struct form_ask *ask = &filling->asks[filling->step];
    cJSON *list = cJSON_GetObjectItemCaseSensitive(filling->answers, ask->id);

    if (!cJSON_IsArray(list)) {
        form_put(filling, filling->step, cJSON_CreateArray());
        list = cJSON_GetObjectItemCaseSensitive(filling->answers, ask->id);
    }
    for (size_t i = 0; i < talk->update->file_count && cJSON_GetArraySize(list) < (int)ask->question->max;
         i++)
        cJSON_AddItemToArray(list,
                             cJSON_CreateNumber((double)files_add(talk->files, talk->update->platform,
                                                                  &talk->update->files[i], talk->person)));
    if (cJSON_GetArraySize(list) >= (int)ask->question->max)
        form_move_on(filling, filling->step);
    return FILLED_ON;
}

/* The button that a text means: by its label, else by its number where numbers are no answers themselves. */
static const char *meant(struct talk *talk, const struct filling *filling, const char *text)
{
    struct form_button buttons[FORM_BUTTONS_MAX];
    size_t count = form_buttons(talk, filling, buttons);
    struct normal normal = text_normal(talk->pool, text);
    const char *at = normal.text;
    int number = text_number(&at);
    enum form_kind kind =
        filling->step < filling->ask_count ? filling->asks[filling->step].question->kind : FORM_CHOICE;
    bool typed = kind == FORM_NUMBER || kind == FORM_DATE;

    for (size_t i = 0; i < count && !typed; i++) {
        const char *label = buttons[i].label;

        label = g_str_has_prefix(label, "✓ ") ? label + strlen("✓ ") : label;
        if (strcmp(text_normal(talk->pool, label).text, normal.text) == 0)
            return buttons[i].what;
    }
    while (*at && strchr(".,! )", *at))
        at++;
    if (g_str_has_prefix(at, "。") || g_str_has_prefix(at, "、"))
        at += strlen("。");
    if (typed || number < 1 || (size_t)number > count || *at)
        return NULL;
    /* Where words are awaited a number may skip, but not throw away what was written. */
    return kind == FORM_TEXT && strcmp(buttons[number - 1].what, "cancel") == 0 ? NULL
                                                                                : buttons[number - 1].what;
}

/* Six digits alone are rather a sign-in code than what somebody finished this week. */
static bool is_code(const char *text)
{
    return strlen(text) == 6 && strspn(text, "0123456789") == 6;
}

enum filled filling_answer(struct talk *talk, struct filling *filling)
{
    const struct update *update = talk->update;
    bool asking = filling->step < filling->ask_count;
    enum form_kind kind = asking ? filling->asks[filling->step].question->kind : FORM_CHOICE;

    if (asking && kind == FORM_FILE && update->file_count > 0)
        return take_files(talk, filling);
    if (update->kind != UPDATE_TEXT)
        return update->kind == UPDATE_FILES ? FILLED_PASS : wrong(talk, filling, "form.wrong_kind", NULL);
    const char *what = meant(talk, filling, update->text);

    if (what)
        return press(talk, filling, what);
    bool typed = asking && (kind == FORM_TEXT || kind == FORM_NUMBER || kind == FORM_DATE);

    if ((!typed && talk->command) || (kind == FORM_TEXT && !filling->secret && is_code(update->text)))
        return FILLED_PASS;
    if (!asking)
        return wrong(talk, filling, "form.wrong_choice", NULL);
    enum filled end = form_take_text(talk, filling, filling->step, update->text);

    if (end == FILLED_ON)
        form_move_on(filling, filling->step);
    return end;
}
