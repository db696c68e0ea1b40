#include "bot/school/class_file.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/yaml.h"
#include "bot/school/days.h"
#include "bot/school/form_file.h"
#include "bot/school/roles.h"

enum { SLUG_MAX = 64, TITLE_MAX_BYTES = 200, RADIUS = 300, RADIUS_MIN = 50, RADIUS_MAX = 5000 };
enum { RETENTION_MAX = 600 }; /* months */

#define LIMIT_MIN       ((int64_t)1 << 20) /* bytes, as in the configuration */
#define LIMIT_MAX       ((int64_t)1 << 40)
#define SLUG_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

/* One of a list of words, yours. */
static char *word(const struct yaml *top, const char *key, const char *const *words, int missing)
{
    return g_strdup(words[yaml_word(top, key, words, missing)]);
}

/* The path a key names, relative to the class file; NULL when it is missing. */
static char *path_of(const struct yaml *top, const char *key, const char *class_path)
{
    const char *name = yaml_text(top, key, NULL);
    if (!name || !*name)
        return NULL;
    g_autofree char *folder = g_path_get_dirname(class_path);
    if (g_path_is_absolute(name) || !strcmp(folder, "."))
        return g_strdup(name);
    return g_build_filename(folder, name, NULL);
}

/* A preset the class names must be there, once there is a folder of them. */
static void check_preset(const struct yaml *top, const char *key, const char *name, const char *share,
                         const char *folder)
{
    g_autofree char *where = g_build_filename(share, "config", folder, NULL);
    g_autofree char *file = g_strdup_printf("%s/%s.yaml", where, name ? name : "");
    const struct yaml *node = yaml_get(top, key);
    if (name && node && (strspn(name, SLUG_CHARACTERS) != strlen(name) || *name == '.'))
        yaml_fault(node, "\"%s\" must be the name of a file in %s, without .yaml", key, where);
    else if (name && node && g_file_test(where, G_FILE_TEST_IS_DIR) && !g_file_test(file, G_FILE_TEST_EXISTS))
        yaml_fault(node, "there is no %s", file);
}

/* Who and what the class is. */
static void read_identity(struct class_file *file, const struct yaml *top,
                          const struct class_defaults *defaults)
{
    static const char *const kinds[] = { "employment", "startup",    "basic",     "intermediate",
                                         "advanced",   "incubation", "practical", NULL };
    const char *slug = yaml_need(top, "id"), *title = yaml_need(top, "title");
    if (slug && (strlen(slug) > SLUG_MAX || strspn(slug, SLUG_CHARACTERS) != strlen(slug) || *slug == '.'))
        yaml_fault(yaml_get(top, "id"), "\"id\" must be up to %d of a-z 0-9 - _ .", SLUG_MAX);
    if (title && strlen(title) > TITLE_MAX_BYTES)
        yaml_fault(yaml_get(top, "title"), "\"title\" is longer than %d bytes", TITLE_MAX_BYTES);
    file->slug = g_strdup(slug);
    file->title = g_strdup(title);
    yaml_need(top, "kind");
    file->kind = word(top, "kind", kinds, 0);
    yaml_need(top, "starts");
    file->starts = g_strdup(yaml_date(top, "starts", NULL));
    file->zone = g_strdup(yaml_text(top, "timezone", defaults->zone));
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(file->zone);
    if (!zone && yaml_get(top, "timezone"))
        yaml_fault(yaml_get(top, "timezone"), "there is no time zone \"%s\"", file->zone);
    file->locale = g_strdup(yaml_text(top, "locale", defaults->locale));
}

/* The scheme of a kind of class when the file names none. */
static const char *scheme_of(const char *kind)
{
    if (!strcmp(kind, "employment") || !strcmp(kind, "startup") || !strcmp(kind, "practical"))
        return kind;
    return "county";
}

/* A survey must be anonymous; what else is wrong with a form is told where forms are checked. */
static void check_anonymous(const struct yaml *top, const char *form_id, const char *share_dir)
{
    static const char *const languages[] = { "zh-CN", "en", NULL };
    if (!form_id)
        return;
    g_autofree char *path = g_strdup_printf("%s/config/forms/%s.yaml", share_dir, form_id);
    g_autoptr(GPtrArray) faults = faults_new();
    g_autoptr(form_file) form =
        g_file_test(path, G_FILE_TEST_EXISTS) ? form_file_read(path, languages, faults) : NULL;
    if (form && !form->anonymous)
        yaml_fault(yaml_get(top, "survey"), "the form \"%s\" is not anonymous, as a survey must be", form_id);
}

/* How survey ballots are cast. What a browser needs for blind signatures it has on https and localhost only.
 */
