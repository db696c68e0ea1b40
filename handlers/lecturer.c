/* The lecturer's arrival (rules.md A10): on site 20 minutes before the start; reminded 40 minutes before,
 * 到场 on arrival, and the duty teacher told when nobody came. Beside it the arrival rate of the day (A8). */
#include <string.h>

#include "bot/school/handler.h"
#include "bot/school/remind.h"

enum { REMINDED = 40 * 60, ON_SITE = 20 * 60, EARLIEST = 3 * 3600, NAMED = 8 };

/* A session with its lecturers: those of the class whose name stands in the timetable, else all of them. */
struct lesson {
    int64_t id, starts, ends;
    const struct class *class;
    const char *title, *said; /* said: the lecturer as the timetable says, "" none */
    struct member *lecturers;
    size_t count;
};

/* False when it is not held. */
static bool load(struct talk *talk, int64_t id, struct lesson *ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT class, starts, ends, title, lecturer FROM session WHERE id = ? AND state = 'on'",
        "i", id);

    if (!query_next(q))
        return false;
    const char *said = query_text(q, 4);
    size_t all, named = 0;

    *ret = (struct lesson){ .id = id,
                            .class = class_by_id(talk, query_int(q, 0)),
                            .starts = query_int(q, 1),
                            .ends = query_int(q, 2),
                            .title = pool_strdup(talk->pool, query_text(q, 3)),
                            .said = pool_strdup(talk->pool, said ? said : "") };
    ret->lecturers = members_of(talk, ret->class->id, ROLE_LECTURER, &all);
    for (size_t i = 0; i < all; i++)
        if (*ret->lecturers[i].name && strstr(ret->said, ret->lecturers[i].name)) {
            struct member first = ret->lecturers[named];

            ret->lecturers[named++] = ret->lecturers[i];
            ret->lecturers[i] = first;
        }
    ret->count = named ? named : all;
    return true;
}

static bool has_arrived(struct talk *talk, int64_t session)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM lecturer_arrival WHERE session = ?", "i",
                     session) > 0;
}

/* Who is expected, for a sentence. */
static const char *names(struct talk *talk, const struct lesson *lesson)
{
    GString *list = g_string_new(lesson->said);

    for (size_t i = 0; !*lesson->said && i < lesson->count && i < NAMED; i++)
        g_string_append_printf(list, "%s%s", i ? "、" : "", lesson->lecturers[i].name);
    const char *all = pool_strdup(talk->pool, list->str);

    g_string_free(list, TRUE);
    return all;
}

/* --- 到场
 * ------------------------------------------------------------------------------------------------------------
 */

/* Notes an arrival; the first of a lecturer stands. `by` is who said so. */
static void note(struct talk *talk, int64_t session, int64_t lecturer, int64_t by)
{
    store_run(talk->store,
              "INSERT INTO lecturer_arrival (session, member, at, by, recorded)"
              " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
              "iiiii", session, lecturer, talk->moment, by, talk->now);
}

/* The session that a lecturer arrives for: the one of this membership's class that is next or under way. */
static int64_t session_of(struct talk *talk, const struct member *member)
{
    return store_int(talk->store, 0,
                     "SELECT id FROM session WHERE class = ? AND state = 'on' AND starts <= ? AND ends > ?"
                     " ORDER BY starts LIMIT 1",
                     "iii", member->class_id, talk->moment + EARLIEST, talk->moment);
}

static void here(struct talk *talk)
{
    struct lesson lesson = { 0 };
    bool found = false;

    for (size_t i = 0; i < talk->member_count && !found; i++) {
        const struct member *member = &talk->members[i];

        found = member->role == ROLE_LECTURER && load(talk, session_of(talk, member), &lesson);
        if (found)
            talk_as(talk, member);
    }
    if (!found) {
        say(talk, "lecturer.no_lesson", NULL);
        return;
    }
    note(talk, lesson.id, talk->member->id, talk->member->id);
    int64_t at = store_int(talk->store, talk->moment,
                           "SELECT at FROM lecturer_arrival WHERE session = ? AND member = ?", "ii",
                           lesson.id, talk->member->id);
    int64_t late = at - (lesson.starts - ON_SITE);

    say(talk, late > 0 ? "lecturer.late" : "lecturer.here", "title", lesson.title, "at",
        show_time(talk, talk->class, at), "starts", show_time(talk, talk->class, lesson.starts), "n",
        num(talk, (late + 59) / 60), NULL);
}

