/* Working days: Monday to Friday but for statutory holidays, and the weekend days worked instead 调休
 * (config/holidays/YEAR.yaml). A year without a file has weekends only. */
#ifndef BOT_SCHOOL_WORKDAYS_H
#define BOT_SCHOOL_WORKDAYS_H

#include <stdbool.h>

#include "bot/school/days.h"

/* Whether it is worked on that day; `share_dir` is where config/holidays is found. */
bool workday(const char *share_dir, const char *day);

/* The day that lies `count` working days after `day`; the day itself for 0. */
void workdays_after(const char *share_dir, const char *day, int count, char ret[DAY_SIZE]);

#endif
