/* What pages ask about people, answered by the school. */
#ifndef BOT_PAGES_H
#define BOT_PAGES_H

#include "bot/platform/web.h"
#include "bot/school/school.h"

/* The answers; the school is borrowed. */
struct web_people pages_people(struct school *);
struct web_calls pages_calls(struct school *);

#endif
