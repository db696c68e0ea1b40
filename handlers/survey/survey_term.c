/* Satisfaction over several surveys: by lecturer, by class, by month; and what a lecturer may see of it.
 * Only surveys that may be published are in it, each of them whole. */
#include <string.h>

#include "handlers/survey/survey_private.h"

enum { LINES = 60, OWN_SURVEYS = 40 };

/* One line of every grouping: for each key and survey the sums, then over the surveys of a key. The classes
 * are those where the reader is organiser or bureau. */
#define GROUPED(keys)                                                                                        \
    "WITH mine AS (SELECT v.id, v.class FROM survey v JOIN survey_result r ON r.survey = v.id WHERE "        \
    "r.shown AND"                                                                                            \
    "  v.class IN (SELECT class FROM member WHERE person = ? AND role & ? AND left IS NULL)),"               \
    " per AS (" keys ")"                                                                                     \
    " SELECT per.key, count(*), sum(per.n), sum(per.total), sum(per.squares), sum(per.top), "                \
    "sum(r.expected),"                                                                                       \
    "  sum(r.entitled), sum(r.made_up), sum(r.ballots) FROM per JOIN survey_result r ON r.survey = "         \
    "per.survey"                                                                                             \
    " GROUP BY per.key ORDER BY per.key LIMIT ?"

#define SUMS "sum(i.n) AS n, sum(i.sum) AS total, sum(i.squares) AS squares, sum(i.top) AS top"

static const int readers = ROLE_ORGANISER | ROLE_BUREAU;

/* A lecturer is assessed from the own items and from those about the training as a whole (rules.md §4). */
static struct query *by_lecturer(struct talk *talk)
{
    return store_query(
        talk->store,
        GROUPED("SELECT l.lecturer AS key, i.survey, " SUMS
                " FROM (SELECT DISTINCT survey, lecturer FROM survey_item WHERE lecturer != '') l"
                " JOIN survey_item i ON i.survey = l.survey AND i.lecturer IN (l.lecturer, '')"
                " WHERE i.survey IN (SELECT id FROM mine) GROUP BY l.lecturer, i.survey"),
        "iii", talk->person, (int64_t)readers, (int64_t)LINES);
}

static struct query *by_class(struct talk *talk)
{
    return store_query(talk->store,
                       GROUPED("SELECT c.title AS key, i.survey, " SUMS " FROM survey_item i"
                               " JOIN mine m ON m.id = i.survey JOIN class c ON c.id = m.class"
                               " GROUP BY c.id, i.survey"),
                       "iii", talk->person, (int64_t)readers, (int64_t)LINES);
}

static struct query *by_month(struct talk *talk)
{
    return store_query(talk->store,
                       GROUPED("SELECT r.month AS key, i.survey, " SUMS " FROM survey_item i"
                               " JOIN mine m ON m.id = i.survey JOIN survey_result r ON r.survey = i.survey"
                               " GROUP BY r.month, i.survey"),
                       "iii", talk->person, (int64_t)readers, (int64_t)LINES);
}

/* The groupings there are. */
static const struct grouping {
    const char *verb, *title, *button;
    struct query *(*rows)(struct talk *);
} groupings[] = {
    { "lecturer", "results.by_lecturer", "results.button_lecturer", by_lecturer },
    { "class", "results.by_class", "results.button_class", by_class },
    { "month", "results.by_month", "results.button_month", by_month },
};

/* One key with its rate, and the figures that stand beside every result. */
static void append_line(struct talk *talk, struct query *q, GString *into)
{
    struct survey_item item = { query_int(q, 2), query_int(q, 3), query_int(q, 4), query_int(q, 5) };
    struct survey_figures f = { .expected = query_int(q, 6),
                                .entitled = query_int(q, 7),
                                .made_up = query_int(q, 8),
                                .ballots = query_int(q, 9) };

    g_string_append_printf(into, "\n\n%s",
                           words(talk, "results.group_line", "name", query_text(q, 0), "rate",
                                 survey_rate(talk, &item), "mean", survey_mean(talk, &item), "spread",
                                 survey_spread(talk, &item), "surveys", num(talk, query_int(q, 1)), "present",
                                 survey_present_line(talk, &f), NULL));
}

