/* The commands beside the text field: what a person may give depends on the role, so a chat is told its own.
 */
#include "bot/platform/telegram_private.h"

#include "bot/core/json.h"

enum { SOON_MS = 2000, WAITING_MAX = 1000, TOLD_MAX = 20000 };

static void next(void *data);

void telegram_put_menu(GString *body, const struct telegram_menu *menu, const char *chat)
{
    g_string_append(body, "{\"commands\":[");
    for (size_t i = 0; i < menu->count; i++) {
        g_string_append(body, i ? ",{\"command\":" : "{\"command\":");
        json_put(body, menu->commands[i].name);
        g_string_append(body, ",\"description\":");
        json_put(body, menu->commands[i].description);
        g_string_append_c(body, '}');
    }
    g_string_append(body, "],\"scope\":{\"type\":");
    json_put(body, chat ? "chat" : menu->scope);
    if (chat)
        g_string_append_printf(body, ",\"chat_id\":%s", chat);
    g_string_append(body, "},\"language_code\":");
    json_put(body, chat ? "" : menu->lang);
    g_string_append_c(body, '}');
}

/* What was not taken is tried again after the next press. */
static void told(void *data, const struct fetch_answer *answer)
{
    struct telegram *t = data;
    char *chat = g_queue_pop_head(&t->menus.waiting);
    if (telegram_judge(answer).outcome == OUTCOME_SENT) {
        if (g_hash_table_size(t->menus.told) >= TOLD_MAX)
            g_hash_table_remove_all(t->menus.told);
        g_hash_table_replace(t->menus.told, chat, (void *)t->menus.telling);
    } else {
        g_free(chat);
    }
    next(t);
}

/* Tells the first chat that waits and has not been told this menu; one after the other. */
static void next(void *data)
{
    struct telegram *t = data;
    const char *chat;
    while (!loop_stopping(t->at.loop) && (chat = g_queue_peek_head(&t->menus.waiting))) {
        t->menus.telling = t->options.menu_of(t->options.menu_data, chat);
        if (t->menus.telling && g_hash_table_lookup(t->menus.told, chat) != t->menus.telling) {
            GString *body = g_string_truncate(t->body, 0);
            telegram_put_menu(body, t->menus.telling, chat);
            telegram_call(t, TELEGRAM_SET_COMMANDS, body->str, body->len, 0, told, t);
            return;
        }
        g_free(g_queue_pop_head(&t->menus.waiting));
    }
    t->menus.running = false;
}

void telegram_menu_soon(struct telegram *t, const struct update *u)
{
    if (!t->options.menu_of || u->kind != UPDATE_ACTION || u->group || t->menus.waiting.length >= WAITING_MAX)
        return;
    if (!t->menus.told)
        t->menus.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_push_tail(&t->menus.waiting, g_strdup(u->chat));
    if (!t->menus.running)
        loop_later(t->at.loop, SOON_MS, next, t);
    t->menus.running = true;
}

void telegram_menus_end(struct telegram *t)
{
    g_queue_clear_full(&t->menus.waiting, g_free);
    g_clear_pointer(&t->menus.told, g_hash_table_destroy);
}
