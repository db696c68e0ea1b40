/* Reminders on the day a plan or report is due, and their lines in the digest. */
#include <string.h>

#include "bot/school/days.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/remind_policy.h"
#include "handlers/report/report_private.h"

enum { USEFUL = 6 * 3600, LEAST = 3600, SUBJECT_WEEKS = 1024, NAMES_SHOWN = 10 };

/* So long before it is due as the policy says, but awake and on that very day; where the day is too young for
 * that, the evening before. */
static int64_t remind_at(struct talk *talk, const struct class *class, const struct week *week)
{
    const struct remind_policy *policy = remind_policy(talk, class);
    const char *day = day_of(talk, class, week->due);
    int64_t at = MAX(week->due - policy->weekly, days_moment(class->zone, day, policy->quiet_to));

    return at <= week->due - LEAST ? at : days_moment(class->zone, day_plus(talk, day, -1), policy->evening);
}

/* Sets the reminders of all weeks still to come; the timetable may have changed. */
static void set_reminders(struct talk *talk, const struct class *class, enum weekly kind)
{
    const char *timer = kind == WEEKLY_PLAN ? "plan.remind" : "report.remind";
    int64_t last =
        store_int(talk->store, 0, "SELECT max(starts) FROM sitting WHERE class = ?", "i", class->id);
    int weeks = last ? week_at(talk, class, last) : 0;

    for (int number = 1; number <= MIN(weeks + 2, WEEKS_MAX); number++) {
        struct week week = week_number(talk, class, kind, number);

        timers_cancel(talk->timers, timer, class->id * SUBJECT_WEEKS + number);
        if (kind == WEEKLY_REPORT) {
            timers_cancel(talk->timers, "report.due", class->id * SUBJECT_WEEKS + number);
            if (week.due > talk->now)
                timers_set(talk->timers, "report.due", class->id * SUBJECT_WEEKS + number, week.due);
        }
        if (week.due && remind_at(talk, class, &week) > talk->now)
            timers_set(talk->timers, timer, class->id * SUBJECT_WEEKS + number,
                       remind_at(talk, class, &week));
    }
}

void report_on(struct talk *talk, enum event event, int64_t subject)
{
    const struct class *class = event == EVENT_TIMETABLE_CHANGED ? class_by_id(talk, subject) : NULL;

    if (!class)
        return;
    set_reminders(talk, class, WEEKLY_REPORT);
    set_reminders(talk, class, WEEKLY_PLAN);
}

/* The trainee of a class that a person is, when this week's is still to be handed in; NULL. */
static const struct member *owes(struct talk *talk, enum weekly kind, const struct class *class,
                                 const struct week *week, int64_t person)
{
    int64_t id = store_int(
        talk->store, 0, "SELECT id FROM member WHERE class = ? AND person = ? AND role = ? AND left IS NULL",
        "iii", class->id, person, (int64_t)ROLE_TRAINEE);
    const struct member *member = id ? member_by_id(talk, id) : NULL;

    return member && week->due && member->since <= week->due &&
                   !weekly_in(talk, kind, member->id, week->number, NULL)
               ? member
               : NULL;
}

/* Puts it on the lists of those who have not handed it in yet. */
static void remind(struct talk *talk, enum weekly kind, int64_t subject)
{
    const struct class *class = class_by_id(talk, subject / SUBJECT_WEEKS);
    size_t count = 0;

    if (!class)
        return;
    struct week week = week_number(talk, class, kind, (int)(subject % SUBJECT_WEEKS));
    const struct member *members = week.due ? members_of(talk, class->id, ROLE_TRAINEE, &count) : NULL;

    for (size_t i = 0; i < count; i++)
        if (members[i].since <= week.due && !weekly_in(talk, kind, members[i].id, week.number, NULL))
            remind_put(talk, weekly_name(kind), members[i].person, subject);
}

bool report_reminds(struct talk *talk, const char *name, int64_t person, int64_t subject)
{
    enum weekly kind = strcmp(name, "plan") == 0 ? WEEKLY_PLAN : WEEKLY_REPORT;
    const struct class *class = class_by_id(talk, subject / SUBJECT_WEEKS);

    if (strcmp(name, weekly_name(kind)) != 0)
        return false;
    if (!class)
        return true;
    struct week week = week_number(talk, class, kind, (int)(subject % SUBJECT_WEEKS));
    struct reminder r = { .kind = name, .person = person, .class = class, .until = week.due, .spare = 1 };

    if (!owes(talk, kind, class, &week, person) || !remind_may(talk, &r))
        return true;
    const char *key = pool_printf(talk->pool, "reminder.%s", name);

    remind_say(
        talk, &r, key,
        words(talk, key, "week", num(talk, week.number), "due", show_moment(talk, class, week.due), NULL),
        words(talk, pool_printf(talk->pool, "%s.write", name), NULL), pool_printf(talk->pool, "do:%s", name));
    return true;
}

