#include "bot/school/cell.h"

#include <glib.h>
#include <string.h>

#include "bot/core/text.h"

/* Blanks of any width, tabs and line breaks. */
static bool blank(gunichar c)
{
    return g_unichar_isspace(c) || c == 0x3000 || c == 0xa0;
}

/* Characters that nobody sees. */
static bool unseen(gunichar c)
{
    return c == 0xfeff || (c >= 0x200b && c <= 0x200f) || c == 0x2060 || (c < 0x20 && !blank(c)) || c == 0x7f;
}

char *cell_trim(const char *text)
{
    GString *out = g_string_new(NULL);
    gsize end = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (unseen(c) || (blank(c) && out->len == 0))
            continue;
        g_string_append_unichar(out, c == '\n' || c == '\r' || c == '\t' ? ' ' : c);
        if (!blank(c))
            end = out->len;
    }
    g_string_truncate(out, end);
    return g_string_free(out, FALSE);
}

char *cell_plain(const char *text)
{
    g_autofree char *wide = g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *lower = g_utf8_strdown(wide ? wide : "", -1);
    GString *out = g_string_new(NULL);
    for (const char *p = lower; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!blank(c) && !unseen(c))
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

/* Moves behind the first of the words that stands here; false when none does. */
static bool skip(const char **at, const char *const *words)
{
    for (; *words; words++)
        if (g_str_has_prefix(*at, *words)) {
            *at += strlen(*words);
            return true;
        }
    return false;
}

/* One or two digits; -1 and unmoved when there are none, or more. */
static int two_digits(const char **at)
{
    size_t n = strspn(*at, "0123456789");
    if (n < 1 || n > 2)
        return -1;
    int value = **at - '0';
    if (n == 2)
        value = value * 10 + ((*at)[1] - '0');
    *at += n;
    return value;
}

/* Reads a time of the day at *at; *bare tells an hour without minutes. -1 when there is none. */
static int time_at(const char **at, bool *bare)
{
    static const char *const afternoon[] = { "下午", "晚上", "pm", NULL };
    static const char *const morning[] = { "上午", "早上", "中午", "am", NULL };
    static const char *const hours[] = { ":", "点", "时", ".", "h", NULL };
    static const char *const half[] = { "半", NULL }, *const minutes[] = { "分", NULL };
    bool late = skip(at, afternoon);
    if (!late)
        skip(at, morning);
    int hour = two_digits(at), minute = 0;
    if (hour < 0)
        return -1;
    bool colon = **at == ':' || **at == '.';
    *bare = !skip(at, hours);
    const char *start = *at;
    if (!*bare && skip(at, half)) {
        minute = 30;
    } else if (!*bare) {
        int read = two_digits(at);
        if (read < 0 ? colon : *at - start != 2)
            return -1;
        minute = MAX(read, 0);
        skip(at, minutes);
    }
    late = skip(at, afternoon) || late;
    if (late && hour < 12)
        hour += 12;
    return minute > 59 || hour * 60 + minute > 24 * 60 ? -1 : hour * 60 + minute;
}

/* Cells that say that the time is not known. */
static bool says_nothing(const char *plain)
{
    static const char *const words[] = { "",       "-",    "--",     "—",        "/",   "?",   "无",  "待定",
                                         "待通知", "未定", "待确认", "另行通知", "tbd", "tbc", "n/a", NULL };
    return g_strv_contains(words, plain);
}

enum cell_reading cell_times(const char *text, int *ret_from, int *ret_to)
{
    static const char *const to_words[] = { "-", "~", "–", "—", "―", "−", "至", "到", "to", NULL };
    g_autofree char *plain = cell_plain(text);
    const char *at = plain;
    bool bare_from = false, bare_to = false;
    if (says_nothing(plain))
        return CELL_BLANK;
    int from = time_at(&at, &bare_from);
    if (from < 0)
        return CELL_UNREAD;
    if (!*at && !bare_from) {
        *ret_from = from;
        return CELL_NO_END;
    }
    if (!skip(&at, to_words))
        return CELL_UNREAD;
    while (skip(&at, to_words))
        ;
    if (!*at && !bare_from) {
        *ret_from = from;
        return CELL_NO_END;
    }
    int to = time_at(&at, &bare_to);
    if (to <= from || *at)
        return CELL_UNREAD;
    *ret_from = from;
    *ret_to = to;
    return bare_from || bare_to ? CELL_DOUBT : CELL_READ;
}

enum cell_reading cell_time(const char *text, int *ret_minutes)
{
    g_autofree char *plain = cell_plain(text);
    const char *at = plain;
    bool bare = false;
    if (says_nothing(plain))
        return CELL_BLANK;
    int minutes = time_at(&at, &bare);
    if (g_str_has_prefix(at, ":00")) /* spreadsheets add seconds */
        at += 3;
    if (minutes < 0 || *at)
        return CELL_UNREAD;
    *ret_minutes = minutes;
    return bare ? CELL_DOUBT : CELL_READ;
}

/* Reads up to three numbers of a day, one separator between each; how many, or 0 when something else stands
 * there. */
static int day_numbers(const char *at, int *ret)
{
    static const char *const separators[] = { "-", "/", ".", "年", "月", "日", "号", NULL };
    for (int n = 0; n < 3; n++) {
        size_t len = strspn(at, "0123456789");
        if (len < 1 || len > 4)
            return 0;
        ret[n] = (int)g_ascii_strtoll(at, NULL, 10);
        at += len;
        bool more = skip(&at, separators);
        if (!*at)
            return n + 1;
        if (!more)
            return 0;
    }
    return 0;
}

enum cell_reading cell_date(const char *text, int year, char *ret)
{
    const char *gap = strchr(text, ' ');
    bool midnight =
        gap && gap[1] && strspn(gap + 1, "0:") == strlen(gap + 1); /* spreadsheets add a time of day */
    g_autofree char *day = midnight ? g_strndup(text, (gsize)(gap - text)) : g_strdup(text);
    g_autofree char *plain = cell_plain(day);
    int n[3] = { 0 };
    enum cell_reading reading = CELL_READ;
    if (!*plain)
        return CELL_BLANK;
    if (strlen(plain) == 8 && strspn(plain, "0123456789") == 8) {
        int whole = (int)g_ascii_strtoll(plain, NULL, 10);
        n[0] = whole / 10000;
        n[1] = whole / 100 % 100;
        n[2] = whole % 100;
    } else {
        int count = day_numbers(plain, n);
        if (count < 2)
            return CELL_UNREAD;
        if (count == 2) {
            n[2] = n[1];
            n[1] = n[0];
            n[0] = year;
            reading = CELL_DOUBT;
        }
    }
    if (n[0] < 1990 || n[0] > 2199 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 ||
        !g_date_valid_dmy((GDateDay)n[2], (GDateMonth)n[1], (GDateYear)n[0]))
        return CELL_UNREAD;
    g_snprintf(ret, 11, "%04d-%02d-%02d", n[0], n[1], n[2]);
    return reading;
}

int cell_week(const char *text)
{
    static const char *const before[] = { "第", "week", "wk", "w", NULL };
    static const char *const after[] = { "周", "星期", "礼拜", NULL };
    g_autofree char *plain = cell_plain(text);
    const char *at = plain;
    skip(&at, before);
    int week = text_number(&at);
    skip(&at, after);
    return week >= 1 && week <= 104 && !*at ? week : 0;
}

int cell_weekday(const char *text)
{
    static const char *const before[] = { "周", "星期", "礼拜", NULL };
    static const char *const days[][6] = {
        { "一", "1", "mon", "monday", NULL },       { "二", "2", "tue", "tuesday", "tues", NULL },
        { "三", "3", "wed", "wednesday", NULL },    { "四", "4", "thu", "thursday", "thur", NULL },
        { "五", "5", "fri", "friday", NULL },       { "六", "6", "sat", "saturday", NULL },
        { "日", "天", "7", "sun", "sunday", NULL },
    };
    g_autofree char *plain = cell_plain(text);
    const char *at = plain;
    skip(&at, before);
    for (int i = 0; i < 7; i++)
        if (g_strv_contains(days[i], at))
            return i + 1;
    return 0;
}

char *cell_phone(const char *text, const char **ret_why)
{
    g_autofree char *plain = cell_plain(text);
    GString *digits = g_string_new(NULL);
    bool foreign = plain[0] == '+' || g_str_has_prefix(plain, "00");
    const char *at = plain[0] == '+' ? plain + 1 : plain[0] == '0' && foreign ? plain + 2 : plain;
    *ret_why = NULL;
    for (; *at && (g_ascii_isdigit(*at) || strchr("-() ", *at)); at++)
        if (g_ascii_isdigit(*at))
            g_string_append_c(digits, *at);
    if (g_str_has_prefix(digits->str, "86") && digits->len == 13) {
        g_string_erase(digits, 0, 2);
        foreign = false;
    }
    if (*at == '.' && at[1] && strspn(at + 1, "0") == strlen(at + 1)) {
        *ret_why = "a number with decimals, taken without them";
        at += strlen(at);
    }
    if (!*plain || !strcmp(plain, "-") || !strcmp(plain, "无"))
        *ret_why = NULL;
    else if (strchr(plain, 'e') && strpbrk(plain, "0123456789"))
        *ret_why = "a number in scientific notation has lost its digits; left out";
    else if (*at)
        *ret_why = "no telephone number; left out";
    else if (foreign ? digits->len < 7 || digits->len > 15 : digits->len != 11 || digits->str[0] != '1')
        *ret_why = "no telephone number of 11 digits; left out";
    else {
        if (foreign)
            g_string_prepend_c(digits, '+');
        return g_string_free(digits, FALSE);
    }
    g_string_free(digits, TRUE);
    return NULL;
}

char *cell_name(const char *text, bool *ret_changed)
{
    GString *out = g_string_new(NULL);
    gunichar last = 0;
    for (const char *p = text; *p;) {
        const char *next = p;
        while (*next && blank(g_utf8_get_char(next)))
            next = g_utf8_next_char(next);
        if (next > p) {
            bool between = g_unichar_get_script(last) == G_UNICODE_SCRIPT_HAN && *next &&
                           g_unichar_get_script(g_utf8_get_char(next)) == G_UNICODE_SCRIPT_HAN;
            if (!between && out->len && *next)
                g_string_append_c(out, ' ');
            p = next;
            continue;
        }
        last = g_utf8_get_char(p);
        g_string_append_unichar(out, last);
        p = g_utf8_next_char(p);
    }
    *ret_changed = strcmp(out->str, text) != 0;
    return g_string_free(out, FALSE);
}
