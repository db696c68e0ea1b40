/* Forgetting a person: what the capabilities declare as `.erases` goes, the name becomes a neutral word with
 * a number wherever it stands, telephone, accounts, cookies and chat texts go, files nobody else refers to
 * leave the disk, the contents of the acts about the person leave the audit trail. Attendance and marks stay.
 * A roster that still lies there brings nobody back (forgotten.h). */
#ifndef BOT_SCHOOL_ERASE_H
#define BOT_SCHOOL_ERASE_H

#include "bot/school/handler.h"

/* The person's memberships, in SQL of `.erases`. */
#define ERASED_MEMBERS "(SELECT id FROM member WHERE person = ?1)"

/* Inside a job. After its commit the write-ahead log is emptied. */
void erase_person(struct talk *, int64_t person);

/* Inside a job: the same of the log, at a start, for the process before may have ended in between. */
void erase_empty_log(struct school *);

#endif
