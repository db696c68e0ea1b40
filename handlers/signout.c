/* 签退: where the class has it, from ten minutes before the end of a sitting to half an hour after, with the
 * sitting's code. Who is missing is a question to the teacher, never points by itself (rules.md A14). */
#include <string.h>

#include "bot/school/codes.h"
#include "bot/school/erase.h"
#include "bot/school/handler.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/sitting.h"

enum { GUESSES_FREE = 5, GUESS_PAUSE = 60, NAMES_SHOWN = 30, ASK_USEFUL = 24 * 3600 };

struct target {
    const struct member *member;
    struct sitting sitting;
    enum code_verdict verdict;
};

/* What the code is for this sitting: the one on the screen, or one that was read out. */
static enum code_verdict judge(struct talk *talk, const struct sitting *sitting, const char *code)
{
    int64_t spoken = store_int(talk->store, 0,
                               "SELECT count(*) FROM spoken_code WHERE sitting = ? AND code = ? AND made <= ?"
                               " AND until >= ?",
                               "isii", sitting->id, code, talk->moment, talk->moment);

    return spoken ? CODE_GOOD
                  : code_check(class_by_id(talk, sitting->class_id), sitting->id,
                               sitting->starts - SITTING_OPENS, talk->moment, code);
}

/* The sitting that the speaker can sign out of; *ret_asked: one of the speaker's classes has sign-out. */
static bool find_target(struct talk *talk, struct target *ret, bool *ret_asked)
{
    bool found = false;

    *ret_asked = false;
    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];
        const struct class *class = class_by_id(talk, member->class_id);
        struct sitting sitting;

        if (member->role != ROLE_TRAINEE || strcmp(class->signout, "code") != 0)
            continue;
        *ret_asked = true;
        if (!sitting_ending(talk, class->id, talk->moment, &sitting))
            continue;
        enum code_verdict verdict = talk->args.code ? judge(talk, &sitting, talk->args.code) : CODE_WRONG;

        if (!found || verdict < ret->verdict)
            *ret = (struct target){ member, sitting, verdict };
        found = true;
    }
    return found;
}

/* Seconds to wait after too many wrong codes; more than a pause was kept by a clock that was ahead. */
static int64_t must_wait(struct talk *talk, int64_t member)
{
    int64_t until =
        store_int(talk->store, 0, "SELECT until FROM signout_guess WHERE member = ?", "i", member);

    return until - talk->now <= GUESS_PAUSE ? MAX(until - talk->now, 0) : 0;
}

static void note_guess(struct talk *talk, int64_t member)
{
    store_run(talk->store,
              "INSERT INTO signout_guess (member, wrong, until) VALUES (?1, 1, 0)"
              " ON CONFLICT (member) DO UPDATE SET wrong = wrong + 1,"
              " until = CASE WHEN (wrong + 1) % ?2 = 0 THEN ?3 ELSE until END",
              "iii", member, (int64_t)GUESSES_FREE, talk->now + GUESS_PAUSE);
}

/* Whether the member was there: signed in by code or by a teacher. */
static bool was_there(struct talk *talk, const struct target *target)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND how <> 'closed'",
                     "ii", target->sitting.id, target->member->id) > 0;
}

/* What stands against a sign-out, in words; NULL nothing. */
static const char *objection(struct talk *talk, const struct target *target)
{
    int64_t wait = target->verdict == CODE_WRONG ? must_wait(talk, target->member->id) : 0;

    if (!was_there(talk, target))
        return words(talk, "signout.why_not_in", "title", target->sitting.title, NULL);
    if (!talk->args.code)
        return words(talk, "signout.why_code", NULL);
    if (wait > 0)
        return words(talk, "signin.why_slow", "seconds", num(talk, wait), NULL);
    if (target->verdict == CODE_OLD)
        return words(talk, "signin.why_old", NULL);
    if (target->verdict == CODE_WRONG) {
        note_guess(talk, target->member->id);
        return words(talk, "signout.why_wrong", NULL);
    }
    return NULL;
}

static void sign_out(struct talk *talk)
{
    struct target target = { .verdict = CODE_WRONG };
    bool asked;

    if (!find_target(talk, &target, &asked)) {
        say(talk, "signout.refused", "why",
            words(talk, asked ? "signout.why_closed" : "signout.why_off", NULL), NULL);
        return;
    }
    talk_as(talk, target.member);
    int64_t before = store_int(talk->store, 0, "SELECT at FROM signout WHERE sitting = ? AND member = ?",
                               "ii", target.sitting.id, target.member->id);

    if (before) {
        say(talk, "signout.again", "title", target.sitting.title, "at", show_time(talk, talk->class, before),
            NULL);
        return;
    }
    const char *why = objection(talk, &target);

    if (why) {
        say(talk, "signout.refused", "why", why, NULL);
        return;
    }
    store_run(talk->store, "INSERT INTO signout (sitting, member, at) VALUES (?, ?, ?)", "iii",
              target.sitting.id, target.member->id, talk->moment);
    say(talk, "signout.done", "title", target.sitting.title, "at", show_time(talk, talk->class, talk->moment),
        NULL);
}

