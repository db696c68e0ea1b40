/* Homework in the digest: who owes what, who was late with what, what waits to be marked. */
#include "handlers/homework/grade.h"

enum { MARK_BUTTONS = 2 };

/* How many handed something in since yesterday. */
static void add_news(struct talk *talk, struct brief *brief)
{
    int64_t fresh = store_int(talk->store, 0,
                              "SELECT count(DISTINCT s.homework * 1000000 + s.member) FROM submission s"
                              " JOIN homework h ON h.id = s.homework WHERE h.class = ? AND s.at > ?",
                              "ii", brief->class->id, brief->since);
    const char *line = words(talk, "homework.digest_new", "n", num(talk, fresh), NULL);

    if (fresh > 0)
        brief_add(brief, talk, BRIEF_CHANGED, 0, line, line);
}

/* Adds the names of those whose hand-in came late since yesterday. */
static void add_late(struct talk *talk, const struct brief *brief, const struct homework *hw,
                     GPtrArray *names)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT p.name FROM homework_owed o JOIN person p ON p.id = o.person"
                                     " WHERE o.homework = ? AND o.late = 1 AND o.at > ? ORDER BY o.at",
                                     "ii", hw->id, brief->since);

    while (query_next(q))
        g_ptr_array_add(names, (gpointer)words(talk, "homework.came_late", "name", query_text(q, 0), NULL));
}

/* One homework that may be handed in: by name who owes it, and after its due time who was late with it. */
static void add_open(struct talk *talk, struct brief *brief, const struct homework *hw)
{
    int expected;
    g_autoptr(GPtrArray) names = homework_missing(talk, hw, &expected);
    guint missing = names->len;
    const char *in = num(talk, expected - (int)missing), *name = homework_name(talk, hw),
               *due = show_moment(talk, brief->class, hw->due);
    const char *plain = words(talk, missing ? "homework.digest_plain" : "homework.digest_all", "name", name,
                              "due", due, "in", in, "expected", num(talk, expected), NULL);

    if (talk->now > hw->due)
        add_late(talk, brief, hw, names);
    if (names->len == 0)
        brief_add(brief, talk, BRIEF_WELL, 0, plain, plain);
    else
        brief_add(brief, talk, BRIEF_LATE, missing,
                  words(talk, talk->now > hw->due ? "homework.digest_late" : "homework.digest_owed", "name",
                        name, "due", due, "in", in, "expected", num(talk, expected), "names",
                        brief_names(brief, talk, names), NULL),
                  plain);
}

/* How many hand-ins wait for a mark, with the button that begins; gives whether any do. */
static bool add_unmarked(struct talk *talk, struct brief *brief, const struct homework *hw, bool with_button)
{
    int64_t unmarked = homework_unmarked(talk, hw->id);

    if (unmarked == 0)
        return false;
    brief_add(brief, talk, BRIEF_OTHER, 0,
              words(talk, "homework.digest_unmarked", "name", homework_name(talk, hw), "n",
                    num(talk, unmarked), "number", num(talk, hw->number), NULL),
              NULL);
    if (with_button)
        brief_button(brief, talk, GRADERS, false,
                     words(talk, "homework.grade_number", "number", num(talk, hw->number), "n",
                           num(talk, unmarked), NULL),
                     "homework:grade:%" G_GINT64_FORMAT, hw->id);
    return true;
}

void homework_digest(struct talk *talk, struct brief *brief)
{
    struct homework *list;
    size_t count = homework_list(talk, brief->class->id, &list), to_mark = 0;

    add_news(talk, brief);
    for (size_t i = 0; i < count; i++) {
        const struct homework *hw = &list[i];

        if (hw->state == HOMEWORK_DRAFT && hw->taught && hw->taught <= talk->now)
            brief_add(brief, talk, BRIEF_OTHER, 0,
                      words(talk, "homework.digest_draft", "name", homework_name(talk, hw), NULL), NULL);
        if (homework_is_open(hw, talk->now))
            add_open(talk, brief, hw);
        if (hw->state == HOMEWORK_OPEN && talk->now > hw->due)
            to_mark += add_unmarked(talk, brief, hw, to_mark < MARK_BUTTONS);
    }
}
