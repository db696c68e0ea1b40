/* 撤销: corrections of attendance can be put back by whoever may make them; the trainee is told. Also the
 * choice between two people of one name (bot/school/who.h). */
#include <string.h>

#include "bot/school/correction.h"
#include "bot/school/dialog.h"
#include "bot/school/dispatch.h"
#include "bot/school/erase.h"
#include "bot/school/sitting.h"

enum { SHOWN = 6 };

/* 张伟 3月4日 09:00 补签 */
static const char *shown(struct talk *talk, const struct correction *c)
{
    const struct member *member = member_by_id(talk, c->member);
    const char *what = words(talk, pool_printf(talk->pool, "correction.%s", c->what), NULL);
    struct sitting sitting;

    if (c->sitting && sitting_by_id(talk, c->sitting, &sitting))
        return words(talk, "correction.line", "name", member ? member->name : "", "at",
                     show_moment(talk, class_by_id(talk, c->class_id), sitting.starts), "what", what, NULL);
    return words(talk, "correction.line_bare", "name", member ? member->name : "", "what", what, NULL);
}

static void list(struct talk *talk)
{
    size_t count;
    struct correction *latest = corrections_latest(talk, talk->class->id, SHOWN, &count);

    if (count == 0) {
        say(talk, "correction.none", NULL);
        return;
    }
    say(talk, "correction.which", NULL);
    for (size_t i = 0; i < count; i++)
        button_named(talk, shown(talk, &latest[i]), "corrections:undo:%" G_GINT64_FORMAT, latest[i].id);
}

static void press_list(struct talk *talk, const char *args)
{
    (void)args;
    list(talk);
}

static void press_undo(struct talk *talk, const char *args)
{
    struct correction c;

    if (!correction_by_id(talk, g_ascii_strtoll(args, NULL, 10), &c) ||
        !speaks_as(talk, ROLE_TEACHERS, c.class_id) || c.undone) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, speaks_as(talk, ROLE_TEACHERS, c.class_id));
    const struct member *member = member_by_id(talk, c.member);

    if (!correction_undo(talk, &c)) {
        say(talk, "correction.cannot", NULL);
        button(talk, "correction.undo", "corrections:list");
        return;
    }
    say(talk, "correction.undone", "what", shown(talk, &c), NULL);
    saying_instead(talk);
    if (member) {
        const char *lang = talk->lang, *by = talk->name;

        talk->lang = lang_of(talk, member->person);
        tell(talk, member->person, "correction.undone_told", "by", by, "what", shown(talk, &c), NULL);
        talk->lang = lang;
    }
}

/* One of several of that name: the command goes on with that one. */
static void press_who(struct talk *talk, const char *args)
{
    struct dialog dialog;
    const struct member *member = member_by_id(talk, g_ascii_strtoll(args, NULL, 10));

    if (!member || !dialog_of(talk, talk->person, &dialog) || strcmp(dialog.kind, "corrections") != 0 ||
        dialog.subject != member->class_id || !speaks_as(talk, ROLE_STAFF, member->class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    g_auto(GStrv) parts = g_strsplit(dialog.state, "\n", 3);

    dialog_close(talk, talk->person);
    talk_as(talk, speaks_as(talk, ROLE_STAFF, member->class_id));
    bool whole = g_strv_length(parts) == 3;

    dispatch_command_with(
        talk, pool_strdup(talk->pool, parts[0]), whole ? (int)g_ascii_strtoll(parts[1], NULL, 10) : 0,
        pool_printf(talk->pool, "#%" G_GINT64_FORMAT " %s", member->id, whole ? parts[2] : ""));
}

/* A number presses a button; anything else leaves the choice. */
static bool answers(struct talk *talk)
{
    (void)talk;
    return false;
}

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "correction", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE correction SET reason = '' WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler corrections = {
    .name = "corrections",
    .commands = { { .name = "undo", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = list, .rank = 32 } },
    .actions = { { .verb = "list", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = press_list },
                 { .verb = "undo", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = press_undo },
                 { .verb = "who", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = press_who } },
    .schema = correction_schema,
    .audited = audited,
    .answers = answers,
    .erases = erases,
};
