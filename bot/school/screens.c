#include "bot/school/screens.h"

#include <string.h>

#include "bot/core/secret.h"

enum { TRIES = 40, DAY = 86400 };

const char *const screens_schema[] = {
    "CREATE TABLE screen ("
    "  id INTEGER PRIMARY KEY,"
    "  token TEXT NOT NULL UNIQUE, browser TEXT NOT NULL," /* digests */
    "  number INTEGER UNIQUE,"                             /* until it is paired */
    "  made INTEGER NOT NULL,"
    "  sitting INTEGER," /* no reference: a sitting that is taken away takes its screens with it */
    "  by INTEGER,"      /* the person who paired it */
    "  told INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX screen_sitting ON screen(sitting) WHERE sitting IS NOT NULL;"
    "CREATE TABLE screen_guess (person INTEGER PRIMARY KEY, wrong INTEGER NOT NULL, until INTEGER NOT NULL)"
    " STRICT;",
    NULL,
};

/* A number that no waiting screen shows; 0 when luck fails. */
static int free_number(struct store *store)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t random;

        secret_random(&random, sizeof random);
        int64_t number = SCREEN_NUMBER + random % SCREEN_NUMBERS;

        if (store_int(store, 0, "SELECT count(*) FROM screen WHERE number = ?", "i", number) == 0)
            return (int)number;
    }
    return 0;
}

int screens_open(struct store *store, int64_t now, const char *token, const char *browser)
{
    /* One that was made in time to come was so by a clock that was ahead. */
    store_run(store,
              "DELETE FROM screen WHERE (sitting IS NULL AND made NOT BETWEEN ?1 + 1 AND ?4) OR made <= ?2"
              " OR (sitting IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sitting s WHERE s.id = screen.sitting"
              "  AND s.ends >= ?3))",
              "iiii", now - SCREEN_LIVES, now - 2 * DAY, now, now + SCREEN_LIVES);
    store_run(store,
              "DELETE FROM screen WHERE id IN (SELECT id FROM screen WHERE sitting IS NULL"
              " ORDER BY made DESC, id DESC LIMIT -1 OFFSET ?)",
              "i", (int64_t)SCREENS_PENDING - 1);
    int number = free_number(store);

    if (number)
        store_run(store, "INSERT INTO screen (token, browser, number, made) VALUES (?, ?, ?, ?)", "ssii",
                  token, browser, (int64_t)number, now);
    return number;
}

/* Whether the sitting goes on, or is still to come: one that was put off keeps its screen. */
static bool alive(struct talk *talk, int64_t sitting)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM sitting s JOIN session n ON n.id = s.session WHERE s.id = ?1"
                     " AND n.state = 'on' AND s.ends > s.starts AND s.ends > ?2",
                     "ii", sitting, talk->now) > 0;
}

enum screen_view screens_look(struct talk *talk, const char *token, const char *browser, struct screen *ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT browser, number, made, sitting, told FROM screen WHERE token = ?", "s", token);

    *ret = (struct screen){ 0 };
    if (!query_next(q))
        return SCREEN_UNKNOWN;
    bool paired = !query_null(q, 3);

    ret->number = (int)query_int(q, 1);
    ret->left = query_int(q, 2) + SCREEN_LIVES - talk->now;
    ret->sitting = query_int(q, 3);
    if (paired ? !alive(talk, ret->sitting) : ret->left <= 0)
        return SCREEN_UNKNOWN;
    if (strcmp(query_text(q, 0), browser) != 0) {
        ret->report = paired && query_int(q, 4) <= talk->now - SCREEN_QUIET;
        return SCREEN_ELSEWHERE;
    }
    return paired ? SCREEN_ON : SCREEN_PAIRING;
}

bool screens_pair(struct talk *talk, int number, int64_t sitting)
{
    return store_run(talk->store,
                     "UPDATE screen SET sitting = ?, by = ?, number = NULL"
                     " WHERE number = ? AND sitting IS NULL AND made BETWEEN ? AND ?",
                     "iiiii", sitting, talk->person, (int64_t)number, talk->now - SCREEN_LIVES + 1,
                     talk->now + SCREEN_LIVES) &&
           store_changes(talk->store) > 0;
}

int64_t screens_stop(struct talk *talk, int64_t sitting)
{
    return store_run(talk->store, "DELETE FROM screen WHERE sitting = ?", "i", sitting)
               ? store_changes(talk->store)
               : 0;
}

bool screens_any(struct talk *talk, int64_t sitting)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM screen WHERE sitting = ?", "i", sitting) > 0;
}

int64_t screens_check(struct talk *talk, int64_t sitting)
{
    return store_int(
        talk->store, -1,
        "SELECT number FROM spotcheck_now WHERE sitting = ? AND until >= ? ORDER BY id DESC LIMIT 1", "ii",
        sitting, talk->now);
}

void screens_report(struct talk *talk, const char *token)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT sitting, by FROM screen WHERE token = ? AND sitting IS NOT NULL AND told <= ?",
        "si", token, talk->now - SCREEN_QUIET);
    struct sitting sitting;

    if (!query_next(q) || !sitting_by_id(talk, query_int(q, 0), &sitting))
        return;
    const struct class *class = class_by_id(talk, sitting.class_id);

    store_run(talk->store, "UPDATE screen SET told = ? WHERE token = ?", "is", talk->now, token);
    if (tell(talk, query_int(q, 1), "screen.second", "class", class->title, "title", sitting.title, NULL)) {
        button(talk, "screen.stop", "screen:stop:%" G_GINT64_FORMAT, sitting.id);
        saying_until(talk, sitting.ends);
    }
}
