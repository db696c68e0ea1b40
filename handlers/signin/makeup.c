/* What a teacher puts right by hand: 补签, 到, 早退; each with its correction on record, its undo, and a word
 * to the trainee (rules.md A14, A16). */
#include <string.h>

#include "bot/school/correction.h"
#include "bot/school/marks.h"
#include "bot/school/school.h"
#include "bot/school/when.h"
#include "bot/school/who.h"
#include "handlers/signin/signin.h"

enum { REASON_MAX = 300, ARRIVED_MAX = 40 };

/* --- rows and their undo
 * --------------------------------------------------------------------------------------------- */

/* An attendance row as a correction keeps it: "late 1772413200 12 2 code"; "" none. */
static const char *row_of(struct talk *talk, int64_t sitting, int64_t member)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT state, at, minutes, points, how FROM attendance WHERE sitting = ? AND member = ?",
                    "ii", sitting, member);

    if (!query_next(q))
        return "";
    return pool_printf(talk->pool, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s",
                       query_text(q, 0), query_int(q, 1), query_int(q, 2), query_int(q, 3), query_text(q, 4));
}

static void put_row(struct talk *talk, int64_t sitting, int64_t member, const char *state, int64_t at,
                    const struct lateness *late, const char *how)
{
    store_run(talk->store,
              "INSERT INTO attendance (sitting, member, state, at, minutes, points, how, recorded)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (sitting, member) DO UPDATE SET"
              " state = ?3, at = ?4, minutes = ?5, points = ?6, how = ?7, recorded = ?8",
              "iisiiisi", sitting, member, state, at, (int64_t)late->minutes, (int64_t)late->points, how,
              talk->now);
}

/* Puts an attendance row back as it was. */
static void restore_row(struct talk *talk, const struct correction *c)
{
    g_auto(GStrv) was = g_strsplit(c->before, " ", 5);

    if (g_strv_length(was) == 5) {
        struct lateness late = { .minutes = (int)g_ascii_strtoll(was[2], NULL, 10),
                                 .points = (int)g_ascii_strtoll(was[3], NULL, 10) };

        put_row(talk, c->sitting, c->member, was[0], g_ascii_strtoll(was[1], NULL, 10), &late, was[4]);
    } else {
        store_run(talk->store, "DELETE FROM attendance WHERE sitting = ? AND member = ?", "ii", c->sitting,
                  c->member);
    }
    signin_settle(talk, c->sitting);
}

/* "1772413200 40 4 0": at, minutes, points, absent. */
static void restore_early(struct talk *talk, const struct correction *c)
{
    g_auto(GStrv) was = g_strsplit(c->before, " ", 4);

    store_run(talk->store, "DELETE FROM early_leave WHERE sitting = ? AND member = ?", "ii", c->sitting,
              c->member);
    if (g_strv_length(was) == 4)
        store_run(talk->store, "INSERT INTO early_leave VALUES (?, ?, ?, ?, ?, ?, ?)", "iiiiiii", c->sitting,
                  c->member, g_ascii_strtoll(was[0], NULL, 10), g_ascii_strtoll(was[1], NULL, 10),
                  g_ascii_strtoll(was[2], NULL, 10), g_ascii_strtoll(was[3], NULL, 10), talk->now);
}

bool signin_undo(struct talk *talk, const struct correction *c)
{
    if (strcmp(c->what, "early") == 0)
        restore_early(talk, c);
    else
        restore_row(talk, c);
    signin_measure_anew(talk, c->sitting); /* the timetable may have changed since */
    return true;
}

/* --- what a row means in words
 * ---------------------------------------------------------------------------------------- */

static const char *outcome(struct talk *talk, const struct lateness *late)
{
    if (!late->absent && !late->steps)
        return words(talk, "correction.ontime", NULL);
    return words(talk, late->absent ? "correction.absent" : "correction.late", "minutes",
                 num(talk, late->minutes), "cost", lateness_cost(talk, talk->class, late), NULL);
}

/* Tells the trainee what was changed, by whom and why. */
static void tell_trainee(struct talk *talk, const struct member *member, const char *key,
                         const struct sitting *sitting, int64_t at, const struct lateness *late,
                         const char *reason)
{
    const char *lang = talk->lang, *by = talk->name;

    talk->lang = lang_of(talk, member->person);
    if (tell(talk, member->person, key, "by", by, "title", sitting->title, "day",
             show_day(talk, day_of(talk, talk->class, at)), "at", show_time(talk, talk->class, at), "outcome",
             outcome(talk, late), "reason", *reason ? reason : "-", NULL))
        button(talk, "correction.appeal", "do:appeal");
    talk->lang = lang;
}

