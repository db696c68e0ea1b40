/* Ballots that are being filled or held: in memory only, so that no disk ever has one by itself. */
#include <string.h>

#include "bot/core/turn.h"
#include "bot/school/school.h"
#include "handlers/survey/survey_private.h"

struct key {
    int64_t survey, person;
};

/* What a change replaced, until the job that made it is durable. */
struct undo {
    struct key key;
    struct ballot *old; /* NULL: there was none */
    uint64_t change;
};

static GHashTable *ballots; /* struct key (inside) → struct ballot; one with state NULL is none */
static GHashTable *filling; /* person → survey whose ballot was touched last */
static uint64_t changes;

static guint hash_key(gconstpointer data)
{
    const struct key *key = data;

    return g_int64_hash(&key->survey) * 31 + g_int64_hash(&key->person);
}

static gboolean same_key(gconstpointer a, gconstpointer b)
{
    const struct key *x = a, *y = b;

    return x->survey == y->survey && x->person == y->person;
}

/* Frees a ballot and leaves nothing of it in memory. */
static void wipe(void *data)
{
    struct ballot *ballot = data;

    if (!ballot)
        return;
    if (ballot->state)
        explicit_bzero(ballot->state, strlen(ballot->state));
    g_free(ballot->state);
    g_free(ballot);
}

static struct ballot *find(int64_t survey, int64_t person)
{
    struct key key = { survey, person };

    return ballots ? g_hash_table_lookup(ballots, &key) : NULL;
}

/* Puts a ballot (takes it; NULL takes away) in the place of what was there, which is given. */
static struct ballot *replace(struct key key, struct ballot *ballot)
{
    struct ballot *old = NULL;
    gpointer old_key = NULL;

    if (!ballots) {
        ballots = g_hash_table_new(hash_key, same_key);
        filling = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    }
    if (g_hash_table_steal_extended(ballots, &key, &old_key, (gpointer *)&old))
        g_free(old_key);
    if (ballot)
        g_hash_table_insert(ballots, g_memdup2(&key, sizeof key), ballot);
    return old;
}

/* The change is durable: what it replaced is forgotten. */
static void settle(void *data)
{
    struct undo *undo = data;
    const struct ballot *now = find(undo->key.survey, undo->key.person);

    if (now && !now->state && now->change == undo->change)
        wipe(replace(undo->key, NULL));
    wipe(undo->old);
    g_free(undo);
}

/* The change is not on disk: what was there before comes back, unless an earlier undo has brought it already.
 */
static void take_back(void *data)
{
    struct undo *undo = data;
    const struct ballot *now = find(undo->key.survey, undo->key.person);

    if (now && now->change >= undo->change)
        wipe(replace(undo->key, g_steal_pointer(&undo->old)));
    wipe(undo->old);
    g_free(undo);
}

/* Changes one ballot; state NULL drops it. */
static void change(struct talk *talk, struct key key, int step, const char *state, bool held)
{
    struct ballot *ballot = g_new0(struct ballot, 1);
    struct undo *undo = g_new0(struct undo, 1);

    *ballot = (struct ballot){ .survey = key.survey,
                               .person = key.person,
                               .touched = talk->now,
                               .step = step,
                               .state = g_strdup(state),
                               .held = held,
                               .change = ++changes };
    *undo = (struct undo){ .key = key, .change = ballot->change };
    undo->old = replace(key, ballot);
    g_hash_table_insert(filling, g_memdup2(&key.person, sizeof key.person),
                        g_memdup2(&key.survey, sizeof key.survey));
    turn_after_commit(talk->school->turn, settle, undo, take_back);
}

const struct ballot *ballot_of(int64_t survey, int64_t person)
{
    const struct ballot *ballot = find(survey, person);

    return ballot && ballot->state ? ballot : NULL;
}

const struct ballot *ballot_open(int64_t person)
{
    const int64_t *survey = filling ? g_hash_table_lookup(filling, &person) : NULL;
    const struct ballot *ballot = survey ? ballot_of(*survey, person) : NULL;

    return ballot && !ballot->held ? ballot : NULL;
}

void ballot_keep(struct talk *talk, int64_t survey, int64_t person, int step, const char *state, bool held)
{
    change(talk, (struct key){ survey, person }, step, state, held);
}

void ballot_drop(struct talk *talk, int64_t survey, int64_t person)
{
    change(talk, (struct key){ survey, person }, 0, NULL, false);
}

static int by_person(gconstpointer a, gconstpointer b)
{
    const struct ballot *x = *(struct ballot *const *)a, *y = *(struct ballot *const *)b;

    return (x->person > y->person) - (x->person < y->person);
}

GPtrArray *ballots_held(int64_t survey)
{
    GPtrArray *held = g_ptr_array_new();
    GHashTableIter all;
    gpointer ballot;

    if (!ballots)
        return held;
    g_hash_table_iter_init(&all, ballots);
    while (g_hash_table_iter_next(&all, NULL, &ballot))
        if (((struct ballot *)ballot)->survey == survey && ((struct ballot *)ballot)->held &&
            ((struct ballot *)ballot)->state)
            g_ptr_array_add(held, ballot);
    g_ptr_array_sort(held, by_person);
    return held;
}

void ballots_forget(int64_t survey, const GPtrArray *persons)
{
    for (guint i = 0; i < persons->len; i++) {
        int64_t person = *(const int64_t *)persons->pdata[i];

        wipe(replace((struct key){ survey, person }, NULL));
        g_hash_table_remove(filling, &person);
    }
}
