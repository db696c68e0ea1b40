/* Inspections: what the parts of the capability share. A record and every note to it are signed with the
 * server's key, and no row of theirs can be changed or removed. */
#ifndef HANDLERS_INSPECT_H
#define HANDLERS_INSPECT_H

#include "bot/school/handler.h"
#include "bot/school/sitting.h"

/* Who is there at one moment. Names in the talk's pool. */
struct snapshot {
    int expected, here, leave, pending, missing, makeup;
    GPtrArray *leave_names, *pending_names, *missing_names;
};

void snapshot_take(struct talk *, const struct sitting *, struct snapshot *ret);
void snapshot_clear(struct snapshot *);

/* More than 20 % on leave: all of them count as missed in the record (rules.md A9). */
bool snapshot_over(const struct snapshot *);

/* Writes a record; gives its id. `count` < 0: nobody counted heads. */
int64_t record_write(struct talk *, const struct sitting *, const struct snapshot *, int count);

/* Adds a note of kind "photo" or "answer" to a record. */
void record_note(struct talk *, int64_t inspection, const char *kind, const char *text, int64_t file);

/* The record with its notes, and whether every signature is right; in the pool. NULL when there is none. */
const char *record_show(struct talk *, int64_t inspection, bool *ret_right);

#endif
