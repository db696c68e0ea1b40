#define PCRE2_CODE_UNIT_WIDTH 8
#include "bot/school/words_private.h"

#include <pcre2.h>
#include <string.h>

#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/text.h"

enum { USES_MAX = 6, WORD_MAX = 64, NEAR_MAX = 200, BEGINS_ALIKE = 10 };

struct use {
    const struct handler *handler;
    const struct command *command;
};

/* One word and the commands that may be called by it, in the order of the table. */
struct word {
    char *text;
    size_t len;
    int chars;
    struct use uses[USES_MAX];
    size_t use_count;
};

struct words_table {
    GHashTable *by_text; /* text → struct word */
    GPtrArray *words;    /* longest first: the order in the pattern */
    GHashTable *holders; /* character → GArray of guint16: the words that hold it, once for each time */
    guint8 *present;     /* of each word: how many of its characters a text has; for words_nearest */
    GString *polite;     /* alternation of polite beginnings */
    pcre2_code *pattern;
    pcre2_match_data *match;
    pcre2_match_context *context;
    const struct handler *const *handlers;
    GPtrArray *faults;
    struct use adding;
};

/* --- compiling
 * ------------------------------------------------------------------------------------------------- */

static void free_word(void *data)
{
    struct word *word = data;

    g_free(word->text);
    g_free(word);
}

/* One word of the command being added. */
static void add_word(void *data, const char *lang, const char *text)
{
    struct words_table *table = data;
    struct pool *pool = pool_new();
    struct normal normal = text_normal(pool, text);
    struct word *word = g_hash_table_lookup(table->by_text, normal.text);

    if (normal.len == 0 || normal.len > WORD_MAX) {
        g_ptr_array_add(table->faults,
                        g_strdup_printf("locales/%s.json: commands.%s: \"%s\" cannot be a word", lang,
                                        table->adding.command->name, text));
    } else {
        if (!word) {
            word = g_new0(struct word, 1);
            word->text = g_strdup(normal.text);
            word->len = normal.len;
            word->chars = (int)text_chars(word->text);
            g_hash_table_insert(table->by_text, word->text, word);
            g_ptr_array_add(table->words, word);
        }
        bool known = word->use_count > 0 && word->uses[word->use_count - 1].command == table->adding.command;

        if (!known && word->use_count < USES_MAX)
            word->uses[word->use_count++] = table->adding;
    }
    pool_free(pool);
}

static void add_polite(void *data, const char *lang, const char *text)
{
    struct words_table *table = data;
    struct pool *pool = pool_new();
    struct normal normal = text_normal(pool, text);

    (void)lang;
    if (normal.len > 0)
        g_string_append_printf(table->polite, "%s\\Q%s\\E", table->polite->len ? "|" : "", normal.text);
    pool_free(pool);
}

static int longest_first(const void *a, const void *b)
{
    const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;

    return x->len != y->len ? (x->len < y->len) - (x->len > y->len) : strcmp(x->text, y->text);
}

/* Notes for each character which words hold it, so that the nearest are found without a look at the others.
 */
static void index_characters(struct words_table *table)
{
    table->holders = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    table->present = g_new0(guint8, table->words->len);
    for (guint i = 0; i < table->words->len; i++) {
        const struct word *word = table->words->pdata[i];

        for (const char *p = word->text; *p; p = g_utf8_next_char(p)) {
            void *character = GUINT_TO_POINTER(g_utf8_get_char(p));
            GArray *holders = g_hash_table_lookup(table->holders, character);
            guint16 number = (guint16)i;

            if (!holders) {
                holders = g_array_new(FALSE, FALSE, sizeof number);
                g_hash_table_insert(table->holders, character, holders);
            }
            g_array_append_val(holders, number);
        }
    }
}

/* The pattern over all words; each alternative names its word by a mark. */
static bool compile_pattern(struct words_table *table)
{
    g_autoptr(GString) source = g_string_new("^[\\[(<\"'【「“‘]*(?:(?:");
    int code;
    PCRE2_SIZE at;

    g_string_append(source, table->polite->len ? table->polite->str : "(*FAIL)");
    g_string_append(source, ") ?)*?(/?) ?(?:");
    for (guint i = 0; i < table->words->len; i++) {
        const struct word *word = table->words->pdata[i];
        bool latin = g_ascii_isalnum(word->text[word->len - 1]);

        g_string_append_printf(source, "%s\\Q%s\\E%s(*MARK:%u)", i ? "|" : "", word->text,
                               latin ? "(?![a-z0-9_])" : "", i);
    }
    g_string_append(source, ")");
    table->pattern =
        pcre2_compile((PCRE2_SPTR)source->str, source->len, PCRE2_UTF | PCRE2_NO_UTF_CHECK, &code, &at, NULL);
    if (!table->pattern) {
        g_ptr_array_add(table->faults,
                        g_strdup_printf("locales: the commands' pattern fails at %zu (%d)", at, code));
        return false;
    }
    pcre2_jit_compile(table->pattern, PCRE2_JIT_COMPLETE);
    table->match = pcre2_match_data_create_from_pattern(table->pattern, NULL);
    table->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(table->context, 100000);
    pcre2_set_depth_limit(table->context, 1000);
    return true;
}

