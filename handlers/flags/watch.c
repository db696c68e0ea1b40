/* What is looked at by itself: pairs that keep signing in one behind the other, many bindings at once, and of
 * the paid side what rules.md A16 reports to the bureau. */
#include "bot/school/sitting.h"
#include "handlers/flags/flags.h"

enum {
    BEHIND = 10,   /* seconds between two sign-ins that follow each other */
    BUSY = 5 * 60, /* the busiest minutes of a sitting: there everybody follows somebody */
    PAIR_SITTINGS = 5,
    BINDINGS = 3,         /* several bindings … */
    BINDINGS_IN = 5 * 60, /* … within minutes */
    MAKEUPS_ONE_IN = 10,  /* make-ups above 10 % */
};

struct arrival {
    int64_t member, at;
};

/* Where the busiest minutes of one sitting begin. */
static int64_t busiest(const struct arrival *list, guint count)
{
    guint most = 0;
    int64_t from = 0;

    for (guint i = 0, j = 0; i < count; i++) {
        for (; j < count && list[j].at < list[i].at + BUSY;)
            j++;
        if (j - i > most) {
            most = j - i;
            from = list[i].at;
        }
    }
    return from;
}

/* Counts the pairs of one sitting into "3,17" → sittings. */
static void count_pairs(GArray *sitting, GHashTable *pairs)
{
    const struct arrival *list = (const struct arrival *)(void *)sitting->data;
    int64_t busy = busiest(list, sitting->len);

    for (guint i = 1; i < sitting->len; i++) {
        const struct arrival *a = &list[i - 1], *b = &list[i];

        if (b->at - a->at > BEHIND || (b->at >= busy && a->at < busy + BUSY))
            continue;
        char *key = g_strdup_printf("%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, MIN(a->member, b->member),
                                    MAX(a->member, b->member));
        int64_t times = GPOINTER_TO_INT(g_hash_table_lookup(pairs, key)) + 1;

        g_hash_table_insert(pairs, key, GINT_TO_POINTER((int)times));
    }
    g_array_set_size(sitting, 0);
}

/* Flags the pairs of a class that were close often enough. */
static void watch_pairs(struct talk *talk, int64_t class_id)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT a.sitting, a.member, a.at FROM attendance a JOIN sitting s"
                                     " ON s.id = a.sitting WHERE s.class = ? AND a.how = 'code'"
                                     " ORDER BY a.sitting, a.at, a.member",
                                     "i", class_id);
    g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GArray) sitting = g_array_new(FALSE, FALSE, sizeof(struct arrival));
    GHashTableIter iter;
    gpointer key, times;
    int64_t last = 0;

    while (query_next(q)) {
        struct arrival arrival = { query_int(q, 1), query_int(q, 2) };

        if (query_int(q, 0) != last)
            count_pairs(sitting, pairs);
        last = query_int(q, 0);
        g_array_append_val(sitting, arrival);
    }
    count_pairs(sitting, pairs);
    g_hash_table_iter_init(&iter, pairs);
    while (g_hash_table_iter_next(&iter, &key, &times))
        if (GPOINTER_TO_INT(times) >= PAIR_SITTINGS) {
            struct flag flag = {
                .class_id = class_id, .kind = "pair", .members = key, .count = GPOINTER_TO_INT(times)
            };

            flags_raise(talk, &flag, FLAG_TEACHERS);
        }
}

/* Several trainees of one class bound within minutes: once a day. */
static void watch_bindings(struct talk *talk, int64_t member_id)
{
    const struct member *member = member_by_id(talk, member_id);

    if (!member || member->role != ROLE_TRAINEE)
        return;
    int64_t count =
        store_int(talk->store, 0,
                  "SELECT count(DISTINCT m.id) FROM member m JOIN account a ON a.person = m.person"
                  " WHERE m.class = ? AND m.role = ? AND a.bound > ?",
                  "iii", member->class_id, (int64_t)ROLE_TRAINEE, talk->now - BINDINGS_IN);

    if (count < BINDINGS)
        return;
    struct flag flag = { .class_id = member->class_id,
                         .kind = "bindings",
                         .members = day_of(talk, class_by_id(talk, member->class_id), talk->now),
                         .count = count,
                         .of = BINDINGS_IN / 60 };

    flags_raise(talk, &flag, FLAG_BUREAU);
}

/* Make-ups above the tenth part of those expected at a sitting. */
static void watch_makeups(struct talk *talk, const struct sitting *sitting)
{
    int64_t made =
        store_int(talk->store, 0, "SELECT count(*) FROM attendance WHERE sitting = ? AND how = 'makeup'", "i",
                  sitting->id);
    int64_t late =
        store_int(talk->store, 0,
                  "SELECT count(*) FROM attendance WHERE sitting = ? AND how = 'makeup' AND recorded > ?",
                  "ii", sitting->id, sitting->ends);
    int64_t of =
        store_int(talk->store, 0, "SELECT count(*) FROM expected WHERE sitting = ?", "i", sitting->id);
    struct flag flag = { .class_id = sitting->class_id, .sitting = sitting->id, .members = "", .of = of };

    if (made * MAKEUPS_ONE_IN > of) {
        flag.kind = "makeups";
        flag.count = made;
        flags_raise(talk, &flag, FLAG_BUREAU);
    }
    if (late > 0) {
        flag.kind = "makeup_late";
        flag.count = late;
        flags_raise(talk, &flag, FLAG_BUREAU);
    }
}

/* The latest head-count, when it differs from what the record said then. */
static void watch_heads(struct talk *talk, const struct sitting *sitting)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT heads, signed_in FROM headcount WHERE sitting = ? ORDER BY at DESC LIMIT 1", "i",
        sitting->id);

    if (!query_next(q) || query_int(q, 0) == query_int(q, 1))
        return;
    struct flag flag = { .class_id = sitting->class_id,
                         .sitting = sitting->id,
                         .kind = "headcount",
                         .members = "",
                         .count = query_int(q, 0),
                         .of = query_int(q, 1) };

    flags_raise(talk, &flag, FLAG_BUREAU);
}

void flags_on(struct talk *talk, enum event event, int64_t subject)
{
    struct sitting sitting;

    if (event == EVENT_JOINED)
        watch_bindings(talk, subject);
    if ((event != EVENT_SITTING_CLOSED && event != EVENT_CORRECTED) ||
        !sitting_by_id(talk, subject, &sitting))
        return;
    watch_makeups(talk, &sitting);
    watch_heads(talk, &sitting);
    if (event == EVENT_SITTING_CLOSED)
        watch_pairs(talk, sitting.class_id);
}
