/* GET /cal/TOKEN.ics: a person's timetable for calendar programs, which ask for it again and again. */
#ifndef BOT_CALENDAR_H
#define BOT_CALENDAR_H

#include "bot/core/http.h"
#include "bot/school/school.h"

/* The route; `school` is borrowed for good. */
struct http_route calendar_route(struct school *);

#endif
