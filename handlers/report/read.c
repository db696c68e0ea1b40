/* Plans and reports as those read them who look after a class: the list of a week, one of a trainee, and from
 * each the next that nobody has answered. */
#include "bot/school/who.h"
#include "handlers/report/report_private.h"

enum { LIST_BUTTONS = 12 };

/* A button for each that is in of a week, those without an answer first. */
static void list_buttons(struct talk *talk, enum weekly kind, int week)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT w.id, p.name, w.answered IS NOT NULL FROM weekly w JOIN member m ON m.id = w.member"
        " JOIN person p ON p.id = m.person WHERE w.kind = ? AND w.week = ? AND m.class = ? AND m.left IS NULL"
        " ORDER BY w.answered IS NOT NULL, w.at LIMIT ?",
        "iiii", (int64_t)kind, (int64_t)week, talk->class->id, (int64_t)LIST_BUTTONS);

    for (int i = 0; query_next(q); i++) {
        const char *label = query_int(q, 2)
                                ? words(talk, "report.was_answered", "name", query_text(q, 1), NULL)
                                : pool_strdup(talk->pool, query_text(q, 1));

        if (i % 3)
            button_named_beside(talk, label, "report:read:%" G_GINT64_FORMAT, query_int(q, 0));
        else
            button_named(talk, label, "report:read:%" G_GINT64_FORMAT, query_int(q, 0));
    }
}

/* Who has handed in, and who has not. */
static void show_week(struct talk *talk, enum weekly kind, int number)
{
    int expected;
    struct week week = week_number(talk, talk->class, kind, number);
    g_autoptr(GPtrArray) missing = weekly_missing(talk, talk->class, kind, &week, &expected);
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < missing->len; i++)
        g_string_append_printf(names, "%s%s", i ? "、" : "", (const char *)missing->pdata[i]);
    say(talk, weekly_key(talk, kind, "week"), "week", num(talk, week.number), "in",
        num(talk, expected - (int64_t)missing->len), "expected", num(talk, expected), "missing",
        names->len ? names->str : "—", NULL);
    list_buttons(talk, kind, number);
}

/* One that is in. */
static void show_one(struct talk *talk, int64_t id)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT w.kind, w.week, w.at, w.answers, w.member FROM weekly w WHERE w.id = ?", "i", id);
    const struct member *member = query_next(q) ? member_by_id(talk, query_int(q, 4)) : NULL;
    enum weekly kind = member && query_int(q, 0) ? WEEKLY_PLAN : WEEKLY_REPORT;
    const struct form_file *form = member ? form_by_id(talk, weekly_name(kind)) : NULL;

    if (!form) {
        say(talk, "stale", NULL);
        return;
    }
    int week = (int)query_int(q, 1);
    g_autoptr(form_filling) filling = filling_new(talk, form, "report", NULL, 0, 0, query_text(q, 3));

    say(talk, weekly_key(talk, kind, "of"), "name", member->name, "week", num(talk, week), "at",
        show_moment(talk, talk->class, query_int(q, 2)), "answers",
        pool_printf(talk->pool, "%s%s%s", filling_show(talk, filling), items_list(talk, member, week),
                    attached_line(talk, kind, member->id, week)),
        NULL);
    attached_show(talk, kind, member->id, week);
    button(talk, "report.answer", "answer:to:%" G_GINT64_FORMAT, id);
    weekly_next_button(talk, kind, week, id);
}

void weekly_next_button(struct talk *talk, enum weekly kind, int week, int64_t but)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT w.id, p.name FROM weekly w JOIN member m ON m.id = w.member JOIN person p ON p.id = m.person"
        " WHERE w.kind = ?1 AND w.week = ?2 AND m.class = ?3 AND m.left IS NULL AND w.answered IS NULL"
        " AND w.id <> ?4 ORDER BY w.id < ?4, w.id LIMIT 1",
        "iiii", (int64_t)kind, (int64_t)week, talk->class->id, but);

    if (query_next(q))
        button_named_beside(talk, words(talk, "report.following", "name", query_text(q, 1), NULL),
                            "report:read:%" G_GINT64_FORMAT, query_int(q, 0));
}

/* The latest one of a trainee. */
static void show_of(struct talk *talk, enum weekly kind, const struct member *member)
{
    int64_t id = store_int(talk->store, 0,
                           "SELECT id FROM weekly WHERE kind = ? AND member = ? ORDER BY week DESC LIMIT 1",
                           "ii", (int64_t)kind, member->id);

    if (id)
        show_one(talk, id);
    else
        say(talk, weekly_key(talk, kind, "nothing_of"), "name", member->name, NULL);
}

void weekly_read(struct talk *talk, enum weekly kind)
{
    struct who who;

    if (!*talk->args.rest) {
        show_week(talk, kind, MAX(week_at(talk, talk->class, talk->now), 1));
    } else if (!who_read(talk, ROLE_TRAINEE, talk->args.rest, &who)) {
        say(talk, "report.who", "name", talk->args.rest, NULL);
    } else {
        for (size_t i = 0; i < who.count; i++)
            show_of(talk, kind, &who.list[i]);
    }
}

/* The membership with which the speaker looks after a class becomes the talk's; says that the button is stale
 * and gives false when there is none. */
static bool staff_of(struct talk *talk, int64_t class_id)
{
    const struct member *staff = class_id ? speaks_as(talk, ROLE_STAFF, class_id) : NULL;

    if (staff)
        talk_as(talk, staff);
    else
        say(talk, "stale", NULL);
    return staff != NULL;
}

void weekly_read_press(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);

    if (staff_of(talk,
                 store_int(talk->store, 0,
                           "SELECT m.class FROM weekly w JOIN member m ON m.id = w.member WHERE w.id = ?",
                           "i", id)))
        show_one(talk, id);
}

void weekly_list_press(struct talk *talk, const char *args)
{
    g_auto(GStrv) parts = g_strsplit(args, ":", 3);
    bool whole = g_strv_length(parts) == 3;
    int week = whole ? (int)g_ascii_strtoll(parts[2], NULL, 10) : 0;

    if (week < 1 || week > WEEKS_MAX)
        say(talk, "stale", NULL);
    else if (staff_of(talk, g_ascii_strtoll(parts[1], NULL, 10)))
        show_week(talk, *parts[0] == '1' ? WEEKLY_PLAN : WEEKLY_REPORT, week);
}

int weekly_unanswered(struct talk *talk, const struct class *class, enum weekly kind, int week)
{
    return (int)store_int(talk->store, 0,
                          "SELECT count(*) FROM weekly w JOIN member m ON m.id = w.member WHERE w.kind = ?"
                          " AND w.week = ? AND m.class = ? AND m.left IS NULL AND w.answered IS NULL",
                          "iii", (int64_t)kind, (int64_t)week, class->id);
}