/* "SESSION": a teacher says for a lecturer without an account that somebody came. */
static void press_here(struct talk *talk, const char *args)
{
    struct lesson lesson;

    if (!load(talk, g_ascii_strtoll(args, NULL, 10), &lesson) || lesson.ends < talk->now ||
        !speaks_as(talk, ROLE_TEACHERS, lesson.class->id)) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, speaks_as(talk, ROLE_TEACHERS, lesson.class->id));
    if (!has_arrived(talk, lesson.id))
        note(talk, lesson.id, lesson.count == 1 ? lesson.lecturers[0].id : talk->member->id,
             talk->member->id);
    say(talk, "lecturer.noted", "title", lesson.title, "names", names(talk, &lesson), "at",
        show_time(talk, talk->class, talk->moment), NULL);
    saying_instead(talk);
}

/* --- reminders
 * ----------------------------------------------------------------------------------------------------------
 */

static void before(struct talk *talk, int64_t subject, int64_t due)
{
    struct lesson lesson;

    if (!load(talk, subject, &lesson) || due != lesson.starts - REMINDED || has_arrived(talk, subject))
        return;
    for (size_t i = 0; i < lesson.count; i++) {
        struct reminder r = { .kind = "lecturer",
                              .person = lesson.lecturers[i].person,
                              .class = lesson.class,
                              .until = lesson.starts };

        if (!remind_may(talk, &r) || !tell(talk, r.person, "lecturer.reminder", "title", lesson.title,
                                           "starts", show_time(talk, lesson.class, lesson.starts), "by",
                                           show_time(talk, lesson.class, lesson.starts - ON_SITE), NULL))
            continue;
        remind_sent(talk, &r);
        button(talk, "lecturer.i_am_here", "do:here");
    }
}

static bool tell_teacher(struct talk *talk, const struct member *member, void *data)
{
    const struct lesson *lesson = data;
    struct reminder r = { .kind = "lecturer.missing",
                          .person = member->person,
                          .class = lesson->class,
                          .until = lesson->ends,
                          .must = true };

    if (!remind_may(talk, &r) ||
        !tell(talk, r.person, "lecturer.missing", "title", lesson->title, "starts",
              show_time(talk, lesson->class, lesson->starts), "names", names(talk, lesson), NULL))
        return false;
    remind_sent(talk, &r);
    button(talk, "lecturer.has_come", "lecturer:here:%" G_GINT64_FORMAT, lesson->id);
    return true;
}

static void check(struct talk *talk, int64_t subject, int64_t due)
{
    struct lesson lesson;

    if (load(talk, subject, &lesson) && due == lesson.starts - ON_SITE && !has_arrived(talk, subject) &&
        (lesson.count || *lesson.said))
        remind_teachers(talk, lesson.class->id, tell_teacher, &lesson);
}

static void set(struct talk *talk, const char *kind, int64_t session, int64_t due)
{
    timers_cancel(talk->timers, kind, session);
    if (due > talk->now)
        timers_set(talk->timers, kind, session, due);
}

/* Both times of all sessions of a class anew. */
static void on(struct talk *talk, enum event event, int64_t subject)
{
    if (event != EVENT_TIMETABLE_CHANGED)
        return;
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id, starts, state = 'on' FROM session WHERE class = ?", "i", subject);

    while (query_next(q)) {
        set(talk, "lecturer.before", query_int(q, 0), query_int(q, 2) ? query_int(q, 1) - REMINDED : 0);
        set(talk, "lecturer.check", query_int(q, 0), query_int(q, 2) ? query_int(q, 1) - ON_SITE : 0);
    }
}

/* --- the digest
 * ---------------------------------------------------------------------------------------------------------
 */

/* The arrival rate of the closed sittings from `first` to `last` in tenths of a percent: arrived, late ones
 * too, of those expected, among whom those on leave stay (A8). -1 when nobody was expected. */
