/* Who is told of a blocker and when: its mentors at once; the duty teacher after a working day without an
 * answer, the organiser after one more. Each once for the same wait, awake, and on record. */
#include "bot/school/remind.h"
#include "bot/school/school.h"
#include "bot/school/workdays.h"
#include "handlers/report/blocked.h"
#include "handlers/report/report_private.h"

enum { DAY = 86400, REST_DAY_ENDS = 18 /* what comes up on a day off has all of the next working day */ };
enum { DIGEST_MOST = 60, DIGEST_BUTTONS = 2 };

/* When a working day has gone by since `at`. */
static int64_t next_working_day(struct talk *talk, const struct class *class, int64_t at)
{
    const char *share = talk->school->share_dir, *day = day_of(talk, class, at);
    int64_t minutes = (at - time_of(class, day, 0, 0)) / 60;
    char next[DAY_SIZE];

    workdays_after(share, day, 1, next);
    if (!workday(share, day))
        minutes = REST_DAY_ENDS * 60;
    return remind_awake(talk, class, time_of(class, next, (int)(minutes / 60), (int)(minutes % 60)));
}

void blocked_buttons(struct talk *talk, int64_t id)
{
    button(talk, "blocked.answer", "blocked:answer:%" G_GINT64_FORMAT, id);
    button(talk, "blocked.seen", "blocked:seen:%" G_GINT64_FORMAT, id);
    button_beside(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, id);
}

/* Whether the person was told of it since it waits for an answer. */
static bool was_told(struct talk *talk, const struct blocker *blocker, int64_t person)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM blocker_event WHERE blocker = ?1 AND person = ?2 AND what = 'told'"
                     " AND id > (SELECT max(id) FROM blocker_event WHERE blocker = ?1 AND what = 'asked')",
                     "ii", blocker->id, person) > 0;
}

/* Tells those with one of `roles`; gives how many were reached. */
static int tell_roles(struct talk *talk, const struct class *class, const struct blocker *blocker, int roles)
{
    size_t count;
    const struct member *members = members_of(talk, class->id, roles, &count);
    bool first = roles & ROLE_MENTOR;
    int told = 0;

    for (size_t i = 0; i < count; i++) {
        struct reminder r = { .kind = "blocked",
                              .person = members[i].person,
                              .class = class,
                              .until = talk->now + DAY,
                              .must = true };

        if (members[i].person == blocker->owner->person || was_told(talk, blocker, r.person) ||
            !remind_may(talk, &r) ||
            !tell(talk, r.person, first ? "blocked.told" : "blocked.raised", "name", blocker->owner->name,
                  "class", class->title, "text", blocker->text, "line", blocker_line(talk, blocker), NULL))
            continue;
        blocked_buttons(talk, blocker->id);
        remind_sent(talk, &r);
        blocker_note(talk, blocker->id, "told", r.person, NULL);
        told++;
    }
    return told;
}

/* Tells whose turn it is; where nobody of them can be told, those after them. */
static void tell_stage(struct talk *talk, const struct class *class, const struct blocker *blocker)
{
    static const int roles[STAGE_ALL] = { ROLE_MENTOR, ROLE_DUTY, ROLE_ORGANISER | ROLE_LEADER };
    int stage = blocker->stage, told = 0;

    while (stage < STAGE_ALL && told == 0)
        told = tell_roles(talk, class, blocker, roles[stage++]);
    store_run(talk->store, "UPDATE blocker SET stage = ? WHERE id = ?", "ii", (int64_t)stage, blocker->id);
    if (stage < STAGE_ALL)
        timers_set(talk->timers, "blocked.tell", blocker->id, next_working_day(talk, class, talk->now));
}

void blocked_tell(struct talk *talk, int64_t id, int64_t due)
{
    const char *lang = talk->lang;
    struct blocker blocker;

    (void)due;
    if (!blocker_load(talk, id, &blocker) || blocker.closed || blocker.answered || blocker.stage >= STAGE_ALL)
        return;
    if (store_int(talk->store, 0, "SELECT count(*) FROM member WHERE id = ? AND left IS NOT NULL", "i",
                  blocker.owner->id) > 0)
        return;
    const struct class *class = class_by_id(talk, blocker.owner->class_id);

    if (remind_quiet(talk, class, talk->now))
        timers_set(talk->timers, "blocked.tell", id, remind_awake(talk, class, talk->now));
    else
        tell_stage(talk, class, &blocker);
    talk->lang = lang;
}

void blocked_digest(struct talk *talk, struct brief *brief)
{
    int count, total, buttons = 0;
    const struct blocker *list = blockers_open(talk, brief->class->id, 0, 0, DIGEST_MOST, &count, &total);

    for (int i = 0; i < count; i++) {
        brief_add(brief, talk, BRIEF_BLOCKED, i == 0 ? total : 0,
                  words(talk, "blocked.digest_line", "name", list[i].owner->name, "line",
                        blocker_line(talk, &list[i]), NULL),
                  i == 0 ? words(talk, "blocked.digest_plain", "n", num(talk, total), NULL) : NULL);
        if (!list[i].answered && buttons++ < DIGEST_BUTTONS)
            brief_button(brief, talk, ROLE_STAFF, buttons > 1,
                         words(talk, "blocked.answer_name", "name", list[i].owner->name, NULL),
                         "blocked:answer:%" G_GINT64_FORMAT, list[i].id);
    }
}
