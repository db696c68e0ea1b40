/* 问卷: an anonymous satisfaction survey that cannot be stuffed (rules.md §4). Who took part is one table,
 * what was answered are counters and texts without person, time or order; both are written in batches. */
#include "bot/school/erase.h"
#include "handlers/survey/survey_private.h"

#include <string.h>

bool survey_by_id(struct talk *talk, int64_t id, struct survey *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT class, unit, subject, title, form, state, opens, closes, source, lecturers, ballot, least,"
        " share FROM survey WHERE id = ?",
        "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct survey){ .id = id,
                            .class_id = query_int(q, 0),
                            .unit = pool_strdup(talk->pool, query_text(q, 1)),
                            .subject = pool_strdup(talk->pool, query_text(q, 2)),
                            .title = pool_strdup(talk->pool, query_text(q, 3)),
                            .form_id = pool_strdup(talk->pool, query_text(q, 4)),
                            .state = pool_strdup(talk->pool, query_text(q, 5)),
                            .opens = query_int(q, 6),
                            .closes = query_int(q, 7),
                            .source = pool_strdup(talk->pool, query_text(q, 8)),
                            .lecturers = pool_strdup(talk->pool, query_text(q, 9)),
                            .ballot = pool_strdup(talk->pool, query_text(q, 10)),
                            .least = query_int(q, 11),
                            .share = query_int(q, 12) };
    return true;
}

bool survey_entitled(struct talk *talk, int64_t survey, int64_t person)
{
    return store_int(talk->store, 0, "SELECT personally FROM survey_present WHERE survey = ? AND person = ?",
                     "ii", survey, person) > 0;
}

bool survey_took_part(struct talk *talk, int64_t survey, int64_t person)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM survey_done WHERE survey = ? AND person = ?", "ii",
                     survey, person) > 0;
}

int64_t survey_ballots(struct talk *talk, int64_t survey)
{
    return store_int(talk->store, 0, "SELECT ballots FROM survey_valid WHERE survey = ?", "i", survey);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    switch (event) {
    case EVENT_TIMETABLE_CHANGED: {
        const struct class *class = class_by_id(talk, subject);

        if (class)
            survey_plan(talk, class);
        break;
    }
    case EVENT_STARTED:
        survey_restarted(talk);
        break;
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_SITTING_CLOSED:
    case EVENT_LEAVE_CHANGED:
    case EVENT_SIGNED_IN:
    case EVENT_CORRECTED:
    case EVENT_OBJECTION_DECIDED:
    case EVENT_ERASED:
    case EVENT_FILE_HERE:
        break;
    }
}

/* How many have filled in what is open; who has is nobody's business. */
static void digest(struct talk *talk, struct brief *brief)
{
    const struct class *class = brief->class;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT title, closes, (SELECT ballots FROM survey_valid p WHERE p.survey = v.id),"
                    " (SELECT count(*) FROM survey_present e WHERE e.survey = v.id AND e.personally)"
                    " FROM survey v WHERE class = ? AND state = 'open' ORDER BY id",
                    "i", class->id);

    while (query_next(q)) {
        const char *line = words(talk, "survey.digest", "title", query_text(q, 0), "closes",
                                 show_moment(talk, class, query_int(q, 1)), "ballots",
                                 num(talk, query_int(q, 2)), "entitled", num(talk, query_int(q, 3)), NULL);

        brief_add(brief, talk, BRIEF_OTHER, 0, line, line);
    }
}

