/* 催交: a teacher has those told once more who still owe a homework, or have it back to do again. */
#include "handlers/homework/homework.h"

#include "bot/school/remind.h"

enum { PAUSE = 2 * 60 * 60 };

/* What is owed by how many, and how many were told. */
struct nudged {
    int64_t missing, returned, told;
};

/* Tells all who owe it, or were asked to do it again, and can be reached. */
static struct nudged tell_all(struct talk *talk, const struct homework *hw)
{
    const struct class *class = class_by_id(talk, hw->class_id);
    const char *lang = talk->lang;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT person, due, cutoff, late IS NOT NULL FROM homework_owed"
                                     " WHERE homework = ? AND (late IS NULL OR returned = 1) AND cutoff > ?",
                                     "ii", hw->id, talk->now);
    struct nudged all = { 0 };

    while (query_next(q)) {
        bool again = query_int(q, 3) != 0;
        const char *key = again                         ? "reminder.nudge_returned"
                          : talk->now > query_int(q, 1) ? "reminder.nudge_late"
                                                        : "reminder.nudge";
        struct reminder r = { .kind = "homework.nudge",
                              .person = query_int(q, 0),
                              .class = class,
                              .until = query_int(q, 2),
                              .must = true };

        all.missing += !again;
        all.returned += again;
        if (!remind_may(talk, &r) || !tell(talk, r.person, key, "name", homework_name(talk, hw), "due",
                                           show_moment(talk, class, query_int(q, 1)), "cutoff",
                                           show_moment(talk, class, query_int(q, 2)), NULL))
            continue;
        remind_sent(talk, &r);
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw->id);
        all.told++;
    }
    talk->lang = lang;
    return all;
}

/* Whether somebody may still hand it in: after the cut-off those whose work was sent back. */
static bool is_owed(struct talk *talk, const struct homework *hw)
{
    return homework_is_open(hw, talk->now) ||
           store_int(
               talk->store, 0,
               "SELECT count(*) FROM homework_owed WHERE homework = ? AND (late IS NULL OR returned = 1)"
               " AND cutoff > ?",
               "ii", hw->id, talk->now) > 0;
}

/* Does it, at most once in two hours and never at night. */
static void nudge(struct talk *talk, const struct homework *hw)
{
    int64_t last = store_int(talk->store, 0, "SELECT nudged FROM homework WHERE id = ?", "i", hw->id);
    const char *name = homework_name(talk, hw);

    if (!is_owed(talk, hw)) {
        say(talk, "homework.nudge_closed", "name", name, NULL);
    } else if (remind_quiet(talk, talk->class, talk->now)) {
        say(talk, "homework.nudge_quiet", NULL);
    } else if (last && talk->now - last < PAUSE) {
        say(talk, "homework.nudge_again", "name", name, "time", show_moment(talk, talk->class, last), NULL);
    } else {
        struct nudged all = tell_all(talk, hw);
        const char *key = all.returned  ? "homework.nudged_returned"
                          : all.missing ? "homework.nudged"
                                        : "homework.nudged_nobody";

        store_run(talk->store, "UPDATE homework SET nudged = ? WHERE id = ?", "ii", talk->now, hw->id);
        say(talk, key, "name", name, "told", num(talk, all.told), "missing", num(talk, all.missing),
            "returned", num(talk, all.returned), NULL);
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

    if (homework_pressed(talk, args, ROLE_TEACHERS, &hw))
        nudge(talk, &hw);
}
