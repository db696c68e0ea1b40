#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/core/faults.h"
#include "bot/core/text.h"
#include "bot/core/yaml_private.h"

enum yaml_kind yaml_kind(const struct yaml *node)
{
    return node->kind;
}

int yaml_line(const struct yaml *node)
{
    return node->line;
}

int yaml_column(const struct yaml *node)
{
    return node->column;
}

const char *yaml_file(const struct yaml *node)
{
    return node->root->file;
}

const struct yaml *yaml_top(const struct yaml_root *root)
{
    return root->top;
}

void yaml_allow(const struct yaml *map, const char *const *keys)
{
    for (guint i = 0; i < map->keys->len; i++) {
        const struct yaml *key = map->keys->pdata[i];
        if (g_strv_contains(keys, key->text))
            continue;
        const char *nearest = faults_nearest(key->text, keys);
        if (nearest)
            yaml_fault(key, "unknown key \"%s\", did you mean \"%s\"?", key->text, nearest);
        else
            yaml_fault(key, "unknown key \"%s\"", key->text);
    }
}

const struct yaml *yaml_find(const struct yaml *map, const char *key)
{
    for (guint i = 0; i < map->keys->len; i++)
        if (!strcmp(((const struct yaml *)map->keys->pdata[i])->text, key))
            return map->items->pdata[i];
    return NULL;
}

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    const struct yaml *value = yaml_find(map, key);
    return value && value->null ? NULL : value;
}

/* The value of a key when it is a text with all its variables set, else NULL; another kind is a fault. */
static const struct yaml *text_of(const struct yaml *map, const char *key)
{
    const struct yaml *value = yaml_get(map, key);
    if (!value)
        return NULL;
    if (value->kind != YAML_TEXT) {
        yaml_fault(value, "\"%s\" must be a single value, not a %s", key,
                   value->kind == YAML_MAP ? "map" : "list");
        return NULL;
    }
    if (value->unset) {
        yaml_fault(value, "the environment variable %s is not set", value->unset);
        return NULL;
    }
    return value;
}

const char *yaml_text(const struct yaml *map, const char *key, const char *missing)
{
    const struct yaml *value = text_of(map, key);
    return value ? value->text : missing;
}

void yaml_guard(const struct yaml *value)
{
    struct stat about;

    if (value && !value->filled && stat(value->root->file, &about) == 0 && (about.st_mode & S_IROTH))
        yaml_fault(
            value,
            "everybody on this machine may read this secret; chmod 640 the file, or write ${NAME} here");
}

const char *yaml_need(const struct yaml *map, const char *key)
{
    if (!yaml_get(map, key)) {
        yaml_fault(map, "\"%s\" is missing", key);
        return NULL;
    }
    const struct yaml *value = text_of(map, key);
    if (value && !*value->text) {
        yaml_fault(value, "\"%s\" is empty", key);
        return NULL;
    }
    return value ? value->text : NULL;
}

int64_t yaml_int(const struct yaml *map, const char *key, int64_t missing, int64_t min, int64_t max)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    char *end;
    errno = 0;
    long long number = strtoll(value->text, &end, 10);
    if (value->quoted || !*value->text || *end || g_ascii_isspace(*value->text))
        yaml_fault(value, "\"%s\" must be a whole number%s", key, value->quoted ? ", without quotes" : "");
    else if (errno || number < min || number > max)
        yaml_fault(value, "\"%s\" must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, key, min, max);
    else
        return number;
    return missing;
}

double yaml_real(const struct yaml *map, const char *key, double missing)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    char *end;
    double number = g_ascii_strtod(value->text, &end);
    if (!value->quoted && *value->text && !*end && isfinite(number))
        return number;
    yaml_fault(value, "\"%s\" must be a number%s", key, value->quoted ? ", without quotes" : "");
    return missing;
}

