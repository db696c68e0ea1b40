/* One update of the Bot API → struct update. Everything in it was written by strangers: a field of the wrong
 * type is a missing field, text is bounded and cleaned, ids are whole numbers. Entity offsets are UTF-16
 * units. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/json.h"
#include "bot/core/text.h"

enum {
    NAME_BYTES = 192,
    HANDLE_BYTES = 512,
    FILE_NAME_BYTES = 255,
    MIME_BYTES = 127,
    CALLBACK_DATA_BYTES = 64
};

/* A decimal number in the pool. */
static const char *number(struct telegram_decoding *d, int64_t n)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (n < 0)
        *--at = '-';
    return pool_strndup(d->pool, at, (size_t)(digits + sizeof digits - at));
}

/* A member of `json` that is an object, else NULL. */
const cJSON *telegram_object(const cJSON *json, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsObject(item) ? item : NULL;
}

static bool has(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static void noise(struct telegram_decoding *d, const char *what)
{
    d->u->kind = UPDATE_NOISE;
    d->what = what;
}

/* Who wrote it. False when it was no person: a channel, a bot, an anonymous administrator. */
static bool take_sender(struct telegram_decoding *d, const cJSON *from)
{
    int64_t id;
    if (!from || !json_int(from, "id", &id) || id <= 0 || json_true(from, "is_bot"))
        return false;
    d->u->account = number(d, id);

    const char *first = json_text(from, "first_name"), *last = json_text(from, "last_name");
    char *name = text_clean(d->pool, first ? first : "", first ? strlen(first) : 0, NAME_BYTES);
    if (last && *last) {
        last = text_clean(d->pool, last, strlen(last), NAME_BYTES);
        name = pool_printf(d->pool, "%s %s", name, last);
    }
    d->u->name = name;

    const char *lang = json_text(from, "language_code");
    if (lang && g_str_has_prefix(lang, "zh"))
        d->u->lang = "zh-CN";
    else if (lang && g_str_has_prefix(lang, "en"))
        d->u->lang = "en";
    return true;
}

/* Where it was said. */
static bool take_chat(struct telegram_decoding *d, const cJSON *chat)
{
    int64_t id;
    const char *type = json_text(chat, "type");
    if (!type || !json_int(chat, "id", &id) || id == 0)
        return false;
    d->u->chat = number(d, id);
    d->u->group = !strcmp(type, "group") || !strcmp(type, "supergroup");
    return d->u->group || !strcmp(type, "private");
}

/* The byte that lies `units` UTF-16 units behind `text`, its end when it is shorter. */
static const char *utf16_at(const char *text, int64_t units)
{
    while (*text && units > 0) {
        units -= (unsigned char)*text >= 0xf0 ? 2 : 1;
        text = g_utf8_next_char(text);
    }
    return text;
}

static bool is_our_name(const struct telegram_self *self, const char *at, size_t len)
{
    return self->name && strlen(self->name) == len && !g_ascii_strncasecmp(at, self->name, len);
}

/* The text without the first mention of us, NULL when no entity mentions us. */
static const char *without_mention(struct telegram_decoding *d, const char *text, const cJSON *entities)
{
    const cJSON *e;
    cJSON_ArrayForEach(e, entities)
    {
        int64_t offset, length, who;
        const char *type = json_text(e, "type");
        bool by_name = type && !strcmp(type, "mention"), by_id = type && !strcmp(type, "text_mention");
        if ((!by_name && !by_id) || !json_int(e, "offset", &offset) || !json_int(e, "length", &length) ||
            offset < 0 || length < 2)
            continue;
        const char *from = utf16_at(text, offset), *to = utf16_at(from, length);
        if (by_name ? *from != '@' || !is_our_name(d->self, from + 1, (size_t)(to - from - 1))
                    : !json_int(e, "user.id", &who) || who != d->self->id)
            continue;
        return pool_printf(d->pool, "%.*s%s", (int)(from - text), text, to + strspn(to, " "));
    }
    return NULL;
}

/* Takes "@name" out of "/command@name …". False when that is another bot's name. */
static bool take_command(struct telegram_decoding *d, const char **text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t command = 1 + strspn(*text + 1, letters);
    if (command < 2 || command > 33)
        return true;
    d->u->addressed = true;
    const char *at = *text + command;
    if (*at != '@')
        return true;
    size_t name = strspn(at + 1, letters);
    if (d->self->name && !is_our_name(d->self, at + 1, name))
        return false;
    *text = pool_printf(d->pool, "%.*s%s", (int)command, *text, at + 1 + name);
    return true;
}

/* The words of a message, or a picture's caption, and whether they are meant for us. False: for another bot.
 */
static bool take_words(struct telegram_decoding *d, const cJSON *m)
{
    const char *text = json_text(m, "text"), *entities = "entities";
    if (!text) {
        text = json_text(m, "caption");
        entities = "caption_entities";
    }
    int64_t who;
    d->u->addressed = !d->u->group || (json_int(m, "reply_to_message.from.id", &who) && who == d->self->id);
    if (!text)
        return true;
    if (*text == '/' && !take_command(d, &text))
        return false;
    const char *said = without_mention(d, text, cJSON_GetObjectItemCaseSensitive(m, entities));
    if (said) {
        d->u->addressed = true;
        text = said;
        if (*text == '/' && !take_command(d, &text))
            return false;
    }
    d->u->text = text_clean(d->pool, text, strlen(text), UPDATE_TEXT_MAX);
    return true;
}

/* A group got another id: told once in the old chat and once in the new one. */
static bool take_move(struct telegram_decoding *d, const cJSON *m)
{
    int64_t here, other;
    bool to = json_int(m, "migrate_to_chat_id", &other),
         from = !to && json_int(m, "migrate_from_chat_id", &other);
    if ((!to && !from) || !json_int(m, "chat.id", &here))
        return false;
    d->u->kind = UPDATE_MOVED;
    d->u->group = true;
    d->u->chat = number(d, to ? here : other);
    d->u->text = number(d, to ? other : here);
    d->u->account = "";
    d->what = "migrate";
    return true;
}

static void decode_message(struct telegram_decoding *d, const cJSON *m, const char *kind)
{
    if (take_move(d, m))
        return;
    json_int(m, "date", &d->u->at);
    if (!take_chat(d, telegram_object(m, "chat")) || !take_sender(d, telegram_object(m, "from")) ||
        !take_words(d, m))
        noise(d, kind); // NOLINT(bugprone-branch-clone): what is asked later must not be asked before
    else if (telegram_take_content(d, m))
        return;
    else if (telegram_is_service(m))
        noise(d, kind);
    else
        telegram_take_unread(d, m);
}

/* An edit keeps what it is an edit of: the words are the new ones. */
static void decode_edited(struct telegram_decoding *d, const cJSON *m, const char *kind)
{
    /* a live place is "edited" every few seconds, without an edit of anybody */
    if (!take_chat(d, telegram_object(m, "chat")) || !take_sender(d, telegram_object(m, "from")) ||
        has(m, "location") || !take_words(d, m)) {
        noise(d, kind);
        return;
    }
    if (!json_int(m, "edit_date", &d->u->at))
        json_int(m, "date", &d->u->at);
    d->u->kind = UPDATE_EDITED;
    d->what = kind;
}

static void decode_press(struct telegram_decoding *d, const cJSON *press, const char *kind)
{
    const cJSON *message = telegram_object(press, "message");
    const char *id = json_text(press, "id"), *data = json_text(press, "data");
    int64_t message_id;
    if (!take_sender(d, telegram_object(press, "from")) || !id || strlen(id) > 64 || !message ||
        !take_chat(d, telegram_object(message, "chat"))) {
        noise(d, kind);
        return;
    }
    d->u->kind = UPDATE_ACTION;
    d->what = kind;
    d->u->addressed = true;
    d->u->callback = pool_strdup(d->pool, id);
    d->u->action = data && strlen(data) <= CALLBACK_DATA_BYTES
                       ? text_clean(d->pool, data, strlen(data), CALLBACK_DATA_BYTES)
                       : "";
    if (d->self->outbox && json_int(message, "message_id", &message_id))
        d->u->pressed =
            outbox_find_ref(d->self->outbox, PLATFORM_TELEGRAM, d->u->chat, number(d, message_id));
}

/* Whether somebody of this status sees the chat. */
static bool is_in(const cJSON *member)
{
    const char *status = json_text(member, "status");
    return status && strcmp(status, "left") != 0 && strcmp(status, "kicked") != 0 &&
           (strcmp(status, "restricted") != 0 || json_true(member, "is_member"));
}

static void decode_membership(struct telegram_decoding *d, const cJSON *change, const char *kind)
{
    if (!take_chat(d, telegram_object(change, "chat")) || !take_sender(d, telegram_object(change, "from"))) {
        noise(d, kind);
        return;
    }
    json_int(change, "date", &d->u->at);
    bool was = is_in(telegram_object(change, "old_chat_member")),
         is = is_in(telegram_object(change, "new_chat_member"));
    d->what = kind;
    d->u->kind = was == is ? UPDATE_NOISE : is ? UPDATE_STARTED : UPDATE_GONE;
}

/* The kinds that nobody waits for an answer to; named here so that metrics name only what we know. */
static const char *ignored_kind(const cJSON *json)
{
    static const char *const kinds[] = {
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "guest_message",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (has(json, kinds[i]))
            return kinds[i];
    return "unknown";
}

bool telegram_decode(const struct telegram_self *self, const cJSON *json, struct pool *pool, struct update *u,
                     const char **ret_what)
{
    static const struct {
        const char *name;
        void (*decode)(struct telegram_decoding *, const cJSON *, const char *);
    } kinds[] = { { "message", decode_message },
                  { "callback_query", decode_press },
                  { "edited_message", decode_edited },
                  { "my_chat_member", decode_membership } };
    struct telegram_decoding d = { .self = self, .pool = pool, .u = u };
    int64_t id;

    if (!cJSON_IsObject(json) || !json_int(json, "update_id", &id) || id < 0)
        return false;
    u->platform = PLATFORM_TELEGRAM;
    u->kind = UPDATE_NOISE;
    u->key = number(&d, id);
    u->account = u->chat = u->text = u->action = u->name = "";
    for (size_t i = 0; i < G_N_ELEMENTS(kinds) && !d.what; i++) {
        const cJSON *item = telegram_object(json, kinds[i].name);
        if (item)
            kinds[i].decode(&d, item, kinds[i].name);
    }
    *ret_what = d.what ? d.what : ignored_kind(json);
    return true;
}