static int arrival(struct talk *talk, int64_t class, const char *first, const char *last,
                   int64_t *ret_arrived, int64_t *ret_expected)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT count(*), count(a.member) FROM sitting s JOIN session n ON n.id = s.session"
        " JOIN member m ON m.class = s.class LEFT JOIN attendance a ON a.sitting = s.id AND a.member = m.id"
        "  AND a.state IN ('present', 'late')"
        " WHERE s.class = ? AND n.day BETWEEN ? AND ? AND n.state = 'on' AND s.closed IS NOT NULL"
        " AND s.ends > s.starts AND m.role = ? AND m.since <= s.starts AND (m.left IS NULL OR m.left > "
        "s.starts)"
        " AND (n.team IS NULL OR instr('、' || n.team || '、', '、' || m.team || '、') > 0)",
        "issi", class, first, last, (int64_t)ROLE_TRAINEE);

    if (!query_next(q) || query_int(q, 0) == 0)
        return -1;
    *ret_expected = query_int(q, 0);
    *ret_arrived = query_int(q, 1);
    return (int)((*ret_arrived * 2000 + *ret_expected) / (2 * *ret_expected));
}

static const char *percent(struct talk *talk, int tenths)
{
    return pool_printf(talk->pool, "%d.%d", tenths / 10, tenths % 10);
}

/* The arrival rate, and what it was the class day (the week) before. */
static void add_rate(struct talk *talk, struct brief *brief)
{
    int64_t arrived, expected, old_arrived, old_expected;
    const char *last = day_plus(talk, brief->first, -1);
    const char *first = brief->week ? day_plus(talk, last, -6)
                                    : pool_take(talk->pool, store_text(talk->store,
                                                                       "SELECT coalesce(max(day), '') FROM"
                                                                       " session WHERE class = ? AND day <= ?"
                                                                       " AND state = 'on'",
                                                                       "is", brief->class->id, last));
    int now = arrival(talk, brief->class->id, brief->first, brief->day, &arrived, &expected);
    int then =
        arrival(talk, brief->class->id, first, brief->week ? last : first, &old_arrived, &old_expected);

    if (now < 0)
        return;
    const char *rate = words(talk, then < 0 ? "lecturer.rate" : "lecturer.rate_before", "rate",
                             percent(talk, now), "arrived", num(talk, arrived), "expected",
                             num(talk, expected), "before", percent(talk, then), NULL);

    brief_add(brief, talk, BRIEF_CHANGED, 0, rate, rate);
}

/* When the lecturers of the day came, and the arrival rate. */
static void digest(struct talk *talk, struct brief *brief)
{
    const struct class *class = brief->class;
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT n.title, n.starts, min(a.at) FROM session n JOIN lecturer_arrival a ON"
        " a.session = n.id WHERE n.class = ? AND n.day BETWEEN ? AND ? GROUP BY n.id ORDER BY n.starts",
        "iss", class->id, brief->first, brief->day);

    while (query_next(q)) {
        bool late = query_int(q, 2) > query_int(q, 1) - ON_SITE;

        if (!brief->week || late)
            brief_add(brief, talk, late ? BRIEF_OTHER : BRIEF_WELL, 0,
                      words(talk, late ? "lecturer.line_late" : "lecturer.line", "title", query_text(q, 0),
                            "at", show_time(talk, class, query_int(q, 2)), NULL),
                      NULL);
    }
    add_rate(talk, brief);
}

static const char *const schema[] = {
    "CREATE TABLE lecturer_arrival ("
    "  session INTEGER NOT NULL REFERENCES session(id),"
    "  member INTEGER NOT NULL REFERENCES member(id)," /* the lecturer; the teacher when it is unknown which
                                                        */
    "  at INTEGER NOT NULL, by INTEGER NOT NULL REFERENCES member(id), recorded INTEGER NOT NULL,"
    "  PRIMARY KEY (session, member)"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "lecturer_arrival", NULL }, { NULL, NULL } };

const struct handler lecturer = {
    .name = "lecturer",
    .commands = { { .name = "here", .needs = ROLE_LECTURER | NEEDS_PRIVATE, .run = here, .rank = 1 } },
    .actions = { { .verb = "here", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = press_here } },
    .timers = { { .kind = "lecturer.before", .run = before }, { .kind = "lecturer.check", .run = check } },
    .on = on,
    .schema = schema,
    .audited = audited,
    .digest = digest,
};
