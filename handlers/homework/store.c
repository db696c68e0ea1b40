/* How the tables of homework are read. */
#include "handlers/homework/homework.h"

#include <string.h>

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
                    "SELECT submission, version, at, late, returned, score FROM homework_each"
                    " WHERE homework = ? AND member = ? AND submission IS NOT NULL",
                    "ii", homework, member);

    if (!query_next(q))
        return (struct handed){ 0 };
    return (struct handed){ .id = query_int(q, 0),
                            .version = (int)query_int(q, 1),
                            .at = query_int(q, 2),
                            .late = query_int(q, 3) != 0,
                            .returned = query_int(q, 4) != 0,
                            .marked = !query_null(q, 4) && query_int(q, 4) == 0,
                            .score = query_int(q, 5) };
}

void homework_for(struct talk *talk, int64_t member, struct homework *hw)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT due, cutoff FROM homework_each WHERE homework = ? AND member = ?"
                                     " AND due IS NOT NULL",
                                     "ii", hw->id, member);

    if (!query_next(q))
        return;
    hw->due = query_int(q, 0);
    hw->cutoff = query_int(q, 1);
}

bool homework_is_open(const struct homework *hw, int64_t at)
{
    return hw->state == HOMEWORK_OPEN && at <= hw->cutoff;
}

GPtrArray *homework_missing(struct talk *talk, const struct homework *hw, int *ret_expected)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.name, o.late, o.due, o.class_due FROM homework_owed o JOIN person p ON p.id = o.person"
        " JOIN member m ON m.id = o.member WHERE o.homework = ?"
        " ORDER BY length(m.number), m.number, m.id",
        "i", hw->id);
    GPtrArray *names = g_ptr_array_new();
    const struct class *class = class_by_id(talk, hw->class_id);

    *ret_expected = 0;
    while (query_next(q)) {
        ++*ret_expected;
        if (!query_null(q, 1))
            continue;
        const char *name = pool_strdup(talk->pool, query_text(q, 0));

        if (query_int(q, 2) > query_int(q, 3))
            name = words(talk, "homework.name_extended", "name", name, "until",
                         show_moment(talk, class, query_int(q, 2)), NULL);
        g_ptr_array_add(names, (gpointer)name);
    }
    return names;
}

const char *homework_name(struct talk *talk, const struct homework *hw)
{
    return words(talk, "homework.name", "number", num(talk, hw->number), "title", hw->title, NULL);
}

bool homework_pressed(struct talk *talk, const char *args, int roles, struct homework *ret)
{
    bool known = homework_load(talk, g_ascii_strtoll(args, NULL, 10), ret);
    const struct member *member = known ? speaks_as(talk, roles, ret->class_id) : NULL;

    if (!member) {
        if (known && roles == ROLE_TRAINEE)
            say(talk, "submit.refused", "why", words(talk, "homework.not_yours", NULL), NULL);
        else
            say(talk, "stale", NULL);
        saying_instead(talk);
        return false;
    }
    talk_as(talk, member);
    if (member->role & ROLE_TRAINEE)
        homework_for(talk, member->id, ret);
    return true;
}
