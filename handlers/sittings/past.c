/* 课程变动: who changed the timetable, when and why, and what it was before; for teachers, the bureau (A18)
 * and the archive. */
#include "handlers/sittings/sittings.h"

enum { SHOWN = 10 };

/* Appends the changes made in a class, the latest first; how many. */
static int64_t append(struct talk *talk, const struct class *class, int64_t most, GString *into)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT t.id, t.made, p.name FROM timetable_change t"
                                     " JOIN member m ON m.id = t.by JOIN person p ON p.id = m.person"
                                     " WHERE t.class = ? AND t.made IS NOT NULL AND t.batch IS NULL"
                                     " ORDER BY t.made DESC, t.id DESC LIMIT ?",
                                     "ii", class->id, most);
    struct change c[CHANGES_AT_ONCE];
    int64_t shown = 0;

    for (; query_next(q); shown++) {
        size_t count = sittings_load(talk, query_int(q, 0), c);

        g_string_append_printf(into, "\n%s",
                               words(talk, "sittings.past_line", "at",
                                     show_moment(talk, class, query_int(q, 1)), "by", query_text(q, 2),
                                     "what", sittings_what(talk, c, count), NULL));
    }
    return shown;
}

void sittings_past(struct talk *talk)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    int64_t shown = append(talk, talk->class, SHOWN, lines);

    say(talk, shown ? "sittings.past" : "sittings.past_none", "class", talk->class->title, "lines",
        pool_strdup(talk->pool, lines->str), NULL);
}

void sittings_digest(struct talk *talk, struct brief *brief)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT id FROM timetable_change WHERE class = ? AND made > ? AND batch IS NULL ORDER BY id", "ii",
        brief->class->id, brief->since);
    struct change c[CHANGES_AT_ONCE];

    while (query_next(q)) {
        size_t count = sittings_load(talk, query_int(q, 0), c);
        const char *line = sittings_what(talk, c, count);

        brief_add(brief, talk, BRIEF_CHANGED, 0, line, line);
    }
}

void sittings_archive(struct talk *talk, const struct class *class, GString *into)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    if (append(talk, class, -1, lines))
        g_string_append_printf(
            into, "%s\n\n", words(talk, "sittings.past", "class", class->title, "lines", lines->str, NULL));
}