/* --- the question to the teacher
 * ----------------------------------------------------------------------------------------- */

/* Those who were there, are not known to have left early, and did not sign out. */
static GPtrArray *without_signout(struct talk *talk, int64_t sitting)
{
    GPtrArray *names = g_ptr_array_new();
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.name FROM attendance a JOIN member m ON m.id = a.member AND m.left IS NULL"
        " JOIN person p ON p.id = m.person WHERE a.sitting = ?1 AND a.state IN ('present', 'late')"
        " AND NOT EXISTS (SELECT 1 FROM signout o WHERE o.sitting = ?1 AND o.member = a.member)"
        " AND NOT EXISTS (SELECT 1 FROM early_leave e WHERE e.sitting = ?1 AND e.member = a.member)"
        " ORDER BY length(m.number), m.number, m.id",
        "i", sitting);

    while (query_next(q))
        g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 0)));
    return names;
}

struct question {
    const struct class *class;
    const struct sitting *sitting;
    GPtrArray *names;
};

static bool ask_teacher(struct talk *talk, const struct member *member, void *data)
{
    const struct question *question = data;
    struct reminder r = { .kind = "signout",
                          .person = member->person,
                          .class = question->class,
                          .until = question->sitting->ends + ASK_USEFUL,
                          .must = true };

    if (!remind_may(talk, &r) ||
        !tell(talk, r.person, "signout.missing", "title", question->sitting->title, "at",
              show_moment(talk, question->class, question->sitting->ends), "n",
              num(talk, question->names->len), "names", names_join(talk, question->names, NAMES_SHOWN), NULL))
        return false;
    remind_sent(talk, &r);
    button(talk, "signout.left_early", "do:early_leave");
    button_beside(talk, "signout.fine", "signout:fine:%" G_GINT64_FORMAT, question->sitting->id);
    return true;
}

/* The window is over: one message with all names, at the next hour that is not quiet. */
static void ask(struct talk *talk, int64_t id, int64_t due)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, id, &sitting) || sitting.ends + SITTING_SIGNOUT_AFTER > due)
        return;
    const struct class *class = class_by_id(talk, sitting.class_id);
    bool on =
        store_int(talk->store, 0, "SELECT state = 'on' FROM session WHERE id = ?", "i", sitting.session);
    g_autoptr(GPtrArray) names = without_signout(talk, id);

    if (!on || sitting.ends <= sitting.starts || names->len == 0)
        return;
    if (remind_quiet(talk, class, due)) {
        timers_set(talk->timers, "signout.ask", id, remind_awake(talk, class, due));
        return;
    }
    struct question question = { class, &sitting, names };

    store_run(talk->store,
              "INSERT INTO signout_question (sitting, asked) VALUES (?, ?) ON CONFLICT DO NOTHING", "ii", id,
              talk->now);
    if (store_changes(talk->store) > 0)
        remind_teachers(talk, sitting.class_id, ask_teacher, &question);
}

static void press_fine(struct talk *talk, const char *args)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, g_ascii_strtoll(args, NULL, 10), &sitting) ||
        !speaks_as(talk, ROLE_TEACHERS, sitting.class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    store_run(talk->store,
              "UPDATE signout_question SET settled = ?, by = ? WHERE sitting = ? AND settled IS NULL", "iii",
              talk->now, speaks_as(talk, ROLE_TEACHERS, sitting.class_id)->id, sitting.id);
    say(talk, "signout.settled", "title", sitting.title, NULL);
    saying_instead(talk);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    const struct class *class = event == EVENT_TIMETABLE_CHANGED ? class_by_id(talk, subject) : NULL;

    if (!class)
        return;
    bool wanted = strcmp(class->signout, "code") == 0;
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id, ends FROM sitting WHERE class = ?", "i", subject);

    while (query_next(q)) {
        int64_t due = query_int(q, 1) + SITTING_SIGNOUT_AFTER;

        timers_cancel(talk->timers, "signout.ask", query_int(q, 0));
        if (wanted && due > talk->now)
            timers_set(talk->timers, "signout.ask", query_int(q, 0), due);
    }
}

static const char *const schema[] = {
    "CREATE TABLE signout ("
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL,"
    "  PRIMARY KEY (sitting, member)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE signout_guess (member INTEGER PRIMARY KEY, wrong INTEGER NOT NULL, until INTEGER NOT NULL)"
    " STRICT;"
    "CREATE TABLE signout_question (" /* asked once a sitting; settled by a teacher's word */
    "  sitting INTEGER PRIMARY KEY REFERENCES sitting(id), asked INTEGER NOT NULL, settled INTEGER, by "
    "INTEGER"
    ") STRICT;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "signout", NULL }, { "signout_question", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM signout_guess WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler signout = {
    .name = "signout",
    .commands = { { .name = "signout", .args = "CODE?", .needs = ROLE_TRAINEE | ASIDE, .run = sign_out } },
    .actions = { { .verb = "fine", .needs = ROLE_TEACHERS, .run = press_fine } },
    .timers = { { .kind = "signout.ask", .run = ask } },
    .on = on,
    .schema = schema,
    .audited = audited,
    .erases = erases,
};
