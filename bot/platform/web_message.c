/* One message of a page or of the sandbox: read, its files written, submitted, answered with what was said.
 */
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/files.h"
#include "bot/core/text.h"
#include "bot/platform/web_private.h"

enum { TEXT_MAX = 4096, KEY_MAX = 64, NAME_MAX_BYTES = 200, DEPTH = 8 };

/* A message on its way: its files are written one after the other, then the update is submitted. */
struct message {
    struct web *web;
    struct http_request *request; /* NULL: of web_play */
    void (*answered)(void *, int, const char *);
    void *data;
    struct update *update;
    struct pool *pool;
    char *bytes[UPDATE_FILES_MAX]; /* decoded, not yet written */
    size_t lens[UPDATE_FILES_MAX];
    char *laid_down[UPDATE_FILES_MAX]; /* SHA-256 of what is written */
    size_t next;
    size_t most; /* bytes of all files */
};

cJSON *web_body(struct http_request *request)
{
    size_t len;
    const char *text = http_body(request, &len);
    cJSON *body = json_parse(text, len, DEPTH);

    if (!cJSON_IsObject(body)) {
        cJSON_Delete(body);
        http_error(request, 400, "the body must be one JSON object");
        return NULL;
    }
    return body;
}

char *web_iso(struct web *web, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, web->options.zone);

    return g_date_time_format(local, "%Y-%m-%dT%H:%M:%S%:z");
}

/* --- reading
 * --------------------------------------------------------------------------------------------------- */

/* A string of 1…max bytes at `name`, or nothing at all; anything else is a fault. */
static bool read_string(const cJSON *body, const char *name, size_t max, const char **ret)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, name);

    *ret = NULL;
    if (!value || cJSON_IsNull(value))
        return true;
    if (!cJSON_IsString(value) || strlen(value->valuestring) > max)
        return false;
    *ret = value->valuestring;
    return true;
}

/* Decodes one file's base64; false when it is none. */
static bool read_file(struct message *message, const cJSON *file, size_t *total)
{
    struct update *update = message->update;
    const char *name, *mime, *base64 = json_text(file, "base64");
    gsize len = 0;

    if (!base64 || !read_string(file, "name", NAME_MAX_BYTES, &name) ||
        !read_string(file, "mime", 100, &mime))
        return false;
    size_t digits = strlen(base64);

    if (digits % 4 != 0 ||
        strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != digits)
        return false;
    guchar *bytes = g_base64_decode(base64, &len);

    *total += len;
    message->bytes[update->file_count] = (char *)bytes;
    message->lens[update->file_count] = len;
    update->files[update->file_count++] =
        (struct attachment){ .name = pool_strdup(message->pool, name ? name : ""),
                             .mime = files_type((char *)bytes, len), /* never as the sender says */
                             .size = (int64_t)len };
    return true;
}

/* Reads the list of files; a reason when it cannot be taken. */
static const char *read_files(struct message *message, const cJSON *files, int *ret_status)
{
    size_t total = 0;
    const cJSON *file;

    *ret_status = 400;
    if (!cJSON_IsArray(files) || cJSON_GetArraySize(files) == 0)
        return "files must be a list of {name, mime, base64}";
    if (cJSON_GetArraySize(files) > UPDATE_FILES_MAX)
        return "at most 10 files in one message";
    cJSON_ArrayForEach(file,
                       files) if (!read_file(message, file, &total)) return "a file needs name and base64";
    *ret_status = 413;
    return total > message->most ? "the files are too large" : NULL;
}

/* Fills the update from the body; a reason when it is no message. */
static const char *read_message(struct message *message, const cJSON *body, int *ret_status)
{
    struct update *update = message->update;
    const char *text, *action, *name, *lang;
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(body, "files");
    const cJSON *place = cJSON_GetObjectItemCaseSensitive(body, "location");

    *ret_status = 400;
    if (!read_string(body, "text", TEXT_MAX * 4, &text) ||
        !read_string(body, "action", ACTION_MAX + 4, &action) ||
        !read_string(body, "name", NAME_MAX_BYTES, &name) || !read_string(body, "lang", 16, &lang))
        return "text, action, name and lang are strings of bounded length";
    if ((text != NULL) + (action != NULL) + (files != NULL) + (place != NULL) != 1)
        return "one of text, action, files or location";
    update->name = name ? text_clean(message->pool, name, strlen(name), NAME_MAX_BYTES) : "";
    update->lang = pool_strdup(message->pool, lang);
    if (text) {
        update->kind = UPDATE_TEXT;
        update->text = text_clean(message->pool, text, strlen(text), UPDATE_TEXT_MAX);
        update->addressed = update->group && *update->text == '/';
    } else if (action) {
        update->kind = UPDATE_ACTION;
        update->action = text_clean(message->pool, action, strlen(action), ACTION_MAX + 4);
        update->pressed = outbox_web_button(message->web->options.outbox, message->pool, update->chat,
                                            update->action, &update->text);
        update->addressed = true;
    } else if (files) {
        update->kind = UPDATE_FILES;
        return read_files(message, files, ret_status);
    } else {
        update->kind = UPDATE_LOCATION;
        if (!json_real(place, "lat", &update->lat) || !json_real(place, "lon", &update->lon) ||
            !(update->lat >= -90 && update->lat <= 90) || !(update->lon >= -180 && update->lon <= 180))
            return "a location is {lat, lon} in degrees";
    }
    return NULL;
}

