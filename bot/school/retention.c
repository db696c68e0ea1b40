#include "bot/school/retention.h"

#include <string.h>

#include "bot/school/approval.h"
#include "bot/school/days.h"
#include "bot/school/erase.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"

/* Erasing one person reads every text of the store: few at a time, so that others are answered between. */
enum { AT_ONCE = 1, TELL_HOUR = 9, ERASE_HOUR = 3 };

const char *const retention_schema[] = {
    "CREATE TABLE retention ("
    "  class INTEGER PRIMARY KEY REFERENCES class(id),"
    "  planned TEXT," /* the day from which its people are due; null: never */
    "  day TEXT,"     /* what organisers were told; void when before `planned` */
    "  announced INTEGER,"
    "  erased INTEGER NOT NULL DEFAULT 0," /* people */
    "  told INTEGER NOT NULL DEFAULT 0"    /* of how many of them organisers know */
    ") STRICT;"
    "CREATE TABLE retention_put_off ("
    "  id INTEGER PRIMARY KEY, class INTEGER NOT NULL REFERENCES class(id),"
    "  by INTEGER NOT NULL REFERENCES member(id), at INTEGER NOT NULL,"
    "  day TEXT NOT NULL, until TEXT NOT NULL, UNIQUE (class, day)"
    ") STRICT;",
    NULL,
};

/* The people of class ?1 who are not forgotten yet and hold no office; ROLE_ORGANISER | ROLE_BUREAU. */
#define PEOPLE                                                                                               \
    "person p WHERE p.erased IS NULL AND p.id IN (SELECT person FROM member WHERE class = ?1)"               \
    " AND NOT EXISTS (SELECT 1 FROM member o WHERE o.person = p.id AND o.left IS NULL AND o.role & 96)"

/* Whether a class keeps the person beyond the day ?2. */
#define KEPT_LONGER                                                                                          \
    "EXISTS (SELECT 1 FROM member o LEFT JOIN retention r ON r.class = o.class WHERE o.person = p.id"        \
    " AND (r.planned IS NULL OR max(r.planned, coalesce(r.day, '')) > ?2))"

/* Whether organisers of a class of the person were not told of that day, or not in time. */
#define NOT_TOLD                                                                                             \
    "EXISTS (SELECT 1 FROM member o LEFT JOIN retention r ON r.class = o.class WHERE o.person = p.id"        \
    " AND (r.planned IS NULL OR r.day IS NULL OR r.day < r.planned OR r.day > ?2))"

/* Whether something is open that the person asked for, but to be forgotten, or an objection was agreed to
 * after ?3. */
#define ASKS                                                                                                 \
    "EXISTS (SELECT 1 FROM approval a JOIN member o ON o.id = a.asker WHERE o.person = p.id"                 \
    " AND ((a.state = 0 AND a.kind <> 'erase') OR (a.kind = 'appeal' AND a.state = 1 AND a.closed > ?3)))"

/* A text of a row in the pool; "" for null. */
static const char *text_of(struct talk *talk, query *q, int column)
{
    const char *text = query_text(q, column);

    return text ? pool_strdup(talk->pool, text) : "";
}

/* --- the day -----------------------------------------------------------------------------------------------
 */

/* The day its last session ends; "" without any. Sessions called off count when all were. */
static const char *last_day(struct talk *talk, const struct class *class)
{
    int64_t end = store_int(talk->store, 0,
                            "SELECT coalesce((SELECT max(ends) FROM session WHERE class = ?1 AND state ="
                            " 'on'), (SELECT max(ends) FROM session WHERE class = ?1))",
                            "i", class->id);

    return end ? day_of(talk, class, end) : "";
}

/* The first day after the months, but not before what put it off; "" never. */
static const char *work_out(struct talk *talk, const struct class *class, const char *end, int months)
{
    char day[DAY_SIZE];
    struct put_off off;

    if (!months || !*end)
        return "";
    days_add_months(end, months, day);
    const char *first = day_plus(talk, day, 1);

    return retention_was_put_off(talk, class, "", &off) && strcmp(off.until, first) > 0 ? off.until : first;
}

void retention_of(struct talk *talk, const struct class *class, struct retention *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT coalesce(c.retention, 0), coalesce(c.forgotten, 0), r.planned, iif(r.day >= r.planned, r.day,"
        " NULL), coalesce(r.erased, 0), coalesce(r.told, 0) FROM class c LEFT JOIN retention r"
        " ON r.class = c.id WHERE c.id = ?",
        "i", class->id);

    *ret = (struct retention){ .end = last_day(talk, class), .planned = "", .day = "" };
    if (!query_next(q))
        return;
    ret->months = (int)query_int(q, 0);
    ret->forgotten = query_int(q, 1);
    ret->planned = text_of(talk, q, 2);
    ret->day = text_of(talk, q, 3);
    ret->erased = query_int(q, 4);
    ret->told = query_int(q, 5);
}

/* Writes down the day; what organisers were told is void when nobody is due any more. */
static void write_plan(struct talk *talk, const struct class *class, const char *planned)
{
    if (*planned)
        store_run(talk->store,
                  "INSERT INTO retention (class, planned) VALUES (?1, ?2) ON CONFLICT (class) DO UPDATE"
                  " SET planned = ?2 WHERE planned IS NOT ?2",
                  "is", class->id, planned);
    else
        store_run(talk->store,
                  "UPDATE retention SET planned = NULL, day = NULL WHERE class = ? AND planned IS NOT NULL",
                  "i", class->id);
}

