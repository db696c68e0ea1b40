#include "bot/platform/wecom_card.h"

#include <string.h>

#include "bot/core/json.h"
#include "bot/core/outbox.h"
#include "bot/core/text.h"

enum { DUPLICATE_CHECK_S = 60, TEXTS_MAX = 64 };

/* How a card shows a text. */
struct card_text {
    const char *title, *subtitle; /* NULL: none */
};

/* The first `chars` characters of a text. */
static char *cut(struct pool *pool, const char *text, glong chars)
{
    const char *end = g_utf8_strlen(text, -1) > chars ? g_utf8_offset_to_pointer(text, chars) : NULL;
    return end ? pool_strndup(pool, text, (size_t)(end - text)) : pool_strdup(pool, text);
}

/* The first line as a title and the rest below it, or all of it below no title; false when a card has no
 * room. */
static bool fits(struct pool *pool, const char *text, struct card_text *ret)
{
    const char *line = strchr(text, '\n');
    glong all = g_utf8_strlen(text, -1);
    *ret = (struct card_text){ 0 };
    if (!*text)
        return false;
    if (!line && all <= WECOM_TITLE_CHARS) {
        ret->title = text;
        return true;
    }
    const char *rest = line ? line + strspn(line, "\n") : "";
    if (line && g_utf8_strlen(text, line - text) <= WECOM_TITLE_CHARS &&
        g_utf8_strlen(rest, -1) <= WECOM_SUBTITLE_CHARS) {
        ret->title = pool_strndup(pool, text, (size_t)(line - text));
        ret->subtitle = *rest ? rest : NULL;
        return *ret->title != '\0';
    }
    ret->subtitle = text;
    return all <= WECOM_SUBTITLE_CHARS;
}

/* What a card is called whose text went before it: the beginning of that text. */
static const char *headline(struct pool *pool, const char *text)
{
    size_t line = strcspn(text, "\n");
    char *first = pool_strndup(pool, text, line);
    bool whole = g_utf8_strlen(first, -1) <= WECOM_TITLE_CHARS;
    return !line ? "…" : whole ? first : pool_printf(pool, "%s…", cut(pool, first, WECOM_TITLE_CHARS - 1));
}

/* A card takes so many buttons, each with a key of its own. */
static bool card_takes(const struct reply *reply)
{
    if (reply->button_count == 0 || reply->button_count > WECOM_BUTTONS_MAX)
        return false;
    for (size_t i = 0; i < reply->button_count; i++) {
        if (!*reply->buttons[i].label || !*reply->buttons[i].action)
            return false;
        for (size_t k = 0; k < i; k++)
            if (!strcmp(reply->buttons[i].action, reply->buttons[k].action))
                return false;
    }
    return true;
}

const char *wecom_card_numbered(struct pool *pool, const struct reply *reply)
{
    g_autoptr(GString) all = g_string_new(reply->text);
    for (size_t i = 0; i < reply->button_count; i++)
        g_string_append_printf(all, "%s%zu. %s",
                               i          ? "\n"
                               : all->len ? "\n\n"
                                          : "",
                               i + 1, reply->buttons[i].label);
    return pool_strndup(pool, all->str, all->len);
}

/* A part of a reply: one text, or one file, and nothing that belongs to one part only. */
static struct reply piece(const struct reply *whole, const char *text)
{
    struct reply part = *whole;
    part.text = text;
    part.buttons = NULL;
    part.button_count = 0;
    part.files = NULL;
    part.file_count = 0;
    part.edits = 0;
    part.callback = NULL;
    return part;
}

/* Adds a text in parts of 2048 bytes. */
static size_t add_texts(struct pool *pool, const struct reply *reply, const char *text,
                        struct reply *ret_parts, size_t max)
{
    const char *texts[TEXTS_MAX];
    size_t n = outbox_split_text(pool, text, WECOM_TEXT_BYTES, text_bytes, texts, MIN(max, TEXTS_MAX));
    for (size_t i = 0; i < n; i++)
        ret_parts[i] = piece(reply, texts[i]);
    return n;
}