bool yaml_bool(const struct yaml *map, const char *key, bool missing)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    if (!value->quoted && (!strcmp(value->text, "true") || !strcmp(value->text, "false")))
        return value->text[0] == 't';
    yaml_fault(value, "\"%s\" must be true or false%s", key, value->quoted ? ", without quotes" : "");
    return missing;
}

int yaml_word(const struct yaml *map, const char *key, const char *const *words, int missing)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], value->text))
            return i;
    g_autofree char *all = g_strjoinv(", ", (char **)words);
    yaml_fault(value, "\"%s\" must be one of %s, not \"%s\"", key, all, value->text);
    return missing;
}

/* Minutes of the day of "HH:MM" in `len` bytes, 24:00 included; -1 when it is none. */
static int minutes_of(const char *text, size_t len)
{
    static const char digits[] = "0123456789";
    size_t wide = strspn(text, digits);

    if (len < 4 || len > 5 || wide != len - 3 || text[wide] != ':' || strspn(text + wide + 1, digits) != 2)
        return -1;
    int hour = (int)g_ascii_strtoll(text, NULL, 10), minute = (int)g_ascii_strtoll(text + wide + 1, NULL, 10);
    return minute > 59 || hour * 60 + minute > 24 * 60 ? -1 : hour * 60 + minute;
}

int yaml_time(const struct yaml *map, const char *key, int missing)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    int minutes = minutes_of(value->text, strlen(value->text));
    if (minutes >= 0)
        return minutes;
    yaml_fault(value, "\"%s\" must be a time as 09:00, not \"%s\"", key, value->text);
    return missing;
}

bool yaml_span(const struct yaml *map, const char *key, int *ret_from, int *ret_to)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return false;
    const char *dash = strchr(value->text, '-');
    int from = dash ? minutes_of(value->text, (size_t)(dash - value->text)) : -1;
    int to = dash ? minutes_of(dash + 1, strlen(dash + 1)) : -1;
    if (from < 0 || to <= from) {
        yaml_fault(value, "\"%s\" must be two times as 09:00-12:00, not \"%s\"", key, value->text);
        return false;
    }
    *ret_from = from;
    *ret_to = to;
    return true;
}

const char *yaml_date(const struct yaml *map, const char *key, const char *missing)
{
    const struct yaml *value = text_of(map, key);
    if (!value)
        return missing;
    int year, month, day;
    if (text_day(value->text, &year, &month, &day) && year >= 1970)
        return value->text;
    yaml_fault(value, "\"%s\" must be a day as 2026-03-02, not \"%s\"", key, value->text);
    return missing;
}

/* The value of a key when it is of the kind, else NULL and a fault. */
static const struct yaml *of_kind(const struct yaml *map, const char *key, enum yaml_kind kind,
                                  const char *what)
{
    const struct yaml *value = yaml_get(map, key);
    if (!value || value->kind == kind)
        return value;
    yaml_fault(value, "\"%s\" must be a %s", key, what);
    return NULL;
}

const struct yaml *yaml_map(const struct yaml *map, const char *key)
{
    return of_kind(map, key, YAML_MAP, "map of keys and values");
}

const struct yaml *yaml_list(const struct yaml *map, const char *key)
{
    return of_kind(map, key, YAML_LIST, "list");
}

size_t yaml_count(const struct yaml *node)
{
    return node ? node->items->len : 0;
}

const struct yaml *yaml_at(const struct yaml *node, size_t index)
{
    return node->items->pdata[index];
}

const char *yaml_key(const struct yaml *node, size_t index)
{
    return node->kind == YAML_MAP ? ((const struct yaml *)node->keys->pdata[index])->text : NULL;
}

const char *yaml_scalar(const struct yaml *node)
{
    if (node->kind == YAML_TEXT && !node->unset)
        return node->text;
    if (node->kind == YAML_TEXT)
        yaml_fault(node, "the environment variable %s is not set", node->unset);
    else
        yaml_fault(node, "a single value is wanted here");
    return NULL;
}