struct words_table *words_compile(const struct handler *const *handlers, GPtrArray *faults)
{
    struct words_table *table = g_new0(struct words_table, 1);
    guint before = faults->len;

    table->by_text = g_hash_table_new(g_str_hash, g_str_equal);
    table->words = g_ptr_array_new_with_free_func(free_word);
    table->polite = g_string_new(NULL);
    table->handlers = handlers;
    table->faults = faults;
    for (size_t h = 0; handlers[h]; h++) {
        for (const struct command *command = handlers[h]->commands; command->name; command++) {
            g_autofree char *key = g_strdup_printf("commands.%s", command->name);
            guint had = table->words->len;

            table->adding = (struct use){ handlers[h], command };
            locale_words(key, add_word, table);
            if (table->words->len == had && !locale_raw(LOCALE_DEFAULT, key) && faults->len == before)
                log_warn("words.none", "command=%s", command->name);
        }
    }
    locale_words("polite", add_polite, table);
    g_ptr_array_sort(table->words, longest_first);
    index_characters(table);
    if (faults->len > before || !compile_pattern(table)) {
        words_free(table);
        return NULL;
    }
    return table;
}

void words_free(struct words_table *table)
{
    if (!table)
        return;
    g_hash_table_destroy(table->by_text);
    g_hash_table_destroy(table->holders);
    g_free(table->present);
    g_ptr_array_unref(table->words);
    g_string_free(table->polite, TRUE);
    pcre2_code_free(table->pattern);
    pcre2_match_data_free(table->match);
    pcre2_match_context_free(table->context);
    g_free(table);
}

/* --- matching
 * ---------------------------------------------------------------------------------------------------- */

/* A command word that is followed at once by more of the sentence is meant as one only when it is long enough
 * or a digit or mark follows: 到底怎么交 is not 到. */
static bool word_ends(const struct word *word, const char *after, bool slash)
{
    return slash || !*after || word->len >= 6 || (unsigned char)*after < 0x80;
}

/* Adds the commands of one word that fit. */
static size_t add_calls(struct pool *pool, const struct word *word, const struct normal *text, size_t from,
                        bool slash, struct call *calls, size_t count, size_t max)
{
    if (!word_ends(word, text->text + from, slash))
        return count;
    for (size_t i = 0; i < word->use_count && count < max; i++) {
        struct call *call = &calls[count];

        if (!words_arguments(pool, word->uses[i].command, text, from, &call->args))
            continue;
        call->handler = word->uses[i].handler;
        call->command = word->uses[i].command;
        count++;
    }
    return count;
}

/* Matches the text as it is. */
static size_t match_as_typed(struct words_table *table, struct pool *pool, const struct normal *text,
                             struct call *calls, size_t max, bool *ret_slash)
{
    int found = pcre2_match(table->pattern, (PCRE2_SPTR)text->text, text->len, 0, PCRE2_NO_UTF_CHECK,
                            table->match, table->context);

    *ret_slash = false;
    if (found < 0)
        return 0;
    PCRE2_SIZE *span = pcre2_get_ovector_pointer(table->match);
    const struct word *word =
        table->words->pdata[g_ascii_strtoull((const char *)pcre2_get_mark(table->match), NULL, 10)];
    size_t start = span[1] - word->len, count;

    *ret_slash = span[3] > span[2];
    count = add_calls(pool, word, text, span[1], *ret_slash, calls, 0, max);
    /* A shorter word may fit where the longest does not: 作业 before 作业三. */
    for (guint i = 0; i < table->words->len && count < max; i++) {
        const struct word *other = table->words->pdata[i];

        if (other->len < word->len && strncmp(text->text + start, other->text, other->len) == 0 &&
            !(g_ascii_isalnum(other->text[other->len - 1]) &&
              g_ascii_isalnum(text->text[start + other->len])))
            count = add_calls(pool, other, text, start + other->len, *ret_slash, calls, count, max);
    }
    return count;
}

