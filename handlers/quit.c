/* 退班: leaving a class takes the yes of the school and of the enterprise; 劝退: the enterprise sends
 * somebody away after the school was consulted, which is its own reason and outside the dropout rate
 * (rules.md §7). */
#include <string.h>

#include "bot/school/approval.h"
#include "bot/school/correction.h"
#include "bot/school/erase.h"
#include "bot/school/school.h"
#include "bot/school/who.h"

enum { REASON_MAX = 300, WAITS = 24 * 3600 };

/* One request's row. */
struct departure {
    int64_t id, member, class_id;
    const char *kind, *reason, *state;
};

static bool departure_by_id(struct talk *talk, int64_t id, struct departure *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT d.member, m.class, d.kind, d.reason, d.state FROM departure d JOIN member m ON m.id ="
        " d.member WHERE d.id = ?",
        "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct departure){ .id = id,
                               .member = query_int(q, 0),
                               .class_id = query_int(q, 1),
                               .kind = pool_strdup(talk->pool, query_text(q, 2)),
                               .reason = pool_strdup(talk->pool, query_text(q, 3)),
                               .state = pool_strdup(talk->pool, query_text(q, 4)) };
    return true;
}

static void set_state(struct talk *talk, int64_t id, const char *state)
{
    store_run(talk->store, "UPDATE departure SET state = ? WHERE id = ?", "si", state, id);
}

/* A request of this member that is still being decided. */
static bool is_asked(struct talk *talk, int64_t member)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM departure WHERE member = ? AND state = 'asked'",
                     "i", member) > 0;
}

/* Notes what is wanted; asks nobody yet. */
static int64_t draft(struct talk *talk, int64_t member, const char *kind, const char *reason)
{
    store_run(talk->store, "DELETE FROM departure WHERE member = ? AND state = 'draft'", "i", member);
    store_run(talk->store,
              "INSERT INTO departure (member, kind, reason, state, asked) VALUES (?, ?, ?, 'draft', ?)",
              "issi", member, kind, text_clean(talk->pool, reason, strlen(reason), REASON_MAX), talk->now);
    return store_last_id(talk->store);
}

static void quit_class(struct talk *talk)
{
    if (is_asked(talk, talk->member->id)) {
        say(talk, "quit.asked_already", NULL);
    } else if (!*talk->args.rest) {
        say(talk, "quit.how", NULL);
    } else {
        int64_t id = draft(talk, talk->member->id, "own", talk->args.rest);

        say(talk, "quit.sure", "class", talk->class->title, "reason", talk->args.rest, NULL);
        button(talk, "quit.yes", "quit:send:%" G_GINT64_FORMAT, id);
        button_beside(talk, "quit.no", "quit:drop:%" G_GINT64_FORMAT, id);
    }
}

/* 劝退 张三 原因, by a mentor. */
static void send_away(struct talk *talk)
{
    const char *rest;
    const struct member *member =
        who_one(talk, ROLE_TRAINEE, "send_away", talk->args.rest, "quit.away_how", &rest);

    if (!member)
        return;
    if (is_asked(talk, member->id)) {
        say(talk, "quit.asked_already", NULL);
    } else if (!*rest) {
        say(talk, "quit.away_how", NULL);
    } else {
        int64_t id = draft(talk, member->id, "sent", rest);

        say(talk, "quit.away_sure", "name", member->name, "reason", rest, NULL);
        button(talk, "quit.yes", "quit:send:%" G_GINT64_FORMAT, id);
        button_beside(talk, "quit.no", "quit:drop:%" G_GINT64_FORMAT, id);
    }
}

/* The draft behind a button that the speaker may send, in the membership for it; false, said so, when none.
 */
static bool own_draft(struct talk *talk, const char *args, struct departure *ret)
{
    if (departure_by_id(talk, g_ascii_strtoll(args, NULL, 10), ret) && strcmp(ret->state, "draft") == 0) {
        bool own = strcmp(ret->kind, "own") == 0;
        const struct member *me = speaks_as(talk, own ? ROLE_TRAINEE : ROLE_MENTOR, ret->class_id);

        if (me && (!own || me->id == ret->member)) {
            talk_as(talk, me);
            return true;
        }
    }
    say(talk, "stale", NULL);
    return false;
}

