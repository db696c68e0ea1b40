/* When a survey opens, tells, reminds and closes. */
#include <string.h>

#include "bot/core/log.h"
#include "bot/school/remind.h"
#include "bot/school/remind_policy.h"
#include "handlers/survey/survey_web.h"

enum {
    LAST_CALL = 2 * 60 * 60 /* before the end those who have a token are told to look whether it is cast */
};

/* --- planning
 * -------------------------------------------------------------------------------------------------- */

/* How long a survey of the class stays open. */
static int64_t lasts(const struct class *class)
{
    return (int64_t) class->terms.hours * 60 * 60;
}

/* One unit: planned while it has not opened, by its last sitting. */
static void plan_unit(struct talk *talk, const struct class *class, const char *subject, const char *title,
                      int64_t ends)
{
    int64_t opens = ends + class->terms.after * 60, closes = opens + lasts(class);

    store_run(
        talk->store,
        "INSERT INTO survey (class, unit, subject, title, form, opens, closes) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6, ?7)"
        " ON CONFLICT (class, unit, subject) DO UPDATE SET title = ?4, form = ?5, opens = ?6, closes = ?7"
        " WHERE state = 'planned'",
        "issssii", class->id, class->survey_unit, subject, title, class->survey, opens, closes);
    int64_t id =
        store_int(talk->store, 0,
                  "SELECT id FROM survey WHERE class = ? AND unit = ? AND subject = ? AND state = 'planned'",
                  "iss", class->id, class->survey_unit, subject);

    if (id == 0)
        return;
    timers_cancel(talk->timers, "survey.open", id);
    if (closes > talk->now)
        timers_set(talk->timers, "survey.open", id, opens);
}

/* What the units are called and by what they are grouped. */
static struct query *units_of(struct talk *talk, const struct class *class)
{
    if (strcmp(class->survey_unit, "lecturer") == 0)
        return store_query(
            talk->store,
            "SELECT o.lecturer, o.lecturer, max(s.ends) FROM session o JOIN sitting s ON s.session = o.id"
            " WHERE o.class = ? AND o.state = 'on' AND s.starts < s.ends AND o.lecturer != ''"
            " GROUP BY o.lecturer ORDER BY max(s.ends)",
            "i", class->id);
    if (strcmp(class->survey_unit, "session") == 0)
        return store_query(
            talk->store,
            "SELECT CAST(o.id AS TEXT), o.title, max(s.ends) FROM session o JOIN sitting s ON s.session ="
            " o.id WHERE o.class = ? AND o.state = 'on' AND s.starts < s.ends GROUP BY o.id"
            " ORDER BY max(s.ends)",
            "i", class->id);
    return store_query(
        talk->store,
        "SELECT '', c.title, max(s.ends) FROM class c JOIN session o ON o.class = c.id"
        " JOIN sitting s ON s.session = o.id WHERE c.id = ? AND o.state = 'on' AND s.starts < s.ends"
        " GROUP BY c.id",
        "i", class->id);
}

void survey_plan(struct talk *talk, const struct class *class)
{
    if (!class->survey || !*class->survey)
        return;
    g_autoptr(query) q = units_of(talk, class);

    while (query_next(q))
        plan_unit(talk, class, query_text(q, 0), query_text(q, 1), query_int(q, 2));
}

/* --- telling
 * ----------------------------------------------------------------------------------------------------- */

/* Everyone entitled who has not taken part. */
static query *waiting(struct talk *talk, const struct survey *survey)
{
    return store_query(talk->store,
                       "SELECT person FROM survey_present WHERE survey = ?1 AND personally AND person NOT"
                       " IN (SELECT person FROM survey_done WHERE survey = ?1) ORDER BY person",
                       "i", survey->id);
}

/* Whether the person's ballot lies in memory already. */
static bool holds_ballot(const struct survey *survey, int64_t person)
{
    const struct ballot *ballot = ballot_of(survey->id, person);

    return ballot && ballot->held;
}

/* An open survey whose due time has come. */
static bool load_open(struct talk *talk, int64_t id, struct survey *ret)
{
    return survey_by_id(talk, id, ret) && strcmp(ret->state, "open") == 0;
}

