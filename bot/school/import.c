#include "bot/school/import.h"

#include <openssl/rand.h>
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/school/import_private.h"
#include "bot/school/scheme.h"

enum { CLASS_SECRET_BYTES = 32 };

void import_changed(struct importing *im, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_string_append_printf(im->changed, "%s: ", im->file->slug);
    g_string_append_vprintf(im->changed, fmt, args);
    g_string_append_c(im->changed, '\n');
    va_end(args);
    im->changes++;
}

void import_missing(struct importing *im, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_string_append_printf(im->missing, "%s: not in the file any more, kept: ", im->file->slug);
    g_string_append_vprintf(im->missing, fmt, args);
    g_string_append_c(im->missing, '\n');
    va_end(args);
}

/* Makes the class; its codes come from a secret of its own. */
static void add_class(struct importing *im, const char *midday_from, const char *midday_to)
{
    const struct class_file *f = im->file;
    unsigned char secret[CLASS_SECRET_BYTES];
    if (RAND_bytes(secret, sizeof secret) != 1) {
        store_fail(im->store);
        return;
    }
    store_run(im->store,
              "INSERT INTO class (slug, title, kind, starts, zone, lang, scheme, survey, survey_unit, unit,"
              " midday_from, midday_to, signout, robot, ballot, secret, imported)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "sssssssssssssssbi", f->slug, f->title, f->kind, f->starts, f->zone, f->locale, f->scheme,
              f->survey, f->survey_unit, f->unit, midday_from, midday_to, f->signout, f->robot, f->ballot,
              secret, sizeof secret, im->now);
    im->class = store_last_id(im->store);
    import_changed(im, "new class %s", f->title);
}

/* Brings the class's row up to date, naming what changed. */
static void update_class(struct importing *im, const char *midday_from, const char *midday_to)
{
    const struct class_file *f = im->file;
    const char *const names[] = { "title",         "kind",    "starts",      "timezone", "locale",
                                  "scheme",        "survey",  "survey_unit", "unit",     "start of midday",
                                  "end of midday", "signout", "robot",       "ballot" };
    const char *const wanted[] = { f->title,  f->kind,    f->starts,      f->zone,  f->locale,
                                   f->scheme, f->survey,  f->survey_unit, f->unit,  midday_from,
                                   midday_to, f->signout, f->robot,       f->ballot };
    bool rules[G_N_ELEMENTS(names)] = { [1] = true, [3] = true, [8] = true, [9] = true, [10] = true };
    int before = im->changes;
    g_autoptr(query) q =
        store_query(im->store,
                    "SELECT title, kind, starts, zone, lang, scheme, survey, survey_unit, unit,"
                    " midday_from, midday_to, signout, robot, ballot FROM class WHERE id = ?",
                    "i", im->class);
    if (!query_next(q))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(query_text(q, (int)i), wanted[i]) == 0)
            continue;
        import_changed(im, "%s is now %s", names[i],
                       !wanted[i]              ? "-"
                       : wanted[i] == f->robot ? "set"
                                               : wanted[i]);
        im->rules_changed = im->rules_changed || rules[i];
        if (i == 5)
            import_missing(im, "the scheme %s, until `banzhang scheme apply %s FILE.yaml`", query_text(q, 5),
                           f->slug);
    }
    if (im->changes > before)
        store_run(
            im->store,
            "UPDATE class SET title = ?, kind = ?, starts = ?, zone = ?, lang = ?, scheme = ?, survey = ?,"
            " survey_unit = ?, unit = ?, midday_from = ?, midday_to = ?, signout = ?, robot = ?, ballot = ? "
            "WHERE id = ?",
            "ssssssssssssssi", f->title, f->kind, f->starts, f->zone, f->locale, f->scheme, f->survey,
            f->survey_unit, f->unit, midday_from, midday_to, f->signout, f->robot, f->ballot, im->class);
}

/* Whether its group hears the digest; a file that does not say leaves it as its teachers have it. */
static void import_group(struct importing *im)
{
    int on = im->file->group_digest;
    if (on < 0)
        return;
    store_run(im->store, "UPDATE class SET group_digest = ?1 WHERE id = ?2 AND group_digest <> ?1", "ii",
              (int64_t)on, im->class);
    if (store_changes(im->store) > 0)
        import_changed(im, "the digest for the group is now %s", on ? "on" : "off");
}

/* Where the class meets; without a place its columns are null. */
static void import_place(struct importing *im)
{
    const struct class_file *f = im->file;
    store_run(im->store,
              "UPDATE class SET place_lat = iif(?3 > 0, ?1, NULL), place_lon = iif(?3 > 0, ?2, NULL),"
              " place_radius = nullif(?3, 0) WHERE id = ?4 AND (coalesce(place_radius, 0) <> ?3"
              " OR coalesce(place_lat, 0) <> ?1 OR coalesce(place_lon, 0) <> ?2)",
              "ddii", f->place_lat, f->place_lon, (int64_t)f->place_radius, im->class);
    if (store_changes(im->store) == 0)
        return;
    if (f->place_radius)
        import_changed(im, "place is now %.6g, %.7g within %d m", f->place_lat, f->place_lon,
                       f->place_radius);
    else
        import_changed(im, "place is now -");
}