void report_remind(struct talk *talk, int64_t subject, int64_t due)
{
    (void)due;
    remind(talk, WEEKLY_REPORT, subject);
}

void plan_remind(struct talk *talk, int64_t subject, int64_t due)
{
    (void)due;
    remind(talk, WEEKLY_PLAN, subject);
}

GPtrArray *weekly_missing(struct talk *talk, const struct class *class, enum weekly kind,
                          const struct week *week, int *ret_expected)
{
    GPtrArray *names = g_ptr_array_new();
    size_t count;
    const struct member *members = members_of(talk, class->id, ROLE_TRAINEE, &count);

    *ret_expected = 0;
    for (size_t i = 0; i < count; i++) {
        if (week->due && members[i].since > week->due)
            continue;
        ++*ret_expected;
        if (!weekly_in(talk, kind, members[i].id, week->number, NULL))
            g_ptr_array_add(names, (char *)members[i].name);
    }
    return names;
}

/* How many are in, and who is missing once it has fallen due or is due that day; adds nothing before. Gives
 * who is missing, -1 when there is nothing to say. */
static int digest_line(struct talk *talk, const struct class *class, enum weekly kind, const char *day,
                       const char **ret_named, const char **ret_plain)
{
    int number = week_at(talk, class, time_of(class, day, 12, 0)), expected;

    if (number < 1)
        return -1;
    struct week week = week_number(talk, class, kind, number);

    if (week.due == 0 || strcmp(day_of(talk, class, week.due), day) > 0)
        return -1;
    g_autoptr(GPtrArray) missing = weekly_missing(talk, class, kind, &week, &expected);

    *ret_plain =
        words(talk, pool_printf(talk->pool, "%s.digest", weekly_name(kind)), "week", num(talk, number), "in",
              num(talk, expected - (int64_t)missing->len), "expected", num(talk, expected), NULL);
    *ret_named = missing->len == 0 ? *ret_plain
                                   : pool_printf(talk->pool, "%s%s", *ret_plain,
                                                 words(talk, "report.digest_missing", "names",
                                                       names_join(talk, missing, NAMES_SHOWN), NULL));
    return (int)missing->len;
}

void report_due(struct talk *talk, int64_t subject, int64_t due)
{
    const struct class *class = class_by_id(talk, subject / SUBJECT_WEEKS);
    size_t count = 0;

    if (!class ||
        store_int(talk->store, 0, "SELECT count(*) FROM session WHERE class = ? AND day = ? AND state = 'on'",
                  "is", class->id, day_of(talk, class, due)) > 0)
        return; /* that day has a digest */
    struct week week = week_number(talk, class, WEEKLY_REPORT, (int)(subject % SUBJECT_WEEKS));
    const struct member *mentors = week.due == due ? members_of(talk, class->id, ROLE_MENTOR, &count) : NULL;

    for (size_t i = 0; i < count; i++) {
        struct reminder r = { .kind = "report.due",
                              .person = mentors[i].person,
                              .class = class,
                              .until = due + USEFUL,
                              .must = true };
        const char *line = "", *plain;

        if (!remind_may(talk, &r))
            continue;
        digest_line(talk, class, WEEKLY_REPORT, day_of(talk, class, due), &line, &plain);
        if (!tell(talk, r.person, "report.due", "class", class->title, "line", line, NULL))
            continue;
        remind_sent(talk, &r);
        int waiting = weekly_unanswered(talk, class, WEEKLY_REPORT, week.number);

        if (waiting)
            button_named(talk, words(talk, "report.read", "n", num(talk, waiting), NULL),
                         "report:list:0:%" G_GINT64_FORMAT ":%d", class->id, week.number);
    }
}

/* A button to those of the day's week that nobody has answered. */
static void add_button(struct talk *talk, struct brief *brief, enum weekly kind)
{
    int week = week_at(talk, brief->class, time_of(brief->class, brief->day, 12, 0));
    int waiting = week > 0 ? weekly_unanswered(talk, brief->class, kind, week) : 0;

    if (waiting)
        brief_button(brief, talk, ROLE_STAFF, false,
                     words(talk, weekly_key(talk, kind, "read"), "n", num(talk, waiting), NULL),
                     "report:list:%d:%" G_GINT64_FORMAT ":%d", (int)kind, brief->class->id, week);
}

void report_digest(struct talk *talk, struct brief *brief)
{
    static const enum weekly kinds[] = { WEEKLY_PLAN, WEEKLY_REPORT };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *named, *plain;
        int missing = digest_line(talk, brief->class, kinds[i], brief->day, &named, &plain);

        if (missing >= 0)
            brief_add(brief, talk, missing ? BRIEF_LATE : BRIEF_WELL, missing, named, plain);
        add_button(talk, brief, kinds[i]);
    }
    blocked_digest(talk, brief);
}
