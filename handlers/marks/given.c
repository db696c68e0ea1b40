/* What people gave: kept whole, each row with who and when; the last one of an item and week counts. */
#include <string.h>

#include "bot/school/days.h"
#include "handlers/marks/marks_private.h"

const char *const marks_schema[] = {
    "CREATE TABLE mark ("
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  item TEXT NOT NULL,"    /* of the class's scheme */
    "  week INTEGER NOT NULL," /* 0: once for the whole class */
    "  num INTEGER NOT NULL, den INTEGER NOT NULL,"
    "  by INTEGER NOT NULL REFERENCES person(id),"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX mark_member ON mark(member, item, week);"
    "CREATE TABLE indicator ("
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  indicator TEXT NOT NULL,"
    "  period TEXT NOT NULL," /* 2026-03 or 2026-Q1 */
    "  num INTEGER NOT NULL, den INTEGER NOT NULL,"
    "  target_num INTEGER NOT NULL, target_den INTEGER NOT NULL,"
    "  by INTEGER NOT NULL REFERENCES person(id),"
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX indicator_member ON indicator(member, indicator, period);"
    "CREATE TABLE weekly_draft ("
    "  person INTEGER NOT NULL REFERENCES person(id), member INTEGER NOT NULL REFERENCES member(id),"
    "  item TEXT NOT NULL, week INTEGER NOT NULL, num INTEGER NOT NULL, den INTEGER NOT NULL,"
    "  PRIMARY KEY (person, member, item, week)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE result ("
    "  member INTEGER PRIMARY KEY REFERENCES member(id),"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  version INTEGER NOT NULL,"                   /* of class_scheme */
    "  num INTEGER NOT NULL, den INTEGER NOT NULL," /* the total as shown */
    "  passed INTEGER NOT NULL, substandard INTEGER NOT NULL,"
    "  text TEXT NOT NULL," /* as it was told */
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE limit_told (" /* who was warned of which limit */
    "  member INTEGER NOT NULL REFERENCES member(id), measure TEXT NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (member, measure)"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

const char *points(struct talk *talk, struct ratio value)
{
    return ratio_text(talk->pool, value, 2);
}

struct given_mark given_mark(struct talk *talk, int64_t member, const char *item, int week)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT k.num, k.den, p.name FROM mark k JOIN person p ON p.id = k.by"
                    " WHERE k.member = ? AND k.item = ? AND k.week = ? ORDER BY k.id DESC LIMIT 1",
                    "isi", member, item, (int64_t)week);

    if (!query_next(q))
        return (struct given_mark){ .points = { 0, 1 } };
    return (struct given_mark){ true, ratio_of(query_int(q, 0), query_int(q, 1)),
                                pool_strdup(talk->pool, query_text(q, 2)) };
}

void give_mark(struct talk *talk, int64_t member, const struct scheme_item *item, int week,
               struct ratio value)
{
    store_run(talk->store,
              "INSERT INTO mark (member, item, week, num, den, by, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
              "isiiiii", member, item->id, (int64_t)(item->each == EACH_WEEK ? week : 0), value.num,
              value.den, talk->person, talk->now);
}

const char *given_period(struct talk *talk, const struct class *class, enum item_each each, int64_t at)
{
    const char *day = day_of(talk, class, at);
    int month = (int)g_ascii_strtoll(day + 5, NULL, 10);

    if (each == EACH_QUARTER)
        return pool_printf(talk->pool, "%.4s-Q%d", day, (month + 2) / 3);
    return pool_printf(talk->pool, "%.7s", day);
}

void give_indicator(struct talk *talk, int64_t member, const char *indicator, const char *period,
                    struct ratio actual, struct ratio target)
{
    store_run(talk->store,
              "INSERT INTO indicator (member, indicator, period, num, den, target_num, target_den, by, at)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "issiiiiii", member, indicator, period, actual.num, actual.den, target.num, target.den,
              talk->person, talk->now);
}

