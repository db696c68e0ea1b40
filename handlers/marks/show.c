/* 成绩: every point with its reason and day, what can still be reached, and what is about to go wrong; for
 * staff the class, those at risk first. */
#include <string.h>

#include "bot/school/names.h"
#include "bot/school/who.h"
#include "handlers/marks/marks_private.h"

enum { RISK_BUTTONS = 6 };

/* "计划 16/20：第1周16（周导师）". */
static const char *item_line(struct talk *talk, const struct item_marks *one, const char *title)
{
    const char *why = *one->reasons ? words(talk, "marks.why", "reasons", one->reasons, NULL) : "";

    if (one->item->kind == ITEM_PASSED && one->state == STATE_COUNTED)
        return words(talk, "marks.verdict", "title", title, "verdict",
                     words(talk, one->passed ? "marks.passed_item" : "marks.failed_item", NULL), "by",
                     one->reasons, NULL);
    if (one->item->kind == ITEM_PASSED)
        return words(talk, one->state == STATE_TO_MARK ? "marks.to_judge" : "marks.not_yet_judged", "title",
                     title, NULL);
    switch (one->state) {
    case STATE_COUNTED:
        break;
    case STATE_NOT_YET:
        return words(talk, "marks.not_yet", "title", title, "max", points(talk, one->item->max), NULL);
    case STATE_TO_MARK:
        return words(talk, "marks.to_mark", "title", title, "max", points(talk, one->item->max), NULL);
    }
    return words(talk, "marks.item", "title", title, "points", points(talk, one->points), "max",
                 points(talk, one->item->max), "why", why, NULL);
}

/* A block with its items below; one of a single item is one line. */
static void put_block(struct talk *talk, const struct marks *marks, const struct scheme_block *block,
                      GString *into)
{
    struct ratio sum = ratio_of(0, 1), max = ratio_of(0, 1);
    const char *title = pool_strdup(talk->pool, scheme_say(block->title, talk->lang));

    if (block->count == 1) {
        const char *own = scheme_say(marks->items[block->first].item->title, talk->lang);

        g_string_append_printf(into, "\n%s",
                               item_line(talk, &marks->items[block->first], pool_strdup(talk->pool, own)));
        return;
    }
    for (guint i = block->first; i < block->first + block->count; i++) {
        sum = ratio_add(sum, marks->items[i].points);
        max = ratio_add(max, marks->items[i].item->max);
    }
    g_string_append_printf(into, "\n%s",
                           words(talk, "marks.item", "title", title, "points", points(talk, sum), "max",
                                 points(talk, max), "why", "", NULL));
    for (guint i = block->first; i < block->first + block->count; i++) {
        const char *own = pool_strdup(talk->pool, scheme_say(marks->items[i].item->title, talk->lang));

        g_string_append_printf(into, "\n　%s", item_line(talk, &marks->items[i], own));
    }
}

/* The enterprise part: indicators with actual and score. */
static void put_enterprise(struct talk *talk, const struct measuring *m, GString *into)
{
    const struct scheme *scheme = m->scheme;
    struct ratio sum = ratio_of(0, 1), max = ratio_of(0, 1);
    g_autoptr(GString) rows = g_string_new(NULL);

    if (!scheme->indicators->len)
        return;
    for (guint i = 0; i < scheme->indicators->len; i++) {
        struct measuring own = *m;

        own.indicator = scheme->indicators->pdata[i];
        struct figure figure = marks_measure(talk, "indicator", &own);
        const char *title = pool_strdup(talk->pool, scheme_say(own.indicator->title, talk->lang));

        sum = ratio_add(sum, figure.value);
        max = ratio_add(max, own.indicator->weight);
        if (figure.whole.num)
            g_string_append_printf(rows, "\n　%s",
                                   words(talk, "marks.item", "title", title, "points",
                                         ratio_text(talk->pool, figure.value, scheme->decimals), "max",
                                         points(talk, own.indicator->weight), "why",
                                         words(talk, "marks.why", "reasons", figure.reasons, NULL), NULL));
        else
            g_string_append_printf(rows, "\n　%s",
                                   words(talk, "marks.no_actual", "title", title, "max",
                                         points(talk, own.indicator->weight), NULL));
    }
    const char *title = pool_strdup(talk->pool, scheme_say(scheme->enterprise_title, talk->lang));

    g_string_append_printf(into, "\n%s%s",
                           words(talk, "marks.beside", "title", title, "points",
                                 ratio_text(talk->pool, sum, scheme->decimals), "max", points(talk, max),
                                 NULL),
                           rows->str);
}

/* "absences" of "attendance.absences". */
static const char *short_name(const struct scheme_limit *limit)
{
    return strchr(limit->measure, '.') + 1;
}

