/* Telegram: the Bot API's updates in (webhook or long polling) and our messages out. */
#ifndef BOT_PLATFORM_TELEGRAM_H
#define BOT_PLATFORM_TELEGRAM_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "bot/core/fetch.h"
#include "bot/core/files.h"
#include "bot/core/http.h"
#include "bot/core/inbox.h"
#include "bot/core/loop.h"
#include "bot/core/outbox.h"
#include "bot/core/store.h"
#include "bot/core/turn.h"

struct telegram;

struct telegram_command {
    const char *name;        /* 1–32 of a-z 0-9 _ */
    const char *description; /* 1–256 characters */
};

/* What the button beside the text field offers to those whom `scope` and `lang` match. */
struct telegram_menu {
    const char *scope; /* "default", "all_private_chats", "all_group_chats" */
    const char *lang;  /* "zh", "en", or "" for everybody without a menu of their language */
    const struct telegram_command *commands;
    size_t count;
};

/* All borrowed for as long as the platform lives. */
struct telegram_options {
    const char *token;
    const char *secret;     /* what the webhook's header must say */
    bool polling;           /* else Telegram calls POST /telegram/webhook */
    const char *api_base;   /* "https://api.telegram.org" */
    const char *public_url; /* for `webhook set`; NULL when there is none */
    int rate;               /* messages a second; 0: no limit of ours at all */
    size_t max_body;        /* bytes of one webhook request; 0: 1 MiB */
    const struct telegram_menu *menus;
    size_t menu_count;
    /* What one person's chat offers instead (scope and lang are not looked at), the same pointer as long as
     * it is the same; NULL: nothing of its own. Asked some time after a button was pressed. May be NULL. */
    const struct telegram_menu *(*menu_of)(void *data, const char *account);
    void *menu_data;
    void (*alarm)(
        void *data,
        const char *what); /* only a person can mend it: token_refused, poll_conflict; may be NULL */
    void *alarm_data;
};

/* The parts it stands on, borrowed. */
struct telegram_parts {
    struct loop *loop;
    struct store *store;
    struct turn *turn;
    struct inbox *inbox;
    struct outbox *outbox;
    struct fetch *fetch;
    struct files *files;
};

/* Makes its tables and registers itself with outbox and files. NULL and *error when the store refuses.
 * Nothing is sent before telegram_start. */
struct telegram *telegram_new(const struct telegram_options *, const struct telegram_parts *, GError **error);

/* The webhook's route; none when polling. Owned by the platform. */
const struct http_route *telegram_routes(struct telegram *, size_t *ret_count);

/* Asks for our name, sets the menus and, when polling, begins to poll. Telegram need not be reachable: all of
 * it is tried again until it works. */
void telegram_start(struct telegram *);

/* Our name, as in t.me/NAME; NULL until Telegram told it. Borrowed. */
const char *telegram_name(const struct telegram *);

/* After the loop has ended. */
void telegram_free(struct telegram *);

/* `banzhang webhook set|show|delete`: 0 done, 1 failed (told on stderr), 2 misused. Needs no running server.
 */
int telegram_webhook_command(const struct telegram_options *, const char *verb);

#endif
