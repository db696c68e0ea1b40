/* A change is written down when it is asked, made when its button is pressed, and announced to all (A18). */
#include <string.h>

#include "bot/school/school.h"
#include "bot/school/sittings.h"
#include "handlers/sittings/sittings.h"

static bool load(struct talk *talk, int64_t id, struct change *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT t.class, t.session, t.kind, n.title, t.was_starts, t.was_ends,"
                    " t.starts, t.ends, t.reason, coalesce(t.made, 0) FROM timetable_change t"
                    " JOIN session n ON n.id = t.session WHERE t.id = ?",
                    "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct change){ .id = id,
                            .class_id = query_int(q, 0),
                            .session = query_int(q, 1),
                            .kind = pool_strdup(talk->pool, query_text(q, 2)),
                            .title = pool_strdup(talk->pool, query_text(q, 3)),
                            .before = { query_int(q, 4), query_int(q, 5) },
                            .after = { query_int(q, 6), query_int(q, 7) },
                            .reason = pool_strdup(talk->pool, query_text(q, 8)),
                            .made = query_int(q, 9) };
    return true;
}

/* What becomes of the session, in the talk's language. */
static const char *what(struct talk *talk, const struct change *c)
{
    const struct class *class = class_by_id(talk, c->class_id);
    const char *key = pool_printf(talk->pool, "sittings.what_%s", c->kind);
    const char *reason = *c->reason ? words(talk, "sittings.because", "reason", c->reason, NULL) : "";

    return pool_printf(talk->pool, "%s%s",
                       words(talk, key, "title", c->title, "was",
                             pool_printf(talk->pool, "%s–%s", show_moment(talk, class, c->before.starts),
                                         show_time(talk, class, c->before.ends)),
                             "now",
                             pool_printf(talk->pool, "%s–%s", show_moment(talk, class, c->after.starts),
                                         show_time(talk, class, c->after.ends)),
                             NULL),
                       reason);
}

void sittings_ask(struct talk *talk, struct change *c)
{
    int64_t signed_in = store_int(talk->store, 0,
                                  "SELECT count(*) FROM attendance a JOIN sitting s ON s.id = a.sitting"
                                  " WHERE s.session = ? AND a.how <> 'closed'",
                                  "i", c->session);

    store_run(
        talk->store,
        "INSERT INTO timetable_change (class, session, kind, by, asked, was_starts, was_ends, starts, ends,"
        " reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "iisiiiiiis", c->class_id, c->session, c->kind, talk->member->id, talk->now, c->before.starts,
        c->before.ends, c->after.starts, c->after.ends, c->reason);
    c->id = store_last_id(talk->store);
    say(talk, "sittings.ask", "what", what(talk, c), "signed",
        signed_in ? words(talk, "sittings.signed_in", "n", num(talk, signed_in), NULL) : "", NULL);
    button(talk, "sittings.go", "sittings:go:%" G_GINT64_FORMAT, c->id);
    button_beside(talk, "sittings.drop", "sittings:drop:%" G_GINT64_FORMAT, c->id);
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
    store_run(talk->store, "UPDATE session SET state = 'cancelled' WHERE id = ?", "i", session);
    store_run(talk->store,
              "INSERT INTO session (class, day, starts, ends, title, lecturer, place, kind, confirmed)"
              " SELECT class, day, starts, ends, title, lecturer, place, kind, confirmed FROM session"
              " WHERE id = ?",
              "i", session);
    return store_last_id(talk->store);
}

/* Writes it into the timetable. */
static void make(struct talk *talk, const struct change *c)
{
    int64_t session = strcmp(c->kind, "move") == 0 ? copy_session(talk, c->session) : c->session;
    bool cancel = strcmp(c->kind, "cancel") == 0;
    const char *day = day_of(talk, class_by_id(talk, c->class_id), c->after.starts);

    if (cancel)
        store_run(talk->store, "UPDATE session SET state = 'cancelled' WHERE id = ?", "i", session);
    else
        store_run(
            talk->store,
            "UPDATE session SET day = ?, starts = ?, ends = ?, confirmed = max(confirmed, ?) WHERE id = ?",
            "siiii", day, c->after.starts, c->after.ends, (int64_t)(strcmp(c->kind, "confirm") == 0),
            session);
    sittings_derive(talk->store, session);
    store_run(talk->store, "UPDATE timetable_change SET made = ?, made_session = ? WHERE id = ?", "iii",
              talk->now, session, c->id);
    school_event(talk, EVENT_TIMETABLE_CHANGED, c->class_id);
}

/* Tells everybody of the class once, its bureau too, and the group. */
static int64_t announce(struct talk *talk, const struct change *c)
{
    const struct class *class = class_by_id(talk, c->class_id);
    const char *lang = talk->lang;
    size_t count;
    struct member *members = members_of(talk, c->class_id, ROLE_ALL, &count);
    int64_t told = 0;

    for (size_t i = 0; i < count; i++) {
        bool again = members[i].person == talk->person;

        for (size_t j = 0; j < i && !again; j++)
            again = members[j].person == members[i].person;
        if (again)
            continue;
        talk->lang = lang_of(talk, members[i].person);
        if (tell(talk, members[i].person, "sittings.announced", "what", what(talk, c), "class", class->title,
                 "by", talk->name, NULL)) {
            button(talk, "sittings.see_timetable", "do:timetable");
            told++;
        }
    }
    talk->lang = class->lang;
    tell_group(talk, class, "sittings.announced", "what", what(talk, c), "class", class->title, "by",
               talk->name, NULL);
    talk->lang = lang;
    return told;
}

/* Whether the session still stands as it was when the question was asked. */
static bool still_so(struct talk *talk, const struct change *c)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM session WHERE id = ? AND starts = ? AND ends = ? AND state = 'on'",
                     "iii", c->session, c->before.starts, c->before.ends) > 0;
}

void sittings_press_go(struct talk *talk, const char *args)
{
    struct change c;

    if (!load(talk, g_ascii_strtoll(args, NULL, 10), &c) || c.made ||
        !speaks_as(talk, ROLE_TEACHERS, c.class_id) || !still_so(talk, &c)) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, speaks_as(talk, ROLE_TEACHERS, c.class_id));
    make(talk, &c);
    int64_t told = announce(talk, &c);

    say(talk, "sittings.made", "what", what(talk, &c), "told", num(talk, told), NULL);
    saying_instead(talk);
}

void sittings_press_drop(struct talk *talk, const char *args)
{
    struct change c;

    if (!load(talk, g_ascii_strtoll(args, NULL, 10), &c) || c.made ||
        !speaks_as(talk, ROLE_TEACHERS, c.class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    store_run(talk->store, "DELETE FROM timetable_change WHERE id = ? AND made IS NULL", "i", c.id);
    say(talk, "sittings.dropped", NULL);
    saying_instead(talk);
}
