/* What a Telegram message holds beside its words: files, voice, a place, or what we cannot read. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"
#include "bot/core/text.h"

enum { HANDLE_BYTES = 512, FILE_NAME_BYTES = 255, MIME_BYTES = 127 };

/* Adds one file by its handle. False without a handle. */
static bool attach(struct telegram_decoding *d, const cJSON *file, const char *mime)
{
    const char *handle = file ? json_text(file, "file_id") : NULL;
    if (!handle || !*handle || strlen(handle) > HANDLE_BYTES || d->u->file_count == UPDATE_FILES_MAX)
        return false;
    const char *name = json_text(file, "file_name"), *told = json_text(file, "mime_type");
    struct attachment *a = &d->u->files[d->u->file_count++];
    a->remote = pool_strdup(d->pool, handle);
    a->name = name ? text_clean(d->pool, name, strlen(name), FILE_NAME_BYTES) : "";
    a->mime = told ? text_clean(d->pool, told, strlen(told), MIME_BYTES) : mime;
    if (!json_int(file, "file_size", &a->size) || a->size < 0)
        a->size = -1;
    return true;
}

/* The largest of a photo's sizes. */
static const cJSON *largest(const cJSON *sizes)
{
    const cJSON *size, *best = NULL;
    int64_t most = -1;
    cJSON_ArrayForEach(size, sizes)
    {
        int64_t width = 0, height = 0;
        if (!json_int(size, "width", &width) || !json_int(size, "height", &height) || width < 0 ||
            height < 0 || width > 100000 || height > 100000)
            width = height = 0;
        if (width * height >= most) {
            most = width * height;
            best = size;
        }
    }
    return best;
}

static bool take_place(struct telegram_decoding *d, const cJSON *place)
{
    double lat, lon;
    if (!json_real(place, "latitude", &lat) || !json_real(place, "longitude", &lon) ||
        !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180))
        return false;
    d->u->lat = lat;
    d->u->lon = lon;
    return true;
}

bool telegram_is_service(const cJSON *m)
{
    static const char *const exact[] = {
        "new_chat_members",
        "new_chat_member",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "pinned_message",
        "message_auto_delete_timer_changed",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "connected_website",
        "write_access_allowed",
        "passport_data",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "gift",
        "unique_gift",
        "web_app_data",
        "direct_message_price_changed",
    };
    static const char *const prefixes[] = { "forum_topic_",   "general_forum_topic_", "video_chat_",
                                            "giveaway",       "checklist_tasks_",     "paid_message_",
                                            "suggested_post_" };
    for (const cJSON *item = m->child; item; item = item->next) {
        for (size_t i = 0; i < G_N_ELEMENTS(exact); i++)
            if (!strcmp(item->string, exact[i]))
                return true;
        for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
            if (g_str_has_prefix(item->string, prefixes[i]))
                return true;
    }
    return false;
}

bool telegram_take_content(struct telegram_decoding *d, const cJSON *m)
{
    static const struct {
        const char *name, *mime;
        enum update_kind kind;
    } files[] = {
        /* an animation is told as a document too */
        { "document", "application/octet-stream", UPDATE_FILES },
        { "video", "video/mp4", UPDATE_FILES },
        { "audio", "audio/mpeg", UPDATE_FILES },
        { "animation", "video/mp4", UPDATE_FILES },
        { "video_note", "video/mp4", UPDATE_FILES },
        { "voice", "audio/ogg", UPDATE_VOICE },
    };

    if (json_text(m, "text")) {
        d->what = "text";
        d->u->kind = UPDATE_TEXT;
        if (!d->u->group && !strcmp(d->u->text, "/start"))
            d->u->kind = UPDATE_STARTED;
        return true;
    }
    const char *album = json_text(m, "media_group_id");
    if (album)
        d->u->album = text_clean(d->pool, album, strlen(album), HANDLE_BYTES);
    const cJSON *photo = cJSON_GetObjectItemCaseSensitive(m, "photo");
    if (cJSON_IsArray(photo) && attach(d, largest(photo), "image/jpeg")) {
        d->what = "photo";
        d->u->kind = UPDATE_FILES;
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (attach(d, telegram_object(m, files[i].name), files[i].mime)) {
            d->what = files[i].name;
            d->u->kind = files[i].kind;
            return true;
        }
    const cJSON *venue = telegram_object(m, "venue"), *place = telegram_object(venue ? venue : m, "location");
    if (place && take_place(d, place)) {
        d->what = venue ? "venue" : "location";
        d->u->kind = UPDATE_LOCATION;
        return true;
    }
    return false;
}

void telegram_take_unread(struct telegram_decoding *d, const cJSON *m)
{
    static const char *const known[] = { "sticker", "contact",    "dice",      "game",   "poll",
                                         "story",   "paid_media", "checklist", "invoice" };
    d->u->kind = d->u->group && !d->u->addressed ? UPDATE_NOISE : UPDATE_OTHER;
    d->what = "unknown";
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (cJSON_GetObjectItemCaseSensitive(m, known[i]))
            d->what = known[i];
}
