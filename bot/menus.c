#include "bot/menus.h"

#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/words.h"

enum { MENU_MAX = 40 };

/* Telegram takes names of a-z, 0-9 and _ only. */
static bool good_name(const char *name)
{
    return *name && strlen(name) <= 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

/* What a command does, in a few words: its line of help without the example before the dash. */
static const char *description(const struct command *command, const char *lang)
{
    g_autofree char *key = g_strdup_printf("help_lines.%s", command->name);
    const char *line = locale_raw(lang, key), *dash = line ? strstr(line, "— ") : NULL;

    return dash ? dash + strlen("— ") : line;
}

/* The commands that may be shown to anybody, in one language; in groups only those that work there. */
static struct telegram_menu menu_of(struct school *school, const char *scope, const char *code,
                                    const char *lang, bool groups)
{
    struct telegram_command *list = g_new0(struct telegram_command, MENU_MAX);
    struct telegram_menu menu = { .scope = scope, .lang = code, .commands = list };

    for (size_t h = 0; school->handlers[h]; h++)
        for (const struct command *command = school->handlers[h]->commands; command->name; command++) {
            const char *text = description(command, lang);

            if (menu.count < MENU_MAX && command->rank > 0 && text && good_name(command->name) &&
                !(groups && command->needs & NEEDS_PRIVATE))
                list[menu.count++] = (struct telegram_command){ command->name, g_strdup(text) };
        }
    return menu;
}

struct telegram_options menus_telegram(struct school *school)
{
    static struct telegram_menu menus[5];

    menus[0] = menu_of(school, "default", "", LOCALE_DEFAULT, false);
    menus[1] = menu_of(school, "all_private_chats", "zh", LOCALE_DEFAULT, false);
    menus[2] = menu_of(school, "all_private_chats", "en", "en", false);
    menus[3] = menu_of(school, "all_group_chats", "", LOCALE_DEFAULT, true);
    menus[4] = menu_of(school, "all_group_chats", "en", "en", true);
    return (struct telegram_options){ .menus = menus, .menu_count = G_N_ELEMENTS(menus) };
}
