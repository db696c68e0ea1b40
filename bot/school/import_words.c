#include "bot/school/import_words.h"

#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/roles.h"

enum { CAPTURES = 8, DEPTH = 3 };

/* What a pattern's placeholders stand for. */
struct fit {
    char *names[CAPTURES], *values[CAPTURES];
    size_t count;
};

static void fit_clear(struct fit *fit)
{
    for (size_t i = 0; i < fit->count; i++) {
        g_free(fit->names[i]);
        g_free(fit->values[i]);
    }
    fit->count = 0;
}

/* Matches a text against a pattern with {names}; each takes as little as it can. */
static bool fits(const char *pattern, const char *text, struct fit *fit)
{
    for (;;) {
        const char *open = strchr(pattern, '{'), *close = open ? strchr(open, '}') : NULL;
        size_t before = close ? (size_t)(open - pattern) : strlen(pattern);

        if (strncmp(pattern, text, before) != 0)
            return false;
        text += before;
        if (!close)
            return !*text;
        const char *after = close + 1;
        g_autofree char *next = g_strndup(after, strcspn(after, "{"));
        const char *until = *next ? strstr(text, next) : text + strlen(text);

        if (*next && !*(after + strlen(next))) { /* the last words stand at the end */
            size_t len = strlen(text), tail = strlen(next);

            until = len >= tail && strcmp(text + len - tail, next) == 0 ? text + len - tail : NULL;
        }
        if (!until || until == text || fit->count == CAPTURES)
            return false;
        fit->names[fit->count] = g_strndup(open + 1, (gsize)(close - open - 1));
        fit->values[fit->count++] = g_strndup(text, (gsize)(until - text));
        text = until;
        pattern = after;
    }
}

/* How much of a pattern is not placeholders: the one that says most fits best. */
static size_t weight(const char *pattern)
{
    size_t count = 0;

    for (bool inside = false; *pattern; pattern++) {
        inside = *pattern == '{' || (inside && *pattern != '}');
        count += !inside && *pattern != '}';
    }
    return count;
}

static const char *in_words(struct talk *talk, GHashTable *patterns, const char *english, int depth);

/* The sentence with its placeholders filled; what they stand for may be words of ours, too. */
static const char *filled(struct talk *talk, GHashTable *patterns, const char *key, const struct fit *fit,
                          int depth)
{
    g_autoptr(GString) text = g_string_new(locale_raw(talk->lang, key));

    for (size_t i = 0; i < fit->count; i++) {
        const char *value = fit->values[i];
        g_autofree char *place = g_strdup_printf("{%s}", fit->names[i]);
        int role = strcmp(fit->names[i], "role") == 0 ? role_parse(value, strlen(value)) : 0;

        value = role ? role_label(talk, role)
                : depth < DEPTH && strcmp(fit->names[i], "why") == 0
                    ? in_words(talk, patterns, value, depth + 1)
                    : value;
        g_string_replace(text, place, value, 0);
    }
    return pool_strdup(talk->pool, text->str);
}

/* Looks for the pattern that fits best. */
static const char *in_words(struct talk *talk, GHashTable *patterns, const char *english, int depth)
{
    GHashTableIter iter;
    void *key, *pattern;
    struct fit best = { .count = 0 };
    const char *best_key = NULL;
    size_t best_weight = 0;

    g_hash_table_iter_init(&iter, patterns);
    while (g_hash_table_iter_next(&iter, &key, &pattern)) {
        struct fit fit = { .count = 0 };

        if (fits(pattern, english, &fit) && (!best_key || weight(pattern) > best_weight)) {
            fit_clear(&best);
            best = fit;
            best_key = key;
            best_weight = weight(pattern);
        } else {
            fit_clear(&fit);
        }
    }
    const char *words = best_key ? filled(talk, patterns, best_key, &best, depth) : english;

    fit_clear(&best);
    return words;
}

const char *import_words(struct talk *talk, const char *english)
{
    g_autoptr(GHashTable) patterns = locale_copy("en", "imported.");

    return in_words(talk, patterns, pool_strdup(talk->pool, english), 0);
}
