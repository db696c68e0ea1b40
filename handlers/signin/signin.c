/* 签到: a code, a moment, a row. On time, or late by the ladder of rules.md A2; twice: the first stands; an
 * old code is no guess. The teacher's side (codes, who is missing) is in teacher.c, closing in close.c, the
 * digest in brief.c. */
#include "handlers/signin/signin.h"

#include "bot/school/codes.h"
#include "bot/school/erase.h"
#include "bot/school/marks.h"
#include "bot/school/school.h"

enum {
    GUESSES_FREE = 5, /* wrong codes before a pause */
    GUESS_PAUSE = 60, /* seconds: nobody is locked out for longer (issue: slowed for at most 60 s) */
};

/* A sitting the speaker can sign in to, and as whom. */
struct target {
    const struct member *member;
    struct sitting sitting;
    enum code_verdict verdict;
};

/* --- which sitting a code is for
 * --------------------------------------------------------------------------------------- */

/* Whether a code was read out for this sitting and is still good. */
static bool spoken(struct talk *talk, int64_t sitting, const char *code)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM spoken_code WHERE sitting = ? AND code = ? AND made <= ? AND until >= ?",
               "isii", sitting, code, talk->moment, talk->moment) > 0;
}

/* What the code is for this sitting at the moment that counts. */
static enum code_verdict judge(struct talk *talk, const struct sitting *sitting, const char *code)
{
    const struct class *class = class_by_id(talk, sitting->class_id);
    enum code_verdict verdict =
        code_check(class, sitting->id, sitting->starts - SITTING_OPENS, talk->moment, code);

    if (verdict == CODE_GOOD || spoken(talk, sitting->id, code))
        return CODE_GOOD;
    if (verdict == CODE_WRONG &&
        store_int(talk->store, 0, "SELECT count(*) FROM spoken_code WHERE sitting = ? AND code = ?", "is",
                  sitting->id, code) > 0)
        return CODE_OLD;
    return verdict;
}

/* Whether the member has signed in to it. */
static bool has_signed(struct talk *talk, const struct member *member, const struct sitting *sitting)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND how <> 'closed'",
                     "ii", sitting->id, member->id) > 0;
}

/* Finds the sitting the code is good for among all that the speaker is expected at; else the best there is:
 * one not signed in to yet, one that begins about now. */
static bool find_target(struct talk *talk, const char *code, struct target *ret)
{
    bool found = false, done = false;

    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];
        struct sitting open[SITTINGS_OPEN];
        size_t count = member->role == ROLE_TRAINEE ? sittings_open(talk, member, talk->moment, open) : 0;

        for (size_t j = 0; j < count; j++) {
            enum code_verdict verdict = code ? judge(talk, &open[j], code) : CODE_WRONG;
            bool again = has_signed(talk, member, &open[j]);

            if (found && (verdict > ret->verdict || (verdict == ret->verdict && (again || !done))))
                continue;
            *ret = (struct target){ member, open[j], verdict };
            done = again;
            found = true;
        }
    }
    return found;
}

/* --- guesses
 * ----------------------------------------------------------------------------------------------------------
 */

/* Seconds to wait after too many wrong codes; more than a pause was kept by a clock that was ahead. */
static int64_t must_wait(struct talk *talk, int64_t member)
{
    int64_t until = store_int(talk->store, 0, "SELECT until FROM signin_guess WHERE member = ?", "i", member);

    return until - talk->now <= GUESS_PAUSE ? MAX(until - talk->now, 0) : 0;
}

/* Counts a wrong code; every fifth means a pause. */
static void note_guess(struct talk *talk, int64_t member)
{
    store_run(talk->store,
              "INSERT INTO signin_guess (member, wrong, until) VALUES (?1, 1, 0)"
              " ON CONFLICT (member) DO UPDATE SET wrong = wrong + 1,"
              " until = CASE WHEN (wrong + 1) % ?2 = 0 THEN ?3 ELSE until END",
              "iii", member, (int64_t)GUESSES_FREE, talk->now + GUESS_PAUSE);
}

/* --- signing in
 * ---------------------------------------------------------------------------------------------------------
 */

