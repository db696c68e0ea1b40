#include "bot/platform/wecom_menu.h"

#include "bot/core/json.h"
#include "bot/core/locale.h"

/* Commands as keys, in the spelling that every language has. */
static const struct entry {
    const char *name; /* locale key below "wecom.menu" */
    const char *type; /* NULL: opens a top entry */
    const char *key;
} entries[] = {
    { "signin", NULL, NULL },         { "scan", "scancode_waitmsg", "scan" }, { "code", "click", "/signin" },
    { "leave", "click", "/leave" },   { "timetable", "click", "/timetable" }, { "learning", NULL, NULL },
    { "submit", "click", "/submit" }, { "homework", "click", "/homework" },   { "plan", "click", "/plan" },
    { "report", "click", "/report" }, { "survey", "click", "/survey" },       { "mine", NULL, NULL },
    { "marks", "click", "/marks" },   { "today", "click", "/today" },         { "todo", "click", "/todo" },
    { "help", "click", "/help" },
};

void wecom_menu(GString *into, const char *lang)
{
    struct pool *pool = pool_new();
    bool first_top = true, first_sub = true;
    g_string_append(into, "{\"button\":[");
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        const struct entry *e = &entries[i];
        const char *name = locale_text(pool, lang, pool_printf(pool, "wecom.menu.%s", e->name), NULL);
        if (!e->type)
            g_string_append(into, first_top ? "{\"name\":" : "]},{\"name\":");
        else
            g_string_append(into, first_sub ? "{\"name\":" : ",{\"name\":");
        json_put(into, name);
        if (e->type)
            g_string_append_printf(into, ",\"type\":\"%s\",\"key\":\"%s\"}", e->type, e->key);
        else
            g_string_append(into, ",\"sub_button\":[");
        first_sub = !e->type;
        first_top = false;
    }
    g_string_append(into, "]}]}");
    pool_free(pool);
}
