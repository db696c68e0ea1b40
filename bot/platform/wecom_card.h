/* Replies in WeCom's words: how one is cut into messages it takes, and each message's JSON. No network, no
 * state. */
#ifndef BOT_PLATFORM_WECOM_CARD_H
#define BOT_PLATFORM_WECOM_CARD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/core/pool.h"
#include "bot/platform/wecom.h"

enum {
    WECOM_TEXT_BYTES = 2048, /* beyond, WeCom cuts in silence, in the middle of a character */
    WECOM_BUTTONS_MAX = 6,
    WECOM_TITLE_CHARS = 36,
    WECOM_SUBTITLE_CHARS = 160,
};

/* Where a message goes and what it is called. */
struct wecom_address {
    const char *to;
    int64_t agent;
    enum lane lane;   /* pushes, and only they, go through WeCom's duplicate check */
    const char *task; /* of a card; unique in the application */
};

/* One reply as messages: texts of at most 2048 bytes, then one for each file, then a card with the buttons.
 * Buttons also stand as numbers below the text when `show` says so or when there are more than a card takes.
 */
size_t wecom_card_split(enum wecom_show show, struct pool *, const struct reply *, struct reply *ret_parts,
                        size_t max);

/* The text with the buttons as numbers below it. */
const char *wecom_card_numbered(struct pool *, const struct reply *);

/* Bodies of message/send. */
void wecom_card_text(GString *into, const struct wecom_address *, const char *text);
void wecom_card_buttons(GString *into, const struct wecom_address *, struct pool *, const struct reply *);
void wecom_card_media(GString *into, const struct wecom_address *, const char *type, const char *media_id);

/* Body of message/update_template_card: the buttons become one word. `code` is good once, for 72 hours. */
void wecom_card_retire(GString *into, const struct wecom_address *, const char *code, const char *word);

#endif
