#include "bot/school/approval.h"

#include <string.h>

#include "bot/school/remind.h"
#include "bot/school/school.h"

enum { WAIT_LEAST = 20 * 60, WAIT_MOST = 24 * 3600 };

const char *const approval_schema[] = {
    "CREATE TABLE approval ("
    "  id INTEGER PRIMARY KEY,"
    "  kind TEXT NOT NULL, subject INTEGER NOT NULL,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  asker INTEGER NOT NULL REFERENCES member(id),"
    "  step INTEGER NOT NULL DEFAULT 0,"
    "  state INTEGER NOT NULL DEFAULT 0," /* enum approval_state */
    "  asked INTEGER NOT NULL, deadline INTEGER NOT NULL,"
    "  closed INTEGER,"
    "  widened INTEGER NOT NULL DEFAULT 0" /* 1: the substitutes of this step have been asked */
    ") STRICT;"
    "CREATE INDEX approval_open ON approval(class) WHERE state = 0;"
    "CREATE INDEX approval_asker ON approval(asker) WHERE state = 0;"
    "CREATE TABLE approval_step ("
    "  approval INTEGER NOT NULL REFERENCES approval(id),"
    "  step INTEGER NOT NULL,"
    "  roles INTEGER NOT NULL, substitutes INTEGER NOT NULL,"
    "  decided INTEGER, by INTEGER REFERENCES member(id), agreed INTEGER, said TEXT,"
    "  PRIMARY KEY (approval, step)"
    ") STRICT, WITHOUT ROWID;",
    /* Nobody stands in for whom a deletion needs, nor in those asked for before that was so. */
    "UPDATE approval_step SET substitutes = 0 WHERE substitutes <> 0 AND decided IS NULL AND approval IN"
    " (SELECT id FROM approval WHERE kind = 'erase' AND state = 0);",
    NULL,
};

/* --- reading
 * ------------------------------------------------------------------------------------------------------ */

#define APPROVAL                                                                                             \
    "a.id, a.subject, a.class, a.asker, a.kind, a.step, a.state, a.asked, a.deadline, p.name,"               \
    " d.by, d.said"
#define FROM                                                                                                 \
    "FROM approval a LEFT JOIN approval_step d ON d.approval = a.id AND d.decided IS NOT NULL"               \
    " AND NOT EXISTS (SELECT 1 FROM approval_step x WHERE x.approval = a.id AND x.step > d.step"             \
    " AND x.decided IS NOT NULL) LEFT JOIN member m ON m.id = d.by LEFT JOIN person p ON p.id = m.person"

static struct approval read_approval(struct talk *talk, query *q)
{
    return (struct approval){ .id = query_int(q, 0),
                              .subject = query_int(q, 1),
                              .class_id = query_int(q, 2),
                              .asker = query_int(q, 3),
                              .kind = pool_strdup(talk->pool, query_text(q, 4)),
                              .step = (int)query_int(q, 5),
                              .state = (enum approval_state)query_int(q, 6),
                              .asked = query_int(q, 7),
                              .deadline = query_int(q, 8),
                              .by = pool_strdup(talk->pool, query_text(q, 9)),
                              .by_member = query_int(q, 10),
                              .said = query_text(q, 11) ? pool_strdup(talk->pool, query_text(q, 11)) : "" };
}

bool approval_by_id(struct talk *talk, int64_t id, struct approval *ret)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT " APPROVAL " " FROM " WHERE a.id = ?", "i", id);

    if (!query_next(q))
        return false;
    *ret = read_approval(talk, q);
    return true;
}

/* All rows of a query, in the pool. */
static struct approval *read_all(struct talk *talk, query *q, size_t *ret_count)
{
    enum { MOST = 50 };
    struct approval *list = pool_alloc(talk->pool, MOST * sizeof *list);

    *ret_count = 0;
    while (*ret_count < MOST && query_next(q))
        list[(*ret_count)++] = read_approval(talk, q);
    return list;
}

