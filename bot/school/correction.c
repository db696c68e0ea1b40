#include "bot/school/correction.h"

#include <string.h>

#include "bot/school/school.h"

const char *const correction_schema[] = {
    "CREATE TABLE correction ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  sitting INTEGER REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  owner TEXT NOT NULL, what TEXT NOT NULL,"
    "  before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL,"
    "  by INTEGER REFERENCES member(id), at INTEGER NOT NULL,"
    "  undone INTEGER, undone_by INTEGER REFERENCES member(id)"
    ") STRICT;"
    "CREATE INDEX correction_class ON correction(class);",
    NULL,
};

void correction_note(struct talk *talk, struct correction *c)
{
    c->by = talk->member ? talk->member->id : 0;
    c->at = talk->now;
    store_run(talk->store,
              "INSERT INTO correction (class, sitting, member, owner, what, before, after, reason, by, at)"
              " VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)",
              "iiisssssii", c->class_id, c->sitting, c->member, c->owner, c->what, c->before, c->after,
              c->reason, c->by, c->at);
    c->id = store_last_id(talk->store);
}

#define CORRECTION                                                                                           \
    "id, class, coalesce(sitting, 0), member, owner, what, before, after, reason, coalesce(by, 0), at, "     \
    "undone IS NOT NULL"

static struct correction read_correction(struct talk *talk, query *q)
{
    return (struct correction){ .id = query_int(q, 0),
                                .class_id = query_int(q, 1),
                                .sitting = query_int(q, 2),
                                .member = query_int(q, 3),
                                .owner = pool_strdup(talk->pool, query_text(q, 4)),
                                .what = pool_strdup(talk->pool, query_text(q, 5)),
                                .before = pool_strdup(talk->pool, query_text(q, 6)),
                                .after = pool_strdup(talk->pool, query_text(q, 7)),
                                .reason = pool_strdup(talk->pool, query_text(q, 8)),
                                .by = query_int(q, 9),
                                .at = query_int(q, 10),
                                .undone = query_int(q, 11) != 0 };
}

bool correction_by_id(struct talk *talk, int64_t id, struct correction *ret)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT " CORRECTION " FROM correction WHERE id = ?", "i", id);

    if (!query_next(q))
        return false;
    *ret = read_correction(talk, q);
    return true;
}

struct correction *corrections_latest(struct talk *talk, int64_t class_id, size_t max, size_t *ret_count)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT " CORRECTION " FROM correction WHERE class = ? AND undone IS NULL"
                    " ORDER BY id DESC LIMIT ?",
                    "ii", class_id, (int64_t)max);
    struct correction *list = pool_alloc(talk->pool, MAX(max, 1) * sizeof *list);

    *ret_count = 0;
    while (*ret_count < max && query_next(q))
        list[(*ret_count)++] = read_correction(talk, q);
    return list;
}

bool correction_undo(struct talk *talk, const struct correction *c)
{
    if (store_int(talk->store, 0,
                  "SELECT count(*) FROM correction WHERE id > ?1 AND member = ?2 AND owner = ?3"
                  " AND sitting IS nullif(?4, 0) AND undone IS NULL",
                  "iisi", c->id, c->member, c->owner, c->sitting) > 0)
        return false;
    for (size_t h = 0; talk->school->handlers[h]; h++) {
        const struct handler *handler = talk->school->handlers[h];

        if (strcmp(handler->name, c->owner) != 0)
            continue;
        if (!handler->undo || !handler->undo(talk, c))
            return false;
        store_run(talk->store, "UPDATE correction SET undone = ?, undone_by = ? WHERE id = ?", "iii",
                  talk->now, talk->member->id, c->id);
        return true;
    }
    return false;
}
