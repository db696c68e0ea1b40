/* Working days: Monday to Friday but for statutory holidays, and the weekend days worked instead 调休
 * (config/holidays/YEAR.yaml). A year without a file has weekends only. */
#ifndef BOT_SCHOOL_WORKDAYS_H
#define BOT_SCHOOL_WORKDAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "bot/school/days.h"

/* Whether it is worked on that day; `share_dir` is where config/holidays is found. */
bool workday(const char *share_dir, const char *day);

/* The day that lies `count` working days after `day`; the day itself for 0. */
void workdays_after(const char *share_dir, const char *day, int count, char ret[DAY_SIZE]);

/* The statutory holiday that a text names (元旦, 国庆节, 十一): the first that is not over on the day
 * `today`, of this year's file or the next one's; those on fixed days also of a year without a file. Where
 * the name stands in the text; false when it names none. */
bool workdays_named(const char *share_dir, const char *today, const char *text, char ret_first[DAY_SIZE],
                    char ret_last[DAY_SIZE], size_t *ret_from, size_t *ret_to);

#endif
