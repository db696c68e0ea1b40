/* 保留期限: until when a class keeps its people's data. Organisers are told before they are erased, once, and
 * may put it off; retention.h knows who is due and when. */
#include "bot/school/retention.h"

#include <string.h>

#include "bot/school/brief.h"
#include "bot/school/remind.h"

enum { OFFICE = ROLE_ORGANISER | ROLE_BUREAU, WORTH = 7 * 86400 };

/* --- how it stands -----------------------------------------------------------------------------------------
 */

/* What is to be said besides: requests that are open, people whom other classes keep, who put it off. */
static const char *remarks(struct talk *talk, const struct class *class,
                           const struct retention_people *people)
{
    struct put_off off;
    g_autoptr(GString) text = g_string_new(NULL);

    if (people->held)
        g_string_append(text, words(talk, "retention.held", "n", num(talk, people->held), NULL));
    if (people->elsewhere)
        g_string_append(text, words(talk, "retention.elsewhere", "n", num(talk, people->elsewhere), NULL));
    if (retention_was_put_off(talk, class, "", &off))
        g_string_append(text, words(talk, "retention.was_put_off", "by", off.by, "at",
                                    show_date(talk, day_of(talk, class, off.at)), "until",
                                    show_date(talk, off.until), NULL));
    return pool_strdup(talk->pool, text->str);
}

/* One class in a line, in the talk's language. */
static const char *line(struct talk *talk, const struct class *class, const struct retention *r)
{
    const char *day = *r->day ? r->day : r->planned;

    if (!*r->planned)
        return words(talk, "retention.for_good", "class", class->title, NULL);
    const char *today = day_of(talk, class, talk->now);
    struct retention_people people = retention_people(talk, class, strcmp(today, day) > 0 ? today : day);
    const char *more = remarks(talk, class, &people);

    if (r->forgotten)
        return words(talk, "retention.was_done", "class", class->title, "day",
                     show_date(talk, day_of(talk, class, r->forgotten)), "n", num(talk, r->erased), "more",
                     more, NULL);
    return words(talk, *r->day ? "retention.comes" : "retention.planned", "class", class->title, "end",
                 show_date(talk, r->end), "months", num(talk, r->months), "day", show_date(talk, day), "n",
                 num(talk, people.due), "told", show_date(talk, day_plus(talk, day, -RETENTION_NOTICE)),
                 "more", more, NULL);
}

/* The button that puts off the day told. */
static void keep_button(struct talk *talk, const struct class *class, const char *day)
{
    button_named(talk, words(talk, "retention.keep", "months", num(talk, RETENTION_PUT_OFF), NULL),
                 "retention:keep:%" G_GINT64_FORMAT ":%s", class->id, day);
}

/* 保留期限: every class of the speaker, with the button where its day has been told. */
static void show(struct talk *talk)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GPtrArray) open = g_ptr_array_new(), days = g_ptr_array_new();

    for (size_t i = 0; i < talk->member_count; i++) {
        struct member *member = &talk->members[i];
        struct retention r;

        if (!(member->role & OFFICE) || !g_hash_table_add(seen, &member->class_id))
            continue;
        const struct class *class = class_by_id(talk, member->class_id);

        retention_of(talk, class, &r);
        g_string_append_printf(lines, "\n%s", line(talk, class, &r));
        if (*r.day && !r.forgotten && speaks_as(talk, ROLE_ORGANISER, class->id)) {
            g_ptr_array_add(open, (void *)class);
            g_ptr_array_add(days, (void *)r.day);
        }
    }
    say(talk, "retention.list", "lines", lines->str, NULL);
    for (guint i = 0; i < open->len; i++)
        keep_button(talk, open->pdata[i], days->pdata[i]);
}

/* --- telling -----------------------------------------------------------------------------------------------
 */

