/* How long something takes or is put off: 30分钟, 半小时, 一个半小时, 1.5小时, 一刻钟, half an hour, 20 min.
 */
#include "bot/school/when_private.h"

#include <string.h>

enum { MINUTES_MOST = 12 * 60 };

/* A word for so many minutes with nothing before it. */
static int whole_words(struct reading *r)
{
    static const struct word words[] = {
        { "半个小时", 30 },  { "半小时", 30 },  { "半个钟头", 30 },
        { "半个钟", 30 },    { "一刻钟", 15 },  { "half an hour", 30 },
        { "half hour", 30 }, { "an hour", 60 }, { "a quarter", 15 },
    };
    int minutes;

    return when_take_one(r, words, G_N_ELEMENTS(words), &minutes) ? minutes : 0;
}

/* 小时 or 分钟 behind a number, as minutes a piece; 0 neither. */
static int unit(struct reading *r)
{
    static const struct word units[] = { { "小时", 60 },   { "钟头", 60 },  { "分钟", 1 }, { "刻钟", 15 },
                                         { "minutes", 1 }, { "minute", 1 }, { "mins", 1 }, { "min", 1 },
                                         { "hours", 60 },  { "hour", 60 },  { "h", 60 } };
    int minutes = 0;

    when_blanks(r);
    when_take_one(r, units, G_N_ELEMENTS(units), &minutes);
    return minutes;
}

/* A number with 半 or a decimal, and its unit; 0 when none stands here. */
static int counted(struct reading *r)
{
    int whole = when_number(r), tenths = 0;

    if (whole < 0)
        return 0;
    if (*r->at == '.' && g_ascii_isdigit(r->at[1]) && !g_ascii_isdigit(r->at[2])) {
        tenths = r->at[1] - '0';
        r->at += 2;
    }
    bool piece = when_take(r, "个"), half = when_take(r, "半");
    int each = piece || half || tenths ? 0 : unit(r);

    if (!each)
        each = unit(r);
    if (piece && !half && !each)
        return 0;
    return whole * each + tenths * each / 10 + (half ? each / 2 : 0);
}

int when_length(const char *text, size_t *ret_from, size_t *ret_to)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        struct reading r = { .text = text, .at = p };

        if (p > text && g_ascii_isalnum(*p) && g_ascii_isalnum(p[-1]))
            continue;
        int minutes = whole_words(&r);

        if (!minutes)
            minutes = counted(&r);
        if (minutes < 1 || minutes > MINUTES_MOST)
            continue;
        *ret_from = (size_t)(p - text);
        *ret_to = (size_t)(r.at - text);
        return minutes;
    }
    return 0;
}
