/* Approvals: a request that named roles agree to, step by step, with buttons in chat, 待办, one reminder, a
 * substitute when the first does not answer, withdrawal by the asker, and a record of who decided what when.
 *
 * A handler asks with approval_ask() and has `.approving` say what its kinds are called and what follows from
 * a decision. handlers/approvals.c is the chat side of all kinds; the tables are written here only. */
#ifndef BOT_SCHOOL_APPROVAL_H
#define BOT_SCHOOL_APPROVAL_H

#include "bot/school/handler.h"

enum approval_state { APPROVAL_OPEN, APPROVAL_AGREED, APPROVAL_REFUSED, APPROVAL_WITHDRAWN };

enum { APPROVAL_STEPS = 3 };

/* Who may decide a step: `roles`; `substitutes` only once those did not answer and they are asked instead.
 * Roles nobody in the class has fall to the substitutes, then to its teachers, then to any of its staff. */
struct approval_step {
    int roles, substitutes;
};

struct approval_request {
    const char *kind;
    int64_t subject; /* the handler's own row */
    int64_t asker;   /* member: is told, may withdraw, decides nothing of it */
    int64_t class_id;
    int64_t deadline; /* answered by then, else the substitutes are asked; at most a day is waited for that */
    struct approval_step steps[APPROVAL_STEPS]; /* those without roles are none */
};

struct approval {
    int64_t id, subject, class_id, asker;
    const char *kind;
    int step; /* from 0 */
    enum approval_state state;
    int64_t asked, deadline;
    const char *by; /* who decided last; NULL nobody yet */
    int64_t by_member;
    const char *said; /* and why; "" */
};

/* A kind of request, in the handler that makes it; a list ends with one without kind. */
struct approving {
    const char *kind;

    /* What is asked for, in the talk's language, in one or a few lines with the asker's name. */
    const char *(*describe)(struct talk *, const struct approval *);

    /* It is agreed to by all, refused, or withdrawn: writes what follows and tells the asker. */
    void (*decided)(struct talk *, const struct approval *);
};

/* SQL for the roles that may decide now, of an approval `a` and the step `s` it is at. */
#define APPROVAL_DECIDERS "(s.roles | CASE a.widened WHEN 0 THEN 0 ELSE s.substitutes END)"

extern const char *const approval_schema[]; /* of handlers/approvals.c's entry */

/* Asks; gives the number that 同意 12 means. */
int64_t approval_ask(struct talk *, const struct approval_request *);

/* False when there is none of that number. */
bool approval_by_id(struct talk *, int64_t id, struct approval *ret);

/* The open ones that the speaker may decide, or has asked for; oldest first, in the pool. */
struct approval *approvals_to_decide(struct talk *, size_t *ret_count);
struct approval *approvals_asked(struct talk *, size_t *ret_count);

/* Whether the speaker may decide it now; then the talk goes on in that membership. */
bool approval_mine(struct talk *, const struct approval *);

/* Whether the speaker is asked to decide it when those asked first do not answer. */
bool approval_may_become_mine(struct talk *, const struct approval *);

/* Decides the step it is at, in the speaker's name, and brings the approval up to date: the next step is
 * asked, or the handler is told. Only an open one that is approval_mine(). */
void approval_decide(struct talk *, struct approval *, bool agreed, const char *said);

/* Adds a reason to what was decided last. */
void approval_explain(struct talk *, const struct approval *, const char *said);

/* The asker takes it back, or the handler itself when it is past use (then nobody is told). */
void approval_withdraw(struct talk *, struct approval *);
void approval_end(struct talk *, int64_t id);

/* One that was past use is of use again: it is asked anew. */
void approval_reopen(struct talk *, int64_t id);

/* Whether something that this member asked for and that may change marks is open; or an objection was agreed
 * to within the last APPROVAL_MENDING seconds and nothing was corrected yet. */
enum { APPROVAL_MENDING = 24 * 3600 };
bool approval_holds(struct talk *, int64_t asker);

/* What it asks for, in the talk's language. */
const char *approval_what(struct talk *, const struct approval *);

/* Due times of handlers/approvals.c: those asked first are told (again); the substitutes are. */
void approval_tell(struct talk *, int64_t id, int64_t due);
void approval_remind(struct talk *, int64_t id, int64_t due);
void approval_substitute(struct talk *, int64_t id, int64_t due);

#endif
