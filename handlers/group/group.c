/* 本群: said in a group it ties the group to a class, said in private it tells what the group hears. The bot
 * speaks rarely there: sign-in, notices, changes of the timetable, and the nameless digest when wanted. */
#include "handlers/group/group.h"

#include "bot/school/erase.h"
#include "bot/school/group.h"
#include "bot/school/sitting.h"

enum { TIERS = ROLE_TEACHERS | ROLE_MENTOR };

/* Whether the group hears the digest too, and the way to change that or to untie the group. */
static void put_buttons(struct talk *talk, const struct class *class)
{
    button(talk, class->group_digest ? "group.digest_off" : "group.digest_on", "group:%s:%" G_GINT64_FORMAT,
           class->group_digest ? "quiet" : "digest", class->id);
    if (group_of(talk, class) == GROUP_CHAT)
        button_beside(talk, "group.untie", "group:untie:%" G_GINT64_FORMAT, class->id);
}

/* What the group of a class hears. */
static void say_tied(struct talk *talk, const struct class *class, const char *key)
{
    say(talk, key, "class", class->title, "digest",
        class->group_digest ? words(talk, "group.with_digest", NULL) : "", NULL);
    saying_instead(talk);
    put_buttons(talk, class);
}

/* Ties it; a sign-in that is open already gets its board. */
static void tie(struct talk *talk, const struct class *class)
{
    struct sitting sitting;

    group_tie(talk, class);
    say_tied(talk, class, "group.tied");
    if (sitting_now(talk, class->id, talk->now, &sitting))
        group_open(talk, sitting.id, talk->now);
}

static void run(struct talk *talk)
{
    size_t count = 0;

    if (!talk->update->group) {
        if (group_of(talk, talk->class) == GROUP_NONE)
            say(talk, "group.how", NULL);
        else
            say_tied(talk, talk->class, "group.is_tied");
        return;
    }
    for (size_t i = 0; i < talk->member_count; i++)
        count += (talk->members[i].role & TIERS) != 0;
    if (count == 1) {
        tie(talk, talk->class);
        return;
    }
    say(talk, "group.which", NULL);
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].role & TIERS)
            button_named(talk, class_by_id(talk, talk->members[i].class_id)->title,
                         "group:tie:%" G_GINT64_FORMAT, talk->members[i].class_id);
}

/* The class of a button, when the speaker may change its group. */
static const struct class *pressed(struct talk *talk, const char *args)
{
    const struct member *member = speaks_as(talk, TIERS, g_ascii_strtoll(args, NULL, 10));

    if (!member) {
        group_aside(talk);
        say(talk, "stale", NULL);
        return NULL;
    }
    talk_as(talk, member);
    return talk->class;
}

static void press_tie(struct talk *talk, const char *args)
{
    const struct class *class = pressed(talk, args);

    if (class && talk->update->group)
        tie(talk, class);
    else if (class)
        say(talk, "group.how", NULL);
}

static void press_untie(struct talk *talk, const char *args)
{
    const struct class *class = pressed(talk, args);

    if (!class)
        return;
    group_untie(talk, class);
    say(talk, "group.untied", "class", class->title, NULL);
    saying_instead(talk);
}

/* Turns the nameless digest on or off. */
static void set_digest(struct talk *talk, const char *args, bool on)
{
    const struct class *class = pressed(talk, args);
    int64_t id = class ? class->id : 0;

    if (!class)
        return;
    group_set_digest(talk, class, on);
    talk->class = class_by_id(talk, id);
    say_tied(talk, talk->class, "group.is_tied");
}

static void press_digest(struct talk *talk, const char *args)
{
    set_digest(talk, args, true);
}

static void press_quiet(struct talk *talk, const char *args)
{
    set_digest(talk, args, false);
}

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM group_hint WHERE (platform, account) IN (SELECT platform, name FROM account WHERE person = "
    "?1)",
    NULL,
};

const struct handler group = {
    .name = "group",
    .commands = { { .name = "group", .needs = TIERS, .run = run, .rank = 80 } },
    .actions = { { .verb = "tie", .needs = TIERS, .run = press_tie },
                 { .verb = "untie", .needs = TIERS, .run = press_untie },
                 { .verb = "digest", .needs = TIERS, .run = press_digest },
                 { .verb = "quiet", .needs = TIERS, .run = press_quiet } },
    .timers = { { .kind = "group.open", .run = group_open },
                { .kind = "group.refresh", .run = group_refresh } },
    .on = group_on,
    .schema = group_schema,
    .erases = erases,
};
