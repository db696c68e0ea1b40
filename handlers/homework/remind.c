/* Who still owes homework: reminders the evening before and two hours before it is due. */
#include "handlers/homework/homework.h"

#include "bot/school/remind.h"

enum { EVE_HOUR = 20, SOON = 2 * 60 * 60, SPREAD_FROM = 3, SPREAD_TO = 12, AT_ONCE = 6 };

/* When it may be said, or 0: never before it was taught, not once it is over, awake. */
static int64_t useful(struct talk *talk, const struct class *class, const struct homework *hw, int64_t at)
{
    int64_t awake = remind_awake(talk, class, at);

    return awake > talk->now && awake > hw->taught && awake < hw->due ? awake : 0;
}

/* Whether the class meets that day; on its days off only what is due that day is said. */
static bool meets(struct talk *talk, const struct class *class, const char *day)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE class = ? AND day = ? AND state = 'on'", "is",
                     class->id, day) > 0;
}

void homework_set_reminders(struct talk *talk, const struct class *class, const struct homework *hw)
{
    const char *eve_day = day_plus(talk, day_of(talk, class, hw->due), -1);
    int64_t eve =
        meets(talk, class, eve_day) ? useful(talk, class, hw, time_of(class, eve_day, EVE_HOUR, 0)) : 0;
    int64_t soon = useful(talk, class, hw, hw->due - SOON);

    store_run(talk->store, "UPDATE homework SET eve = nullif(?, 0), soon = nullif(?, 0) WHERE id = ?", "iii",
              eve, soon, hw->id);
    /* One timer for all homework that is due to be said then, so that it becomes one message. */
    if (eve)
        timers_set(talk->timers, "homework.remind", 0, eve);
    if (soon)
        timers_set(talk->timers, "homework.remind", 0, soon);
}

/* One person and what that person owes, as a member of which class. */
struct owing {
    int64_t person;
    int count;
    int64_t homework[AT_ONCE], member[AT_ONCE];
};

/* Those who owe homework that is to be said at `when` (only `person` when given). */
static GArray *owing_at(struct talk *talk, int64_t when, int64_t person)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT o.person, h.id, o.member FROM homework h JOIN homework_owed o ON o.homework = h.id"
        " WHERE (h.eve = ?1 OR h.soon = ?1) AND h.state = 1 AND o.late IS NULL"
        " AND o.due = o.class_due AND (?2 = 0 OR o.person = ?2) ORDER BY o.person, h.due, h.id",
        "ii", when, person);
    GArray *list = g_array_new(FALSE, TRUE, sizeof(struct owing));

    while (query_next(q)) {
        struct owing *last = list->len ? &g_array_index(list, struct owing, list->len - 1) : NULL;

        if (!last || last->person != query_int(q, 0)) {
            struct owing one = { .person = query_int(q, 0) };

            g_array_append_val(list, one);
            last = &g_array_index(list, struct owing, list->len - 1);
        }
        if (last->count == AT_ONCE)
            continue;
        last->homework[last->count] = query_int(q, 1);
        last->member[last->count++] = query_int(q, 2);
    }
    return list;
}

/* Says it to one person: one message for all. */
static void remind_one(struct talk *talk, const struct owing *owing)
{
    struct homework all[AT_ONCE];
    struct reminder r = { .kind = "homework", .person = owing->person };
    int count = 0;

    for (int i = 0; i < owing->count; i++) {
        if (!homework_load(talk, owing->homework[i], &all[count]))
            continue;
        homework_for(talk, owing->member[i], &all[count]);
        if (all[count].due <= talk->now)
            continue;
        r.until = MAX(r.until, all[count].due);
        count++;
    }
    if (count > 0)
        r.class = class_by_id(talk, all[0].class_id);
    if (count == 0 || !remind_may(talk, &r))
        return;
    GString *lines = g_string_new(NULL);

    for (int i = 0; i < count; i++)
        g_string_append_printf(lines, "%s%s", i ? "\n" : "",
                               words(talk, "homework.owed_line", "name", homework_name(talk, &all[i]), "due",
                                     show_moment(talk, class_by_id(talk, all[i].class_id), all[i].due),
                                     NULL));
    const char *owed = pool_take(talk->pool, g_string_free(lines, FALSE));

    if (!tell(talk, owing->person, count == 1 ? "reminder.homework" : "reminder.homework_many", "homework",
              owed, NULL))
        return;
    remind_sent(talk, &r);
    for (int i = 0; i < count; i++)
        button_named(talk, words(talk, "homework.hand_in_number", "number", num(talk, all[i].number), NULL),
                     "homework:hand:%" G_GINT64_FORMAT, all[i].id);
}

void homework_remind_member(struct talk *talk, int64_t homework, int64_t member)
{
    const struct member *trainee = member_by_id(talk, member);
    struct owing one = { .count = 1, .homework = { homework }, .member = { member } };

    one.person = trainee ? trainee->person : 0;
    if (one.person)
        remind_one(talk, &one);
}

void homework_remind(struct talk *talk, int64_t subject, int64_t due)
{
    g_autoptr(GArray) list = owing_at(talk, due, 0);

    (void)subject;
    for (guint i = 0; i < list->len; i++) {
        const struct owing *owing = &g_array_index(list, struct owing, i);
        int64_t at = remind_spread(talk, owing->person, due, SPREAD_FROM, SPREAD_TO);

        if (at == due)
            remind_one(talk, owing);
        else
            timers_set(talk->timers, "homework.remind_later", owing->person, at);
    }
}

void homework_remind_later(struct talk *talk, int64_t person, int64_t due)
{
    g_autoptr(GArray) list = owing_at(talk, remind_unspread(person, due, SPREAD_FROM, SPREAD_TO), person);

    for (guint i = 0; i < list->len; i++)
        remind_one(talk, &g_array_index(list, struct owing, i));
}
