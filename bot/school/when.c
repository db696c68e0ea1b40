#include "bot/school/when_private.h"

#include <string.h>

/* 到 and its like between two points. */
static bool range_word(struct reading *r)
{
    static const struct word words[] = { { "到", 0 },      { "至", 0 }, { "-", 0 },     { "~", 0 },
                                         { "–", 0 },       { "—", 0 },  { "until", 0 }, { "till", 0 },
                                         { "through", 0 }, { "to", 0 } };
    const char *start = r->at;
    int ignored;

    when_blanks(r);
    when_take(r, "起");
    if (when_take_one(r, words, G_N_ELEMENTS(words), &ignored)) {
        when_blanks(r);
        return true;
    }
    r->at = start;
    return false;
}

/* 明天起三天, 3月4日开始2天: how many days; 0 when it is not said. */
static int days_long(struct reading *r)
{
    const char *start = r->at;
    bool from = when_take(r, "起") || when_take(r, "开始");
    const char *behind = r->at;

    when_take(r, "请");
    when_blanks(r);
    int count = when_number(r);

    if (count > 0 && when_take(r, "天"))
        return count;
    r->at = from ? behind : start;
    return 0;
}

/* One stretch from its first point on; false when its end is before its beginning. */
static bool read_span(struct reading *r, const struct point *from, struct when_span *ret)
{
    struct point to = *from;
    const char *day = *from->day ? from->day : r->today;
    int length = from->clock ? 0 : days_long(r);
    bool ranged = false;

    *ret = (struct when_span){ .clock = from->clock, .dated = *from->day != 0 };
    g_strlcpy(ret->first, day, DAY_SIZE);
    g_strlcpy(ret->last, day, DAY_SIZE);
    if (length > 0) {
        days_add(day, length - 1, ret->last);
        to.from = -1;
    } else {
        const char *behind = r->at;

        g_strlcpy(r->base, day,
                  DAY_SIZE); /* 周五到周一: the Monday after; 12月31日到1月2日: of the next year */
        if (!range_word(r) || !when_point(r, false, &to)) {
            r->at = behind;
            to = *from;
        } else {
            ranged = true;
            g_strlcpy(ret->last, *to.day ? to.day : day, DAY_SIZE);
        }
        g_strlcpy(r->base, r->today, DAY_SIZE);
    }
    if (ranged && to.clock && from->clock && !*to.day && to.to <= from->from && from->from < to.to + NOON)
        to.to += NOON; /* 下午2点到4点 */
    bool point = from->clock && !ranged;

    ret->starts = days_moment(r->zone, ret->first, from->from < 0 ? 0 : from->from);
    ret->ends = days_moment(r->zone, ret->last, to.from < 0 ? MIDNIGHT : to.to);
    ret->clock = from->clock || to.clock;
    ret->point = point;
    return point || ret->starts < ret->ends;
}

/* 、 or 和 between two stretches; a mere comma is a weak one. */
static bool and_word(struct reading *r, int *ret_weak)
{
    static const struct word words[] = { { "、", 0 },   { "和", 0 }, { "及", 0 },
                                         { "还有", 0 }, { ",", 0 },  { "and", 0 } };
    when_blanks(r);
    bool found = when_take_one(r, words, G_N_ELEMENTS(words), ret_weak);

    when_blanks(r);
    return found;
}

/* All that is said from here on, from the first stretch. */
static void read_all(struct reading *r, const struct point *first, struct when *ret)
{
    struct point point = *first;

    ret->count = 0;
    for (;;) {
        if (!read_span(r, &point, &ret->spans[ret->count++]))
            r->impossible = true;
        const char *behind = r->at;
        int weak = 0;
        bool more = ret->count < WHEN_SPANS && and_word(r, &weak) && when_point(r, true, &point);

        if (more && !*point.day && !point.clock && !weak) /* 明天上午和下午 */
            g_strlcpy(point.day, ret->spans[ret->count - 1].last, DAY_SIZE);
        if (!more || !*point.day) {
            r->at = behind;
            return;
        }
    }
}

enum when_reading when_read(GTimeZone *zone, int64_t now, const char *text, struct when *ret)
{
    struct reading r = { .zone = zone, .text = text };
    struct point point;

    days_of(zone, now, r.today);
    g_strlcpy(r.base, r.today, DAY_SIZE);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        bool inside = p > text && g_ascii_isalnum(*p) && g_ascii_isalnum(p[-1]);

        r.at = p;
        if (inside)
            continue;
        if (!when_take(&r, "从") && !when_take(&r, "自") && when_take(&r, "from"))
            when_blanks(&r);
        if (!when_point(&r, true, &point))
            continue;
        ret->from = (size_t)(p - text);
        if (r.impossible)
            return WHEN_IMPOSSIBLE;
        read_all(&r, &point, ret);
        ret->to = (size_t)(r.at - text);
        return r.impossible ? WHEN_IMPOSSIBLE : WHEN_READ;
    }
    return WHEN_NONE;
}

enum when_reading when_read_days(GTimeZone *zone, int64_t now, const char *text, struct when *ret)
{
    enum when_reading reading = when_read(zone, now, text, ret);
    struct when more;

    while (reading == WHEN_READ && ret->count < WHEN_SPANS) {
        size_t behind = ret->to + strspn(text + ret->to, " ");

        if (when_read(zone, now, text + behind, &more) != WHEN_READ || more.from > 0 || !more.spans[0].dated)
            break;
        for (size_t i = 0; i < more.count && ret->count < WHEN_SPANS; i++)
            ret->spans[ret->count++] = more.spans[i];
        ret->to = behind + more.to;
    }
    return reading;
}

/* --- using it
 * ------------------------------------------------------------------------------------------------------- */

bool when_covers(const struct when *when, int64_t starts, int64_t ends)
{
    for (size_t i = 0; i < when->count; i++) {
        const struct when_span *span = &when->spans[i];

        if (span->point   ? starts <= span->starts && span->starts < ends
            : span->clock ? starts < span->ends && span->starts < ends
                          : span->starts <= starts && starts < span->ends)
            return true;
    }
    return false;
}

/* Cuts what only leads to the reason. */
static const char *reason_of(struct pool *pool, const char *text)
{
    static const char *const leads[] = { "因为", "由于", "原因是",      "原因",     "理由", "请假",
                                         "的",   "我",   "because of ", "because ", "for ", "on ",
                                         "，",   ",",    "。",          ":",        "：",   " " };
    bool moved = true;

    while (moved) {
        moved = false;
        for (size_t i = 0; i < G_N_ELEMENTS(leads) && !moved; i++)
            if (g_str_has_prefix(text, leads[i])) {
                text += strlen(leads[i]);
                moved = true;
            }
    }
    return g_strchomp(pool_strdup(pool, text));
}

const char *when_rest(struct pool *pool, const struct normal *text, const struct when *when)
{
    static const char *const only_lead[] = { "到", "至", "改到", "改成", "改为", "延到", "to", "until" };
    const char *before = when->from ? reason_of(pool, text_original(pool, text, 0, when->from)) : "";
    const char *after =
        when->to < text->len ? reason_of(pool, text_original(pool, text, when->to, text->len)) : "";

    for (size_t i = 0; i < G_N_ELEMENTS(only_lead); i++)
        before = strcmp(before, only_lead[i]) == 0 ? "" : before;
    return *before && *after ? pool_printf(pool, "%s %s", before, after) : *before ? before : after;
}
