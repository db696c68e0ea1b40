/* A roster or timetable that an organiser sends as a file: read on a worker, what it would change told, and
 * changed once that is confirmed. Each step is a row (the table is that of handlers/intake.c), taken up again
 * after a crash; a table is applied whole or not at all. */
#ifndef BOT_SCHOOL_INTAKE_H
#define BOT_SCHOOL_INTAKE_H

#include "bot/school/talk.h"

enum intake_state { INTAKE_COMING, INTAKE_READING, INTAKE_ASKED, INTAKE_WRITING };

/* Inside a job: the speaker's file (of files_add) is a table for the talk's class; what comes of it is told.
 */
void intake_begin(struct talk *, int64_t file);

/* Inside a job: the speaker confirms, or does not; false when there is nothing to decide. */
bool intake_confirm(struct talk *, int64_t id);
bool intake_drop(struct talk *, int64_t id);

/* Inside a job: a file that was awaited is here, or never will be. */
void intake_arrived(struct talk *, int64_t file);

/* The server came up: what was begun goes on. */
void intake_resume(struct talk *);

#endif
