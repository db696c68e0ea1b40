/* The tables of people, classes and time that every capability may read. Written only by bot/school.
 *
 * person      one human being in the installation
 * account     a chat account bound to a person
 * class, member, session, sitting   a class, who is in it as what, its timetable, the half-days attendance
 * counts invite      one-time join codes (as digests) dialog      the open question a person is being asked
 * choice      the last buttons shown in a chat, so that a bare number presses them
 *
 * Times are seconds since 1970, days are "YYYY-MM-DD" in the class's time zone. */
#ifndef BOT_SCHOOL_SCHEMA_H
#define BOT_SCHOOL_SCHEMA_H

#include "bot/core/audit.h"
#include "bot/core/vault.h"

extern const char *const school_schema[];

/* Columns sealed at rest. */
extern const struct sealed school_sealed[];

/* Those of them that the audit trail watches. */
extern const struct audited school_audited[];

#endif
