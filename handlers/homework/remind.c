/* Who still owes homework: reminders the evening before and two hours before it is due. */
#include "handlers/homework/homework.h"

#include <string.h>

#include "bot/school/days.h"
#include "bot/school/remind.h"
#include "bot/school/remind_policy.h"

/* When it may be said, or 0: never before it was taught, not once it is over, awake. */
static int64_t useful(struct talk *talk, const struct class *class, const struct homework *hw, int64_t at)
{
    int64_t awake = remind_awake(talk, class, at);

    return awake > talk->now && awake > hw->taught && awake < hw->due ? awake : 0;
}

/* Whether the class meets that day; on its days off only what is due that day is said. */
static bool meets(struct talk *talk, const struct class *class, const char *day)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE class = ? AND day = ? AND state = 'on'", "is",
                     class->id, day) > 0;
}

void homework_set_reminders(struct talk *talk, const struct class *class, const struct homework *hw)
{
    const struct remind_policy *policy = remind_policy(talk, class);
    const char *eve_day = day_plus(talk, day_of(talk, class, hw->due), -1);
    int64_t eve = meets(talk, class, eve_day)
                      ? useful(talk, class, hw, days_moment(class->zone, eve_day, policy->evening))
                      : 0;
    int64_t soon = useful(talk, class, hw, hw->due - policy->homework);

    store_run(talk->store, "UPDATE homework SET eve = nullif(?, 0), soon = nullif(?, 0) WHERE id = ?", "iii",
              eve, soon, hw->id);
    /* One timer for all homework that is due to be said then, so that it becomes one message. */
    if (eve)
        timers_set(talk->timers, "homework.remind", 0, eve);
    if (soon)
        timers_set(talk->timers, "homework.remind", 0, soon);
}

bool homework_reminds(struct talk *talk, const char *kind, int64_t person, int64_t subject)
{
    struct reminder r = { .kind = "homework", .person = person };
    struct homework hw;

    if (strcmp(kind, r.kind) != 0)
        return false;
    int64_t member = store_int(
        talk->store, 0, "SELECT member FROM homework_owed WHERE homework = ? AND person = ? AND late IS NULL",
        "ii", subject, person);

    if (!member || !homework_load(talk, subject, &hw) || hw.state != HOMEWORK_OPEN)
        return true;
    homework_for(talk, member, &hw);
    r.class = class_by_id(talk, hw.class_id);
    r.until = hw.due;
    if (!remind_may(talk, &r))
        return true;
    const char *owed = words(talk, "homework.owed_line", "name", homework_name(talk, &hw), "due",
                             show_moment(talk, r.class, hw.due), NULL);

    remind_say(talk, &r, "reminder.homework", words(talk, "reminder.homework", "homework", owed, NULL),
               words(talk, "homework.hand_in_number", "number", num(talk, hw.number), NULL),
               pool_printf(talk->pool, "homework:hand:%" G_GINT64_FORMAT, hw.id));
    return true;
}

void homework_remind_member(struct talk *talk, int64_t homework, int64_t member)
{
    const struct member *trainee = member_by_id(talk, member);

    if (trainee)
        remind_put(talk, "homework", trainee->person, homework);
}

void homework_remind(struct talk *talk, int64_t subject, int64_t due)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT o.person, h.id FROM homework h JOIN homework_owed o ON o.homework = h.id"
        " WHERE (h.eve = ?1 OR h.soon = ?1) AND h.state = 1 AND o.late IS NULL AND o.due = o.class_due"
        " ORDER BY o.person, h.due, h.id",
        "i", due);

    (void)subject;
    while (query_next(q))
        remind_put(talk, "homework", query_int(q, 0), query_int(q, 1));
}
