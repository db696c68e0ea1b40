#include "bot/school/workdays.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/yaml.h"

/* Whether one of the year's free spans holds the day. */
static bool is_free(const struct yaml *holidays, const char *day)
{
    for (size_t i = 0; i < yaml_count(holidays); i++) {
        const struct yaml *one = yaml_at(holidays, i);
        const char *from = yaml_kind(one) == YAML_MAP ? yaml_date(one, "from", NULL) : NULL;
        const char *to = from ? yaml_date(one, "to", NULL) : NULL;

        if (from && to && strcmp(from, day) <= 0 && strcmp(day, to) <= 0)
            return true;
    }
    return false;
}

bool workday(const char *share_dir, const char *day)
{
    bool work = days_weekday(day) <= 5;
    g_autofree char *file = g_strdup_printf("%.4s.yaml", day);
    g_autofree char *path = g_build_filename(share_dir, "config", "holidays", file, NULL);
    g_autoptr(GPtrArray) faults = faults_new();
    g_autoptr(yaml_root) root = g_file_test(path, G_FILE_TEST_EXISTS) ? yaml_read(path, faults) : NULL;

    if (!root)
        return work;
    const struct yaml *worked = yaml_list(yaml_top(root), "workdays");

    for (size_t i = 0; i < yaml_count(worked); i++)
        if (g_strcmp0(yaml_scalar(yaml_at(worked, i)), day) == 0)
            return true;
    return work && !is_free(yaml_list(yaml_top(root), "holidays"), day);
}

void workdays_after(const char *share_dir, const char *day, int count, char ret[DAY_SIZE])
{
    char next[DAY_SIZE];

    g_strlcpy(ret, day, DAY_SIZE);
    while (count > 0) {
        days_add(ret, 1, next);
        g_strlcpy(ret, next, DAY_SIZE);
        if (workday(share_dir, ret))
            count--;
    }
}
