/* The result of a survey as a workbook and as a picture. What may not be shown is in neither. */
#include <string.h>

#include "bot/school/chart.h"
#include "bot/school/grid.h"
#include "bot/school/paper_send.h"
#include "handlers/survey/survey_private.h"

/* Whether two questions have the same options, so that one legend serves both. */
static bool same_options(const struct form_question *a, const struct form_question *b, const char *lang)
{
    if (a->kind != b->kind || a->options->len != b->options->len)
        return false;
    for (guint i = 0; i < a->options->len; i++) {
        const struct form_option *x = a->options->pdata[i], *y = b->options->pdata[i];

        if (x->value != y->value || strcmp(form_say(x->label, lang), form_say(y->label, lang)) != 0)
            return false;
    }
    return true;
}

/* One bar of the picture. */
static void draw_item(struct talk *talk, const struct survey *survey, const struct filling *filling, int i,
                      struct chart *chart)
{
    const struct form_ask *ask = &filling->asks[i];
    struct survey_item item = survey_item_of(talk, survey->id, ask);

    chart_bar(chart, filling_question(talk, filling, i),
              words(talk, "results.item", "mean", survey_mean(talk, &item), "spread",
                    survey_spread(talk, &item), "rate", survey_rate(talk, &item), "n", num(talk, item.n),
                    NULL));
    for (guint o = 0; o < ask->question->options->len; o++)
        chart_part(chart,
                   survey_counted(talk, survey->id, ask->id,
                                  ((const struct form_option *)ask->question->options->pdata[o])->value));
}

/* The measured questions that share the options of the first one. NULL when there is none. */
static struct chart *chart_of(struct talk *talk, const struct survey *survey, const struct filling *filling,
                              const struct survey_figures *f)
{
    const struct form_question *first = NULL;
    struct chart *chart = NULL;

    for (int i = 0; i < filling->ask_count; i++) {
        const struct form_question *question = filling->asks[i].question;

        if (question->kind != FORM_CHOICE || !question->measure ||
            survey_item_few(talk, survey, filling, i) ||
            (first && !same_options(first, question, talk->lang)))
            continue;
        if (!first) {
            first = question;
            chart = chart_new(words(talk, "results.chart_title", "title", survey->title, "rate",
                                    survey_rate_of(talk, survey), NULL));
            chart_note(chart, survey_present_line(talk, f));
            for (guint o = 0; o < question->options->len; o++)
                chart_option(chart, form_say(((const struct form_option *)question->options->pdata[o])->label,
                                             talk->lang));
        }
        draw_item(talk, survey, filling, i, chart);
    }
    return chart;
}

/* A row of the first sheet for each option of a question. */
static void put_item(struct talk *talk, const struct survey *survey, const struct filling *filling, int i,
                     struct grid *grid)
{
    const struct form_ask *ask = &filling->asks[i];
    struct survey_item item = survey_item_of(talk, survey->id, ask);
    struct survey_option option;

    grid_row(grid);
    grid_text(grid, GRID_TOTAL, filling_question(talk, filling, i));
    if (survey_item_few(talk, survey, filling, i)) {
        grid_text(grid, GRID_PLAIN, words(talk, "results.item_few", "least", num(talk, survey->least), NULL));
        return;
    }
    grid_text(grid, GRID_TOTAL, "");
    if (survey_item_measured(ask)) {
        grid_number(grid, GRID_TOTAL, item.n);
        grid_decimal(grid, GRID_TOTAL, survey_mean_of(&item));
        grid_decimal(grid, GRID_TOTAL, survey_spread_of(&item));
        grid_share(grid, GRID_TOTAL, item.top, item.n);
    }
    for (guint o = 0; survey_option_at(talk, survey->id, ask, o, &option); o++) {
        grid_row(grid);
        grid_text(grid, GRID_PLAIN, "");
        grid_text(grid, GRID_PLAIN, option.label);
        grid_number(grid, GRID_CENTRE, option.n);
    }
}