static void refuse(struct talk *talk, const char *why)
{
    say(talk, "signin.refused", "why", why, NULL);
}

/* Nothing can be signed in to now: says what comes next. */
static void refuse_no_sitting(struct talk *talk)
{
    struct sitting next;

    if (talk->member && sitting_next_of(talk, talk->member, talk->moment, &next))
        refuse(talk, words(talk, "signin.why_closed", "title", next.title, "at",
                           show_moment(talk, talk->class, next.starts), NULL));
    else
        refuse(talk, words(talk, "signin.why_none", NULL));
}

/* Says what an earlier sign-in of the same sitting was; false when there was none, or only an absence written
 * at the close that a message from before the close corrects. */
static bool say_again(struct talk *talk, const struct target *target)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT at, how, points FROM attendance WHERE sitting = ? AND member = ?",
                    "ii", target->sitting.id, target->member->id);

    if (!query_next(q) || g_strcmp0(query_text(q, 1), "closed") == 0)
        return false;
    say(talk, "signin.again", "title", target->sitting.title, "at",
        show_time(talk, talk->class, query_int(q, 0)), NULL);
    return true;
}

static void record(struct talk *talk, const struct target *target, const struct lateness *late)
{
    const char *state = late->absent ? "absent" : late->steps ? "late" : "present";

    store_run(talk->store,
              "INSERT INTO attendance (sitting, member, state, at, minutes, points, how, recorded)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'code', ?7) ON CONFLICT (sitting, member) DO UPDATE SET "
              "state = ?3, at = ?4,"
              " minutes = ?5, points = ?6, how = 'code', recorded = ?7",
              "iisiiii", target->sitting.id, target->member->id, state, talk->moment, (int64_t)late->minutes,
              (int64_t)late->points, talk->now);
}

/* Whether the speaker has leave from the sitting, granted or not decided yet. */
static bool on_leave(struct talk *talk, const struct target *target)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM leave_now WHERE sitting = ? AND member = ?", "ii",
                     target->sitting.id, target->member->id) > 0;
}

/* What coming late costs; who is back from leave after more than an hour stays on leave. */
static const char *cost_of(struct talk *talk, const struct lateness *late, bool back)
{
    if (late->absent && back)
        return words(talk, "signin.cost_leave", NULL);
    return lateness_cost(talk, talk->class, late);
}

/* The receipt: on time, or late by how much and what it costs. */
static void say_receipt(struct talk *talk, const struct target *target, const struct lateness *late,
                        bool back)
{
    const char *at = show_time(talk, talk->class, talk->moment), *title = target->sitting.title;
    const char *leave = back ? words(talk, "signin.was_on_leave", NULL) : "";

    if (late->absent)
        say(talk, "signin.late", "title", title, "at", at, "n", num(talk, late->minutes), "cost",
            cost_of(talk, late, back), "leave", "", NULL);
    else if (late->steps)
        say(talk, "signin.late", "title", title, "at", at, "n", num(talk, late->minutes), "cost",
            cost_of(talk, late, back), "leave", leave, NULL);
    else
        say(talk, "signin.ontime", "title", title, "at", at, "leave", leave, NULL);
}

static void sign_in(struct talk *talk)
{
    struct target target = { .verdict = CODE_WRONG };

    if (!find_target(talk, talk->args.code, &target)) {
        refuse_no_sitting(talk);
        return;
    }
    talk_as(talk, target.member);
    if (say_again(talk, &target))
        return;
    if (!talk->args.code) {
        refuse(talk, words(talk, "signin.why_code", NULL));
        return;
    }
    int64_t wait = target.verdict == CODE_WRONG ? must_wait(talk, target.member->id) : 0;

    if (wait > 0) {
        refuse(talk, words(talk, "signin.why_slow", "seconds", num(talk, wait), NULL));
    } else if (target.verdict == CODE_OLD) {
        refuse(talk, words(talk, "signin.why_old", NULL));
    } else if (target.verdict == CODE_WRONG) {
        note_guess(talk, target.member->id);
        refuse(talk, words(talk, "signin.why_wrong", NULL));
    } else {
        struct lateness late = { 0 };

        if (target.sitting.confirmed)
            late = ladder_by(ladder_in(talk, target.sitting.class_id), talk->moment - target.sitting.starts);
        bool back = on_leave(talk, &target);

        if (!(back && late.absent)) /* more than an hour late to what one is on leave from: it stays leave */
            record(talk, &target, &late);
        school_event(talk, EVENT_SIGNED_IN, target.sitting.id);
        say_receipt(talk, &target, &late, back);
    }
}

