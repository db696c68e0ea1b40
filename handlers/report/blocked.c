/* 卡住了: a trainee says what does not go on; who looks after the class sees it with its age, says that it is
 * seen, answers it; either side closes it. */
#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/who.h"
#include "handlers/report/blocked.h"
#include "handlers/report/report_private.h"

enum { LISTED = 5, ANSWER_MAX = 1000 };

/* --- the trainee's side
 * ---------------------------------------------------------------------------------------- */

/* 卡住了 with words. */
static void open_one(struct talk *talk, const char *text)
{
    int64_t id = blocker_open(talk, talk->member, text);

    say(talk, "blocked.taken", "text", text, NULL);
    button(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, id);
}

/* 卡住了 without words: what is open, and how to say more. */
static void list_own(struct talk *talk)
{
    int count, total;
    const struct blocker *list =
        blockers_open(talk, talk->class->id, talk->member->id, 0, LISTED, &count, &total);
    g_autoptr(GString) lines = g_string_new(NULL);

    for (int i = 0; i < count; i++)
        g_string_append_printf(lines, "\n%d. %s", i + 1, blocker_line(talk, &list[i]));
    say(talk, count ? "blocked.open" : "blocked.how", "list", pool_strdup(talk->pool, lines->str), NULL);
    for (int i = 0; i < count; i++)
        button_named(talk, words(talk, "blocked.solved_one", "n", num(talk, i + 1), NULL),
                     "blocked:close:%" G_GINT64_FORMAT, list[i].id);
}

/* --- the side of those who look after the class
 * ---------------------------------------------------------------- */

/* The open ones by age, of the class or of one member, from the first `from` on. */
static void list_class(struct talk *talk, int64_t member, int from)
{
    int count, total;
    const struct blocker *list = blockers_open(talk, talk->class->id, member, from, LISTED, &count, &total);
    g_autoptr(GString) lines = g_string_new(NULL);

    if (count == 0) {
        say(talk, "blocked.nobody", NULL);
        return;
    }
    for (int i = 0; i < count; i++)
        g_string_append_printf(lines, "\n%d. %s", from + i + 1,
                               words(talk, "blocked.digest_line", "name", list[i].owner->name, "line",
                                     blocker_line(talk, &list[i]), NULL));
    say(talk, "blocked.list", "n", num(talk, total), "list", pool_strdup(talk->pool, lines->str), NULL);
    for (int i = 0; i < count; i++) {
        const char *n = num(talk, from + i + 1);

        button_named(talk, words(talk, "blocked.answer_one", "n", n, NULL),
                     "blocked:answer:%" G_GINT64_FORMAT, list[i].id);
        button_named_beside(talk, words(talk, "blocked.solved_one", "n", n, NULL),
                            "blocked:close:%" G_GINT64_FORMAT, list[i].id);
    }
    if (from + count < total)
        button(talk, "blocked.more", "blocked:list:%" G_GINT64_FORMAT ":%d", member, from + count);
}

static void run(struct talk *talk)
{
    const struct member *trainee = speaks_as(talk, ROLE_TRAINEE, talk->class->id);
    const char *rest = talk->args.rest;
    struct who who;

    if (trainee)
        talk_as(talk, trainee);
    if (trainee && text_says_something(rest))
        open_one(talk, rest);
    else if (trainee)
        list_own(talk);
    else
        list_class(talk, *rest && who_read(talk, ROLE_TRAINEE, rest, &who) ? who.list[0].id : 0, 0);
}

/* 更多 below the list: "MEMBER:FROM". */
static void more(struct talk *talk, const char *args)
{
    const char *from = strchr(args, ':');
    gint64 start = from ? g_ascii_strtoll(from + 1, NULL, 10) : 0;

    list_class(talk, g_ascii_strtoll(args, NULL, 10), (int)CLAMP(start, 0, 10000));
}

/* The open blocker a button is about, when the speaker looks after its class, which becomes the talk's; else
 * says what is wrong and gives false. */
static bool pressed(struct talk *talk, const char *args, struct blocker *ret)
{
    const struct member *staff = NULL;

    if (blocker_load(talk, g_ascii_strtoll(args, NULL, 10), ret))
        staff = speaks_as(talk, ROLE_STAFF, ret->owner->class_id);
    if (!staff) {
        say(talk, "stale", NULL);
        return false;
    }
    talk_as(talk, staff);
    if (!ret->closed)
        return true;
    say(talk, "blocked.was_closed", "name", ret->owner->name, "text", blocker_short(talk, ret->text), NULL);
    saying_instead(talk);
    return false;
}

