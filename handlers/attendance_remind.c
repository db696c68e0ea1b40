/* Reminders of a sitting: before it, and ten minutes after its start to those missing and to their teacher.
 */
#include <string.h>

#include "bot/school/days.h"
#include "bot/school/handler.h"
#include "bot/school/marks.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/remind_policy.h"
#include "bot/school/turnout.h"

enum { NAMES = 12, SPREAD_FROM = 1, SPREAD_TO = 4 };

/* A sitting with what reminders say of it. */
struct lesson {
    struct sitting sitting;
    const struct class *class;
    const char *where; /* " · 二楼" or "" */
};

/* False when it is no longer held. */
static bool load(struct talk *talk, int64_t id, struct lesson *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT n.place FROM sitting s JOIN session n ON n.id = s.session"
                                     " WHERE s.id = ? AND n.state = 'on' AND s.ends > s.starts",
                                     "i", id);

    if (!query_next(q) || !sitting_by_id(talk, id, &ret->sitting))
        return false;
    const char *place = query_text(q, 0);

    ret->where = place && *place ? pool_printf(talk->pool, " · %s", place) : "";
    ret->class = class_by_id(talk, ret->sitting.class_id);
    return true;
}

/* When a sitting is announced. */
static int64_t announced_at(struct talk *talk, const struct lesson *lesson)
{
    const struct remind_policy *policy = remind_policy(talk, lesson->class);
    const struct sitting *sitting = &lesson->sitting;
    const char *day = day_of(talk, lesson->class, sitting->starts);
    int64_t early = days_moment(lesson->class->zone, day, policy->early);

    if (sitting->starts >= early ||
        store_int(talk->store, 0,
                  "SELECT count(*) FROM sitting WHERE class = ? AND starts >= ? AND starts < ?", "iii",
                  lesson->class->id, time_of(lesson->class, day, 0, 0), sitting->starts) > 0)
        return sitting->starts - policy->before;
    return days_moment(lesson->class->zone, day_plus(talk, day, -1), policy->evening);
}

/* Sets one timer when that moment is still to come. */
static void set(struct talk *talk, const char *kind, int64_t sitting, int64_t due)
{
    timers_cancel(talk->timers, kind, sitting);
    if (due > talk->now)
        timers_set(talk->timers, kind, sitting, due);
}

/* Sets the reminders of all sittings of a class anew. */
static void set_all(struct talk *talk, int64_t class_id)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT id FROM sitting WHERE class = ?", "i", class_id);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);
        struct lesson lesson;

        if (load(talk, id, &lesson)) {
            set(talk, "remind.before", id, announced_at(talk, &lesson));
            set(talk, "remind.missing", id,
                lesson.sitting.starts + remind_policy(talk, lesson.class)->missing);
        } else {
            set(talk, "remind.before", id, 0);
            set(talk, "remind.missing", id, 0);
        }
    }
}

/* Whether somebody of whom nothing is known yet is to be reminded: not who has signed in, is on leave, or was
 * not on the roster when it began. */
static bool unheard(const struct present *one)
{
    return one->state == PRESENCE_MISSING && !one->came && one->owed;
}

/* Whether this firing is this person's. Those who are reached through WeCom hear a little later when `base`
 * is a full or half hour: then the same timer is set again for that minute. */
static bool turn_of(struct talk *talk, const char *kind, const struct lesson *lesson, int64_t person,
                    int64_t base, int64_t due)
{
    int64_t at = remind_spread(talk, person, base, SPREAD_FROM, SPREAD_TO);

    if (due == base && at != base)
        timers_set(talk->timers, kind, lesson->sitting.id, at);
    return at == due;
}

static void before(struct talk *talk, int64_t subject, int64_t due)
{
    struct lesson lesson;

    (void)due;
    if (!load(talk, subject, &lesson))
        return;
    struct turnout_now now;

    turnout_now(talk, &lesson.sitting, &now);
    for (int64_t i = 0; i < now.expected; i++)
        if (unheard(&now.list[i]))
            remind_put(talk, "sitting", now.list[i].person, subject);
}

/* Whether it still concerns one person: expected there, neither signed in nor on leave. */
static bool concerns(struct talk *talk, int64_t sitting, int64_t person)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM expected e WHERE e.sitting = ?1 AND e.person = ?2 AND e.owed"
               " AND NOT EXISTS (SELECT 1 FROM attendance a WHERE a.sitting = ?1 AND a.member = e.member)"
               " AND NOT EXISTS (SELECT 1 FROM leave_now l WHERE l.sitting = ?1 AND l.member = e.member)",
               "ii", sitting, person) > 0;
}

