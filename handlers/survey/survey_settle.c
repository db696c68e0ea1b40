/* What a survey comes to: worked out once, in the transaction that closes it, and never again. All that is
 * ever published is a sum of whole surveys that may be published, so no two publications differ by less than
 * one. Ballots are read through the views survey_tally, survey_said and survey_valid alone, however they were
 * cast. */
#include <math.h>
#include <string.h>

#include "handlers/survey/survey_private.h"

/* The lowest value that is among the top two options. */
static int64_t second_best(const struct form_question *question)
{
    int64_t best = G_MININT64, second = G_MININT64;

    if (question->kind == FORM_SCALE)
        return (int64_t)question->max - 1;
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

int64_t survey_counted(struct talk *talk, int64_t survey, const char *ask, int64_t value)
{
    return store_int(talk->store, 0,
                     "SELECT sum(n) FROM survey_tally WHERE survey = ? AND ask = ? AND value = ?", "isi",
                     survey, ask, value);
}

struct survey_item survey_item_of(struct talk *talk, int64_t survey, const struct form_ask *ask)
{
    int64_t top = second_best(ask->question);
    struct survey_item item = { 0, 0, 0, 0 };
    g_autoptr(query) q = store_query(
        talk->store, "SELECT value, sum(n) FROM survey_tally WHERE survey = ? AND ask = ? GROUP BY value",
        "is", survey, ask->id);

    while (query_next(q)) {
        int64_t value = query_int(q, 0), n = query_int(q, 1);

        item.n += n;
        item.sum += value * n;
        item.squares += value * value * n;
        item.top += value >= top ? n : 0;
    }
    return item;
}

bool survey_item_measured(const struct form_ask *ask)
{
    return ask->question->kind == FORM_SCALE ||
           (ask->question->kind == FORM_CHOICE && ask->question->measure);
}

/* How many ballots were asked this, at least: all, or those whose earlier answer brought it up. Who ticked
 * several of many counts once. */
static int64_t asked(struct talk *talk, const struct survey *survey, const struct filling *filling, int i,
                     int64_t ballots)
{
    const struct form_question *question = filling->asks[i].question;
    int64_t sum = 0, most = 0;

    if (question->when < 0)
        return ballots;
    const struct form_question *earlier = filling->form->questions->pdata[question->when];

    for (guint v = 0; v < question->when_values->len; v++) {
        int64_t n =
            survey_counted(talk, survey->id, earlier->id, g_array_index(question->when_values, gint64, v));

        sum += n;
        most = MAX(most, n);
    }
    return earlier->kind == FORM_MANY ? most : sum;
}

bool survey_item_few(struct talk *talk, const struct survey *survey, const struct filling *filling, int i)
{
    const struct form_ask *ask = &filling->asks[i];
    int64_t ballots = survey_figures_of(talk, survey).ballots;

    if (asked(talk, survey, filling, i, ballots) < survey->least)
        return true;
    switch (ask->question->kind) {
    case FORM_CHOICE:
    case FORM_SCALE:
    case FORM_YESNO:
        return survey_item_of(talk, survey->id, ask).n < survey->least;
    case FORM_MANY:
    case FORM_TEXT:
    case FORM_NUMBER:
    case FORM_DATE:
    case FORM_FILE:
        return false;
    }
    return true;
}

/* --- settled
 * ------------------------------------------------------------------------------------------------- */

/* The figures as they stand now. */
static struct survey_figures count_now(struct talk *talk, const struct survey *survey)
{
    size_t expected;
    struct survey_figures f = { 0 };

    members_of(talk, survey->class_id, ROLE_TRAINEE, &expected);
    f.expected = (int64_t)expected;
    f.entitled =
        store_int(talk->store, 0, "SELECT count(*) FROM survey_present WHERE survey = ? AND personally", "i",
                  survey->id);
    f.made_up = store_int(
        talk->store, 0, "SELECT count(*) FROM survey_present WHERE survey = ? AND made_up AND NOT personally",
        "i", survey->id);
    f.ballots = survey_ballots(talk, survey->id);
    f.shown = f.ballots >= survey->least && f.ballots * 100 >= f.entitled * survey->share;
    return f;
}

struct survey_figures survey_figures_of(struct talk *talk, const struct survey *survey)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT expected, entitled, made_up, ballots, shown FROM survey_result WHERE survey = ?",
        "i", survey->id);

    if (!query_next(q))
        return count_now(talk, survey);
    return (struct survey_figures){ .expected = query_int(q, 0),
                                    .entitled = query_int(q, 1),
                                    .made_up = query_int(q, 2),
                                    .ballots = query_int(q, 3),
                                    .settled = true,
                                    .shown = query_int(q, 4) != 0 };
}

/* Keeps the sums of one question, in which aggregates over surveys are made. */
static void settle_item(struct talk *talk, int64_t survey, const struct form_ask *ask)
{
    struct survey_item item = survey_item_of(talk, survey, ask);

    store_run(talk->store,
              "INSERT INTO survey_item (survey, ask, lecturer, n, sum, squares, top)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              "issiiii", survey, ask->id, ask->lecturer ? ask->lecturer : "", item.n, item.sum, item.squares,
              item.top);
}

void survey_settle(struct talk *talk, const struct survey *survey)
{
    struct survey_figures f = survey_figures_of(talk, survey);
    const char *day = day_of(talk, class_by_id(talk, survey->class_id), survey->opens);

    if (f.settled)
        return;
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);

    f.shown = f.shown && filling;
    store_run(talk->store,
              "INSERT INTO survey_result (survey, month, expected, entitled, made_up, ballots, shown)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              "isiiiii", survey->id, pool_strndup(talk->pool, day, strlen("2026-03")), f.expected, f.entitled,
              f.made_up, f.ballots, (int64_t)f.shown);
    for (int i = 0; f.shown && i < filling->ask_count; i++)
        if (g_strcmp0(filling->asks[i].question->measure, "satisfaction") == 0 &&
            !survey_item_few(talk, survey, filling, i))
            settle_item(talk, survey->id, &filling->asks[i]);
}

/* --- as people read it
 * --------------------------------------------------------------------------------------- */

const char *survey_rate(struct talk *talk, const struct survey_item *item)
{
    int64_t tenths = item->n ? (item->top * 2000 + item->n) / (2 * item->n) : 0;

    return pool_printf(talk->pool, "%d.%d%%", (int)(tenths / 10), (int)(tenths % 10));
}

const char *survey_mean(struct talk *talk, const struct survey_item *item)
{
    return pool_printf(talk->pool, "%.2f", survey_mean_of(item));
}

const char *survey_spread(struct talk *talk, const struct survey_item *item)
{
    return pool_printf(talk->pool, "%.2f", survey_spread_of(item));
}

double survey_mean_of(const struct survey_item *item)
{
    return item->n ? floor((double)item->sum * 100 / (double)item->n + .5) / 100 : 0;
}

/* The ballots are all there are, no sample: the sum of squares is divided by n. */
double survey_spread_of(const struct survey_item *item)
{
    double n = (double)item->n, over = n * (double)item->squares - (double)item->sum * (double)item->sum;

    return item->n ? floor(sqrt(MAX(over, 0)) / n * 100 + .5) / 100 : 0;
}

const char *survey_present_line(struct talk *talk, const struct survey_figures *f)
{
    return words(talk, "results.present", "expected", num(talk, f->expected), "entitled",
                 num(talk, f->entitled), "made_up", num(talk, f->made_up), "ballots", num(talk, f->ballots),
                 NULL);
}
