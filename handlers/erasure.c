/* 删除我的数据: whoever wants to be forgotten is told what goes and what stays. The organiser of each class
 * the person is or was in agrees, and the bureau where the class has one, one class after the other; nobody
 * stands in for them. Then erase.h does it. In a class that still runs it means leaving. */
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

/* Whether somebody besides the person has one of these roles in the class. */
static bool others(struct talk *talk, int64_t class_id, int64_t person, int roles)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM member WHERE class = ? AND role & ? AND left IS NULL AND person <> ?",
               "iii", class_id, (int64_t)roles, person) > 0;
}

/* The membership in the next class that has not agreed and in which somebody can: the current class first,
 * those that the person left last; 0 when there is none. */
static int64_t next_class(struct talk *talk, int64_t erasure, int64_t person)
{
    return store_int(
        talk->store, 0,
        "SELECT m.id FROM member m WHERE m.person = ?1 AND NOT EXISTS (SELECT 1 FROM approval a"
        " WHERE a.kind = 'erase' AND a.subject = ?2 AND a.class = m.class AND a.state = ?3)"
        " AND EXISTS (SELECT 1 FROM member o WHERE o.class = m.class AND o.left IS NULL AND o.person <> ?1"
        " AND o.role & ?4) ORDER BY m.class <> ?5, m.left IS NOT NULL, m.class, m.id LIMIT 1",
        "iiiii", person, erasure, (int64_t)APPROVAL_AGREED, (int64_t)(ROLE_STAFF | ROLE_BUREAU),
        talk->class ? talk->class->id : 0);
}

/* Asks those who decide in the class of a membership; gives the number. */
static int64_t ask_class(struct talk *talk, int64_t erasure, const struct member *member)
{
    static const struct approval_step organiser = { .roles = ROLE_ORGANISER },
                                      bureau = { .roles = ROLE_BUREAU };
    struct approval_request request = { .kind = "erase",
                                        .subject = erasure,
                                        .asker = member->id,
                                        .class_id = member->class_id,
                                        .deadline = talk->now + WAITS,
                                        .steps = { organiser } };

    if (others(talk, member->class_id, member->person, ROLE_BUREAU))
        request.steps[others(talk, member->class_id, member->person, ROLE_ORGANISER) ? 1 : 0] = bureau;
    return approval_ask(talk, &request);
}

static void press_send(struct talk *talk, const char *args)
{
    int64_t number = asked(talk, talk->person);

    (void)args;
    if (number) {
        say_asked(talk, number);
        return;
    }
    const struct member *member = member_by_id(talk, next_class(talk, 0, talk->person));

    if (!member) {
        say(talk, "erasure.nobody", NULL);
        return;
    }
    store_run(talk->store, "INSERT INTO erasure (person, asked) VALUES (?, ?)", "ii", talk->person,
              talk->now);
    number = ask_class(talk, store_last_id(talk->store), member);
    say(talk, "erasure.sent", "n", num(talk, number), "class", class_by_id(talk, member->class_id)->title,
        NULL);
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

/* Agreed in one class: the next one is asked, and the person told; after the last it is done when this
 * message is answered, so that the answer is forgotten with the rest. */
static void agreed(struct talk *talk, const struct approval *approval, int64_t person)
{
    const struct member *next = member_by_id(talk, next_class(talk, approval->subject, person));

    if (!next) {
        tell(talk, person, "erasure.agreed", NULL);
        timers_set(talk->timers, "erasure.due", approval->subject, talk->now);
        return;
    }
    int64_t number = ask_class(talk, approval->subject, next);

    if (tell(talk, person, "erasure.next", "by", approval->by, "agreed",
             class_by_id(talk, approval->class_id)->title, "n", num(talk, number), "class",
             class_by_id(talk, next->class_id)->title, NULL))
        button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

/* Refused in one class it is refused. */
static void decided(struct talk *talk, const struct approval *approval)
{
    const struct member *asker = member_by_id(talk, approval->asker);
    const char *lang = talk->lang;

    if (!asker || approval->state == APPROVAL_WITHDRAWN || approval->state == APPROVAL_OPEN)
        return;
    talk->lang = lang_of(talk, asker->person);
    if (approval->state == APPROVAL_AGREED)
        agreed(talk, approval, asker->person);
    else
        tell(talk, asker->person, "erasure.refused", "by", approval->by, "reason",
             *approval->said ? approval->said : "-", NULL);
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
