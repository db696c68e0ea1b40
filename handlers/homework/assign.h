/* Assigning homework: what a teacher has said of it so far, and how that is read. */
#ifndef HANDLERS_HOMEWORK_ASSIGN_H
#define HANDLERS_HOMEWORK_ASSIGN_H

#include "handlers/homework/homework.h"

enum { ASSIGNERS = ROLE_TEACHERS };

struct assigning {
    const char *title, *task, *kind; /* "" not said yet; kind "pre" or "post" */
    int64_t session;                 /* that it goes with, 0 none */
    int64_t taught, due, cutoff;     /* 0 not said yet */

    enum assigning_fault {
        ASSIGNING_FINE,
        ASSIGNING_PAST,       /* a due time that is past */
        ASSIGNING_IMPOSSIBLE, /* 2月30日 */
        ASSIGNING_CUTOFF,     /* open until a time before it is due */
    } fault;
    int64_t said; /* the time that is at fault */
};

/* Adds what the text says: the title on its first line when there is none yet, the task below it, times
 * wherever they stand (截止 周五20:00, 补交到 周日, 课前, 课后). `times_only`: nothing but a time is
 * expected, also without a word before it. */
void assigning_read(struct talk *, struct assigning *, const char *text, bool times_only);

/* Due before the next session, or after the one that is on, was last, or is next; false when there is none.
 */
bool assigning_by_session(struct talk *, struct assigning *, bool pre);

#endif