/* 看到了: the trainee hears that somebody has it in hand. */
static void seen(struct talk *talk, const char *args)
{
    struct blocker blocker;

    if (!pressed(talk, args, &blocker))
        return;
    store_run(talk->store, "UPDATE blocker SET acked = ?, acked_by = ? WHERE id = ? AND acked IS NULL", "iii",
              talk->now, talk->person, blocker.id);
    bool first = store_changes(talk->store) > 0;

    say(talk, "blocked.acked", "name", blocker.owner->name, "text", blocker.text, NULL);
    saying_instead(talk);
    button(talk, "blocked.answer", "blocked:answer:%" G_GINT64_FORMAT, blocker.id);
    button_beside(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, blocker.id);
    if (!first)
        return;
    blocker_note(talk, blocker.id, "seen", talk->person, NULL);
    tell(talk, blocker.owner->person, "blocked.seen_by", "who", talk->name, "text",
         blocker_short(talk, blocker.text), NULL);
}

/* 回复: the next text is the answer. */
static void answer(struct talk *talk, const char *args)
{
    struct blocker blocker;

    if (!pressed(talk, args, &blocker))
        return;
    dialog_set(talk, talk->person, "blocked", blocker.id, talk->member->id, 0, "{}");
    say(talk, "blocked.say", "name", blocker.owner->name, "text", blocker.text, NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

/* Brings an answer to its trainee. */
static void give_answer(struct talk *talk, const struct blocker *blocker, const char *text)
{
    store_run(talk->store, "UPDATE blocker SET answered = ?, acked = ifnull(acked, ?) WHERE id = ?", "iii",
              talk->now, talk->now, blocker->id);
    blocker_note(talk, blocker->id, "answered", talk->person, text);
    timers_cancel(talk->timers, "blocked.tell", blocker->id);
    say(talk, "blocked.answered", "name", blocker->owner->name, "answer", text, NULL);
    button(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, blocker->id);
    if (!tell(talk, blocker->owner->person, "blocked.answer_of", "who", talk->name, "text",
              blocker_short(talk, blocker->text), "answer", text, NULL))
        return;
    button(talk, "blocked.helped", "blocked:close:%" G_GINT64_FORMAT, blocker->id);
    button_beside(talk, "blocked.not_helped", "blocked:again:%" G_GINT64_FORMAT, blocker->id);
}

/* The text that 回复 asked for. */
static bool answers(struct talk *talk)
{
    struct dialog dialog;
    struct blocker blocker;
    const char *text;

    if (!dialog_words(talk, ANSWER_MAX, &dialog, &text))
        return false;
    if (!text)
        return true;
    if (pressed(talk, num(talk, dialog.subject), &blocker))
        give_answer(talk, &blocker, text);
    return true;
}

/* --- both
 * ----------------------------------------------------------------------------------------------------- */

/* 还没解决 below an answer: it waits for one again. */
static void again(struct talk *talk, const char *args)
{
    struct blocker blocker;

    if (!blocker_load(talk, g_ascii_strtoll(args, NULL, 10), &blocker) ||
        blocker.owner->person != talk->person) {
        say(talk, "stale", NULL);
        return;
    }
    say(talk, "blocked.again", "text", blocker_short(talk, blocker.text), NULL);
    saying_instead(talk);
    if (blocker.answered || blocker.closed)
        blocker_wait(talk, blocker.id);
}

/* 已解决: by the trainee or by who looks after the class. */
static void close_one(struct talk *talk, const char *args)
{
    struct blocker blocker;

    if (!blocker_load(talk, g_ascii_strtoll(args, NULL, 10), &blocker)) {
        say(talk, "stale", NULL);
        return;
    }
    bool mine = blocker.owner->person == talk->person;

    if (!mine && !speaks_as(talk, ROLE_STAFF, blocker.owner->class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    const char *text = blocker_short(talk, blocker.text);

    blocker_close(talk, blocker.id, talk->person);
    say(talk, "blocked.closed", "name", blocker.owner->name, "text", text, NULL);
    saying_instead(talk);
    if (!blocker.closed && !mine &&
        tell(talk, blocker.owner->person, "blocked.closed_by", "text", text, "who", talk->name, NULL))
        button(talk, "blocked.not_helped", "blocked:again:%" G_GINT64_FORMAT, blocker.id);
}

const struct handler blocked = {
    .name = "blocked",
    .commands = { { .name = "blocked",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | ROLE_STAFF | NEEDS_PRIVATE,
                    .run = run,
                    .rank = 9 } },
    .actions = { { .verb = "close", .run = close_one },
                 { .verb = "again", .run = again },
                 { .verb = "answer", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = answer },
                 { .verb = "seen", .needs = ROLE_STAFF, .run = seen },
                 { .verb = "list", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = more } },
    .timers = { { .kind = "blocked.tell", .run = blocked_tell } },
    .answers = answers,
};