struct approval *approvals_to_decide(struct talk *talk, size_t *ret_count)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT " APPROVAL " " FROM " JOIN approval_step s ON s.approval = a.id AND s.step = a.step"
        " JOIN member asker ON asker.id = a.asker WHERE a.state = 0 AND asker.person <> ?1"
        " AND EXISTS (SELECT 1 FROM member me WHERE me.person = ?1 AND me.class = a.class"
        " AND me.left IS NULL AND me.role & " APPROVAL_DECIDERS ") ORDER BY a.id",
        "i", talk->person);

    return read_all(talk, q, ret_count);
}

struct approval *approvals_asked(struct talk *talk, size_t *ret_count)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT " APPROVAL " " FROM " JOIN member asker ON asker.id = a.asker"
                                     " WHERE a.state = 0 AND asker.person = ? ORDER BY a.id",
                                     "i", talk->person);

    return read_all(talk, q, ret_count);
}

/* Who is asked at the step it is at. */
static struct approval_step step_of(struct talk *talk, const struct approval *approval)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT roles, substitutes FROM approval_step WHERE approval = ? AND step = ?", "ii",
        approval->id, (int64_t)approval->step);

    if (!query_next(q))
        return (struct approval_step){ 0 };
    return (struct approval_step){ (int)query_int(q, 0), (int)query_int(q, 1) };
}

/* Whether the substitutes of the step it is at have been asked. */
static bool is_widened(struct talk *talk, int64_t id)
{
    return store_int(talk->store, 0, "SELECT widened FROM approval WHERE id = ?", "i", id) > 0;
}

/* Whether it is the speaker's own request; nobody decides over that. */
static bool is_own(struct talk *talk, const struct approval *approval)
{
    const struct member *asker = member_by_id(talk, approval->asker);

    return !asker || asker->person == talk->person;
}

bool approval_mine(struct talk *talk, const struct approval *approval)
{
    struct approval_step step = step_of(talk, approval);
    const struct member *me = speaks_as(talk, step.roles, approval->class_id);

    if (!me && is_widened(talk, approval->id))
        me = speaks_as(talk, step.substitutes, approval->class_id);
    if (!me || is_own(talk, approval))
        return false;
    talk_as(talk, me);
    return true;
}

bool approval_may_become_mine(struct talk *talk, const struct approval *approval)
{
    return approval->state == APPROVAL_OPEN && !is_own(talk, approval) && !is_widened(talk, approval->id) &&
           speaks_as(talk, step_of(talk, approval).substitutes, approval->class_id);
}

/* The handler's entry for a kind. */
static const struct approving *kind_of(struct talk *talk, const char *kind)
{
    for (size_t h = 0; talk->school->handlers[h]; h++)
        for (const struct approving *a = talk->school->handlers[h]->approving; a && a->kind; a++)
            if (strcmp(a->kind, kind) == 0)
                return a;
    return NULL;
}

const char *approval_what(struct talk *talk, const struct approval *approval)
{
    const struct approving *kind = kind_of(talk, approval->kind);

    return kind ? kind->describe(talk, approval) : approval->kind;
}

/* --- asking
 * ------------------------------------------------------------------------------------------------------- */

/* Tells one who may decide, in that person's language. */
static void tell_one(struct talk *talk, const struct approval *approval, int64_t person, const char *key)
{
    const char *lang = talk->lang;

    talk->lang = lang_of(talk, person);
    if (tell(talk, person, key, "n", num(talk, approval->id), "what", approval_what(talk, approval), "class",
             class_by_id(talk, approval->class_id)->title, NULL)) {
        saying_until(talk, talk->now + WAIT_MOST);
        button(talk, "approval.yes", "approvals:yes:%" G_GINT64_FORMAT ":%d", approval->id, approval->step);
        button_beside(talk, "approval.no", "approvals:no:%" G_GINT64_FORMAT ":%d", approval->id,
                      approval->step);
    }
    talk->lang = lang;
}