size_t words_match(struct words_table *table, struct pool *pool, const struct normal *text,
                   struct call *calls, size_t max, bool *ret_slash)
{
    size_t count = match_as_typed(table, pool, text, calls, max, ret_slash);

    if (count > 0)
        return count;
    /* Only now, because the blank in 到 张三 tells where the word ends. */
    struct normal squeezed = text_squeezed(pool, text);

    return squeezed.len < text->len ? match_as_typed(table, pool, &squeezed, calls, max, ret_slash) : 0;
}

/* --- the nearest
 * --------------------------------------------------------------------------------------------------- */

/* Whether sharing that many of its characters makes a word worth a look. */
static inline bool may_be_near(const struct word *word, int shared)
{
    return shared * 2 >= word->chars;
}

/* How near a word is to a text: 0 not at all. Counts characters they share in order; a slip is rarer in the
 * first. */
static int nearness(const struct word *word, const struct normal *text)
{
    const char *from = text->text;
    char first[8] = "";
    int shared = 0;

    if (strstr(text->text, word->text))
        return 1000 + (int)word->len;
    for (const char *p = word->text; *p; p = g_utf8_next_char(p)) {
        size_t bytes = (size_t)(g_utf8_next_char(p) - p);
        const char *hit = from;

        while (*hit && strncmp(hit, p, bytes) != 0)
            hit++;
        if (*hit) {
            shared++;
            from = hit + bytes;
        }
    }
    if (word->chars < 2 || !may_be_near(word, shared) ||
        (g_ascii_isalpha(*word->text) && shared * 4 < word->chars * 3))
        return 0;
    g_utf8_strncpy(first, word->text, 1);
    return shared * 100 / word->chars + (g_str_has_prefix(text->text, first) ? BEGINS_ALIKE : 0);
}

/* Counts in table->present how many of each word's characters the text has. */
static void count_present(struct words_table *table, const char *text)
{
    memset(table->present, 0, table->words->len);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        size_t bytes = (size_t)(g_utf8_next_char(p) - p);
        const GArray *holders =
            memmem(text, (size_t)(p - text), p, bytes)
                ? NULL /* counted where it came first */
                : g_hash_table_lookup(table->holders, GUINT_TO_POINTER(g_utf8_get_char(p)));

        for (guint i = 0; holders && i < holders->len; i++)
            table->present[g_array_index(holders, guint16, i)]++;
    }
}

size_t words_nearest(struct words_table *table, const struct normal *text,
                     bool (*fits)(void *, const struct command *), void *data, const struct command **ret,
                     size_t max)
{
    int scores[8] = { 0 };
    size_t count = 0;

    max = MIN(max, G_N_ELEMENTS(scores));
    if (text->len > NEAR_MAX)
        return 0;
    count_present(table, text->text);
    for (guint i = 0; i < table->words->len; i++) {
        const struct word *word = table->words->pdata[i];
        int score = may_be_near(word, table->present[i]) ? nearness(word, text) : 0;
        const struct command *command = NULL;

        for (size_t u = 0; u < word->use_count && score && !command; u++)
            if (fits(data, word->uses[u].command))
                command = word->uses[u].command;
        bool listed = !command;

        for (size_t k = 0; k < count && !listed; k++)
            if (ret[k] == command)
                listed = true;
        if (listed)
            continue;
        size_t at = MIN(count, max - 1);

        if (count == max && scores[at] >= score)
            continue;
        while (at > 0 && scores[at - 1] < score) {
            scores[at] = scores[at - 1];
            ret[at] = ret[at - 1];
            at--;
        }
        scores[at] = score;
        ret[at] = command;
        count = MIN(count + 1, max);
    }
    return count;
}

/* --- by name
 * -------------------------------------------------------------------------------------------------------- */

const struct command *words_command(struct words_table *table, const char *name,
                                    const struct handler **ret_handler)
{
    for (size_t h = 0; table->handlers[h]; h++)
        for (const struct command *command = table->handlers[h]->commands; command->name; command++)
            if (strcmp(command->name, name) == 0) {
                *ret_handler = table->handlers[h];
                return command;
            }
    return NULL;
}

struct title {
    const char *lang, *word;
};

static void take_first(void *data, const char *lang, const char *word)
{
    struct title *title = data;

    if (!title->word && strcmp(lang, title->lang) == 0)
        title->word = word;
}

const char *words_title(struct words_table *table, const struct command *command, const char *lang)
{
    g_autofree char *key = g_strdup_printf("commands.%s", command->name);
    struct title title = { lang, NULL };

    (void)table;
    locale_words(key, take_first, &title);
    return title.word ? title.word : command->name;
}
