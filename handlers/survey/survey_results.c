/* 问卷结果: after closing, from 5 ballots and 20 % of those entitled on; else how many there are, and why no
 * more. */
#include <string.h>

#include "handlers/survey/survey_private.h"

enum { TEXTS_BYTES = 6000, OTHERS = 4 };

/* The label of the option at this place, NULL behind the last; its value in *ret_value. */
static const char *label_at(struct talk *talk, const struct form_question *question, guint place,
                            int64_t *ret_value)
{
    switch (question->kind) {
    case FORM_CHOICE:
    case FORM_MANY:
        if (place >= question->options->len)
            return NULL;
        *ret_value = ((const struct form_option *)question->options->pdata[place])->value;
        return form_say(((const struct form_option *)question->options->pdata[place])->label, talk->lang);
    case FORM_SCALE:
        *ret_value = (int64_t)question->min + place;
        return *ret_value > (int64_t)question->max ? NULL : num(talk, *ret_value);
    case FORM_YESNO:
        *ret_value = place == 0;
        return place > 1 ? NULL : words(talk, place ? "form.no" : "form.yes", NULL);
    case FORM_TEXT:
    case FORM_NUMBER:
    case FORM_DATE:
    case FORM_FILE:
        break;
    }
    return NULL;
}

bool survey_option_at(struct talk *talk, int64_t survey, const struct form_ask *ask, guint place,
                      struct survey_option *ret)
{
    int64_t value;
    const char *label = label_at(talk, ask->question, place, &value);

    if (label)
        *ret = (struct survey_option){ label, survey_counted(talk, survey, ask->id, value) };
    return label != NULL;
}

struct query *survey_texts(struct talk *talk, int64_t survey, const char *ask)
{
    return store_query(talk->store,
                       "SELECT text FROM survey_said WHERE survey = ? AND ask = ? ORDER BY random()", "is",
                       survey, ask);
}

/* How often each option was chosen, and what was written. */
static void append_answers(struct talk *talk, int64_t survey, const struct form_ask *ask, GString *into)
{
    g_autoptr(query) q = survey_texts(talk, survey, ask->id);
    struct survey_option option;

    for (guint i = 0; survey_option_at(talk, survey, ask, i, &option); i++)
        g_string_append_printf(into, "%s%s %d", i ? " · " : "\n  ", option.label, (int)option.n);
    while (query_next(q) && into->len < TEXTS_BYTES)
        g_string_append_printf(into, "\n  · %s", query_text(q, 0));
}

void survey_append_item(struct talk *talk, const struct survey *survey, const struct filling *filling, int i,
                        GString *into)
{
    const struct form_ask *ask = &filling->asks[i];
    struct survey_item item = survey_item_of(talk, survey->id, ask);

    g_string_append_printf(into, "\n\n%s", filling_question(talk, filling, i));
    if (survey_item_few(talk, survey, filling, i)) {
        g_string_append_printf(into, "\n  %s",
                               words(talk, "results.item_few", "least", num(talk, survey->least), NULL));
        return;
    }
    if (survey_item_measured(ask))
        g_string_append_printf(into, "\n  %s",
                               words(talk, "results.item", "mean", survey_mean(talk, &item), "spread",
                                     survey_spread(talk, &item), "rate", survey_rate(talk, &item), "n",
                                     num(talk, item.n), NULL));
    append_answers(talk, survey->id, ask, into);
}

const char *survey_rate_of(struct talk *talk, const struct survey *survey)
{
    struct survey_item all = {
        .n = store_int(talk->store, 0, "SELECT sum(n) FROM survey_item WHERE survey = ?", "i", survey->id),
        .top =
            store_int(talk->store, 0, "SELECT sum(top) FROM survey_item WHERE survey = ?", "i", survey->id),
    };

    return survey_rate(talk, &all);
}

/* The other surveys of the class as buttons. */
static void add_others(struct talk *talk, const struct survey *survey)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT id, title FROM survey WHERE class = ? AND state != 'planned' "
                                     "AND id != ? ORDER BY closes DESC LIMIT ?",
                                     "iii", survey->class_id, survey->id, (int64_t)OTHERS);

    while (query_next(q))
        button_named(talk, query_text(q, 1), "survey:results:%" G_GINT64_FORMAT, query_int(q, 0));
}

