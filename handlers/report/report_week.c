/* Weeks of a class and what is due in them, by its scheme: plans in the evening of the first class day,
 * reports on Sunday evening, in the last week before the final sitting. */
#include <string.h>

#include "bot/school/scheme.h"
#include "handlers/report/report_private.h"

enum { LATE_DAYS = 3 };

const char *weekly_name(enum weekly kind)
{
    return kind == WEEKLY_PLAN ? "plan" : "report";
}

/* The Monday of week 1. */
static const char *first_monday(struct talk *talk, const struct class *class)
{
    return day_plus(talk, class->starts, 1 - weekday_of(class->starts));
}

/* A minute of a day as an instant. */
static int64_t at_minute(const struct class *class, const char *day, int minutes)
{
    return time_of(class, day, minutes / 60, minutes % 60);
}

/* When a week's plan or report is due whose first sitting begins then. */
static int64_t due_of(struct talk *talk, const struct class *class, enum weekly kind, const struct week *week,
                      int64_t first)
{
    const struct scheme *scheme = scheme_of(talk, class);
    const struct weekly_rules *rules = scheme ? &scheme->weekly : &weekly_rules_default;

    switch (kind) {
    case WEEKLY_PLAN:
        return at_minute(class,
                         rules->plan_day ? day_plus(talk, week->monday, rules->plan_day - 1)
                                         : day_of(talk, class, first),
                         rules->plan_due);
    case WEEKLY_REPORT:
        return at_minute(class, day_plus(talk, week->monday, rules->report_day - 1), rules->report_due);
    }
    return 0;
}

struct week week_number(struct talk *talk, const struct class *class, enum weekly kind, int number)
{
    struct week week = { .number = number };

    week.monday = day_plus(talk, first_monday(talk, class), 7 * (number - 1));
    week.sunday = day_plus(talk, week.monday, 6);
    int64_t begins = time_of(class, week.monday, 0, 0);
    int64_t ends = time_of(class, day_plus(talk, week.monday, 7), 0, 0);
    int64_t first =
        store_int(talk->store, 0,
                  "SELECT min(s.starts) FROM sitting s JOIN session o ON o.id = s.session WHERE s.class = ?"
                  " AND o.state = 'on' AND s.starts < s.ends AND s.starts >= ? AND s.starts < ?",
                  "iii", class->id, begins, ends);
    int64_t last =
        store_int(talk->store, 0,
                  "SELECT max(s.starts) FROM sitting s JOIN session o ON o.id = s.session WHERE s.class = ?"
                  " AND o.state = 'on' AND s.starts < s.ends",
                  "i", class->id);

    if (first)
        week.due = kind == WEEKLY_REPORT && last < ends ? last : due_of(talk, class, kind, &week, first);
    return week;
}

int week_at(struct talk *talk, const struct class *class, int64_t at)
{
    const char *day = day_of(talk, class, at), *next = first_monday(talk, class);
    int number = 0;

    while (number < WEEKS_MAX && strcmp(next, day) <= 0) {
        number++;
        next = day_plus(talk, next, 7);
    }
    return number;
}

bool weekly_in(struct talk *talk, enum weekly kind, int64_t member, int week, const char **ret_answers)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT answers FROM weekly WHERE kind = ? AND member = ? AND week = ?",
                    "iii", (int64_t)kind, member, (int64_t)week);

    if (!query_next(q))
        return false;
    if (ret_answers)
        *ret_answers = pool_strdup(talk->pool, query_text(q, 0));
    return true;
}

bool weekly_takes(const struct week *week, int64_t at)
{
    return week->due && at <= week->due + LATE_DAYS * 86400;
}

struct week week_to_write(struct talk *talk, const struct member *member, enum weekly kind)
{
    const struct class *class = class_by_id(talk, member->class_id);
    int now = week_at(talk, class, talk->moment);

    if (now > 1) {
        struct week before = week_number(talk, class, kind, now - 1);

        if (before.due && member->since <= before.due && weekly_takes(&before, talk->moment) &&
            !weekly_in(talk, kind, member->id, before.number, NULL))
            return before;
    }
    if (now >= 1) {
        struct week week = week_number(talk, class, kind, now);

        if (week.due)
            return week;
    }
    return (struct week){ .number = 0 };
}