/* The key under which a repeat of this message is known: the sender's own, else one that never comes again.
 * No account holds a control character, so that one stands for the end of the sender. */
static bool read_key(struct message *message, const cJSON *body)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(body, "id");
    struct update *update = message->update;
    int64_t number;

    if (cJSON_IsString(id) && *id->valuestring && strlen(id->valuestring) <= KEY_MAX)
        update->key = pool_printf(message->pool, "%s\x1f%s", update->account, id->valuestring);
    else if (json_int(body, "id", &number))
        update->key = pool_printf(message->pool, "%s\x1f%" G_GINT64_FORMAT, update->account, number);
    else if (!id || cJSON_IsNull(id))
        update->key = pool_printf(message->pool, "%s\x1e%" G_GINT64_FORMAT ".%u", update->account,
                                  clock_machine_ms(), message->web->unnamed++);
    else
        return false;
    return true;
}

/* --- submitting
 * ------------------------------------------------------------------------------------------------- */

/* The message is over: what it wrote has a row now, or is not wanted. */
static void free_message(struct message *message)
{
    for (size_t i = 0; i < UPDATE_FILES_MAX; i++) {
        if (message->laid_down[i])
            files_release(message->web->options.files, message->laid_down[i]);
        g_free(message->laid_down[i]);
        g_free(message->bytes[i]);
    }
    g_free(message);
}

/* The message cannot be taken now: the page tries again in so many seconds. */
static void answer_busy(struct message *message, int seconds)
{
    if (message->request)
        http_busy(message->request, seconds);
    else
        message->answered(message->data, 503, "busy");
}

static void on_done(void *data, const struct receipt *receipt)
{
    struct message *message = data;

    if (receipt->end == INBOX_STORE_FAILED) {
        answer_busy(message, 2);
    } else {
        g_autofree char *json = g_strdup_printf("{\"replies\":[%s]}", receipt->said ? receipt->said : "");

        if (message->request)
            http_json(message->request, 200, json);
        else
            message->answered(message->data, 200, json);
    }
    free_message(message);
}

/* In the savepoint of the message: its files are nobody's until a handler makes them somebody's, and are
 * pruned once the message is. Nothing is kept of what was refused, is a stranger's or came before. */
static void note_files(void *data)
{
    struct message *message = data;
    const struct update *update = message->update;

    for (size_t i = 0; i < update->file_count && update->person && !update->unwanted; i++) {
        struct attachment file = update->files[i];

        file.mime = NULL;
        files_add_nobodys(message->web->options.files, &file, update->person);
    }
}

/* One file more lies on the disk, or cannot. */
static void on_written(void *data, const char *sha256);

/* Leaves the bytes of all files behind when the disk has no room for one of them; whoever answers says so. */
static void leave_what_is_too_large(struct message *message)
{
    struct update *update = message->update;

    for (size_t i = 0; i < update->file_count; i++)
        update->no_room |= !files_admit(message->web->options.files, update->files[i].size);
}

static void write_next(struct message *message)
{
    struct update *update = message->update;

    if (message->next == update->file_count || update->no_room) {
        bool note = update->file_count > 0 && !update->no_room;

        inbox_submit(message->web->options.inbox, update, note ? note_files : NULL, on_done, message);
        return;
    }
    char *bytes = message->bytes[message->next];

    message->bytes[message->next] = NULL;
    files_write(message->web->options.files, bytes, message->lens[message->next], on_written, message);
}

static void on_written(void *data, const char *sha256)
{
    struct message *message = data;

    if (!sha256) {
        answer_busy(message, 5);
        inbox_drop(message->web->options.inbox, message->update);
        free_message(message);
        return;
    }
    message->laid_down[message->next] = g_strdup(sha256);
    message->update->files[message->next++].sha256 = pool_strdup(message->pool, sha256);
    write_next(message);
}

