/* Which class is rehearsed: as its file says, else as it stands in the real store, which is only read. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/commands_files.h"
#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/school/class_file.h"
#include "bot/school/sittings.h"

enum { DAYS_BEFORE = 3, HOUR_BEFORE = 9 }; /* the class is known so long before its first day */

/* Stops the clock some days before the class, on a working morning. */
static void before_the_class(const char *starts, const char *zone_name)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(zone_name);
    char day[DAY_SIZE];

    days_add(starts, -DAYS_BEFORE, day);
    clock_stop(days_moment(zone, day, HOUR_BEFORE * 60));
}

/* The path of the class file that is meant; NULL when there is none. Yours. */
static char *file_of(const struct config *config, const char *name, const struct class_defaults *defaults)
{
    if (g_file_test(name, G_FILE_TEST_IS_REGULAR))
        return g_strdup(name);
    for (guint i = 0; i < config->classes->len; i++) {
        g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
        g_autoptr(class_file) file = class_file_read(config->classes->pdata[i], defaults, faults, doubts);

        if (file && strcmp(file->slug, name) == 0)
            return g_strdup(config->classes->pdata[i]);
    }
    return NULL;
}

/* Imports the file as `banzhang import` does; the class's id, 0 with *ret_error. */
static int64_t from_file(struct play *play, const char *path, const struct class_defaults *defaults,
                         char **ret_error)
{
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(class_file) file = class_file_read(path, defaults, faults, doubts);
    struct command_place place = { play->school, play->config };
    bool ok = file != NULL;

    if (ok) {
        before_the_class(file->starts, file->zone);
        ok = command_import_class(&place, path, out, faults);
    }
    if (!ok) {
        g_ptr_array_add(faults, NULL);
        *ret_error = g_strjoinv("\n", (char **)faults->pdata);
        g_ptr_array_remove_index(faults, faults->len - 1);
    }
    return ok ? store_int(play->school->store, 0, "SELECT id FROM class WHERE slug = ?", "s", file->slug) : 0;
}

/* Copies who is in the class; people keep their ids. */
static void copy_people(struct store *real, struct store *store, int64_t class)
{
    g_autoptr(query) q = store_query(real,
                                     "SELECT m.id, m.person, m.role, m.number, m.team, p.name FROM member m"
                                     " JOIN person p ON p.id = m.person WHERE m.class = ? AND m.left IS NULL"
                                     " ORDER BY m.id",
                                     "i", class);

    while (query_next(q)) {
        store_run(store, "INSERT INTO person (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING", "is",
                  query_int(q, 1), query_text(q, 5));
        store_run(
            store,
            "INSERT INTO member (id, class, person, role, number, team, since) VALUES (?, ?, ?, ?, ?, ?, ?)",
            "iiiissi", query_int(q, 0), class, query_int(q, 1), query_int(q, 2), query_text(q, 3),
            query_text(q, 4), clock_now());
    }
}

/* Copies timetable, syllabus and marking scheme. */
static void copy_course(struct store *real, struct store *store, int64_t class)
{
    g_autoptr(query) sessions =
        store_query(real,
                    "SELECT id, day, starts, ends, title, lecturer, place, kind, confirmed, team"
                    " FROM session WHERE class = ? AND state = 'on' ORDER BY id",
                    "i", class);
    while (query_next(sessions)) {
        store_run(store,
                  "INSERT INTO session (id, class, day, starts, ends, title, lecturer, place, kind, "
                  "confirmed, team)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iisiissssis", query_int(sessions, 0), class, query_text(sessions, 1),
                  query_int(sessions, 2), query_int(sessions, 3), query_text(sessions, 4),
                  query_text(sessions, 5), query_text(sessions, 6), query_text(sessions, 7),
                  query_int(sessions, 8), query_text(sessions, 9));
        sittings_derive(store, query_int(sessions, 0));
    }
    g_autoptr(query) themes = store_query(
        real,
        "SELECT position, title, outline, mode, assessment FROM theme WHERE class = ? ORDER BY position", "i",
        class);
    while (query_next(themes))
        store_run(
            store,
            "INSERT INTO theme (class, position, title, outline, mode, assessment) VALUES (?, ?, ?, ?, ?, ?)",
            "iissss", class, query_int(themes, 0), query_text(themes, 1), query_text(themes, 2),
            query_text(themes, 3), query_text(themes, 4));
    g_autofree char *scheme = store_text(
        real, "SELECT text FROM class_scheme WHERE class = ? ORDER BY version DESC LIMIT 1", "i", class);
    if (scheme)
        scheme_keep(store, class, scheme, clock_now());
}

/* Copies a class as it stands in the real store, which is only read: no files, no accounts, nothing that
 * anybody did.
 */
