/* 请假: from words to sittings, a preview that says what it costs, and one press that sends it. */
#include "handlers/leave/leave.h"

#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/dialog.h"
#include "bot/school/school.h"
#include "bot/school/words.h"
#include "bot/school/workdays.h"

enum { STEP_WHEN, STEP_SURE };
enum { PICKS = 4 };

/* What a time means for one trainee: the sittings leave can be asked for, and why the others cannot. */
struct found {
    int64_t sittings[200];
    size_t count;
    int64_t begun, taken, signed_in, all;
};

/* --- which sittings
 * ---------------------------------------------------------------------------------------------- */

/* Sorts the sittings a time covers; who writes before the start is in time, however late it arrives here. */
static void find(struct talk *talk, const struct when *when, struct found *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT s.id, s.starts, s.ends, EXISTS (SELECT 1 FROM leave_now l WHERE l.sitting = s.id"
        " AND l.member = ?2), EXISTS (SELECT 1 FROM attendance a WHERE a.sitting = s.id"
        " AND a.member = ?2 AND a.state IN ('present', 'late')) FROM sitting s"
        " JOIN session n ON n.id = s.session JOIN expected e ON e.sitting = s.id AND e.member = ?2"
        " WHERE s.class = ?1 AND n.state = 'on' AND s.ends > s.starts ORDER BY s.starts",
        "ii", talk->class->id, talk->member->id);

    *ret = (struct found){ 0 };
    while (query_next(q)) {
        if (!when_covers(when, query_int(q, 1), query_int(q, 2)))
            continue;
        ret->all++;
        if (query_int(q, 4))
            ret->signed_in++;
        else if (query_int(q, 3))
            ret->taken++;
        else if (query_int(q, 1) <= talk->moment)
            ret->begun++;
        else if (ret->count < G_N_ELEMENTS(ret->sittings))
            ret->sittings[ret->count++] = query_int(q, 0);
    }
}

static void refuse(struct talk *talk, const char *why)
{
    say(talk, "leave.refused", "why", why, NULL);
}

/* Buttons of the next sittings. */
static void offer_next(struct talk *talk)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.starts, n.title FROM sitting s JOIN session n ON n.id = s.session"
                    " JOIN expected e ON e.sitting = s.id AND e.member = ?3"
                    " WHERE s.class = ?1 AND s.starts > ?2 AND n.state = 'on' AND s.ends > s.starts"
                    " AND NOT EXISTS (SELECT 1 FROM leave_now l WHERE l.sitting = s.id AND l.member = ?3)"
                    " ORDER BY s.starts LIMIT 4",
                    "iii", talk->class->id, talk->now, talk->member->id);

    while (query_next(q))
        button_named(talk,
                     pool_printf(talk->pool, "%s %s", show_moment(talk, talk->class, query_int(q, 1)),
                                 query_text(q, 2)),
                     "leave:pick:%" G_GINT64_FORMAT, query_int(q, 0));
}

/* Nothing of the time can be asked for: says which of the reasons it is, with the next step. */
static void refuse_found(struct talk *talk, const struct when *when, const struct found *found)
{
    int64_t last = store_int(talk->store, 0,
                             "SELECT max(s.ends) FROM sitting s JOIN session n ON n.id = s.session"
                             " WHERE s.class = ? AND n.state = 'on'",
                             "i", talk->class->id);
    const struct when_span *first = &when->spans[0], *end = &when->spans[when->count - 1];

    if (found->taken)
        refuse(talk, words(talk, "leave.why_overlap", NULL));
    else if (found->signed_in)
        refuse(talk, words(talk, "leave.why_signed", NULL));
    else if (found->begun || end->ends <= talk->moment)
        refuse(talk, words(talk, found->begun ? "leave.why_begun" : "leave.why_past", NULL));
    else if (first->starts >= last)
        refuse(talk, last ? words(talk, "leave.why_beyond", "day",
                                  show_day(talk, day_of(talk, talk->class, last)), NULL)
                          : words(talk, "leave.why_no_timetable", NULL));
    else
        refuse(talk, words(talk, "leave.why_no_class", NULL));
    offer_next(talk);
}

/* --- the preview
 * ----------------------------------------------------------------------------------------------------- */

/* What it costs and how many are left. */
static const char *cost(struct talk *talk, int64_t halves)
{
    struct leave_price price = leave_price(talk, talk->class);
    int64_t used = leave_used(talk, talk->member->id), after = used + halves;

    if (strcmp(talk->class->kind, "practical") == 0)
        return words(talk, "leave.cost_practical", NULL);
    if (!price.points)
        return words(talk, "leave.cost_none", NULL);
    const char *key = price.free < 0       ? "leave.cost_any"
                      : after > price.free ? "leave.cost_over"
                                           : "leave.cost";

    return words(talk, key, "points", num(talk, halves * price.each), "each", num(talk, price.each), "used",
                 num(talk, used), "left", num(talk, MAX(price.free - after, 0)), "free",
                 num(talk, price.free), NULL);
}

