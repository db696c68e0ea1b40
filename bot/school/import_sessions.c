#include <stdlib.h>
#include <string.h>

#include "bot/school/days.h"
#include "bot/school/forgotten.h"
#include "bot/school/import_private.h"
#include "bot/school/sittings.h"

/* A session of the store. */
struct known {
    int64_t id, starts, origin_starts; /* origin_starts: what the file said last time */
    char *title, *origin, *team;
    bool taken;
};

/* A session of the file. */
struct planned {
    const struct timetable_row *row;
    int64_t starts, ends;
    char *origin;
    struct known *known;
};

static void known_free(void *data)
{
    struct known *known = data;
    g_free(known->title);
    g_free(known->origin);
    g_free(known->team);
    g_free(known);
}

static void planned_free(void *data)
{
    struct planned *planned = data;
    g_free(planned->origin);
    g_free(planned);
}

/* What the file says about a session: its times on the first line, the rest behind; its team when it is said.
 */
static char *origin_of(const struct planned *planned)
{
    const struct timetable_row *row = planned->row;
    return g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d\n%s\n%s\n%s\n%s%s%s",
                           planned->starts, planned->ends, row->confirmed, row->title,
                           row->lecturer ? row->lecturer : "", row->place ? row->place : "",
                           row->kind ? row->kind : "", row->team ? "\n" : "", row->team ? row->team : "");
}

/* All but those in whose place another one is held. */
static GPtrArray *load_known(struct importing *im)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(known_free);
    g_autoptr(query) q = store_query(im->store,
                                     "SELECT id, starts, title, origin, team FROM session WHERE class = ?"
                                     " AND (state = 'on' OR origin IS NOT NULL) ORDER BY starts, id",
                                     "i", im->class);
    while (query_next(q)) {
        struct known *known = g_new0(struct known, 1);
        known->id = query_int(q, 0);
        known->starts = query_int(q, 1);
        known->title = g_strdup(query_text(q, 2));
        known->origin = g_strdup(query_text(q, 3));
        known->team = g_strdup(query_text(q, 4));
        known->origin_starts = known->origin ? g_ascii_strtoll(known->origin, NULL, 10) : known->starts;
        g_ptr_array_add(all, known);
    }
    return all;
}

/* Calls lecturers whom the class has forgotten what they are called since, wherever the cell names them. */
static void rename_forgotten(struct importing *im, struct timetable_row *row)
{
    if (!row->lecturer)
        return;
    g_auto(GStrv) names = g_strsplit(row->lecturer, "、", -1);
    for (char **name = names; *name; name++) {
        char *called = forgotten_called(im->store, im->vault, im->class, *name);
        if (called) {
            g_free(*name);
            *name = called;
        }
    }
    g_free(row->lecturer);
    row->lecturer = g_strjoinv("、", names);
}

static GPtrArray *load_planned(struct importing *im, GTimeZone *zone)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(planned_free);
    for (guint i = 0; i < im->file->sessions->len; i++) {
        struct planned *planned = g_new0(struct planned, 1);
        rename_forgotten(im, im->file->sessions->pdata[i]);
        planned->row = im->file->sessions->pdata[i];
        planned->starts = days_moment(zone, planned->row->day, planned->row->from);
        planned->ends = days_moment(zone, planned->row->day, planned->row->to);
        planned->origin = origin_of(planned);
        g_ptr_array_add(all, planned);
    }
    return all;
}

static void pair(struct planned *planned, struct known *known)
{
    planned->known = known;
    known->taken = true;
}

/* Pairs those with the same start: as the file said it last time, or as it is now; of the same team, or of
 * any. */
static void match_starts(GPtrArray *planned, GPtrArray *known, bool by_origin, bool any_team)
{
    for (guint i = 0; i < planned->len; i++) {
        struct planned *p = planned->pdata[i];
        for (guint j = 0; !p->known && j < known->len; j++) {
            struct known *k = known->pdata[j];
            if (!k->taken && (by_origin ? k->origin_starts : k->starts) == p->starts &&
                (any_team || g_strcmp0(k->team, p->row->team) == 0))
                pair(p, k);
        }
    }
}

/* Pairs what is left by title, nearest first. */
static void match_titles(GPtrArray *planned, GPtrArray *known)
{
    for (;;) {
        struct planned *best_p = NULL;
        struct known *best_k = NULL;
        int64_t least = INT64_MAX;
        for (guint i = 0; i < planned->len; i++) {
            struct planned *p = planned->pdata[i];
            for (guint j = 0; !p->known && j < known->len; j++) {
                struct known *k = known->pdata[j];
                int64_t distance = llabs(k->origin_starts - p->starts);
                if (!k->taken && distance < least && !strcmp(k->title, p->row->title)) {
                    least = distance;
                    best_p = p;
                    best_k = k;
                }
            }
        }
        if (!best_p)
            return;
        pair(best_p, best_k);
    }
}

