/* 删除我的数据: whoever wants to be forgotten is told what goes and what stays; the organiser agrees, and the
 * bureau where the class has one; then erase.h does it. In a class that still runs it means leaving. */
#include "bot/school/approval.h"
#include "bot/school/erase.h"
#include "bot/school/school.h"

enum { WAITS = 24 * 3600 };

/* Whether a class has something ahead of it. */
static bool runs(struct talk *talk, int64_t class_id)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE class = ? AND state = 'on' AND ends > ?", "ii",
                     class_id, talk->now) > 0;
}

/* The open request of a person; 0 none. */
static int64_t asked(struct talk *talk, int64_t person)
{
    return store_int(talk->store, 0,
                     "SELECT a.id FROM erasure e JOIN approval a ON a.kind = 'erase' AND a.subject = e.id"
                     " WHERE e.person = ? AND a.state = 0 LIMIT 1",
                     "i", person);
}

static void say_asked(struct talk *talk, int64_t number)
{
    say(talk, "erasure.asked_already", "n", num(talk, number), NULL);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

static void ask(struct talk *talk)
{
    int64_t number = asked(talk, talk->person);
    bool running = false;

    if (number) {
        say_asked(talk, number);
        return;
    }
    for (size_t i = 0; i < talk->member_count; i++)
        running = running || runs(talk, talk->members[i].class_id);
    say(talk, running ? "erasure.sure_running" : "erasure.sure", "name",
        words(talk, "erasure.neutral", "n", num(talk, talk->person), NULL), NULL);
    button(talk, "erasure.yes", "erasure:send");
    button_beside(talk, "erasure.no", "erasure:drop");
}

static void press_send(struct talk *talk, const char *args)
{
    int64_t number = asked(talk, talk->person);
    size_t bureau;
    struct approval_request request = { .kind = "erase",
                                        .asker = talk->member->id,
                                        .class_id = talk->class->id,
                                        .deadline = talk->now + WAITS,
                                        .steps = { { ROLE_ORGANISER, ROLE_LEADER | ROLE_DUTY } } };

    (void)args;
    if (number) {
        say_asked(talk, number);
        return;
    }
    members_of(talk, talk->class->id, ROLE_BUREAU, &bureau);
    if (bureau)
        request.steps[1] = (struct approval_step){ .roles = ROLE_BUREAU };
    store_run(talk->store, "INSERT INTO erasure (person, asked) VALUES (?, ?)", "ii", talk->person,
              talk->now);
    request.subject = store_last_id(talk->store);
    number = approval_ask(talk, &request);
    say(talk, "erasure.sent", "n", num(talk, number), NULL);
    saying_instead(talk);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

static void press_drop(struct talk *talk, const char *args)
{
    (void)args;
    say(talk, "erasure.dropped", NULL);
    saying_instead(talk);
}

static const char *describe(struct talk *talk, const struct approval *approval)
{
    const struct member *asker = member_by_id(talk, approval->asker);

    return words(talk, "erasure.described", "name", asker ? asker->name : "", NULL);
}

/* Agreed: it is done when this message is answered, so that the answer is forgotten with the rest. */
static void decided(struct talk *talk, const struct approval *approval)
{
    const struct member *asker = member_by_id(talk, approval->asker);
    const char *lang = talk->lang;

    if (!asker || approval->state == APPROVAL_WITHDRAWN || approval->state == APPROVAL_OPEN)
        return;
    talk->lang = lang_of(talk, asker->person);
    if (approval->state == APPROVAL_AGREED) {
        tell(talk, asker->person, "erasure.agreed", NULL);
        timers_set(talk->timers, "erasure.due", approval->subject, talk->now);
    } else {
        tell(talk, asker->person, "erasure.refused", "by", approval->by, "reason",
             *approval->said ? approval->said : "-", NULL);
    }
    talk->lang = lang;
}

static const struct approving approving[] = {
    { .kind = "erase", .describe = describe, .decided = decided },
    { 0 },
};

/* It is time: leaves what still runs, withdraws what is still asked for, and forgets the person. */
static void due(struct talk *talk, int64_t erasure, int64_t at)
{
    int64_t person =
        store_int(talk->store, 0, "SELECT person FROM erasure WHERE id = ? AND done IS NULL", "i", erasure);

    (void)at;
    if (!person)
        return;
    g_autoptr(query) open = store_query(talk->store,
                                        "SELECT a.id FROM approval a JOIN member m ON m.id = a.asker"
                                        " WHERE m.person = ? AND a.state = 0",
                                        "i", person);
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id, class FROM member WHERE person = ? AND left IS NULL", "i", person);

    while (query_next(open))
        approval_end(talk, query_int(open, 0));
    while (query_next(q))
        if (runs(talk, query_int(q, 1)))
            member_left(talk, query_int(q, 0), talk->now);
    erase_person(talk, person);
    store_run(talk->store, "UPDATE erasure SET done = ? WHERE id = ?", "ii", talk->now, erasure);
}

static const char *const schema[] = {
    "CREATE TABLE erasure ("
    "  id INTEGER PRIMARY KEY,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  asked INTEGER NOT NULL, done INTEGER"
    ") STRICT;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "erasure", NULL }, { NULL, NULL } };

const struct handler erasure = {
    .name = "erasure",
    .commands = { { .name = "erase_me", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = ask, .rank = 92 } },
    .actions = { { .verb = "send", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_send },
                 { .verb = "drop", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_drop } },
    .timers = { { .kind = "erasure.due", .run = due } },
    .schema = schema,
    .audited = audited,
    .approving = approving,
};
