/* What follows from a decision about leave, and 补假: leave given by a teacher, also after the start. */
#include "handlers/leave/leave.h"

#include <string.h>

#include "bot/school/school.h"
#include "bot/school/who.h"

/* --- decisions
 * ----------------------------------------------------------------------------------------------------- */

/* 张三 请假：3月5日 … 发烧 */
static const char *describe(struct talk *talk, const struct approval *approval)
{
    struct leave leave;

    if (!leave_by_id(talk, approval->subject, &leave))
        return "";
    const struct member *member = member_by_id(talk, leave.member);
    static const char *const states[] = { "pending", "leave", "refused", "withdrawn", "back" };
    const char *sittings = "";

    for (size_t i = 0; i < G_N_ELEMENTS(states) && !*sittings; i++)
        sittings = leave_sittings(talk, leave.id, states[i]);
    return words(talk, *leave.reason ? "leave.described" : "leave.described_bare", "name",
                 member ? member->name : "", "reason", leave.reason, "sittings", sittings, NULL);
}

/* Tells the asker in the asker's language. */
static void tell_asker(struct talk *talk, const struct leave *leave, const struct approval *approval)
{
    const struct member *asker = member_by_id(talk, leave->member);
    const char *lang = talk->lang, *by = approval->by ? approval->by : "";

    if (!asker)
        return;
    talk->lang = lang_of(talk, asker->person);
    if (approval->state == APPROVAL_AGREED)
        tell(talk, asker->person, "leave.granted", "by", by, "sittings",
             leave_sittings(talk, leave->id, "leave"), NULL);
    else if (tell(talk, asker->person, "leave.refused", "why",
                  words(talk, *approval->said ? "leave.why_decided" : "leave.why_decided_bare", "by", by,
                        "reason", approval->said, "sittings", leave_sittings(talk, leave->id, "refused"),
                        NULL),
                  NULL))
        button(talk, "reminder.see_timetable", "do:timetable");
    talk->lang = lang;
}

static void decided(struct talk *talk, const struct approval *approval)
{
    struct leave leave;

    if (!leave_by_id(talk, approval->subject, &leave))
        return;
    switch (approval->state) {
    case APPROVAL_OPEN:
        return;
    case APPROVAL_AGREED:
        leave_move(talk, leave.id, "pending", "leave");
        leave_set_state(talk, leave.id, "granted");
        break;
    case APPROVAL_REFUSED:
        leave_move(talk, leave.id, "pending", "refused");
        leave_set_state(talk, leave.id, "refused");
        break;
    case APPROVAL_WITHDRAWN:
        leave_move(talk, leave.id, "pending", "withdrawn");
        leave_set_state(talk, leave.id, "withdrawn");
        return;
    }
    tell_asker(talk, &leave, approval);
    school_event(talk, EVENT_OBJECTION_DECIDED, leave.member);
}

const struct approving leave_approving[] = {
    { .kind = "leave", .describe = describe, .decided = decided },
    { 0 },
};

/* --- 补假
 * -----------------------------------------------------------------------------------------------------------
 */

/* The sittings meant: those of the time given, else the latest that has begun. */
static GArray *meant(struct talk *talk, const struct member *member, const struct when *when)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct sitting));
    struct sitting sitting;

    if (!when) {
        if (sitting_last_of(talk, member, talk->now, &sitting))
            g_array_append_val(list, sitting);
        return list;
    }
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.starts, s.ends FROM sitting s JOIN session n ON n.id = s.session"
                    " JOIN expected e ON e.sitting = s.id AND e.member = ?"
                    " WHERE n.state = 'on' AND s.ends > s.starts ORDER BY s.starts",
                    "i", member->id);

    while (query_next(q) && list->len < 40)
        if (when_covers(when, query_int(q, 1), query_int(q, 2)) &&
            sitting_by_id(talk, query_int(q, 0), &sitting))
            g_array_append_val(list, sitting);
    return list;
}

/* Gives one sitting; false when the trainee was there or has leave already. */
static bool give(struct talk *talk, int64_t leave, const struct member *member, const struct sitting *sitting,
                 const char *reason)
{
    g_autofree char *state = store_text(
        talk->store,
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM attendance WHERE sitting = ?1 AND member = ?2 AND state IN"
        " ('present', 'late')) THEN 'here' ELSE coalesce((SELECT state FROM leave_now WHERE sitting = ?1"
        " AND member = ?2), '') END",
        "ii", sitting->id, member->id);

    if (g_strcmp0(state, "here") == 0 || g_strcmp0(state, "leave") == 0)
        return false;
    int64_t asked =
        store_int(talk->store, 0,
                  "SELECT leave FROM leave_sitting WHERE sitting = ? AND member = ? AND state = 'pending'",
                  "ii", sitting->id, member->id);

    store_run(
        talk->store,
        "UPDATE leave_sitting SET state = 'withdrawn' WHERE leave = ? AND sitting = ? AND state = 'pending'",
        "ii", asked, sitting->id);
    store_run(talk->store,
              "INSERT INTO leave_sitting (leave, sitting, member, state) VALUES (?, ?, ?, 'leave')", "iii",
              leave, sitting->id, member->id);
    struct correction c = { .class_id = talk->class->id,
                            .sitting = sitting->id,
                            .member = member->id,
                            .owner = "leave",
                            .what = "excuse",
                            .before =
                                asked ? pool_printf(talk->pool, "pending %" G_GINT64_FORMAT, asked) : "",
                            .after = num(talk, leave),
                            .reason = reason };

    correction_note(talk, &c);
    school_event(talk, EVENT_LEAVE_CHANGED, sitting->id);
    return true;
}

