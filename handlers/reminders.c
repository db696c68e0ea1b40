/* 提醒: which kinds of reminders a person gets, each with a switch; 稍后提醒 below a reminder puts it off. */
#include <string.h>

#include "bot/school/handler.h"
#include "bot/school/remind.h"

enum { TONIGHT = 20, MORNING = 8, HOUR = 3600 };

/* --- which kinds
 * ------------------------------------------------------------------------------------------------ */

/* Whether the speaker is in any class as one whom this kind is for. */
static bool concerns(struct talk *talk, const struct remind_kind *kind)
{
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].role & kind->roles)
            return true;
    return false;
}

/* The list with its switches. */
static void show(struct talk *talk)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    for (const struct remind_kind *kind = remind_kinds; kind->name; kind++)
        if (concerns(talk, kind))
            g_string_append_printf(
                lines, "\n%s",
                words(talk, remind_is_off(talk, talk->person, kind->name) ? "reminders.off" : "reminders.on",
                      "kind", words(talk, pool_printf(talk->pool, "reminders.%s", kind->name), NULL), NULL));
    say(talk, lines->len ? "reminders.list" : "reminders.none", "lines", lines->str, NULL);
    for (const struct remind_kind *kind = remind_kinds; kind->name; kind++) {
        bool off = remind_is_off(talk, talk->person, kind->name);

        if (concerns(talk, kind))
            button_named(talk,
                         words(talk, off ? "reminders.turn_on" : "reminders.turn_off", "kind",
                               words(talk, pool_printf(talk->pool, "reminders.%s", kind->name), NULL), NULL),
                         "reminders:%s:%s", off ? "on" : "off", kind->name);
    }
}

/* A switch was pressed. */
static void turn(struct talk *talk, const char *args, bool on)
{
    for (const struct remind_kind *kind = remind_kinds; kind->name; kind++) {
        if (strcmp(kind->name, args) != 0 || !concerns(talk, kind))
            continue;
        remind_switch(talk, talk->person, kind->name, on);
        show(talk);
        saying_instead(talk);
        return;
    }
    say(talk, "stale", NULL);
}

static void turn_on(struct talk *talk, const char *args)
{
    turn(talk, args, true);
}

static void turn_off(struct talk *talk, const char *args)
{
    turn(talk, args, false);
}

/* --- later
 * ------------------------------------------------------------------------------------------------------ */

/* The moments it may be put off to: 1 in an hour, 2 tonight, 3 tomorrow morning; 0 when that one is past or
 * at night. */
static int64_t moment_of(struct talk *talk, char which)
{
    const struct class *class = talk->class;
    const char *today = day_of(talk, class, talk->now);
    int64_t at = which == '1'   ? talk->now + HOUR
                 : which == '2' ? time_of(class, today, TONIGHT, 0)
                 : which == '3' ? time_of(class, day_plus(talk, today, 1), MORNING, 0)
                                : 0;

    return at > talk->now && !remind_quiet(talk, class, at) ? at : 0;
}

/* 稍后提醒: until when. */
static void later(struct talk *talk, const char *args)
{
    static const char *const keys[] = { "reminders.hour", "reminders.tonight", "reminders.tomorrow" };
    int64_t said = g_ascii_strtoll(args, NULL, 10);

    int64_t until = talk->class ? remind_until(talk, said) : 0;

    if (until <= talk->now + HOUR) {
        say(talk, until ? "reminders.no_time" : "stale", NULL);
        return;
    }
    say(talk, "reminders.when", NULL);
    for (int i = 0; i < (int)G_N_ELEMENTS(keys); i++)
        if (moment_of(talk, (char)('1' + i)) && moment_of(talk, (char)('1' + i)) < until)
            button(talk, keys[i], "reminders:put:%d:%" G_GINT64_FORMAT, i + 1, said);
}

/* One of the moments was chosen: "2:SAID". */
static void put(struct talk *talk, const char *args)
{
    int64_t at = *args && args[1] == ':' && talk->class ? moment_of(talk, *args) : 0;
    int64_t said = at ? g_ascii_strtoll(args + 2, NULL, 10) : 0;
    int64_t until = at ? remind_until(talk, said) : 0;

    if (until && until <= at) {
        say(talk, "reminders.no_time", NULL);
        saying_instead(talk);
        return;
    }
    if (!until || !remind_put_off(talk, said, at)) {
        say(talk, "stale", NULL);
        return;
    }
    say(talk, "reminders.put", "at", show_moment(talk, talk->class, at), NULL);
    saying_instead(talk);
}

const struct handler reminders = {
    .name = "reminders",
    .commands = { { .name = "reminders", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = show, .rank = 30 } },
    .actions = { { .verb = "on", .run = turn_on },
                 { .verb = "off", .run = turn_off },
                 { .verb = "later", .run = later },
                 { .verb = "put", .run = put } },
    .timers = { { .kind = "to_person.remind", .run = remind_say_all } },
};
