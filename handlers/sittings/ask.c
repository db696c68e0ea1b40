/* What a teacher means: which session, and what shall become of it. Whatever cannot be is answered with what
 * to type instead. */
#include <string.h>

#include "bot/school/when.h"
#include "handlers/sittings/sittings.h"

enum { MINUTE = 60 };

/* Takes the first row of id, starts, ends, title. */
static bool read_session(struct talk *talk, query *q, struct change *ret)
{
    if (!query_next(q))
        return false;
    ret->class_id = talk->class->id;
    ret->session = query_int(q, 0);
    ret->before = ret->after = (struct span){ query_int(q, 1), query_int(q, 2) };
    ret->title = pool_strdup(talk->pool, query_text(q, 3));
    return true;
}

/* The session of a day that is not over; of a day that is over, its last one. */
static bool on_day(struct talk *talk, const char *day, struct change *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT id, starts, ends, title FROM session WHERE class = ?1 AND day = ?2"
                    " AND state = 'on' ORDER BY ends <= ?3, abs(starts - ?3) LIMIT 1",
                    "isi", talk->class->id, day, talk->now);

    return read_session(talk, q, ret);
}

/* The session that is on, or the next one. */
static bool current(struct talk *talk, struct change *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT id, starts, ends, title FROM session WHERE class = ? AND ends > ?"
                    " AND state = 'on' ORDER BY starts LIMIT 1",
                    "ii", talk->class->id, talk->now);

    return read_session(talk, q, ret);
}

/* The reason behind or before a time. */
static void take_reason(struct talk *talk, const struct normal *text, const struct when *when,
                        struct change *change)
{
    const char *reason =
        when ? when_rest(talk->pool, text, when) : text_original(talk->pool, text, 0, text->len);

    change->reason = text_clean(talk->pool, reason, strlen(reason), REASON_MAX);
}

/* Answers what is wrong, and how the command is typed. */
static void refuse(struct talk *talk, const char *why, const char *kind)
{
    say(talk, "sittings.refused", "why", why, "how",
        words(talk, pool_printf(talk->pool, "sittings.how_%s", kind), NULL), NULL);
}

/* Reads the time of a command; false after saying what to type. */
static bool read_time(struct talk *talk, const char *kind, struct when *ret)
{
    enum when_reading reading = when_read(talk->class->zone, talk->now, talk->args.text.text, ret);

    if (reading == WHEN_READ)
        return true;
    refuse(talk, words(talk, reading == WHEN_NONE ? "sittings.no_time" : "sittings.no_such_time", NULL),
           kind);
    return false;
}

/* The first sitting that is not over, of the day when one is said; one that would only be moved within what
 * is past gives way to the next. Its times. */
static bool sitting_ahead(struct talk *talk, const char *day, int seconds, struct span *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT s.starts, s.ends FROM sitting s JOIN session n ON n.id = s.session WHERE n.class = ?1"
        " AND n.state = 'on' AND s.ends > s.starts AND s.ends > ?2 AND (?3 = '' OR n.day = ?3)"
        " ORDER BY s.starts + ?4 <= ?2, s.starts LIMIT 1",
        "iisi", talk->class->id, talk->now, day, (int64_t)seconds);

    if (!query_next(q))
        return false;
    *ret = (struct span){ query_int(q, 0), query_int(q, 1) };
    return true;
}

/* 30分钟, 半小时: so much later than the sitting begins, or earlier than it ends. Says nothing and gives
 * false when the text names no length, or there is no such sitting. */
static bool read_length(struct talk *talk, struct change *change, int64_t *ret_at)
{
    const struct normal *text = &talk->args.text;
    struct when when = { .count = 0 };
    struct span span;
    bool later = strcmp(change->kind, "delay") == 0;
    int minutes = when_length(text->text, &when.from, &when.to);
    g_autofree char *before = g_strndup(text->text, when.from);
    struct when day;
    bool dated =
        minutes && when_read(talk->class->zone, talk->now, before, &day) == WHEN_READ && !day.spans[0].clock;

    if (!minutes ||
        !sitting_ahead(talk, dated ? day.spans[0].first : "", later ? minutes * MINUTE : 0, &span))
        return false;
    *ret_at = later ? span.starts + minutes * MINUTE : span.ends - minutes * MINUTE;
    if (!on_day(talk, day_of(talk, talk->class, *ret_at), change))
        return false;
    when.from = dated ? day.from : when.from;
    take_reason(talk, text, &when, change);
    return true;
}

/* A time of the clock for the session of its day. */
static bool read_moment(struct talk *talk, struct change *change, int64_t *ret_at)
{
    struct when when;

    if ((when_read(talk->class->zone, talk->now, talk->args.text.text, &when) != WHEN_READ ||
         !when.spans[0].clock) &&
        read_length(talk, change, ret_at))
        return true;
    if (!read_time(talk, change->kind, &when))
        return false;
    const struct when_span *span = &when.spans[0];

    if (!span->clock || !on_day(talk, span->first, change)) {
        refuse(talk,
               words(talk, span->clock ? "sittings.no_class" : "sittings.no_time", "day",
                     show_day(talk, span->first), NULL),
               change->kind);
        return false;
    }
    *ret_at = span->starts;
    take_reason(talk, &talk->args.text, &when, change);
    return true;
}

