#include "bot/school/when_private.h"

#include <string.h>

/* --- small readers
 * -------------------------------------------------------------------------------------------------- */

void when_blanks(struct reading *r)
{
    while (*r->at == ' ')
        r->at++;
}

/* Steps over `word`; one of letters has to end there. */
bool when_take(struct reading *r, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(r->at, word, len) != 0)
        return false;
    if (g_ascii_isalpha(word[len - 1]) && g_ascii_isalpha(r->at[len]))
        return false;
    r->at += len;
    return true;
}

/* Steps over the first of the words that stands here; false when none does. */
bool when_take_one(struct reading *r, const struct word *words, size_t count, int *ret)
{
    for (size_t i = 0; i < count; i++)
        if (when_take(r, words[i].text)) {
            *ret = words[i].value;
            return true;
        }
    return false;
}

/* A number of digits or Chinese ones, at most 9999; -1 and unmoved when none. */
int when_number(struct reading *r)
{
    const char *p = r->at;
    int value = text_number(&p);

    if (value < 0 || value > 9999)
        return -1;
    r->at = p;
    return value;
}

/* --- times of the day
 * ----------------------------------------------------------------------------------------------- */

static const struct word parts[] = {
    { "上午", 0 }, { "早上", 0 }, { "早晨", 0 },    { "一早", 0 },      { "下午", 1 },      { "午后", 1 },
    { "晚上", 2 }, { "傍晚", 2 }, { "夜里", 2 },    { "一整天", 3 },    { "全天", 3 },      { "整天", 3 },
    { "一天", 3 }, { "中午", 4 }, { "morning", 0 }, { "afternoon", 1 }, { "evening", 2 },   { "all day", 3 },
    { "am", 0 },   { "pm", 1 },   { "a.m.", 0 },    { "p.m.", 1 },      { "whole day", 3 }, { "full day", 3 },
};
static const int part_from[] = { 0, NOON, EVENING, 0, NOON },
                 part_to[] = { NOON, EVENING, MIDNIGHT, MIDNIGHT, NOON + 120 };

/* Minutes behind a full hour of 点: 半, 一刻, 三刻, 20分, 05. */
static int minutes_after(struct reading *r)
{
    static const struct word words[] = {
        { "半", 30 }, { "一刻", 15 }, { "三刻", 45 }, { "整", 0 }, { "钟", 0 }
    };
    int value;

    if (when_take_one(r, words, G_N_ELEMENTS(words), &value))
        return value;
    const char *before = r->at;
    bool zero = when_take(r, "零") || *r->at == '0';

    value = when_number(r);
    if (value < 0)
        return 0;
    if (!when_take(r, "分") && (value > 59 || (value < 10 && !zero))) {
        r->at = before; /* 9点3个人: not minutes */
        return 0;
    }
    return value;
}

/* 8:55, 9点半, 16时20分, 9am; minutes of the day, -1 when there is none. `part` is what stood before (下午).
 */
static int clock_time(struct reading *r, int part)
{
    const char *start = r->at;
    int hour = when_number(r), minute = 0, after = -1;
    static const struct word halves[] = { { "am", 0 }, { "pm", 1 }, { "a.m.", 0 }, { "p.m.", 1 } };

    if (hour < 0)
        return -1;
    if (*r->at == ':' && g_ascii_isdigit(r->at[1]) && g_ascii_isdigit(r->at[2]) &&
        !g_ascii_isdigit(r->at[3])) {
        minute = (r->at[1] - '0') * 10 + r->at[2] - '0';
        r->at += 3;
    } else if (when_take(r, "点") || when_take(r, "时")) {
        minute = minutes_after(r);
    } else {
        when_blanks(r);
        if (!g_str_has_prefix(r->at, "am") && !g_str_has_prefix(r->at, "pm") &&
            !g_str_has_prefix(r->at, "a.m.") && !g_str_has_prefix(r->at, "p.m.")) {
            r->at = start;
            return -1;
        }
    }
    const char *behind = r->at;

    when_blanks(r);
    if (part < 0 && when_take_one(r, halves, G_N_ELEMENTS(halves), &after))
        part = after;
    else
        r->at = behind;
    if ((part == 1 || part == 2) && hour >= 1 && hour < 12)
        hour += 12;
    else if (part == 0 && after == 0 && hour == 12)
        hour = 0;
    if (hour > 24 || minute > 59 || (hour == 24 && minute > 0))
        r->impossible = true;
    return hour * 60 + minute;
}

size_t when_clock(const char *text, int *ret_minutes)
{
    struct reading r = { .text = text, .at = text };
    int part = -1;

    when_take_one(&r, parts, G_N_ELEMENTS(parts), &part);
    when_blanks(&r);
    int minutes = clock_time(&r, part);

    if (minutes < 0 || r.impossible || minutes >= MIDNIGHT)
        return 0;
    *ret_minutes = minutes;
    return (size_t)(r.at - text);
}

