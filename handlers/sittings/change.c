/* A change is written down when it is asked, made when its button is pressed, and announced to all (A18). */
#include <string.h>

#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"
#include "bot/school/sittings.h"
#include "handlers/sittings/sittings.h"

enum { DIFFERING_SHOWN = 20, URGENT = 2 * 60 * 60 };

/* Every column of a change, for read_change. */
#define CHANGE                                                                                               \
    "t.id, t.class, t.session, t.kind, n.title, t.was_starts, t.was_ends, t.starts, t.ends, t.reason,"       \
    " coalesce(t.made, 0), t.part FROM timetable_change t JOIN session n ON n.id = t.session"

static struct change read_change(struct talk *talk, query *q)
{
    return (struct change){ .id = query_int(q, 0),
                            .class_id = query_int(q, 1),
                            .session = query_int(q, 2),
                            .kind = pool_strdup(talk->pool, query_text(q, 3)),
                            .title = pool_strdup(talk->pool, query_text(q, 4)),
                            .before = { query_int(q, 5), query_int(q, 6) },
                            .after = { query_int(q, 7), query_int(q, 8) },
                            .reason = pool_strdup(talk->pool, query_text(q, 9)),
                            .made = query_int(q, 10),
                            .part = (int)query_int(q, 11) };
}

size_t sittings_load(struct talk *talk, int64_t id, struct change ret[CHANGES_AT_ONCE])
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT " CHANGE " WHERE t.id = ?1 OR t.batch = ?1 ORDER BY t.id", "i", id);
    size_t count = 0;

    while (count < CHANGES_AT_ONCE && query_next(q))
        ret[count++] = read_change(talk, q);
    return count;
}

/* "3月3日 周二 09:00–12:00" */
static const char *span_shown(struct talk *talk, const struct class *class, const struct span *span)
{
    return pool_printf(talk->pool, "%s–%s", show_moment(talk, class, span->starts),
                       show_time(talk, class, span->ends));
}

const char *sittings_what(struct talk *talk, const struct change *c, size_t count)
{
    static const char *const halves[] = { NULL, "sittings.morning", "sittings.afternoon" };
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        const struct class *class = class_by_id(talk, c[i].class_id);
        const char *half = halves[c[i].part], *key = pool_printf(talk->pool, "sittings.what_%s", c[i].kind);

        g_string_append_printf(
            text, "%s%s", i ? words(talk, "sittings.and", NULL) : "",
            words(talk, key, "title", half ? words(talk, half, "title", c[i].title, NULL) : c[i].title, "was",
                  span_shown(talk, class, &c[i].before), "now", span_shown(talk, class, &c[i].after), NULL));
    }
    if (count && *c->reason)
        g_string_append(text, words(talk, "sittings.because", "reason", c->reason, NULL));
    return pool_strdup(talk->pool, text->str);
}

/* How many have signed in to what is changed. */
static int64_t signed_in(struct talk *talk, const struct change *c)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting"
                     " WHERE s.session = ?1 AND (?2 = 0 OR s.part = ?2) AND a.how <> 'closed'",
                     "ii", c->session, (int64_t)c->part);
}

/* Writes one down. */
static void note(struct talk *talk, struct change *c, int64_t batch)
{
    store_run(
        talk->store,
        "INSERT INTO timetable_change (class, session, kind, by, asked, was_starts, was_ends, starts, ends,"
        " reason, part, batch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
        "iisiiiiiisii", c->class_id, c->session, c->kind, talk->member->id, talk->now, c->before.starts,
        c->before.ends, c->after.starts, c->after.ends, c->reason, (int64_t)c->part, batch);
    c->id = store_last_id(talk->store);
}

