/* 点名: a tick list of those not here, one press each; 人数: the heads counted against the record. */
#include <string.h>

#include "bot/school/correction.h"
#include "bot/school/ladder.h"
#include "bot/school/school.h"
#include "bot/school/turnout.h"
#include "handlers/signin/signin.h"

enum { TICKS = 36, IN_A_ROW = 3 };

/* --- 点名
 * ------------------------------------------------------------------------------------------------------------
 */

/* The list as it stands now: a button for each trainee of whom nothing is known. */
static void show(struct talk *talk, const struct sitting *sitting)
{
    struct turnout_now now;
    int64_t left = 0;

    turnout_now(talk, sitting, &now);
    say(talk, "rollcall.list", "title", sitting->title, "here", num(talk, now.here), NULL);
    for (int64_t i = 0; i < now.expected && left < TICKS; i++) {
        const struct present *one = &now.list[i];

        if (one->state != PRESENCE_MISSING || one->came)
            continue;
        if (left++ % IN_A_ROW == 0)
            button_named(talk, one->name, "signin:tick:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, sitting->id,
                         one->member);
        else
            button_named_beside(talk, one->name, "signin:tick:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                                sitting->id, one->member);
    }
    if (left)
        button(talk, "rollcall.done", "do:missing");
}

void signin_rollcall(struct talk *talk)
{
    struct sitting sitting;

    if (sitting_now(talk, talk->class->id, talk->moment, &sitting))
        show(talk, &sitting);
    else
        say(talk, "correction.refused", "why", words(talk, "correction.why_none_now", NULL), NULL);
}

void signin_press_tick(struct talk *talk, const char *args)
{
    struct sitting sitting;
    const char *second = strchr(args, ':');
    const struct member *member = second ? member_by_id(talk, g_ascii_strtoll(second + 1, NULL, 10)) : NULL;

    if (!member || !sitting_by_id(talk, g_ascii_strtoll(args, NULL, 10), &sitting) ||
        sitting.class_id != member->class_id || !speaks_as(talk, ROLE_TEACHERS, sitting.class_id) ||
        sitting.ends < talk->now) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, speaks_as(talk, ROLE_TEACHERS, sitting.class_id));
    if (store_int(talk->store, 0,
                  "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND how <> 'closed'",
                  "ii", sitting.id, member->id) == 0)
        signin_tick(talk, member, &sitting);
    show(talk, &sitting);
    saying_instead(talk);
}

/* --- 人数
 * ------------------------------------------------------------------------------------------------------------
 */

void signin_headcount(struct talk *talk)
{
    struct sitting sitting;

    if (talk->args.ref <= 0 && !strstr(talk->update->text, "0")) {
        say(talk, "headcount.how", NULL);
        return;
    }
    if (!sitting_now(talk, talk->class->id, talk->moment, &sitting) &&
        !sitting_last(talk, talk->class->id, talk->now, &sitting)) {
        say(talk, "signin.no_more", NULL);
        return;
    }
    struct turnout_now now;

    turnout_now(talk, &sitting, &now);
    int64_t here = now.here;
    int64_t differs = talk->args.ref - here;

    store_run(
        talk->store,
        "INSERT INTO headcount (sitting, at, heads, signed_in, by) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (sitting, at) DO UPDATE SET heads = excluded.heads, signed_in = excluded.signed_in",
        "iiiii", sitting.id, talk->now, (int64_t)talk->args.ref, here, talk->member->id);
    school_event(talk, EVENT_CORRECTED, sitting.id);
    say(talk,
        differs == 0  ? "headcount.same"
        : differs < 0 ? "headcount.fewer"
                      : "headcount.more",
        "title", sitting.title, "heads", num(talk, talk->args.ref), "here", num(talk, here), "n",
        num(talk, differs < 0 ? -differs : differs), NULL);
    if (differs != 0)
        button(talk, "headcount.rollcall", "do:rollcall");
}