/* Tells the organisers of a class but the speaker; `day`: with the button that puts it off, NULL none. */
static void tell_organisers(struct talk *talk, const struct class *class, int64_t until, const char *day,
                            const char *(*text)(struct talk *, const struct class *, const char **ret_key))
{
    size_t count;
    struct member *members = members_of(talk, class->id, ROLE_ORGANISER, &count);
    const char *lang = talk->lang, *key;

    for (size_t i = 0; i < count; i++) {
        struct reminder r = {
            .kind = "retention", .person = members[i].person, .class = class, .until = until, .must = true
        };

        if (members[i].person == talk->person || !remind_may(talk, &r))
            continue;
        const char *said = text(talk, class, &key);

        if (tell_text(talk, r.person, key, said)) {
            remind_sent(talk, &r);
            if (day)
                keep_button(talk, class, day);
        }
    }
    talk->lang = lang;
}

static const char *notice_text(struct talk *talk, const struct class *class, const char **ret_key)
{
    struct retention r;

    retention_of(talk, class, &r);
    *ret_key = "retention.notice";
    return words(talk, *ret_key, "line", line(talk, class, &r), NULL);
}

static const char *done_text(struct talk *talk, const struct class *class, const char **ret_key)
{
    struct retention r;

    retention_of(talk, class, &r);
    *ret_key = "retention.done";
    struct retention_people people = retention_people(talk, class, day_of(talk, class, talk->now));

    return words(talk, *ret_key, "class", class->title, "n", num(talk, r.erased - r.told), "held",
                 people.held ? words(talk, "retention.held", "n", num(talk, people.held), NULL) : "", NULL);
}

static const char *kept_text(struct talk *talk, const struct class *class, const char **ret_key)
{
    struct put_off off = { "", "", 0 };

    retention_was_put_off(talk, class, "", &off);
    *ret_key = "retention.kept_told";
    return words(talk, *ret_key, "class", class->title, "by", off.by, "until", show_date(talk, off.until),
                 NULL);
}

/* The class that a due time is about and how it stands; NULL when there is none. */
static const struct class *due_class(struct talk *talk, int64_t id, struct retention *ret)
{
    const struct class *class = class_by_id(talk, id);

    if (class)
        retention_of(talk, class, ret);
    return class;
}

/* Due time: organisers are told of the day; later when they sleep, not at all when nobody is due. */
static void fall_due_tell(struct talk *talk, int64_t class_id, int64_t due)
{
    struct retention r;
    const struct class *class = due_class(talk, class_id, &r);

    (void)due;
    if (!class || !*r.planned || *r.day)
        return;
    int64_t awake = remind_awake(talk, class, talk->now);

    if (strcmp(day_of(talk, class, talk->now), day_plus(talk, r.planned, -RETENTION_NOTICE)) < 0) {
        retention_plan(talk, class); /* it was moved meanwhile */
    } else if (awake != talk->now) {
        timers_set(talk->timers, "retention.tell", class_id, awake);
    } else {
        const char *day = retention_announce(talk, class);

        if (retention_people(talk, class, day).due)
            tell_organisers(talk, class, time_of(class, day, 0, 0), day, notice_text);
    }
}

/* Due time: some are erased; then the others at once, or those who were held tomorrow. */
static void fall_due_erase(struct talk *talk, int64_t class_id, int64_t due)
{
    struct retention r;
    const struct class *class = due_class(talk, class_id, &r);

    (void)due;
    if (!class)
        return;
    const char *today = day_of(talk, class, talk->now);

    if (!*r.day || strcmp(r.day, today) > 0) {
        retention_plan(talk, class); /* it was moved meanwhile */
        return;
    }
    if (retention_erase(talk, class)) {
        timers_set(talk->timers, "retention.erase", class_id, talk->now);
        return;
    }
    if (retention_people(talk, class, today).due)
        timers_set(talk->timers, "retention.erase", class_id, time_of(class, day_plus(talk, today, 1), 3, 0));
    timers_set(talk->timers, "retention.report", class_id, remind_awake(talk, class, talk->now));
}