/* A request whose sittings were all given otherwise needs no decision any more. */
static void end_settled(struct talk *talk, const struct member *member)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT id, approval FROM leave WHERE member = ? AND state = 'pending' AND NOT EXISTS"
                    " (SELECT 1 FROM leave_sitting s WHERE s.leave = leave.id AND s.state = 'pending')",
                    "i", member->id);

    while (query_next(q)) {
        approval_end(talk, query_int(q, 1));
        leave_set_state(talk, query_int(q, 0), "excused");
    }
}

static void tell_given(struct talk *talk, const struct member *member, int64_t leave, const char *reason)
{
    const char *lang = talk->lang, *by = talk->name;

    talk->lang = lang_of(talk, member->person);
    tell(talk, member->person, "leave.given", "by", by, "sittings", leave_sittings(talk, leave, "leave"),
         "reason", reason, NULL);
    talk->lang = lang;
}

void leave_excuse(struct talk *talk)
{
    const char *rest, *reason;
    const struct member *member =
        who_one(talk, ROLE_TRAINEE, "excuse", talk->args.rest, "leave.excuse_how", &rest);
    struct when when;
    int64_t given = 0;

    if (!member)
        return;
    struct normal text = text_normal(talk->pool, rest);
    enum when_reading reading = when_read(talk->class->zone, talk->now, text.text, &when);

    if (reading == WHEN_IMPOSSIBLE) {
        say(talk, "leave.impossible", NULL);
        return;
    }
    reason = reading == WHEN_READ ? when_rest(talk->pool, &text, &when) : rest;
    reason = text_clean(talk->pool, reason, strlen(reason), LEAVE_REASON_MAX);
    g_autoptr(GArray) sittings = meant(talk, member, reading == WHEN_READ ? &when : NULL);

    store_run(
        talk->store,
        "INSERT INTO leave (class, member, asked, reason, state, given) VALUES (?, ?, ?, ?, 'granted', ?)",
        "iiisi", talk->class->id, member->id, talk->now, reason, talk->member->id);
    int64_t leave = store_last_id(talk->store);

    for (guint i = 0; i < sittings->len; i++)
        given += give(talk, leave, member, &g_array_index(sittings, struct sitting, i), reason);
    if (given == 0) {
        store_run(talk->store, "DELETE FROM leave WHERE id = ?", "i", leave);
        say(talk, sittings->len ? "leave.excuse_not" : "leave.excuse_none", "name", member->name, NULL);
        return;
    }
    end_settled(talk, member);
    say(talk, "leave.excused", "name", member->name, "sittings", leave_sittings(talk, leave, "leave"),
        "reason", *reason ? reason : "-", NULL);
    button(talk, "correction.undo", "corrections:list");
    tell_given(talk, member, leave, *reason ? reason : "-");
}

/* Puts back the request ("pending 12") in whose place leave was given, as far as it has come meanwhile. */
static void restore_asked(struct talk *talk, const struct correction *c)
{
    int64_t id = g_str_has_prefix(c->before, "pending ")
                     ? g_ascii_strtoll(c->before + strlen("pending "), NULL, 10)
                     : 0;
    struct leave leave;
    const char *state = NULL;

    if (!id || !leave_by_id(talk, id, &leave))
        return;
    if (strcmp(leave.state, "excused") == 0) {
        leave_set_state(talk, id, "pending");
        approval_reopen(talk, leave.approval);
        state = "pending";
    } else if (strcmp(leave.state, "pending") == 0) {
        state = "pending";
    } else if (strcmp(leave.state, "granted") == 0) {
        state = "leave";
    }
    if (state)
        store_run(
            talk->store,
            "UPDATE leave_sitting SET state = ? WHERE leave = ? AND sitting = ? AND state = 'withdrawn'",
            "sii", state, id, c->sitting);
}

bool leave_undo(struct talk *talk, const struct correction *c)
{
    store_run(
        talk->store,
        "UPDATE leave_sitting SET state = 'withdrawn' WHERE leave = ? AND sitting = ? AND member = ? AND"
        " state = 'leave'",
        "iii", g_ascii_strtoll(c->after, NULL, 10), c->sitting, c->member);
    if (store_changes(talk->store) == 0)
        return false;
    restore_asked(talk, c);
    school_event(talk, EVENT_LEAVE_CHANGED, c->sitting);
    return true;
}
