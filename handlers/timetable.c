/* 课表 and 今天: what is taught when and where, and what is open for this person. */
#include <string.h>

#include "bot/school/handler.h"
#include "bot/school/sitting.h"

enum { WEEK = 7, OPEN_SHOWN = 6 };

/* Appends the sessions of [from, to), each on a line; with the day when `days`. Gives how many. */
static int add_sessions(struct talk *talk, const char *from, const char *to, bool days, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT day, starts, ends, title, place, lecturer, confirmed, team FROM session"
                    " WHERE class = ?1 AND day >= ?2 AND day < ?3 AND state = 'on' AND (team IS NULL OR"
                    "  NOT EXISTS (SELECT 1 FROM member WHERE id = ?4 AND role = ?5) OR"
                    "  EXISTS (SELECT 1 FROM sitting s JOIN expected e ON e.sitting = s.id"
                    "  WHERE s.session = session.id AND e.member = ?4)) ORDER BY starts, id",
                    "issii", talk->class->id, from, to, talk->member->id, (int64_t)ROLE_TRAINEE);
    int count = 0;

    while (query_next(q)) {
        const char *place = query_text(q, 4), *lecturer = query_text(q, 5);

        count++;
        if (days)
            g_string_append_printf(into, "\n%s", show_day(talk, query_text(q, 0)));
        else
            g_string_append(into, "\n");
        g_string_append_printf(into, "%s%s–%s %s", days ? " " : "",
                               show_time(talk, talk->class, query_int(q, 1)),
                               show_time(talk, talk->class, query_int(q, 2)), query_text(q, 3));
        if (place && *place)
            g_string_append_printf(into, " · %s", place);
        if (lecturer && *lecturer)
            g_string_append_printf(into, " · %s", lecturer);
        if (query_text(q, 7))
            g_string_append_printf(into, " · %s", query_text(q, 7));
        if (!query_int(q, 6))
            g_string_append(into, words(talk, "timetable.unconfirmed", NULL));
    }
    return count;
}

/* When there is nothing to show: what comes next, if anything does. */
static void say_next(struct talk *talk, const char *key)
{
    struct sitting next;

    bool trainee = talk->member->role == ROLE_TRAINEE;

    if (trainee ? sitting_next_of(talk, talk->member, talk->now, &next)
                : sitting_next(talk, talk->class->id, talk->now, &next))
        say(talk, key, "next",
            words(talk, "timetable.next", "title", next.title, "at",
                  show_moment(talk, talk->class, next.starts), NULL),
            NULL);
    else
        say(talk, key, "next", words(talk, "timetable.no_more", NULL), NULL);
}

/* Appends a headed part when it has sessions. */
static int add_part(struct talk *talk, const char *head_key, const char *from, const char *to, GString *into)
{
    g_autoptr(GString) part = g_string_new(NULL);
    int count = add_sessions(talk, from, to, true, part);

    if (count)
        g_string_append_printf(into, "\n\n%s%s", words(talk, head_key, NULL), part->str);
    return count;
}

/* Whether the question was about tomorrow. */
static bool asks_tomorrow(struct talk *talk)
{
    struct normal text = text_normal(talk->pool, talk->update->text);

    return strstr(text.text, "明天") || strstr(text.text, "tomorrow");
}

static void show(struct talk *talk)
{
    const char *today = day_of(talk, talk->class, talk->now), *tomorrow = day_plus(talk, today, 1);
    const char *monday = day_plus(talk, today, 1 - weekday_of(today)), *next = day_plus(talk, monday, WEEK);
    g_autoptr(GString) text = g_string_new(NULL);

    if (asks_tomorrow(talk)) {
        if (add_sessions(talk, tomorrow, day_plus(talk, tomorrow, 1), false, text))
            say(talk, "timetable.tomorrow", "day", show_day(talk, tomorrow), "lines", text->str, NULL);
        else
            say_next(talk, "timetable.free_tomorrow");
        return;
    }
    int count = add_part(talk, "timetable.this_week", monday, next, text);

    count += add_part(talk, "timetable.next_week", next, day_plus(talk, next, WEEK), text);
    if (count)
        say(talk, "timetable.list", "class", talk->class->title, "lines", text->str, NULL);
    else
        say_next(talk, "timetable.free");
    if (!talk->update->group)
        button(talk, "export.calendar_button", "export:calendar");
}

/* Homework this trainee still owes and may hand in, one a line; gives how many. */
static int add_owed(struct talk *talk, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT number, title, due FROM homework_owed WHERE member = ? AND class = ?"
                    " AND late IS NULL AND cutoff >= ? ORDER BY due, number LIMIT ?",
                    "iiii", talk->member->id, talk->class->id, talk->now, (int64_t)OPEN_SHOWN);
    int count = 0;

    for (; query_next(q); count++)
        g_string_append_printf(into, "\n%s",
                               words(talk, query_int(q, 2) < talk->now ? "today.overdue" : "today.owed",
                                     "number", num(talk, query_int(q, 0)), "title", query_text(q, 1), "due",
                                     show_moment(talk, talk->class, query_int(q, 2)), NULL));
    return count;
}

static void show_today(struct talk *talk)
{
    const char *day = day_of(talk, talk->class, talk->now);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) owed = g_string_new(NULL);
    bool trainee = (talk->member->role & ROLE_TRAINEE) != 0;
    int sessions = add_sessions(talk, day, day_plus(talk, day, 1), false, text);
    int open = trainee ? add_owed(talk, owed) : 0;
    struct sitting sitting;

    if (!sessions)
        g_string_append_printf(text, "\n%s", words(talk, "today.free", NULL));
    if (open)
        g_string_append_printf(text, "\n\n%s%s", words(talk, "today.homework", NULL), owed->str);
    say(talk, "today.list", "day", show_day(talk, day), "lines", text->str, NULL);
    if (trainee && sitting_theirs(talk, talk->member, talk->now, &sitting))
        button(talk, "today.sign_in", "do:signin");
    if (open)
        button(talk, "today.hand_in", "do:submit");
    if (speaks_as(talk, ROLE_STAFF, talk->class->id))
        button(talk, "today.digest", "do:digest");
    button(talk, "today.timetable", "do:timetable");
}

const struct handler timetable = {
    .name = "timetable",
    .commands = { { .name = "timetable", .needs = ROLE_ALL, .run = show, .rank = 5 },
                  { .name = "today", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = show_today, .rank = 2 } },
};