void sittings_ask(struct talk *talk, struct change *c, size_t count)
{
    int64_t signed_ins = 0;

    for (size_t i = 0; i < count; i++) {
        signed_ins += signed_in(talk, &c[i]);
        note(talk, &c[i], i ? c->id : 0);
    }
    say(talk, "sittings.ask", "what", sittings_what(talk, c, count), "signed",
        signed_ins ? words(talk, "sittings.signed_in", "n", num(talk, signed_ins), NULL) : "", NULL);
    button(talk, "sittings.go", "sittings:go:%" G_GINT64_FORMAT, c->id);
    button_beside(talk, "sittings.drop", "sittings:drop:%" G_GINT64_FORMAT, c->id);
    if (strcmp(c->kind, "early_end") == 0 && c->part == 1)
        button(talk, "sittings.rest", "sittings:rest:%" G_GINT64_FORMAT, c->id);
}

/* A moved session to which people signed in, or from which they took leave, stays on record as cancelled, and
 * is held as a new one: neither counts for a day it was not meant for. */
static int64_t copy_session(struct talk *talk, int64_t session)
{
    int64_t rows =
        store_int(talk->store, 0,
                  "SELECT (SELECT count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting"
                  " WHERE s.session = ?1 AND a.how <> 'closed') + (SELECT count(*) FROM leave_now l"
                  " JOIN sitting s ON s.id = l.sitting WHERE s.session = ?1)",
                  "i", session);

    if (rows == 0)
        return session;
    store_run(
        talk->store,
        "INSERT INTO session (class, day, starts, ends, title, lecturer, place, kind, confirmed, team,"
        " origin) SELECT class, day, starts, ends, title, lecturer, place, kind, confirmed, team, origin"
        " FROM session WHERE id = ?",
        "i", session);
    int64_t copy = store_last_id(talk->store);

    store_run(talk->store, "UPDATE session SET state = 'cancelled', origin = NULL WHERE id = ?", "i",
              session);
    return copy;
}

/* A change of one half: what is written of its session. */
static void make_half(struct talk *talk, const struct change *c)
{
    bool morning = c->part == 1;

    if (strcmp(c->kind, "delay") == 0)
        store_run(talk->store,
                  "UPDATE session SET starts = CASE WHEN ?1 THEN ?2 ELSE starts END,"
                  " resumes = CASE WHEN ?1 THEN resumes ELSE ?2 END WHERE id = ?3",
                  "iii", (int64_t)morning, c->after.starts, c->session);
    else if (strcmp(c->kind, "early_end") == 0)
        store_run(talk->store,
                  "UPDATE session SET breaks = CASE WHEN ?1 THEN ?2 ELSE breaks END,"
                  " ends = CASE WHEN ?1 THEN ends ELSE ?2 END WHERE id = ?3",
                  "iii", (int64_t)morning, c->after.ends, c->session);
    else if (morning)
        store_run(talk->store,
                  "UPDATE session SET starts = (SELECT starts FROM sitting WHERE session = ?1 AND part = 2)"
                  " WHERE id = ?1",
                  "i", c->session);
    else
        store_run(talk->store,
                  "UPDATE session SET ends = (SELECT ends FROM sitting WHERE session = ?1 AND part = 1)"
                  " WHERE id = ?1",
                  "i", c->session);
}

/* A change of a session; which one it is from then on. */
static int64_t make_whole(struct talk *talk, const struct change *c)
{
    bool move = strcmp(c->kind, "move") == 0, confirm = strcmp(c->kind, "confirm") == 0;
    int64_t session = move ? copy_session(talk, c->session) : c->session;

    if (strcmp(c->kind, "cancel") == 0)
        store_run(talk->store, "UPDATE session SET state = 'cancelled' WHERE id = ?", "i", session);
    else
        store_run(talk->store,
                  "UPDATE session SET day = ?1, starts = ?2, ends = ?3, confirmed = max(confirmed, ?4),"
                  " breaks = CASE WHEN ?5 THEN NULL ELSE breaks END,"
                  " resumes = CASE WHEN ?5 THEN NULL ELSE resumes END WHERE id = ?6",
                  "siiiii", day_of(talk, class_by_id(talk, c->class_id), c->after.starts), c->after.starts,
                  c->after.ends, (int64_t)confirm, (int64_t)(move || confirm), session);
    return session;
}

