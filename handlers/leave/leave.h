/* The parts of the leave capability, for its own files only.
 *
 * leave          one request: who, when asked, why, and what came of it
 * leave_sitting  the sittings it covers. At most one live row for a sitting and member: 'pending' (待批:
 * neither absent nor late) or 'leave'. Whoever signs in has come back early, so that row counts no more.
 * leave_now      the view others select from: sitting, member, state 'leave' | 'pending' */
#ifndef HANDLERS_LEAVE_LEAVE_H
#define HANDLERS_LEAVE_LEAVE_H

#include "bot/school/approval.h"
#include "bot/school/correction.h"
#include "bot/school/sitting.h"
#include "bot/school/when.h"

enum { LEAVE_REASON_MAX = 300 };

/* What leave costs in a class, by the scheme it keeps (rules.md A4). */
struct leave_price {
    bool points;        /* whether it takes points at all */
    int64_t each, free; /* points for each half-day; how many do no harm, -1 any number */
};

struct leave {
    int64_t id, class_id, member, approval;
    const char *state, *reason;
};

extern const char *const leave_schema[];

/* leave_store.c */
bool leave_by_id(struct talk *, int64_t id, struct leave *ret);
const char *leave_sittings(struct talk *, int64_t leave, const char *state); /* "\n3月4日 周三 09:00 选品…" */
int64_t leave_count(struct talk *, int64_t leave, const char *state);
int64_t leave_used(struct talk *, int64_t member); /* those that count, pending ones too */
struct leave_price leave_price(struct talk *, const struct class *);
void leave_move(struct talk *, int64_t leave, const char *from,
                const char *to); /* all sittings of that state */
void leave_set_state(struct talk *, int64_t leave, const char *state);

/* leave_ask.c: 请假, its preview, sending it. */
void leave_ask(struct talk *);
void leave_press_pick(struct talk *, const char *args);
void leave_press_send(struct talk *, const char *args);
void leave_press_drop(struct talk *, const char *args);
bool leave_answers(struct talk *);
bool leave_hears(struct talk *);
void leave_dialog(struct talk *, enum dialog_word);

/* leave_back.c: 销假. */
void leave_back(struct talk *);
void leave_press_back(struct talk *, const char *args);
void leave_on(struct talk *, enum event, int64_t subject);

/* leave_given.c: what follows from a decision; 补假 and its undo. */
extern const struct approving leave_approving[];
void leave_excuse(struct talk *);
bool leave_undo(struct talk *, const struct correction *);

#endif