/* --- days
 * -----------------------------------------------------------------------------------------------------------
 */

/* Writes a day that exists; else notes that there is none. */
static bool set_day(struct reading *r, int y, int m, int d, struct point *ret)
{
    if (m < 1 || m > 12 || d < 1 || d > 31 || y < 1970 || y > 9000 ||
        !g_date_valid_dmy((GDateDay)d, (GDateMonth)m, (GDateYear)y)) {
        r->impossible = true;
        return true;
    }
    g_snprintf(ret->day, sizeof ret->day, "%04d-%02d-%02d", y, m, d);
    return true;
}

/* A month and day without a year: the nearest. */
static bool set_near(struct reading *r, int m, int d, struct point *ret)
{
    int year = (int)g_ascii_strtoll(r->base, NULL, 10), month = (int)g_ascii_strtoll(r->base + 5, NULL, 10);

    if (m - month > 6)
        year--;
    else if (month - m > 5)
        year++;
    return set_day(r, year, m, d, ret);
}

/* 日 or 号, but not that of 8号楼. */
static bool day_mark(struct reading *r)
{
    static const char *const others[] = { "线", "楼", "院", "门", "店", "教室" };
    const char *start = r->at;

    if (when_take(r, "日"))
        return true;
    if (!when_take(r, "号"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (g_str_has_prefix(r->at, others[i])) {
            r->at = start;
            return false;
        }
    return true;
}

/* 2026-03-04, 2026/3/4, 2026年3月4日, 3/4, 3月4日, 3月4号; 4号 alone is of this month, or of the next when
 * past. */
static bool written_day(struct reading *r, struct point *ret)
{
    const char *start = r->at;
    int a = when_number(r), b = -1, c = -1;
    char mark = *r->at;

    if (a >= 1970 && (mark == '-' || mark == '/' || mark == '.' || g_str_has_prefix(r->at, "年"))) {
        r->at += mark == '-' || mark == '/' || mark == '.' ? 1 : (int)strlen("年");
        b = when_number(r);
        if (b >= 0 && (*r->at == mark || when_take(r, "月"))) {
            r->at += *r->at == mark ? 1 : 0;
            c = when_number(r);
        }
        if (c >= 0) {
            if (!when_take(r, "日"))
                when_take(r, "号");
            return set_day(r, a, b, c, ret);
        }
    } else if (a >= 1 && (when_take(r, "月") || (mark == '/' && r->at++))) {
        b = when_number(r);
        if (b >= 0) {
            if (!when_take(r, "日"))
                when_take(r, "号");
            return set_near(r, a, b, ret);
        }
    } else if (a >= 1 && a <= 31 && day_mark(r)) {
        int y = (int)g_ascii_strtoll(r->base, NULL, 10), m = (int)g_ascii_strtoll(r->base + 5, NULL, 10);

        if (a < g_ascii_strtoll(r->base + 8, NULL, 10) && ++m > 12) {
            m = 1;
            y++;
        }
        return set_day(r, y, m, a, ret);
    }
    r->at = start;
    return false;
}

/* march 4, 4 march, mar 4th. */
static bool english_day(struct reading *r, struct point *ret)
{
    static const struct word months[] = {
        { "january", 1 },   { "february", 2 }, { "march", 3 },     { "april", 4 },    { "june", 6 },
        { "july", 7 },      { "august", 8 },   { "september", 9 }, { "october", 10 }, { "november", 11 },
        { "december", 12 }, { "jan", 1 },      { "feb", 2 },       { "mar", 3 },      { "apr", 4 },
        { "may", 5 },       { "jun", 6 },      { "jul", 7 },       { "aug", 8 },      { "sep", 9 },
        { "oct", 10 },      { "nov", 11 },     { "dec", 12 },
    };
    static const char *const endings[] = { "st", "nd", "rd", "th" };
    const char *start = r->at;
    int month = 0, day = -1;

    if (!g_ascii_isalnum(*start))
        return false;
    if (when_take_one(r, months, G_N_ELEMENTS(months), &month)) {
        when_blanks(r);
        day = g_ascii_isdigit(*r->at) ? when_number(r) : -1;
    } else if (g_ascii_isdigit(*start)) {
        day = when_number(r);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(endings) && day >= 0; i++)
        if (when_take(r, endings[i]))
            break;
    if (day >= 0 && month == 0) {
        when_blanks(r);
        when_take_one(r, months, G_N_ELEMENTS(months), &month);
    }
    if (day >= 0 && month > 0)
        return set_near(r, month, day, ret);
    r->at = start;
    return false;
}

/* 周三 (the next one, today included), 这周五, 下周一, 下下周二, 上周四; friday, next monday. */
static bool weekday(struct reading *r, struct point *ret)
{
    static const struct word weeks[] = { { "下下", 2 },  { "下个", 1 }, { "下", 1 },    { "这个", 0 },
                                         { "这", 0 },    { "本", 0 },   { "上个", -1 }, { "上", -1 },
                                         { "next ", 1 }, { "this ", 0 } };
    static const struct word names[] = { { "周", 0 }, { "星期", 0 }, { "礼拜", 0 } };
    static const struct word days[] = { { "一", 1 }, { "二", 2 }, { "三", 3 }, { "四", 4 }, { "五", 5 },
                                        { "六", 6 }, { "日", 7 }, { "天", 7 }, { "1", 1 },  { "2", 2 },
                                        { "3", 3 },  { "4", 4 },  { "5", 5 },  { "6", 6 },  { "7", 7 } };
    static const struct word english[] = {
        { "monday", 1 },   { "tuesday", 2 }, { "wednesday", 3 }, { "thursday", 4 }, { "friday", 5 },
        { "saturday", 6 }, { "sunday", 7 },  { "mon", 1 },       { "tue", 2 },      { "wed", 3 },
        { "thu", 4 },      { "fri", 5 },     { "sat", 6 },       { "sun", 7 },
    };
    const char *start = r->at;
    int week = 0, day, ignored;
    bool said = when_take_one(r, weeks, G_N_ELEMENTS(weeks), &week);
    bool found = when_take_one(r, names, G_N_ELEMENTS(names), &ignored)
                     ? when_take_one(r, days, G_N_ELEMENTS(days), &day)
                     : when_take_one(r, english, G_N_ELEMENTS(english), &day);
    if (!found) {
        r->at = start;
        return false;
    }
    const char *base = said ? r->today : r->base;
    int ahead = day - days_weekday(base);

    if (said)
        ahead += 7 * week;
    else if (ahead < 0)
        ahead += 7;
    days_add(base, ahead, ret->day);
    return true;
}

/* 今天, tomorrow, and the words that name a part of the day with it (今晚). */
static bool near_day(struct reading *r, struct point *ret)
{
    static const struct word days[] = {
        { "大后天", 3 },
        { "大前天", -3 },
        { "今天", 0 },
        { "今日", 0 },
        { "今儿", 0 },
        { "当天", 0 },
        { "明天", 1 },
        { "明日", 1 },
        { "明儿", 1 },
        { "后天", 2 },
        { "后日", 2 },
        { "昨天", -1 },
        { "昨日", -1 },
        { "前天", -2 },
        { "today", 0 },
        { "the day after tomorrow", 2 },
        { "day after tomorrow", 2 },
        { "tomorrow", 1 },
        { "tmr", 1 },
        { "yesterday", -1 },
    };
    static const struct word both[] = {
        { "今早", 0 },         { "今晚", 2 },           { "明早", 10 },
        { "明晚", 12 },        { "昨晚", -8 },          { "tonight", 2 },
        { "this morning", 0 }, { "this afternoon", 1 }, { "this evening", 2 }
    };
    int value;

    if (when_take_one(r, days, G_N_ELEMENTS(days), &value)) {
        days_add(r->today, value, ret->day);
        return true;
    }
    if (!when_take_one(r, both, G_N_ELEMENTS(both), &value))
        return false;
    int part = value < 0 ? 2 : value % 10;

    days_add(r->today, value < 0 ? -1 : value / 10, ret->day);
    ret->from = part_from[part];
    ret->to = part_to[part];
    return true;
}

/* --- putting them together
 * ------------------------------------------------------------------------------------------------ */

/* What stands here of a day, a part of it and a time. */
bool when_point(struct reading *r, bool first, struct point *ret)
{
    const char *start = r->at;
    int part = -1, minutes;

    *ret = (struct point){ .from = -1 };
    bool day = near_day(r, ret) || weekday(r, ret) || written_day(r, ret) || english_day(r, ret);
    const char *behind = r->at;

    when_take(r, "的");
    when_blanks(r);
    if (ret->from < 0 && (!first || day || r->at == r->text || !g_ascii_isalpha(*r->at)) &&
        when_take_one(r, parts, G_N_ELEMENTS(parts), &part) &&
        (day || part != 3 || !g_str_has_prefix(start, "一天"))) {
        ret->from = part_from[part];
        ret->to = part_to[part];
        behind = r->at;
        when_blanks(r);
    } else if (part >= 0) {
        part = -1;
        r->at = behind;
    } else if (ret->from == EVENING) {
        part = 2;
    }
    bool little = !day && part < 0 && g_str_has_prefix(r->at, "一点") && !g_str_has_prefix(r->at, "一点半") &&
                  !g_str_has_prefix(r->at, "一点钟"); /* 有一点发烧 */

    minutes = little ? -1 : clock_time(r, part);
    if (minutes >= 0) {
        ret->from = ret->to = minutes;
        ret->clock = true;
    } else {
        r->at = behind;
    }
    if (day || ret->from >= 0)
        return true;
    r->at = start;
    return false;
}