size_t wecom_card_split(enum wecom_show show, struct pool *pool, const struct reply *reply,
                        struct reply *ret_parts, size_t max)
{
    bool robot = reply->lane == LANE_ROBOT;
    bool card = !robot && show != WECOM_SHOW_TEXT && card_takes(reply);
    bool numbers = !robot && reply->button_count > 0 && (show != WECOM_SHOW_CARD || !card);
    const char *text = reply->text ? reply->text : "";
    struct card_text shown;
    bool whole = card && !numbers && fits(pool, text, &shown);
    size_t files = reply->file_count, n = 0;
    if (reply->lane == LANE_CALLBACK || max == 0) {
        ret_parts[0] = *reply;
        return 1;
    }
    size_t spare = files + card < max ? max - files - card : 1;
    const char *said = numbers ? wecom_card_numbered(pool, reply) : text;
    if (!whole && *said)
        n = add_texts(pool, reply, said, ret_parts, spare);
    for (size_t i = 0; i < files && n < max; i++) {
        ret_parts[n] = piece(reply, "");
        ret_parts[n].files = &reply->files[i];
        ret_parts[n++].file_count = 1;
    }
    if (card && n < max) {
        ret_parts[n] = piece(reply, whole ? text : headline(pool, text));
        ret_parts[n].buttons = reply->buttons;
        ret_parts[n++].button_count = reply->button_count;
    }
    if (n == 0)
        ret_parts[n++] = piece(reply, text);
    ret_parts[0].edits = reply->edits;
    return n;
}

/* Opens a body of message/send. */
static void open_message(GString *into, const struct wecom_address *a, const char *type)
{
    g_string_append(into, "{\"touser\":");
    json_put(into, a->to);
    g_string_append_printf(into, ",\"agentid\":%" G_GINT64_FORMAT ",\"msgtype\":\"%s\",\"%s\":", a->agent,
                           type, type);
}

/* Closes it. The check swallows what it has seen before, so an answer given twice must not pass through it.
 */
static void close_message(GString *into, const struct wecom_address *a)
{
    if (a->lane == LANE_PUSH)
        g_string_append_printf(into, ",\"enable_duplicate_check\":1,\"duplicate_check_interval\":%d",
                               DUPLICATE_CHECK_S);
    g_string_append_c(into, '}');
}

void wecom_card_text(GString *into, const struct wecom_address *a, const char *text)
{
    open_message(into, a, "text");
    g_string_append(into, "{\"content\":");
    json_put(into, text);
    g_string_append_c(into, '}');
    close_message(into, a);
}

void wecom_card_media(GString *into, const struct wecom_address *a, const char *type, const char *media_id)
{
    open_message(into, a, type);
    g_string_append(into, "{\"media_id\":");
    json_put(into, media_id);
    g_string_append_c(into, '}');
    close_message(into, a);
}

/* The card itself. */
static void put_card(GString *into, const struct wecom_address *a, struct pool *pool,
                     const struct reply *reply)
{
    struct card_text shown;
    if (!fits(pool, reply->text, &shown))
        shown = (struct card_text){ .title = headline(pool, reply->text) };
    g_string_append(into, "{\"card_type\":\"button_interaction\"");
    if (shown.title) {
        g_string_append(into, ",\"main_title\":{\"title\":");
        json_put(into, shown.title);
        g_string_append_c(into, '}');
    }
    if (shown.subtitle) {
        g_string_append(into, ",\"sub_title_text\":");
        json_put(into, shown.subtitle);
    }
    g_string_append(into, ",\"task_id\":");
    json_put(into, a->task);
    g_string_append(into, ",\"button_list\":[");
    for (size_t i = 0; i < MIN(reply->button_count, (size_t)WECOM_BUTTONS_MAX); i++) {
        g_string_append(into, i ? ",{\"text\":" : "{\"text\":");
        json_put(into, reply->buttons[i].label);
        g_string_append(into, ",\"key\":");
        json_put(into, reply->buttons[i].action);
        g_string_append_c(into, '}');
    }
    g_string_append(into, "]}");
}

void wecom_card_buttons(GString *into, const struct wecom_address *a, struct pool *pool,
                        const struct reply *reply)
{
    open_message(into, a, "template_card");
    put_card(into, a, pool, reply);
    close_message(into, a);
}

void wecom_card_retire(GString *into, const struct wecom_address *a, const char *code, const char *word)
{
    g_string_append(into, "{\"userids\":[");
    json_put(into, a->to);
    g_string_append_printf(into, "],\"agentid\":%" G_GINT64_FORMAT ",\"response_code\":", a->agent);
    json_put(into, code);
    g_string_append(into, ",\"button\":{\"replace_name\":");
    json_put(into, word);
    g_string_append(into, "}}");
}