/* Why there is no result yet, or at all; NULL when there is one. */
static const char *why_closed(struct talk *talk, const struct survey *survey, const struct survey_figures *f)
{
    if (strcmp(survey->state, "closed") != 0)
        return words(talk, "results.why_open", "closes",
                     show_moment(talk, class_by_id(talk, survey->class_id), survey->closes), NULL);
    if (f->ballots < survey->least)
        return words(talk, "results.why_few", "least", num(talk, survey->least), NULL);
    return f->shown ? NULL : words(talk, "results.why_share", "share", num(talk, survey->share), NULL);
}

bool survey_may_show(struct talk *talk, const struct survey *survey)
{
    struct survey_figures f = survey_figures_of(talk, survey);

    return why_closed(talk, survey, &f) == NULL;
}

/* What was answered to each question. */
static void append_items(struct talk *talk, const struct survey *survey, const struct filling *filling,
                         GString *into)
{
    for (int i = 0; i < filling->ask_count; i++)
        survey_append_item(talk, survey, filling, i, into);
}

static void show(struct talk *talk, const struct survey *survey)
{
    struct survey_figures f = survey_figures_of(talk, survey);
    const char *why = why_closed(talk, survey, &f);
    const char *present = survey_present_line(talk, &f);

    if (why) {
        if (strcmp(survey->state, "closed") != 0 && talk->now >= survey->closes)
            survey_count_later(talk, survey->id, true);
        say(talk, "results.closed", "title", survey->title, "ballots", num(talk, f.ballots), "why", why,
            "present", present, NULL);
        add_others(talk, survey);
        return;
    }
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);
    g_autoptr(GString) items = g_string_new(NULL);

    if (!filling) {
        say(talk, "form.unreadable", NULL);
        return;
    }
    append_items(talk, survey, filling, items);
    if (survey_is_web(survey))
        g_string_append_printf(items, "\n\n%s",
                               words(talk, "results.listed", "url", survey_address(talk, survey->id), NULL));
    say(talk, "results.shown", "title", survey->title, "rate", survey_rate_of(talk, survey), "present",
        present, "items", items->str, NULL);
    survey_paper_buttons(talk, survey);
    survey_by_buttons(talk);
    button(talk, "results.button_signed", "do:evaluations");
    add_others(talk, survey);
}

/* The result of one survey as a text, or why there is none. */
static void archive_one(struct talk *talk, const struct survey *survey, GString *into)
{
    struct survey_figures f = survey_figures_of(talk, survey);
    const char *why = why_closed(talk, survey, &f), *present = survey_present_line(talk, &f);
    g_autoptr(form_filling) filling = why ? NULL : survey_filling(talk, survey, 0, NULL);
    g_autoptr(GString) items = g_string_new(NULL);

    if (filling)
        append_items(talk, survey, filling, items);
    if (filling)
        g_string_append(into,
                        words(talk, "results.shown", "title", survey->title, "rate",
                              survey_rate_of(talk, survey), "present", present, "items", items->str, NULL));
    else
        g_string_append(into, words(talk, "results.closed", "title", survey->title, "ballots",
                                    num(talk, f.ballots), "why", why ? why : "", "present", present, NULL));
    g_string_append(into, "\n\n");
}

void survey_archive(struct talk *talk, const struct class *class, GString *into)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT id FROM survey WHERE class = ? AND state = 'closed'"
                                     " ORDER BY closes, id",
                                     "i", class->id);
    struct survey survey;

    while (query_next(q))
        if (survey_by_id(talk, query_int(q, 0), &survey))
            archive_one(talk, &survey, into);
}

void survey_results(struct talk *talk)
{
    int64_t id = store_int(talk->store, 0,
                           "SELECT id FROM survey WHERE class = ? AND state != 'planned'"
                           " ORDER BY state = 'closed' DESC, closes DESC, id DESC LIMIT 1",
                           "i", talk->class->id);
    const struct member *reader = speaks_as(talk, ROLE_ORGANISER | ROLE_BUREAU, talk->class->id),
                        *lecturer = speaks_as(talk, ROLE_LECTURER, talk->class->id);
    struct survey survey;

    if (!reader && lecturer)
        survey_own(talk, lecturer);
    else if (id && survey_by_id(talk, id, &survey))
        show(talk, &survey);
    else
        say(talk, "results.nothing", NULL);
}

void survey_results_of(struct talk *talk, const char *args)
{
    struct survey survey;

    if (survey_by_id(talk, g_ascii_strtoll(args, NULL, 10), &survey) &&
        strcmp(survey.state, "planned") != 0 &&
        speaks_as(talk, ROLE_ORGANISER | ROLE_BUREAU, survey.class_id))
        show(talk, &survey);
    else
        say(talk, "stale", NULL);
}
