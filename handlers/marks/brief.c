/* Who is at risk of failing, and by what: the digest's lines, the worst first; and who is so since yesterday.
 */
#include <string.h>

#include "handlers/marks/marks_private.h"

enum { LITTLE = 5, MEASURED = 300 }; /* points of room that are little; of so many trainees, no more */

struct standing {
    const struct member *member;
    const char *why;
    int64_t risk; /* greater is worse; 0: none */
};

/* Adds a reason. */
static void because(struct talk *talk, struct standing *one, int64_t risk, const char *reason)
{
    one->risk += risk;
    one->why = *one->why
                   ? pool_printf(talk->pool, "%s%s%s", one->why, words(talk, "marks.between", NULL), reason)
                   : reason;
}

/* What may keep one trainee from passing. */
static void look(struct talk *talk, const struct measuring *m, struct standing *one)
{
    const struct scheme *scheme = m->scheme;
    struct marks marks;

    marks_of(talk, m, &marks);
    struct ratio room = ratio_sub(marks.best, scheme->pass);

    for (guint i = 0; i < scheme->limits->len && !marks.excepted; i++) {
        const struct limit_marks *limit = &marks.limits[i];
        bool over = limit->count > limit->limit->most;

        if (!over && (limit->count < limit->limit->most || m->ended))
            continue;
        because(talk, one, over ? 1000 : 100,
                words(talk,
                      pool_printf(talk->pool, "marks.risk_%s_%s", over ? "over" : "next",
                                  strchr(limit->limit->measure, '.') + 1),
                      "n", num(talk, limit->count), NULL));
    }
    if (scheme->has_pass && ratio_cmp(room, ratio_of(LITTLE, 1)) < 0)
        because(talk, one, ratio_cmp(room, ratio_of(0, 1)) < 0 ? 2000 : 10,
                words(talk, "marks.risk_best", "best", ratio_text(talk->pool, marks.best, scheme->decimals),
                      "pass", points(talk, scheme->pass), NULL));
}

static int by_risk(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    return x->risk < y->risk ? 1 : x->risk > y->risk ? -1 : 0;
}

/* Names who was not at risk before, only now. */
static void add_new(struct talk *talk, struct brief *brief, const struct scheme *scheme,
                    const struct standing *list, size_t count)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (size_t i = 0; i < count; i++) {
        struct measuring m = measuring_of(talk, brief->class, list[i].member, scheme);
        struct standing then = { list[i].member, "", 0 };

        m.at = brief->since;
        m.ended = m.marks_due = false;
        look(talk, &m, &then);
        if (!then.risk)
            g_ptr_array_add(names, (char *)list[i].member->name);
    }
    if (names->len > 0)
        brief_add(brief, talk, BRIEF_CHANGED, 0,
                  words(talk, "marks.risk_new", "names", brief_names(brief, talk, names), NULL), NULL);
}

void marks_digest(struct talk *talk, struct brief *brief)
{
    const struct scheme *scheme = scheme_of(talk, brief->class);
    size_t count, found = 0;
    const struct member *members = members_of(talk, brief->class->id, ROLE_TRAINEE, &count);
    struct standing *list = pool_alloc(talk->pool, (count + 1) * sizeof *list);

    if (!scheme)
        return;
    for (size_t i = 0; i < MIN(count, (size_t)MEASURED); i++) {
        struct measuring m = measuring_of(talk, brief->class, &members[i], scheme);
        struct standing one = { &members[i], "", 0 };

        look(talk, &m, &one);
        if (one.risk)
            list[found++] = one;
    }
    qsort(list, found, sizeof *list, by_risk);
    add_new(talk, brief, scheme, list, found);
    for (size_t i = 0; i < found; i++)
        brief_add(brief, talk, BRIEF_RISK, 1,
                  words(talk, "marks.risk", "name", list[i].member->name, "why", list[i].why, NULL), NULL);
}
