/* 特批: 考勤不达标 need not fail a trainee when organiser and bureau record an exception before settlement
 * (rules.md A6). Asked for by those who look after the class; the organiser decides, then the bureau. */
#include <string.h>

#include "bot/school/approval.h"
#include "bot/school/erase.h"
#include "bot/school/marks.h"
#include "bot/school/who.h"

enum { REASON_MAX = 300, WAITS = 24 * 3600 };

static bool is_settled(struct talk *talk, int64_t member)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM result WHERE member = ?", "i", member) > 0;
}

/* Whether the trainee has one, or one is being decided. */
static bool is_asked(struct talk *talk, int64_t member)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM attendance_exception WHERE member = ? AND state IN ('asked', 'granted')",
               "i", member) > 0;
}

/* Organiser first, unless it is the organiser who asks; then the bureau. */
static void ask(struct talk *talk, const struct member *member, const char *reason)
{
    struct approval_step bureau = { .roles = ROLE_BUREAU }, organiser = { .roles = ROLE_ORGANISER };
    struct approval_request request = { .kind = "exception",
                                        .asker = talk->member->id,
                                        .class_id = talk->class->id,
                                        .deadline = talk->now + WAITS,
                                        .steps = { organiser, bureau } };

    if (talk->member->role == ROLE_ORGANISER) {
        request.steps[0] = bureau;
        request.steps[1] = (struct approval_step){ 0 };
    }
    store_run(talk->store,
              "INSERT INTO attendance_exception (member, reason, state, asked) VALUES (?, ?, 'asked', ?)",
              "isi", member->id, text_clean(talk->pool, reason, strlen(reason), REASON_MAX), talk->now);
    request.subject = store_last_id(talk->store);
    int64_t number = approval_ask(talk, &request);

    say(talk, "exception.sent", "n", num(talk, number), "name", member->name, NULL);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

static void request_exception(struct talk *talk)
{
    const char *rest;
    const struct member *member =
        who_one(talk, ROLE_TRAINEE, "exception", talk->args.rest, "exception.how", &rest);
    size_t bureau = 0;

    if (!member)
        return;
    members_of(talk, talk->class->id, ROLE_BUREAU, &bureau);
    if (!*rest)
        say(talk, "exception.how", NULL);
    else if (bureau == 0)
        say(talk, "exception.no_bureau", NULL);
    else if (is_settled(talk, member->id))
        say(talk, "exception.settled", "name", member->name, NULL);
    else if (is_asked(talk, member->id))
        say(talk, "exception.asked_already", "name", member->name, NULL);
    else
        ask(talk, member, rest);
}

/* --- decisions
 * ----------------------------------------------------------------------------------------------------- */

/* The trainee of a request; *ret_reason why. NULL when there is no such request. */
static const struct member *trainee_of(struct talk *talk, int64_t id, const char **ret_reason)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT member, reason FROM attendance_exception WHERE id = ?", "i", id);

    if (!query_next(q))
        return NULL;
    *ret_reason = pool_strdup(talk->pool, query_text(q, 1));
    return member_by_id(talk, query_int(q, 0));
}

static const char *describe(struct talk *talk, const struct approval *approval)
{
    const char *reason = "";
    const struct member *member = trainee_of(talk, approval->subject, &reason);

    return words(talk, "exception.described", "name", member ? member->name : "", "reason", reason, NULL);
}

static void tell_one(struct talk *talk, int64_t person, const char *key, const char *name,
                     const struct approval *approval)
{
    const char *lang = talk->lang;

    talk->lang = lang_of(talk, person);
    tell(talk, person, key, "name", name, "by", approval->by, "reason",
         *approval->said ? approval->said : "-", NULL);
    talk->lang = lang;
}

static void decided(struct talk *talk, const struct approval *approval)
{
    static const char *const states[] = { "asked", "granted", "refused", "withdrawn" };
    const char *reason = "", *state = states[approval->state];
    const struct member *member = trainee_of(talk, approval->subject, &reason);
    const struct member *asker = member_by_id(talk, approval->asker);

    if (!member || !asker)
        return;
    bool late = approval->state == APPROVAL_AGREED && is_settled(talk, member->id);

    store_run(talk->store, "UPDATE attendance_exception SET state = ?, decided = ? WHERE id = ?", "sii",
              late ? "late" : state, talk->now, approval->subject);
    if (approval->state == APPROVAL_WITHDRAWN)
        return;
    const char *key = late                                 ? "exception.too_late"
                      : approval->state == APPROVAL_AGREED ? "exception.granted"
                                                           : "exception.refused";

    tell_one(talk, asker->person, key, member->name, approval);
    if (approval->state == APPROVAL_AGREED && !late)
        tell_one(talk, member->person, "exception.granted_you", member->name, approval);
}

static const struct approving approving[] = {
    { .kind = "exception", .describe = describe, .decided = decided },
    { 0 },
};

static bool measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    if (strcmp(name, "attendance.exception") != 0)
        return false;
    into->value =
        ratio_of(store_int(talk->store, 0,
                           "SELECT count(*) FROM attendance_exception WHERE member = ? AND state = 'granted'"
                           " AND decided <= ?",
                           "ii", m->member->id, m->at) > 0,
                 1);
    return true;
}

static const char *const schema[] = {
    "CREATE TABLE attendance_exception ("
    "  id INTEGER PRIMARY KEY,"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  reason TEXT NOT NULL,"
    "  state TEXT NOT NULL," /* asked | granted | refused | withdrawn | late: after the settlement */
    "  asked INTEGER NOT NULL, decided INTEGER"
    ") STRICT;"
    "CREATE INDEX attendance_exception_member ON attendance_exception(member);",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "attendance_exception", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE attendance_exception SET reason = '' WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler exception = {
    .name = "exception",
    .commands = { { .name = "exception",
                    .args = "REST?",
                    .needs = ROLE_TEACHERS | ROLE_MENTOR | NEEDS_PRIVATE,
                    .run = request_exception,
                    .rank = 92 } },
    .schema = schema,
    .audited = audited,
    .approving = approving,
    .measure = measure,
    .erases = erases,
};
