#include "bot/core/locale.h"

#include <string.h>

#include "bot/core/catalogue.h"
#include "bot/core/log.h"
#include "bot/core/text.h"

enum { PAIRS_MAX = 24 };

static struct catalogue *catalogue;

/* Replaces the catalogue by what is in `dir`, if that is whole. */
bool locale_load(const char *dir, GPtrArray *faults)
{
    struct catalogue *fresh = catalogue_read(dir, faults);
    if (!fresh)
        return false;
    locale_unload();
    catalogue = fresh;
    for (guint i = 0; i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        for (guint v = 0; v + 1 < l->variants->len; v += 2)
            text_set_variant(g_array_index(l->variants, gunichar, v),
                             g_array_index(l->variants, gunichar, v + 1));
    }
    return true;
}

/* Forgets everything. */
void locale_unload(void)
{
    catalogue_free(catalogue);
    catalogue = NULL;
    text_forget_variants();
}

/* The language of exactly this name, or NULL. */
static const struct language *language_of(const char *lang)
{
    for (guint i = 0; catalogue && lang && i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        if (l->name == lang || strcmp(l->name, lang) == 0)
            return l;
    }
    return NULL;
}

/* Whether we have exactly this language. */
bool locale_has(const char *lang)
{
    return language_of(lang) != NULL;
}

/* The same tag, else the same language before the first - or _, else the default. */
const char *locale_pick(const char *lang)
{
    const struct language *same = language_of(lang);
    if (same)
        return same->name;
    size_t len = lang ? strcspn(lang, "-_") : 0;
    for (guint i = 0; len > 0 && catalogue && i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        if (strcspn(l->name, "-_") == len && g_ascii_strncasecmp(l->name, lang, len) == 0)
            return l->name;
    }
    return LOCALE_DEFAULT;
}

/* What `key` means in the language that fits best, or NULL. */
static const struct entry *entry_of(const char *lang, const char *key)
{
    const struct language *l = language_of(lang);
    if (!l)
        l = language_of(locale_pick(lang));
    return l ? g_hash_table_lookup(l->entries, key) : NULL;
}

/* A name and its value, as given by the caller. */
struct pair {
    const char *name, *value;
    size_t name_len, value_len;
};

/* The value for a placeholder, or NULL. */
static const struct pair *pair_of(const struct pair *pairs, int count, const struct part *hole)
{
    for (int i = 0; i < count; i++) {
        if (pairs[i].name_len == hole->len && memcmp(pairs[i].name, hole->text, hole->len) == 0)
            return &pairs[i];
    }
    return NULL;
}

/* The sentence with its placeholders filled; NULL when one has no value. */
static const char *fill(struct pool *pool, const struct sentence *s, const struct pair *pairs, int count)
{
    size_t len = 0;
    for (guint i = 0; i < s->count; i++) {
        const struct part *part = &s->parts[i];
        const struct pair *pair = part->hole ? pair_of(pairs, count, part) : NULL;
        if (part->hole && !pair)
            return NULL;
        len += pair ? pair->value_len : part->len;
    }
    char *text = pool_bytes(pool, len + 1), *at = text;
    for (guint i = 0; i < s->count; i++) {
        const struct part *part = &s->parts[i];
        const struct pair *pair = part->hole ? pair_of(pairs, count, part) : NULL;
        size_t n = pair ? pair->value_len : part->len;
        memcpy(at, pair ? pair->value : part->text, n);
        at += n;
    }
    *at = '\0';
    return text;
}

/* The form of the entry that fits the placeholder {n}. */
static const struct sentence *form(const struct entry *entry, const char *lang, const struct pair *pairs,
                                   int count)
{
    if (entry->plain || !entry->one)
        return entry->plain ? entry->plain : entry->other;
    static const struct part n = { .text = "n", .len = 1, .hole = true };
    const struct pair *pair = pair_of(pairs, count, &n);
    return pair && catalogue_is_one(lang, pair->value) ? entry->one : entry->other;
}

/* Looks up, chooses the plural form, fills in. */
const char *locale_textv(struct pool *pool, const char *lang, const char *key, va_list args)
{
    struct pair pairs[PAIRS_MAX];
    int count = 0;
    for (const char *name; (name = va_arg(args, const char *)) != NULL;) {
        const char *value = va_arg(args, const char *);
        if (count == PAIRS_MAX)
            BUG("more than %d values for %s", PAIRS_MAX, key);
        if (value)
            pairs[count++] = (struct pair){ name, value, strlen(name), strlen(value) };
    }
    lang = locale_pick(lang);
    const struct entry *entry = entry_of(lang, key);
    const struct sentence *sentence = entry ? form(entry, lang, pairs, count) : NULL;
    const char *text = sentence ? fill(pool, sentence, pairs, count) : NULL;
    if (text)
        return text;
    log_error("locale.missing", "lang=%s key=%s what=%s", lang, key, sentence ? "value" : "sentence");
    return pool_strdup(pool, key);
}

/* The same with its values in the call. */
const char *locale_text(struct pool *pool, const char *lang, const char *key, ...)
{
    va_list args;
    va_start(args, key);
    const char *text = locale_textv(pool, lang, key, args);
    va_end(args);
    return text;
}

/* The sentence as it stands in the file. */
const char *locale_raw(const char *lang, const char *key)
{
    const struct entry *entry = entry_of(lang, key);
    return entry && entry->plain ? entry->plain->raw : NULL;
}

GHashTable *locale_copy(const char *lang, const char *prefix)
{
    GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; catalogue && i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        GHashTableIter iter;
        gpointer key, value;
        if (strcmp(l->name, lang) != 0)
            continue;
        g_hash_table_iter_init(&iter, l->entries);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
            const struct entry *entry = value;
            if (g_str_has_prefix(key, prefix) && entry->plain)
                g_hash_table_insert(copy, g_strdup(key), g_strdup(entry->plain->raw));
        }
    }
    return copy;
}

/* Walks the words of one list in every language. */
void locale_words(const char *key, void (*fn)(void *data, const char *lang, const char *word), void *data)
{
    for (guint i = 0; catalogue && i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        const GPtrArray *words = g_hash_table_lookup(l->lists, key);
        for (guint w = 0; words && w < words->len; w++)
            fn(data, l->name, g_ptr_array_index(words, w));
    }
}

/* Walks the pairs of characters. */
void locale_variants(void (*fn)(void *data, gunichar from, gunichar to), void *data)
{
    for (guint i = 0; catalogue && i < catalogue->languages->len; i++) {
        const struct language *l = g_ptr_array_index(catalogue->languages, i);
        for (guint v = 0; v + 1 < l->variants->len; v += 2)
            fn(data, g_array_index(l->variants, gunichar, v), g_array_index(l->variants, gunichar, v + 1));
    }
}