/* 不达标, or what would make it so. */
static void put_limits(struct talk *talk, const struct measuring *m, const struct marks *marks, GString *into)
{
    for (guint i = 0; i < m->scheme->limits->len; i++) {
        const struct limit_marks *one = &marks->limits[i];
        const char *name = short_name(one->limit), *key = NULL;

        if (one->count > one->limit->most)
            key = pool_printf(talk->pool, "marks.over_%s", name);
        else if (one->count == one->limit->most && !m->ended)
            key = pool_printf(talk->pool, "marks.next_%s", name);
        if (key)
            g_string_append_printf(
                into, "\n%s",
                words(talk, key, "n", num(talk, one->count), "most", num(talk, one->limit->most), NULL));
    }
    if (marks->substandard && marks->excepted)
        g_string_append_printf(into, "\n%s", words(talk, "marks.excepted", NULL));
    else if (marks->substandard && m->scheme->veto)
        g_string_append_printf(into, "\n%s", words(talk, "marks.veto", NULL));
}

/* What it all comes to. */
static void put_total(struct talk *talk, const struct measuring *m, const struct marks *marks, GString *into)
{
    const struct scheme *scheme = m->scheme;
    struct ratio max = scheme_max(scheme);
    const char *total = ratio_text(talk->pool, marks->total, scheme->decimals),
               *best = ratio_text(talk->pool, marks->best, scheme->decimals),
               *pass = points(talk, scheme->pass);

    if (max.num && m->ended)
        g_string_append_printf(into, "\n%s",
                               words(talk, "marks.total", "total", total, "max", points(talk, max), NULL));
    else if (max.num)
        g_string_append_printf(into, "\n%s",
                               words(talk, scheme->has_pass ? "marks.so_far" : "marks.so_far_open", "total",
                                     total, "max", points(talk, max), "best", best, "pass", pass, NULL));
    if (m->ended && marks->to_mark)
        g_string_append_printf(into, "\n%s",
                               words(talk, "marks.blocked", "n", num(talk, marks->to_mark), NULL));
    else if (marks->complete)
        g_string_append_printf(
            into, "\n%s",
            words(talk, marks->passed ? "marks.result_passed" : "marks.result_failed", "pass",
                  scheme->has_pass ? words(talk, "marks.pass_is", "pass", pass, NULL) : "", NULL));
    else if (marks->failed && scheme->has_pass && ratio_cmp(marks->best, scheme->pass) < 0)
        g_string_append_printf(into, "\n%s", words(talk, "marks.out_of_reach", "pass", pass, NULL));
}

const char *marks_text(struct talk *talk, const struct measuring *m, const struct marks *marks)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < m->scheme->blocks->len; i++)
        put_block(talk, marks, m->scheme->blocks->pdata[i], text);
    put_enterprise(talk, m, text);
    put_total(talk, m, marks, text);
    put_limits(talk, m, marks, text);
    return pool_take(talk->pool, g_string_free(text, FALSE));
}

/* When it is settled, while it is not. */
static const char *when_settled(struct talk *talk, const struct measuring *m)
{
    int64_t due = m->ended ? marks_settle(talk, m->class, m->scheme) : 0;

    return due ? words(talk, "marks.settles", "when", show_moment(talk, m->class, due), NULL) : "";
}

/* One member's marks. */
static void show_member(struct talk *talk, const struct member *member)
{
    const struct class *class = class_by_id(talk, member->class_id);
    const struct scheme *scheme = class ? scheme_of(talk, class) : NULL;
    struct marks marks;
    const char *text;

    if (!scheme) {
        say(talk, "marks.no_scheme", NULL);
        return;
    }
    if (settled(talk, member->id, &text)) {
        say(talk, "marks.shown", "name", member->name, "class", class->title, "text", text, "until",
            words(talk, "marks.is_settled", NULL), NULL);
        return;
    }
    struct measuring m = measuring_of(talk, class, member, scheme);

    marks_of(talk, &m, &marks);
    say(talk, "marks.shown", "name", member->name, "class", class->title, "text",
        marks_text(talk, &m, &marks), "until", when_settled(talk, &m), NULL);
}

/* --- the class
 * ---------------------------------------------------------------------------------------------------- */

struct standing {
    const struct member *member;
    struct marks marks;
    int64_t risk; /* greater is worse */
};

/* How near to failing: lost, over or at a limit, then how little room is left above the pass mark. */
static int64_t risk_of(const struct marks *marks)
{
    struct ratio room = ratio_sub(marks->best, marks->scheme->pass);
    int64_t risk = -(int64_t)(room.num * 10 / room.den);

    if (marks->failed)
        risk += 1000000;
    for (guint i = 0; i < marks->scheme->limits->len; i++) {
        int64_t left = marks->limits[i].limit->most - marks->limits[i].count;

        risk += left < 0 ? 100000 : left == 0 ? 10000 : left == 1 ? 100 : 0;
    }
    return risk;
}

