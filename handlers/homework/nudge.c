/* 催交: a teacher has those who still owe a homework told once more. */
#include "handlers/homework/homework.h"

#include "bot/school/remind.h"

enum { PAUSE = 2 * 60 * 60 };

/* Tells all who owe it and can be reached; gives how many, and in *ret_missing how many owe it. */
static int64_t tell_all(struct talk *talk, const struct homework *hw, int64_t *ret_missing)
{
    const struct class *class = class_by_id(talk, hw->class_id);
    const char *lang = talk->lang;
    g_autoptr(query) q = store_query(
        talk->store, "SELECT person, due, cutoff FROM homework_owed WHERE homework = ? AND late IS NULL", "i",
        hw->id);
    int64_t told = 0;

    for (*ret_missing = 0; query_next(q); ++*ret_missing) {
        struct reminder r = { .kind = "homework.nudge",
                              .person = query_int(q, 0),
                              .class = class,
                              .until = query_int(q, 2),
                              .must = true };

        if (!remind_may(talk, &r) ||
            !tell(talk, r.person, talk->now > query_int(q, 1) ? "reminder.nudge_late" : "reminder.nudge",
                  "name", homework_name(talk, hw), "due", show_moment(talk, class, query_int(q, 1)), "cutoff",
                  show_moment(talk, class, query_int(q, 2)), NULL))
            continue;
        remind_sent(talk, &r);
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw->id);
        told++;
    }
    talk->lang = lang;
    return told;
}

/* Does it, at most once in two hours and never at night. */
static void nudge(struct talk *talk, const struct homework *hw)
{
    int64_t missing,
        last = store_int(talk->store, 0, "SELECT nudged FROM homework WHERE id = ?", "i", hw->id);
    const char *name = homework_name(talk, hw);

    if (!homework_is_open(hw, talk->now)) {
        say(talk, "homework.nudge_closed", "name", name, NULL);
    } else if (remind_quiet(talk, talk->class, talk->now)) {
        say(talk, "homework.nudge_quiet", NULL);
    } else if (last && talk->now - last < PAUSE) {
        say(talk, "homework.nudge_again", "name", name, "time", show_moment(talk, talk->class, last), NULL);
    } else {
        int64_t told = tell_all(talk, hw, &missing);

        store_run(talk->store, "UPDATE homework SET nudged = ? WHERE id = ?", "ii", talk->now, hw->id);
        say(talk, missing ? "homework.nudged" : "homework.nudged_nobody", "name", name, "told",
            num(talk, told), "missing", num(talk, missing), NULL);
    }
}

void homework_nudge(struct talk *talk)
{
    struct homework hw;

    if (homework_meant(talk, "nudge", &hw))
        nudge(talk, &hw);
}

void homework_press_nudge(struct talk *talk, const char *args)
{
    struct homework hw;

    if (homework_pressed(talk, args, ROLE_TEACHERS | ROLE_MENTOR, &hw))
        nudge(talk, &hw);
}
