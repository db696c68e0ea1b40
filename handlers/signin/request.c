/* What a trainee asks of the teacher about attendance: 申请补签 with the time and why, 申诉 against what was
 * written. Both are approvals; agreeing to a make-up writes it, agreeing to an objection promises to put
 * things right. */
#include <string.h>

#include "bot/school/approval.h"
#include "bot/school/correction.h"
#include "bot/school/dialog.h"
#include "bot/school/school.h"
#include "handlers/signin/signin.h"

enum { REASON_MAX = 300, WAITS = 24 * 3600 };
enum { STEP_TIME, STEP_APPEAL }; /* of the dialog */

/* One request's row. */
struct request {
    const char *kind, *text;
    int64_t member, sitting, at;
};

static bool request_by_id(struct talk *talk, int64_t id, struct request *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT kind, text, member, coalesce(sitting, 0), coalesce(at, 0)"
                                     " FROM attendance_request WHERE id = ?",
                                     "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct request){ .kind = pool_strdup(talk->pool, query_text(q, 0)),
                             .text = pool_strdup(talk->pool, query_text(q, 1)),
                             .member = query_int(q, 2),
                             .sitting = query_int(q, 3),
                             .at = query_int(q, 4) };
    return true;
}

/* Writes the row, asks the teachers, says so. */
static void ask(struct talk *talk, const char *kind, const char *text, int64_t sitting, int64_t at)
{
    store_run(
        talk->store,
        "INSERT INTO attendance_request (kind, member, sitting, at, text, asked) VALUES (?, ?, nullif(?, 0),"
        " nullif(?, 0), ?, ?)",
        "siiisi", kind, talk->member->id, sitting, at, text, talk->now);
    struct approval_request request = { .kind = kind,
                                        .subject = store_last_id(talk->store),
                                        .asker = talk->member->id,
                                        .class_id = talk->class->id,
                                        .deadline = talk->now + WAITS,
                                        .steps = { { ROLE_DUTY, ROLE_LEADER | ROLE_ORGANISER } } };
    int64_t number = approval_ask(talk, &request);

    dialog_close(talk, talk->person);
    say(talk, "request.sent", "n", num(talk, number), NULL);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

/* --- 申请补签
 * ---------------------------------------------------------------------------------------------------------
 */

/* Asks when the person came; what was written so far is the reason. */
static void ask_time(struct talk *talk, const char *reason, const char *key, const char *why)
{
    dialog_set(talk, talk->person, "signin", 0, talk->member->id, STEP_TIME, reason);
    say(talk, key, "why", why, NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

/* From "8:55 手机没电" to a request, or to a question. */
static void request_makeup(struct talk *talk, const char *typed, const char *reason_before)
{
    struct sitting sitting;
    int64_t at;
    const char *reason, *why;

    if (!signin_read_arrival(talk, talk->member, typed, &sitting, &at, &reason, &why)) {
        const char *kept = *reason_before ? reason_before : typed;

        ask_time(talk, kept, *typed ? "request.time_again" : "request.time", why);
        return;
    }
    if (!*reason)
        reason = reason_before;
    if (store_int(talk->store, 0,
                  "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND state IN ('present', "
                  "'late')",
                  "ii", sitting.id, talk->member->id) > 0) {
        dialog_close(talk, talk->person);
        say(talk, "request.had", "title", sitting.title, NULL);
        button(talk, "correction.appeal", "do:appeal");
        return;
    }
    if (!*reason) {
        ask_time(talk, "", "request.reason", "");
        return;
    }
    ask(talk, "makeup", text_clean(talk->pool, reason, strlen(reason), REASON_MAX), sitting.id, at);
}

void signin_request_makeup(struct talk *talk)
{
    bool particle = g_utf8_strlen(talk->args.rest, -1) < 2; /* 忘记签到了 */

    request_makeup(talk, particle ? "" : talk->args.rest, "");
}

/* --- 申诉
 * ------------------------------------------------------------------------------------------------------------
 */

void signin_appeal(struct talk *talk)
{
    const char *text = text_clean(talk->pool, talk->args.rest, strlen(talk->args.rest), REASON_MAX);

    if (store_int(talk->store, 0, "SELECT count(*) FROM result WHERE member = ?", "i", talk->member->id) >
        0) {
        say(talk, "request.settled", NULL); /* objections until the settlement (rules.md §2) */
        return;
    }
    if (*text) {
        ask(talk, "appeal", text, 0, 0);
        return;
    }
    dialog_set(talk, talk->person, "signin", 0, talk->member->id, STEP_APPEAL, "");
    say(talk, "request.appeal_how", NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

bool signin_answers(struct talk *talk)
{
    struct dialog dialog;
    const struct member *member = NULL;

    if (talk->update->kind != UPDATE_TEXT || !dialog_of(talk, talk->person, &dialog))
        return false;
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].id == dialog.member)
            member = &talk->members[i];
    if (!member)
        return false;
    talk_as(talk, member);
    const char *text = text_clean(talk->pool, talk->update->text, strlen(talk->update->text), REASON_MAX);

    struct sitting sitting;
    int64_t at;
    const char *reason, *why;

    if (dialog.step == STEP_TIME && talk->command &&
        !signin_read_arrival(talk, member, text, &sitting, &at, &reason, &why))
        return false; /* no time but a command: it goes through, the question stays */
    if (dialog.step == STEP_APPEAL)
        ask(talk, "appeal", text, 0, 0);
    else
        request_makeup(talk, text, dialog.state);
    return true;
}

/* --- what the teacher sees, and what follows
 * ----------------------------------------------------------------------------- */

static const char *describe_makeup(struct talk *talk, const struct approval *approval)
{
    struct request request;
    struct sitting sitting;

    if (!request_by_id(talk, approval->subject, &request) || !sitting_by_id(talk, request.sitting, &sitting))
        return "";
    const struct member *member = member_by_id(talk, request.member);

    return words(talk, "request.makeup", "name", member ? member->name : "", "title", sitting.title, "at",
                 show_moment(talk, class_by_id(talk, approval->class_id), request.at), "reason", request.text,
                 NULL);
}

static const char *describe_appeal(struct talk *talk, const struct approval *approval)
{
    struct request request;

    if (!request_by_id(talk, approval->subject, &request))
        return "";
    const struct member *member = member_by_id(talk, request.member);

    return words(talk, "request.appeal", "name", member ? member->name : "", "text", request.text, NULL);
}

/* Tells the asker the decision in the asker's language. */
static void tell_asker(struct talk *talk, const struct approval *approval, const char *agreed_key)
{
    const struct member *asker = member_by_id(talk, approval->asker);
    const char *lang = talk->lang;
    bool agreed = approval->state == APPROVAL_AGREED;

    if (!asker || approval->state == APPROVAL_WITHDRAWN)
        return;
    talk->lang = lang_of(talk, asker->person);
    tell(talk, asker->person,
         agreed            ? agreed_key
         : *approval->said ? "request.refused"
                           : "request.refused_bare",
         "by", approval->by, "what", approval_what(talk, approval), "reason", approval->said, NULL);
    talk->lang = lang;
}

static void decided_makeup(struct talk *talk, const struct approval *approval)
{
    struct request request;
    struct sitting sitting;
    const struct member *member;

    if (approval->state == APPROVAL_AGREED && request_by_id(talk, approval->subject, &request) &&
        sitting_by_id(talk, request.sitting, &sitting) && (member = member_by_id(talk, request.member)))
        signin_correct(talk, member, &sitting, request.at, "makeup", request.text);
    tell_asker(talk, approval, "request.made_up");
    school_event(talk, EVENT_OBJECTION_DECIDED, approval->asker);
}

static void decided_appeal(struct talk *talk, const struct approval *approval)
{
    tell_asker(talk, approval, "request.appeal_agreed");
    school_event(talk, EVENT_OBJECTION_DECIDED, approval->asker);
}

const struct approving signin_approving[] = {
    { .kind = "makeup", .describe = describe_makeup, .decided = decided_makeup },
    { .kind = "appeal", .describe = describe_appeal, .decided = decided_appeal },
    { 0 },
};