/* By which policy its people are reminded. */
static void import_reminders(struct importing *im)
{
    store_run(im->store, "UPDATE class SET reminders = ?1 WHERE id = ?2 AND reminders <> ?1", "si",
              im->file->reminders, im->class);
    if (store_changes(im->store) > 0)
        import_changed(im, "reminders is now %s", im->file->reminders);
}

/* When sessions without a time are taken to be. */
static void import_slot(struct importing *im)
{
    const struct class_file *f = im->file;
    store_run(
        im->store,
        "UPDATE class SET slot_from = ?1, slot_to = ?2 WHERE id = ?3 AND (slot_from <> ?1 OR slot_to <> ?2)",
        "iii", (int64_t)f->slot_from, (int64_t)f->slot_to, im->class);
    if (store_changes(im->store) > 0)
        import_changed(im, "default_slot is now %02d:%02d-%02d:%02d", f->slot_from / 60, f->slot_from % 60,
                       f->slot_to / 60, f->slot_to % 60);
}

/* How much its people may leave here; 0 in the file is null in the row. */
static void import_limits(struct importing *im)
{
    const struct class_file *f = im->file;
    store_run(im->store,
              "UPDATE class SET most_in_file = nullif(?1, 0), most_of_person = nullif(?2, 0),"
              " most_of_class = nullif(?3, 0) WHERE id = ?4 AND (coalesce(most_in_file, 0) <> ?1"
              " OR coalesce(most_of_person, 0) <> ?2 OR coalesce(most_of_class, 0) <> ?3)",
              "iiii", f->most_in_file, f->most_of_person, f->most_of_class, im->class);
    if (store_changes(im->store) > 0)
        import_changed(im, "limits of files are now set anew");
}

/* How long a class hour is, and the terms of surveys that have not opened yet. */
static void import_terms(struct importing *im)
{
    const struct survey_terms *terms = &im->file->terms;
    store_run(im->store,
              "UPDATE class SET class_hour = ?1, survey_after = ?2, survey_hours = ?3, survey_least = ?4,"
              " survey_share = ?5 WHERE id = ?6 AND (class_hour <> ?1 OR survey_after <> ?2 OR"
              " survey_hours <> ?3 OR survey_least <> ?4 OR survey_share <> ?5)",
              "iiiiii", (int64_t)im->file->class_hour, (int64_t)terms->after, (int64_t)terms->hours,
              (int64_t)terms->least, (int64_t)terms->share, im->class);
    if (store_changes(im->store) > 0)
        import_changed(im,
                       "a class hour is now %d minutes; surveys open %d minutes after, for %d hours, and are"
                       " shown from %d ballots and %d %%",
                       im->file->class_hour, terms->after, terms->hours, terms->least, terms->share);
}

/* How long after its end the data of its people are kept; 0 in the file is null in the row. */
static void import_retention(struct importing *im)
{
    int months = im->file->retention;
    store_run(im->store,
              "UPDATE class SET retention = nullif(?1, 0) WHERE id = ?2 AND coalesce(retention, 0) <> ?1",
              "ii", (int64_t)months, im->class);
    if (store_changes(im->store) == 0)
        return;
    if (months)
        import_changed(im, "retention is now %d months after the end; then its people are erased", months);
    else
        import_changed(im, "retention is now -: its people are kept");
}

static void import_row(struct importing *im)
{
    char from[6], to[6];
    g_snprintf(from, sizeof from, "%02d:%02d", im->file->midday_from / 60 % 100, im->file->midday_from % 60);
    g_snprintf(to, sizeof to, "%02d:%02d", im->file->midday_to / 60 % 100, im->file->midday_to % 60);
    im->class = store_int(im->store, 0, "SELECT id FROM class WHERE slug = ?", "s", im->file->slug);
    if (im->class)
        update_class(im, from, to);
    else
        add_class(im, from, to);
    import_place(im);
    import_group(im);
    import_reminders(im);
    import_slot(im);
    import_limits(im);
    import_terms(im);
    import_retention(im);
}

/* Writes one theme; the same title is the same theme. */
static void import_theme(struct importing *im, const struct syllabus_row *row, int64_t position)
{
    g_autoptr(query) q = store_query(im->store,
                                     "SELECT id, position, outline, mode, assessment FROM theme"
                                     " WHERE class = ? AND title = ?",
                                     "is", im->class, row->title);
    if (!query_next(q)) {
        store_run(
            im->store,
            "INSERT INTO theme (class, position, title, outline, mode, assessment) VALUES (?, ?, ?, ?, ?, ?)",
            "iissss", im->class, position, row->title, row->outline, row->mode, row->assessment);
        import_changed(im, "new theme %s", row->title);
    } else if (query_int(q, 1) != position || g_strcmp0(query_text(q, 2), row->outline) != 0 ||
               g_strcmp0(query_text(q, 3), row->mode) != 0 ||
               g_strcmp0(query_text(q, 4), row->assessment) != 0) {
        store_run(im->store,
                  "UPDATE theme SET position = ?, outline = ?, mode = ?, assessment = ? WHERE id = ?",
                  "isssi", position, row->outline, row->mode, row->assessment, query_int(q, 0));
        import_changed(im, "theme changed: %s", row->title);
    }
}

