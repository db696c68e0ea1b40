/* The mark sheet: a column for each item and, where people gave it, who; totals, result, reasons. Made on the
 * loop: marks come from what capabilities measure. */
#include "bot/core/store.h"
#include "bot/school/marks.h"
#include "bot/school/paper_private.h"

enum { AT_ONCE = 2 }; /* trainees measured in one go: a millisecond or two each in a long course */

/* The points as a number with at most two decimals. */
static double number_of(struct ratio value)
{
    value = ratio_rounded(value, 2);
    return (double)value.num / (double)value.den;
}

static const char *max_of(struct talk *talk, struct ratio max)
{
    return ratio_text(talk->pool, max, 2);
}

/* The columns; the heads come from the scheme. */
static void put_heads(struct talk *talk, const struct scheme *scheme, struct grid *grid)
{
    grid_column(grid, words(talk, "sheet.number", NULL), 8);
    grid_column(grid, words(talk, "sheet.name", NULL), 12);
    grid_column(grid, words(talk, "sheet.team", NULL), 8);
    grid_keep(grid, 2);
    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];
        const char *title = scheme_say(item->title, talk->lang), *max = max_of(talk, item->max);

        if (item->kind == ITEM_PASSED)
            grid_column(grid, words(talk, "sheet.item_passed", "title", title, NULL), 12);
        else
            grid_column(grid,
                        words(talk, item->by ? "sheet.item_head" : "sheet.item_auto", "title", title, "max",
                              max, NULL),
                        12);
        if (item->by)
            grid_column(grid, words(talk, "sheet.item_by", "title", title, NULL), 12);
    }
    for (guint i = 0; i < scheme->indicators->len; i++) {
        const struct scheme_indicator *indicator = scheme->indicators->pdata[i];

        grid_column(grid,
                    words(talk, "sheet.indicator_head", "title", scheme_say(indicator->title, talk->lang),
                          "weight", max_of(talk, indicator->weight), NULL),
                    11);
    }
    if (scheme->indicators->len)
        grid_column(grid,
                    words(talk, "sheet.enterprise_total", "title",
                          scheme_say(scheme->enterprise_title, talk->lang), NULL),
                    11);
    grid_column(grid, words(talk, "sheet.total_head", "max", max_of(talk, scheme_max(scheme)), NULL), 10);
    grid_column(grid, words(talk, "sheet.result", NULL), 14);
    grid_column(grid, words(talk, "sheet.reasons", NULL), 60);
}

/* Who gave the marks of an item: names, each once; in the pool. */
static const char *given_by(struct talk *talk, int64_t member, const char *item)
{
    char *names = store_text(talk->store,
                             "SELECT group_concat(name, '、') FROM (SELECT DISTINCT p.name FROM mark k"
                             " JOIN person p ON p.id = k.by WHERE k.member = ? AND k.item = ? AND k.id ="
                             "  (SELECT max(l.id) FROM mark l WHERE l.member = k.member AND l.item = k.item"
                             "   AND l.week = k.week))",
                             "is", member, item);

    return names ? pool_take(talk->pool, names) : "";
}

/* One item's cells. */
static void put_item(struct talk *talk, const struct member *member, const struct item_marks *marks,
                     struct grid *grid)
{
    switch (marks->state) {
    case STATE_COUNTED:
        if (marks->item->kind == ITEM_PASSED)
            grid_text(grid, GRID_CENTRE, words(talk, marks->passed ? "sheet.pass" : "sheet.fail", NULL));
        else
            grid_decimal(grid, GRID_CENTRE, number_of(marks->points));
        break;
    case STATE_NOT_YET:
        grid_text(grid, GRID_CENTRE, words(talk, "sheet.not_yet", NULL));
        break;
    case STATE_TO_MARK:
        grid_text(grid, GRID_WARN, words(talk, "sheet.to_mark", NULL));
        break;
    }
    if (marks->item->by)
        grid_text(grid, GRID_CENTRE, given_by(talk, member->id, marks->item->id));
}

