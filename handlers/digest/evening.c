/* When the digest comes by itself: every class day at 20:00, on Monday at 8:30 for the week before, and to
 * who organises several classes one message across them. Who is reached through WeCom has a minute of their
 * own a little later. */
#include "handlers/digest/digest.h"

#include "bot/school/remind.h"

enum {
    HOUR = 20,
    WEEK_HOUR = 8,
    WEEK_MINUTE = 30,
    USEFUL = 2 * 60 * 60,
    SPREAD_FROM = 3,
    SPREAD_TO = 12,
    CLASSES = 12, /* across, in one message */
    LOOKERS = ROLE_MENTOR | ROLE_ORGANISER,
};

/* Whether the class has anything from `first` to `last`. */
static bool meets(struct talk *talk, int64_t class_id, const char *first, const char *last)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE class = ? AND day BETWEEN ? AND ? AND state = 'on'",
                     "iss", class_id, first, last) > 0;
}

/* The classes of today, or of the week before this day, that the person only organises; in *ret at most
 * CLASSES. */
static size_t organised(struct talk *talk, int64_t person, int64_t at, bool week, const struct class **ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT class FROM member WHERE person = ? AND left IS NULL"
                    " GROUP BY class HAVING max(role = ?) AND NOT max(role = ?) ORDER BY class",
                    "iii", person, (int64_t)ROLE_ORGANISER, (int64_t)ROLE_MENTOR);
    size_t count = 0;

    while (query_next(q) && count < CLASSES) {
        const struct class *class = class_by_id(talk, query_int(q, 0));
        const char *day = class ? day_of(talk, class, at) : "";

        if (class && meets(talk, class->id, week ? day_plus(talk, day, -7) : day,
                           week ? day_plus(talk, day, -1) : day))
            ret[count++] = class;
    }
    return count;
}

/* Sends it to one person. */
static void send_to(struct talk *talk, const struct edition *e, int64_t base, int64_t person)
{
    struct reminder r = {
        .kind = "digest", .person = person, .class = e->class, .until = base + USEFUL, .must = true
    };

    if (remind_may(talk, &r) && digest_give(talk, person, e))
        remind_sent(talk, &r);
}

/* At its time to everybody who looks after the class; those of WeCom get a timer of their own minute. */
static void send_all(struct talk *talk, const struct edition *e, const char *kind, int64_t base, int64_t due)
{
    size_t count;
    struct member *members = members_of(talk, e->class->id, LOOKERS, &count);
    const struct class *several[CLASSES];

    for (size_t i = 0; i < count; i++) {
        int64_t person = members[i].person, at = remind_spread(talk, person, base, SPREAD_FROM, SPREAD_TO);
        bool again = false;

        for (size_t j = 0; j < i && !again; j++)
            again = members[j].person == person;
        if (again)
            continue;
        if (organised(talk, person, base, e->week, several) > 1 &&
            !store_int(
                talk->store, 0,
                "SELECT count(*) FROM member WHERE class = ? AND person = ? AND role = ? AND left IS NULL",
                "iii", e->class->id, person, (int64_t)ROLE_MENTOR)) {
            if (due == base)
                timers_set(talk->timers, e->week ? "digest.across_week" : "digest.across", person, at);
        } else if (at == due) {
            send_to(talk, e, base, person);
        } else if (due == base) {
            timers_set(talk->timers, kind, e->class->id, at);
        }
    }
}

void digest_evening(struct talk *talk, int64_t class_id, int64_t due)
{
    const struct class *class = class_by_id(talk, class_id);
    struct edition e = { .class = class, .day = class ? day_of(talk, class, due) : "" };

    if (!class || !meets(talk, class_id, e.day, e.day))
        return;
    int64_t base = time_of(class, e.day, HOUR, 0);

    send_all(talk, &e, "digest", base, due);
    if (due == base && class->group_digest && digest_give_group(talk, &e))
        saying_until(talk, base + USEFUL);
}

void digest_monday(struct talk *talk, int64_t class_id, int64_t due)
{
    const struct class *class = class_by_id(talk, class_id);

    if (!class)
        return;
    const char *monday = day_of(talk, class, due);
    struct edition e = { .class = class, .day = day_plus(talk, monday, -1), .week = true };

    if (meets(talk, class_id, day_plus(talk, monday, -7), e.day))
        send_all(talk, &e, "digest.week", time_of(class, monday, WEEK_HOUR, WEEK_MINUTE), due);
}

/* What stands above the lines of a message across classes. */
static const char *across_when(struct talk *talk, const struct edition *e)
{
    if (!e->week)
        return show_day(talk, e->day);
    return words(talk, "brief.week", "first", show_day(talk, day_plus(talk, e->day, -6)), "last",
                 show_day(talk, e->day), NULL);
}

/* One line a class: what is to be looked at, and a button to its digest. */
static void across(struct talk *talk, int64_t person, int64_t due, bool week)
{
    const struct class *classes[CLASSES];
    size_t count = organised(talk, person, due, week, classes);
    g_autoptr(GString) lines = g_string_new(NULL);

    if (count == 0)
        return;
    struct edition e = { .class = classes[0], .week = week };
    struct reminder r = {
        .kind = "digest.across", .person = person, .class = classes[0], .until = due + USEFUL, .must = true
    };

    if (!remind_may(talk, &r))
        return;
    e.day = day_plus(talk, day_of(talk, classes[0], due), week ? -1 : 0);
    for (size_t i = 0; i < count; i++) {
        struct brief *brief = brief_make(talk, classes[i], e.day, week, false);
        const char *counts = brief_counts(brief, talk);

        g_string_append_printf(lines, "\n%s",
                               words(talk, "brief.across_line", "class", classes[i]->title, "counts",
                                     *counts ? counts : words(talk, "brief.across_fine", NULL), NULL));
    }
    g_string_append_printf(lines, "\n%s", digest_head(talk, classes[0]));
    if (!tell(talk, person, "brief.across", "n", num(talk, (int64_t)count), "day", across_when(talk, &e),
              "lines", lines->str, NULL))
        return;
    remind_sent(talk, &r);
    for (size_t i = 0; i < count; i++)
        button_named(talk, classes[i]->title, "digest:of:%" G_GINT64_FORMAT "%s%s", classes[i]->id,
                     week ? ":" : "", week ? e.day : "");
}

void digest_across(struct talk *talk, int64_t person, int64_t due)
{
    across(talk, person, due, false);
}

void digest_across_week(struct talk *talk, int64_t person, int64_t due)
{
    across(talk, person, due, true);
}

/* Sets a timer that is still to come. */
static void set(struct talk *talk, const char *kind, int64_t class_id, int64_t due)
{
    if (due > talk->now)
        timers_set(talk->timers, kind, class_id, due);
}

void digest_on(struct talk *talk, enum event event, int64_t subject)
{
    const struct class *class = event == EVENT_TIMETABLE_CHANGED ? class_by_id(talk, subject) : NULL;

    if (!class)
        return;
    g_autoptr(query) q = store_query(
        talk->store, "SELECT DISTINCT day FROM session WHERE class = ? AND state = 'on'", "i", subject);

    timers_cancel(talk->timers, "digest", subject);
    timers_cancel(talk->timers, "digest.week", subject);
    while (query_next(q)) {
        const char *day = pool_strdup(talk->pool, query_text(q, 0));
        const char *monday = day_plus(talk, day, 8 - weekday_of(day));

        set(talk, "digest", subject, time_of(class, day, HOUR, 0));
        set(talk, "digest.week", subject, time_of(class, monday, WEEK_HOUR, WEEK_MINUTE));
    }
}