/* "“店铺注册” 09:00–12:00" */
static const char *as_it_is(struct talk *talk, const struct change *change)
{
    return words(talk, "sittings.session", "title", change->title, "from",
                 show_moment(talk, talk->class, change->before.starts), "to",
                 show_time(talk, talk->class, change->before.ends), NULL);
}

/* The sitting of the day in which the moment lies: a session, or a half of one; not the one that is over,
 * when there is another. False: there is none, and the change stays as it is. */
static bool sitting_of(struct talk *talk, const char *day, int64_t at, struct change *change)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT n.id, s.starts, s.ends, n.title, s.part FROM sitting s"
                    " JOIN session n ON n.id = s.session WHERE n.class = ?1 AND n.day = ?2 AND n.state = 'on'"
                    " AND s.starts < ?3 AND ?3 < s.ends ORDER BY s.ends <= ?4, s.starts LIMIT 1",
                    "isii", talk->class->id, day, at, talk->now);

    if (!read_session(talk, q, change))
        return false;
    change->part = (int)query_int(q, 4);
    return true;
}

void sittings_delay(struct talk *talk)
{
    struct change change = { .kind = "delay" };
    int64_t at;

    if (!read_moment(talk, &change, &at))
        return;
    if (!sitting_of(talk, day_of(talk, talk->class, at), at, &change)) {
        int64_t first =
            store_int(talk->store, 0, "SELECT min(ends) FROM sitting WHERE session = ? AND ends > starts",
                      "i", change.session);

        refuse(talk,
               words(talk, "sittings.delay_bounds", "session", as_it_is(talk, &change), "until",
                     show_time(talk, talk->class, first), NULL),
               change.kind);
        return;
    }
    change.after.starts = at;
    sittings_ask(talk, &change, 1);
}

/* An end between the halves of a session: its afternoon is not held. */
static bool read_between(struct talk *talk, int64_t at, struct change *change)
{
    int64_t breaks =
        store_int(talk->store, 0, "SELECT ends FROM sitting WHERE session = ? AND part = 1 AND ends > starts",
                  "i", change->session);

    if (breaks == 0 || at < breaks || at >= change->before.ends)
        return false;
    change->after.ends = breaks;
    return true;
}

void sittings_early_end(struct talk *talk)
{
    struct change change = { .kind = "early_end" };
    int64_t at;

    if (!read_moment(talk, &change, &at))
        return;
    if (sitting_of(talk, day_of(talk, talk->class, at), at, &change)) {
        change.after.ends = at;
    } else if (!read_between(talk, at, &change)) {
        refuse(talk, words(talk, "sittings.end_bounds", "session", as_it_is(talk, &change), NULL),
               change.kind);
        return;
    }
    sittings_ask(talk, &change, 1);
}

/* What of the class lies in the time said: whole sessions, or halves of them; of a day that is not over, what
 * is not over. How many. */
static size_t within(struct talk *talk, const struct when *when, struct change ret[CHANGES_AT_ONCE])
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT n.id, s.starts, s.ends, n.title, s.part FROM sitting s JOIN session n ON n.id = s.session"
        " WHERE n.class = ?1 AND n.state = 'on' AND s.ends > s.starts AND (s.ends > ?2 OR NOT EXISTS"
        "  (SELECT 1 FROM session o WHERE o.class = ?1 AND o.day = n.day AND o.state = 'on' AND o.ends > ?2))"
        " ORDER BY s.starts, s.id",
        "ii", talk->class->id, talk->now);
    size_t count = 0;
    struct change one;

    for (; count < CHANGES_AT_ONCE && read_session(talk, q, &one);) {
        one.part = (int)query_int(q, 4);
        one.kind = "cancel";
        if (!when_covers(when, one.before.starts, one.before.ends))
            continue;
        if (count && ret[count - 1].session == one.session) { /* both halves: the session */
            ret[count - 1].part = 0;
            ret[count - 1].before.ends = ret[count - 1].after.ends = one.before.ends;
        } else {
            ret[count++] = one;
        }
    }
    return count;
}

