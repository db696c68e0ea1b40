/* The parts of the sittings capability, for its own files only: a timetable changed by a word in the chat. */
#ifndef HANDLERS_SITTINGS_SITTINGS_H
#define HANDLERS_SITTINGS_SITTINGS_H

#include "bot/school/handler.h"

struct span {
    int64_t starts, ends;
};

/* A change of one session or of one half of it, asked for and perhaps made. */
struct change {
    int64_t id, class_id, session;
    int part;         /* 0 the session; of one in two sittings: 1 its morning, 2 its afternoon */
    const char *kind; /* "delay", "early_end", "cancel", "move", "confirm" */
    const char *title;
    struct span before, after;
    const char *reason;
    int64_t made; /* 0: not confirmed yet */
};

enum { REASON_MAX = 300, CHANGES_AT_ONCE = 12 };

/* ask.c: the commands; each reads what is meant and asks once. */
void sittings_delay(struct talk *);
void sittings_early_end(struct talk *);
void sittings_cancel(struct talk *);
void sittings_move(struct talk *);
void sittings_confirm(struct talk *);

/* change.c: writes the question down and asks it, one for all; makes the changes when the button is pressed.
 */
void sittings_ask(struct talk *, struct change *, size_t count);
void sittings_press_go(struct talk *, const char *args);
void sittings_press_drop(struct talk *, const char *args);
void sittings_announce(struct talk *, int64_t id, int64_t due); /* what was made at night */
void sittings_press_rest(struct talk *, const char *args); /* an early end of the morning is the day's end */

/* The changes of one question, in order; how many. what_of: what becomes of the session, in the talk's
 * language. */
size_t sittings_load(struct talk *, int64_t id, struct change ret[CHANGES_AT_ONCE]);
const char *sittings_what(struct talk *, const struct change *, size_t count);

/* past.c: what was changed so far. */
void sittings_past(struct talk *);
void sittings_digest(struct talk *, struct brief *); /* what was changed since yesterday */
void sittings_archive(struct talk *, const struct class *, GString *into);

#endif