/* Announces a sitting to one of whom nothing is known there yet. */
static bool reminds(struct talk *talk, const char *kind, int64_t person, int64_t subject)
{
    struct lesson lesson;

    if (strcmp(kind, "sitting") != 0)
        return false;
    if (!load(talk, subject, &lesson))
        return true;
    const struct sitting *sitting = &lesson.sitting;
    struct reminder r = { .kind = kind, .person = person, .class = lesson.class, .until = sitting->starts };

    if (!concerns(talk, subject, person) || !remind_may(talk, &r))
        return true;
    bool evening =
        strcmp(day_of(talk, lesson.class, talk->now), day_of(talk, lesson.class, sitting->starts)) != 0;
    const char *key = evening              ? "reminder.tomorrow"
                      : sitting->confirmed ? "reminder.before"
                                           : "reminder.before_unconfirmed";
    const char *text = words(talk, key, "title", sitting->title, "at",
                             show_moment(talk, lesson.class, sitting->starts), "where", lesson.where, NULL);

    remind_say(talk, &r, key, text,
               words(talk, evening ? "reminder.see_timetable" : "reminder.sign_in", NULL),
               evening ? "do:timetable" : "do:signin");
    return true;
}

/* What a teacher is told of a sitting that has begun. */
struct count {
    const struct lesson *lesson;
    struct turnout_now now;
    GPtrArray *missing;
};

static bool tell_teacher(struct talk *talk, const struct member *member, void *data)
{
    const struct count *count = data;
    const struct lesson *lesson = count->lesson;
    struct reminder r = { .kind = "missing.teacher",
                          .person = member->person,
                          .class = lesson->class,
                          .until = lesson->sitting.ends,
                          .must = true };
    int64_t missing = count->now.missing;

    if (!remind_may(talk, &r) ||
        !tell(talk, r.person, missing ? "reminder.missing_names" : "reminder.missing_nobody", "title",
              lesson->sitting.title, "at", show_time(talk, lesson->class, lesson->sitting.starts), "expected",
              num(talk, count->now.expected), "here", num(talk, count->now.here), "leave",
              num(talk, count->now.leave), "missing", num(talk, missing), "names",
              names_join(talk, count->missing, NAMES), NULL))
        return false;
    remind_sent(talk, &r);
    if (missing)
        button(talk, "reminder.who_missing", "do:missing");
    return true;
}

/* Tells one who is missing what it costs by now. */
static void tell_missing(struct talk *talk, const struct lesson *lesson, int64_t person)
{
    const struct sitting *sitting = &lesson->sitting;
    const struct ladder *ladder = ladder_in(talk, sitting->class_id);
    struct lateness late = ladder_by(ladder, talk->now - sitting->starts);
    struct reminder r = { .kind = "missing",
                          .person = person,
                          .class = lesson->class,
                          .until = MIN(sitting->ends, sitting->starts + ladder->absent_after) };

    if (!remind_may(talk, &r) ||
        !tell(talk, person, sitting->confirmed ? "reminder.missing" : "reminder.missing_unconfirmed", "title",
              sitting->title, "at", show_time(talk, lesson->class, sitting->starts), "minutes",
              num(talk, late.minutes), "cost", lateness_cost(talk, lesson->class, &late), NULL))
        return;
    remind_sent(talk, &r);
    button(talk, "reminder.sign_in", "do:signin");
}

static void missing(struct talk *talk, int64_t subject, int64_t due)
{
    struct lesson lesson;

    if (!load(talk, subject, &lesson))
        return;
    int64_t base = lesson.sitting.starts + remind_policy(talk, lesson.class)->missing;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    struct count count = { .lesson = &lesson, .missing = names };

    turnout_now(talk, &lesson.sitting, &count.now);
    for (int64_t i = 0; i < count.now.expected; i++) {
        const struct present *member = &count.now.list[i];

        if (member->state == PRESENCE_MISSING)
            g_ptr_array_add(names, (void *)member->name);
        if (unheard(member) && turn_of(talk, "remind.missing", &lesson, member->person, base, due))
            tell_missing(talk, &lesson, member->person);
    }
    if (due != base)
        return;
    if (count.now.expected > 0)
        remind_teachers(talk, lesson.class->id, tell_teacher, &count);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_TIMETABLE_CHANGED)
        set_all(talk, subject);
}

const struct handler attendance_remind = {
    .name = "attendance_remind",
    .timers = { { .kind = "remind.before", .run = before }, { .kind = "remind.missing", .run = missing } },
    .on = on,
    .reminds = reminds,
};