bool given_target(struct talk *talk, int64_t member, const char *indicator, struct ratio *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT target_num, target_den FROM indicator WHERE member = ?"
                                     " AND indicator = ? ORDER BY id DESC LIMIT 1",
                                     "is", member, indicator);

    if (!query_next(q))
        return false;
    *ret = ratio_of(query_int(q, 0), query_int(q, 1));
    return true;
}

/* Rolls the marks up, one after the other. */
static void roll_up(struct figure *into, enum rollup rollup, struct ratio value)
{
    bool first = into->whole.num == 0;
    struct ratio count = into->whole;

    into->whole = ratio_add(into->whole, ratio_of(1, 1));
    switch (rollup) {
    case ROLLUP_MEAN:
        into->value = ratio_div(ratio_add(ratio_mul(into->value, count), value), into->whole);
        break;
    case ROLLUP_LAST:
        into->value = value;
        break;
    case ROLLUP_MIN:
        if (first || ratio_cmp(value, into->value) < 0)
            into->value = value;
        break;
    }
}

/* One mark among the reasons: "第2周16（周导师）", or who judged it. */
static const char *mark_reason(struct talk *talk, const struct scheme_item *item, int64_t week,
                               struct ratio value, const char *by)
{
    const char *shown = points(talk, value);

    if (item->kind == ITEM_PASSED)
        return pool_strdup(talk->pool, by);
    return words(talk, item->each == EACH_WEEK ? "marks.by_week" : "marks.by_once", "week", num(talk, week),
                 "points", shown, "by", by, NULL);
}

/* Weeks, from this one on, that have no mark yet. */
static int64_t weeks_open(struct talk *talk, const struct measuring *m)
{
    int last = marks_last_week(talk, m->class), open = 0;

    if (m->ended)
        return 0;
    for (int week = marks_week(talk, m->class, m->at); week <= last; week++)
        open += !given_mark(talk, m->member->id, m->item->id, week).there;
    return open;
}

static void measure_marks(struct talk *talk, const struct measuring *m, struct figure *into)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT k.week, k.num, k.den, p.name FROM mark k JOIN person p ON p.id = k.by"
                    " WHERE k.member = ?1 AND k.item = ?2 AND k.id = (SELECT max(l.id) FROM mark l"
                    " WHERE l.member = ?1 AND l.item = ?2 AND l.week = k.week) ORDER BY k.week",
                    "is", m->member->id, m->item->id);

    while (query_next(q)) {
        struct ratio most = m->item->kind == ITEM_PASSED ? ratio_of(1, 1) : m->item->max;
        struct ratio value = ratio_clamp(ratio_of(query_int(q, 1), query_int(q, 2)), ratio_of(0, 1), most);

        if ((m->item->each == EACH_WEEK) != (query_int(q, 0) > 0))
            continue;
        roll_up(into, m->item->rollup, value);
        figure_because(talk, into, mark_reason(talk, m->item, query_int(q, 0), value, query_text(q, 3)));
    }
    if (m->item->each == EACH_WEEK)
        into->open = ratio_of(weeks_open(talk, m), 1);
}

static void measure_indicator(struct talk *talk, const struct measuring *m, struct figure *into)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT i.period, i.num, i.den, i.target_num, i.target_den FROM indicator i"
                    " WHERE i.member = ?1 AND i.indicator = ?2 AND i.id = (SELECT max(j.id) FROM indicator j"
                    " WHERE j.member = ?1 AND j.indicator = ?2 AND j.period = i.period) ORDER BY i.period",
                    "is", m->member->id, m->indicator->id);

    while (query_next(q)) {
        struct ratio actual = ratio_of(query_int(q, 1), query_int(q, 2)),
                     target = ratio_of(query_int(q, 3), query_int(q, 4));

        roll_up(into, m->scheme->enterprise_rollup, indicator_score(m->indicator, actual, target));
        figure_because(talk, into,
                       words(talk, "marks.by_period", "period", query_text(q, 0), "actual",
                             points(talk, actual), "target", points(talk, target), NULL));
    }
}

bool given_measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    if (strcmp(name, "mark") == 0 && m->item)
        measure_marks(talk, m, into);
    else if (strcmp(name, "indicator") == 0 && m->indicator)
        measure_indicator(talk, m, into);
    else
        return false;
    return true;
}