static const char *const schema[] = {
    "CREATE TABLE survey ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  unit TEXT NOT NULL,"    /* training | lecturer | session */
    "  subject TEXT NOT NULL," /* '' | the lecturer's name | the session's id */
    "  title TEXT NOT NULL,"
    "  form TEXT NOT NULL,"
    "  state TEXT NOT NULL DEFAULT 'planned'," /* planned | open | closed */
    "  opens INTEGER NOT NULL, closes INTEGER NOT NULL,"
    "  source TEXT, lecturers TEXT," /* the form and the names as they were when it opened */
    "  UNIQUE (class, unit, subject)"
    ") STRICT;"
    /* That somebody has begun and that somebody's ballot is counted: no time, no order, no answer. */
    "CREATE TABLE survey_begun (survey INTEGER NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (survey, "
    "person))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE survey_part (survey INTEGER NOT NULL, person INTEGER NOT NULL, PRIMARY KEY (survey, "
    "person))"
    " STRICT, WITHOUT ROWID;"
    /* What was answered: how often each option, and the texts under random keys. */
    "CREATE TABLE survey_count (survey INTEGER NOT NULL, ask TEXT NOT NULL, value INTEGER NOT NULL, n "
    "INTEGER NOT NULL,"
    "  PRIMARY KEY (survey, ask, value)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE survey_text (survey INTEGER NOT NULL, ask TEXT NOT NULL, key BLOB NOT NULL, text TEXT NOT "
    "NULL,"
    "  PRIMARY KEY (survey, ask, key)) STRICT, WITHOUT ROWID;"
    "CREATE VIEW survey_sitting AS"
    " SELECT v.id AS survey, s.id AS sitting, s.starts, s.ends, o.lecturer FROM survey v"
    " JOIN sitting s ON s.class = v.class JOIN session o ON o.id = s.session"
    " WHERE o.state = 'on' AND s.starts < s.ends AND (v.unit = 'training'"
    "  OR (v.unit = 'lecturer' AND o.lecturer = v.subject)"
    "  OR (v.unit = 'session' AND o.id = CAST(v.subject AS INTEGER)));"
    /* Who was there: personally, by the code; or entered by a teacher, which gives no ballot. */
    "CREATE VIEW survey_present AS"
    " SELECT v.survey, m.person, max(a.how = 'code') AS personally, max(a.how IN ('makeup', 'teacher')) AS "
    "made_up"
    " FROM survey_sitting v JOIN attendance a ON a.sitting = v.sitting JOIN member m ON m.id = a.member"
    " WHERE m.role = 1 GROUP BY v.survey, m.person;",

    /* ballot: web. Who has a token (and its signature, so that a bad line costs nobody the ballot), and the
     * ballots by the hash of their token: nothing leads from one to the other. */
    "ALTER TABLE survey ADD COLUMN ballot TEXT NOT NULL DEFAULT 'chat';"
    "CREATE TABLE survey_key (survey INTEGER PRIMARY KEY, modulus BLOB NOT NULL, private BLOB) STRICT;"
    "CREATE TABLE survey_token (survey INTEGER NOT NULL, person INTEGER NOT NULL, blinded BLOB, signature "
    "BLOB,"
    "  PRIMARY KEY (survey, person)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE survey_ballot (survey INTEGER NOT NULL, key BLOB NOT NULL, answers TEXT NOT NULL,"
    "  PRIMARY KEY (survey, key)) STRICT, WITHOUT ROWID;"
    "CREATE VIEW survey_done AS SELECT survey, person FROM survey_part UNION ALL SELECT survey, person FROM "
    "survey_token;"
    "CREATE VIEW survey_valid AS SELECT v.id AS survey,"
    " (SELECT count(*) FROM survey_part p WHERE p.survey = v.id)"
    " + (SELECT count(*) FROM survey_ballot b WHERE b.survey = v.id) AS ballots FROM survey v;",

    /* However ballots are cast, they are read here: how often each option, the texts, how many ballots. */
    "CREATE VIEW survey_tally AS SELECT survey, ask, value, n FROM survey_count;"
    "CREATE VIEW survey_said AS SELECT survey, ask, text FROM survey_text;"
    /* What a survey came to when it closed; of those that may be shown also the sums of what is measured. */
    "CREATE TABLE survey_result (survey INTEGER PRIMARY KEY REFERENCES survey(id), month TEXT NOT NULL,"
    "  expected INTEGER NOT NULL, entitled INTEGER NOT NULL, made_up INTEGER NOT NULL, ballots INTEGER NOT "
    "NULL,"
    "  shown INTEGER NOT NULL) STRICT;"
    "CREATE TABLE survey_item (survey INTEGER NOT NULL, ask TEXT NOT NULL, lecturer TEXT NOT NULL," /* '' none
                                                                                                     */
    "  n INTEGER NOT NULL, sum INTEGER NOT NULL, squares INTEGER NOT NULL, top INTEGER NOT NULL,"
    "  PRIMARY KEY (survey, ask)) STRICT, WITHOUT ROWID;",

    /* What others read of it: each survey that has closed, what it came to and whether that may be shown. */
    "CREATE VIEW satisfaction AS SELECT v.id AS survey, v.class, v.title, v.closes, r.shown, r.expected,"
    " r.entitled, r.made_up, r.ballots, coalesce(sum(i.n), 0) AS n, coalesce(sum(i.top), 0) AS top"
    " FROM survey v JOIN survey_result r ON r.survey = v.id LEFT JOIN survey_item i ON i.survey = v.id"
    " GROUP BY v.id;",

    "INSERT OR IGNORE INTO form_opened (form, anonymous) SELECT DISTINCT form, 1 FROM survey"
    " WHERE source IS NOT NULL;",

    /* Entered by a teacher is 'arrived' in the attendance: 到 张三, 点名. */
    "DROP VIEW survey_present;"
    "CREATE VIEW survey_present AS"
    " SELECT v.survey, m.person, max(a.how = 'code') AS personally, max(a.how IN ('makeup', 'arrived')) AS "
    "made_up"
    " FROM survey_sitting v JOIN attendance a ON a.sitting = v.sitting JOIN member m ON m.id = a.member"
    " WHERE m.role = 1 GROUP BY v.survey, m.person;",

    /* From when on it is shown: as it was promised when it opened. */
    "ALTER TABLE survey ADD COLUMN least INTEGER NOT NULL DEFAULT 5;"
    "ALTER TABLE survey ADD COLUMN share INTEGER NOT NULL DEFAULT 20;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "survey",
                                            "class,unit,subject,form,state,opens,closes,ballot,least,share" },
                                          { "survey_result", NULL },
                                          { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM survey_begun WHERE person = ?1",
    NULL,
};