/* Every question with how often each option was chosen. */
static struct grid *counts_of(struct talk *talk, const struct survey *survey, const struct filling *filling,
                              const struct survey_figures *f)
{
    static const struct {
        const char *key;
        double width;
    } heads[] = { { "results.head_item", 46 }, { "results.head_option", 20 }, { "results.head_n", 8 },
                  { "results.head_mean", 8 },  { "results.head_spread", 10 }, { "results.head_rate", 12 } };
    struct grid *grid = grid_new(words(talk, "results.sheet_counts", NULL),
                                 words(talk, "results.chart_title", "title", survey->title, "rate",
                                       survey_rate_of(talk, survey), NULL));

    grid_note(grid, survey_present_line(talk, f));
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        grid_column(grid, words(talk, heads[i].key, NULL), heads[i].width);
    for (int i = 0; i < filling->ask_count; i++)
        put_item(talk, survey, filling, i, grid);
    return grid;
}

/* What was written, each question's in an order drawn for this sheet alone. */
static struct grid *texts_of(struct talk *talk, const struct survey *survey, const struct filling *filling)
{
    struct grid *grid = grid_new(words(talk, "results.sheet_texts", NULL), survey->title);

    grid_column(grid, words(talk, "results.head_item", NULL), 40);
    grid_column(grid, words(talk, "results.head_text", NULL), 90);
    for (int i = 0; i < filling->ask_count; i++) {
        if (survey_item_few(talk, survey, filling, i))
            continue;
        g_autoptr(query) q = survey_texts(talk, survey->id, filling->asks[i].id);

        while (query_next(q)) {
            grid_row(grid);
            grid_text(grid, GRID_PLAIN, filling_question(talk, filling, i));
            grid_text(grid, GRID_PLAIN, query_text(q, 0));
        }
    }
    return grid;
}

void survey_paper(struct talk *talk, const struct class *class, struct paper_order *order)
{
    struct survey survey;

    if ((order->kind != PAPER_RESULTS && order->kind != PAPER_PICTURE) ||
        !survey_by_id(talk, order->subject, &survey) || survey.class_id != class->id)
        return;
    struct survey_figures f = survey_figures_of(talk, &survey);
    g_autoptr(form_filling) filling = f.settled && f.shown ? survey_filling(talk, &survey, 0, NULL) : NULL;

    if (!filling)
        return;
    if (order->kind == PAPER_PICTURE) {
        order->chart = chart_of(talk, &survey, filling, &f);
    } else {
        g_ptr_array_add(order->grids, counts_of(talk, &survey, filling, &f));
        g_ptr_array_add(order->grids, texts_of(talk, &survey, filling));
    }
}

/* The buttons below a result. */
void survey_paper_buttons(struct talk *talk, const struct survey *survey)
{
    button(talk, "results.button_picture", "survey:file:p%" G_GINT64_FORMAT, survey->id);
    button_beside(talk, "results.button_book", "survey:file:x%" G_GINT64_FORMAT, survey->id);
}

/* 图 or Excel of a survey that may be shown. */
void survey_file(struct talk *talk, const char *args)
{
    struct survey survey;
    bool picture = *args == 'p';
    const struct member *member = NULL;

    if (*args && survey_by_id(talk, g_ascii_strtoll(args + 1, NULL, 10), &survey))
        member = speaks_as(talk, ROLE_ORGANISER | ROLE_BUREAU, survey.class_id);
    struct survey_figures f = member ? survey_figures_of(talk, &survey) : (struct survey_figures){ 0 };

    if (!f.settled || !f.shown) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, member);
    paper_send(talk, picture ? PAPER_PICTURE : PAPER_RESULTS, survey.id);
    say(talk, "export.making", "what",
        words(talk, picture ? "results.button_picture" : "results.button_book", NULL), NULL);
}
