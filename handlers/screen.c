/* 投屏: a teacher binds the screen on the classroom wall to the sitting that is open. */
#include "bot/school/erase.h"
#include "bot/school/screens.h"

#include "bot/school/handler.h"
#include "bot/school/school.h"

enum { GUESSES_FREE = 3, GUESS_PAUSE = 60 };

static const char *address(struct talk *talk)
{
    return pool_printf(talk->pool, "%s/screen", talk->school->public_url);
}

/* The open sitting of the class spoken in, else of another one the speaker teaches. */
static bool find_sitting(struct talk *talk, struct sitting *ret)
{
    if (sitting_now(talk, talk->class->id, talk->now, ret) && ret->ends > talk->now)
        return true;
    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];

        if (member->role & ROLE_TEACHERS && sitting_now(talk, member->class_id, talk->now, ret) &&
            ret->ends > talk->now) {
            talk_as(talk, member);
            return true;
        }
    }
    return false;
}

/* Says when the next sitting can be signed in to. */
static void say_none_open(struct talk *talk)
{
    struct sitting next;

    if (sitting_next(talk, talk->class->id, talk->now, &next))
        say(talk, "screen.not_open", "title", next.title, "from",
            show_moment(talk, talk->class, next.starts - SITTING_OPENS), NULL);
    else
        say(talk, "screen.no_more", NULL);
}

/* Seconds until this person may try another number; more than a pause was kept by a clock that was ahead. */
static int64_t must_wait(struct talk *talk)
{
    int64_t until =
        store_int(talk->store, 0, "SELECT until FROM screen_guess WHERE person = ?", "i", talk->person);

    return until - talk->now <= GUESS_PAUSE ? MAX(until - talk->now, 0) : 0;
}

/* Counts a wrong number; every third means a pause. */
static void note_guess(struct talk *talk)
{
    store_run(talk->store,
              "INSERT INTO screen_guess (person, wrong, until) VALUES (?1, 1, 0)"
              " ON CONFLICT (person) DO UPDATE SET wrong = wrong + 1,"
              " until = CASE WHEN (wrong + 1) % ?2 = 0 THEN ?3 ELSE until END",
              "iii", talk->person, (int64_t)GUESSES_FREE, talk->now + GUESS_PAUSE);
}

static void pair(struct talk *talk)
{
    struct sitting sitting;
    int64_t wait = must_wait(talk);

    if (!talk->args.ref) {
        say(talk, "screen.how", "url", address(talk), NULL);
    } else if (!find_sitting(talk, &sitting)) {
        say_none_open(talk);
    } else if (wait > 0) {
        say(talk, "screen.slow", "seconds", num(talk, wait), NULL);
    } else if (!screens_pair(talk, talk->args.ref, sitting.id)) {
        note_guess(talk);
        say(talk, "screen.wrong", "url", address(talk), NULL);
    } else {
        say(talk, "screen.paired", "class", talk->class->title, "title", sitting.title, "until",
            show_time(talk, talk->class, sitting.ends), NULL);
        button(talk, "screen.stop", "screen:stop:%" G_GINT64_FORMAT, sitting.id);
        button_beside(talk, "signin.who_missing", "do:missing");
    }
}

/* 断开: all screens of a sitting the speaker is responsible for. */
static void stop(struct talk *talk, const char *args)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, g_ascii_strtoll(args, NULL, 10), &sitting) ||
        !speaks_as(talk, ROLE_TEACHERS, sitting.class_id) || screens_stop(talk, sitting.id) == 0)
        say(talk, "stale", NULL);
    else
        say(talk, "screen.stopped", "url", address(talk), NULL);
}

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM screen_guess WHERE person = ?1",
    "DELETE FROM screen WHERE by = ?1",
    NULL,
};

const struct handler screen = {
    .name = "screen",
    .commands = { { .name = "screen",
                    .args = "REF?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = pair,
                    .rank = 32 } },
    .actions = { { .verb = "stop", .needs = ROLE_TEACHERS, .run = stop } },
    .schema = screens_schema,
    .erases = erases,
};
