/* The teacher's side of signing in: the code on the screen or read out, and who is missing. */
#include <string.h>

#include "bot/school/codes.h"
#include "bot/school/names.h"
#include "bot/school/school.h"
#include "bot/school/turnout.h"
#include "handlers/signin/signin.h"

enum { SPOKEN_LIVES = 600, NAMES_SHOWN = 30 };

/* The sitting to speak of: the open one, with the reason said when there is none. */
static bool open_sitting(struct talk *talk, struct sitting *ret)
{
    struct sitting next;

    if (sitting_now(talk, talk->class->id, talk->now, ret))
        return true;
    if (strcmp(talk->class->signout, "code") == 0 && sitting_ending(talk, talk->class->id, talk->now, ret))
        return true; /* the code goes on for those who sign out */
    if (sitting_next(talk, talk->class->id, talk->now, &next))
        say(talk, "signin.not_open", "title", next.title, "at", show_moment(talk, talk->class, next.starts),
            "from", show_moment(talk, talk->class, next.starts - SITTING_OPENS), NULL);
    else
        say(talk, "signin.no_more", NULL);
    return false;
}

void signin_open(struct talk *talk)
{
    struct sitting sitting;
    char code[7];

    if (!open_sitting(talk, &sitting))
        return;
    code_at(talk->class, sitting.id, talk->now, code);
    say(talk, "signin.opened", "code", code, "title", sitting.title, "until",
        show_time(talk, talk->class, code_good_until(talk->now)), "screen",
        pool_printf(talk->pool, "%s/screen", talk->school->public_url), NULL);
    button(talk, "signin.new_code", "do:open");
    button_beside(talk, "signin.read_out", "do:spoken_code");
    button(talk, "signin.who_missing", "do:missing");
}

/* Six digits that nobody can foresee; the code of a step far away serves, since codes are a keyed hash. */
static void random_code(struct talk *talk, const struct sitting *sitting, char ret[7])
{
    code_at(talk->class, -sitting->id, talk->now * CODE_STEP + talk->id, ret);
}

void signin_spoken(struct talk *talk)
{
    struct sitting sitting;
    char code[7];

    if (!open_sitting(talk, &sitting))
        return;
    random_code(talk, &sitting, code);
    store_run(talk->store,
              "INSERT INTO spoken_code (sitting, code, made, until) VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (sitting, code) DO UPDATE SET until = ?4",
              "isii", sitting.id, code, talk->now, talk->now + SPOKEN_LIVES);
    say(talk, "signin.spoken", "code", code, "title", sitting.title, "until",
        show_time(talk, talk->class, talk->now + SPOKEN_LIVES), NULL);
    button(talk, "signin.who_missing", "do:missing");
}

void signin_missing(struct talk *talk)
{
    struct sitting sitting;
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    g_autoptr(GPtrArray) away = g_ptr_array_new();

    if (!sitting_now(talk, talk->class->id, talk->now, &sitting) &&
        !sitting_last(talk, talk->class->id, talk->now, &sitting)) {
        say(talk, "signin.no_more", NULL);
        return;
    }
    struct turnout_now now;

    turnout_now(talk, &sitting, &now);
    for (int64_t i = 0; i < now.expected; i++) {
        const struct present *one = &now.list[i];
        const char *name = one->name;

        if (one->state == PRESENCE_PENDING)
            name = words(talk, "missing.pending", "name", name, NULL);
        if (one->state != PRESENCE_HERE)
            g_ptr_array_add(one->state == PRESENCE_MISSING ? missing : away, (void *)name);
    }
    const char *leaves = now.leave ? words(talk, "missing.leave", "n", num(talk, now.leave), "names",
                                           names_join(talk, away, NAMES_SHOWN), NULL)
                                   : "";

    if (now.missing == 0)
        say(talk, now.leave ? "missing.none_but" : "missing.none", "title", sitting.title, "expected",
            num(talk, now.expected), "here", num(talk, now.here), "leave", leaves, NULL);
    else
        say(talk, "missing.list", "title", sitting.title, "expected", num(talk, now.expected), "here",
            num(talk, now.here), "missing", num(talk, now.missing), "names",
            names_join(talk, missing, NAMES_SHOWN), "leave", leaves, NULL);
    button(talk, "signin.again_missing", "do:missing");
}