/* Due time: organisers are told how many were erased. */
static void fall_due_report(struct talk *talk, int64_t class_id, int64_t due)
{
    struct retention r;
    const struct class *class = due_class(talk, class_id, &r);

    (void)due;
    if (!class || r.erased == r.told)
        return;
    int64_t awake = remind_awake(talk, class, talk->now);

    if (awake != talk->now) {
        timers_set(talk->timers, "retention.report", class_id, awake);
        return;
    }
    tell_organisers(talk, class, talk->now + WORTH, NULL, done_text);
    retention_reported(talk, class);
}

/* --- putting it off ----------------------------------------------------------------------------------------
 */

/* "CLASS:DAY": the announced day that the button was for. */
static void press_keep(struct talk *talk, const char *args)
{
    char *day;
    const struct class *class = class_by_id(talk, g_ascii_strtoll(args, &day, 10));
    const struct member *me = class ? speaks_as(talk, ROLE_ORGANISER, class->id) : NULL;
    struct retention r;
    struct put_off off;

    if (!me) {
        say(talk, "stale", NULL);
        return;
    }
    day += *day == ':';
    talk_as(talk, me);
    retention_of(talk, class, &r);
    if (r.forgotten) {
        say(talk, "retention.too_late", "line", line(talk, class, &r), NULL);
    } else if (*r.day && strcmp(r.day, day) == 0) {
        const char *until = retention_put_off(talk, class, day);

        tell_organisers(talk, class, talk->now + WORTH, NULL, kept_text);
        say(talk, "retention.kept", "class", class->title, "until", show_date(talk, until), "told",
            show_date(talk, day_plus(talk, until, -RETENTION_NOTICE)), NULL);
    } else if (*day && retention_was_put_off(talk, class, day, &off)) {
        say(talk, "retention.kept_already", "class", class->title, "by", off.by, "at",
            show_date(talk, day_of(talk, class, off.at)), "until", show_date(talk, off.until), NULL);
    } else {
        say(talk, "retention.moved", "line", line(talk, class, &r), NULL);
    }
    saying_instead(talk);
}

/* --- the rest ----------------------------------------------------------------------------------------------
 */

/* The last days before, in the digest that somebody asks for. */
static void digest(struct talk *talk, struct brief *brief)
{
    struct retention r;

    retention_of(talk, brief->class, &r);
    if (!*r.day || r.forgotten)
        return;
    int64_t count = retention_people(talk, brief->class, r.day).due;

    if (count)
        brief_add(brief, talk, BRIEF_WAITING, 0,
                  words(talk, "retention.digest", "day", show_date(talk, r.day), "n", num(talk, count), NULL),
                  NULL);
}

/* All classes that have a day: after a start, also with an older store. */
static void plan_all(struct talk *talk)
{
    g_autoptr(GArray) classes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q = store_query(talk->store, "SELECT id FROM class WHERE retention IS NOT NULL", "");

    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        g_array_append_val(classes, id);
    }
    for (guint i = 0; i < classes->len; i++)
        retention_plan(talk, class_by_id(talk, g_array_index(classes, int64_t, i)));
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    const struct class *class = event == EVENT_TIMETABLE_CHANGED ? class_by_id(talk, subject) : NULL;

    if (class)
        retention_plan(talk, class);
    else if (event == EVENT_STARTED)
        plan_all(talk);
}

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "retention", "class,planned,day,announced" },
                                          { "retention_put_off", NULL },
                                          { NULL, NULL } };

const struct handler retention = {
    .name = "retention",
    .commands = { { .name = "retention", .needs = OFFICE | NEEDS_PRIVATE, .run = show, .rank = 88 } },
    .actions = { { .verb = "keep", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_keep } },
    .timers = { { .kind = "retention.tell", .run = fall_due_tell },
                { .kind = "retention.erase", .run = fall_due_erase },
                { .kind = "retention.report", .run = fall_due_report } },
    .on = on,
    .schema = retention_schema,
    .audited = audited,
    .digest = digest,
};