static void read_ballot(struct class_file *file, const struct yaml *top,
                        const struct class_defaults *defaults)
{
    static const char *const ballots[] = { "chat", "web", NULL };
    file->ballot = word(top, "ballot", ballots, 0);
    if (!strcmp(file->ballot, "web") && defaults->plain_http)
        yaml_fault(yaml_get(top, "ballot"), "\"ballot: web\" needs \"public_url\" to be https (or this "
                                            "machine): browsers sign nothing on http");
}

/* How long a class hour is, when the survey opens, closes and is shown, how long people's data are kept. */
static void read_terms(struct class_file *file, const struct yaml *top)
{
    static const char *const keys[] = { "after", "hours", "least", "share", NULL };
    const struct yaml *terms = yaml_map(top, "survey_terms");

    file->class_hour = (int)yaml_int(top, "class_hour", 45, 10, 240);
    file->retention = (int)yaml_int(top, "retention", 0, 1, RETENTION_MAX);
    file->terms = (struct survey_terms){ .after = 60, .hours = 48, .least = 5, .share = 20 };
    if (!terms)
        return;
    yaml_allow(terms, keys);
    file->terms = (struct survey_terms){ .after = (int)yaml_int(terms, "after", 60, 0, 7 * 24 * 60),
                                         .hours = (int)yaml_int(terms, "hours", 48, 1, 60 * 24),
                                         .least = (int)yaml_int(terms, "least", 5, 5, 1000),
                                         .share = (int)yaml_int(terms, "share", 20, 0, 100) };
}

/* The group's robot, whose key lets whoever has it speak in the group. */
static void read_robot(struct class_file *file, const struct yaml *top, const struct class_defaults *defaults)
{
    static const char *const switches[] = { "off", "on", "false", "true", NULL };
    const char *robot = yaml_text(top, "robot", NULL);
    const char *key = robot ? strstr(robot, "key=") : NULL;
    file->group_digest = yaml_get(top, "group_digest") ? yaml_word(top, "group_digest", switches, 0) % 2
                         : robot                       ? 1
                                                       : -1;
    file->robot = g_strdup(key ? key + 4 : robot);
    if (robot && (!*file->robot || strspn(file->robot, SLUG_CHARACTERS) != strlen(file->robot)))
        yaml_fault(yaml_get(top, "robot"),
                   "\"robot\" must be the address of a WeCom group robot, or its key");
    if (robot && !defaults->tries_out)
        yaml_guard(yaml_get(top, "robot"));
}

/* By which rules it runs. */
static void read_rules(struct class_file *file, const struct yaml *top, const struct class_defaults *defaults)
{
    static const char *const survey_units[] = { "training", "lecturer", "session", NULL };
    static const char *const units[] = { "half-day", "session", NULL };
    static const char *const signouts[] = { "off", "code", "false",
                                            NULL }; /* false: what YAML 1.1 makes of off */
    file->scheme = g_strdup(yaml_text(top, "scheme", scheme_of(file->kind)));
    check_preset(top, "scheme", file->scheme, defaults->share_dir, "schemes");
    file->reminders = g_strdup(yaml_text(top, "reminders", "standard"));
    check_preset(top, "reminders", file->reminders, defaults->share_dir, "reminders");
    file->survey = g_strdup(yaml_text(top, "survey", NULL));
    check_preset(top, "survey", file->survey, defaults->share_dir, "forms");
    check_anonymous(top, file->survey, defaults->share_dir);
    file->survey_unit = word(top, "survey_unit", survey_units, 0);
    file->unit = word(top, "unit", units, 0);
    read_ballot(file, top, defaults);
    read_terms(file, top);
    file->signout = g_strdup(yaml_word(top, "signout", signouts, 0) == 1 ? "code" : "off");
    file->slot_from = 9 * 60;
    file->slot_to = 12 * 60;
    yaml_span(top, "default_slot", &file->slot_from, &file->slot_to);
    file->midday_from = 12 * 60;
    file->midday_to = 13 * 60 + 30;
    yaml_span(top, "midday", &file->midday_from, &file->midday_to);
    read_robot(file, top, defaults);
}

/* A coordinate that must be there, from -most to most degrees. */
static double coordinate(const struct yaml *place, const char *key, double most)
{
    if (!yaml_need(place, key))
        return 0;
    double degrees = yaml_real(place, key, 0);
    if (degrees < -most || degrees > most)
        yaml_fault(yaml_get(place, key), "\"%s\" must be from %g to %g", key, -most, most);
    return degrees;
}

/* Where it meets, when it says so. */
static void read_place(struct class_file *file, const struct yaml *top)
{
    static const char *const keys[] = { "lat", "lon", "radius", NULL };
    const struct yaml *place = yaml_map(top, "place");
    if (!place)
        return;
    yaml_allow(place, keys);
    file->place_lat = coordinate(place, "lat", 90);
    file->place_lon = coordinate(place, "lon", 180);
    file->place_radius = (int)yaml_int(place, "radius", RADIUS, RADIUS_MIN, RADIUS_MAX);
}

