/* How many weekly plans and reports were in on time: figures that marks are made from. */
#include <string.h>

#include "bot/school/marks.h"
#include "handlers/report/report_private.h"

bool report_measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    enum weekly kind = strcmp(name, "plan.ontime") == 0 ? WEEKLY_PLAN : WEEKLY_REPORT;
    int last = marks_last_week(talk, m->class);
    struct ratio one = ratio_of(1, 1);

    if (kind == WEEKLY_REPORT && strcmp(name, "report.ontime") != 0)
        return false;
    for (int number = 1; number <= MIN(last, WEEKS_MAX); number++) {
        struct week week = week_number(talk, m->class, kind, number);

        if (week.due == 0 || week.due < m->member->since)
            continue;
        if (week.due > m->at) {
            into->open = ratio_add(into->open, one);
            continue;
        }
        int64_t late =
            store_int(talk->store, -1, "SELECT late FROM weekly WHERE kind = ? AND member = ? AND week = ?",
                      "iii", (int64_t)kind, m->member->id, (int64_t)number);
        const char *what =
            words(talk, kind == WEEKLY_PLAN ? "marks.plan" : "marks.report", "week", num(talk, number), NULL);

        into->whole = ratio_add(into->whole, one);
        if (late == 0)
            into->value = ratio_add(into->value, one);
        else
            figure_because(
                talk, into,
                words(talk, late < 0 ? "marks.was_missing" : "marks.was_late_in", "what", what, NULL));
    }
    return true;
}
