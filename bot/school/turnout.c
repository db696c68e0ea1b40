#include "bot/school/turnout.h"

#include <string.h>

static enum presence presence(bool here, const char *leave)
{
    if (here)
        return PRESENCE_HERE;
    if (!leave)
        return PRESENCE_MISSING;
    return strcmp(leave, "leave") == 0 ? PRESENCE_LEAVE : PRESENCE_PENDING;
}

void turnout_now(struct talk *talk, const struct sitting *sitting, struct turnout_now *ret)
{
    int64_t most = store_int(talk->store, 0, "SELECT count(*) FROM member WHERE class = ? AND role = ?", "ii",
                             sitting->class_id, (int64_t)ROLE_TRAINEE);
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT m.id, m.person, p.name, coalesce(a.state IN ('present', 'late'), 0), l.state,"
                    " m.since <= ?4, coalesce(a.how <> 'closed', 0)"
                    " FROM member m JOIN person p ON p.id = m.person"
                    " LEFT JOIN expected e ON e.sitting = ?1 AND e.member = m.id"
                    " LEFT JOIN attendance a ON a.sitting = ?1 AND a.member = m.id"
                    " LEFT JOIN leave_now l ON l.sitting = ?1 AND l.member = m.id"
                    " WHERE m.class = ?2 AND m.role = ?3 AND m.left IS NULL"
                    " AND (e.member IS NOT NULL OR a.state IN ('present', 'late'))"
                    " ORDER BY length(m.number), m.number, m.id",
                    "iiii", sitting->id, sitting->class_id, (int64_t)ROLE_TRAINEE, sitting->starts);

    *ret = (struct turnout_now){ .list = pool_alloc(talk->pool, (size_t)MAX(most, 1) * sizeof *ret->list) };
    while (ret->expected < most && query_next(q)) {
        struct present *one = &ret->list[ret->expected++];

        *one = (struct present){ .member = query_int(q, 0),
                                 .person = query_int(q, 1),
                                 .name = pool_strdup(talk->pool, query_text(q, 2)),
                                 .state = presence(query_int(q, 3) != 0, query_text(q, 4)),
                                 .owed = query_int(q, 5) != 0,
                                 .came = query_int(q, 6) != 0 };
        ret->here += one->state == PRESENCE_HERE;
        ret->leave += one->state == PRESENCE_LEAVE || one->state == PRESENCE_PENDING;
        ret->missing += one->state == PRESENCE_MISSING;
    }
}
