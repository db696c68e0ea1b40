/* When a sitting ends, who did not sign in was absent, whatever the bot was doing at that moment. */
#include <string.h>

#include "bot/school/ladder.h"
#include "bot/school/school.h"
#include "handlers/signin/signin.h"

enum { NAMES_SHOWN = 8 };

/* A sitting's end: absences for those who were expected and have no row. Who was imported after it began is
 * not held responsible; a time that nobody confirmed counts for nobody (A17). */
void signin_close(struct talk *talk, int64_t id, int64_t due)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, id, &sitting) || sitting.closed || sitting.ends != due)
        return;
    if (sitting.confirmed)
        store_run(talk->store,
                  "INSERT INTO attendance (sitting, member, state, at, minutes, points, how, recorded)"
                  " SELECT ?1, m.id, 'absent', ?2, 0, ?3, 'closed', ?4 FROM member m"
                  " WHERE m.class = ?5 AND m.role = ?6 AND m.left IS NULL AND m.since <= ?7"
                  " ON CONFLICT (sitting, member) DO NOTHING",
                  "iiiiiii", id, sitting.ends, (int64_t)LADDER_ABSENCE_POINTS, talk->now, sitting.class_id,
                  (int64_t)ROLE_TRAINEE, sitting.starts);
    store_run(talk->store, "UPDATE sitting SET closed = ? WHERE id = ?", "ii", talk->now, id);
    school_event(talk, EVENT_SITTING_CLOSED, id);
}

/* Sets the closing of every sitting of a class that has not ended before the class was known here. */
static void set_timers(struct talk *talk, int64_t class_id)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT s.id, s.ends FROM sitting s JOIN session n ON n.id = s.session"
                                     " JOIN class c ON c.id = s.class WHERE s.class = ? AND s.closed IS NULL"
                                     " AND n.state = 'on' AND s.ends > c.imported",
                                     "i", class_id);

    while (query_next(q)) {
        timers_cancel(talk->timers, "signin.close", query_int(q, 0));
        timers_set(talk->timers, "signin.close", query_int(q, 0), query_int(q, 1));
    }
}

void signin_on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_TIMETABLE_CHANGED)
        set_timers(talk, subject);
}

/* Names of one state at one sitting, at most NAMES_SHOWN; gives how many there are in all. */
static int64_t names_of(struct talk *talk, int64_t sitting, const char *state, GString *names)
{
    int64_t count = 0;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, a.minutes FROM attendance a JOIN member m ON m.id = a.member"
                    " JOIN person p ON p.id = m.person WHERE a.sitting = ? AND a.state = ?"
                    " ORDER BY a.minutes DESC, m.number",
                    "is", sitting, state);

    while (query_next(q)) {
        const char *minutes = query_int(q, 1) > 0
                                  ? words(talk, "attendance.minutes", "n", num(talk, query_int(q, 1)), NULL)
                                  : "";

        if (count++ < NAMES_SHOWN)
            g_string_append_printf(names, "%s%s%s", names->len ? "、" : "", query_text(q, 0), minutes);
    }
    if (count > NAMES_SHOWN)
        g_string_append(names, words(talk, "attendance.more", "n", num(talk, count), NULL));
    return count;
}

/* One line a sitting of the day that has begun: arrived, late and absent by name. */
void signin_digest(struct talk *talk, const struct class *class, const char *day, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.starts, n.title FROM sitting s JOIN session n ON n.id = s.session"
                    " WHERE s.class = ? AND n.day = ? AND n.state = 'on' AND s.starts <= ?"
                    " ORDER BY s.starts",
                    "isi", class->id, day, talk->now);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);
        g_autoptr(GString) late = g_string_new(NULL);
        g_autoptr(GString) absent = g_string_new(NULL);

        int64_t expected = store_int(
            talk->store, 0, "SELECT count(*) FROM member WHERE class = ? AND role = ? AND left IS NULL", "ii",
            class->id, (int64_t)ROLE_TRAINEE);
        int64_t arrived = store_int(
            talk->store, 0,
            "SELECT count(*) FROM attendance WHERE sitting = ? AND state IN ('present', 'late')", "i", id);
        int64_t lates = names_of(talk, id, "late", late), absents = names_of(talk, id, "absent", absent);

        g_string_append_printf(into, "%s\n",
                               words(talk, "attendance.line", "at", show_time(talk, class, query_int(q, 1)),
                                     "title", query_text(q, 2), "expected", num(talk, expected), "arrived",
                                     num(talk, arrived), NULL));
        if (lates)
            g_string_append_printf(into, "%s\n", words(talk, "attendance.late", "names", late->str, NULL));
        if (absents)
            g_string_append_printf(into, "%s\n",
                                   words(talk, "attendance.absent", "names", absent->str, NULL));
    }
}