static int by_risk(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    if (x->risk != y->risk)
        return x->risk < y->risk ? 1 : -1;
    return ratio_cmp(x->marks.total, y->marks.total);
}

/* "✗ 张三 51（最多 71）缺勤4 请假1 待评2". */
static const char *standing_line(struct talk *talk, const struct standing *one)
{
    const struct marks *marks = &one->marks;
    GString *more = g_string_new(NULL);
    bool near = false;

    for (guint i = 0; i < marks->scheme->limits->len; i++) {
        const struct limit_marks *limit = &marks->limits[i];

        near = near || limit->count >= limit->limit->most;
        if (limit->count)
            g_string_append(more,
                            words(talk, pool_printf(talk->pool, "marks.has_%s", short_name(limit->limit)),
                                  "n", num(talk, limit->count), NULL));
    }
    if (marks->to_mark)
        g_string_append(more, words(talk, "marks.has_to_mark", "n", num(talk, marks->to_mark), NULL));
    const char *key = marks->failed ? "marks.line_failed" : near ? "marks.line_near" : "marks.line_fine";

    return words(talk, key, "name", one->member->name, "total",
                 ratio_text(talk->pool, marks->total, marks->scheme->decimals), "best",
                 ratio_text(talk->pool, marks->best, marks->scheme->decimals), "more",
                 pool_take(talk->pool, g_string_free(more, FALSE)), NULL);
}

static void show_class(struct talk *talk)
{
    const struct scheme *scheme = scheme_of(talk, talk->class);
    size_t count;
    const struct member *members = members_of(talk, talk->class->id, ROLE_TRAINEE, &count);
    struct standing *list = pool_alloc(talk->pool, (count + 1) * sizeof *list);
    GString *text = g_string_new(NULL);

    if (!scheme) {
        g_string_free(text, TRUE);
        say(talk, "marks.no_scheme", NULL);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct measuring m = measuring_of(talk, talk->class, &members[i], scheme);

        list[i].member = &members[i];
        marks_of(talk, &m, &list[i].marks);
        list[i].risk = risk_of(&list[i].marks);
    }
    qsort(list, count, sizeof *list, by_risk);
    for (size_t i = 0; i < count && i < LIST_MAX; i++)
        g_string_append_printf(text, "\n%s", standing_line(talk, &list[i]));
    const char *lines = pool_take(talk->pool, g_string_free(text, FALSE));

    say(talk, "marks.class", "class", talk->class->title, "n", num(talk, (int64_t)count), "lines", lines,
        NULL);
    for (size_t i = 0; i < count && i < RISK_BUTTONS; i++)
        (i % 3 ? button_named_beside : button_named)(talk, list[i].member->name, "marks:of:%" G_GINT64_FORMAT,
                                                     list[i].member->id);
    if (talk->member->role & ROLE_MENTOR)
        button(talk, "weekly.begin", "do:weekly");
}

void marks_press_of(struct talk *talk, const char *args)
{
    const struct member *member = member_by_id(talk, g_ascii_strtoll(args, NULL, 10));
    const struct member *as =
        member ? speaks_as(talk, ROLE_TEACHERS | ROLE_MENTOR | ROLE_BUREAU, member->class_id) : NULL;

    if (!as || member->role != ROLE_TRAINEE) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, as);
    show_member(talk, member);
}

void marks_command(struct talk *talk)
{
    const char *rest = talk->args.text.text ? talk->args.text.text : "";
    struct who who;

    if (talk->member->role == ROLE_TRAINEE) {
        if (*rest && !g_str_has_prefix(rest, talk->member->name) &&
            who_read(talk, ROLE_TRAINEE, talk->args.rest, &who))
            say(talk, "marks.only_own", NULL);
        else
            show_member(talk, talk->member);
        return;
    }
    if (!*talk->args.rest) {
        show_class(talk);
        return;
    }
    if (!who_read(talk, ROLE_TRAINEE, talk->args.rest, &who)) {
        say(talk, "who.unknown", "name", talk->args.rest, NULL);
    } else if (who.count == 1) {
        show_member(talk, &who.list[0]);
    } else {
        say(talk, "who.several", "name", who.list[0].name, NULL);
        for (size_t i = 0; i < who.count; i++)
            button_named(talk,
                         pool_printf(talk->pool, "%s %s", who.list[i].number ? who.list[i].number : "",
                                     who.list[i].name),
                         "marks:of:%" G_GINT64_FORMAT, who.list[i].id);
    }
}
