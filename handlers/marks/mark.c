/* 评分: marks for the scheme's manual items, one or many in a message. */
#include <string.h>

#include "handlers/marks/marks_private.h"
#include "bot/school/days.h"
#include "bot/school/sitting.h"

int mark_week(struct talk *talk, const struct class *class)
{
    struct sitting sitting;

    if (!sitting_last(talk, class->id, talk->now, &sitting))
        return 1;
    return MAX(1, marks_week(talk, class, sitting.starts));
}

const char *mark_roles(struct talk *talk, int by)
{
    GString *names = g_string_new(NULL);

    for (int role = 1; role <= ROLE_BUREAU; role <<= 1)
        if (by & role)
            g_string_append_printf(names, "%s%s", names->len ? words(talk, "marks.or", NULL) : "",
                                   role_label(talk, role));
    return pool_take(talk->pool, g_string_free(names, FALSE));
}

bool mark_may(struct talk *talk, const struct class *class, int by)
{
    return speaks_as(talk, by, class->id) != NULL;
}

/* What an item is called, in the talk's language. */
static const char *title_of(struct talk *talk, const struct wanted *w)
{
    return pool_strdup(talk->pool,
                       scheme_say(w->indicator ? w->indicator->title : w->item->title, talk->lang));
}

bool mark_fits(struct talk *talk, const struct scheme_item *item, const struct wanted *w)
{
    const char *title = pool_strdup(talk->pool, scheme_say(item->title, talk->lang));
    struct ratio most = item->kind == ITEM_PASSED ? ratio_of(1, 1) : item->max;
    int64_t scale = item->kind == ITEM_PASSED ? 1 : 10;

    if (!w->negative && w->value.num >= 0 && ratio_cmp(w->value, most) <= 0 && scale % w->value.den == 0)
        return true;
    if (item->kind == ITEM_PASSED)
        say(talk, "mark.pass_or_fail", "item", title, NULL);
    else
        say(talk, "mark.out_of_range", "item", title, "max", points(talk, item->max), NULL);
    return false;
}

/* Whether the speaker may give it and it fits; else says why not. */
static bool admitted(struct talk *talk, const struct scheme *scheme, const struct wanted *w)
{
    int by = w->indicator ? scheme->enterprise_by : w->item->by;
    const char *settled_text;

    if (!mark_may(talk, talk->class, by)) {
        say(talk, "mark.not_yours", "item", title_of(talk, w), "role", mark_roles(talk, by), NULL);
        return false;
    }
    if (w->count == 1 && settled(talk, w->members[0].id, &settled_text)) {
        say(talk, "mark.settled", "name", w->members[0].name, NULL);
        return false;
    }
    if (!w->indicator)
        return mark_fits(talk, w->item, w);
    if (!w->negative)
        return true;
    say(talk, "mark.negative", "item", title_of(talk, w), NULL);
    return false;
}

/* Several people have that name: asks which. */
static void ask_which(struct talk *talk, const struct wanted *w, int week)
{
    say(talk, "who.several", "name", w->members[0].name, NULL);
    for (size_t i = 0; i < w->count; i++)
        button_named(talk,
                     pool_printf(talk->pool, "%s %s", w->members[i].number ? w->members[i].number : "",
                                 w->members[i].name),
                     "marks:give:%" G_GINT64_FORMAT ":%d:%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                     w->members[i].id, week, w->item->id, w->value.num, w->value.den);
}

/* How a mark is shown: "18/20", 通过. */
static const char *shown(struct talk *talk, const struct scheme_item *item, struct ratio value)
{
    if (item->kind == ITEM_PASSED)
        return words(talk, value.num ? "marks.passed_item" : "marks.failed_item", NULL);
    return pool_printf(talk->pool, "%s/%s", points(talk, value), points(talk, item->max));
}

/* Gives one mark and says so. */
static void give_one(struct talk *talk, const struct member *member, const struct scheme_item *item, int week,
                     struct ratio value)
{
    int slot = item->each == EACH_WEEK ? week : 0;
    struct given_mark before = given_mark(talk, member->id, item->id, slot);
    const char *title = pool_strdup(talk->pool, scheme_say(item->title, talk->lang));

    give_mark(talk, member->id, item, week, value);
    say(talk, before.there ? "mark.changed" : "mark.done", "name", member->name, "item", title, "points",
        shown(talk, item, value), "when",
        slot ? words(talk, "mark.in_week", "week", num(talk, week), NULL) : "", "before",
        shown(talk, item, before.points), NULL);
}

static void give_target(struct talk *talk, const struct scheme *scheme, const struct wanted *w)
{
    struct ratio target = w->target;
    const struct member *member = &w->members[0];
    const char *period = given_period(talk, talk->class, scheme->enterprise_each, talk->now);

    if (target.den == 0 && !given_target(talk, member->id, w->indicator->id, &target)) {
        say(talk, "mark.no_target", "item", title_of(talk, w), "name", member->name, NULL);
        return;
    }
    give_indicator(talk, member->id, w->indicator->id, period, w->value, target);
    say(talk, "mark.indicator", "name", member->name, "item", title_of(talk, w), "period", period, "actual",
        points(talk, w->value), "target", points(talk, target), "points",
        ratio_text(talk->pool, indicator_score(w->indicator, w->value, target), 1), "max",
        points(talk, w->indicator->weight), NULL);
}

/* What of a message can be understood but not done. False when something was said about it. */
static bool complete(struct talk *talk, const struct parsed *parsed)
{
    if (parsed->unknown) {
        say(talk, "who.unknown", "name", parsed->unknown, NULL);
        return false;
    }
    if (parsed->count && !parsed->number_left)
        return true;
    say(talk, parsed->who ? "mark.incomplete" : "mark.usage", "name", parsed->who ? parsed->who->name : "",
        NULL);
    button(talk, "weekly.begin", "do:weekly");
    return false;
}

/* The only item the speaker may mark, when there is one only. */
static const struct scheme_item *only_item(struct talk *talk, const struct scheme *scheme)
{
    const struct scheme_item *only = NULL;

    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        if (item->by && mark_may(talk, talk->class, item->by)) {
            if (only)
                return NULL;
            only = item;
        }
    }
    return only;
}