static void press_send(struct talk *talk, const char *args)
{
    struct departure departure;

    if (!own_draft(talk, args, &departure))
        return;
    bool own = strcmp(departure.kind, "own") == 0;
    struct approval_request request = { .kind = own ? "quit" : "sent_away",
                                        .subject = departure.id,
                                        .asker = talk->member->id,
                                        .class_id = departure.class_id,
                                        .deadline = talk->now + WAITS,
                                        .steps = { { ROLE_DUTY, ROLE_LEADER | ROLE_ORGANISER } } };

    if (own)
        request.steps[1] = (struct approval_step){ .roles = ROLE_MENTOR };
    set_state(talk, departure.id, "asked");
    int64_t number = approval_ask(talk, &request);

    say(talk, own ? "quit.sent" : "quit.away_sent", "n", num(talk, number), NULL);
    saying_instead(talk);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

static void press_drop(struct talk *talk, const char *args)
{
    struct departure departure;

    if (!own_draft(talk, args, &departure))
        return;
    set_state(talk, departure.id, "dropped");
    say(talk, "quit.dropped", NULL);
    saying_instead(talk);
}

/* --- decisions
 * ------------------------------------------------------------------------------------------------------- */

static const char *describe(struct talk *talk, const struct approval *approval)
{
    struct departure departure;

    if (!departure_by_id(talk, approval->subject, &departure))
        return "";
    const struct member *member = member_by_id(talk, departure.member);

    return words(talk, strcmp(departure.kind, "own") == 0 ? "quit.described" : "quit.away_described", "name",
                 member ? member->name : "", "reason", departure.reason, NULL);
}

/* Both sides agreed: the membership ends, on record. */
static void leave_class(struct talk *talk, const struct departure *departure)
{
    struct correction c = { .class_id = departure->class_id,
                            .member = departure->member,
                            .owner = "quit",
                            .what = "quit",
                            .before = "member",
                            .after = departure->kind,
                            .reason = departure->reason };

    store_run(talk->store, "UPDATE departure SET state = 'left', decided = ? WHERE id = ?", "ii", talk->now,
              departure->id);
    correction_note(talk, &c);
    member_left(talk, departure->member, talk->now);
}

static void tell_person(struct talk *talk, int64_t person, const char *key, const struct departure *departure,
                        const struct approval *approval)
{
    const struct member *member = member_by_id(talk, departure->member);
    const char *lang = talk->lang;

    talk->lang = lang_of(talk, person);
    tell(talk, person, key, "name", member ? member->name : "", "class",
         class_by_id(talk, departure->class_id)->title, "by", approval->by, "reason",
         *approval->said ? approval->said : "-", NULL);
    talk->lang = lang;
}

static void decided(struct talk *talk, const struct approval *approval)
{
    struct departure departure;

    if (!departure_by_id(talk, approval->subject, &departure))
        return;
    const struct member *asker = member_by_id(talk, approval->asker);
    const struct member *member = member_by_id(talk, departure.member);

    if (!asker || !member)
        return;
    switch (approval->state) {
    case APPROVAL_OPEN:
        return;
    case APPROVAL_WITHDRAWN:
        set_state(talk, departure.id, "withdrawn");
        return;
    case APPROVAL_REFUSED:
        set_state(talk, departure.id, "refused");
        tell_person(talk, asker->person, "quit.refused", &departure, approval);
        return;
    case APPROVAL_AGREED:
        leave_class(talk, &departure);
        tell_person(talk, member->person, "quit.left", &departure, approval);
        if (asker->person != member->person)
            tell_person(talk, asker->person, "quit.away_done", &departure, approval);
        return;
    }
}

static const struct approving approving[] = {
    { .kind = "quit", .describe = describe, .decided = decided },
    { .kind = "sent_away", .describe = describe, .decided = decided },
    { 0 },
};

/* The membership goes on. */
static bool undo(struct talk *talk, const struct correction *c)
{
    store_run(talk->store, "UPDATE departure SET state = 'undone' WHERE member = ? AND state = 'left'", "i",
              c->member);
    member_left(talk, c->member, 0);
    return true;
}

static const char *const schema[] = {
    "CREATE TABLE departure ("
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  kind TEXT NOT NULL," /* own: the trainee's wish; sent: sent away by the enterprise, no dropout */
    "  reason TEXT NOT NULL,"
    "  state TEXT NOT NULL," /* draft | asked | left | refused | withdrawn | dropped | undone */
    "  asked INTEGER NOT NULL, decided INTEGER"
    ") STRICT;"
    "CREATE INDEX departure_member ON departure(member);"
    "CREATE VIEW departure_all AS SELECT d.member, m.class, d.kind, d.decided AS at FROM departure d"
    "  JOIN member m ON m.id = d.member WHERE d.state = 'left';",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "departure", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE departure SET reason = '' WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler quit = {
    .name = "quit",
    .commands = { { .name = "quit_class",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = quit_class,
                    .rank = 90 },
                  { .name = "send_away",
                    .args = "REST?",
                    .needs = ROLE_MENTOR | NEEDS_PRIVATE,
                    .run = send_away,
                    .rank = 91 } },
    .actions = { { .verb = "send", .needs = ROLE_TRAINEE | ROLE_MENTOR, .run = press_send },
                 { .verb = "drop", .needs = ROLE_TRAINEE | ROLE_MENTOR, .run = press_drop } },
    .schema = schema,
    .audited = audited,
    .approving = approving,
    .undo = undo,
    .erases = erases,
};
