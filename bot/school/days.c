#include "bot/school/days.h"

#include "bot/core/text.h"

/* Reads "YYYY-MM-DD" into a date; false when it is none. */
static bool parse(const char *day, GDate *ret)
{
    g_date_clear(ret, 1);
    int y, m, d;

    if (!text_day(day, &y, &m, &d))
        return false;
    g_date_set_dmy(ret, (GDateDay)d, (GDateMonth)m, (GDateYear)y);
    return true;
}

int days_weekday(const char *day)
{
    GDate date;
    return parse(day, &date) ? (int)g_date_get_weekday(&date) : 0;
}

/* Writes a date as "YYYY-MM-DD". */
static void print(const GDate *date, char ret[DAY_SIZE])
{
    g_snprintf(ret, DAY_SIZE, "%04d-%02d-%02d", g_date_get_year(date), (int)g_date_get_month(date),
               g_date_get_day(date));
}

void days_add(const char *day, int days, char ret[DAY_SIZE])
{
    GDate date;
    ret[0] = '\0';
    if (!parse(day, &date))
        return;
    if (days < 0)
        g_date_subtract_days(&date, (guint)-days);
    else
        g_date_add_days(&date, (guint)days);
    print(&date, ret);
}

void days_add_months(const char *day, int months, char ret[DAY_SIZE])
{
    GDate date;
    ret[0] = '\0';
    if (!parse(day, &date))
        return;
    g_date_add_months(&date, (guint)months);
    print(&date, ret);
}

int days_between(const char *a, const char *b)
{
    GDate x, y;
    return parse(a, &x) && parse(b, &y) ? g_date_days_between(&x, &y) : 0;
}

int64_t days_moment(GTimeZone *zone, const char *day, int minutes)
{
    char later[DAY_SIZE];
    if (minutes >= 24 * 60) {
        days_add(day, minutes / (24 * 60), later);
        day = later;
        minutes %= 24 * 60;
    }
    GDate date;
    if (!parse(day, &date))
        return 0;
    g_autoptr(GDateTime) at = g_date_time_new(zone, g_date_get_year(&date), (int)g_date_get_month(&date),
                                              g_date_get_day(&date), minutes / 60, minutes % 60, 0);
    return at ? g_date_time_to_unix(at) : 0;
}

int days_of(GTimeZone *zone, int64_t moment, char ret[DAY_SIZE])
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
    g_autoptr(GDateTime) at = utc ? g_date_time_to_timezone(utc, zone) : NULL;
    ret[0] = '\0';
    if (!at)
        return 0;
    g_snprintf(ret, DAY_SIZE, "%04d-%02d-%02d", g_date_time_get_year(at), g_date_time_get_month(at),
               g_date_time_get_day_of_month(at));
    return g_date_time_get_hour(at) * 60 + g_date_time_get_minute(at);
}
