/* GET /f/…: a file by an address that was given out and expires. */
#ifndef BOT_FILE_PAGES_H
#define BOT_FILE_PAGES_H

#include "bot/core/http.h"
#include "bot/school/school.h"

/* The route; `school` is borrowed for good. */
struct http_route file_route(struct school *);

#endif
