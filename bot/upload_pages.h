/* What one-time upload pages ask, answered by the school. */
#ifndef BOT_UPLOAD_PAGES_H
#define BOT_UPLOAD_PAGES_H

#include "bot/platform/web.h"
#include "bot/school/school.h"

/* The answers; the school is borrowed. */
struct web_uploads upload_pages(struct school *);

#endif
