/* What the files of the form engine share. */
#ifndef BOT_SCHOOL_FORM_PRIVATE_H
#define BOT_SCHOOL_FORM_PRIVATE_H

#include "bot/school/form.h"

/* One button of the open question: what it says and the end of its action: "o2", "skip". */
struct form_button {
    const char *label, *what;
    bool beside;
};
enum { FORM_BUTTONS_MAX = 40 };

/* The buttons of the open question, in the order shown: numbers press them by it. */
size_t form_buttons(struct talk *, const struct filling *, struct form_button *ret);

/* Whether the condition of an ask holds with the answers so far. */
bool form_applies(const struct filling *, int ask);

/* Moves to the next ask after `from` that applies and has no answer, else to an earlier one, else the
 * summary. */
void form_move_on(struct filling *, int from);

/* Puts an answer (takes `value`). */
void form_put(struct filling *, int ask, cJSON *value);

/* Takes a typed text as the answer of an ask; FILLED_WRONG when it said what is wrong with it. */
enum filled form_take_text(struct talk *, struct filling *, int ask, const char *text);

#endif