/* Writes it into the timetable. */
static void make(struct talk *talk, const struct change *c)
{
    int64_t session = c->session;

    if (c->part)
        make_half(talk, c);
    else
        session = make_whole(talk, c);
    sittings_derive(talk->store, session);
    store_run(talk->store, "UPDATE timetable_change SET made = ?, made_session = ? WHERE id = ?", "iii",
              talk->now, session, c->id);
}

/* Tells everybody of the class once, its bureau too, and the group. */
static int64_t announce(struct talk *talk, const struct change *c, size_t changes, int64_t by)
{
    const struct class *class = class_by_id(talk, c->class_id);
    const char *lang = talk->lang;
    size_t count;
    struct member *members = members_of(talk, c->class_id, ROLE_ALL, &count);
    int64_t told = 0;
    g_autofree char *who = store_text(talk->store, "SELECT name FROM person WHERE id = ?", "i", by);

    for (size_t i = 0; i < count; i++) {
        bool again = members[i].person == by;

        for (size_t j = 0; j < i && !again; j++)
            again = members[j].person == members[i].person;
        if (again)
            continue;
        talk->lang = lang_of(talk, members[i].person);
        if (tell(talk, members[i].person, "sittings.announced", "what", sittings_what(talk, c, changes),
                 "class", class->title, "by", who, NULL)) {
            button(talk, "sittings.see_timetable", "do:timetable");
            told++;
        }
    }
    talk->lang = class->lang;
    tell_group(talk, class, "sittings.announced", "what", sittings_what(talk, c, changes), "class",
               class->title, "by", who, NULL);
    talk->lang = lang;
    return told;
}

/* When it is announced: at night what concerns nobody before two hours after waking waits until then. */
static int64_t announced_at(struct talk *talk, const struct change *c, size_t count)
{
    int64_t awake = remind_awake(talk, class_by_id(talk, c->class_id), talk->now);

    for (size_t i = 0; i < count; i++)
        if (MIN(c[i].before.starts, c[i].after.starts) <= awake + URGENT)
            return talk->now;
    return awake;
}

void sittings_announce(struct talk *talk, int64_t id, int64_t due)
{
    struct change c[CHANGES_AT_ONCE];
    size_t count = sittings_load(talk, id, c);

    (void)due;
    if (count > 0 && c->made)
        announce(
            talk, c, count,
            store_int(talk->store, 0,
                      "SELECT m.person FROM timetable_change t JOIN member m ON m.id = t.by WHERE t.id = ?",
                      "i", id));
}

/* Texts in order. */
static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What stands of each sign-in, by "sitting member": "李四 迟到25分钟"; of the sessions that are changed. */
static GHashTable *outcomes(struct talk *talk, const struct change *c, size_t count)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < count; i++) {
        g_autoptr(query) q = store_query(
            talk->store,
            "SELECT a.sitting || ' ' || a.member, p.name, a.state, a.minutes, a.how FROM attendance a"
            " JOIN sitting s ON s.id = a.sitting JOIN member m ON m.id = a.member"
            " JOIN person p ON p.id = m.person WHERE s.session = ? AND a.how <> 'closed'",
            "i", c[i].session);

        while (query_next(q)) {
            const char *key = pool_printf(talk->pool, "sittings.was_%s%s", query_text(q, 2),
                                          strcmp(query_text(q, 4), "code") == 0 ? "" : "_given");

            g_hash_table_insert(
                all, g_strdup(query_text(q, 0)),
                (char *)words(talk, key, "name", query_text(q, 1), "n", num(talk, query_int(q, 3)), NULL));
        }
    }
    return all;
}

