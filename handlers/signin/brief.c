/* What the digest says of attendance: of a day each sitting with names and reasons, of a week each person. */
#include "handlers/signin/signin.h"

#include <string.h>

#include "bot/school/turnout.h"

/* In the order in which they are told. */
static const char *const states[] = { "absent", "late", "early", "leave", "pending" };

enum { REASON_SHOWN = 45 }; /* bytes */

/* Everything that a record says against somebody being there all the time, with the reason of a leave. */
#define TURNOUTS                                                                                             \
    "(SELECT member, sitting, state, minutes, '' AS reason FROM attendance WHERE state <> 'present'"         \
    " UNION ALL SELECT n.member, n.sitting, n.state, 0, coalesce((SELECT v.reason FROM leave v"              \
    "  JOIN leave_sitting x ON x.leave = v.id WHERE x.sitting = n.sitting AND x.member = n.member"           \
    "  AND x.state = n.state), '') FROM leave_now n"                                                         \
    " UNION ALL SELECT member, sitting, 'early', minutes, '' FROM early_leave)"

/* A name with the minutes, or the reason, behind it. */
static const char *with_reason(struct talk *talk, const char *name, int64_t minutes, const char *reason)
{
    if (minutes > 0)
        return pool_printf(talk->pool, "%s%s", name,
                           words(talk, "attendance.minutes", "n", num(talk, minutes), NULL));
    if (!*reason)
        return pool_strdup(talk->pool, name);
    return pool_printf(talk->pool, "%s%s", name,
                       words(talk, "attendance.reason", "reason",
                             text_clean(talk->pool, reason, strlen(reason), REASON_SHOWN), NULL));
}

/* Names of one state at one sitting. */
static GPtrArray *names_of(struct talk *talk, int64_t sitting, const char *state)
{
    GPtrArray *names = g_ptr_array_new();
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, t.minutes, t.reason FROM " TURNOUTS " t"
                    " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person"
                    " WHERE t.sitting = ? AND t.state = ? ORDER BY length(m.number), m.number",
                    "is", sitting, state);

    while (query_next(q))
        g_ptr_array_add(names,
                        (char *)with_reason(talk, query_text(q, 0), query_int(q, 1), query_text(q, 2)));
    return names;
}

/* One sitting: arrived; absent, late, early gone and on leave by name. */
static void add_sitting(struct talk *talk, struct brief *brief, int64_t id, const char *at, const char *title)
{
    struct sitting sitting;
    struct turnout_now now = { 0 };

    if (sitting_by_id(talk, id, &sitting))
        turnout_now(talk, &sitting, &now);
    const char *plain = words(talk, "attendance.line", "at", at, "title", title, "expected",
                              num(talk, now.expected), "arrived", num(talk, now.here), NULL);
    const char *line = plain;
    int64_t noted = 0, missing = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autoptr(GPtrArray) names = names_of(talk, id, states[i]);

        if (names->len == 0)
            continue;
        noted += names->len;
        missing += strcmp(states[i], "late") != 0 && strcmp(states[i], "early") != 0 ? names->len : 0;
        line = pool_printf(talk->pool, "%s\n%s", line,
                           words(talk, pool_printf(talk->pool, "attendance.%s", states[i]), "names",
                                 brief_names(brief, talk, names), NULL));
    }
    brief_add(brief, talk, noted || now.here < now.expected ? BRIEF_MISSING : BRIEF_WELL, missing, line,
              plain);
}

/* Who was missed more than once in the week comes first: "张伟（2）、李娜". */
static void add_week(struct talk *talk, struct brief *brief, const char *state)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, count(*) FROM " TURNOUTS " t"
                    " JOIN sitting s ON s.id = t.sitting JOIN session n ON n.id = s.session"
                    " JOIN member m ON m.id = t.member JOIN person p ON p.id = m.person"
                    " WHERE s.class = ? AND n.day BETWEEN ? AND ? AND n.state = 'on'"
                    " AND t.state = ? GROUP BY m.id ORDER BY 2 DESC, length(m.number), m.number",
                    "isss", brief->class->id, brief->first, brief->day, state);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    while (query_next(q))
        g_ptr_array_add(names, query_int(q, 1) > 1
                                   ? (char *)words(talk, "attendance.times", "name", query_text(q, 0), "n",
                                                   num(talk, query_int(q, 1)), NULL)
                                   : pool_strdup(talk->pool, query_text(q, 0)));
    if (names->len > 0)
        brief_add(brief, talk, BRIEF_MISSING, strcmp(state, "absent") != 0 ? 0 : names->len,
                  words(talk, pool_printf(talk->pool, "attendance.%s", state), "names",
                        brief_names(brief, talk, names), NULL),
                  NULL);
}

void signin_digest(struct talk *talk, struct brief *brief)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.starts, n.title FROM sitting s JOIN session n ON n.id = s.session"
                    " WHERE s.class = ? AND n.day = ? AND n.state = 'on' AND s.starts <= ?"
                    " ORDER BY s.starts",
                    "isi", brief->class->id, brief->day, talk->now);

    for (size_t i = 0; brief->week && i < G_N_ELEMENTS(states); i++)
        add_week(talk, brief, states[i]);
    while (!brief->week && query_next(q))
        add_sitting(talk, brief, query_int(q, 0), show_time(talk, brief->class, query_int(q, 1)),
                    query_text(q, 2));
}
