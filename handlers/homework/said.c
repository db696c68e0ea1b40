/* Words of the locales looked for in what people say. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/school.h"
#include "bot/school/words.h"
#include "handlers/homework/homework.h"

/* A word that is looked for among those of a list in the locales. */
struct sought {
    struct pool *pool;
    const char *text; /* normalised */
    bool found;
    size_t front;   /* bytes of the longest word that the text begins with */
    size_t at, len; /* the first and longest that stands anywhere; len 0: none */
};

/* Where a word stands in a text; one of letters has to stand alone. NULL nowhere. */
static const char *find(const char *text, const char *word)
{
    bool letters = g_ascii_isalpha(*word);
    size_t len = strlen(word);

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if (!letters || !((at > text && g_ascii_isalnum(at[-1])) || g_ascii_isalnum(at[len])))
            return at;
    return NULL;
}

static void compare(void *data, const char *lang, const char *word)
{
    struct sought *sought = data;
    const char *normal = text_normal(sought->pool, word).text;

    (void)lang;
    sought->found |= strcmp(sought->text, normal) == 0;
    if (g_str_has_prefix(sought->text, normal))
        sought->front = MAX(sought->front, strlen(normal));
    const char *found = find(sought->text, normal);
    size_t at = found ? (size_t)(found - sought->text) : 0, len = strlen(normal);

    if (found && len > 0 &&
        (sought->len == 0 || at < sought->at || (at == sought->at && len > sought->len))) {
        sought->at = at;
        sought->len = len;
    }
}

bool homework_says(struct talk *talk, const char *text, const char *list)
{
    struct sought sought = { .pool = talk->pool, .text = text_normal(talk->pool, text).text };

    locale_words(list, compare, &sought);
    return sought.found;
}

size_t homework_begins(struct talk *talk, const char *text, const char *list)
{
    struct sought sought = { .pool = talk->pool, .text = text };

    locale_words(list, compare, &sought);
    return sought.front;
}

size_t homework_finds(struct talk *talk, const char *text, const char *list, size_t *ret_len)
{
    struct sought sought = { .pool = talk->pool, .text = text };

    locale_words(list, compare, &sought);
    *ret_len = sought.len;
    return sought.at;
}

bool homework_leaves(struct talk *talk, bool with_number)
{
    /* words that are as well said of a piece of work */
    static const char *const said_of_work[] = { "thanks", "approve", "reject", "arrived",
                                                "signin", "here",    "skip" };
    struct normal text = text_normal(talk->pool, talk->update->text);
    struct call calls[6];
    bool slash, leaves = false;
    size_t count = words_match(talk->school->words, talk->pool, &text, calls, G_N_ELEMENTS(calls), &slash);

    for (size_t i = 0; i < count; i++) {
        bool alone = !*calls[i].args.rest && calls[i].args.ref == 0, of_work = false;

        for (size_t j = 0; j < G_N_ELEMENTS(said_of_work); j++)
            of_work |= strcmp(calls[i].command->name, said_of_work[j]) == 0;
        leaves |= (alone && !of_work) || (with_number && calls[i].args.ref > 0);
    }
    return leaves;
}