/* Names those for whom the new times come to something else, so that nothing is counted anew unseen. */
static const char *what_differs(struct talk *talk, GHashTable *before, GHashTable *after)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key, now;

    g_hash_table_iter_init(&iter, after);
    while (g_hash_table_iter_next(&iter, &key, &now)) {
        const char *was = g_hash_table_lookup(before, key);

        if (was && strcmp(was, now) != 0)
            g_ptr_array_add(names, now);
    }
    g_ptr_array_sort(names, by_text);
    return names->len ? words(talk, "sittings.differs", "n", num(talk, names->len), "names",
                              names_join(talk, names, DIFFERING_SHOWN), NULL)
                      : "";
}

/* Whether the session, or that half of it, still stands as it was when the question was asked. */
static bool still_so(struct talk *talk, const struct change *c)
{
    return store_int(
               talk->store, 0,
               "SELECT count(*) FROM session n LEFT JOIN sitting s ON s.session = n.id AND s.part = ?4"
               " WHERE n.id = ?1 AND n.state = 'on' AND"
               " CASE WHEN ?4 THEN s.starts = ?2 AND s.ends = ?3 ELSE n.starts = ?2 AND n.ends = ?3 END",
               "iiii", c->session, c->before.starts, c->before.ends, (int64_t)c->part) > 0;
}

/* The changes of a pressed question that can still be made by the speaker, who then speaks as a teacher of
 * that class; 0 after saying that they cannot. */
static size_t pressed(struct talk *talk, const char *args, struct change ret[CHANGES_AT_ONCE])
{
    size_t count = sittings_load(talk, g_ascii_strtoll(args, NULL, 10), ret);
    bool fine = count > 0 && speaks_as(talk, ROLE_TEACHERS, ret->class_id);

    for (size_t i = 0; i < count && fine; i++)
        fine = !ret[i].made;
    if (fine)
        talk_as(talk, speaks_as(talk, ROLE_TEACHERS, ret->class_id));
    else
        say(talk, "stale", NULL);
    return fine ? count : 0;
}

void sittings_press_go(struct talk *talk, const char *args)
{
    struct change c[CHANGES_AT_ONCE];
    size_t count = pressed(talk, args, c);

    for (size_t i = 0; i < count; i++)
        if (!still_so(talk, &c[i])) {
            say(talk, "stale", NULL);
            return;
        }
    if (count == 0)
        return;
    g_autoptr(GHashTable) before = outcomes(talk, c, count);

    for (size_t i = 0; i < count; i++)
        make(talk, &c[i]);
    school_event(talk, EVENT_TIMETABLE_CHANGED, c->class_id);
    g_autoptr(GHashTable) after = outcomes(talk, c, count);
    int64_t at = announced_at(talk, c, count), told = 0;

    if (at > talk->now)
        timers_set(talk->timers, "sittings.announce", c->id, at);
    else
        told = announce(talk, c, count, talk->person);
    say(talk, at > talk->now ? "sittings.made_at_night" : "sittings.made", "what",
        sittings_what(talk, c, count), "told", num(talk, told), "at", show_moment(talk, talk->class, at),
        "differs", what_differs(talk, before, after), NULL);
    saying_instead(talk);
}

/* Forgets a question. */
static void forget(struct talk *talk, int64_t id)
{
    store_run(talk->store, "DELETE FROM timetable_change WHERE (id = ?1 OR batch = ?1) AND made IS NULL", "i",
              id);
}

void sittings_press_drop(struct talk *talk, const char *args)
{
    struct change c[CHANGES_AT_ONCE];

    if (pressed(talk, args, c) == 0)
        return;
    forget(talk, c->id);
    say(talk, "sittings.dropped", NULL);
    saying_instead(talk);
}

void sittings_press_rest(struct talk *talk, const char *args)
{
    struct change c[CHANGES_AT_ONCE];

    if (pressed(talk, args, c) == 0)
        return;
    if (c->part != 1 || strcmp(c->kind, "early_end") != 0 || !still_so(talk, c)) {
        say(talk, "stale", NULL);
        return;
    }
    forget(talk, c->id);
    c->part = 0;
    c->before.ends = store_int(talk->store, 0, "SELECT ends FROM session WHERE id = ?", "i", c->session);
    sittings_ask(talk, c, 1);
    saying_instead(talk);
}
