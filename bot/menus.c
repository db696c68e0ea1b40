#include "bot/menus.h"

#include <limits.h>
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

/* Lists the commands that somebody with `roles` may give, the likeliest first, 帮助 at the end; in groups
 * only those that work there. */
static void fill(struct school *school, struct telegram_menu *menu, unsigned roles, const char *lang,
                 bool groups)
{
    struct telegram_command *list = g_new0(struct telegram_command, MENU_MAX);
    int ranks[MENU_MAX];

    for (size_t h = 0; school->handlers[h]; h++)
        for (const struct command *command = school->handlers[h]->commands; command->name; command++) {
            const char *text = description(command, lang);
            int rank = strcmp(command->name, "help") != 0 ? command->rank : INT_MAX;
            size_t at = menu->count;

            if (menu->count == MENU_MAX || rank == 0 || !text || !good_name(command->name) ||
                (groups && command->needs & NEEDS_PRIVATE) ||
                (command->needs & ROLE_ALL && !(command->needs & roles)))
                continue;
            for (; at > 0 && ranks[at - 1] > rank; at--) {
                list[at] = list[at - 1];
                ranks[at] = ranks[at - 1];
            }
            list[at] = (struct telegram_command){ command->name, g_strdup(text) };
            ranks[at] = rank;
            menu->count++;
        }
    menu->commands = list;
}

/* The menu of one person: by what the person is anywhere, in the person's language. One for each such pair is
 * made when it is first asked for, and kept. */
static const struct telegram_menu *menu_of(void *data, const char *account)
{
    static GHashTable *menus;
    struct school *school = data;
    g_autoptr(query) q = store_query(school->store,
                                     "SELECT m.role, p.lang FROM account a JOIN person p ON p.id = a.person"
                                     " JOIN member m ON m.person = p.id AND m.left IS NULL"
                                     " WHERE a.platform = ? AND a.name = ?",
                                     "is", (int64_t)PLATFORM_TELEGRAM, account);
    unsigned roles = 0;
    bool english = false;

    while (query_next(q)) {
        roles |= (unsigned)query_int(q, 0);
        english = g_strcmp0(query_text(q, 1), "en") == 0;
    }
    if (!roles)
        return NULL;
    if (!menus)
        menus = g_hash_table_new(NULL, NULL);
    struct telegram_menu *menu = g_hash_table_lookup(menus, GUINT_TO_POINTER(roles << 1 | english));
    if (!menu) {
        menu = g_new0(struct telegram_menu, 1);
        fill(school, menu, roles, english ? "en" : LOCALE_DEFAULT, false);
        g_hash_table_insert(menus, GUINT_TO_POINTER(roles << 1 | english), menu);
    }
    return menu;
}

struct telegram_options menus_telegram(struct school *school)
{
    static struct telegram_menu menus[] = { { .scope = "default", .lang = "" },
                                            { .scope = "default", .lang = "en" },
                                            { .scope = "all_private_chats", .lang = "zh" },
                                            { .scope = "all_private_chats", .lang = "en" },
                                            { .scope = "all_group_chats", .lang = "" },
                                            { .scope = "all_group_chats", .lang = "en" } };

    for (size_t i = 0; i < G_N_ELEMENTS(menus); i++)
        fill(school, &menus[i], ROLE_TRAINEE, strcmp(menus[i].lang, "en") != 0 ? LOCALE_DEFAULT : "en",
             !strcmp(menus[i].scope, "all_group_chats"));
    return (struct telegram_options){
        .menus = menus, .menu_count = G_N_ELEMENTS(menus), .menu_of = menu_of, .menu_data = school
    };
}