int64_t signin_correct(struct talk *talk, const struct member *member, const struct sitting *sitting,
                       int64_t at, const char *what, const char *reason)
{
    const char *before = row_of(talk, sitting->id, member->id);
    struct lateness late = { 0 };
    bool personally = g_str_has_suffix(before, " code");

    if (sitting->confirmed)
        late = ladder_by(ladder_in(talk, sitting->class_id), at - sitting->starts);
    put_row(talk, sitting->id, member->id,
            late.absent  ? "absent"
            : late.steps ? "late"
                         : "present",
            at, &late, personally ? "code" : what);
    struct correction c = { .class_id = sitting->class_id,
                            .sitting = sitting->id,
                            .member = member->id,
                            .owner = "signin",
                            .what = what,
                            .before = before,
                            .after = row_of(talk, sitting->id, member->id),
                            .reason = reason };

    correction_note(talk, &c);
    school_event(talk, EVENT_CORRECTED, sitting->id);
    return c.id;
}

/* --- 补签
 * ------------------------------------------------------------------------------------------------------------
 */

bool signin_read_arrival(struct talk *talk, const struct member *member, const char *typed,
                         struct sitting *ret, int64_t *ret_at, const char **ret_reason, const char **ret_why)
{
    struct normal text = text_normal(talk->pool, typed);
    struct when when;

    if (when_read(talk->class->zone, talk->now, text.text, &when) != WHEN_READ || !when.spans[0].point) {
        *ret_why = words(talk, "correction.why_time", NULL);
        return false;
    }
    const char *reason = when_rest(talk->pool, &text, &when);

    *ret_at = when.spans[0].starts;
    *ret_reason = text_clean(talk->pool, reason, strlen(reason), REASON_MAX);
    if (*ret_at > talk->now) {
        *ret_why = words(talk, "correction.why_future", NULL);
        return false;
    }
    if (!sitting_theirs(talk, member, *ret_at, ret) && !sitting_now(talk, talk->class->id, *ret_at, ret)) {
        *ret_why =
            words(talk, "correction.why_no_sitting", "at", show_moment(talk, talk->class, *ret_at), NULL);
        return false;
    }
    return true;
}

void signin_makeup(struct talk *talk)
{
    const char *rest, *reason, *why;
    struct sitting sitting;
    int64_t at;
    const struct member *member =
        who_one(talk, ROLE_TRAINEE, "makeup", talk->args.rest, "correction.makeup_how", &rest);

    if (!member)
        return;
    if (!signin_read_arrival(talk, member, rest, &sitting, &at, &reason, &why)) {
        say(talk, "correction.refused", "why", why, NULL);
        return;
    }
    if (!*reason) {
        say(talk, "correction.refused", "why", words(talk, "correction.why_reason", NULL), NULL);
        return;
    }
    struct lateness late = { 0 };
    int64_t id = signin_correct(talk, member, &sitting, at, "makeup", reason);

    if (sitting.confirmed)
        late = ladder_by(ladder_in(talk, sitting.class_id), at - sitting.starts);
    say(talk, "correction.made_up", "name", member->name, "title", sitting.title, "at",
        show_moment(talk, talk->class, at), "outcome", outcome(talk, &late), "reason", reason, NULL);
    button(talk, "correction.undo", "corrections:undo:%" G_GINT64_FORMAT, id);
    tell_trainee(talk, member, "correction.told_makeup", &sitting, at, &late, reason);
}

/* --- 到 张三 李四
 * ---------------------------------------------------------------------------------------------------- */

void signin_tick(struct talk *talk, const struct member *member, const struct sitting *sitting)
{
    struct lateness late = { 0 };

    if (sitting->confirmed)
        late = ladder_by(ladder_in(talk, sitting->class_id), talk->moment - sitting->starts);
    signin_correct(talk, member, sitting, talk->moment, "arrived", "");
    tell_trainee(talk, member, "correction.told_arrived", sitting, talk->moment, &late, "");
}

/* One who arrived now; the words for the teacher. */
static void arrive(struct talk *talk, const struct member *member, const struct sitting *common,
                   GString *done, GString *had)
{
    struct lateness late = { 0 };
    struct sitting own = *common;
    const struct sitting *sitting = &own;

    sitting_theirs(talk, member, talk->moment, &own);

    if (store_int(talk->store, 0,
                  "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND how <> 'closed'",
                  "ii", sitting->id, member->id) > 0) {
        g_string_append_printf(had, "%s%s", had->len ? "、" : "", member->name);
        return;
    }
    if (sitting->confirmed)
        late = ladder_by(ladder_in(talk, sitting->class_id), talk->moment - sitting->starts);
    signin_tick(talk, member, sitting);
    g_string_append_printf(
        done, "\n%s",
        words(talk, "correction.arrived_line", "name", member->name, "outcome", outcome(talk, &late), NULL));
}

