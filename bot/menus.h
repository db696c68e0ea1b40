/* What platforms show beside the text field, made from the table of commands and the locales. */
#ifndef BOT_MENUS_H
#define BOT_MENUS_H

#include "bot/platform/telegram.h"
#include "bot/school/school.h"

/* Options with the menus filled in; they live as long as the process. */
struct telegram_options menus_telegram(struct school *);

#endif
