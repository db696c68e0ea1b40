/* When a sitting ends, who did not sign in was absent, whatever the bot was doing at that moment. */
#include <string.h>

#include "bot/school/marks.h"
#include "bot/school/names.h"
#include "bot/school/school.h"
#include "handlers/signin/signin.h"

enum { NAMES_SHOWN = 8 };

/* Makes the absences of a closed sitting what they should be, however often: one for each who was expected,
 * did not sign in and has no leave. Who was imported after it began is not held responsible; a time that
 * nobody confirmed counts for nobody (A17). */
static void settle(struct talk *talk, const struct sitting *sitting)
{
    store_run(talk->store,
              "DELETE FROM attendance WHERE sitting = ?1 AND how = 'closed' AND EXISTS"
              " (SELECT 1 FROM leave_now l WHERE l.sitting = ?1 AND l.member = attendance.member)",
              "i", sitting->id);
    if (sitting->confirmed)
        store_run(talk->store,
                  "INSERT INTO attendance (sitting, member, state, at, minutes, points, how, recorded)"
                  " SELECT ?1, m.id, 'absent', ?2, 0, ?3, 'closed', ?4 FROM member m"
                  " WHERE m.class = ?5 AND m.role = ?6 AND m.left IS NULL AND m.since <= ?7 AND NOT EXISTS"
                  " (SELECT 1 FROM leave_now l WHERE l.sitting = ?1 AND l.member = m.id)"
                  " ON CONFLICT (sitting, member) DO NOTHING",
                  "iiiiiii", sitting->id, sitting->ends, ladder_in(talk, sitting->class_id)->absence_points,
                  talk->now, sitting->class_id, (int64_t)ROLE_TRAINEE, sitting->starts);
}

void signin_settle(struct talk *talk, int64_t id)
{
    struct sitting sitting;

    if (sitting_by_id(talk, id, &sitting) && sitting.closed)
        settle(talk, &sitting);
}

/* A sitting's end. */
void signin_close(struct talk *talk, int64_t id, int64_t due)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, id, &sitting) || sitting.closed || sitting.ends != due)
        return;
    settle(talk, &sitting);
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
    if (event == EVENT_TIMETABLE_CHANGED) {
        signin_recompute(talk, subject);
        set_timers(talk, subject);
    } else if (event == EVENT_LEAVE_CHANGED)
        signin_settle(talk, subject);
}

/* Names of one state at one sitting, with the minutes of those who came late or left early. */
static GPtrArray *names_of(struct talk *talk, int64_t sitting, const char *state)
{
    GPtrArray *names = g_ptr_array_new();
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, t.minutes FROM ("
                    " SELECT member, sitting, state, minutes FROM attendance"
                    " UNION ALL SELECT member, sitting, state, 0 FROM leave_now"
                    " UNION ALL SELECT member, sitting, 'early', minutes FROM early_leave) t"
                    " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person"
                    " WHERE t.sitting = ? AND t.state = ? ORDER BY length(m.number), m.number",
                    "is", sitting, state);

    while (query_next(q)) {
        const char *minutes = query_int(q, 1) > 0
                                  ? words(talk, "attendance.minutes", "n", num(talk, query_int(q, 1)), NULL)
                                  : "";

        g_ptr_array_add(names, pool_printf(talk->pool, "%s%s", query_text(q, 0), minutes));
    }
    return names;
}

/* One line a sitting of the day that has begun: arrived; late, early gone, on leave and absent by name. */
void signin_digest(struct talk *talk, const struct class *class, const char *day, GString *into)
{
    static const char *const states[] = { "late", "early", "leave", "pending", "absent" };
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.starts, n.title FROM sitting s JOIN session n ON n.id = s.session"
                    " WHERE s.class = ? AND n.day = ? AND n.state = 'on' AND s.starts <= ?"
                    " ORDER BY s.starts",
                    "isi", class->id, day, talk->now);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);
        int64_t expected = store_int(
            talk->store, 0, "SELECT count(*) FROM member WHERE class = ? AND role = ? AND left IS NULL", "ii",
            class->id, (int64_t)ROLE_TRAINEE);
        int64_t arrived = store_int(
            talk->store, 0,
            "SELECT count(*) FROM attendance WHERE sitting = ? AND state IN ('present', 'late')", "i", id);

        g_string_append_printf(into, "%s\n",
                               words(talk, "attendance.line", "at", show_time(talk, class, query_int(q, 1)),
                                     "title", query_text(q, 2), "expected", num(talk, expected), "arrived",
                                     num(talk, arrived), NULL));
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
            g_autoptr(GPtrArray) names = names_of(talk, id, states[i]);
            const char *key = pool_printf(talk->pool, "attendance.%s", states[i]);

            if (names->len)
                g_string_append_printf(into, "%s\n",
                                       words(talk, key, "names", names_join(talk, names, NAMES_SHOWN), NULL));
        }
    }
}
