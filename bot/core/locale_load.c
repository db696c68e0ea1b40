/* Reads locales/LANG.json and checks all languages against each other. */
#include <string.h>

#include "bot/core/catalogue.h"
#include "bot/core/json.h"
#include "bot/core/locale.h"
#include "bot/core/text.h"

enum { DEPTH = 8 };

/* The byte in the file where the dotted `key` stands; the file's begin when it cannot be found. */
static const char *place_of(const struct language *l, const char *key)
{
    g_auto(GStrv) names = g_strsplit(key, ".", -1);
    const char *at = l->source;
    for (int i = 0; names[i]; i++) {
        g_autofree char *quoted = g_strdup_printf("\"%s\":", names[i]);
        const char *found = strstr(at, quoted);
        if (!found) { /* it may have plural forms only */
            memcpy(quoted + strlen(quoted) - 2, "_", 2);
            found = strstr(at, quoted);
        }
        if (!found)
            return at;
        at = found;
    }
    return at;
}

/* Adds "file:line:column: what" for a byte of the file. */
static void fault_at(GPtrArray *faults, const struct language *l, const char *at, const char *what)
{
    int line = 1, column = 1;
    for (const char *c = l->source; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    g_ptr_array_add(faults, g_strdup_printf("%s:%d:%d: %s", l->file, line, column, what));
}

/* Adds a fault where `key` stands. */
void catalogue_fault(GPtrArray *faults, const struct language *l, const char *key, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    fault_at(faults, l, place_of(l, key), what);
}

/* Frees a sentence. */
static void sentence_free(void *data)
{
    struct sentence *s = data;
    g_free(s->raw);
    g_free(s->parts);
    g_free(s);
}

/* Frees an entry; its sentences belong to the language. */
static void entry_free(void *data)
{
    struct entry *e = data;
    g_ptr_array_unref(e->holes);
    g_free(e);
}

/* Frees a language. */
static void language_free(void *data)
{
    struct language *l = data;
    g_free(l->file);
    g_free(l->source);
    g_hash_table_unref(l->entries);
    g_hash_table_unref(l->lists);
    g_ptr_array_unref(l->sentences);
    g_array_unref(l->variants);
    g_free(l);
}

/* An empty language. */
static struct language *language_new(const char *name, const char *file)
{
    struct language *l = g_new0(struct language, 1);
    l->name = g_intern_string(name);
    l->file = g_strdup(file);
    l->sentences = g_ptr_array_new_with_free_func(sentence_free);
    l->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    l->lists = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    l->variants = g_array_new(FALSE, FALSE, sizeof(gunichar));
    return l;
}

/* The entry of a key, made at first use. */
static struct entry *entry_at(struct language *l, const char *key)
{
    struct entry *e = g_hash_table_lookup(l->entries, key);
    if (!e) {
        e = g_new0(struct entry, 1);
        e->holes = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(l->entries, g_strdup(key), e);
    }
    return e;
}

/* How long the name {like_this} at `s` is, 0 when there is none. */
static size_t hole_length(const char *s)
{
    size_t n = 1;
    if (*s != '{' || !g_ascii_islower(s[1]))
        return 0;
    while (g_ascii_islower(s[n]) || g_ascii_isdigit(s[n]) || s[n] == '_')
        n++;
    return s[n] == '}' ? n - 1 : 0;
}

/* Cuts a sentence into its parts; NULL when a brace is no placeholder. */
static struct sentence *compile(const char *raw)
{
    struct sentence *s = g_new0(struct sentence, 1);
    s->raw = g_strdup(raw);
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(struct part));
    for (const char *at = s->raw; *at;) {
        size_t len = strcspn(at, "{}");
        bool hole = len == 0;
        if (hole && (len = hole_length(at)) == 0) {
            sentence_free(s);
            return NULL;
        }
        struct part part = { .text = hole ? at + 1 : at, .len = (guint)len, .hole = hole };
        g_array_append_val(parts, part);
        at += hole ? len + 2 : len;
    }
    s->count = parts->len;
    s->parts = (struct part *)(void *)g_array_free(g_steal_pointer(&parts), FALSE);
    return s;
}

/* Orders pointers to names. */
static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Notes the placeholders of a sentence in its entry. */
static void collect_holes(struct entry *e, const struct sentence *s)
{
    for (guint i = 0; i < s->count; i++) {
        g_autofree char *name = g_strndup(s->parts[i].text, s->parts[i].len);
        if (s->parts[i].hole && !g_ptr_array_find_with_equal_func(e->holes, name, g_str_equal, NULL))
            g_ptr_array_add(e->holes, g_steal_pointer(&name));
    }
    g_ptr_array_sort(e->holes, by_name);
}

