/* The words that are left of a person who is forgotten, in everybody's texts. A name written with letters and
 * blanks (Ali) counts where it stands as a word of its own; a Chinese one wherever it stands, because nothing
 * parts words there. Titles, themes and other texts of the class's files are what organisers wrote, and stay.
 */
#ifndef BOT_SCHOOL_ERASE_WORDS_H
#define BOT_SCHOOL_ERASE_WORDS_H

#include "bot/school/talk.h"

/* Whether a name can be told from other people's in a text. */
bool erase_words_own(struct talk *, const char *name, int64_t person);

/* Chat is no record: messages to and from others that name the person lose their text, which may quote more.
 */
void erase_words_in_chat(struct talk *, const char *name);

/* Puts `neutral` for a word in every text of the store; adds the acts whose contents hold it to `acts`. */
void erase_words_replace(struct talk *, const char *word, const char *neutral, GArray *acts);

#endif