void survey_tell_due(struct talk *talk, int64_t id, int64_t due)
{
    struct survey survey;

    (void)due;
    if (!load_open(talk, id, &survey))
        return;
    const struct class *class = class_by_id(talk, survey.class_id);
    g_autoptr(query) q = waiting(talk, &survey);

    while (query_next(q)) {
        struct reminder r = { .kind = "survey.opened",
                              .person = query_int(q, 0),
                              .class = class,
                              .until = survey.closes,
                              .must = true };

        if (holds_ballot(&survey, r.person) || !remind_may(talk, &r) ||
            !tell(talk, r.person, "survey.opened", "title", survey.title, "closes",
                  show_moment(talk, class, survey.closes), NULL))
            continue;
        button(talk, "survey.fill", "do:survey");
        remind_sent(talk, &r);
    }
}

void survey_remind_due(struct talk *talk, int64_t id, int64_t due)
{
    struct survey survey;

    (void)due;
    if (!load_open(talk, id, &survey))
        return;
    g_autoptr(query) q = waiting(talk, &survey);

    while (query_next(q))
        remind_put(talk, "survey", query_int(q, 0), id);
}

bool survey_reminds(struct talk *talk, const char *kind, int64_t person, int64_t subject)
{
    struct reminder r = { .kind = "survey", .person = person };
    struct survey survey;

    if (strcmp(kind, r.kind) != 0)
        return false;
    if (!load_open(talk, subject, &survey) || !survey_entitled(talk, subject, person) ||
        holds_ballot(&survey, person) || survey_took_part(talk, subject, person))
        return true;
    r.class = class_by_id(talk, survey.class_id);
    r.until = survey.closes;
    if (remind_may(talk, &r))
        remind_say(talk, &r, "reminder.survey",
                   words(talk, "reminder.survey", "title", survey.title, "closes",
                         show_moment(talk, r.class, survey.closes), NULL),
                   words(talk, "survey.fill", NULL), "do:survey");
    return true;
}

/* Near the end: some tokens are not spent, and nobody knows whose. */
void survey_last_due(struct talk *talk, int64_t id, int64_t due)
{
    struct survey survey;

    (void)due;
    if (!survey_by_id(talk, id, &survey) || !survey_takes(talk, &survey))
        return;
    g_autoptr(GPtrArray) held = casts_held(id);

    if (survey_ballots(talk, id) + held->len < survey_tokens(talk, id))
        survey_tell_holders(talk, &survey, "survey.last_call");
}

/* --- opening and closing
 * ------------------------------------------------------------------------------------------- */

bool survey_open(struct talk *talk, struct survey *survey)
{
    const struct class *class = class_by_id(talk, survey->class_id);

    survey_snapshot(talk, survey);
    if (!survey->source)
        return false;
    survey->opens = talk->now;
    survey->closes = talk->now + lasts(class);
    survey->state = "open";
    survey->ballot = class->ballot;
    survey->least = class->terms.least;
    survey->share = class->terms.share;
    store_run(talk->store,
              "UPDATE survey SET state = 'open', opens = ?, closes = ?, ballot = ?, least = ?, share = ?"
              " WHERE id = ?",
              "iisiii", survey->opens, survey->closes, survey->ballot, survey->least, survey->share,
              survey->id);
    if (survey_is_web(survey)) {
        survey_make_key(talk, survey->id);
        timers_set(talk->timers, "survey.last", survey->id,
                   remind_awake(talk, class, survey->closes - LAST_CALL));
    }
    timers_cancel(talk->timers, "survey.open", survey->id);
    timers_set(talk->timers, "survey.tell", survey->id, remind_awake(talk, class, talk->now));
    timers_set(
        talk->timers, "survey.remind", survey->id,
        remind_awake(talk, class, talk->now + lasts(class) * remind_policy(talk, class)->survey / 100));
    timers_set(talk->timers, "survey.close", survey->id, survey->closes);
    log_info("survey.opened", "survey=%" G_GINT64_FORMAT, survey->id);
    return true;
}

void survey_open_due(struct talk *talk, int64_t id, int64_t due)
{
    struct survey survey;

    (void)due;
    if (survey_by_id(talk, id, &survey) && strcmp(survey.state, "planned") == 0)
        survey_open(talk, &survey);
}

