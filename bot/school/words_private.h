/* Shared by words.c (the words) and words_args.c (what follows them). */
#ifndef BOT_SCHOOL_WORDS_PRIVATE_H
#define BOT_SCHOOL_WORDS_PRIVATE_H

#include "bot/school/words.h"

/* Whether what follows the word, from byte `from` on, fits the command's arguments; reads them. */
bool words_arguments(struct pool *, const struct command *, const struct normal *text, size_t from,
                     struct args *ret);

#endif
