/* Addresses that are given out in chat: GET /f/… a file, for a while; GET /cal/TOKEN.ics a person's timetable
 * for calendar programs, which ask for it again and again. */
#ifndef BOT_LINK_PAGES_H
#define BOT_LINK_PAGES_H

#include "bot/core/http.h"
#include "bot/platform/web.h"
#include "bot/school/school.h"

/* Whose addresses they are, and who says that one opens nothing. */
struct link_host {
    struct school *school;
    struct web *web;
};

enum { LINK_ROUTES = 2 };

/* Fills in the routes; the host is borrowed for good. */
void link_routes(struct link_host *, struct http_route ret[LINK_ROUTES]);

#endif