static void import_themes(struct importing *im)
{
    for (guint i = 0; i < im->file->themes->len; i++)
        import_theme(im, im->file->themes->pdata[i], (int64_t)i + 1);
    g_autoptr(query) q =
        store_query(im->store, "SELECT title FROM theme WHERE class = ? ORDER BY position", "i", im->class);
    while (query_next(q)) {
        bool there = false;
        for (guint i = 0; i < im->file->themes->len; i++)
            there = there ||
                    !strcmp(((struct syllabus_row *)im->file->themes->pdata[i])->title, query_text(q, 0));
        if (!there)
            import_missing(im, "theme %s", query_text(q, 0));
    }
}

/* Writes the report: doubts first, then changes, what is missing, and one line that sums it up. */
static void report(struct importing *im, GString *out)
{
    for (guint i = 0; i < im->doubts->len; i++)
        g_string_append_printf(out, "%s\n", (char *)im->doubts->pdata[i]);
    g_string_append(out, im->changed->str);
    g_string_append(out, im->missing->str);
    if (!im->changes) {
        g_string_append_printf(out, "%s: no change\n", im->file->slug);
        return;
    }
    int64_t sessions =
        store_int(im->store, 0, "SELECT count(*) FROM session WHERE class = ?", "i", im->class);
    int64_t sittings = store_int(
        im->store, 0, "SELECT count(*) FROM sitting WHERE class = ? AND starts < ends", "i", im->class);
    int64_t people = store_int(im->store, 0, "SELECT count(*) FROM member WHERE class = ? AND left IS NULL",
                               "i", im->class);
    g_string_append_printf(out,
                           "%s: %d changes; %" G_GINT64_FORMAT " sessions, %" G_GINT64_FORMAT
                           " sittings, %" G_GINT64_FORMAT " people, %u doubtful cells\n",
                           im->file->slug, im->changes, sessions, sittings, people, im->doubts->len);
}

bool import_class(const struct import *import, const char *path, GString *out, GPtrArray *faults)
{
    guint before = faults->len;
    g_autoptr(GPtrArray) doubts = faults_new();
    g_autoptr(class_file) file = class_file_read(path, &import->defaults, faults, doubts);
    if (!file)
        return false;
    struct importing im = { .store = import->store,
                            .vault = import->vault,
                            .file = file,
                            .now = clock_now(),
                            .doubts = doubts,
                            .faults = faults,
                            .changed = g_string_new(NULL),
                            .missing = g_string_new(NULL) };
    store_savepoint(im.store);
    import_row(&im);
    scheme_start(im.store, im.class, import->defaults.share_dir, file->scheme, im.now, faults);
    import_people(&im);
    import_sessions(&im);
    import_themes(&im);
    if (im.changes && import->changed && faults->len == before && store_state(im.store) == STORE_FINE)
        import->changed(import->data, im.class);
    bool ok = faults->len == before && store_state(im.store) == STORE_FINE;
    if (ok)
        report(&im, out);
    else if (faults->len == before)
        faults_add(faults, path, 0, 0, "the store refused it; nothing was changed");
    if (ok)
        store_release(im.store);
    else
        store_rollback_to(im.store);
    g_string_free(im.changed, TRUE);
    g_string_free(im.missing, TRUE);
    return ok;
}

bool import_table(struct import_table *table)
{
    guint before = table->faults->len;
    struct class_file file = { .slug = (char *)table->slug,
                               .zone = (char *)table->zone,
                               .path = (char *)table->path,
                               .roster_path = (char *)table->path,
                               .timetable_path = (char *)table->path,
                               .people = table->people,
                               .sessions = table->sessions };
    struct importing im = { .store = table->store,
                            .vault = table->vault,
                            .file = &file,
                            .class = table->class,
                            .organiser = table->organiser,
                            .now = clock_now(),
                            .doubts = table->doubts,
                            .faults = table->faults,
                            .changed = g_string_new(NULL),
                            .missing = g_string_new(NULL),
                            .bound = g_array_new(FALSE, FALSE, sizeof(int64_t)) };
    store_savepoint(im.store);
    if (table->people)
        import_people(&im);
    if (table->sessions)
        import_sessions(&im);
    bool ok = im.faults->len == before && store_state(im.store) == STORE_FINE;
    table->changes = im.changes;
    table->changed = im.changed;
    table->missing = im.missing;
    table->bound = im.bound;
    if (ok && table->apply)
        store_release(im.store);
    else
        store_rollback_to(im.store);
    return ok;
}
