/* 销假: coming back early shortens a leave by what has not begun. */
#include "handlers/leave/leave.h"

#include <string.h>

#include "bot/school/remind.h"
#include "bot/school/school.h"

enum { SHOWN = 6 };

/* A leave that can still be shortened: how many of its sittings have not begun. */
struct open {
    int64_t leave, ahead, first;
};

/* The speaker's leaves with sittings ahead. */
static GArray *open_leaves(struct talk *talk)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct open));
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT l.leave, count(*), min(s.starts) FROM leave_sitting l JOIN sitting s ON s.id = l.sitting"
        " WHERE l.member = ? AND l.state IN ('pending', 'leave') AND s.starts > ? AND s.ends > s.starts"
        " GROUP BY l.leave ORDER BY 3",
        "ii", talk->member->id, talk->moment);

    while (query_next(q)) {
        struct open one = { query_int(q, 0), query_int(q, 1), query_int(q, 2) };

        g_array_append_val(list, one);
    }
    return list;
}

static bool tell_teacher(struct talk *talk, const struct member *member, void *data)
{
    const char *lang = talk->lang;

    talk->lang = lang_of(talk, member->person);
    bool told =
        tell(talk, member->person, "leave.came_back", "name", data, "class", talk->class->title, NULL);

    talk->lang = lang;
    return told;
}

/* Takes back what has not begun of a leave and, when given, lies in that time; says what is left of it. */
static void shorten(struct talk *talk, int64_t id, const struct when *when)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT l.sitting, s.starts, s.ends FROM leave_sitting l JOIN sitting s"
                    " ON s.id = l.sitting WHERE l.leave = ? AND l.state IN ('pending', 'leave')"
                    " AND s.starts > ?",
                    "ii", id, talk->moment);
    g_autoptr(GArray) sittings = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct leave leave;

    while (query_next(q)) {
        int64_t sitting = query_int(q, 0);

        if (!when || when_covers(when, query_int(q, 1), query_int(q, 2)))
            g_array_append_val(sittings, sitting);
    }
    if (sittings->len == 0 || !leave_by_id(talk, id, &leave)) {
        say(talk, "leave.back_none", NULL);
        return;
    }
    for (guint i = 0; i < sittings->len; i++)
        store_run(talk->store, "UPDATE leave_sitting SET state = 'back' WHERE leave = ? AND sitting = ?",
                  "ii", id, g_array_index(sittings, int64_t, i));
    for (guint i = 0; i < sittings->len; i++)
        school_event(talk, EVENT_LEAVE_CHANGED, g_array_index(sittings, int64_t, i));
    bool left = leave_count(talk, id, "pending") + leave_count(talk, id, "leave") > 0;

    if (!left) {
        if (leave.approval)
            approval_end(talk, leave.approval);
        leave_set_state(talk, id, strcmp(leave.state, "pending") == 0 ? "withdrawn" : "ended");
    }
    say(talk, left ? "leave.shortened" : "leave.ended", "n", num(talk, sittings->len), "back",
        leave_sittings(talk, id, "back"), NULL);
    saying_instead(talk);
    if (strcmp(leave.state, "granted") == 0)
        remind_teachers(talk, talk->class->id, tell_teacher, (void *)talk->name);
}

void leave_back(struct talk *talk)
{
    g_autoptr(GArray) list = open_leaves(talk);
    struct normal text = text_normal(talk->pool, talk->args.rest);
    struct when when;
    bool timed = when_read(talk->class->zone, talk->moment, text.text, &when) == WHEN_READ;

    if (list->len == 0) {
        int64_t now = store_int(talk->store, 0,
                                "SELECT count(*) FROM leave_now l JOIN sitting s ON s.id = l.sitting"
                                " WHERE l.member = ?1 AND s.starts <= ?2 AND s.ends >= ?2",
                                "ii", talk->member->id, talk->moment);

        say(talk, now ? "leave.back_now" : "leave.back_none", NULL);
    } else if (list->len == 1) {
        shorten(talk, g_array_index(list, struct open, 0).leave, timed ? &when : NULL);
    } else {
        say(talk, "leave.back_which", NULL);
        for (guint i = 0; i < list->len && i < SHOWN; i++) {
            const struct open *one = &g_array_index(list, struct open, i);

            button_named(talk,
                         words(talk, "leave.back_choice", "from", show_moment(talk, talk->class, one->first),
                               "n", num(talk, one->ahead), NULL),
                         "leave:back:%" G_GINT64_FORMAT, one->leave);
        }
    }
}

void leave_press_back(struct talk *talk, const char *args)
{
    struct leave leave;

    if (leave_by_id(talk, g_ascii_strtoll(args, NULL, 10), &leave))
        for (size_t i = 0; i < talk->member_count; i++)
            if (talk->members[i].id == leave.member) {
                talk_as(talk, &talk->members[i]);
                shorten(talk, leave.id, NULL);
                return;
            }
    say(talk, "stale", NULL);
}

/* Who leaves the class has nothing to be decided any more. */
void leave_on(struct talk *talk, enum event event, int64_t subject)
{
    if (event != EVENT_LEFT)
        return;
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id, approval FROM leave WHERE member = ? AND state = 'pending'", "i", subject);

    while (query_next(q)) {
        approval_end(talk, query_int(q, 1));
        leave_move(talk, query_int(q, 0), "pending", "withdrawn");
        leave_set_state(talk, query_int(q, 0), "withdrawn");
    }
}
