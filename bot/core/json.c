#include "bot/core/json.h"

#include <math.h>
#include <string.h>

enum { FEW_KEYS = 8 };

/* Without memory the process ends, as it does everywhere else: JSON that could not be held would be taken for
 * bad JSON. */
__attribute__((constructor)) static void need_memory(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){ .malloc_fn = g_malloc, .free_fn = g_free });
}

/* What cJSON lets pass and we do not: control characters, NULs in strings, nesting beyond `depth`, more than
 * `values` values. A value stands behind each comma and in each pair of brackets; empty ones count as one
 * too. */
static bool shape_is_fine(const char *text, size_t len, int depth, int values)
{
    bool quoted = false;
    int level = 0, count = 1;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (quoted) {
            if (c < ' ')
                return false;
            if (c == '"') {
                quoted = false;
            } else if (c == '\\') {
                i++;
                if (i + 4 < len && memcmp(text + i, "u0000", 5) == 0)
                    return false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            if (++count > values)
                return false;
        } else if (c == '{' || c == '[') {
            if (++level > depth || ++count > values)
                return false;
        } else if (c == '}' || c == ']') {
            level--;
        } else if (c < ' ' && c != '\n' && c != '\r' && c != '\t') {
            return false;
        }
    }
    return !quoted;
}

/* Orders two members by key, for qsort. */
static int by_key(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* Whether the members of one object have a key twice; sorted when many, so that hostile objects stay cheap.
 */
static bool has_twins(const cJSON *object)
{
    const cJSON *few[FEW_KEYS];
    size_t count = (size_t)cJSON_GetArraySize(object), n = 0;
    bool few_enough = count <= FEW_KEYS;
    g_autofree const cJSON **many = few_enough ? NULL : g_new(const cJSON *, count);
    const cJSON **all = few_enough ? few : many;
    for (const cJSON *child = object->child; child; child = child->next) {
        for (size_t i = 0; few_enough && i < n; i++) {
            if (strcmp(all[i]->string, child->string) == 0)
                return true;
        }
        all[n++] = child;
    }
    if (few_enough)
        return false;
    qsort(all, n, sizeof(const cJSON *), by_key);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(all[i - 1]->string, all[i]->string) == 0)
            return true;
    }
    return false;
}

/* Whether any object in the tree has a key twice; as deep as the document at most. */
static bool twins_anywhere(const cJSON *node)
{
    if (cJSON_IsObject(node) && has_twins(node))
        return true;
    for (const cJSON *child = node->child; child; child = child->next) {
        if (child->child && twins_anywhere(child))
            return true;
    }
    return false;
}

/* Parses one whole document of at most `values` values. */
static cJSON *parse(const char *text, size_t len, int depth, int values)
{
    if (!text || !g_utf8_validate_len(text, len, NULL) || !shape_is_fine(text, len, depth, values))
        return NULL;
    const char *end = NULL;
    g_autoptr(cJSON) root = cJSON_ParseWithLengthOpts(text, len, &end, 0);
    if (!root)
        return NULL;
    while (end < text + len && strchr(" \t\r\n", *end))
        end++;
    if (end != text + len || twins_anywhere(root))
        return NULL;
    return g_steal_pointer(&root);
}

cJSON *json_parse(const char *text, size_t len, int depth)
{
    return parse(text, len, depth, JSON_VALUES);
}

cJSON *json_parse_longer(const char *text, size_t len, int depth)
{
    return parse(text, len, depth, JSON_LONGER);
}

/* The member whose key is the `len` bytes at `key`. */
static const cJSON *member(const cJSON *object, const char *key, size_t len)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *child = object->child; child; child = child->next) {
        if (strncmp(child->string, key, len) == 0 && child->string[len] == '\0')
            return child;
    }
    return NULL;
}

/* The element of "[i]" at *path, which moves behind it; negative ones count from the end. */
static const cJSON *element(const cJSON *array, const char **path)
{
    char *end;
    gint64 i = g_ascii_strtoll(*path + 1, &end, 10);
    *path = *end == ']' ? end + 1 : end;
    if (!cJSON_IsArray(array))
        return NULL;
    if (i < 0)
        i += cJSON_GetArraySize(array);
    return i < 0 || i > G_MAXINT ? NULL : cJSON_GetArrayItem(array, (int)i);
}

/* Walks a path. */
const cJSON *json_at(const cJSON *node, const char *path)
{
    while (node && *path) {
        if (*path == '.') {
            path++;
        } else if (*path == '[') {
            node = element(node, &path);
        } else {
            size_t len = strcspn(path, ".[");
            node = member(node, path, len);
            path += len;
        }
    }
    return node;
}

/* The string at a path. */
const char *json_text(const cJSON *node, const char *path)
{
    const cJSON *found = json_at(node, path);
    return cJSON_IsString(found) ? found->valuestring : NULL;
}

/* The finite number at a path. */
bool json_real(const cJSON *node, const char *path, double *ret)
{
    const cJSON *found = json_at(node, path);
    if (!cJSON_IsNumber(found) || !isfinite(found->valuedouble))
        return false;
    *ret = found->valuedouble;
    return true;
}

/* The whole number at a path. 2^53 itself is refused: 2^53 + 1 is read as it. */
bool json_int(const cJSON *node, const char *path, int64_t *ret)
{
    double value;
    if (!json_real(node, path, &value) || fabs(value) >= 9007199254740992.0 || value != floor(value))
        return false;
    *ret = (int64_t)value;
    return true;
}

/* Whether a literal true is at a path. */
bool json_true(const cJSON *node, const char *path)
{
    return cJSON_IsTrue(json_at(node, path));
}

/* Appends a string, whole runs at a time. */
void json_put(GString *into, const char *text)
{
    if (!text) {
        g_string_append_len(into, "null", 4);
        return;
    }
    g_string_append_c(into, '"');
    for (;;) {
        const char *from = text;
        while ((unsigned char)*text >= ' ' && *text != '"' && *text != '\\')
            text++;
        g_string_append_len(into, from, text - from);
        if (!*text)
            break;
        if (*text == '"' || *text == '\\') {
            g_string_append_c(into, '\\');
            g_string_append_c(into, *text);
        } else if (*text == '\n') {
            g_string_append_len(into, "\\n", 2);
        } else {
            g_string_append_printf(into, "\\u%04x", (unsigned)*text);
        }
        text++;
    }
    g_string_append_c(into, '"');
}
