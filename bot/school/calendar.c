/* Class time: days and hours in a class's zone, and how people write them. */
#include "bot/school/talk.h"

enum { DAY = 86400, EPOCH = 719163 /* 1970-01-01 as GLib counts days */ };

/* The time shown by a clock on the wall of the class, as if it were UTC. */
static int64_t on_the_wall(const struct class *class, int64_t at)
{
    int interval = g_time_zone_find_interval(class->zone, G_TIME_TYPE_UNIVERSAL, at);

    return at + g_time_zone_get_offset(class->zone, interval);
}

/* "YYYY-MM-DD" of the day so many days after 1970-01-01. */
static const char *day_text(struct talk *talk, int64_t days)
{
    GDate date;

    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(days + EPOCH));
    return pool_printf(talk->pool, "%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date),
                       g_date_get_day(&date));
}

const char *day_of(struct talk *talk, const struct class *class, int64_t at)
{
    return day_text(talk, on_the_wall(class, at) / DAY);
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
    return day_text(talk, (int64_t)g_date_get_julian(&date) - EPOCH + days);
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

const char *show_date(struct talk *talk, const char *day)
{
    int y, m, d;

    split_day(day, &y, &m, &d);
    return words(talk, "time.date", "year", num(talk, y), "month",
                 words(talk, pool_printf(talk->pool, "time.month%d", m), NULL), "day", num(talk, d), NULL);
}

const char *show_time(struct talk *talk, const struct class *class, int64_t at)
{
    int minutes = (int)(on_the_wall(class, at) % DAY / 60);

    return pool_printf(talk->pool, "%02d:%02d", minutes / 60, minutes % 60);
}

const char *show_moment(struct talk *talk, const struct class *class, int64_t at)
{
    int64_t day = on_the_wall(class, at) / DAY, today = on_the_wall(class, talk->now) / DAY;
    const char *shown = day == today       ? words(talk, "time.today", NULL)
                        : day == today + 1 ? words(talk, "time.tomorrow", NULL)
                                           : show_day(talk, day_text(talk, day));

    return pool_printf(talk->pool, "%s %s", shown, show_time(talk, class, at));
}
