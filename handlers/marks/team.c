/* 小组: teams ranked by the mean of one item, prizes split between ties, and who dropped out. */
#include <string.h>

#include "handlers/marks/marks_private.h"

enum { TEAMS_MAX = 40 };

struct team {
    const char *name;
    struct ratio sum;
    int64_t marked, members;
    struct ratio mean, prize;
    int rank;
};

/* The teams of a class with their members' marks in the item. */
static size_t read_teams(struct talk *talk, const struct scheme *scheme, struct team *teams)
{
    size_t count, found = 0;
    const struct member *members = members_of(talk, talk->class->id, ROLE_TRAINEE, &count);

    for (size_t i = 0; i < count; i++) {
        struct measuring m = measuring_of(talk, talk->class, &members[i], scheme);
        g_autofree char *name =
            store_text(talk->store, "SELECT team FROM member WHERE id = ?", "i", members[i].id);
        size_t t = 0;

        if (!name || !*name)
            continue;
        while (t < found && strcmp(teams[t].name, name) != 0)
            t++;
        if (t == TEAMS_MAX)
            continue;
        if (t == found)
            teams[found++] = (struct team){ .name = pool_strdup(talk->pool, name), .sum = { 0, 1 } };
        m.item = scheme->items->pdata[scheme->team_item];
        struct figure figure = marks_measure(talk, "mark", &m);

        teams[t].members++;
        if (figure.whole.num) {
            teams[t].marked++;
            teams[t].sum = ratio_add(teams[t].sum, figure.value);
        }
    }
    for (size_t t = 0; t < found; t++)
        teams[t].mean =
            teams[t].marked ? ratio_div(teams[t].sum, ratio_of(teams[t].marked, 1)) : teams[t].sum;
    return found;
}

static int by_mean(const void *a, const void *b)
{
    const struct team *x = a, *y = b;

    if ((x->marked > 0) != (y->marked > 0))
        return x->marked > 0 ? -1 : 1;
    return ratio_cmp(y->mean, x->mean);
}

/* Ranks sorted teams; those with the same mean share the rank and split the prizes of the places they take.
 */
static void rank(struct team *teams, size_t count, const GArray *prizes)
{
    for (size_t i = 0; i < count;) {
        size_t end = i;
        int64_t sum = 0;

        while (end < count && teams[end].marked && ratio_cmp(teams[end].mean, teams[i].mean) == 0) {
            sum += end < prizes->len ? g_array_index(prizes, int64_t, end) : 0;
            end++;
        }
        for (size_t j = i; j < end; j++) {
            teams[j].rank = (int)i + 1;
            teams[j].prize = ratio_of(sum, (int64_t)(end - i));
        }
        i = end > i ? end : count;
    }
}

/* Who left, of all who ever were trainees here; and without those whom the enterprise sent away. */
static const char *dropout(struct talk *talk)
{
    int64_t all = store_int(talk->store, 0, "SELECT count(*) FROM member WHERE class = ? AND role = ?", "ii",
                            talk->class->id, (int64_t)ROLE_TRAINEE);
    int64_t left = store_int(talk->store, 0,
                             "SELECT count(*) FROM member WHERE class = ? AND role = ? AND left IS NOT NULL",
                             "ii", talk->class->id, (int64_t)ROLE_TRAINEE);
    int64_t sent = store_int(
        talk->store, 0, "SELECT count(DISTINCT member) FROM departure_all WHERE class = ? AND kind = 'sent'",
        "i", talk->class->id);
    struct ratio rate = all ? ratio_of(left * 100, all) : ratio_of(0, 1),
                 own = all ? ratio_of((left - MIN(sent, left)) * 100, all) : rate;

    return words(talk, "team.dropout", "left", num(talk, left), "all", num(talk, all), "rate",
                 ratio_text(talk->pool, rate, 1), "own", ratio_text(talk->pool, own, 1), NULL);
}

void team_command(struct talk *talk)
{
    const struct scheme *scheme = scheme_of(talk, talk->class);
    struct team teams[TEAMS_MAX];
    size_t count = scheme && scheme->team_item >= 0 ? read_teams(talk, scheme, teams) : 0;
    GString *lines = g_string_new(NULL);

    qsort(teams, count, sizeof *teams, by_mean);
    if (count)
        rank(teams, count, scheme->prizes);
    for (size_t i = 0; i < count; i++) {
        const struct team *t = &teams[i];

        g_string_append_printf(
            lines, "\n%s",
            t->marked
                ? words(talk, "team.line", "rank", num(talk, t->rank), "team", t->name, "mean",
                        ratio_text(talk->pool, t->mean, 2), "prize",
                        t->prize.num ? words(talk, "team.prize", "yuan", points(talk, t->prize), NULL) : "",
                        "n", num(talk, t->members), NULL)
                : words(talk, "team.no_marks", "team", t->name, "n", num(talk, t->members), NULL));
    }
    const char *text = pool_take(talk->pool, g_string_free(lines, FALSE));

    if (count)
        say(talk, "team.list", "class", talk->class->title, "lines", text, "dropout", dropout(talk), NULL);
    else
        say(talk, "team.none", "dropout", dropout(talk), NULL);
}
