/* Filling an anonymous form: the same questions as any form, but what is asked and answered is in no inbox,
 * outbox, draft, history or log. Every way in here marks its message secret before anything else. */
#include <string.h>

#include "bot/school/dialog.h"
#include "handlers/survey/survey_web.h"

/* Marks the message as one whose words go nowhere on disk. */
static void keep_secret(struct talk *talk)
{
    talk->update->secret = true;
}

/* --- what there is to fill
 * --------------------------------------------------------------------------------------- */

static bool is_open(struct talk *talk, const struct survey *survey)
{
    return g_strcmp0(survey->state, "open") == 0 && talk->now < survey->closes;
}

/* Why there is nothing to fill, as far as one survey tells. */
static const char *why_not(struct talk *talk, const struct survey *survey)
{
    const struct ballot *ballot = ballot_of(survey->id, talk->person);

    if (survey_took_part(talk, survey->id, talk->person))
        return survey_is_web(survey)
                   ? words(talk, "survey.why_token", "url", survey_address(talk, survey->id), NULL)
                   : words(talk, "survey.why_counted", NULL);
    if (ballot && ballot->held)
        return words(talk, "survey.why_held", NULL);
    if (!survey_entitled(talk, survey->id, talk->person))
        return words(talk, "survey.why_absent", NULL);
    return NULL;
}

/* The first survey of the speaker's classes that may be filled now; else why there is none. */
static bool find_survey(struct talk *talk, struct survey *ret, const char **ret_why)
{
    *ret_why = words(talk, "survey.why_nothing", NULL);
    for (size_t i = 0; i < talk->member_count; i++) {
        if (talk->members[i].role != ROLE_TRAINEE)
            continue;
        g_autoptr(query) q = store_query(
            talk->store,
            "SELECT id FROM survey WHERE class = ? AND state = 'open' AND closes > ? ORDER BY closes, id",
            "ii", talk->members[i].class_id, talk->now);

        while (query_next(q)) {
            const char *why = survey_by_id(talk, query_int(q, 0), ret) ? why_not(talk, ret) : NULL;

            if (!why)
                return true;
            *ret_why = why;
        }
    }
    return false;
}

/* --- the conversation
 * ----------------------------------------------------------------------------------------------- */

/* The ballot being filled as a form; NULL when there is none or its survey is over, which is said. */
static struct filling *open_filling(struct talk *talk, struct survey *survey)
{
    const struct ballot *ballot = ballot_open(talk->person);

    if (!ballot || !survey_by_id(talk, ballot->survey, survey)) {
        say(talk, "survey.gone", NULL);
        button(talk, "survey.fill", "do:survey");
        return NULL;
    }
    if (!is_open(talk, survey)) {
        ballot_drop(talk, survey->id, talk->person);
        say(talk, "survey.over", NULL);
        return NULL;
    }
    return survey_filling(talk, survey, ballot->step, ballot->state);
}

static void keep_and_ask(struct talk *talk, const struct survey *survey, const struct filling *filling)
{
    char *state = filling_state(filling);

    ballot_keep(talk, survey->id, talk->person, filling->step, state, false);
    explicit_bzero(state, strlen(state));
    g_free(state);
    filling_ask(talk, filling);
}

/* 提交: held until there are enough to be counted together. */
static void hold(struct talk *talk, const struct survey *survey, const struct filling *filling)
{
    char *state = filling_state(filling);

    ballot_keep(talk, survey->id, talk->person, filling->step, state, true);
    explicit_bzero(state, strlen(state));
    g_free(state);
    talk->dialog_moved = true;
    say(talk, "survey.held", "batch", num(talk, SURVEY_BATCH), "closes",
        show_moment(talk, class_by_id(talk, survey->class_id), survey->closes), NULL);
    saying_instead(talk);
    survey_count_later(talk, survey->id, false);
}

/* What follows from an answer; false when it is to go through to others. */
static bool follow(struct talk *talk, const struct survey *survey, const struct filling *filling,
                   enum filled end)
{
    switch (end) {
    case FILLED_ON:
        keep_and_ask(talk, survey, filling);
        return true;
    case FILLED_WRONG:
        return true;
    case FILLED_PASS:
        return false;
    case FILLED_SENT:
        hold(talk, survey, filling);
        return true;
    case FILLED_CANCELLED:
        ballot_drop(talk, survey->id, talk->person);
        store_run(talk->store, "DELETE FROM survey_begun WHERE survey = ? AND person = ?", "ii", survey->id,
                  talk->person);
        talk->dialog_moved = true;
        say(talk, "survey.cancelled", NULL);
        saying_instead(talk);
        return true;
    }
    return false;
}