/* Says what would be sent, with the one press that sends it; a text that follows is the reason. */
static void preview(struct talk *talk, int64_t id, const char *note)
{
    struct leave leave;
    int64_t halves = leave_count(talk, id, "draft");

    if (!leave_by_id(talk, id, &leave))
        return;
    const char *why = *leave.reason ? words(talk, "leave.reason", "reason", leave.reason, NULL)
                                    : words(talk, "leave.no_reason", NULL);

    say(talk, "leave.asked", "text",
        words(talk, "leave.preview", "n", num(talk, halves), "sittings", leave_sittings(talk, id, "draft"),
              "why", why, "cost", cost(talk, halves), "note", note, NULL),
        NULL);
    button(talk, "leave.send", "leave:send:%" G_GINT64_FORMAT, id);
    button_beside(talk, "leave.drop", "leave:drop:%" G_GINT64_FORMAT, id);
    dialog_set(talk, talk->person, "leave", id, talk->member->id, STEP_SURE, "");
}

/* Forgets what was drafted before; makes the new draft. */
static int64_t draft(struct talk *talk, const int64_t *sittings, size_t count, const char *reason)
{
    store_run(talk->store, "UPDATE leave_sitting SET state = 'dropped' WHERE state = 'draft' AND member = ?",
              "i", talk->member->id);
    store_run(talk->store, "UPDATE leave SET state = 'dropped' WHERE state = 'draft' AND member = ?", "i",
              talk->member->id);
    store_run(talk->store,
              "INSERT INTO leave (class, member, asked, reason, state) VALUES (?, ?, ?, ?, 'draft')", "iiis",
              talk->class->id, talk->member->id, talk->moment,
              text_clean(talk->pool, reason, strlen(reason), LEAVE_REASON_MAX));
    int64_t id = store_last_id(talk->store);

    for (size_t i = 0; i < count; i++)
        store_run(talk->store,
                  "INSERT INTO leave_sitting (leave, sitting, member, state) VALUES (?, ?, ?, 'draft')",
                  "iii", id, sittings[i], talk->member->id);
    return id;
}

/* From a time and a reason to a preview, or to why not. */
static void propose(struct talk *talk, const struct when *when, const char *reason)
{
    struct found found;
    const char *note = "";

    find(talk, when, &found);
    if (found.count == 0) {
        dialog_close(talk, talk->person);
        refuse_found(talk, when, &found);
        return;
    }
    if (found.taken)
        note = words(talk, "leave.note_overlap", "n", num(talk, found.taken), NULL);
    else if (found.begun || found.signed_in)
        note = words(talk, "leave.note_begun", "n", num(talk, found.begun + found.signed_in), NULL);
    preview(talk, draft(talk, found.sittings, found.count, reason), note);
}

/* Asks for the time; what was written already is the reason. */
static void ask_when(struct talk *talk, const char *key, const char *reason)
{
    say(talk, key, NULL);
    offer_next(talk);
    dialog_set(talk, talk->person, "leave", 0, talk->member->id, STEP_WHEN, reason);
}

/* A holiday by its name (元旦) as the days it lasts; false when the text names none. */
static bool read_holiday(struct talk *talk, const struct normal *text, struct when *ret)
{
    GTimeZone *zone = talk->class->zone;
    struct when_span *span = &ret->spans[0];

    *ret = (struct when){ .count = 1 };
    if (!workdays_named(talk->school->share_dir, day_of(talk, talk->class, talk->moment), text->text,
                        span->first, span->last, &ret->from, &ret->to))
        return false;
    span->starts = days_moment(zone, span->first, 0);
    span->ends = days_moment(zone, day_plus(talk, span->last, 1), 0);
    return true;
}

/* What is left of a text as the reason; 一天 alone is how long, not why. */
static const char *reason_in(struct talk *talk, const struct normal *text, const struct when *when)
{
    const char *rest = when_rest(talk->pool, text, when);

    return strcmp(rest, "一天") == 0 || strcmp(rest, "1天") == 0 ? "" : rest;
}

