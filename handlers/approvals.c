/* 待办, 同意, 驳回, 撤回: the chat side of everything that has to be agreed to (bot/school/approval.h). */
#include <string.h>

#include "bot/school/erase.h"
#include "bot/school/names.h"
#include "bot/school/approval.h"
#include "bot/school/dialog.h"

enum { SHOWN = 8, REASON_MAX = 300, BUTTONS_IN_DIGEST = 2 };
enum { DECIDERS = ROLE_STAFF | ROLE_BUREAU }; /* who may be asked to decide anything */

/* A reason, cut to what is kept. */
static const char *reason(struct talk *talk, const char *text)
{
    return text_clean(talk->pool, text, strlen(text), REASON_MAX);
}

/* Whether the speaker may see it at all: staff of its class and who asked. */
static bool visible(struct talk *talk, int64_t id, struct approval *ret)
{
    if (!approval_by_id(talk, id, ret))
        return false;
    const struct member *asker = member_by_id(talk, ret->asker);

    return speaks_as(talk, DECIDERS, ret->class_id) || (asker && asker->person == talk->person);
}

/* Says that somebody was faster, or that it was taken back. */
static void say_closed(struct talk *talk, const struct approval *approval)
{
    static const char *const keys[] = { "approval.not_yours", "approval.was_agreed", "approval.was_refused",
                                        "approval.was_withdrawn" };
    bool went_on = approval->state == APPROVAL_OPEN && approval->by;
    const char *key = approval_may_become_mine(talk, approval) ? "approval.not_yet"
                      : went_on                                ? "approval.was_agreed"
                                                               : keys[approval->state];

    say(talk, key, "n", num(talk, approval->id), "by", approval->by ? approval->by : "", "what",
        approval_what(talk, approval), NULL);
    saying_instead(talk);
}

/* Decides and says what became of it; the message whose button was pressed is replaced. */
static void decide(struct talk *talk, struct approval *approval, bool agreed, const char *said)
{
    const char *what = approval_what(talk, approval);
    int step = approval->step;

    if (approval->state != APPROVAL_OPEN || !approval_mine(talk, approval)) {
        say_closed(talk, approval);
        return;
    }
    approval_decide(talk, approval, agreed, said);
    const char *key = !agreed                  ? "approval.refused"
                      : approval->step != step ? "approval.passed_on"
                                               : "approval.agreed";

    say(talk, key, "n", num(talk, approval->id), "what", what, NULL);
    saying_instead(talk);
    if (!agreed && !*said)
        button(talk, "approval.explain", "approvals:why:%" G_GINT64_FORMAT, approval->id);
}

/* "12:0": the approval and the step that the button was for. */
static void press(struct talk *talk, const char *args, bool agreed)
{
    struct approval approval;
    const char *step = strchr(args, ':');

    if (!visible(talk, g_ascii_strtoll(args, NULL, 10), &approval))
        say(talk, "stale", NULL);
    else if (step && g_ascii_strtoll(step + 1, NULL, 10) != approval.step)
        say_closed(talk, &approval);
    else
        decide(talk, &approval, agreed, "");
}

static void press_yes(struct talk *talk, const char *args)
{
    press(talk, args, true);
}

static void press_no(struct talk *talk, const char *args)
{
    press(talk, args, false);
}

/* The same in a digest, which stays as it is: its other buttons are still good. */
static void press_digest_yes(struct talk *talk, const char *args)
{
    talk->update->pressed = 0;
    press(talk, args, true);
}

static void press_digest_no(struct talk *talk, const char *args)
{
    talk->update->pressed = 0;
    press(talk, args, false);
}

