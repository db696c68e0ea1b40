#include "bot/school/marks.h"

#include <string.h>

#include "bot/school/days.h"
#include "bot/school/school.h"
#include "bot/school/workdays.h"

static const struct ratio zero = { 0, 1 };

/* --- figures
 * ------------------------------------------------------------------------------------------------------ */

static const struct figure no_figure = { { 0, 1 }, { 0, 1 }, { 0, 1 }, "" };

void figure_because(struct talk *talk, struct figure *figure, const char *reason)
{
    if (!*reason)
        return;
    figure->reasons = pool_printf(talk->pool, "%s%s%s", figure->reasons,
                                  *figure->reasons ? words(talk, "marks.between", NULL) : "", reason);
}

struct figure marks_measure(struct talk *talk, const char *name, const struct measuring *m)
{
    struct figure figure = no_figure;

    for (size_t h = 0; talk->school->handlers[h]; h++)
        if (talk->school->handlers[h]->measure && talk->school->handlers[h]->measure(talk, name, m, &figure))
            break;
    return figure;
}

/* The figures of an item in one: their sums. */
static struct figure sum_measures(struct talk *talk, const GPtrArray *names, const struct measuring *m)
{
    struct figure sum = no_figure;

    for (guint i = 0; i < names->len; i++) {
        struct figure one = marks_measure(talk, names->pdata[i], m);

        sum.value = ratio_add(sum.value, one.value);
        sum.whole = ratio_add(sum.whole, one.whole);
        sum.open = ratio_add(sum.open, one.open);
        figure_because(talk, &sum, one.reasons);
    }
    return sum;
}

/* --- items
 * -------------------------------------------------------------------------------------------------------- */

static void count_deduct(const struct figure *f, struct item_marks *ret)
{
    ret->points = ret->best = ratio_clamp(ratio_sub(ret->item->max, f->value), zero, ret->item->max);
    if (f->whole.num == 0)
        ret->state = STATE_NOT_YET;
}

static void count_share(const struct figure *f, const struct measuring *m, struct item_marks *ret)
{
    const struct scheme_item *item = ret->item;
    struct ratio all = ratio_add(f->whole, f->open);

    ret->best = item->max;
    if (all.num > 0)
        ret->best = ratio_mul(
            item->max, ratio_clamp(ratio_div(ratio_add(f->value, f->open), all), zero, ratio_of(1, 1)));
    if (f->whole.num > 0)
        ret->points = ratio_mul(item->max, ratio_clamp(ratio_div(f->value, f->whole), zero, ratio_of(1, 1)));
    else if (m->ended)
        ret->points = ret->best = item->nothing_full ? item->max : zero;
    else
        ret->state = STATE_NOT_YET;
}

/* The best a marked item can still come to when all weeks left bring its maximum. */
static struct ratio best_mark(const struct scheme_item *item, const struct figure *f)
{
    struct ratio all = ratio_add(f->whole, f->open);

    if (f->whole.num == 0 || (f->open.num > 0 && item->rollup == ROLLUP_LAST))
        return item->max;
    if (f->open.num == 0 || item->rollup != ROLLUP_MEAN)
        return f->value;
    return ratio_div(ratio_add(ratio_mul(f->value, f->whole), ratio_mul(item->max, f->open)), all);
}

static void count_mark(const struct figure *f, const struct measuring *m, struct item_marks *ret)
{
    const struct scheme_item *item = ret->item;

    ret->best = item->kind == ITEM_PASSED ? zero : best_mark(item, f);
    ret->passed = f->whole.num > 0 && f->value.num > 0;
    if (f->whole.num > 0)
        ret->points = item->kind == ITEM_PASSED ? zero : f->value;
    else if (m->ended || (m->marks_due && item->each == EACH_WEEK))
        ret->state = STATE_TO_MARK;
    else
        ret->state = STATE_NOT_YET;
}