/* How much its people may leave here, where it is not what the configuration says. */
static void read_limits(struct class_file *file, const struct yaml *top)
{
    static const char *const keys[] = { "file", "files_of_person", "files_of_class", NULL };
    int64_t *const into[] = { &file->most_in_file, &file->most_of_person, &file->most_of_class };
    const struct yaml *limits = yaml_map(top, "limits");
    if (!limits)
        return;
    yaml_allow(limits, keys);
    for (size_t i = 0; i < G_N_ELEMENTS(into); i++)
        if (yaml_get(limits, keys[i]))
            *into[i] = yaml_int(limits, keys[i], 0, LIMIT_MIN, LIMIT_MAX);
}

/* A shift's teams that no trainee is in: nobody would be expected there. */
static void check_teams(const struct class_file *file, const struct timetable_row *session, GPtrArray *doubts)
{
    g_auto(GStrv) teams = g_strsplit(session->team ? session->team : "", "、", -1);

    for (char **team = teams; *team; team++) {
        bool found = false;

        for (guint i = 0; i < file->people->len && !found; i++) {
            const struct roster_row *person = file->people->pdata[i];

            found = person->role == ROLE_TRAINEE && g_strcmp0(person->team, *team) == 0;
        }
        if (!found)
            faults_add(doubts, file->timetable_path, session->line, session->column,
                       "no trainee is in the team \"%s\"", *team);
    }
}

/* The tables it names; all are read, so that all their faults are told. */
static void read_tables(struct class_file *file, const struct yaml *top, GPtrArray *faults, GPtrArray *doubts)
{
    file->timetable_path = path_of(top, "timetable", file->path);
    file->roster_path = path_of(top, "roster", file->path);
    file->syllabus_path = path_of(top, "syllabus", file->path);
    yaml_need(top, "timetable");
    yaml_need(top, "roster");
    struct timetable_rules rules = { file->starts, file->slot_from, file->slot_to };
    if (file->timetable_path && file->starts)
        file->sessions = timetable_read(file->timetable_path, &rules, faults, doubts);
    if (file->roster_path)
        file->people = roster_read(file->roster_path, faults, doubts);
    file->themes =
        file->syllabus_path ? syllabus_read(file->syllabus_path, faults, doubts) : g_ptr_array_new();
    if (file->starts && days_weekday(file->starts) != 1)
        faults_add(doubts, file->path, yaml_line(yaml_get(top, "starts")),
                   yaml_column(yaml_get(top, "starts")), "%s is no Monday", file->starts);
    bool trainees = false;
    for (guint i = 0; file->people && i < file->people->len; i++)
        trainees = trainees || ((struct roster_row *)file->people->pdata[i])->role == ROLE_TRAINEE;
    if (file->people && !trainees)
        faults_add(doubts, file->roster_path, 0, 0, "nobody is a trainee");
    for (guint i = 0; file->people && file->sessions && i < file->sessions->len; i++)
        check_teams(file, file->sessions->pdata[i], doubts);
}

struct class_file *class_file_read(const char *path, const struct class_defaults *defaults, GPtrArray *faults,
                                   GPtrArray *doubts)
{
    static const char *const keys[] = {
        "id",     "title",      "kind",         "starts",    "timetable", "roster",       "syllabus",
        "scheme", "survey",     "unit",         "timezone",  "locale",    "survey_unit",  "default_slot",
        "midday", "signout",    "robot",        "place",     "ballot",    "group_digest", "reminders",
        "limits", "class_hour", "survey_terms", "retention", NULL
    };
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_read(path, faults);
    if (!root)
        return NULL;
    const struct yaml *top = yaml_top(root);
    struct class_file *file = g_new0(struct class_file, 1);
    file->path = g_strdup(path);
    yaml_allow(top, keys);
    read_identity(file, top, defaults);
    read_rules(file, top, defaults);
    read_place(file, top);
    read_limits(file, top);
    read_tables(file, top, faults, doubts);
    if (faults->len == before)
        return file;
    class_file_free(file);
    return NULL;
}

void class_file_free(struct class_file *file)
{
    if (!file)
        return;
    char *const texts[] = { file->path,        file->timetable_path, file->roster_path, file->syllabus_path,
                            file->slug,        file->title,          file->kind,        file->starts,
                            file->zone,        file->locale,         file->scheme,      file->survey,
                            file->survey_unit, file->unit,           file->signout,     file->robot,
                            file->ballot,      file->reminders };
    GPtrArray *const tables[] = { file->sessions, file->people, file->themes };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        if (tables[i])
            g_ptr_array_unref(tables[i]);
    g_free(file);
}