void sittings_cancel(struct talk *talk)
{
    struct change changes[CHANGES_AT_ONCE] = { { .kind = "cancel" } };
    struct when when;
    enum when_reading reading = when_read(talk->class->zone, talk->now, talk->args.text.text, &when);
    size_t count = 0;

    if (reading == WHEN_IMPOSSIBLE) {
        refuse(talk, words(talk, "sittings.no_such_time", NULL), changes[0].kind);
        return;
    }
    if (reading == WHEN_READ)
        count = within(talk, &when, changes);
    else
        count = current(talk, &changes[0]) ? 1 : 0;
    if (count == 0) {
        refuse(talk,
               reading == WHEN_READ
                   ? words(talk, "sittings.no_class", "day", show_day(talk, when.spans[0].first), NULL)
                   : words(talk, "sittings.no_more", NULL),
               changes[0].kind);
        return;
    }
    for (size_t i = 0; i < count; i++)
        take_reason(talk, &talk->args.text, reading == WHEN_READ ? &when : NULL, &changes[i]);
    sittings_ask(talk, changes, count);
}

/* Where a session goes: the second time that was typed, or the end of a range (3月5日到3月6日). */
static bool read_target(struct talk *talk, const struct when *from, struct when_span *ret,
                        struct change *change)
{
    const char *behind = text_original(talk->pool, &talk->args.text, from->to, talk->args.text.len);
    struct normal rest = text_normal(talk->pool, behind);
    struct when to;

    if (from->count > 1 || strcmp(from->spans[0].first, from->spans[0].last) != 0) {
        *ret = from->spans[from->count - 1];
        g_strlcpy(ret->first, ret->last, DAY_SIZE);
        ret->clock = false;
        take_reason(talk, &talk->args.text, from, change);
        return true;
    }
    if (when_read(talk->class->zone, talk->now, rest.text, &to) != WHEN_READ)
        return false;
    *ret = to.spans[0];
    take_reason(talk, &rest, &to, change);
    return true;
}

/* The session's times on its new day: as said, or by the clock as before. */
static void move_to(struct talk *talk, const struct when_span *to, struct change *change)
{
    char day[DAY_SIZE];
    int minutes = days_of(talk->class->zone, change->before.starts, day);
    int64_t lasts = change->before.ends - change->before.starts;

    change->after.starts = to->clock ? to->starts : days_moment(talk->class->zone, to->first, minutes);
    change->after.ends = to->clock && !to->point ? to->ends : change->after.starts + lasts;
}

void sittings_move(struct talk *talk)
{
    struct change change = { .kind = "move" };
    struct when from;
    struct when_span to;

    if (!read_time(talk, change.kind, &from))
        return;
    if (!on_day(talk, from.spans[0].first, &change)) {
        refuse(talk, words(talk, "sittings.no_class", "day", show_day(talk, from.spans[0].first), NULL),
               change.kind);
        return;
    }
    if (!read_target(talk, &from, &to, &change)) {
        refuse(talk, words(talk, "sittings.move_where", "session", as_it_is(talk, &change), NULL),
               change.kind);
        return;
    }
    move_to(talk, &to, &change);
    g_autofree char *other =
        store_text(talk->store,
                   "SELECT title FROM session WHERE class = ? AND id <> ? AND state = 'on'"
                   " AND starts < ? AND ends > ? LIMIT 1",
                   "iiii", change.class_id, change.session, change.after.ends, change.after.starts);

    if (other || change.after.starts <= talk->now || change.after.starts == change.before.starts)
        refuse(talk,
               words(talk, other ? "sittings.move_taken" : "sittings.move_past", "at",
                     show_moment(talk, talk->class, change.after.starts), "title", other ? other : "", NULL),
               change.kind);
    else
        sittings_ask(talk, &change, 1);
}

/* The guessed session of that day, else the one nearest to now. */
static bool guessed(struct talk *talk, const char *day, struct change *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT id, starts, ends, title FROM session WHERE class = ?1 AND confirmed = 0"
                    " AND state = 'on' ORDER BY day <> ?2, abs(starts - ?3) LIMIT 1",
                    "isi", talk->class->id, day, talk->now);

    return read_session(talk, q, ret);
}

void sittings_confirm(struct talk *talk)
{
    struct change change = { .kind = "confirm" };
    struct when when;
    char day[DAY_SIZE];

    if (!read_time(talk, change.kind, &when))
        return;
    const struct when_span *span = &when.spans[0];

    if (!span->clock || span->point || strcmp(span->first, span->last) != 0) {
        refuse(talk, words(talk, "sittings.both_times", NULL), change.kind);
        return;
    }
    if (!guessed(talk, span->first, &change)) {
        refuse(talk, words(talk, "sittings.all_confirmed", NULL), change.kind);
        return;
    }
    char said[DAY_SIZE];
    int from = days_of(talk->class->zone, span->starts, said);
    int to = (int)((span->ends - span->starts) / MINUTE) + from;

    days_of(talk->class->zone, change.before.starts, day);
    if (strcmp(said, day_of(talk, talk->class, talk->now)) != 0 && strcmp(said, day) != 0) {
        refuse(talk, words(talk, "sittings.all_confirmed", NULL), change.kind);
        return;
    }
    change.after.starts = days_moment(talk->class->zone, day, from);
    change.after.ends = days_moment(talk->class->zone, day, to);
    take_reason(talk, &talk->args.text, &when, &change);
    sittings_ask(talk, &change, 1);
}