/* Tells everybody of these roles but the asker. */
static void tell_roles(struct talk *talk, const struct approval *approval, int roles, const char *key)
{
    const struct member *asker = member_by_id(talk, approval->asker);
    size_t count;
    struct member *members = members_of(talk, approval->class_id, roles, &count);

    for (size_t i = 0; i < count; i++) {
        bool again = asker && members[i].person == asker->person;

        for (size_t j = 0; j < i && !again; j++)
            again = members[j].person == members[i].person;
        if (!again)
            tell_one(talk, approval, members[i].person, key);
    }
}

/* How many of these roles there are besides the asker. */
static bool anybody(struct talk *talk, const struct approval *approval, int roles)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM member m WHERE m.class = ?1 AND m.role & ?2 AND m.left IS NULL"
                     " AND m.person <> (SELECT person FROM member WHERE id = ?3)",
                     "iii", approval->class_id, (int64_t)roles, approval->asker) > 0;
}

/* Begins the step it is at: roles that nobody has fall to others, those are told, due times are set. */
static void begin_step(struct talk *talk, const struct approval *approval)
{
    const struct class *class = class_by_id(talk, approval->class_id);
    struct approval_step step = step_of(talk, approval);
    int roles[] = { step.roles, step.substitutes, ROLE_TEACHERS, ROLE_STAFF };
    int64_t wait = CLAMP(approval->deadline - talk->now, WAIT_LEAST, WAIT_MOST);

    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        if (roles[i] && anybody(talk, approval, roles[i])) {
            step.roles = roles[i];
            break;
        }
    store_run(talk->store, "UPDATE approval_step SET roles = ? WHERE approval = ? AND step = ?", "iii",
              (int64_t)step.roles, approval->id, (int64_t)approval->step);
    timers_set(talk->timers, "approval.remind", approval->id,
               remind_awake(talk, class, talk->now + wait / 2));
    timers_set(talk->timers, "approval.substitute", approval->id,
               remind_awake(talk, class, talk->now + wait));
    if (remind_quiet(talk, class, talk->now))
        timers_set(talk->timers, "approval.tell", approval->id, remind_awake(talk, class, talk->now));
    else
        tell_roles(talk, approval, step.roles, "approval.ask");
}

int64_t approval_ask(struct talk *talk, const struct approval_request *request)
{
    struct approval approval;

    store_run(talk->store,
              "INSERT INTO approval (kind, subject, class, asker, asked, deadline) VALUES (?, ?, ?, ?, ?, ?)",
              "siiiii", request->kind, request->subject, request->class_id, request->asker, talk->now,
              request->deadline);
    int64_t id = store_last_id(talk->store);

    for (int i = 0; i < APPROVAL_STEPS && request->steps[i].roles; i++)
        store_run(
            talk->store, "INSERT INTO approval_step (approval, step, roles, substitutes) VALUES (?, ?, ?, ?)",
            "iiii", id, (int64_t)i, (int64_t)request->steps[i].roles, (int64_t)request->steps[i].substitutes);
    if (approval_by_id(talk, id, &approval))
        begin_step(talk, &approval);
    return id;
}

/* --- deciding
 * ----------------------------------------------------------------------------------------------------- */

static void cancel_timers(struct talk *talk, int64_t id)
{
    timers_cancel(talk->timers, "approval.tell", id);
    timers_cancel(talk->timers, "approval.remind", id);
    timers_cancel(talk->timers, "approval.substitute", id);
}

/* Closes it and lets its handler write what follows. */
static void finish(struct talk *talk, struct approval *approval, enum approval_state state)
{
    const struct approving *kind = kind_of(talk, approval->kind);

    store_run(talk->store, "UPDATE approval SET state = ?, closed = ? WHERE id = ?", "iii", (int64_t)state,
              talk->now, approval->id);
    approval->state = state;
    if (kind)
        kind->decided(talk, approval);
}