/* Gives the whole class one mark, but for those who are named beside it. */
static size_t give_all(struct talk *talk, const struct wanted *w, int week)
{
    size_t count, given = 0;
    const struct member *members = members_of(talk, talk->class->id, ROLE_TRAINEE, &count);
    const char *text;

    for (size_t i = 0; i < count; i++)
        if (!settled(talk, members[i].id, &text)) {
            give_mark(talk, members[i].id, w->item, week, w->value);
            given++;
        }
    return given;
}

void mark_command(struct talk *talk)
{
    const struct scheme *scheme = scheme_of(talk, talk->class);

    if (!scheme) {
        say(talk, "marks.no_scheme", NULL);
        return;
    }
    struct parsed parsed = parse_marks(talk, talk->class, scheme, talk->args.rest, only_item(talk, scheme));
    int week = parsed.week ? parsed.week : mark_week(talk, talk->class);
    size_t given = 0;

    if (!complete(talk, &parsed))
        return;
    if (week > MAX(mark_week(talk, talk->class), 1)) {
        say(talk, "mark.future", "week", num(talk, week), NULL);
        return;
    }
    for (size_t i = 0; i < parsed.count; i++)
        if (!admitted(talk, scheme, &parsed.list[i]))
            return;
    for (size_t i = 0; i < parsed.count; i++)
        if (parsed.list[i].all && parsed.list[i].item)
            given += give_all(talk, &parsed.list[i], week);
    if (given)
        say(talk, "mark.done_all", "n", num(talk, (int64_t)given), "item", title_of(talk, &parsed.list[0]),
            "week", num(talk, week), NULL);
    for (size_t i = 0; i < parsed.count; i++) {
        const struct wanted *w = &parsed.list[i];

        if (w->count == 1 && w->indicator)
            give_target(talk, scheme, w);
        else if (w->count == 1)
            give_one(talk, &w->members[0], w->item, week, w->value);
        else if (w->count > 1 && w->item)
            ask_which(talk, w, week);
    }
    settle_late(talk, talk->class);
}

void mark_press_give(struct talk *talk, const char *args)
{
    g_auto(GStrv) part = g_strsplit(args, ":", 5);
    const struct member *member =
        g_strv_length(part) == 5 ? member_by_id(talk, g_ascii_strtoll(part[0], NULL, 10)) : NULL;
    const struct member *as = member ? speaks_as(talk, ROLE_STAFF, member->class_id) : NULL;
    const struct scheme *scheme = NULL;
    int64_t den = as ? g_ascii_strtoll(part[4], NULL, 10) : 0;

    if (as) {
        talk_as(talk, as);
        scheme = scheme_of(talk, talk->class);
    }
    for (guint i = 0; scheme && den > 0 && i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];
        struct wanted w = { .item = item, .members = member, .count = 1 };

        if (strcmp(item->id, part[2]) != 0)
            continue;
        int64_t week = g_ascii_strtoll(part[1], NULL, 10);

        w.value = ratio_of(g_ascii_strtoll(part[3], NULL, 10), den);
        if (admitted(talk, scheme, &w)) {
            give_one(talk, member, item, (int)CLAMP(week, 1, mark_week(talk, talk->class)), w.value);
            saying_instead(talk);
            settle_late(talk, talk->class);
        }
        return;
    }
    say(talk, "stale", NULL);
}