/* Lists what waits for the speaker, with buttons. */
static void list(struct talk *talk, const char *key, const char *none_key)
{
    size_t count;
    struct approval *open = approvals_to_decide(talk, &count);
    g_autoptr(GString) lines = g_string_new(NULL);

    for (size_t i = 0; i < count && i < SHOWN; i++)
        g_string_append_printf(lines, "\n%s",
                               words(talk, "approval.line", "n", num(talk, open[i].id), "what",
                                     approval_what(talk, &open[i]), NULL));
    if (count == 0) {
        say(talk, none_key, NULL);
        return;
    }
    say(talk, key, "n", num(talk, (int64_t)count), "lines", pool_strdup(talk->pool, lines->str), NULL);
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        const char *n = num(talk, open[i].id);

        button_named(talk, words(talk, "approval.yes_number", "n", n, NULL),
                     "approvals:yes:%" G_GINT64_FORMAT ":%d", open[i].id, open[i].step);
        button_named_beside(talk, words(talk, "approval.no_number", "n", n, NULL),
                            "approvals:no:%" G_GINT64_FORMAT ":%d", open[i].id, open[i].step);
    }
}

static void todo(struct talk *talk)
{
    list(talk, "todo.list", "todo.none");
}

/* Whether the words asked something (可以吗？): then nothing is decided by them. */
static bool is_question(const char *text)
{
    return strstr(text, "吗") || strstr(text, "?") || strstr(text, "？");
}

/* 同意 [12], 驳回 [12] 原因: a number may be left out while one thing is open. */
static void typed(struct talk *talk, bool agreed)
{
    struct approval approval;
    size_t count;
    struct approval *open = approvals_to_decide(talk, &count);

    if (talk->args.ref > 0) {
        if (!visible(talk, talk->args.ref, &approval))
            say(talk, "approval.unknown", "n", num(talk, talk->args.ref), NULL);
        else
            decide(talk, &approval, agreed, reason(talk, talk->args.rest));
    } else if (count == 1 && !(agreed && is_question(talk->update->text))) {
        decide(talk, &open[0], agreed, reason(talk, talk->args.rest));
    } else {
        list(talk, "approval.which", "approval.none");
    }
}

static void approve(struct talk *talk)
{
    typed(talk, true);
}

static void reject(struct talk *talk)
{
    typed(talk, false);
}

/* --- the reason after a press
 * ------------------------------------------------------------------------------------- */

/* The refused one that the speaker refused. */
static bool my_refusal(struct talk *talk, int64_t id, struct approval *ret)
{
    const struct member *by = approval_by_id(talk, id, ret) ? member_by_id(talk, ret->by_member) : NULL;

    return by && ret->state == APPROVAL_REFUSED && by->person == talk->person;
}