/* The enterprise part: each indicator's score, and their sum. */
static void put_indicators(struct talk *talk, struct measuring measuring, struct grid *grid)
{
    struct ratio total = ratio_of(0, 1);
    const GPtrArray *indicators = measuring.scheme->indicators;
    bool any = false;

    for (guint i = 0; i < indicators->len; i++) {
        measuring.indicator = indicators->pdata[i];
        struct figure figure = marks_measure(talk, "indicator", &measuring);

        if (figure.whole.num > 0) {
            grid_decimal(grid, GRID_CENTRE, number_of(figure.value));
            total = ratio_add(total, figure.value);
            any = true;
        } else {
            grid_text(grid, GRID_CENTRE, words(talk, "sheet.not_yet", NULL));
        }
    }
    if (any)
        grid_decimal(grid, GRID_CENTRE, number_of(ratio_rounded(total, measuring.scheme->decimals)));
    else if (indicators->len)
        grid_text(grid, GRID_CENTRE, NULL);
}

/* What it comes to in a word. */
static const char *result_of(struct talk *talk, const struct marks *marks)
{
    const char *excepted = marks->excepted ? words(talk, "sheet.excepted", NULL) : "";

    if (marks->substandard && !marks->excepted)
        return words(talk, "sheet.below", NULL);
    if (!marks->complete)
        return words(talk, marks->failed ? "sheet.hopeless" : "sheet.open", NULL);
    return pool_printf(talk->pool, "%s%s", words(talk, marks->passed ? "sheet.pass" : "sheet.fail", NULL),
                       excepted);
}

/* "考勤：3月4日迟到12分钟 −2" for every item that has reasons, each on a line. */
static void put_reasons(struct talk *talk, const struct marks *marks, struct grid *grid)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < marks->scheme->items->len; i++)
        if (marks->items[i].reasons && *marks->items[i].reasons)
            g_string_append_printf(text, "%s%s：%s", text->len ? "\n" : "",
                                   scheme_say(marks->items[i].item->title, talk->lang),
                                   marks->items[i].reasons);
    grid_text(grid, GRID_PLAIN, text->str);
}

static void put_row(struct talk *talk, const struct class *class, const struct member *member,
                    const struct scheme *scheme, struct grid *grid)
{
    struct measuring measuring = measuring_of(talk, class, member, scheme);
    struct marks marks;
    g_autofree char *team = store_text(talk->store, "SELECT team FROM member WHERE id = ?", "i", member->id);

    marks_of(talk, &measuring, &marks);
    grid_row(grid);
    grid_text(grid, GRID_CENTRE, member->number);
    grid_text(grid, GRID_PLAIN, member->name);
    grid_text(grid, GRID_CENTRE, team);
    for (guint i = 0; i < scheme->items->len; i++)
        put_item(talk, member, &marks.items[i], grid);
    put_indicators(talk, measuring, grid);
    grid_decimal(grid, GRID_CENTRE, number_of(marks.total));
    grid_text(grid,
              marks.passed                        ? GRID_GOOD
              : marks.failed || marks.substandard ? GRID_BAD
                                                  : GRID_CENTRE,
              result_of(talk, &marks));
    put_reasons(talk, &marks, grid);
}

void paper_marks_begin(struct talk *talk, const struct class *class, struct paper *paper)
{
    const struct scheme *scheme = scheme_of(talk, class);
    size_t count;

    if (!scheme)
        return;
    struct grid *grid = grid_new(words(talk, "sheet.marks_name", NULL),
                                 words(talk, "sheet.marks_title", "class", class->title, NULL));
    struct member *members = members_of(talk, class->id, ROLE_TRAINEE, &count);

    grid_note(grid, words(talk, "sheet.made", "starts", class->starts, "day",
                          show_day(talk, day_of(talk, class, talk->now)), "time",
                          show_time(talk, class, talk->now), NULL));
    put_heads(talk, scheme, grid);
    paper->marks = grid;
    paper->scheme_version = scheme->version;
    paper->members = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < count; i++)
        g_array_append_val(paper->members, members[i].id);
}

bool paper_marks_next(struct talk *talk, const struct class *class, struct paper *paper)
{
    const struct scheme *scheme = scheme_of(talk, class);

    for (int i = 0; i < AT_ONCE && paper->measured < paper->members->len; i++) {
        const struct member *member =
            member_by_id(talk, g_array_index(paper->members, int64_t, paper->measured++));

        if (!scheme || scheme->version != paper->scheme_version) {
            paper_fail(paper, "the marking scheme was changed meanwhile; please export again");
            return true;
        }
        if (member)
            put_row(talk, class, member, scheme, paper->marks);
    }
    return paper->measured == paper->members->len;
}
