/* The parts of the leave capability, for its own files only.
 *
 * leave          one request: who, when asked, why, and what came of it
 * leave_sitting  the sittings it covers. At most one live row for a sitting and member: 'pending' (待批:
 * neither absent nor late) or 'leave'. Whoever signs in has come back early, so that row counts no more.
 * leave_now      the view others select from: sitting, member, state 'leave' | 'pending' */
#ifndef HANDLERS_LEAVE_LEAVE_H
#define HANDLERS_LEAVE_LEAVE_H

#include "bot/school/handler.h"
#include "bot/school/sitting.h"

extern const char *const leave_schema[];

#endif