/* Reads a time out of a text and goes on; `before` is a reason given earlier. */
static void take(struct talk *talk, const char *typed, const char *before, const char *none_key)
{
    struct normal text = text_normal(talk->pool, typed);
    struct when when;

    enum when_reading reading = when_read_days(talk->class->zone, talk->moment, text.text, &when);

    if (reading == WHEN_NONE && read_holiday(talk, &text, &when))
        reading = WHEN_READ;
    switch (reading) {
    case WHEN_NONE:
        ask_when(talk, none_key, *typed ? typed : before);
        break;
    case WHEN_IMPOSSIBLE:
        ask_when(talk, "leave.impossible", before);
        break;
    case WHEN_READ: {
        const char *rest = reason_in(talk, &text, &when);

        propose(talk, &when, *rest ? rest : before);
        break;
    }
    }
}

void leave_ask(struct talk *talk)
{
    static const char *const kinds[] = { "病假", "事假" };
    const char *kind = "";

    /* The kind of leave, typed as the command itself, is a reason. */
    for (size_t i = 0; i < G_N_ELEMENTS(kinds) && talk->update->kind == UPDATE_TEXT; i++)
        kind = strstr(talk->update->text, kinds[i]) ? kinds[i] : kind;
    take(talk, talk->args.rest, kind, "leave.when");
}

/* --- going on
 * ---------------------------------------------------------------------------------------------------------
 */

void leave_press_pick(struct talk *talk, const char *args)
{
    struct sitting sitting;
    struct dialog dialog;

    if (!sitting_by_id(talk, g_ascii_strtoll(args, NULL, 10), &sitting) ||
        !speaks_as(talk, ROLE_TRAINEE, sitting.class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    bool asked = dialog_of(talk, talk->person, &dialog) && strcmp(dialog.kind, "leave") == 0;
    struct when when = { .spans = { { .starts = sitting.starts, .ends = sitting.starts + 1 } }, .count = 1 };

    talk_as(talk, speaks_as(talk, ROLE_TRAINEE, sitting.class_id));
    propose(talk, &when, asked && dialog.step == STEP_WHEN ? dialog.state : "");
    saying_instead(talk);
}

/* Takes out of a draft what has begun since, or was asked for by another; false when nothing is left. */
static bool still_good(struct talk *talk, int64_t id)
{
    store_run(
        talk->store,
        "DELETE FROM leave_sitting WHERE leave = ?1 AND state = 'draft' AND (EXISTS (SELECT 1 FROM sitting s"
        " WHERE s.id = sitting AND s.starts <= ?2) OR EXISTS (SELECT 1 FROM leave_sitting o"
        " WHERE o.sitting = leave_sitting.sitting AND o.member = leave_sitting.member"
        " AND o.state IN ('pending', 'leave')))",
        "ii", id, talk->now);
    return leave_count(talk, id, "draft") > 0;
}

/* Hands the request to those who decide: the duty teacher, and in practical training the mentor before. */
static void send(struct talk *talk, const struct leave *leave)
{
    struct approval_request request = {
        .kind = "leave", .subject = leave->id, .asker = leave->member, .class_id = leave->class_id
    };
    struct approval_step school = { ROLE_DUTY, ROLE_LEADER | ROLE_ORGANISER | ROLE_MENTOR };

    request.deadline =
        store_int(talk->store, 0,
                  "SELECT min(s.starts) FROM leave_sitting l JOIN sitting s ON s.id = l.sitting"
                  " WHERE l.leave = ? AND l.state = 'draft'",
                  "i", leave->id);
    request.steps[0] = school;
    if (strcmp(talk->class->kind, "practical") == 0) {
        request.steps[0] = (struct approval_step){ .roles = ROLE_MENTOR };
        request.steps[1] = (struct approval_step){ ROLE_DUTY, ROLE_LEADER | ROLE_ORGANISER };
    }
    store_run(talk->store, "UPDATE leave SET state = 'pending', asked = ? WHERE id = ?", "ii", talk->now,
              leave->id);
    leave_move(talk, leave->id, "draft", "pending");
    int64_t number = approval_ask(talk, &request);

    store_run(talk->store, "UPDATE leave SET approval = ? WHERE id = ?", "ii", number, leave->id);
    say(talk, "leave.asked", "text",
        words(talk, "leave.sent", "number", num(talk, number), "sittings",
              leave_sittings(talk, leave->id, "pending"), NULL),
        NULL);
    saying_instead(talk);
    button(talk, "leave.withdraw", "approvals:withdraw:%" G_GINT64_FORMAT, number);
}

/* The speaker's draft behind a button; false, said so, when it is none any more. */
static bool own_draft(struct talk *talk, const char *args, struct leave *ret)
{
    if (leave_by_id(talk, g_ascii_strtoll(args, NULL, 10), ret) && strcmp(ret->state, "draft") == 0)
        for (size_t i = 0; i < talk->member_count; i++)
            if (talk->members[i].id == ret->member) {
                talk_as(talk, &talk->members[i]);
                dialog_close(talk, talk->person);
                return true;
            }
    say(talk, "stale", NULL);
    return false;
}

void leave_press_send(struct talk *talk, const char *args)
{
    struct leave leave;

    if (!own_draft(talk, args, &leave))
        return;
    if (still_good(talk, leave.id)) {
        send(talk, &leave);
    } else {
        leave_set_state(talk, leave.id, "dropped");
        refuse(talk, words(talk, "leave.why_begun", NULL));
        saying_instead(talk);
    }
}

void leave_press_drop(struct talk *talk, const char *args)
{
    struct leave leave;

    if (!own_draft(talk, args, &leave))
        return;
    leave_move(talk, leave.id, "draft", "dropped");
    leave_set_state(talk, leave.id, "dropped");
    say(talk, "leave.dropped", NULL);
    saying_instead(talk);
}

/* Whether a text is one of a list of words in the locale. */
static bool is_one_of(const struct normal *text, const char *key, struct talk *talk)
{
    g_auto(GStrv) list = g_strsplit(words(talk, key, NULL), "|", -1);

    return g_strv_contains((const char *const *)list, text->text);
}

/* Whether a text is a command of its own: the open question does not keep people from other things. */
static bool is_command(struct talk *talk, const struct normal *text)
{
    struct call call;
    bool slash;

    return words_match(talk->school->words, talk->pool, text, &call, 1, &slash) > 0;
}

bool leave_answers(struct talk *talk)
{
    struct dialog dialog;
    struct leave leave;

    if (talk->update->kind != UPDATE_TEXT || !dialog_of(talk, talk->person, &dialog))
        return false;
    struct normal text = text_normal(talk->pool, talk->update->text);
    const struct member *member = NULL;

    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].id == dialog.member)
            member = &talk->members[i];
    if (!member || (text.len <= 2 && g_ascii_isdigit(*text.text)))
        return false; /* a bare number presses a button */
    talk_as(talk, member);
    struct when when;
    bool time = when_read(talk->class->zone, talk->moment, text.text, &when) != WHEN_NONE;

    if (is_command(talk, &text) && !(time && dialog.step == STEP_WHEN))
        return false;
    if (dialog.step == STEP_WHEN) {
        take(talk, talk->update->text, dialog.state, "leave.when_again");
        return true;
    }
    if (!leave_by_id(talk, dialog.subject, &leave) || strcmp(leave.state, "draft") != 0)
        return false;
    if (is_one_of(&text, "leave.yes_words", talk)) {
        leave_press_send(talk, num(talk, leave.id));
        return true;
    }
    if (*leave.reason)
        return false;
    store_run(talk->store, "UPDATE leave SET reason = ? WHERE id = ?", "si",
              text_clean(talk->pool, talk->update->text, strlen(talk->update->text), LEAVE_REASON_MAX),
              leave.id);
    preview(talk, leave.id, "");
    return true;
}

