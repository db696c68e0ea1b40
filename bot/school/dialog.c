#include "bot/school/dialog.h"

bool dialog_of(struct talk *talk, int64_t person, struct dialog *ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT kind, subject, member, step, state, asked FROM dialog WHERE person = ?", "i",
        person);

    if (!query_next(q))
        return false;
    *ret = (struct dialog){ .kind = pool_strdup(talk->pool, query_text(q, 0)),
                            .subject = query_int(q, 1),
                            .member = query_int(q, 2),
                            .step = (int)query_int(q, 3),
                            .state = pool_strdup(talk->pool, query_text(q, 4)),
                            .asked = query_int(q, 5) };
    return true;
}

void dialog_set(struct talk *talk, int64_t person, const char *kind, int64_t subject, int64_t member,
                int step, const char *state)
{
    talk->dialog_moved = true;
    talk->dialog_none = false;
    store_run(
        talk->store,
        "INSERT INTO dialog (person, kind, subject, member, step, state, asked) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6, ?7)"
        " ON CONFLICT (person) DO UPDATE SET kind = ?2, subject = ?3, member = ?4, step = ?5, state = ?6,"
        " asked = ?7, parked = 0",
        "isiiisi", person, kind, subject, member, (int64_t)step, state, talk->now);
}

void dialog_close(struct talk *talk, int64_t person)
{
    talk->dialog_moved = true;
    store_run(talk->store, "DELETE FROM dialog WHERE person = ?", "i", person);
}
