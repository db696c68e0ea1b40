/* Words of the locales looked for in what people say. */
#include <string.h>

#include "bot/core/locale.h"
#include "handlers/homework/homework.h"

/* A word that is looked for among those of a list in the locales. */
struct sought {
    struct pool *pool;
    const char *text; /* normalised */
    bool found;
    size_t front; /* bytes of the longest word that the text begins with */
};

static void compare(void *data, const char *lang, const char *word)
{
    struct sought *sought = data;
    const char *normal = text_normal(sought->pool, word).text;

    (void)lang;
    sought->found |= strcmp(sought->text, normal) == 0;
    if (g_str_has_prefix(sought->text, normal))
        sought->front = MAX(sought->front, strlen(normal));
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