static const char *const schema[] = {
    "CREATE TABLE attendance ("
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  state TEXT NOT NULL," /* present | late | absent */
    "  at INTEGER NOT NULL," /* the moment that counts; for an absence written at the close: the close */
    "  minutes INTEGER NOT NULL DEFAULT 0, points INTEGER NOT NULL DEFAULT 0,"
    "  how TEXT NOT NULL," /* code | closed | arrived | makeup */
    "  recorded INTEGER NOT NULL,"
    "  PRIMARY KEY (sitting, member)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX attendance_member ON attendance(member);"
    "CREATE TABLE spoken_code ("
    "  sitting INTEGER NOT NULL, code TEXT NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL,"
    "  PRIMARY KEY (sitting, code)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE signin_guess (member INTEGER PRIMARY KEY, wrong INTEGER NOT NULL, until INTEGER NOT NULL) "
    "STRICT;",

    "CREATE TABLE early_leave (" /* 早退: who went before the end */
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL,"
    "  minutes INTEGER NOT NULL, points INTEGER NOT NULL,"
    "  absent INTEGER NOT NULL," /* 1: more than 60 minutes early, so the sitting counts as an absence */
    "  recorded INTEGER NOT NULL,"
    "  PRIMARY KEY (sitting, member)"
    ") STRICT, WITHOUT ROWID;"
    /* What counts for every trainee at every sitting that is closed or signed: present (late ones too) |
     * absent | leave | pending | truant. Sittings of cancelled sessions are not in it. */
    "CREATE VIEW attendance_all AS SELECT t.sitting, t.member, t.class, t.starts, t.state,"
    "   CASE WHEN t.state IN ('present', 'absent') THEN t.minutes ELSE 0 END AS minutes,"
    "   CASE t.state WHEN 'present' THEN t.points WHEN 'absent' THEN 7 WHEN 'truant' THEN 7"
    "     WHEN 'leave' THEN 5 ELSE 0 END AS points,"
    "   CASE WHEN t.state = 'present' THEN coalesce(t.early_minutes, 0) ELSE 0 END AS early_minutes,"
    "   CASE WHEN t.state = 'present' THEN coalesce(t.early_points, 0) ELSE 0 END AS early_points,"
    "   t.how"
    " FROM (SELECT s.id AS sitting, m.id AS member, s.class, s.starts, a.minutes, a.points,"
    "     e.minutes AS early_minutes, e.points AS early_points, coalesce(a.how, 'leave') AS how,"
    "     CASE WHEN a.state IN ('present', 'late') THEN CASE WHEN e.absent THEN 'absent' ELSE 'present' END"
    "       WHEN l.state IS NOT NULL THEN l.state"
    "       WHEN a.how = 'closed' AND c.kind = 'practical' THEN 'truant' ELSE 'absent' END AS state"
    "   FROM sitting s JOIN session n ON n.id = s.session JOIN class c ON c.id = s.class"
    "   JOIN member m ON m.class = s.class"
    "   LEFT JOIN attendance a ON a.sitting = s.id AND a.member = m.id"
    "   LEFT JOIN leave_now l ON l.sitting = s.id AND l.member = m.id"
    "   LEFT JOIN early_leave e ON e.sitting = s.id AND e.member = m.id"
    "   WHERE n.state = 'on' AND s.ends > s.starts"
    "     AND (a.state IS NOT NULL OR (l.state IS NOT NULL AND s.closed IS NOT NULL))) t;",

    "CREATE TABLE attendance_request ("
    "  id INTEGER PRIMARY KEY,"
    "  kind TEXT NOT NULL," /* makeup | appeal */
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  sitting INTEGER REFERENCES sitting(id), at INTEGER," /* of a make-up: when the person says to have come
                                                             */
    "  text TEXT NOT NULL, asked INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE headcount (" /* 人数: the heads somebody counted, and what the record said then */
    "  sitting INTEGER NOT NULL REFERENCES sitting(id), at INTEGER NOT NULL,"
    "  heads INTEGER NOT NULL, signed_in INTEGER NOT NULL,"
    "  by INTEGER NOT NULL REFERENCES member(id),"
    "  PRIMARY KEY (sitting, at)"
    ") STRICT, WITHOUT ROWID;",

    /* The same without points: what a sitting costs is the scheme's to say (measure.c). */
    "DROP VIEW attendance_all;"
    "CREATE VIEW attendance_all AS SELECT t.sitting, t.member, t.class, t.starts, t.state,"
    "   CASE WHEN t.state IN ('present', 'absent') THEN t.minutes ELSE 0 END AS minutes,"
    "   CASE WHEN t.state = 'present' THEN coalesce(t.early_minutes, 0) ELSE 0 END AS early_minutes, t.how"
    " FROM (SELECT s.id AS sitting, m.id AS member, s.class, s.starts, a.minutes,"
    "     e.minutes AS early_minutes, coalesce(a.how, 'leave') AS how,"
    "     CASE WHEN a.state IN ('present', 'late') THEN CASE WHEN e.absent THEN 'absent' ELSE 'present' END"
    "       WHEN l.state IS NOT NULL THEN l.state"
    "       WHEN a.how = 'closed' AND c.kind = 'practical' THEN 'truant' ELSE 'absent' END AS state"
    "   FROM sitting s JOIN session n ON n.id = s.session JOIN class c ON c.id = s.class"
    "   JOIN member m ON m.class = s.class"
    "   LEFT JOIN attendance a ON a.sitting = s.id AND a.member = m.id"
    "   LEFT JOIN leave_now l ON l.sitting = s.id AND l.member = m.id"
    "   LEFT JOIN early_leave e ON e.sitting = s.id AND e.member = m.id"
    "   WHERE n.state = 'on' AND s.ends > s.starts"
    "     AND (a.state IS NOT NULL OR (l.state IS NOT NULL AND s.closed IS NOT NULL))) t;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "attendance", NULL },
                                          { "early_leave", NULL },
                                          { "headcount", NULL },
                                          { "attendance_request", NULL },
                                          { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE attendance_request SET text = '' WHERE member IN " ERASED_MEMBERS,
    "DELETE FROM signin_guess WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler signin = {
    .name = "signin",
    .commands = { { .name = "signin",
                    .args = "CODE?",
                    .needs = ROLE_TRAINEE | ASIDE,
                    .run = sign_in,
                    .rank = 1 },
                  { .name = "open", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = signin_open, .rank = 2 },
                  { .name = "spoken_code",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_spoken,
                    .rank = 4 },
                  { .name = "missing",
                    .needs = ROLE_STAFF | NEEDS_PRIVATE,
                    .run = signin_missing,
                    .rank = 3 },
                  { .name = "makeup",
                    .args = "REST?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_makeup,
                    .rank = 31 },
                  { .name = "arrived",
                    .args = "REST?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_arrived,
                    .rank = 33 },
                  { .name = "early_leave",
                    .args = "REST?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_early,
                    .rank = 34 },
                  { .name = "rollcall",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_rollcall,
                    .rank = 35 },
                  { .name = "headcount",
                    .args = "REF?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = signin_headcount,
                    .rank = 36 },
                  { .name = "makeup_request",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = signin_request_makeup,
                    .rank = 37 },
                  { .name = "appeal",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = signin_appeal,
                    .rank = 38 } },
    .actions = { { .verb = "tick", .needs = ROLE_TEACHERS, .run = signin_press_tick } },
    .timers = { { .kind = "signin.close", .run = signin_close } },
    .on = signin_on,
    .schema = schema,
    .audited = audited,
    .digest = signin_digest,
    .answers = signin_answers,
    .approving = signin_approving,
    .undo = signin_undo,
    .measure = signin_measure,
    .erases = erases,
};
