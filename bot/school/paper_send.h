/* A paper as a file in somebody's chat. The wish is a row (its table
 * is that of handlers/export.c): it is made after the commit, on a worker, and again
 * after a crash. */
#ifndef BOT_SCHOOL_PAPER_SEND_H
#define BOT_SCHOOL_PAPER_SEND_H

#include "bot/school/paper.h"

/* Inside a job: the speaker will get that paper of the talk's class. */
void paper_send(struct talk *, enum paper_kind, int64_t subject);

/* The same for anybody, of any class; person 0: for the class's group. Nothing more is said to whom it cannot
 * be made for. */
void paper_send_to(struct talk *, int64_t person, enum paper_kind, int64_t class_id, int64_t subject);

/* The server came up: what was wished for before is made now. */
void paper_resume(struct talk *);

#endif