void signin_arrived(struct talk *talk)
{
    g_autoptr(GString) done = g_string_new(NULL);
    g_autoptr(GString) had = g_string_new(NULL);
    g_autoptr(GString) unknown = g_string_new(NULL);
    const char *rest = talk->args.rest;
    struct sitting sitting;

    if (!sitting_now(talk, talk->class->id, talk->moment, &sitting)) {
        say(talk, "correction.refused", "why", words(talk, "correction.why_none_now", NULL), NULL);
        return;
    }
    for (int i = 0; i < ARRIVED_MAX && *rest; i++) {
        struct who who;

        if (who_read(talk, ROLE_TRAINEE, rest, &who) && who.count > 1) {
            who_one(talk, ROLE_TRAINEE, "arrived", rest, "correction.arrived_how", &rest);
            if (done->len == 0)
                return;
            break;
        }
        if (who.count == 1)
            arrive(talk, &who.list[0], &sitting, done, had);
        else if (*who.named)
            g_string_append_printf(unknown, "%s%s", unknown->len ? "、" : "", who.named);
        else
            break;
        rest = who.rest;
    }
    if (had->len)
        g_string_append_printf(done, "\n%s", words(talk, "correction.arrived_had", "names", had->str, NULL));
    if (unknown->len)
        g_string_append_printf(done, "\n%s", words(talk, "who.unknown", "name", unknown->str, NULL));
    say(talk, done->len ? "correction.arrived_list" : "correction.arrived_how", "title", sitting.title,
        "lines", pool_strdup(talk->pool, done->str), NULL);
    if (done->len)
        button(talk, "correction.undo", "corrections:list");
}

/* --- 早退
 * ------------------------------------------------------------------------------------------------------------
 */

/* Writes that somebody went at `at`, with its correction; gives that one's id. */
static int64_t put_early(struct talk *talk, const struct member *member, const struct sitting *sitting,
                         int64_t at, const struct lateness *early, const char *reason)
{
    g_autofree char *before = store_text(talk->store,
                                         "SELECT at || ' ' || minutes || ' ' || points || ' ' || absent"
                                         " FROM early_leave WHERE sitting = ? AND member = ?",
                                         "ii", sitting->id, member->id);

    store_run(talk->store, "INSERT OR REPLACE INTO early_leave VALUES (?, ?, ?, ?, ?, ?, ?)", "iiiiiii",
              sitting->id, member->id, at, (int64_t)early->minutes, (int64_t)early->points,
              (int64_t)early->absent, talk->now);
    struct correction c = { .class_id = sitting->class_id,
                            .sitting = sitting->id,
                            .member = member->id,
                            .owner = "signin",
                            .what = "early",
                            .before = before ? before : "",
                            .after = pool_printf(talk->pool, "%" G_GINT64_FORMAT " %d %d %d", at,
                                                 early->minutes, early->points, early->absent),
                            .reason = reason };

    correction_note(talk, &c);
    return c.id;
}

void signin_early(struct talk *talk)
{
    const char *rest, *reason, *why;
    struct sitting sitting;
    int64_t at;
    const struct member *member =
        who_one(talk, ROLE_TRAINEE, "early_leave", talk->args.rest, "correction.early_how", &rest);

    if (!member)
        return;
    if (!signin_read_arrival(talk, member, rest, &sitting, &at, &reason, &why)) {
        say(talk, "correction.refused", "why", why, NULL);
        return;
    }
    sitting_during(talk, member, at, &sitting); /* not the next one, whose sign-in is open already */
    if (store_int(talk->store, 0,
                  "SELECT count(*) FROM attendance WHERE sitting = ? AND member = ? AND state IN ('present', "
                  "'late')",
                  "ii", sitting.id, member->id) == 0) {
        say(talk, "correction.refused", "why",
            words(talk, "correction.why_not_here", "name", member->name, "title", sitting.title, NULL), NULL);
        return;
    }
    struct lateness early = { 0 };

    if (sitting.confirmed)
        early = ladder_by(ladder_in(talk, sitting.class_id), sitting.ends - at);
    int64_t id = put_early(talk, member, &sitting, at, &early, reason);

    say(talk, "correction.left_early", "name", member->name, "title", sitting.title, "at",
        show_moment(talk, talk->class, at), "minutes", num(talk, early.minutes), "points",
        num(talk, early.points), NULL);
    button(talk, "correction.undo", "corrections:undo:%" G_GINT64_FORMAT, id);
    const char *lang = talk->lang, *by = talk->name;

    talk->lang = lang_of(talk, member->person);
    if (tell(talk, member->person, "correction.told_early", "by", by, "title", sitting.title, "day",
             show_day(talk, day_of(talk, talk->class, at)), "at", show_time(talk, talk->class, at), "minutes",
             num(talk, early.minutes), "points", num(talk, early.points), NULL))
        button(talk, "correction.appeal", "do:appeal");
    talk->lang = lang;
}
