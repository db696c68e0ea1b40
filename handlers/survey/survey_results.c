/* 问卷结果: after closing, from 5 ballots and 20 % of those entitled on; else how many there are, and why no
 * more. */
#include <string.h>

#include "handlers/survey/survey_private.h"

enum { TEXTS_BYTES = 6000, OTHERS = 6 };

/* The figures beside every result. */
struct figures {
    int64_t expected, entitled, made_up, ballots;
};

/* Sums of one question: how often answered, sum of values, how many in the top two options. */
struct item {
    int64_t n, sum, top;
};

static struct figures figures_of(struct talk *talk, const struct survey *survey)
{
    size_t expected;

    members_of(talk, survey->class_id, ROLE_TRAINEE, &expected);
    return (struct figures){
        .expected = (int64_t)expected,
        .entitled =
            store_int(talk->store, 0, "SELECT count(*) FROM survey_present WHERE survey = ? AND personally",
                      "i", survey->id),
        .made_up =
            store_int(talk->store, 0,
                      "SELECT count(*) FROM survey_present WHERE survey = ? AND made_up AND NOT personally",
                      "i", survey->id),
        .ballots = survey_ballots(talk, survey->id),
    };
}

/* The lowest value that is among the top two options. */
static int64_t second_best(const struct form_question *question)
{
    int64_t best = G_MININT64, second = G_MININT64;

    for (guint i = 0; i < question->options->len; i++) {
        int64_t value = ((const struct form_option *)question->options->pdata[i])->value;

        if (value > best) {
            second = best;
            best = value;
        } else if (value > second) {
            second = value;
        }
    }
    return second;
}

static int64_t counted(struct talk *talk, int64_t survey, const char *ask, int64_t value)
{
    return store_int(talk->store, 0, "SELECT n FROM survey_count WHERE survey = ? AND ask = ? AND value = ?",
                     "isi", survey, ask, value);
}

static struct item item_of(struct talk *talk, int64_t survey, const struct form_ask *ask)
{
    int64_t top = second_best(ask->question);
    struct item item = { 0, 0, 0 };
    g_autoptr(query) q = store_query(
        talk->store, "SELECT value, n FROM survey_count WHERE survey = ? AND ask = ?", "is", survey, ask->id);

    while (query_next(q)) {
        item.n += query_int(q, 1);
        item.sum += query_int(q, 0) * query_int(q, 1);
        item.top += query_int(q, 0) >= top ? query_int(q, 1) : 0;
    }
    return item;
}

/* part/whole as a percentage with one decimal, rounded half up, in whole numbers. */
static const char *percent(struct talk *talk, int64_t part, int64_t whole)
{
    int64_t tenths = whole ? (part * 2000 + whole) / (2 * whole) : 0;

    return pool_printf(talk->pool, "%d.%d%%", (int)(tenths / 10), (int)(tenths % 10));
}

/* sum/n with two decimals. */
static const char *mean(struct talk *talk, int64_t sum, int64_t n)
{
    int64_t hundredths = n ? (sum * 200 + n) / (2 * n) : 0;

    return pool_printf(talk->pool, "%d.%02d", (int)(hundredths / 100), (int)(hundredths % 100));
}

/* How often each option was chosen. */
static void append_options(struct talk *talk, int64_t survey, const struct form_ask *ask, GString *into)
{
    const struct form_question *question = ask->question;

    for (guint i = 0; i < question->options->len; i++) {
        const struct form_option *option = question->options->pdata[i];

        g_string_append_printf(into, "%s%s %d", i ? " · " : "\n  ", form_say(option->label, talk->lang),
                               (int)counted(talk, survey, ask->id, option->value));
    }
    for (int i = 1; question->kind == FORM_YESNO && i >= 0; i--)
        g_string_append_printf(into, "%s%s %d", i ? "\n  " : " · ",
                               words(talk, i ? "form.yes" : "form.no", NULL),
                               (int)counted(talk, survey, ask->id, i));
}

/* The texts of one question in the order of their random keys. */
static void append_texts(struct talk *talk, int64_t survey, const struct form_ask *ask, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT text FROM survey_text WHERE survey = ? AND ask = ? ORDER BY key",
                    "is", survey, ask->id);

    while (query_next(q) && into->len < TEXTS_BYTES)
        g_string_append_printf(into, "\n  · %s", query_text(q, 0));
}

