#include "bot/commands.h"

#include <stdio.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/locale.h"
#include "bot/core/store.h"
#include "bot/core/yaml.h"
#include "bot/school/class_file.h"
#include "bot/school/form_file.h"
#include "bot/school/remind_policy.h"
#include "bot/school/scheme.h"

struct checking {
    struct store *store; /* as it stands, read only; NULL: there is none */
    const char *share_dir;
    GPtrArray *faults;
    int files;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Calls fn for each *.yaml of a folder under share_dir/config, in the order of their names. */
static void each_preset(struct checking *c, const char *folder,
                        void (*fn)(struct checking *, const char *path))
{
    g_autofree char *where = g_build_filename(c->share_dir, "config", folder, NULL);
    GDir *dir = g_dir_open(where, 0, NULL);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".yaml"))
            g_ptr_array_add(paths, g_build_filename(where, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, by_name);
    for (guint i = 0; i < paths->len; i++) {
        c->files++;
        fn(c, paths->pdata[i]);
    }
}

/* A form that has been filled as anonymous can never be a named one, nor the other way round. */
static void check_form(struct checking *c, const char *path)
{
    static const char *const languages[] = { "zh-CN", "en", NULL };
    struct form_file *form = form_file_read(path, languages, c->faults);
    if (form && c->store &&
        store_int(c->store, form->anonymous, "SELECT anonymous FROM form_opened WHERE form = ?", "s",
                  form->id) != form->anonymous)
        faults_add(c->faults, path, form->line, form->column,
                   "the form \"%s\" was opened as %s and can never be %s", form->id,
                   form->anonymous ? "a named one" : "anonymous",
                   form->anonymous ? "anonymous" : "a named one");
    form_file_free(form);
}

static void check_scheme(struct checking *c, const char *path)
{
    g_autoptr(marking_scheme) scheme = scheme_read(path, scheme_languages, c->faults);
    g_autofree char *base = g_path_get_basename(path);
    if (scheme && (!g_str_has_prefix(base, scheme->id) || strcmp(base + strlen(scheme->id), ".yaml") != 0))
        faults_add(c->faults, path, 1, 1, "\"id\" must be the name of the file, without .yaml");
}

/* A year's holidays: names with days from and to, and the weekend days that are worked instead. */
static void check_holidays(struct checking *c, const char *path)
{
    static const char *const keys[] = { "year", "holidays", "workdays", NULL };
    static const char *const holiday_keys[] = { "name", "from", "to", NULL };
    g_autoptr(yaml_root) root = yaml_read(path, c->faults);
    if (!root)
        return;
    const struct yaml *top = yaml_top(root), *holidays = yaml_list(top, "holidays");
    yaml_allow(top, keys);
    yaml_need(top, "year");
    yaml_int(top, "year", 0, 1990, 2199);
    for (size_t i = 0; i < yaml_count(holidays); i++) {
        const struct yaml *holiday = yaml_at(holidays, i);
        if (yaml_kind(holiday) != YAML_MAP) {
            yaml_fault(holiday, "a holiday is a map of name, from and to");
            continue;
        }
        yaml_allow(holiday, holiday_keys);
        yaml_need(holiday, "name");
        const char *from = yaml_need(holiday, "from") ? yaml_date(holiday, "from", NULL) : NULL;
        const char *to = yaml_need(holiday, "to") ? yaml_date(holiday, "to", NULL) : NULL;
        if (from && to && strcmp(from, to) > 0)
            yaml_fault(yaml_get(holiday, "to"), "ends before it begins");
    }
    yaml_list(top, "workdays");
}

static void check_reminders(struct checking *c, const char *path)
{
    struct remind_policy policy;
    remind_policy_read(path, &policy, c->faults);
}

static void check_class(struct checking *c, const char *path, const struct class_defaults *defaults)
{
    g_autoptr(GPtrArray) doubts = faults_new();
    c->files++;
    class_file_free(class_file_read(path, defaults, c->faults, doubts));
}

/* Puts line 1, column 1 where a fault says none, so that every line has the same form. */
static char *with_place(const char *fault)
{
    if (g_regex_match_simple("^[^:]+:[0-9]+:[0-9]+: ", fault, 0, 0))
        return g_strdup(fault);
    const char *colon = strchr(fault, ':');
    if (!colon)
        return g_strdup_printf("-:1:1: %s", fault);
    const char *rest = colon + 1;
    guint64 line = g_ascii_isdigit(*rest) ? g_ascii_strtoull(rest, (char **)&rest, 10) : 1;
    while (*rest == ':' || *rest == ' ')
        rest++;
    return g_strdup_printf("%.*s:%" G_GUINT64_FORMAT ":1: %s", (int)(colon - fault), fault, line, rest);
}

int command_check(const char *config_file, char *const *class_files)
{
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config = config_read(config_file, faults);
    g_autofree char *kept = config ? g_build_filename(config->data_dir, "banzhang.db", NULL) : NULL;
    struct store *store =
        kept && g_file_test(kept, G_FILE_TEST_EXISTS) ? store_open_reader(kept, NULL) : NULL;
    struct checking c = { store, config ? config->share_dir : config_share_default(), faults, 1 };
    struct class_defaults defaults = { config ? config->zone : "Asia/Shanghai",
                                       config ? config->locale : "zh-CN", c.share_dir,
                                       config && config_plain_http(config),
                                       !config || config_tries_out(config) };
    for (guint i = 0; config && i < config->classes->len; i++)
        check_class(&c, config->classes->pdata[i], &defaults);
    for (; class_files && *class_files; class_files++)
        check_class(&c, *class_files, &defaults);
    each_preset(&c, "forms", check_form);
    each_preset(&c, "schemes", check_scheme);
    each_preset(&c, "holidays", check_holidays);
    each_preset(&c, "reminders", check_reminders);
    g_autofree char *locales = g_build_filename(c.share_dir, "locales", NULL);
    locale_load(locales, faults);
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *line = with_place(faults->pdata[i]);
        printf("%s\n", line);
    }
    if (faults->len)
        fprintf(stderr, "%u faults\n", faults->len);
    else
        fprintf(stderr, "%d files and the locales checked, no fault\n", c.files);
    if (store)
        store_close(store);
    config_free(config);
    return faults->len ? 1 : 0;
}
