/* What an import says, in people's languages. The import itself speaks English, for the command line; the
 * sentences under "imported" in locales/en.json are its patterns, those of the other languages what they
 * become. */
#ifndef BOT_SCHOOL_IMPORT_WORDS_H
#define BOT_SCHOOL_IMPORT_WORDS_H

#include "bot/school/talk.h"

/* "new trainee 张伟 1" in the talk's language; as it stands when no pattern fits. In the pool. */
const char *import_words(struct talk *, const char *english);

#endif
