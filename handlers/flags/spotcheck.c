/* 抽查: a few of those signed in get three numbers and press the one on the wall, within ten minutes; where
 * there is no screen it is read out. */
#include <string.h>

#include "bot/school/names.h"
#include "bot/school/screens.h"
#include "bot/school/sitting.h"
#include "handlers/flags/flags.h"

enum { CHOSEN = 3, CHOSEN_MAX = 10, NUMBERS = 3, LASTS = 600, LOWEST = 10, HIGHEST = 100, NAMES_SHOWN = 10 };

/* Three different numbers in no order, the right one among them. */
static void three(int64_t right, int ret[NUMBERS])
{
    int place = g_random_int_range(0, NUMBERS);

    for (int i = 0; i < NUMBERS; i++) {
        bool again = true;

        while (again) {
            ret[i] = i == place ? (int)right : g_random_int_range(LOWEST, HIGHEST);
            again = i != place && ret[i] == (int)right;
            for (int j = 0; j < i; j++)
                again = again || ret[j] == ret[i];
        }
    }
}

/* Asks one of the chosen; false when that one cannot be reached. */
static bool ask(struct talk *talk, int64_t check, int64_t member, int64_t right, const char *title)
{
    const struct member *one = member_by_id(talk, member);
    int numbers[NUMBERS];

    store_run(talk->store, "INSERT INTO spotcheck_one (spotcheck, member) VALUES (?, ?)", "ii", check,
              member);
    if (!one || !tell(talk, one->person, "flags.press", "title", title, NULL))
        return false;
    three(right, numbers);
    for (int i = 0; i < NUMBERS; i++) {
        const char *label = num(talk, numbers[i]);

        if (i == 0)
            button_named(talk, label, "flags:press:%" G_GINT64_FORMAT ":%d", check, numbers[i]);
        else
            button_named_beside(talk, label, "flags:press:%" G_GINT64_FORMAT ":%d", check, numbers[i]);
    }
    saying_until(talk, talk->now + LASTS);
    return true;
}

/* Some of those who signed in themselves, at random. */
static GArray *choose(struct talk *talk, int64_t sitting, int64_t count)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT member FROM attendance WHERE sitting = ? AND how = 'code' ORDER BY random() LIMIT ?", "ii",
        sitting, count);
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(int64_t));

    while (query_next(q)) {
        int64_t member = query_int(q, 0);

        g_array_append_val(chosen, member);
    }
    return chosen;
}

void flags_spotcheck(struct talk *talk)
{
    struct sitting sitting;
    int64_t count = talk->args.ref > 0 ? MIN(talk->args.ref, CHOSEN_MAX) : CHOSEN;

    if (!sitting_now(talk, talk->class->id, talk->now, &sitting)) {
        say(talk, "flags.no_sitting", NULL);
        return;
    }
    int64_t running = screens_check(talk, sitting.id);

    if (running >= 0) { /* two numbers on one wall: nobody would know which is meant */
        say(talk, "flags.running", "number", num(talk, running), NULL);
        return;
    }
    g_autoptr(GArray) chosen = choose(talk, sitting.id, count);

    if (chosen->len == 0) {
        say(talk, "flags.nobody", NULL);
        return;
    }
    int64_t right = g_random_int_range(LOWEST, HIGHEST);

    store_run(talk->store,
              "INSERT INTO spotcheck (class, sitting, by, number, started, until) VALUES (?, ?, ?, ?, ?, ?)",
              "iiiiii", talk->class->id, sitting.id, talk->member->id, right, talk->now, talk->now + LASTS);
    int64_t check = store_last_id(talk->store);

    for (guint i = 0; i < chosen->len; i++)
        ask(talk, check, g_array_index(chosen, int64_t, i), right, sitting.title);
    timers_set(talk->timers, "flags.spot", check, talk->now + LASTS);
    say(talk, screens_any(talk, sitting.id) ? "flags.started_screen" : "flags.started", "number",
        num(talk, right), "count", num(talk, chosen->len), "until",
        show_time(talk, talk->class, talk->now + LASTS), NULL);
}

void flags_press_number(struct talk *talk, const char *args)
{
    g_auto(GStrv) parts = g_strsplit(args, ":", 2);
    int64_t check = g_ascii_strtoll(parts[0] ? parts[0] : "", NULL, 10);
    int64_t number = parts[0] && parts[1] ? g_ascii_strtoll(parts[1], NULL, 10) : 0;

    store_run(talk->store,
              "UPDATE spotcheck_one SET pressed = ?1, at = ?2 WHERE spotcheck = ?3 AND pressed IS NULL"
              " AND member IN (SELECT id FROM member WHERE person = ?4)"
              " AND EXISTS (SELECT 1 FROM spotcheck WHERE id = ?3 AND until >= ?2)",
              "iiii", number, talk->now, check, talk->person);
    if (store_changes(talk->store) == 0) {
        say(talk, "stale", NULL);
        return;
    }
    say(talk, "flags.pressed", NULL);
    saying_instead(talk);
}

void flags_spot_over(struct talk *talk, int64_t check, int64_t due)
{
    g_autoptr(query) head = store_query(
        talk->store, "SELECT class, sitting, by, number FROM spotcheck WHERE id = ? AND done IS NULL", "i",
        check);
    g_autoptr(GString) failed = g_string_new(NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    int64_t all = 0;

    (void)due;
    if (!query_next(head))
        return;
    int64_t class_id = query_int(head, 0), sitting = query_int(head, 1), by = query_int(head, 2);
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT o.member, p.name, coalesce(o.pressed, 0) = ? FROM spotcheck_one o"
                    " JOIN member m ON m.id = o.member JOIN person p ON p.id = m.person"
                    " WHERE o.spotcheck = ? ORDER BY o.member",
                    "ii", query_int(head, 3), check);

    for (; query_next(q); all++) {
        if (query_int(q, 2))
            continue;
        g_string_append_printf(failed, "%s%" G_GINT64_FORMAT, failed->len ? "," : "", query_int(q, 0));
        g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 1)));
    }
    store_run(talk->store, "UPDATE spotcheck SET done = ? WHERE id = ?", "ii", talk->now, check);
    const struct member *teacher = member_by_id(talk, by);

    if (teacher) {
        talk->lang = lang_of(talk, teacher->person);
        tell(talk, teacher->person, names->len ? "flags.result" : "flags.result_all", "count",
             num(talk, all - names->len), "of", num(talk, all), "names",
             names->len ? names_join(talk, names, NAMES_SHOWN) : "", NULL);
        if (names->len)
            button(talk, "flags.see", "do:flags");
    }
    if (names->len) {
        struct flag flag = { .class_id = class_id,
                             .sitting = sitting,
                             .kind = "spotcheck",
                             .members = failed->str,
                             .count = names->len,
                             .of = all };

        flags_raise(talk, &flag, 0);
    }
}
