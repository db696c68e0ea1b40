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

/* What people call the holidays; those of a fixed day say it. */
static const struct named {
    const char *said, *name, *fixed;
} names[] = {
    { "元旦", "元旦", "01-01" },       { "春节", "春节", NULL },        { "过年", "春节", NULL },
    { "清明", "清明节", NULL },        { "劳动节", "劳动节", "05-01" }, { "五一", "劳动节", "05-01" },
    { "端午", "端午节", NULL },        { "中秋", "中秋节", NULL },      { "国庆", "国庆节", "10-01" },
    { "十一假期", "国庆节", "10-01" },
};

/* The holiday of that name in a year; false when its file does not say. */
static bool of_year(const char *share_dir, const struct named *named, int year, char first[DAY_SIZE],
                    char last[DAY_SIZE])
{
    g_autofree char *file = g_strdup_printf("%04d.yaml", year);
    g_autofree char *path = g_build_filename(share_dir, "config", "holidays", file, NULL);
    g_autoptr(GPtrArray) faults = faults_new();
    g_autoptr(yaml_root) root = g_file_test(path, G_FILE_TEST_EXISTS) ? yaml_read(path, faults) : NULL;
    const struct yaml *holidays = root ? yaml_list(yaml_top(root), "holidays") : NULL;

    for (size_t i = 0; holidays && i < yaml_count(holidays); i++) {
        const struct yaml *one = yaml_at(holidays, i);
        bool map = yaml_kind(one) == YAML_MAP;
        const char *from = map ? yaml_date(one, "from", NULL) : NULL,
                   *to = map ? yaml_date(one, "to", NULL) : NULL;

        if (!from || !to || g_strcmp0(yaml_text(one, "name", NULL), named->name) != 0)
            continue;
        g_strlcpy(first, from, DAY_SIZE);
        g_strlcpy(last, to, DAY_SIZE);
        return true;
    }
    if (!named->fixed)
        return false;
    g_snprintf(first, DAY_SIZE, "%04d-%s", year, named->fixed);
    g_strlcpy(last, first, DAY_SIZE);
    return true;
}

bool workdays_named(const char *share_dir, const char *today, const char *text, char ret_first[DAY_SIZE],
                    char ret_last[DAY_SIZE], size_t *ret_from, size_t *ret_to)
{
    int year = (int)g_ascii_strtoll(today, NULL, 10);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *at = strstr(text, names[i].said);

        if (!at)
            continue;
        const char *behind = at + strlen(names[i].said);

        behind += g_str_has_prefix(behind, "节") ? strlen("节") : 0;
        behind += g_str_has_prefix(behind, "假期") ? strlen("假期") : 0;
        *ret_from = (size_t)(at - text);
        *ret_to = (size_t)(behind - text);
        for (int next = year; next <= year + 1; next++)
            if (of_year(share_dir, &names[i], next, ret_first, ret_last) && strcmp(ret_last, today) >= 0)
                return true;
    }
    return false;
}
