/* 班情: how the class stands now, and every class day at 20:00 to its mentors and organisers. The lines come
 * from all handlers of the table. */
#include <string.h>

#include "bot/school/handler.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"

enum { HOUR = 20, USEFUL = 2 * 60 * 60, SPREAD_FROM = 3, SPREAD_TO = 12 };

/* All handlers' lines about a class and day, in the talk's language; without names for a group. */
static const char *lines_of(struct talk *talk, const struct class *class, const char *day, bool plain)
{
    return brief_text(brief_make(talk, class, day, false, false), talk, plain);
}

static void show(struct talk *talk)
{
    const char *day = day_of(talk, talk->class, talk->now);

    say(talk, "digest", "class", talk->class->title, "day", show_day(talk, day), "lines",
        lines_of(talk, talk->class, day, false), NULL);
}

/* Whether the class has anything that day. */
static bool is_class_day(struct talk *talk, const struct class *class, const char *day)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE class = ? AND day = ? AND state = 'on'", "is",
                     class->id, day) > 0;
}

/* Sends it to one person. */
static void send_to(struct talk *talk, const struct class *class, const char *day, int64_t person)
{
    struct reminder r = { .kind = "digest",
                          .person = person,
                          .class = class,
                          .until = time_of(class, day, HOUR, 0) + USEFUL,
                          .must = true };

    if (remind_may(talk, &r) && tell(talk, person, "digest", "class", class->title, "day",
                                     show_day(talk, day), "lines", lines_of(talk, class, day, false), NULL))
        remind_sent(talk, &r);
}

/* To the group behind the class's robot address, when it has one. */
static void send_to_group(struct talk *talk, const struct class *class, const char *day)
{
    if (!class->robot)
        return;
    talk->lang = class->lang;
    if (tell_group(talk, class, "digest", "class", class->title, "day", show_day(talk, day), "lines",
                   lines_of(talk, class, day, true), NULL))
        saying_until(talk, time_of(class, day, HOUR, 0) + USEFUL);
}

/* At 20:00 to everybody but those who are reached through WeCom: they have a minute of their own after it. */
static void send(struct talk *talk, int64_t class_id, int64_t due)
{
    const struct class *class = class_by_id(talk, class_id);
    const char *day = class ? day_of(talk, class, due) : "";
    size_t count;

    if (!class || !is_class_day(talk, class, day))
        return;
    int64_t base = time_of(class, day, HOUR, 0);
    struct member *members = members_of(talk, class_id, ROLE_MENTOR | ROLE_ORGANISER, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t person = members[i].person, at = remind_spread(talk, person, base, SPREAD_FROM, SPREAD_TO);
        bool again = false;

        for (size_t j = 0; j < i && !again; j++)
            again = members[j].person == person;
        if (again)
            continue;
        if (at == due)
            send_to(talk, class, day, person);
        else if (due == base)
            timers_set(talk->timers, "digest", class_id, at);
    }
    if (due == base)
        send_to_group(talk, class, day);
}

/* One timer for each class day that is still to come. */
static void set_all(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    g_autoptr(query) q = store_query(
        talk->store, "SELECT DISTINCT day FROM session WHERE class = ? AND state = 'on'", "i", class_id);

    timers_cancel(talk->timers, "digest", class_id);
    while (query_next(q)) {
        int64_t due = time_of(class, query_text(q, 0), HOUR, 0);

        if (due > talk->now)
            timers_set(talk->timers, "digest", class_id, due);
    }
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_TIMETABLE_CHANGED)
        set_all(talk, subject);
}

const struct handler digest = {
    .name = "digest",
    .commands = { { .name = "digest", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = show, .rank = 3 } },
    .timers = { { .kind = "digest", .run = send } },
    .on = on,
};
