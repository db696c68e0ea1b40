/* How much homework was in on time: one of the figures that marks are made from. */
#include <string.h>

#include "bot/school/marks.h"
#include "handlers/homework/homework.h"

bool homework_measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    if (strcmp(name, "homework.ontime") != 0)
        return false;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT number, title, due, late FROM homework_owed WHERE member = ?"
                                     " ORDER BY number",
                                     "i", m->member->id);
    struct ratio one = ratio_of(1, 1);

    while (query_next(q)) {
        const char *label = words(talk, "homework.name", "number", num(talk, query_int(q, 0)), "title",
                                  query_text(q, 1), NULL);

        if (query_null(q, 2) || query_int(q, 2) > m->at) {
            into->open = ratio_add(into->open, one);
            continue;
        }
        into->whole = ratio_add(into->whole, one);
        if (query_null(q, 3))
            figure_because(talk, into, words(talk, "marks.was_missing", "what", label, NULL));
        else if (query_int(q, 3))
            figure_because(talk, into, words(talk, "marks.was_late_in", "what", label, NULL));
        else
            into->value = ratio_add(into->value, one);
    }
    return true;
}
