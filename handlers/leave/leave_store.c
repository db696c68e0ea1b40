#include "handlers/leave/leave.h"

#include <string.h>

#include "bot/school/scheme.h"
#include "bot/school/school.h"

bool leave_by_id(struct talk *talk, int64_t id, struct leave *ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT class, member, approval, state, reason FROM leave WHERE id = ?", "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct leave){ .id = id,
                           .class_id = query_int(q, 0),
                           .member = query_int(q, 1),
                           .approval = query_int(q, 2),
                           .state = pool_strdup(talk->pool, query_text(q, 3)),
                           .reason = pool_strdup(talk->pool, query_text(q, 4)) };
    return true;
}

const char *leave_sittings(struct talk *talk, int64_t leave, const char *state)
{
    enum { SHOWN = 10 };
    g_autoptr(GString) lines = g_string_new(NULL);
    int shown = 0;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT s.class, s.starts, s.ends, n.title FROM leave_sitting l"
                                     " JOIN sitting s ON s.id = l.sitting JOIN session n ON n.id = s.session"
                                     " WHERE l.leave = ? AND l.state = ? ORDER BY s.starts",
                                     "is", leave, state);

    while (query_next(q)) {
        const struct class *class = class_by_id(talk, query_int(q, 0));

        if (shown++ < SHOWN)
            g_string_append_printf(
                lines, "\n%s",
                words(talk, "leave.sitting", "from", show_moment(talk, class, query_int(q, 1)), "to",
                      show_time(talk, class, query_int(q, 2)), "title", query_text(q, 3), NULL));
    }
    if (shown > SHOWN)
        g_string_append_printf(lines, "\n%s",
                               words(talk, "leave.sittings_more", "n", num(talk, shown), NULL));
    return pool_strdup(talk->pool, lines->str);
}

int64_t leave_count(struct talk *talk, int64_t leave, const char *state)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM leave_sitting WHERE leave = ? AND state = ?", "is",
                     leave, state);
}

int64_t leave_used(struct talk *talk, int64_t member)
{
    return store_int(
        talk->store, 0,
        "SELECT count(*) FROM leave_now l JOIN sitting s ON s.id = l.sitting AND s.ends > s.starts"
        " JOIN session n ON n.id = s.session AND n.state = 'on' WHERE l.member = ?",
        "i", member);
}

struct leave_price leave_price(struct talk *talk, const struct class *class)
{
    g_autoptr(marking_scheme) scheme = scheme_kept(talk->store, class->id);
    struct leave_price price = { .each = ladder_default.leave_points, .free = -1 };

    if (!scheme)
        return price;
    price.points = scheme_takes_points(scheme);
    price.each = scheme->ladder.leave_points;
    for (guint i = 0; i < scheme->limits->len; i++) {
        const struct scheme_limit *limit = scheme->limits->pdata[i];

        if (strcmp(limit->measure, "attendance.leaves") == 0)
            price.free = limit->most;
    }
    return price;
}

void leave_move(struct talk *talk, int64_t leave, const char *from, const char *to)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT sitting FROM leave_sitting WHERE leave = ? AND state = ?", "is", leave, from);
    g_autoptr(GArray) sittings = g_array_new(FALSE, FALSE, sizeof(int64_t));

    while (query_next(q)) {
        int64_t sitting = query_int(q, 0);

        g_array_append_val(sittings, sitting);
    }
    store_run(talk->store, "UPDATE leave_sitting SET state = ? WHERE leave = ? AND state = ?", "sis", to,
              leave, from);
    for (guint i = 0; i < sittings->len; i++)
        school_event(talk, EVENT_LEAVE_CHANGED, g_array_index(sittings, int64_t, i));
}

void leave_set_state(struct talk *talk, int64_t leave, const char *state)
{
    store_run(talk->store, "UPDATE leave SET state = ? WHERE id = ?", "si", state, leave);
}
