/* Class time: days and hours in a class's zone, and how people write them. */
#include "bot/school/talk.h"

#include <string.h>

const char *day_of(struct talk *talk, const struct class *class, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, class->zone);

    return pool_printf(talk->pool, "%04d-%02d-%02d", g_date_time_get_year(local),
                       g_date_time_get_month(local), g_date_time_get_day_of_month(local));
}

/* Reads "YYYY-MM-DD"; every day in the store has this form. */
static void split_day(const char *day, int *y, int *m, int *d)
{
    *y = (int)g_ascii_strtoll(day, NULL, 10);
    *m = (int)g_ascii_strtoll(day + 5, NULL, 10);
    *d = (int)g_ascii_strtoll(day + 8, NULL, 10);
}

int64_t time_of(const struct class *class, const char *day, int hour, int minute)
{
    int y, m, d;

    split_day(day, &y, &m, &d);
    g_autoptr(GDateTime) at = g_date_time_new(class->zone, y, m, d, hour, minute, 0);

    return at ? g_date_time_to_unix(at) : 0;
}

const char *day_plus(struct talk *talk, const char *day, int days)
{
    GDate date;
    int y, m, d;

    split_day(day, &y, &m, &d);
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)d, (GDateMonth)m, (GDateYear)y);
    g_date_set_julian(&date, (guint32)((int)g_date_get_julian(&date) + days));
    return pool_printf(talk->pool, "%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date),
                       g_date_get_day(&date));
}

int weekday_of(const char *day)
{
    GDate date;
    int y, m, d;

    split_day(day, &y, &m, &d);
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)d, (GDateMonth)m, (GDateYear)y);
    return (int)g_date_get_weekday(&date);
}

const char *show_day(struct talk *talk, const char *day)
{
    int y, m, d;

    split_day(day, &y, &m, &d);
    return words(talk, "time.day", "month", words(talk, pool_printf(talk->pool, "time.month%d", m), NULL),
                 "day", num(talk, d), "weekday",
                 words(talk, pool_printf(talk->pool, "time.weekday%d", weekday_of(day)), NULL), NULL);
}

const char *show_time(struct talk *talk, const struct class *class, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, class->zone);

    return pool_printf(talk->pool, "%02d:%02d", g_date_time_get_hour(local), g_date_time_get_minute(local));
}

const char *show_moment(struct talk *talk, const struct class *class, int64_t at)
{
    const char *day = day_of(talk, class, at), *today = day_of(talk, class, talk->now);
    const char *shown = strcmp(day, today) == 0                      ? words(talk, "time.today", NULL)
                        : strcmp(day, day_plus(talk, today, 1)) == 0 ? words(talk, "time.tomorrow", NULL)
                                                                     : show_day(talk, day);

    return pool_printf(talk->pool, "%s %s", shown, show_time(talk, class, at));
}