void retention_plan(struct talk *talk, const struct class *class)
{
    struct retention r;

    retention_of(talk, class, &r);
    const char *planned = work_out(talk, class, r.end, r.months);

    timers_cancel(talk->timers, "retention.tell", class->id);
    timers_cancel(talk->timers, "retention.erase", class->id);
    write_plan(talk, class, planned);
    bool told = *planned && strcmp(r.day, planned) >= 0;

    if (!told) /* it goes on, or is kept: its roster counts again */
        store_run(talk->store, "UPDATE class SET forgotten = NULL WHERE id = ? AND forgotten IS NOT NULL",
                  "i", class->id);
    if (told)
        timers_set(talk->timers, "retention.erase", class->id, time_of(class, r.day, ERASE_HOUR, 0));
    else if (*planned)
        timers_set(talk->timers, "retention.tell", class->id,
                   remind_awake(talk, class,
                                time_of(class, day_plus(talk, planned, -RETENTION_NOTICE), TELL_HOUR, 0)));
}

const char *retention_announce(struct talk *talk, const struct class *class)
{
    struct retention r;
    const char *least = day_plus(talk, day_of(talk, class, talk->now), RETENTION_NOTICE);

    retention_of(talk, class, &r);
    const char *day = strcmp(r.planned, least) > 0 ? r.planned : least;

    store_run(talk->store, "UPDATE retention SET day = ?, announced = ? WHERE class = ?", "sii", day,
              talk->now, class->id);
    retention_plan(talk, class);
    return day;
}

/* --- putting it off ----------------------------------------------------------------------------------------
 */

bool retention_was_put_off(struct talk *talk, const struct class *class, const char *day, struct put_off *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT p.name, o.until, o.at FROM retention_put_off o"
                                     " JOIN member m ON m.id = o.by JOIN person p ON p.id = m.person"
                                     " WHERE o.class = ?1 AND (?2 = '' OR o.day = ?2)"
                                     " ORDER BY o.until DESC LIMIT 1",
                                     "is", class->id, day);

    if (!query_next(q))
        return false;
    *ret = (struct put_off){ text_of(talk, q, 0), text_of(talk, q, 1), query_int(q, 2) };
    return true;
}

const char *retention_put_off(struct talk *talk, const struct class *class, const char *day)
{
    char until[DAY_SIZE];

    days_add_months(day, RETENTION_PUT_OFF, until);
    store_run(talk->store, "INSERT INTO retention_put_off (class, by, at, day, until) VALUES (?, ?, ?, ?, ?)",
              "iiiss", class->id, talk->member->id, talk->now, day, until);
    retention_plan(talk, class);
    return pool_strdup(talk->pool, until);
}

/* --- the people --------------------------------------------------------------------------------------------
 */

struct retention_people retention_people(struct talk *talk, const struct class *class, const char *day)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT sum(NOT longer), sum(NOT longer AND asks), sum(longer) FROM"
                                     " (SELECT " KEPT_LONGER " AS longer, " ASKS " AS asks FROM " PEOPLE ")",
                                     "isi", class->id, day, talk->now - APPROVAL_MENDING);

    if (!query_next(q))
        return (struct retention_people){ 0 };
    return (struct retention_people){ query_int(q, 0), query_int(q, 1), query_int(q, 2) };
}

/* Those who may be erased today, at most `most`. */
static GArray *due_now(struct talk *talk, const struct class *class, int64_t most)
{
    GArray *people = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.id FROM " PEOPLE " AND NOT " NOT_TOLD " AND NOT " ASKS " ORDER BY p.id LIMIT ?4", "isii",
        class->id, day_of(talk, class, talk->now), talk->now - APPROVAL_MENDING, most);

    while (query_next(q)) {
        int64_t person = query_int(q, 0);

        g_array_append_val(people, person);
    }
    return people;
}

/* A request to be forgotten needs no decision any more. */
static void end_requests(struct talk *talk, int64_t person)
{
    int64_t id;

    while ((id = store_int(talk->store, 0,
                           "SELECT a.id FROM approval a JOIN member m ON m.id = a.asker WHERE m.person = ?"
                           " AND a.state = 0 LIMIT 1",
                           "i", person)) != 0)
        approval_end(talk, id);
}

bool retention_erase(struct talk *talk, const struct class *class)
{
    g_autoptr(GArray) people = due_now(talk, class, AT_ONCE + 1);
    guint count = MIN(people->len, AT_ONCE);

    store_run(talk->store, "UPDATE class SET forgotten = ? WHERE id = ? AND forgotten IS NULL", "ii",
              talk->now, class->id);
    for (guint i = 0; i < count; i++) {
        end_requests(talk, g_array_index(people, int64_t, i));
        erase_person(talk, g_array_index(people, int64_t, i));
    }
    if (count)
        store_run(talk->store, "UPDATE retention SET erased = erased + ? WHERE class = ?", "ii",
                  (int64_t)count, class->id);
    return people->len > count;
}

void retention_reported(struct talk *talk, const struct class *class)
{
    store_run(talk->store, "UPDATE retention SET told = erased WHERE class = ?", "i", class->id);
}
