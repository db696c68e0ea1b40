/* When homework is due (rules.md §3): pre-class at its session's start, post-class in the evening after the
 * last session of its theme, open for some days more, and nothing after the results are settled. */
#include <string.h>

#include "bot/school/scheme.h"
#include "handlers/homework/homework.h"

enum { DAY = 24 * 60 * 60, MINUTE = 60 };

const struct homework_rules *homework_rules(struct talk *talk, const struct class *class)
{
    const struct scheme *scheme = scheme_of(talk, class);

    return scheme ? &scheme->homework : &homework_rules_default;
}

int64_t homework_settled(struct talk *talk, const struct class *class, int64_t at)
{
    const struct scheme *scheme = scheme_of(talk, class);
    int64_t settles = scheme ? marks_settle(talk, class, scheme) : 0;

    return settles > talk->now ? MIN(at, settles) : at;
}

int64_t homework_due_after(struct talk *talk, const struct class *class, int64_t taught)
{
    const struct homework_rules *rules = homework_rules(talk, class);
    const char *day = day_plus(talk, day_of(talk, class, taught), rules->due_days);
    int64_t due = time_of(class, day, rules->due_minutes / 60, rules->due_minutes % 60);

    return homework_settled(talk, class, MAX(due, taught));
}

int64_t homework_cutoff_of(struct talk *talk, const struct class *class, int64_t due)
{
    return MAX(due,
               homework_settled(talk, class, due + (int64_t)homework_rules(talk, class)->open_days * DAY));
}

int64_t homework_cutoff_at(struct talk *talk, const struct class *class, int64_t due, int64_t said)
{
    return said ? MAX(due, homework_settled(talk, class, said)) : homework_cutoff_of(talk, class, due);
}

enum when_reading homework_when(struct talk *talk, const struct normal *text, struct when *ret,
                                int64_t *ret_at)
{
    enum when_reading reading = when_read(talk->class->zone, talk->now, text->text, ret);

    if (reading != WHEN_READ)
        return reading;
    const struct when_span *span = &ret->spans[ret->count - 1];
    bool to_midnight = !span->point && days_of(talk->class->zone, span->ends, (char[DAY_SIZE]){ 0 }) == 0;

    *ret_at = span->point ? span->starts : to_midnight ? span->ends - MINUTE : span->ends;
    return WHEN_READ;
}

int64_t homework_due_by_session(struct talk *talk, const struct class *class, bool pre, int64_t session,
                                int64_t *ret_taught)
{
    int64_t starts =
        store_int(talk->store, 0, "SELECT starts FROM session WHERE id = ? AND state = 'on'", "i", session);
    int64_t taught = store_int(talk->store, 0,
                               "SELECT max(n.ends) FROM session n JOIN session s ON s.id = ? AND s.class ="
                               " n.class AND s.title = n.title WHERE n.state = 'on'",
                               "i", session);

    *ret_taught = pre ? 0 : taught;
    if (pre)
        return starts;
    return taught ? homework_due_after(talk, class, taught) : 0;
}

void homework_sync_assigned(struct talk *talk, const struct class *class)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT id, kind = 'pre', session FROM homework WHERE class = ?"
                                     " AND state = 1 AND session IS NOT NULL AND due > ?",
                                     "ii", class->id, talk->now);

    while (query_next(q)) {
        struct homework hw;
        int64_t taught,
            due = homework_due_by_session(talk, class, query_int(q, 1) != 0, query_int(q, 2), &taught);

        if (!due || !homework_load(talk, query_int(q, 0), &hw) || (hw.due == due && hw.taught == taught))
            continue;
        store_run(talk->store, "UPDATE homework SET taught = nullif(?, 0), due = ?, cutoff = ? WHERE id = ?",
                  "iiii", taught, due, homework_cutoff_of(talk, class, due), hw.id);
        if (homework_load(talk, hw.id, &hw))
            homework_set_reminders(talk, class, &hw);
    }
    /* A timetable that ends earlier settles earlier. */
    store_run(talk->store, "UPDATE homework SET cutoff = ? WHERE class = ? AND cutoff > ? AND due <= ?",
              "iiii", homework_settled(talk, class, INT64_MAX), class->id,
              homework_settled(talk, class, INT64_MAX), homework_settled(talk, class, INT64_MAX));
}
