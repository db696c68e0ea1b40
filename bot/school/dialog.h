/* The one open question a person is being asked, kept across restarts. Parked after 30 minutes, offered
 * again. */
#ifndef BOT_SCHOOL_DIALOG_H
#define BOT_SCHOOL_DIALOG_H

#include "bot/school/talk.h"

enum { DIALOG_PARKS = 30 * 60 };

struct dialog {
    const char *kind; /* the handler that asks */
    int64_t subject, member;
    int step;
    const char *state; /* the handler's own: JSON */
    int64_t asked;
};

/* The person's open dialog; false when there is none. */
bool dialog_of(struct talk *, int64_t person, struct dialog *ret);

/* The words that the speaker's open question waits for, in ret_text: clean, at most `max` bytes, and the
 * question is closed; NULL when nothing was said, which is told. False when this update answers none. */
bool dialog_words(struct talk *, size_t max, struct dialog *ret, const char **ret_text);

/* Opens or goes on with one for the speaker (or `person`): replaces what was open. What was answered of
 * another one is laid below it and is open again once this one is closed. */
void dialog_set(struct talk *, int64_t person, const char *kind, int64_t subject, int64_t member, int step,
                const char *state);
void dialog_close(struct talk *, int64_t person);

/* Takes out the one of this kind and subject (kind NULL: the latest) that lies below; false when none does.
 */
bool dialog_take(struct talk *, int64_t person, const char *kind, int64_t subject, struct dialog *ret);

#endif
