/* When a sitting ends, who did not sign in was absent, whatever the bot was doing at that moment. */
#include <string.h>

#include "bot/school/marks.h"
#include "bot/school/school.h"
#include "handlers/signin/signin.h"

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
                  " SELECT ?1, e.member, 'absent', ?2, 0, ?3, 'closed', ?4 FROM expected e"
                  " WHERE e.sitting = ?1 AND e.owed AND NOT EXISTS"
                  " (SELECT 1 FROM leave_now l WHERE l.sitting = ?1 AND l.member = e.member)"
                  " ON CONFLICT (sitting, member) DO NOTHING",
                  "iiii", sitting->id, sitting->ends, ladder_in(talk, sitting->class_id)->absence_points,
                  talk->now);
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
