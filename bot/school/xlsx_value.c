#include <math.h>
#include <string.h>

#include "bot/school/xlsx_private.h"

enum { DAY_SECONDS = 86400 };

/* What letters of a format's code stand for: quoted texts, colours and locales count for nothing. */
static enum xlsx_kind code_kind(const char *code)
{
    bool day = false, hour = false, quoted = false;

    for (const char *p = code; *p; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (*p == '\\' && p[1]) {
            p++;
        } else if (*p == '[' && !quoted) {
            hour = hour || (strchr("hHmMsS", p[1]) && p[1]);
            while (*p && *p != ']')
                p++;
            if (!*p)
                break;
        } else if (!quoted) {
            day = day || strchr("yYdD", *p);
            hour = hour || strchr("hHsS", *p);
        }
    }
    return day ? (hour ? XLSX_MOMENT : XLSX_DATE) : hour ? XLSX_TIME : XLSX_NUMBER;
}

enum xlsx_kind xlsx_format_kind(int id, const char *code)
{
    if (code)
        return code_kind(code);
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return XLSX_DATE;
    if (id >= 18 && id <= 21)
        return XLSX_TIME;
    if (id == 22)
        return XLSX_MOMENT;
    if ((id >= 32 && id <= 35) || (id >= 45 && id <= 47))
        return XLSX_TIME;
    return XLSX_NUMBER;
}

/* A number without the noise of binary fractions: whole ones as digits. */
static char *plain_number(const char *value, double number)
{
    if (number == floor(number) && fabs(number) < 1e15)
        return g_strdup_printf("%.0f", number);
    g_autofree char *text = g_strdup_printf("%.15g", number);

    return strpbrk(text, "eE") ? g_strdup(value) : g_steal_pointer(&text);
}

char *xlsx_shown(const char *value, enum xlsx_kind kind, bool from_1904)
{
    char *end;
    double number = g_ascii_strtod(value, &end);

    if (end == value || *end || !isfinite(number))
        return g_strdup(value);
    if (kind == XLSX_NUMBER || number < 0 || number >= 2958466) /* the year 10000 */
        return plain_number(value, number);
    int64_t seconds = (int64_t)llround(number * DAY_SECONDS);
    int64_t days = seconds / DAY_SECONDS, rest = seconds % DAY_SECONDS;
    /* Day 1 is 1 January 1900, and Excel counts a 29 February 1900 that never was. */
    int64_t since_1970 = days - (from_1904 ? 24107 : days < 61 ? 25568 : 25569);
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(since_1970 * DAY_SECONDS + rest);

    if (!at)
        return plain_number(value, number);
    if (kind == XLSX_TIME || days == 0)
        return g_date_time_format(at, "%H:%M");
    return g_date_time_format(at, rest ? "%Y-%m-%d %H:%M" : "%Y-%m-%d");
}
