#include "bot/school/sittings.h"

#include <string.h>

#include "bot/school/days.h"

enum { PART_WHOLE, PART_MORNING, PART_AFTERNOON, PARTS };
enum { SHIFT_SECONDS = 6 * 3600 };

struct span {
    int64_t starts, ends; /* starts < 0: none */
};

/* "HH:MM" as minutes of the day. */
static int minutes(const char *text)
{
    return (int)(g_ascii_strtoll(text, NULL, 10) * 60 + g_ascii_strtoll(text + 3, NULL, 10));
}

/* The spans that the session should have, by part; false when there is no such session. */
static bool wanted(struct store *store, int64_t session, int64_t *ret_class, struct span ret[PARTS])
{
    g_autoptr(query) q =
        store_query(store,
                    "SELECT s.class, s.day, s.starts, s.ends, c.zone, c.unit, c.kind, c.midday_from,"
                    " c.midday_to, coalesce(s.breaks, 0), coalesce(s.resumes, 0)"
                    " FROM session s JOIN class c ON c.id = s.class WHERE s.id = ?",
                    "i", session);
    if (!query_next(q))
        return false;
    int64_t starts = query_int(q, 2), ends = query_int(q, 3);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(query_text(q, 4));
    int64_t midday_from = days_moment(zone, query_text(q, 1), minutes(query_text(q, 7)));
    int64_t midday_to = days_moment(zone, query_text(q, 1), minutes(query_text(q, 8)));
    bool shift = !strcmp(query_text(q, 6), "practical") && ends - starts <= SHIFT_SECONDS;
    bool split =
        starts < midday_from && ends > midday_to && !shift && strcmp(query_text(q, 5), "session") != 0;

    /* A change may have given the halves other times; those that no longer fit the session count no more. */
    int64_t breaks = query_int(q, 9), resumes = query_int(q, 10);

    breaks = breaks > starts && breaks <= midday_to ? breaks : midday_from;
    resumes = resumes >= breaks && resumes < ends ? resumes : midday_to;
    *ret_class = query_int(q, 0);
    ret[PART_WHOLE] = split ? (struct span){ -1, -1 } : (struct span){ starts, ends };
    ret[PART_MORNING] = split ? (struct span){ starts, breaks } : (struct span){ -1, -1 };
    ret[PART_AFTERNOON] = split ? (struct span){ resumes, ends } : (struct span){ -1, -1 };
    return true;
}

/* Takes a sitting away; while rows refer to it, it stays and lasts no time. */
static bool retire(struct store *store, int64_t sitting)
{
    store_savepoint(store);
    store_run(store, "DELETE FROM sitting WHERE id = ?", "i", sitting);
    if (store_state(store) == STORE_FINE) {
        store_release(store);
        return true;
    }
    store_rollback_to(store);
    return store_run(store, "UPDATE sitting SET ends = starts WHERE id = ? AND ends <> starts", "i",
                     sitting) &&
           store_changes(store) > 0;
}

/* How long two spans are at the same time. */
static int64_t overlap(const struct span *a, const struct span *b)
{
    return MIN(a->ends, b->ends) - MAX(a->starts, b->starts);
}

/* Of a session that comes to be split, or to be whole: the sitting that stays (ret_from) as what (ret_to); by
 * the time they share, so that who signed in for the afternoon has signed in for the afternoon. */
static void keep(const struct span want[PARTS], const struct span have[PARTS], const int64_t ids[PARTS],
                 int *ret_from, int *ret_to)
{
    bool split = want[PART_WHOLE].starts < 0;
    int *half = split ? ret_to : ret_from, *whole = split ? ret_from : ret_to;
    const struct span *one = split ? &have[PART_WHOLE] : &want[PART_WHOLE], *two = split ? want : have;
    bool second = split || ids[PART_AFTERNOON];

    *whole = PART_WHOLE;
    *half = second && overlap(one, &two[PART_AFTERNOON]) > MAX(overlap(one, &two[PART_MORNING]), 0)
                ? PART_AFTERNOON
                : PART_MORNING;
}

bool sittings_derive(struct store *store, int64_t session)
{
    struct span want[PARTS], have[PARTS] = { { 0 } };
    int64_t ids[PARTS] = { 0 }, class = 0;
    bool changed = false;
    if (!wanted(store, session, &class, want))
        return false;
    g_autoptr(query) q =
        store_query(store, "SELECT part, id, starts, ends FROM sitting WHERE session = ?", "i", session);
    while (query_next(q)) {
        int64_t part = query_int(q, 0);
        if (part >= 0 && part < PARTS) {
            ids[part] = query_int(q, 1);
            have[part] = (struct span){ query_int(q, 2), query_int(q, 3) };
        }
    }
    int from, to;

    keep(want, have, ids, &from, &to);
    if (ids[from] && !ids[to]) {
        store_run(store, "UPDATE sitting SET part = ? WHERE id = ?", "ii", (int64_t)to, ids[from]);
        ids[to] = ids[from];
        have[to] = have[from];
        ids[from] = 0;
        changed = true;
    }
    for (int part = 0; part < PARTS; part++) {
        struct span span = want[part];
        if (span.starts < 0) {
            changed = (ids[part] && retire(store, ids[part])) || changed;
        } else if (!ids[part]) {
            store_run(store,
                      "INSERT INTO sitting (session, class, part, starts, ends) VALUES (?, ?, ?, ?, ?)",
                      "iiiii", session, class, (int64_t)part, span.starts, span.ends);
            changed = true;
        } else if (have[part].starts != span.starts || have[part].ends != span.ends) {
            store_run(store, "UPDATE sitting SET starts = ?, ends = ? WHERE id = ?", "iii", span.starts,
                      span.ends, ids[part]);
            changed = true;
        }
    }
    return changed;
}