/* Reads the body into a fresh update and sends it on its way; otherwise answers why not. */
static void take(struct message *message, const cJSON *body, const char *account, const char *group)
{
    struct web *web = message->web;
    int status = 400;

    message->update = inbox_draft(web->options.inbox, &message->pool);
    message->update->platform = PLATFORM_WEB;
    message->update->account = pool_strdup(message->pool, account);
    message->update->group = group != NULL;
    message->update->chat = group ? pool_strdup(message->pool, group) : message->update->account;
    const char *why = read_key(message, body) ? read_message(message, body, &status)
                                              : "id is a string of 1 to 64 bytes or a whole number";

    if (!why) {
        leave_what_is_too_large(message);
        write_next(message);
        return;
    }
    if (message->request)
        http_error(message->request, status, why);
    else
        message->answered(message->data, status, why);
    inbox_drop(web->options.inbox, message->update);
    free_message(message);
}

void web_take_message(struct web *web, struct http_request *request, const cJSON *body, const char *account,
                      const char *group, size_t most)
{
    struct message *message = g_new0(struct message, 1);

    message->web = web;
    message->request = request;
    message->most = most;
    take(message, body, account, group);
}

void web_play(struct web *web, const cJSON *body, const char *account,
              void (*answered)(void *data, int status, const char *text), void *data)
{
    struct message *message = g_new0(struct message, 1);

    message->web = web;
    message->answered = answered;
    message->data = data;
    message->most = web->options.upload;
    take(message, body, account, NULL);
}

/* --- reading what was said
 * ------------------------------------------------------------------------------------------ */

enum { PAGE = 200 };

/* The last id of a page of at most PAGE messages after `after`, own ones too. */
static int64_t page_end(struct web *web, const char *account, int64_t after)
{
    return store_int(web->options.store, after,
                     "SELECT max(id) FROM (SELECT id FROM (SELECT id FROM outbox WHERE platform = 0 AND chat "
                     "= ?1 AND id > ?2"
                     " UNION ALL SELECT id FROM inbox WHERE platform = 0 AND account = ?1 AND id > ?2)"
                     " ORDER BY id LIMIT ?3)",
                     "sii", account, after, (int64_t)PAGE);
}

/* The first id of a page of at most PAGE messages before `before`, own ones too; `before` when there are
 * none.
 */
static int64_t page_begin(struct web *web, const char *account, int64_t before)
{
    return store_int(
        web->options.store, before,
        "SELECT min(id) FROM (SELECT * FROM (SELECT id FROM outbox WHERE platform = 0 AND chat = ?1 AND id "
        "< ?2 ORDER BY id DESC LIMIT ?3) UNION ALL SELECT * FROM (SELECT id FROM inbox WHERE platform = 0"
        " AND account = ?1 AND text IS NOT NULL AND id < ?2 ORDER BY id DESC LIMIT ?3)"
        " ORDER BY id DESC LIMIT ?3)",
        "sii", account, before, (int64_t)PAGE);
}

/* The page before `before`, into `json`. */
static void put_earlier(struct web *web, const char *account, int64_t before, GString *json)
{
    int64_t first = page_begin(web, account, before);

    inbox_web_said(web->options.inbox, account, first - 1, before - 1, json);
    outbox_web_messages(web->options.outbox, account, first - 1, before - 1, G_MAXINT, json);
    g_string_append_printf(json, "],\"earlier\":%s",
                           page_begin(web, account, first) < first ? "true" : "false");
}

/* The page after `after`, into `json`. */
static void put_later(struct web *web, const char *account, bool own, int64_t after, GString *json)
{
    int64_t until = own ? page_end(web, account, after) : G_MAXINT64;

    if (own)
        inbox_web_said(web->options.inbox, account, after, until, json);
    outbox_web_messages(web->options.outbox, account, after, until, G_MAXINT, json);
    g_string_append_c(json, ']');
}

void web_answer_messages(struct web *web, struct http_request *request, const char *account, bool own)
{
    const char *later = http_query(request, "after"), *earlier = own ? http_query(request, "before") : NULL;
    g_autoptr(GString) json = g_string_new("{\"messages\":[");
    g_autofree char *now = web_iso(web, clock_now());
    const char *asked = earlier ? earlier : later;
    gint64 id = 0;

    if (asked && !g_ascii_string_to_signed(asked, 10, 0, G_MAXINT64, &id, NULL)) {
        http_error(request, 400, "after and before are a message's id");
        return;
    }
    if (earlier)
        put_earlier(web, account, id, json);
    else
        put_later(web, account, own, id, json);
    g_string_append_printf(json, ",\"now\":\"%s\"}", now);
    http_json(request, 200, json->str);
}