bool survey_asks(struct talk *talk)
{
    return ballot_open(talk->person) != NULL;
}

bool survey_answers(struct talk *talk)
{
    const struct ballot *ballot = ballot_open(talk->person);
    bool idle = ballot && talk->now - ballot->touched > DIALOG_PARKS;
    struct survey survey;

    if (!ballot || (idle && talk->command))
        return false;
    keep_secret(talk);
    g_autoptr(form_filling) filling = open_filling(talk, &survey);

    if (!filling)
        return true;
    if (idle && talk->update->kind == UPDATE_TEXT) { /* it may have been meant for something else */
        say(talk, "survey.paused", NULL);
        keep_and_ask(talk, &survey, filling);
        return true;
    }
    if (follow(talk, &survey, filling, filling_answer(talk, filling)))
        return true;
    talk->update->secret = false;
    return false;
}

void survey_press(struct talk *talk, const char *args)
{
    struct survey survey;

    keep_secret(talk);
    g_autoptr(form_filling) filling = open_filling(talk, &survey);

    if (filling)
        follow(talk, &survey, filling, filling_press(talk, filling, args));
}

void survey_dialog(struct talk *talk, enum dialog_word word)
{
    struct survey survey;

    if (word != DIALOG_REPEAT)
        keep_secret(talk);
    g_autoptr(form_filling) filling = open_filling(talk, &survey);

    if (!filling)
        return;
    if (word == DIALOG_REPEAT)
        filling_ask(talk, filling);
    else
        follow(talk, &survey, filling, filling_word(talk, filling, word));
}

/* --- 问卷
 * ------------------------------------------------------------------------------------------------------------
 */

/* What is kept, who sees what and from when on: said before the first question, from what really runs. */
static void say_statement(struct talk *talk, const struct survey *survey)
{
    static const char *const carriers[PLATFORM_COUNT] = { [PLATFORM_WEB] = "survey.carrier_web",
                                                          [PLATFORM_TELEGRAM] = "survey.carrier_telegram",
                                                          [PLATFORM_WECOM] = "survey.carrier_wecom" };
    const char *name;

    if (survey_is_web(survey)) {
        survey_link(talk, survey);
        return;
    }
    say(talk, "survey.statement", "title", survey->title, "batch", num(talk, SURVEY_BATCH), "least",
        num(talk, survey->least), "share", num(talk, survey->share), "closes",
        show_moment(talk, class_by_id(talk, survey->class_id), survey->closes), "carrier",
        words(talk, carriers[talk->update->platform], NULL), NULL);
    name = pool_printf(talk->pool, "survey:start:%" G_GINT64_FORMAT, survey->id);
    button(talk, "survey.begin", "%s", name);
}

void survey_command(struct talk *talk)
{
    struct survey survey;
    const char *why;

    if (ballot_open(talk->person)) {
        survey_dialog(talk, DIALOG_REPEAT);
        return;
    }
    if (find_survey(talk, &survey, &why))
        say_statement(talk, &survey);
    else
        say(talk, "survey.none", "why", why, NULL);
}

void survey_start(struct talk *talk, const char *args)
{
    struct survey survey;

    if (ballot_open(talk->person)) {
        survey_dialog(talk, DIALOG_REPEAT);
        return;
    }
    if (!survey_by_id(talk, g_ascii_strtoll(args, NULL, 10), &survey) || !is_open(talk, &survey)) {
        say(talk, "survey.over", NULL);
        return;
    }
    const char *why = why_not(talk, &survey);

    if (why) {
        say(talk, "survey.none", "why", why, NULL);
        return;
    }
    if (survey_is_web(&survey)) {
        survey_link(talk, &survey);
        return;
    }
    keep_secret(talk);
    g_autoptr(form_filling) filling = survey_filling(talk, &survey, 0, NULL);

    if (!filling) {
        say(talk, "form.unreadable", NULL);
        return;
    }
    store_run(talk->store, "INSERT INTO survey_begun (survey, person) VALUES (?, ?) ON CONFLICT DO NOTHING",
              "ii", survey.id, talk->person);
    keep_and_ask(talk, &survey, filling);
}
