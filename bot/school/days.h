/* Days as "YYYY-MM-DD" and the moments in them, in a class's time zone. */
#ifndef BOT_SCHOOL_DAYS_H
#define BOT_SCHOOL_DAYS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { DAY_SIZE = 11 };

/* 1 = Monday … 7 = Sunday; 0 when it is no day. */
int days_weekday(const char *day);

/* The day `days` later (or earlier). */
void days_add(const char *day, int days, char ret[DAY_SIZE]);

/* The day `months` later; of a month that is too short its last day. */
void days_add_months(const char *day, int months, char ret[DAY_SIZE]);

/* How many days from a to b; negative when b is earlier. */
int days_between(const char *a, const char *b);

/* The moment `minutes` after the day's midnight, by the clock on the wall. */
int64_t days_moment(GTimeZone *, const char *day, int minutes);

/* The day of a moment, and its minutes of the day. */
int days_of(GTimeZone *, int64_t moment, char ret[DAY_SIZE]);

#endif