const struct handler survey = {
    .name = "survey",
    .commands = { { .name = "survey",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = survey_command,
                    .rank = 10 },
                  { .name = "publish",
                    .needs = ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = survey_publish,
                    .rank = 30 },
                  { .name = "results",
                    .needs = ROLE_ORGANISER | ROLE_BUREAU | ROLE_LECTURER | NEEDS_PRIVATE,
                    .run = survey_results,
                    .rank = 31 } },
    .actions = { { .verb = "start", .needs = ROLE_TRAINEE | NEEDS_PRIVATE, .run = survey_start },
                 { .verb = "q", .run = survey_press },
                 { .verb = "results",
                   .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE,
                   .run = survey_results_of },
                 { .verb = "file",
                   .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE,
                   .run = survey_file },
                 { .verb = "by", .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE, .run = survey_by } },
    .timers = { { .kind = "survey.open", .run = survey_open_due },
                { .kind = "survey.tell", .run = survey_tell_due },
                { .kind = "survey.remind", .run = survey_remind_due },
                { .kind = "survey.counted", .run = survey_counted_due },
                { .kind = "survey.last", .run = survey_last_due },
                { .kind = "survey.close", .run = survey_close_due } },
    .on = on,
    .reminds = survey_reminds,
    .schema = schema,
    .audited = audited,
    .page = survey_page,
    .asks = survey_asks,
    .answers = survey_answers,
    .dialog = survey_dialog,
    .digest = digest,
    .archive = survey_archive,
    .paper = survey_paper,
    .erases = erases,
};
