/* A timetable file: 周次,星期,课程,时间 or date,start,end,title, each with lecturer, place and kind when they
 * are there. */
#ifndef BOT_SCHOOL_TIMETABLE_H
#define BOT_SCHOOL_TIMETABLE_H

#include <glib.h>
#include <stdbool.h>

struct timetable_row {
    char day[11];   /* YYYY-MM-DD */
    int from, to;   /* minutes of the day */
    bool confirmed; /* false: its time was guessed */
    char *title;
    char *lecturer, *place, *kind; /* NULL: not said */
    char *team;                    /* whose shift: "A组、B组"; NULL everybody's */
    int line, column;
};

struct timetable_rules {
    const char *starts;     /* first day of week 1 */
    int slot_from, slot_to; /* for cells without a time */
};

/* Reads a timetable: struct timetable_row * in order of time, owned by the array. Cells that were hard to
 * read are added to `doubts`; NULL when anything was added to `faults`. */
GPtrArray *timetable_read(const char *path, const struct timetable_rules *, GPtrArray *faults,
                          GPtrArray *doubts);

#endif
