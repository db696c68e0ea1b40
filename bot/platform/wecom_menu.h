/* The application's menu, the same for everybody. */
#ifndef BOT_PLATFORM_WECOM_MENU_H
#define BOT_PLATFORM_WECOM_MENU_H

#include <glib.h>

/* Appends the body of menu/create in `lang`. A press says the command that is the entry's key. */
void wecom_menu(GString *into, const char *lang);

#endif