static void press_why(struct talk *talk, const char *args)
{
    struct approval approval;

    if (!my_refusal(talk, g_ascii_strtoll(args, NULL, 10), &approval)) {
        say(talk, "stale", NULL);
        return;
    }
    dialog_set(talk, talk->person, "approvals", approval.id, talk->member->id, 0, "");
    say(talk, "approval.why", NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

/* The text is the reason; the asker is told. */
static bool answers(struct talk *talk)
{
    struct dialog dialog;
    struct approval approval;

    if (talk->update->kind != UPDATE_TEXT || !dialog_of(talk, talk->person, &dialog))
        return false;
    dialog_close(talk, talk->person);
    if (!my_refusal(talk, dialog.subject, &approval)) {
        say(talk, "stale", NULL);
        return true;
    }
    const char *said = reason(talk, talk->update->text);
    const struct member *asker = member_by_id(talk, approval.asker);

    approval_explain(talk, &approval, said);
    say(talk, "approval.explained", NULL);
    if (asker)
        tell(talk, asker->person, "approval.because", "n", num(talk, approval.id), "by", talk->name, "reason",
             said, NULL);
    return true;
}

/* --- 撤回
 * -----------------------------------------------------------------------------------------------------------
 */

static void withdraw_one(struct talk *talk, struct approval *approval)
{
    const struct member *asker = member_by_id(talk, approval->asker);

    if (!asker || asker->person != talk->person || approval->state != APPROVAL_OPEN) {
        say_closed(talk, approval);
        return;
    }
    const char *what = approval_what(talk, approval);

    approval_withdraw(talk, approval);
    say(talk, "approval.withdrawn", "n", num(talk, approval->id), "what", what, NULL);
    saying_instead(talk);
}

static void press_withdraw(struct talk *talk, const char *args)
{
    struct approval approval;

    if (visible(talk, g_ascii_strtoll(args, NULL, 10), &approval))
        withdraw_one(talk, &approval);
    else
        say(talk, "stale", NULL);
}

static void withdraw(struct talk *talk)
{
    size_t count;
    struct approval *open = approvals_asked(talk, &count);

    if (count == 0) {
        say(talk, "approval.nothing_asked", NULL);
    } else if (count == 1) {
        withdraw_one(talk, &open[0]);
    } else {
        say(talk, "approval.withdraw_which", NULL);
        for (size_t i = 0; i < count && i < SHOWN; i++)
            button_named(talk, approval_what(talk, &open[i]), "approvals:withdraw:%" G_GINT64_FORMAT,
                         open[i].id);
    }
}

/* One line in the digest: who waits for a decision, and since when the oldest; buttons for the first. */
static void digest(struct talk *talk, struct brief *brief)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT p.name, a.id, a.asked, " APPROVAL_DECIDERS " FROM approval a"
                                     " JOIN approval_step s ON s.approval = a.id AND s.step = a.step"
                                     " JOIN member m ON m.id = a.asker JOIN person p ON p.id = m.person"
                                     " WHERE a.class = ? AND a.state = 0 ORDER BY a.id",
                                     "i", brief->class->id);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    int64_t oldest = 0;

    while (query_next(q)) {
        const char *id = num(talk, query_int(q, 1));

        oldest = oldest ? oldest : query_int(q, 2);
        g_ptr_array_add(names, pool_printf(talk->pool, "%s【%s】", query_text(q, 0), id));
        if (names->len <= BUTTONS_IN_DIGEST) {
            brief_button(brief, talk, (int)query_int(q, 3), false,
                         words(talk, "approval.yes_number", "n", id, NULL), "approvals:agree:%s", id);
            brief_button(brief, talk, (int)query_int(q, 3), true,
                         words(talk, "approval.no_number", "n", id, NULL), "approvals:refuse:%s", id);
        }
    }
    if (names->len > 0)
        brief_add(brief, talk, BRIEF_WAITING, names->len,
                  words(talk, "approval.digest", "n", num(talk, names->len), "names",
                        brief_names(brief, talk, names), "since", show_moment(talk, brief->class, oldest),
                        NULL),
                  NULL);
}

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "approval", NULL }, { "approval_step", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE approval_step SET said = '' WHERE said <> '' AND approval IN (SELECT id FROM approval WHERE"
    " asker IN " ERASED_MEMBERS ")",
    NULL,
};

const struct handler approvals = {
    .name = "approvals",
    .commands = { { .name = "todo", .needs = DECIDERS | NEEDS_PRIVATE, .run = todo, .rank = 6 },
                  { .name = "approve", .args = "REF?", .needs = DECIDERS | NEEDS_PRIVATE, .run = approve },
                  { .name = "reject",
                    .args = "REF? REST?",
                    .needs = DECIDERS | NEEDS_PRIVATE,
                    .run = reject },
                  { .name = "withdraw", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = withdraw } },
    .actions = { { .verb = "yes", .needs = DECIDERS, .run = press_yes },
                 { .verb = "no", .needs = DECIDERS, .run = press_no },
                 { .verb = "agree", .needs = DECIDERS, .run = press_digest_yes },
                 { .verb = "refuse", .needs = DECIDERS, .run = press_digest_no },
                 { .verb = "why", .needs = DECIDERS, .run = press_why },
                 { .verb = "withdraw", .run = press_withdraw } },
    .timers = { { .kind = "approval.tell", .run = approval_tell },
                { .kind = "approval.remind", .run = approval_remind },
                { .kind = "approval.substitute", .run = approval_substitute } },
    .schema = approval_schema,
    .audited = audited,
    .answers = answers,
    .digest = digest,
    .erases = erases,
};
