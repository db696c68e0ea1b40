/* Checks the languages against each other: keys, placeholders, plural forms, words that mean two things. */
#include <string.h>

#include "bot/core/catalogue.h"
#include "bot/core/locale.h"
#include "bot/core/text.h"

/* Languages with a form of their own for one. */
bool catalogue_has_one(const char *lang)
{
    return !g_str_has_prefix(lang, "zh");
}

/* The plural rule. */
bool catalogue_is_one(const char *lang, const char *n)
{
    return catalogue_has_one(lang) && strcmp(n, "1") == 0;
}

/* The keys of a table, sorted; the list alone is the caller's. */
static GList *sorted_keys(GHashTable *table)
{
    return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
}

/* The placeholders of an entry as one text. */
static char *holes_of(const struct entry *e)
{
    GString *text = g_string_new("");
    for (guint i = 0; i < e->holes->len; i++)
        g_string_append_printf(text, "{%s}", (const char *)g_ptr_array_index(e->holes, i));
    return g_string_free(text, FALSE);
}

/* A key that has plural forms has all that its language needs, and {n} to choose by. */
static void check_plural(const struct language *l, const char *key, const struct entry *e, GPtrArray *faults)
{
    if (e->plain || e->alias)
        return;
    if (!e->other || (!e->one && catalogue_has_one(l->name)))
        catalogue_fault(faults, l, key, "\"%s\" lacks its plural form %s", key, e->other ? "_one" : "_other");
    if (!g_ptr_array_find_with_equal_func(e->holes, "n", g_str_equal, NULL))
        catalogue_fault(faults, l, key, "\"%s\" has plural forms but no {n}", key);
}

/* All sentences and lists of `a` are in `b`; seen from the first language, with the same placeholders. */
static void check_keys(const struct language *a, const struct language *b, GPtrArray *faults)
{
    g_autoptr(GList) keys = sorted_keys(a->entries);
    for (GList *k = keys; k; k = k->next) {
        const struct entry *ours = g_hash_table_lookup(a->entries, k->data);
        const struct entry *theirs = g_hash_table_lookup(b->entries, k->data);
        if (ours->alias)
            continue;
        g_autofree char *here = holes_of(ours), *there = theirs ? holes_of(theirs) : NULL;
        if (!theirs)
            catalogue_fault(faults, b, k->data, "lacks \"%s\"", (char *)k->data);
        else if (strcmp(a->name, LOCALE_DEFAULT) == 0 && strcmp(here, there) != 0)
            catalogue_fault(faults, b, k->data, "\"%s\" has %s, in %s %s", (char *)k->data,
                            *there ? there : "no placeholder", a->name, *here ? here : "none");
    }
    g_autoptr(GList) lists = sorted_keys(a->lists);
    for (GList *k = lists; k; k = k->next) {
        if (!g_hash_table_contains(b->lists, k->data) && strcmp(k->data, "shared_words") != 0)
            catalogue_fault(faults, b, k->data, "lacks the words \"%s\"", (char *)k->data);
    }
}

/* A word as dispatch compares it: normalised, without blanks and the slash. In the pool. */
static char *bare_word(struct pool *pool, const char *word)
{
    struct normal n = text_normal(pool, word);
    char *to = n.text;
    for (const char *from = n.text; *from; from++) {
        if (*from != ' ' && !(*from == '/' && to == n.text))
            *to++ = *from;
    }
    *to = '\0';
    return n.text;
}

/* Whether the language's "shared_words" name the word. */
static bool is_shared(struct pool *pool, const struct language *l, const char *bare)
{
    const GPtrArray *shared = g_hash_table_lookup(l->lists, "shared_words");
    for (guint i = 0; shared && i < shared->len; i++) {
        if (strcmp(bare_word(pool, g_ptr_array_index(shared, i)), bare) == 0)
            return true;
    }
    return false;
}

/* No word of a command belongs to another one, here or in a language before. */
static void check_words(struct pool *pool, const struct language *l, GHashTable *owners, GPtrArray *faults)
{
    g_autoptr(GList) keys = sorted_keys(l->lists);
    for (GList *k = keys; k; k = k->next) {
        const GPtrArray *words = g_hash_table_lookup(l->lists, k->data);
        if (!g_str_has_prefix(k->data, "commands."))
            continue;
        if (words->len == 0)
            catalogue_fault(faults, l, k->data, "\"%s\" has no words", (char *)k->data);
        for (guint i = 0; i < words->len; i++) {
            const char *word = g_ptr_array_index(words, i);
            char *bare = bare_word(pool, word);
            const char *owner = g_hash_table_lookup(owners, bare);
            if (!*bare)
                catalogue_fault(faults, l, k->data, "\"%s\" has an empty word", (char *)k->data);
            else if (!owner)
                g_hash_table_insert(owners, bare, k->data);
            else if (strcmp(owner, k->data) != 0 && !is_shared(pool, l, bare))
                catalogue_fault(faults, l, k->data, "\"%s\" is claimed by %s and by %s", word, owner,
                                (char *)k->data);
        }
    }
}

/* Checks all languages. */
void catalogue_check(const struct catalogue *c, GPtrArray *faults)
{
    struct pool *pool = pool_new();
    g_autoptr(GHashTable) owners = g_hash_table_new(g_str_hash, g_str_equal);
    const struct language *first = g_ptr_array_index(c->languages, 0);
    for (guint i = 0; i < c->languages->len; i++) {
        const struct language *l = g_ptr_array_index(c->languages, i);
        GHashTableIter iter;
        void *key, *entry;
        g_hash_table_iter_init(&iter, l->entries);
        while (g_hash_table_iter_next(&iter, &key, &entry))
            check_plural(l, key, entry, faults);
        check_words(pool, l, owners, faults);
        if (i > 0) {
            check_keys(first, l, faults);
            check_keys(l, first, faults);
        }
    }
    pool_free(pool);
}