/* The question with its lecturer, and what was answered. */
static void append_item(struct talk *talk, const struct survey *survey, const struct filling *filling, int i,
                        GString *into)
{
    const struct form_ask *ask = &filling->asks[i];
    struct item item = item_of(talk, survey->id, ask);

    g_string_append_printf(into, "\n\n%s", filling_question(talk, filling, i));
    switch (ask->question->kind) {
    case FORM_CHOICE:
    case FORM_SCALE:
        if (item.n > 0 && (ask->question->measure || ask->question->kind == FORM_SCALE))
            g_string_append_printf(into, "\n  %s",
                                   words(talk, "results.item", "mean", mean(talk, item.sum, item.n), "rate",
                                         percent(talk, item.top, item.n), "n", num(talk, item.n), NULL));
        append_options(talk, survey->id, ask, into);
        break;
    case FORM_MANY:
    case FORM_YESNO:
        append_options(talk, survey->id, ask, into);
        break;
    case FORM_TEXT:
    case FORM_NUMBER:
    case FORM_DATE:
    case FORM_FILE:
        append_texts(talk, survey->id, ask, into);
        break;
    }
}

/* The share of the top two of all that measures satisfaction. */
static const char *rate_of(struct talk *talk, const struct survey *survey, const struct filling *filling)
{
    int64_t n = 0, top = 0;

    for (int i = 0; i < filling->ask_count; i++) {
        if (g_strcmp0(filling->asks[i].question->measure, "satisfaction") != 0)
            continue;
        struct item item = item_of(talk, survey->id, &filling->asks[i]);

        n += item.n;
        top += item.top;
    }
    return percent(talk, top, n);
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
static const char *why_closed(struct talk *talk, const struct survey *survey, const struct figures *f)
{
    if (strcmp(survey->state, "closed") != 0)
        return words(talk, "results.why_open", "closes",
                     show_moment(talk, class_by_id(talk, survey->class_id), survey->closes), NULL);
    if (f->ballots < SURVEY_LEAST)
        return words(talk, "results.why_few", "least", num(talk, SURVEY_LEAST), NULL);
    if (f->ballots * 100 < f->entitled * SURVEY_SHARE)
        return words(talk, "results.why_share", "share", num(talk, SURVEY_SHARE), NULL);
    return NULL;
}

bool survey_may_show(struct talk *talk, const struct survey *survey)
{
    struct figures f = figures_of(talk, survey);

    return why_closed(talk, survey, &f) == NULL;
}

/* The figures that stand beside every result. */
static const char *present_of(struct talk *talk, const struct figures *f)
{
    return words(talk, "results.present", "expected", num(talk, f->expected), "entitled",
                 num(talk, f->entitled), "made_up", num(talk, f->made_up), "ballots", num(talk, f->ballots),
                 NULL);
}

/* What was answered to each question. */
static void append_items(struct talk *talk, const struct survey *survey, const struct filling *filling,
                         GString *into)
{
    for (int i = 0; i < filling->ask_count; i++)
        append_item(talk, survey, filling, i, into);
}

static void show(struct talk *talk, const struct survey *survey)
{
    struct figures f = figures_of(talk, survey);
    const char *why = why_closed(talk, survey, &f);
    const char *present = present_of(talk, &f);

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
    say(talk, "results.shown", "title", survey->title, "rate", rate_of(talk, survey, filling), "present",
        present, "items", items->str, NULL);
    add_others(talk, survey);
}

/* The result of one survey as a text, or why there is none. */
static void archive_one(struct talk *talk, const struct survey *survey, GString *into)
{
    struct figures f = figures_of(talk, survey);
    const char *why = why_closed(talk, survey, &f), *present = present_of(talk, &f);
    g_autoptr(form_filling) filling = why ? NULL : survey_filling(talk, survey, 0, NULL);
    g_autoptr(GString) items = g_string_new(NULL);

    if (filling)
        append_items(talk, survey, filling, items);
    if (filling)
        g_string_append(into,
                        words(talk, "results.shown", "title", survey->title, "rate",
                              rate_of(talk, survey, filling), "present", present, "items", items->str, NULL));
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
    struct survey survey;

    if (id && survey_by_id(talk, id, &survey))
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
