/* Timetables as iCalendar (RFC 5545): one entry for each session, under a name that stays; SEQUENCE grows
 * with every change of the session (a trigger counts them), a cancelled one says so. The tables are those of
 * handlers/export.c. */
#ifndef BOT_SCHOOL_ICS_H
#define BOT_SCHOOL_ICS_H

#include <glib.h>
#include <stdint.h>

#include "bot/core/store.h"

struct ics {
    struct store *store;
    const char *tag;  /* what makes the entries' names this installation's */
    const char *name; /* the calendar's */
    const char *lang;
    const char *lecturer; /* sentence with {lecturer}: who teaches, in the entry's text */
    const char *tbc;      /* sentence: the time is to be confirmed */
    int64_t now;
};

/* The whole calendar of one class, or (class 0) of all classes the person is in. Never NULL. */
GString *ics_calendar(const struct ics *, int64_t class_id, int64_t person);

/* A person's address of a calendar: "12-0f3a…" behind /cal/ and before .ics. Yours. */
char *ics_token(struct store *, const uint8_t *secret, int64_t person);

/* Whose address it is; 0 when it is none or was taken back. */
int64_t ics_person(struct store *, const uint8_t *secret, const char *token);

/* Inside a job: makes a person's addresses so far worthless. */
void ics_revoke(struct store *, int64_t person);

#endif
