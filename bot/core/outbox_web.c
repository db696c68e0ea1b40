#include <string.h>

#include "bot/core/json.h"
#include "bot/core/outbox_private.h"

#define FILES_AT "/files/" /* where pages fetch files: then the SHA-256, '/', the name */

/* One message of the current job, as pages see it. */
struct said {
    char *chat, *json;
};

/* A list of names and values grows. */
static void put_field(GString *into, const char *name, const char *value)
{
    g_string_append(into, name);
    json_put(into, value);
}

char *buttons_json(const struct reply *reply)
{
    if (reply->button_count == 0)
        return NULL;
    GString *into = g_string_new("[[");
    for (size_t i = 0; i < reply->button_count; i++) {
        if (i > 0)
            g_string_append(into, reply->buttons[i].same_row ? "," : "],[");
        put_field(into, "{\"text\":", reply->buttons[i].label);
        put_field(into, ",\"action\":", reply->buttons[i].action);
        g_string_append_c(into, '}');
    }
    g_string_append(into, "]]");
    return g_string_free(into, FALSE);
}

char *files_json(const struct reply *reply)
{
    if (reply->file_count == 0)
        return NULL;
    GString *into = g_string_new("[");
    for (size_t i = 0; i < reply->file_count; i++) {
        const struct attachment *file = &reply->files[i];
        const char *name = file->name && *file->name ? file->name : "file";
        g_autofree char *escaped = g_uri_escape_string(name, NULL, false);
        put_field(into, i > 0 ? ",{\"name\":" : "{\"name\":", name);
        put_field(into, ",\"mime\":", file->mime ? file->mime : "application/octet-stream");
        g_string_append_printf(into, ",\"url\":\"" FILES_AT "%s/%s\"", file->sha256 ? file->sha256 : "",
                               escaped);
        if (file->size >= 0)
            g_string_append_printf(into, ",\"size\":%" G_GINT64_FORMAT, file->size);
        g_string_append_c(into, '}');
    }
    g_string_append_c(into, ']');
    return g_string_free(into, FALSE);
}

void reply_buttons(struct pool *pool, const char *json, struct reply *reply)
{
    g_autoptr(cJSON) rows = json ? cJSON_Parse(json) : NULL;
    const cJSON *row, *one;
    size_t count = 0;
    cJSON_ArrayForEach(row, rows) count += (size_t)cJSON_GetArraySize(row);
    if (count == 0)
        return;
    struct button *buttons = pool_alloc(pool, count * sizeof *buttons);
    reply->buttons = buttons;
    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(one, row)
        {
            buttons[reply->button_count].label = pool_strdup(pool, json_text(one, "text"));
            buttons[reply->button_count].action = pool_strdup(pool, json_text(one, "action"));
            buttons[reply->button_count++].same_row = one != row->child;
        }
    }
}

void reply_files(struct pool *pool, const char *json, struct reply *reply)
{
    g_autoptr(cJSON) list = json ? cJSON_Parse(json) : NULL;
    size_t count = (size_t)cJSON_GetArraySize(list);
    const cJSON *one;
    if (count == 0)
        return;
    struct attachment *files = pool_alloc(pool, count * sizeof *files);
    reply->files = files;
    cJSON_ArrayForEach(one, list)
    {
        struct attachment *file = &files[reply->file_count++];
        const char *url = json_text(one, "url");
        file->name = pool_strdup(pool, json_text(one, "name"));
        file->mime = pool_strdup(pool, json_text(one, "mime"));
        if (!json_int(one, "size", &file->size))
            file->size = -1;
        if (url && g_str_has_prefix(url, FILES_AT)) {
            const char *sha = url + strlen(FILES_AT);
            file->sha256 = pool_strndup(pool, sha, strcspn(sha, "/"));
        }
    }
}

/* Appends ,"at":"2026-03-02T08:40:00+08:00". Most messages are of the second of the one before. */
static void put_time(struct outbox *o, GString *into, int64_t at)
{
    if (!o->time_text || o->time_at != at) {
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
        g_autoptr(GDateTime) here = utc && o->zone ? g_date_time_to_timezone(utc, o->zone) : NULL;
        g_free(o->time_text);
        o->time_text = utc ? g_date_time_format_iso8601(here ? here : utc) : g_strdup("");
        o->time_at = at;
    }
    put_field(into, ",\"at\":", o->time_text);
}