void survey_by(struct talk *talk, const char *args)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(groupings); i++) {
        if (strcmp(args, groupings[i].verb) != 0)
            continue;
        g_autoptr(query) q = groupings[i].rows(talk);

        while (query_next(q))
            append_line(talk, q, lines);
        if (lines->len == 0)
            say(talk, "results.group_none", NULL);
        else
            say(talk, groupings[i].title, "lines", lines->str, NULL);
        survey_by_buttons(talk);
        return;
    }
    say(talk, "stale", NULL);
}

void survey_by_buttons(struct talk *talk)
{
    for (size_t i = 0; i < G_N_ELEMENTS(groupings); i++)
        (i ? button_beside : button)(talk, groupings[i].button, "survey:by:%s", groupings[i].verb);
}

/* --- a lecturer's own
 * ---------------------------------------------------------------------------------------- */

/* Whether an item is about this lecturer: named, or the survey was about nobody else. */
static bool is_own(const struct filling *filling, const struct form_ask *ask, const char *name)
{
    bool alone = true;

    for (int i = 0; i < filling->ask_count; i++)
        if (filling->asks[i].lecturer && strcmp(filling->asks[i].lecturer, name) != 0)
            alone = false;
    return survey_item_measured(ask) && (ask->lecturer ? strcmp(ask->lecturer, name) == 0 : alone);
}

/* The own items of one survey; adds them to the sum of all. */
static void append_own(struct talk *talk, const struct survey *survey, const char *name, GString *into,
                       struct survey_item *sum)
{
    struct survey_figures f = survey_figures_of(talk, survey);
    g_autoptr(form_filling) filling = f.shown ? survey_filling(talk, survey, 0, NULL) : NULL;
    g_autoptr(GString) items = g_string_new(NULL);

    for (int i = 0; filling && i < filling->ask_count; i++) {
        if (!is_own(filling, &filling->asks[i], name) || survey_item_few(talk, survey, filling, i))
            continue;
        struct survey_item item = survey_item_of(talk, survey->id, &filling->asks[i]);

        survey_append_item(talk, survey, filling, i, items);
        *sum = (struct survey_item){ sum->n + item.n, sum->sum + item.sum, sum->squares + item.squares,
                                     sum->top + item.top };
    }
    if (items->len)
        g_string_append_printf(into, "\n\n《%s》\n%s%s", survey->title, survey_present_line(talk, &f),
                               items->str);
}

/* Whether all its sittings are over and all its surveys closed. */
static bool term_over(struct talk *talk, int64_t class_id)
{
    return store_int(talk->store, 0, "SELECT max(ends) FROM sitting WHERE class = ? AND starts < ends", "i",
                     class_id) <= talk->now &&
           store_int(talk->store, 0,
                     "SELECT count(*) FROM survey WHERE class = ? AND (state = 'open' OR (state = 'planned'"
                     " AND closes > ?))",
                     "ii", class_id, talk->now) == 0;
}

void survey_own(struct talk *talk, const struct member *lecturer)
{
    g_autofree char *name = survey_plain_name(lecturer->name);
    g_autoptr(GString) items = g_string_new(NULL);
    struct survey_item sum = { 0, 0, 0, 0 };
    struct survey survey;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT v.id FROM survey v JOIN survey_result r ON r.survey = v.id AND r.shown"
                    " WHERE v.class = ? ORDER BY v.closes, v.id LIMIT ?",
                    "ii", lecturer->class_id, (int64_t)OWN_SURVEYS);

    if (!term_over(talk, lecturer->class_id)) {
        say(talk, "results.own_closed", NULL);
        return;
    }
    while (query_next(q))
        if (survey_by_id(talk, query_int(q, 0), &survey))
            append_own(talk, &survey, name, items, &sum);
    if (items->len)
        say(talk, "results.own", "class", class_by_id(talk, lecturer->class_id)->title, "name",
            lecturer->name, "rate", survey_rate(talk, &sum), "items", items->str, NULL);
    else
        say(talk, "results.own_none", NULL);
}
