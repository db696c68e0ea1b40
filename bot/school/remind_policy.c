#include "bot/school/remind_policy.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/core/yaml.h"
#include "bot/school/school.h"

enum { A_DAY_MAX = 50, HOUR = 60, DAY = 24 * HOUR };

/* What holds where a file says nothing: rules.md §13. */
static const struct remind_policy standard = { .a_day = 4,
                                               .quiet_from = 22 * HOUR,
                                               .quiet_to = 7 * HOUR,
                                               .evening = 20 * HOUR,
                                               .before = 20 * 60,
                                               .early = 8 * HOUR + 30,
                                               .missing = 10 * 60,
                                               .homework = 2 * HOUR * 60,
                                               .weekly = 6 * HOUR * 60,
                                               .survey = 50 };

/* A section with nothing but these keys; NULL when it is missing. */
static const struct yaml *section(const struct yaml *top, const char *name, const char *const *keys)
{
    const struct yaml *map = yaml_map(top, name);

    if (map)
        yaml_allow(map, keys);
    return map;
}

/* Minutes of a section, as seconds. */
static int minutes(const struct yaml *map, const char *key, int missing)
{
    return map ? (int)yaml_int(map, key, missing / 60, 1, DAY) * 60 : missing;
}

/* The hours in which nothing is said, and the evening before. */
static void read_hours(const struct yaml *top, struct remind_policy *policy)
{
    static const char *const keys[] = { "from", "to", NULL };
    const struct yaml *quiet = section(top, "quiet", keys);

    if (quiet) {
        policy->quiet_from = yaml_time(quiet, "from", policy->quiet_from);
        policy->quiet_to = yaml_time(quiet, "to", policy->quiet_to);
    }
    if (policy->quiet_from <= policy->quiet_to)
        yaml_fault(quiet, "\"quiet\" must go over midnight, as from \"22:00\" to \"07:00\"");
    policy->evening = yaml_time(top, "evening", policy->evening);
    if (policy->evening >= policy->quiet_from || policy->evening < policy->quiet_to)
        yaml_fault(yaml_get(top, "evening") ? yaml_get(top, "evening") : top,
                   "\"evening\" must lie outside the quiet hours");
}

bool remind_policy_read(const char *path, struct remind_policy *ret, GPtrArray *faults)
{
    static const char *const keys[] = { "id",       "a_day",  "quiet",  "evening", "sitting",
                                        "homework", "weekly", "survey", NULL };
    static const char *const of_before[] = { "before", NULL }, *const of_survey[] = { "after", NULL };
    static const char *const of_sitting[] = { "before", "early", "missing", NULL };
    guint known = faults->len;
    g_autoptr(yaml_root) root = yaml_read(path, faults);

    if (!root)
        return false;
    const struct yaml *top = yaml_top(root), *sitting = section(top, "sitting", of_sitting);
    const struct yaml *survey = section(top, "survey", of_survey);
    struct remind_policy policy = standard;
    g_autofree char *base = g_path_get_basename(path);
    const char *id = yaml_need(top, "id");

    if (id && (!g_str_has_prefix(base, id) || strcmp(base + strlen(id), ".yaml") != 0))
        yaml_fault(yaml_get(top, "id"), "\"id\" must be the name of the file, without .yaml");
    yaml_allow(top, keys);
    policy.a_day = (int)yaml_int(top, "a_day", policy.a_day, 1, A_DAY_MAX);
    read_hours(top, &policy);
    policy.before = minutes(sitting, "before", policy.before);
    policy.missing = minutes(sitting, "missing", policy.missing);
    policy.early = sitting ? yaml_time(sitting, "early", policy.early) : policy.early;
    policy.homework = minutes(section(top, "homework", of_before), "before", policy.homework);
    policy.weekly = minutes(section(top, "weekly", of_before), "before", policy.weekly);
    policy.survey = survey ? (int)yaml_int(survey, "after", policy.survey, 1, 99) : policy.survey;
    if (faults->len > known)
        return false;
    *ret = policy;
    return true;
}

/* Where the policy of this name lies. */
static char *path_of(const struct school *school, const char *name)
{
    return g_strdup_printf("%s/config/reminders/%s.yaml", school->share_dir, name);
}

const struct remind_policy *remind_policy(struct talk *talk, const struct class *class)
{
    struct school *school = talk->school;

    if (!school->policies)
        school->policies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    struct remind_policy *policy = g_hash_table_lookup(school->policies, class->reminders);

    if (policy)
        return policy;
    g_autoptr(GPtrArray) faults = faults_new();
    g_autofree char *path = path_of(school, class->reminders);

    policy = g_new(struct remind_policy, 1);
    if (!remind_policy_read(path, policy, faults)) {
        log_error("remind.policy_unreadable", "policy=%s faults=%u", class->reminders, faults->len);
        *policy = standard;
    }
    g_hash_table_insert(school->policies, g_strdup(class->reminders), policy);
    return policy;
}

bool remind_policy_reload(struct school *school, GPtrArray *faults)
{
    GHashTable *fresh = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    void *name;
    bool fine = true;

    if (school->policies)
        g_hash_table_iter_init(&iter, school->policies);
    while (school->policies && g_hash_table_iter_next(&iter, &name, NULL)) {
        struct remind_policy *policy = g_new(struct remind_policy, 1);
        g_autofree char *path = path_of(school, name);

        if (remind_policy_read(path, policy, faults)) {
            g_hash_table_insert(fresh, g_strdup(name), policy);
        } else {
            g_free(policy);
            fine = false;
        }
    }
    if (fine) {
        g_clear_pointer(&school->policies, g_hash_table_unref);
        school->policies = fresh;
    } else {
        g_hash_table_unref(fresh);
    }
    return fine;
}