/* Appends a message as pages see it. */
static void put_message(struct outbox *o, GString *into, const struct item *item, int64_t at)
{
    g_string_append_printf(into, "{\"id\":%" G_GINT64_FORMAT ",\"mine\":false", item->id);
    put_time(o, into, at);
    put_field(into, ",\"to\":", item->chat);
    put_field(into, ",\"key\":", item->key);
    put_field(into, ",\"text\":", item->text);
    g_string_append_printf(into,
                           ",\"buttons\":%s,\"files\":%s,\"edits\":", item->buttons ? item->buttons : "[]",
                           item->files ? item->files : "[]");
    if (item->edits)
        g_string_append_printf(into, "%" G_GINT64_FORMAT "}", item->edits);
    else
        g_string_append(into, "null}");
}

/* A comma between two objects. */
static void put_comma(GString *into)
{
    if (into->len > 0 && into->str[into->len - 1] == '}')
        g_string_append_c(into, ',');
}

void said_free(void *data)
{
    struct said *said = data;
    g_free(said->chat);
    g_free(said->json);
    g_free(said);
}

/* After the turn nobody asks any more. */
static void forget(void *data)
{
    outbox_said_forget(data);
}

void web_said(struct outbox *o, const struct item *item, int64_t at)
{
    struct said *said = g_new0(struct said, 1);
    GString *json = g_string_sized_new(256);
    put_message(o, json, item, at);
    said->chat = g_strdup(item->chat);
    said->json = g_string_free(json, FALSE);
    if (o->said->len == 0)
        turn_after_commit(o->turn, forget, o, forget);
    g_ptr_array_add(o->said, said);
}

void outbox_said(struct outbox *o, const char *chat, const char *group, GString *into)
{
    for (guint i = 0; i < o->said->len; i++) {
        const struct said *said = o->said->pdata[i];
        if (strcmp(said->chat, chat) != 0 && g_strcmp0(said->chat, group) != 0)
            continue;
        put_comma(into);
        g_string_append(into, said->json);
    }
}

void outbox_said_forget(struct outbox *o)
{
    g_ptr_array_set_size(o->said, 0);
}

void outbox_web_messages(struct outbox *o, const char *chat, int64_t after, int64_t until, int limit,
                         GString *into)
{
    g_autoptr(query) q =
        store_query(o->store,
                    "SELECT id, key, text, buttons, files, edits, at FROM outbox"
                    " WHERE platform = 0 AND chat = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?",
                    "siii", chat, after, until, (int64_t)limit);
    while (query_next(q)) {
        struct item item = { .id = query_int(q, 0),
                             .chat = chat,
                             .key = query_text(q, 1),
                             .text = query_text(q, 2),
                             .buttons = query_text(q, 3),
                             .files = query_text(q, 4),
                             .edits = query_int(q, 5) };
        put_comma(into);
        put_message(o, into, &item, query_int(q, 6));
    }
}

void outbox_web_own(struct outbox *o, int64_t id, const char *update, const char *text, int64_t moment,
                    const char *files, GString *into)
{
    put_comma(into);
    g_string_append_printf(into, "{\"id\":%" G_GINT64_FORMAT ",\"mine\":true", id);
    put_field(into, ",\"update\":", update);
    put_time(o, into, moment);
    put_field(into, ",\"text\":", text);
    g_string_append_printf(into, ",\"buttons\":[],\"files\":%s,\"edits\":null}", files ? files : "[]");
}

int64_t outbox_web_button(struct outbox *o, struct pool *pool, const char *chat, const char *action,
                          const char **ret_label)
{
    g_autoptr(query) q = store_query(o->store,
                                     "SELECT id, buttons FROM outbox WHERE platform = 0 AND chat = ?"
                                     " AND buttons IS NOT NULL ORDER BY id DESC LIMIT 8",
                                     "s", chat);

    while (query_next(q)) {
        struct reply reply = { 0 };

        reply_buttons(pool, query_text(q, 1), &reply);
        for (size_t i = 0; i < reply.button_count; i++)
            if (strcmp(reply.buttons[i].action, action) == 0) {
                *ret_label = reply.buttons[i].label;
                return query_int(q, 0);
            }
    }
    return 0;
}
