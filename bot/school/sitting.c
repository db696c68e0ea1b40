#include "bot/school/sitting.h"

/* Every query below asks for these columns; those by time are given the class as ?1 and the moment as ?2. A
 * sitting of no length was taken up by another: nobody is expected there. */
#define SITTING                                                                                              \
    "SELECT s.id, s.session, s.class, s.starts, s.ends, n.confirmed, s.closed IS NOT NULL, n.title"          \
    " FROM sitting s JOIN session n ON n.id = s.session"
#define OF_CLASS SITTING " WHERE s.class = ?1 AND n.state = 'on'"
#define OF_MEMBER                                                                                            \
    SITTING " JOIN expected e ON e.sitting = s.id AND e.member = ?3"                                         \
            " WHERE s.class = ?1 AND n.state = 'on' AND s.ends > s.starts"
/* From half an hour before its start until its end; the nearest first. */
#define OPEN                                                                                                 \
    " AND s.starts <= ?2 + 1800 AND s.starts > ?2 - 86400 AND s.ends >= ?2 ORDER BY abs(s.starts - ?2), "    \
    "s.id"
#define NEXT " AND s.starts > ?2 ORDER BY s.starts LIMIT 1"
#define LAST " AND s.starts <= ?2 ORDER BY s.starts DESC LIMIT 1"

/* Takes the next row. */
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

/* Takes the first row, and lets the query go. */
static bool first(struct talk *talk, query *query_owned, struct sitting *ret)
{
    g_autoptr(query) q = query_owned;

    return read_sitting(talk, q, ret);
}

bool sitting_now(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    return first(talk, store_query(talk->store, OF_CLASS OPEN " LIMIT 1", "ii", class_id, at), ret);
}

size_t sittings_open(struct talk *talk, const struct member *member, int64_t at,
                     struct sitting ret[SITTINGS_OPEN])
{
    g_autoptr(query) q = store_query(talk->store, OF_MEMBER OPEN, "iii", member->class_id, at, member->id);
    size_t count = 0;

    while (count < SITTINGS_OPEN && read_sitting(talk, q, &ret[count]))
        count++;
    return count;
}

bool sitting_theirs(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    return first(talk,
                 store_query(talk->store, OF_MEMBER OPEN " LIMIT 1", "iii", member->class_id, at, member->id),
                 ret);
}

bool sitting_during(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    return first(talk,
                 store_query(talk->store,
                             OF_MEMBER " AND s.starts <= ?2 AND s.ends >= ?2 ORDER BY s.starts LIMIT 1",
                             "iii", member->class_id, at, member->id),
                 ret);
}

bool sitting_ending(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    return first(talk,
                 store_query(talk->store,
                             OF_CLASS " AND s.ends BETWEEN ?2 - 1800 AND ?2 + 600 AND s.ends > s.starts"
                                      " ORDER BY s.ends LIMIT 1",
                             "ii", class_id, at),
                 ret);
}

bool sitting_next(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    return first(talk, store_query(talk->store, OF_CLASS NEXT, "ii", class_id, at), ret);
}

bool sitting_next_of(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    return first(talk, store_query(talk->store, OF_MEMBER NEXT, "iii", member->class_id, at, member->id),
                 ret);
}

bool sitting_last(struct talk *talk, int64_t class_id, int64_t at, struct sitting *ret)
{
    return first(talk, store_query(talk->store, OF_CLASS LAST, "ii", class_id, at), ret);
}

bool sitting_last_of(struct talk *talk, const struct member *member, int64_t at, struct sitting *ret)
{
    return first(talk, store_query(talk->store, OF_MEMBER LAST, "iii", member->class_id, at, member->id),
                 ret);
}

bool sitting_by_id(struct talk *talk, int64_t id, struct sitting *ret)
{
    return first(talk, store_query(talk->store, SITTING " WHERE s.id = ?", "i", id), ret);
}
