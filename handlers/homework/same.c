/* The same file handed in by two people, told to who marks. Classes share shop accounts: it accuses nobody.
 */
#include "bot/school/names.h"
#include "handlers/homework/grade.h"

enum { NAMES = 6 };

const char *homework_same_of(struct talk *talk, const struct homework *hw, int64_t submission)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT DISTINCT p.name FROM submission_file a JOIN file f ON f.id = a.file"
                    " JOIN file g ON g.sha256 = f.sha256 JOIN submission_file b ON b.file = g.id"
                    " JOIN homework_each e ON e.submission = b.submission JOIN person p ON p.id = e.person"
                    " WHERE a.submission = ?1 AND b.submission <> ?1 AND e.homework = ?2 ORDER BY e.at",
                    "ii", submission, hw->id);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    while (query_next(q))
        g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 0)));
    return names->len ? words(talk, "homework.same_as", "names", names_join(talk, names, NAMES), NULL) : "";
}

const char *homework_same_all(struct talk *talk, const struct homework *hw)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT group_concat(name, '、') FROM (SELECT DISTINCT f.sha256, p.name FROM homework_each e"
        " JOIN submission_file b ON b.submission = e.submission JOIN file f ON f.id = b.file"
        " JOIN person p ON p.id = e.person WHERE e.homework = ?1 AND f.sha256 IS NOT NULL"
        " ORDER BY f.sha256, e.at) GROUP BY sha256 HAVING count(*) > 1",
        "i", hw->id);
    const char *lines = "";

    while (query_next(q))
        lines = pool_printf(talk->pool, "%s%s", lines,
                            words(talk, "homework.same_among", "names", query_text(q, 0), NULL));
    return lines;
}