void leave_dialog(struct talk *talk, enum dialog_word word)
{
    struct dialog dialog;

    if (!dialog_of(talk, talk->person, &dialog))
        return;
    if (word == DIALOG_CANCEL && dialog.step == STEP_SURE) {
        leave_press_drop(talk, num(talk, dialog.subject));
    } else if (word == DIALOG_CANCEL) {
        dialog_close(talk, talk->person);
        say(talk, "leave.dropped", NULL);
    } else if (word == DIALOG_SKIP && dialog.step == STEP_SURE) {
        leave_press_send(talk, num(talk, dialog.subject));
    } else if (word != DIALOG_REPEAT || dialog.step == STEP_WHEN) {
        say(talk, "leave.when", NULL);
    }
}

/* 明天上午请假，发烧: the word not at the beginning, but a time in it. */
bool leave_hears(struct talk *talk)
{
    struct normal text = text_normal(talk->pool, talk->update->text);
    const struct member *member = talk->member;
    struct when when;

    if (talk->update->kind != UPDATE_TEXT || talk->update->group || text.len > 300 || !member ||
        member->role != ROLE_TRAINEE)
        return false;
    if (!strstr(text.text, "请假") && !strstr(text.text, "请个假") && !strstr(text.text, "来不了"))
        return false;
    if (when_read_days(talk->class->zone, talk->moment, text.text, &when) != WHEN_READ &&
        !read_holiday(talk, &text, &when))
        return false;
    propose(talk, &when, reason_in(talk, &text, &when));
    return true;
}
