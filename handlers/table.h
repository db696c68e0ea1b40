/* The product's table of contents. */
#ifndef HANDLERS_TABLE_H
#define HANDLERS_TABLE_H

#include "bot/school/handler.h"

extern const struct handler *const handlers[]; /* NULL-terminated */

#endif
