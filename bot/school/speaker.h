/* Who speaks, as what, and what that person may do: the one place where roles and places of commands are
 * enforced. */
#ifndef BOT_SCHOOL_SPEAKER_H
#define BOT_SCHOOL_SPEAKER_H

#include "bot/school/handler.h"

/* Notes the day on which the account was last heard of: pushes go to the one used last. */
void speaker_note_use(struct talk *);

/* Whether the speaker may do what needs `needs` (handler.h), wherever it is said. */
bool speaker_may(struct talk *, unsigned needs);

/* Enforces the flags of a command or action, says why not, and sets the membership it is done in. */
bool speaker_admitted(struct talk *, unsigned needs);

#endif
