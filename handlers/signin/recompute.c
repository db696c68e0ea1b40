/* A timetable that changes under a running class: what was written is measured against the new times. Who
 * signed in keeps the moment of arrival; absences of a sitting that is not over, or is not held, go. */
#include "bot/school/marks.h"
#include "handlers/signin/signin.h"

/* Arrivals against the start: late by the ladder, on time, or too late to count. */
static void recompute_arrivals(struct talk *talk, const struct sitting *sitting)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT member, at FROM attendance WHERE sitting = ? AND how <> 'closed'",
                    "i", sitting->id);

    while (query_next(q)) {
        struct lateness late = { 0 };

        if (sitting->confirmed)
            late = ladder_by(ladder_in(talk, sitting->class_id), query_int(q, 1) - sitting->starts);
        const char *state = late.absent ? "absent" : late.steps ? "late" : "present";

        store_run(talk->store,
                  "UPDATE attendance SET state = ?1, minutes = ?2, points = ?3 WHERE sitting = ?4"
                  " AND member = ?5 AND (state <> ?1 OR minutes <> ?2 OR points <> ?3)",
                  "siiii", state, (int64_t)late.minutes, (int64_t)late.points, sitting->id, query_int(q, 0));
    }
}

/* Early leaving against the end. */
static void recompute_early(struct talk *talk, const struct sitting *sitting)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT member, at FROM early_leave WHERE sitting = ?", "i", sitting->id);

    while (query_next(q)) {
        struct lateness early = { 0 };

        if (sitting->confirmed)
            early = ladder_by(ladder_in(talk, sitting->class_id), sitting->ends - query_int(q, 1));

        store_run(
            talk->store,
            "UPDATE early_leave SET minutes = ?, points = ?, absent = ? WHERE sitting = ? AND member = ?",
            "iiiii", (int64_t)early.minutes, early.absent ? (int64_t)0 : (int64_t)early.points,
            (int64_t)early.absent, sitting->id, query_int(q, 0));
    }
}

void signin_measure_anew(struct talk *talk, int64_t id)
{
    struct sitting sitting;

    if (!sitting_by_id(talk, id, &sitting))
        return;
    recompute_arrivals(talk, &sitting);
    recompute_early(talk, &sitting);
}

/* One that is over stays closed and is settled anew; one that is not, or is not held, is open again. */
static void recompute(struct talk *talk, const struct sitting *sitting, bool held)
{
    recompute_arrivals(talk, sitting);
    recompute_early(talk, sitting);
    if (held && sitting->ends <= talk->now) {
        signin_settle(talk, sitting->id);
        return;
    }
    if (!held)
        timers_cancel(talk->timers, "signin.close", sitting->id);
    store_run(talk->store, "DELETE FROM attendance WHERE sitting = ? AND how = 'closed'", "i", sitting->id);
    store_run(talk->store, "UPDATE sitting SET closed = NULL WHERE id = ? AND closed IS NOT NULL", "i",
              sitting->id);
}

void signin_recompute(struct talk *talk, int64_t class_id)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q = store_query(talk->store, "SELECT id FROM sitting WHERE class = ?", "i", class_id);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        g_array_append_val(ids, id);
    }
    for (guint i = 0; i < ids->len; i++) {
        struct sitting sitting;

        if (!sitting_by_id(talk, g_array_index(ids, int64_t, i), &sitting))
            continue;
        bool on = store_int(talk->store, 0, "SELECT state = 'on' FROM session WHERE id = ?", "i",
                            sitting.session) > 0;

        recompute(talk, &sitting, on && sitting.ends > sitting.starts);
    }
}
