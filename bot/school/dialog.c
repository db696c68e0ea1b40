#include "bot/school/dialog.h"

#include <string.h>

#include "bot/core/text.h"

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

/* What is open with something answered in it is laid aside when another question takes its place. */
static void lay_below(struct talk *talk, int64_t person, const char *kind, int64_t subject)
{
    store_run(talk->store,
              "INSERT OR REPLACE INTO dialog_below (person, kind, subject, member, step, state, asked)"
              " SELECT person, kind, subject, member, step, state, asked FROM dialog"
              " WHERE person = ?1 AND (kind != ?2 OR subject != ?3) AND state LIKE '{\"%'",
              "isi", person, kind, subject);
}

void dialog_set(struct talk *talk, int64_t person, const char *kind, int64_t subject, int64_t member,
                int step, const char *state)
{
    talk->dialog_moved = true;
    talk->dialog_none = false;
    lay_below(talk, person, kind, subject);
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
    struct dialog below;

    talk->dialog_moved = true;
    store_run(talk->store, "DELETE FROM dialog WHERE person = ?", "i", person);
    if (!dialog_take(talk, person, NULL, 0, &below))
        return;
    store_run(
        talk->store,
        "INSERT INTO dialog (person, kind, subject, member, step, state, asked) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "isiiisi", person, below.kind, below.subject, below.member, (int64_t)below.step, below.state,
        below.asked);
    talk->dialog_none = false;
}

bool dialog_take(struct talk *talk, int64_t person, const char *kind, int64_t subject, struct dialog *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT kind, subject, member, step, state, asked FROM dialog_below"
                                     " WHERE person = ?1 AND (?2 IS NULL OR (kind = ?2 AND subject = ?3))"
                                     " ORDER BY asked DESC LIMIT 1",
                                     "isi", person, kind, subject);

    if (!query_next(q))
        return false;
    *ret = (struct dialog){ .kind = pool_strdup(talk->pool, query_text(q, 0)),
                            .subject = query_int(q, 1),
                            .member = query_int(q, 2),
                            .step = (int)query_int(q, 3),
                            .state = pool_strdup(talk->pool, query_text(q, 4)),
                            .asked = query_int(q, 5) };
    store_run(talk->store, "DELETE FROM dialog_below WHERE person = ? AND kind = ? AND subject = ?", "isi",
              person, ret->kind, ret->subject);
    return true;
}

bool dialog_words(struct talk *talk, size_t max, struct dialog *ret, const char **ret_text)
{
    const struct update *update = talk->update;

    *ret_text = NULL;
    if (update->kind != UPDATE_TEXT || !dialog_of(talk, talk->person, ret))
        return false;
    if (!text_says_something(update->text)) {
        say(talk, "form.wrong_empty", NULL);
        return true;
    }
    dialog_close(talk, talk->person);
    *ret_text = text_clean(talk->pool, update->text, strlen(update->text), max);
    return true;
}