/* "2026-03-03 09:00-17:00 TITLE". */
static char *describe(const struct timetable_row *row)
{
    return g_strdup_printf("%s %02d:%02d-%02d:%02d %s", row->day, row->from / 60, row->from % 60,
                           row->to / 60, row->to % 60, row->title);
}

static void add_session(struct importing *im, const struct planned *planned)
{
    const struct timetable_row *row = planned->row;
    g_autofree char *what = describe(row);
    store_run(im->store,
              "INSERT INTO session (class, day, starts, ends, title, lecturer, place, kind, confirmed, "
              "origin, team)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "isiissssiss", im->class, row->day, planned->starts, planned->ends, row->title, row->lecturer,
              row->place, row->kind, (int64_t)row->confirmed, planned->origin, row->team);
    sittings_derive(im->store, store_last_id(im->store));
    import_changed(im, row->confirmed ? "new session %s" : "new session %s (time to be confirmed)", what);
}

/* Whether anything was recorded of a session: some row refers to one of its sittings. */
static bool recorded(struct store *store, int64_t session)
{
    store_savepoint(store);
    store_run(store, "DELETE FROM sitting WHERE session = ?", "i", session);
    bool refers = store_state(store) != STORE_FINE;

    store_rollback_to(store);
    return refers;
}

/* A session that goes to another day after something was recorded of it stays on record as cancelled, and is
 * held as a new one: nobody has signed in to that. */
static bool moved_away(struct importing *im, const struct planned *planned)
{
    int64_t id = planned->known->id;
    g_autofree char *day = store_text(im->store, "SELECT day FROM session WHERE id = ?", "i", id);

    if (g_strcmp0(day, planned->row->day) == 0 || !recorded(im->store, id))
        return false;
    store_run(im->store, "UPDATE session SET state = 'cancelled', origin = NULL WHERE id = ?", "i", id);
    return true;
}

/* Writes what the file says anew about a session; what it says as before stays as it was changed since. */
static void update_session(struct importing *im, const struct planned *planned)
{
    const struct timetable_row *row = planned->row;
    const char *old = planned->known->origin;
    int64_t id = planned->known->id;
    size_t times = strcspn(planned->origin, "\n") + 1;
    if (old && !strcmp(old, planned->origin))
        return;
    if ((!old || strncmp(old, planned->origin, times) != 0) && moved_away(im, planned)) {
        add_session(im, planned);
        return;
    }
    g_autofree char *what = describe(row);
    if (!old || strncmp(old, planned->origin, times) != 0) {
        store_run(im->store,
                  "UPDATE session SET day = ?, starts = ?, ends = ?, confirmed = ?, breaks = NULL,"
                  " resumes = NULL WHERE id = ?",

                  "siiii", row->day, planned->starts, planned->ends, (int64_t)row->confirmed, id);
        sittings_derive(im->store, id);
    }
    store_run(
        im->store,
        "UPDATE session SET title = ?, lecturer = ?, place = ?, kind = ?, origin = ?, team = ? WHERE id = ?",
        "ssssssi", row->title, row->lecturer, row->place, row->kind, planned->origin, row->team, id);
    import_changed(im, row->confirmed ? "session now %s" : "session now %s (time to be confirmed)", what);
}

/* Sittings follow the class's rules, which may have changed while its sessions did not. */
static void rederive(struct importing *im, GPtrArray *known)
{
    int changed = 0;
    for (guint i = 0; i < known->len; i++)
        changed += sittings_derive(im->store, ((struct known *)known->pdata[i])->id);
    if (changed)
        import_changed(im, "sittings of %d sessions made anew", changed);
}

void import_sessions(struct importing *im)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(im->file->zone);
    g_autoptr(GPtrArray) known = load_known(im);
    g_autoptr(GPtrArray) planned = load_planned(im, zone);
    match_starts(planned, known, true, false);
    match_starts(planned, known, false, false);
    match_starts(planned, known, true, true);
    match_starts(planned, known, false, true);
    match_titles(planned, known);
    for (guint i = 0; i < planned->len; i++) {
        const struct planned *p = planned->pdata[i];
        if (p->known)
            update_session(im, p);
        else
            add_session(im, p);
    }
    if (im->rules_changed)
        rederive(im, known);
    for (guint i = 0; i < known->len; i++) {
        const struct known *k = known->pdata[i];
        char day[DAY_SIZE];
        int at = days_of(zone, k->starts, day);
        if (!k->taken)
            import_missing(im, "session %s %02d:%02d %s", day, at / 60, at % 60, k->title);
    }
}