/* Adds one sentence under its key, and as a plural form of the key without its suffix. */
static void add_sentence(struct language *l, const char *key, const char *raw, GPtrArray *faults)
{
    struct sentence *s = *raw ? compile(raw) : NULL;
    if (!s) {
        catalogue_fault(faults, l, key, "\"%s\" %s", key,
                        *raw ? "has a brace that is no {placeholder}" : "is empty");
        return;
    }
    g_ptr_array_add(l->sentences, s);
    struct entry *full = entry_at(l, key);
    full->plain = s;
    bool one = g_str_has_suffix(key, "_one"), other = g_str_has_suffix(key, "_other");
    if (one || other) {
        full->alias = true;
        g_autofree char *base = g_strndup(key, strlen(key) - strlen(one ? "_one" : "_other"));
        full = entry_at(l, base);
        *(one ? &full->one : &full->other) = s;
    }
    collect_holes(full, s);
}

/* Adds one list of words. */
static void add_list(struct language *l, const char *key, const cJSON *node, GPtrArray *faults)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (const cJSON *word = node->child; word; word = word->next) {
        if (!cJSON_IsString(word) || !*word->valuestring) {
            catalogue_fault(faults, l, key, "\"%s\" must be a list of words", key);
            return;
        }
        g_ptr_array_add(words, g_strdup(word->valuestring));
    }
    g_hash_table_insert(l->lists, g_strdup(key), g_steal_pointer(&words));
}

/* Adds the pairs of characters. */
static void add_variants(struct language *l, const cJSON *node, GPtrArray *faults)
{
    for (const cJSON *pair = node->child; pair; pair = pair->next) {
        const char *from = json_text(pair, "[0]"), *to = json_text(pair, "[1]");
        if (!from || !to || text_chars(from) != 1 || text_chars(to) != 1 || cJSON_GetArraySize(pair) != 2) {
            catalogue_fault(faults, l, "variants", "\"variants\" must be pairs of characters, but for \"%s\"",
                            from ? from : "?");
            continue;
        }
        gunichar chars[] = { g_utf8_get_char(from), g_utf8_get_char(to) };
        g_array_append_vals(l->variants, chars, 2);
    }
}

/* Adds everything below a node. */
static void add_node(struct language *l, const char *key, const cJSON *node, GPtrArray *faults)
{
    if (cJSON_IsString(node)) {
        add_sentence(l, key, node->valuestring, faults);
    } else if (cJSON_IsArray(node) && strcmp(key, "variants") == 0) {
        add_variants(l, node, faults);
    } else if (cJSON_IsArray(node)) {
        add_list(l, key, node, faults);
    } else if (cJSON_IsObject(node)) {
        for (const cJSON *child = node->child; child; child = child->next) {
            g_autofree char *path =
                *key ? g_strdup_printf("%s.%s", key, child->string) : g_strdup(child->string);
            if (!*child->string || strchr(child->string, '.'))
                catalogue_fault(faults, l, key, "the key \"%s\" is empty or has a dot", path);
            else
                add_node(l, path, child, faults);
        }
    } else {
        catalogue_fault(faults, l, key, "\"%s\" is neither a sentence nor a list of words", key);
    }
}

/* Reads one file. */
static struct language *language_read(const char *dir, const char *base, GPtrArray *faults)
{
    g_autofree char *file = g_build_filename(dir, base, NULL);
    g_autofree char *name = g_strndup(base, strlen(base) - strlen(".json"));
    struct language *l = language_new(name, file);
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(file, &l->source, &len, &error)) {
        l->source = g_strdup("");
        fault_at(faults, l, l->source, error->message);
        return l;
    }
    g_autoptr(cJSON) root = json_parse_longer(l->source, len, DEPTH);
    if (!cJSON_IsObject(root)) {
        const char *at = root ? l->source : cJSON_GetErrorPtr();
        bool known = at && at >= l->source && at <= l->source + len;
        fault_at(faults, l, known ? at : l->source, "is no valid JSON object (each key once)");
        return l;
    }
    add_node(l, "", root, faults);
    return l;
}

/* Orders file names, the default language first. */
static gint default_first(gconstpointer a, gconstpointer b)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    bool first = strcmp(left, LOCALE_DEFAULT ".json") == 0,
         second = strcmp(right, LOCALE_DEFAULT ".json") == 0;
    return first != second ? (first ? -1 : 1) : strcmp(left, right);
}

/* Frees a catalogue. */
void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->languages);
    g_free(c);
}

/* Reads every language of the folder, then checks them together. */
struct catalogue *catalogue_read(const char *dir, GPtrArray *faults)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(dir, 0, &error);
    if (!folder) {
        g_ptr_array_add(faults, g_strdup_printf("%s:1:1: %s", dir, error->message));
        return NULL;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        if (g_str_has_suffix(name, ".json") && *name != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, default_first);
    guint before = faults->len;
    struct catalogue *c = g_new0(struct catalogue, 1);
    c->languages = g_ptr_array_new_with_free_func(language_free);
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(c->languages, language_read(dir, g_ptr_array_index(names, i), faults));
    if (names->len == 0 || strcmp(g_ptr_array_index(names, 0), LOCALE_DEFAULT ".json") != 0)
        g_ptr_array_add(faults, g_strdup_printf("%s:1:1: has no %s.json", dir, LOCALE_DEFAULT));
    if (faults->len == before)
        catalogue_check(c, faults);
    if (faults->len == before)
        return c;
    catalogue_free(c);
    return NULL;
}
