/* What people write into the cells of a table: times, days, weeks, telephone numbers, names. Nothing is
 * guessed here: what cannot be read says so. Texts given back are yours. */
#ifndef BOT_SCHOOL_CELL_H
#define BOT_SCHOOL_CELL_H

#include <stdbool.h>

/* Without blanks of any width around, without BOMs and zero-width characters, line breaks as blanks. */
char *cell_trim(const char *);

/* For comparing: NFKC, lower case, without any blanks. */
char *cell_plain(const char *);

enum cell_reading {
    CELL_READ,   /* as it stands */
    CELL_BLANK,  /* nothing, 待定, - and their like */
    CELL_DOUBT,  /* readable, but written so that somebody should look: 09-12：00 */
    CELL_NO_END, /* a start without an end */
    CELL_UNREAD,
};

/* Two times of a day as minutes, `from` < `to` ≤ 24:00. */
enum cell_reading cell_times(const char *, int *ret_from, int *ret_to);

/* One time of a day as minutes: CELL_READ, CELL_BLANK, CELL_DOUBT (an hour without minutes) or CELL_UNREAD.
 */
enum cell_reading cell_time(const char *, int *ret_minutes);

/* A day as "YYYY-MM-DD" into ret[11]: 2026-03-02, 2026/3/2, 2026年3月2日, 20260302. Without a year:
 * CELL_DOUBT, with `year`. */
enum cell_reading cell_date(const char *, int year, char *ret);

/* A week (第一周, 第1周, week 1, 1) from 1 on, a weekday (周一, 星期一, Mon, 1) from 1 = Monday; 0
 * unreadable. */
int cell_week(const char *);
int cell_weekday(const char *);

/* A telephone number as digits ("+" in front when it is none of mainland China); NULL and *ret_why (static)
 * when there is none (*ret_why NULL) or it cannot be trusted; a number with a *ret_why was mended. */
char *cell_phone(const char *, const char **ret_why);

/* A name: blanks between Chinese characters taken out, others made one. *ret_changed when that changed
 * something. */
char *cell_name(const char *, bool *ret_changed);

#endif
