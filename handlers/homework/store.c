/* The tables of homework and how they are read. */
#include "handlers/homework/homework.h"

#include <string.h>

const char *const homework_schema[] = {
    "CREATE TABLE homework ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  number INTEGER NOT NULL,"
    "  theme TEXT," /* the syllabus title it was made from */
    "  title TEXT NOT NULL,"
    "  task TEXT NOT NULL DEFAULT '',"
    "  kind TEXT NOT NULL DEFAULT 'post',"
    "  state INTEGER NOT NULL DEFAULT 0," /* enum homework_state */
    "  taught INTEGER, due INTEGER, cutoff INTEGER,"
    "  eve INTEGER, soon INTEGER," /* when those who owe it are reminded; null: not (any more) */
    "  offered INTEGER, published INTEGER, giver INTEGER REFERENCES member(id),"
    "  UNIQUE (class, number)"
    ") STRICT;"
    "CREATE INDEX homework_eve ON homework(eve) WHERE eve IS NOT NULL;"
    "CREATE INDEX homework_soon ON homework(soon) WHERE soon IS NOT NULL;"

    "CREATE TABLE submission (" /* a version each; the last one counts */
    "  id INTEGER PRIMARY KEY,"
    "  homework INTEGER NOT NULL REFERENCES homework(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  version INTEGER NOT NULL,"
    "  at INTEGER NOT NULL," /* the platform's time */
    "  late INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  UNIQUE (homework, member, version)"
    ") STRICT;"
    "CREATE TABLE submission_file ("
    "  submission INTEGER NOT NULL REFERENCES submission(id), position INTEGER NOT NULL, file INTEGER NOT "
    "NULL,"
    "  PRIMARY KEY (submission, position)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE brought (" /* what a person is just handing in: not submitted yet */
    "  person INTEGER PRIMARY KEY REFERENCES person(id),"
    "  homework INTEGER," /* null: nobody asked for it; which one is being asked */
    "  text TEXT NOT NULL DEFAULT '', moment INTEGER NOT NULL, album TEXT"
    ") STRICT;"
    "CREATE TABLE brought_file ("
    "  person INTEGER NOT NULL, position INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (person, "
    "position)"
    ") STRICT, WITHOUT ROWID;"

    /* Who owes or has handed in what, of all that is published: for 今天, marks, the desk. late is null while
     * nothing was handed in. */
    "CREATE VIEW homework_owed AS"
    " SELECT h.id AS homework, h.class, h.number, h.title, h.published, h.due, h.cutoff, m.id AS member, "
    "m.person,"
    "  (SELECT s.late FROM submission s WHERE s.homework = h.id AND s.member = m.id ORDER BY s.version DESC "
    "LIMIT 1)"
    "   AS late"
    " FROM homework h JOIN member m ON m.class = h.class"
    " WHERE h.state = 1 AND m.role = 1 AND m.left IS NULL AND m.since <= h.due;",

    "ALTER TABLE homework ADD COLUMN nudged INTEGER;", /* when a teacher last had those who owe it told */
    NULL,
};

#define COLUMNS                                                                                              \
    "id, class, number, state, title, task, coalesce(taught, 0), coalesce(due, 0), coalesce(cutoff, 0)"

/* One row of COLUMNS. */
static struct homework read_homework(struct talk *talk, query *q)
{
    return (struct homework){ .id = query_int(q, 0),
                              .class_id = query_int(q, 1),
                              .number = (int)query_int(q, 2),
                              .state = (enum homework_state)query_int(q, 3),
                              .title = pool_strdup(talk->pool, query_text(q, 4)),
                              .task = pool_strdup(talk->pool, query_text(q, 5)),
                              .taught = query_int(q, 6),
                              .due = query_int(q, 7),
                              .cutoff = query_int(q, 8) };
}

bool homework_load(struct talk *talk, int64_t id, struct homework *ret)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT " COLUMNS " FROM homework WHERE id = ?", "i", id);

    if (!query_next(q))
        return false;
    *ret = read_homework(talk, q);
    return true;
}

bool homework_numbered(struct talk *talk, int64_t class_id, int number, struct homework *ret)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT " COLUMNS " FROM homework WHERE class = ? AND number = ?", "ii",
                    class_id, (int64_t)number);

    if (!query_next(q))
        return false;
    *ret = read_homework(talk, q);
    return true;
}

size_t homework_list(struct talk *talk, int64_t class_id, struct homework **ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT " COLUMNS " FROM homework WHERE class = ? AND state < 2 ORDER BY number", "i",
        class_id);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct homework));

    while (query_next(q)) {
        struct homework one = read_homework(talk, q);

        g_array_append_val(list, one);
    }
    *ret = pool_alloc(talk->pool, (list->len + 1) * sizeof **ret);
    if (list->len)
        memcpy(*ret, list->data, list->len * sizeof **ret);
    return list->len;
}

struct handed homework_handed(struct talk *talk, int64_t homework, int64_t member)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT version, at, late FROM submission WHERE homework = ? AND member = ?"
                    " ORDER BY version DESC LIMIT 1",
                    "ii", homework, member);

    if (!query_next(q))
        return (struct handed){ 0 };
    return (struct handed){ .version = (int)query_int(q, 0),
                            .at = query_int(q, 1),
                            .late = query_int(q, 2) != 0 };
}

bool homework_is_open(const struct homework *hw, int64_t at)
{
    return hw->state == HOMEWORK_OPEN && at <= hw->cutoff;
}

GPtrArray *homework_missing(struct talk *talk, const struct homework *hw, int *ret_expected)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, o.late FROM homework_owed o JOIN person p ON p.id = o.person"
                    " JOIN member m ON m.id = o.member WHERE o.homework = ?"
                    " ORDER BY length(m.number), m.number, m.id",
                    "i", hw->id);
    GPtrArray *names = g_ptr_array_new();

    *ret_expected = 0;
    while (query_next(q)) {
        ++*ret_expected;
        if (query_null(q, 1))
            g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 0)));
    }
    return names;
}

const char *homework_name(struct talk *talk, const struct homework *hw)
{
    return words(talk, "homework.name", "number", num(talk, hw->number), "title", hw->title, NULL);
}

bool homework_pressed(struct talk *talk, const char *args, int roles, struct homework *ret)
{
    const struct member *member = NULL;

    if (homework_load(talk, g_ascii_strtoll(args, NULL, 10), ret))
        member = speaks_as(talk, roles, ret->class_id);
    if (!member) {
        say(talk, "stale", NULL);
        saying_instead(talk);
        return false;
    }
    talk_as(talk, member);
    return true;
}
