#include "bot/school/sitting.h"

/* Every query below asks for these columns. */
#define SITTING "s.id, s.session, s.class, s.starts, s.ends, n.confirmed, s.closed IS NOT NULL, n.title"
#define FROM    "FROM sitting s JOIN session n ON n.id = s.session"

/* Takes the first row. */
static bool read_sitting(struct talk *talk, query *q, struct sitting *ret)
{
    if (!query_next(q))
        return false;
    *ret = (struct sitting){ .id = query_int(q, 0),
                             .session = query_int(q, 1),
                             .class_id = query_int(q, 2),
                             .starts = query_int(q, 3),
                             .ends = query_int(q, 4),
                             .confirmed = query_int(q, 5),
                             .closed = query_int(q, 6),
                             .title = pool_strdup(talk->pool, query_text(q, 7)) };
    return true;
}

bool sitting_now(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT " SITTING " " FROM
                                     " WHERE s.class = ?1 AND s.starts <= ?2 + 1800 AND s.starts > ?2 - 86400"
                                     " AND s.ends >= ?2 AND n.state = 'on'"
                                     " ORDER BY abs(s.starts - ?2), s.id LIMIT 1",
                                     "ii", class_id, at);

    return read_sitting(talk, q, ret);
}

size_t sittings_open(struct talk *talk, const struct member *member, int64_t at,
                     struct sitting ret[SITTINGS_OPEN])
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT " SITTING " " FROM " JOIN expected e ON e.sitting = s.id AND e.member = ?3"
        " WHERE s.class = ?1 AND s.starts <= ?2 + 1800 AND s.starts > ?2 - 86400"
        " AND s.ends >= ?2 AND n.state = 'on' AND s.ends > s.starts ORDER BY abs(s.starts - ?2), s.id",
        "iii", member->class_id, at, member->id);
    size_t count = 0;

    while (count < SITTINGS_OPEN && read_sitting(talk, q, &ret[count]))
        count++;
    return count;
}

bool sitting_theirs(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    struct sitting open[SITTINGS_OPEN];

    if (sittings_open(talk, member, at, open) == 0)
        return false;
    *ret = open[0];
    return true;
}

bool sitting_during(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " JOIN expected e ON e.sitting = s.id AND e.member = ?3"
                    " WHERE s.class = ?1 AND s.starts <= ?2 AND s.ends >= ?2 AND s.ends > s.starts"
                    " AND n.state = 'on' ORDER BY s.starts LIMIT 1",
                    "iii", member->class_id, at, member->id);

    return read_sitting(talk, q, ret);
}

bool sitting_ending(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " WHERE s.class = ?1 AND s.ends BETWEEN ?2 - 1800"
                    " AND ?2 + 600 AND s.ends > s.starts AND n.state = 'on'"
                    " ORDER BY s.ends LIMIT 1",
                    "ii", class_id, at);

    return read_sitting(talk, q, ret);
}

bool sitting_next(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " WHERE s.class = ? AND s.starts > ? AND n.state = 'on'"
                    " ORDER BY s.starts LIMIT 1",
                    "ii", class_id, at);

    return read_sitting(talk, q, ret);
}

bool sitting_next_of(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " JOIN expected e ON e.sitting = s.id AND e.member = ?3"
                    " WHERE s.class = ?1 AND s.starts > ?2 AND s.ends > s.starts AND n.state = 'on'"
                    " ORDER BY s.starts LIMIT 1",
                    "iii", member->class_id, at, member->id);

    return read_sitting(talk, q, ret);
}

bool sitting_last(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " WHERE s.class = ? AND s.starts <= ? AND n.state = 'on'"
                    " ORDER BY s.starts DESC LIMIT 1",
                    "ii", class_id, at);

    return read_sitting(talk, q, ret);
}

bool sitting_last_of(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " SITTING " " FROM " JOIN expected e ON e.sitting = s.id AND e.member = ?3"
                    " WHERE s.class = ?1 AND s.starts <= ?2 AND s.ends > s.starts AND n.state = 'on'"
                    " ORDER BY s.starts DESC LIMIT 1",
                    "iii", member->class_id, at, member->id);

    return read_sitting(talk, q, ret);
}

bool sitting_by_id(struct talk *talk, int64_t id, struct sitting *ret)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT " SITTING " " FROM " WHERE s.id = ?", "i", id);

    return read_sitting(talk, q, ret);
}