void survey_close_due(struct talk *talk, int64_t id, int64_t due)
{
    (void)due;
    survey_count_later(talk, id, true);
}

/* Surveys that were closed before results were settled at the closing. */
static void settle_old(struct talk *talk)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT id FROM survey WHERE state = 'closed' AND id NOT IN (SELECT survey FROM survey_result)", "");
    struct survey survey;

    while (query_next(q))
        if (survey_by_id(talk, query_int(q, 0), &survey))
            survey_settle(talk, &survey);
}

/* Ballots live in memory: whoever had begun one that is not counted is asked once more. */
void survey_restarted(struct talk *talk)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT b.survey, b.person FROM survey_begun b JOIN survey v ON v.id = b.survey"
                    " WHERE v.state = 'open' AND v.closes > ? ORDER BY b.survey, b.person",
                    "i", talk->now);
    struct survey survey = { .id = 0 };

    settle_old(talk);
    while (query_next(q)) {
        if (survey.id != query_int(q, 0) && !survey_by_id(talk, query_int(q, 0), &survey))
            continue;
        if (survey_is_web(&survey)) {
            survey_tell_holders(talk, &survey, "survey.again_web");
            continue;
        }
        if (tell(talk, query_int(q, 1), "survey.again", "title", survey.title, NULL)) {
            button(talk, "survey.fill", "do:survey");
            saying_until(talk, survey.closes);
        }
    }
    store_run(talk->store, "DELETE FROM survey_begun", "");
    g_autoptr(query) keyless = store_query(talk->store,
                                           "SELECT id FROM survey WHERE state = 'open' AND ballot = 'web'"
                                           " AND id NOT IN (SELECT survey FROM survey_key)",
                                           "");

    while (query_next(keyless))
        survey_make_key(talk, query_int(keyless, 0));
    g_autoptr(query) over = store_query(
        talk->store, "SELECT id FROM survey WHERE state = 'open' AND closes <= ?", "i", talk->now);

    while (query_next(over))
        survey_count_later(talk, query_int(over, 0), true);
}

/* --- 发布问卷
 * ---------------------------------------------------------------------------------------------------- */

/* The survey that may be opened by hand: the unit that began last, else the first to come. */
static int64_t next_unit(struct talk *talk)
{
    int64_t begun = store_int(talk->store, 0,
                              "SELECT v.id FROM survey v WHERE v.class = ?1 AND v.state = 'planned' AND"
                              " (SELECT min(starts) FROM survey_sitting s WHERE s.survey = v.id) <= ?2"
                              " ORDER BY v.opens DESC LIMIT 1",
                              "ii", talk->class->id, talk->now);

    return begun ? begun
                 : store_int(
                       talk->store, 0,
                       "SELECT id FROM survey WHERE class = ? AND state = 'planned' ORDER BY opens LIMIT 1",
                       "i", talk->class->id);
}

/* Says how the one that is open stands, or that there is none. */
static void say_no_unit(struct talk *talk)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT title, closes FROM survey WHERE class = ? AND state = 'open' ORDER BY id DESC LIMIT 1", "i",
        talk->class->id);

    if (query_next(q))
        say(talk, "survey.is_open", "title", query_text(q, 0), "closes",
            show_moment(talk, talk->class, query_int(q, 1)), NULL);
    else
        say(talk, "survey.no_survey", NULL);
}

void survey_publish(struct talk *talk)
{
    int64_t id = next_unit(talk);
    struct survey survey;

    if (id == 0 || !survey_by_id(talk, id, &survey)) {
        say_no_unit(talk);
        return;
    }
    int64_t entitled = store_int(
        talk->store, 0, "SELECT count(*) FROM survey_present WHERE survey = ? AND personally", "i", id);

    if (entitled == 0)
        say(talk, "survey.nobody", "title", survey.title, NULL);
    else if (!survey_open(talk, &survey))
        say(talk, "form.unreadable", NULL);
    else
        say(talk, "survey.published", "title", survey.title, "entitled", num(talk, entitled), "closes",
            show_moment(talk, talk->class, survey.closes), NULL);
}
