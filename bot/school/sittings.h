/* Sittings: the half-days of a session that attendance counts. */
#ifndef BOT_SCHOOL_SITTINGS_H
#define BOT_SCHOOL_SITTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"

/* Inside a job: makes the sittings of a session what its times and its class's rules ask for. A session that
 * starts before midday and ends after it is two; one that does not, one of a class with `unit: session`, and
 * a shift of at most six hours of practical training stay one. Sittings keep their ids; one that is not
 * wanted any more goes, unless rows refer to it: then it stays as long as nothing (starts = ends). True when
 * anything changed. */
bool sittings_derive(struct store *, int64_t session);

#endif
