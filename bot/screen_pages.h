/* What the pages of the sign-in screen ask, answered by the school. */
#ifndef BOT_SCREEN_PAGES_H
#define BOT_SCREEN_PAGES_H

#include "bot/platform/telegram.h"
#include "bot/platform/web.h"
#include "bot/school/school.h"

/* Whom the answers are from; all borrowed. */
struct screen_host {
    struct school *school;
    struct telegram *telegram; /* NULL: not on */
    bool wecom;
};

struct web_screens screen_pages(struct screen_host *);

#endif