static int64_t from_store(struct play *play, struct store *real, const char *slug)
{
    struct store *store = play->school->store;
    g_autoptr(query) q = store_query(
        real,
        "SELECT id, slug, title, kind, starts, zone, lang, scheme, survey, survey_unit, unit,"
        " midday_from, midday_to, signout, secret, ballot, class_hour, survey_after, survey_hours,"
        " survey_least, survey_share FROM class WHERE slug = ?",
        "s", slug);
    if (!query_next(q))
        return 0;
    size_t len;
    const void *secret = query_blob(q, 14, &len);
    int64_t class = query_int(q, 0);

    before_the_class(query_text(q, 4), query_text(q, 5));
    store_run(
        store,
        "INSERT INTO class (id, slug, title, kind, starts, zone, lang, scheme, survey, survey_unit, unit,"
        " midday_from, midday_to, signout, secret, imported) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?)",
        "isssssssssssssbi", class, query_text(q, 1), query_text(q, 2), query_text(q, 3), query_text(q, 4),
        query_text(q, 5), query_text(q, 6), query_text(q, 7), query_text(q, 8), query_text(q, 9),
        query_text(q, 10), query_text(q, 11), query_text(q, 12), query_text(q, 13), secret, len, clock_now());
    store_run(
        store,
        "UPDATE class SET ballot = ?, class_hour = ?, survey_after = ?, survey_hours = ?, survey_least = ?,"
        " survey_share = ? WHERE id = ?",
        "siiiiii", query_text(q, 15), query_int(q, 16), query_int(q, 17), query_int(q, 18), query_int(q, 19),
        query_int(q, 20), class);
    copy_people(real, store, class);
    copy_course(real, store, class);
    struct talk talk;

    school_forget_classes(play->school);
    talk_begin(&talk, play->school, play->pool);
    school_event(&talk, EVENT_TIMETABLE_CHANGED, class);
    talk_end(&talk);
    return class;
}

/* Puts the scheme to be tried in the place of the class's own. */
static bool try_scheme(struct play *play, const char *path, char **ret_error)
{
    g_autoptr(GPtrArray) faults = faults_new();
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        *ret_error = g_strdup_printf("%s cannot be read", path);
        return false;
    }
    g_autoptr(marking_scheme) scheme = scheme_parse(path, text, scheme_languages, faults);

    if (!scheme) {
        g_ptr_array_add(faults, NULL);
        *ret_error = g_strjoinv("\n", (char **)faults->pdata);
        g_ptr_array_remove_index(faults, faults->len - 1);
        return false;
    }
    scheme_keep(play->school->store, play->class, text, clock_now());
    school_forget_classes(play->school);
    return true;
}

/* Opens the real store for reading. While nobody uses it, a copy is read instead: reading would leave files
 * beside it. NULL when it cannot be read. */
static struct store *open_real(struct play *play, const char *path)
{
    g_autofree char *log = g_strdup_printf("%s-wal", path);
    g_autofree char *copy = g_build_filename(play->config->data_dir, "real.db", NULL);

    if (g_file_test(log, G_FILE_TEST_EXISTS))
        return store_open_reader(path, NULL);
    return command_copy_file(path, copy) ? store_open_reader(copy, NULL) : NULL;
}

/* No browser takes part in a rehearsal, which alone could make a blind token: the survey is filled in chat.
 */
static void vote_in_chat(struct play *play)
{
    store_run(play->school->store, "UPDATE class SET ballot = 'chat' WHERE id = ? AND ballot = 'web'", "i",
              play->class);
    play->web_ballot = store_changes(play->school->store) > 0;
    school_forget_classes(play->school);
}

bool cast_class(struct play *play, const struct config *real, char **ret_error)
{
    const char *name = play->options->class;
    struct class_defaults defaults = { real->zone, real->locale, real->share_dir, config_plain_http(real),
                                       true };
    g_autofree char *path = file_of(real, name, &defaults);
    g_autofree char *kept = g_build_filename(real->data_dir, "banzhang.db", NULL);

    if (path) {
        play->class = from_file(play, path, &defaults, ret_error);
    } else if (g_file_test(kept, G_FILE_TEST_EXISTS)) {
        struct store *store = open_real(play, kept);

        play->class = store ? from_store(play, store, name) : 0;
        if (store)
            store_close(store);
    }
    if (!play->class && !*ret_error)
        *ret_error = g_strdup_printf("there is no class \"%s\", neither in the classes of %s nor imported",
                                     name, real->file);
    if (play->class)
        vote_in_chat(play);
    return play->class && (!play->options->scheme || try_scheme(play, play->options->scheme, ret_error));
}
