/* The parts of the sittings capability, for its own files only: a timetable changed by a word in the chat. */
#ifndef HANDLERS_SITTINGS_SITTINGS_H
#define HANDLERS_SITTINGS_SITTINGS_H

#include "bot/school/handler.h"

struct span {
    int64_t starts, ends;
};

/* A change of one session, asked for and perhaps made. */
struct change {
    int64_t id, class_id, session;
    const char *kind; /* "delay", "early_end", "cancel", "move", "confirm" */
    const char *title;
    struct span before, after;
    const char *reason;
    int64_t made; /* 0: not confirmed yet */
};

enum { REASON_MAX = 300 };

/* ask.c: the commands; each reads what is meant and asks once. */
void sittings_delay(struct talk *);
void sittings_early_end(struct talk *);
void sittings_cancel(struct talk *);
void sittings_move(struct talk *);
void sittings_confirm(struct talk *);

/* change.c: writes the question down and asks it; makes the change when the button is pressed. */
void sittings_ask(struct talk *, struct change *);
void sittings_press_go(struct talk *, const char *args);
void sittings_press_drop(struct talk *, const char *args);

#endif