static void count_item(struct talk *talk, const struct measuring *m, struct item_marks *ret)
{
    struct measuring own = *m;
    struct figure figure;

    own.item = ret->item;
    ret->points = ret->best = zero;
    ret->state = STATE_COUNTED;
    if (ret->item->kind == ITEM_MARK || ret->item->kind == ITEM_PASSED)
        figure = marks_measure(talk, "mark", &own);
    else
        figure = sum_measures(talk, ret->item->measures, &own);
    ret->reasons = figure.reasons;
    switch (ret->item->kind) {
    case ITEM_DEDUCT:
        count_deduct(&figure, ret);
        break;
    case ITEM_SHARE:
        count_share(&figure, m, ret);
        break;
    case ITEM_MARK:
    case ITEM_PASSED:
        count_mark(&figure, m, ret);
        break;
    }
    if (ret->state != STATE_COUNTED)
        ret->points = zero;
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------- */

static void count_limits(struct talk *talk, const struct measuring *m, struct marks *ret)
{
    const GPtrArray *limits = m->scheme->limits;

    ret->limits = pool_alloc(talk->pool, (limits->len + 1) * sizeof *ret->limits);
    for (guint i = 0; i < limits->len; i++) {
        const struct scheme_limit *limit = limits->pdata[i];
        struct figure figure = marks_measure(talk, limit->measure, m);

        ret->limits[i] = (struct limit_marks){ limit, figure.value.num / figure.value.den, figure.reasons };
        ret->substandard = ret->substandard || ret->limits[i].count > limit->most;
    }
    if (ret->substandard)
        ret->excepted = marks_measure(talk, "attendance.exception", m).value.num > 0;
}

void marks_of(struct talk *talk, const struct measuring *m, struct marks *ret)
{
    const struct scheme *scheme = m->scheme;
    struct ratio total = zero, best = zero;
    bool waiting = false, short_of = false;

    *ret = (struct marks){ .scheme = scheme };
    ret->items = pool_alloc(talk->pool, (scheme->items->len + 1) * sizeof *ret->items);
    for (guint i = 0; i < scheme->items->len; i++) {
        struct item_marks *one = &ret->items[i];

        one->item = scheme->items->pdata[i];
        count_item(talk, m, one);
        total = ratio_add(total, one->points);
        best = ratio_add(best, one->best);
        ret->to_mark += one->state == STATE_TO_MARK;
        waiting = waiting || one->state != STATE_COUNTED;
        short_of =
            short_of || (one->item->kind == ITEM_PASSED && one->state == STATE_COUNTED && !one->passed);
    }
    count_limits(talk, m, ret);
    ret->total = ratio_rounded(total, scheme->decimals);
    ret->best = ratio_rounded(best, scheme->decimals);
    ret->complete = m->ended && !waiting;
    bool vetoed = scheme->veto && ret->substandard && !ret->excepted;

    ret->failed = vetoed || short_of || (scheme->has_pass && ratio_cmp(ret->best, scheme->pass) < 0);
    ret->passed = ret->complete && !vetoed && !short_of &&
                  !(scheme->has_pass && ratio_cmp(ret->total, scheme->pass) < 0);
}

/* --- time
 * ---------------------------------------------------------------------------------------------------------
 */

int64_t marks_last_end(struct talk *talk, const struct class *class)
{
    return store_int(talk->store, 0,
                     "SELECT max(s.ends) FROM sitting s JOIN session n ON n.id = s.session"
                     " WHERE s.class = ? AND n.state = 'on' AND s.ends > s.starts",
                     "i", class->id);
}

int64_t marks_settle(struct talk *talk, const struct class *class, const struct scheme *scheme)
{
    int64_t end = marks_last_end(talk, class);
    char from[DAY_SIZE], to[DAY_SIZE];

    if (!end)
        return 0;
    int minutes = days_of(class->zone, end, from);

    workdays_after(talk->school->share_dir, from, scheme->settle_after, to);
    return days_moment(class->zone, to, minutes);
}

int marks_week(struct talk *talk, const struct class *class, int64_t at)
{
    int from_monday = weekday_of(class->starts) - 1;
    int days = days_between(class->starts, day_of(talk, class, at)) + from_monday;

    return days < 0 ? 1 : days / 7 + 1;
}

int marks_last_week(struct talk *talk, const struct class *class)
{
    int64_t end = marks_last_end(talk, class);

    return end ? marks_week(talk, class, end) : 0;
}

struct measuring measuring_of(struct talk *talk, const struct class *class, const struct member *member,
                              const struct scheme *scheme)
{
    int64_t end = marks_last_end(talk, class);
    int64_t first = store_int(talk->store, 0,
                              "SELECT min(s.starts) FROM sitting s JOIN session n ON n.id = s.session"
                              " WHERE s.class = ? AND n.state = 'on' AND s.ends > s.starts AND s.ends > ?",
                              "ii", class->id, member->since);

    return (struct measuring){ .class = class,
                               .member = member,
                               .scheme = scheme,
                               .at = talk->now,
                               .ended = end && talk->now >= end,
                               .marks_due = first && marks_week(talk, class, talk->now) >
                                                         marks_week(talk, class, first) };
}

const struct scheme *scheme_of(struct talk *talk, const struct class *class)
{
    GHashTable *schemes = talk->school->schemes;
    struct scheme *scheme = g_hash_table_lookup(schemes, &class->id);

    if (scheme)
        return scheme;
    scheme = scheme_kept(talk->store, class->id);
    if (scheme) {
        int64_t *key = g_new(int64_t, 1);

        *key = class->id;
        g_hash_table_insert(schemes, key, scheme);
    }
    return scheme;
}

const struct ladder *ladder_in(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    const struct scheme *scheme = class ? scheme_of(talk, class) : NULL;

    return scheme ? &scheme->ladder : &ladder_default;
}

const char *lateness_cost(struct talk *talk, const struct class *class, const struct lateness *late)
{
    const struct scheme *scheme = scheme_of(talk, class);

    if (!scheme || scheme_takes_points(scheme))
        return words(talk, late->absent ? "cost.absent" : "cost.points", "points", num(talk, late->points),
                     NULL);
    if (late->absent)
        return words(talk, "cost.gone", NULL);
    if (strcmp(class->kind, "practical") != 0)
        return words(talk, "cost.none", NULL);
    struct ratio share = ratio_mul(scheme->late_shift, ratio_of(late->steps, 1));

    return words(talk, "cost.shift", "share", ratio_text(talk->pool, share, 1), NULL);
}