void approval_decide(struct talk *talk, struct approval *approval, bool agreed, const char *said)
{
    store_run(
        talk->store,
        "UPDATE approval_step SET decided = ?, by = ?, agreed = ?, said = ? WHERE approval = ? AND step = ?",
        "iiisii", talk->now, talk->member->id, (int64_t)agreed, said, approval->id, (int64_t)approval->step);
    cancel_timers(talk, approval->id);
    approval->by = talk->name;
    approval->by_member = talk->member->id;
    approval->said = said;
    bool more = agreed && store_int(talk->store, 0,
                                    "SELECT count(*) FROM approval_step WHERE approval = ? AND step = ?",
                                    "ii", approval->id, (int64_t)approval->step + 1) > 0;

    if (!more) {
        finish(talk, approval, agreed ? APPROVAL_AGREED : APPROVAL_REFUSED);
        return;
    }
    approval->step++;
    store_run(talk->store, "UPDATE approval SET step = ?, widened = 0 WHERE id = ?", "ii",
              (int64_t)approval->step, approval->id);
    begin_step(talk, approval);
}

void approval_explain(struct talk *talk, const struct approval *approval, const char *said)
{
    store_run(talk->store, "UPDATE approval_step SET said = ? WHERE approval = ? AND step = ?", "sii", said,
              approval->id, (int64_t)approval->step);
}

void approval_withdraw(struct talk *talk, struct approval *approval)
{
    cancel_timers(talk, approval->id);
    finish(talk, approval, APPROVAL_WITHDRAWN);
}

void approval_end(struct talk *talk, int64_t id)
{
    cancel_timers(talk, id);
    store_run(talk->store, "UPDATE approval SET state = ?, closed = ? WHERE id = ? AND state = 0", "iii",
              (int64_t)APPROVAL_WITHDRAWN, talk->now, id);
}

void approval_reopen(struct talk *talk, int64_t id)
{
    struct approval approval;

    store_run(talk->store,
              "UPDATE approval SET state = 0, closed = NULL, widened = 0 WHERE id = ? AND state = ?", "ii",
              id, (int64_t)APPROVAL_WITHDRAWN);
    if (store_changes(talk->store) > 0 && approval_by_id(talk, id, &approval))
        begin_step(talk, &approval);
}

bool approval_holds(struct talk *talk, int64_t asker)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM approval a WHERE a.asker = ?1 AND a.kind IN ('appeal', 'makeup',"
               " 'leave') AND (a.state = 0 OR (a.kind = 'appeal' AND a.state = ?2 AND a.closed > ?3"
               "  AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.member = ?1 AND c.at >= a.closed)))",
               "iii", asker, (int64_t)APPROVAL_AGREED, talk->now - APPROVAL_MENDING) > 0;
}

/* --- due times
 * ------------------------------------------------------------------------------------------------------- */

void approval_tell(struct talk *talk, int64_t id, int64_t due)
{
    struct approval approval;

    (void)due;
    if (approval_by_id(talk, id, &approval) && approval.state == APPROVAL_OPEN)
        tell_roles(talk, &approval, step_of(talk, &approval).roles, "approval.ask");
}

void approval_remind(struct talk *talk, int64_t id, int64_t due)
{
    struct approval approval;

    (void)due;
    if (approval_by_id(talk, id, &approval) && approval.state == APPROVAL_OPEN)
        tell_roles(talk, &approval, step_of(talk, &approval).roles, "approval.still");
}

void approval_substitute(struct talk *talk, int64_t id, int64_t due)
{
    struct approval approval;

    (void)due;
    if (!approval_by_id(talk, id, &approval) || approval.state != APPROVAL_OPEN)
        return;
    struct approval_step step = step_of(talk, &approval);

    if (!anybody(talk, &approval, step.roles)) { /* they left meanwhile */
        begin_step(talk, &approval);
        return;
    }
    store_run(talk->store, "UPDATE approval SET widened = 1 WHERE id = ?", "i", id);
    tell_roles(talk, &approval, step.substitutes & ~step.roles, "approval.instead");
}
