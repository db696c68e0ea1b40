/* What the files of the Telegram platform share. */
#ifndef BOT_PLATFORM_TELEGRAM_PRIVATE_H
#define BOT_PLATFORM_TELEGRAM_PRIVATE_H

#include <cjson/cJSON.h>

#include "bot/platform/telegram.h"

enum {
    TELEGRAM_DEPTH = 32,      /* of an update's JSON: a reply to a photo in a topic has 7 */
    TELEGRAM_TEXT_MAX = 4096, /* UTF-16 units of a message */
    TELEGRAM_CAPTION_MAX = 1024,
    TELEGRAM_PHOTO_MAX = 10 * 1024 * 1024,
    TELEGRAM_POLL_SECONDS = 25,
    TELEGRAM_POLL_LIMIT = 100,
};

/* The kinds of update that we ask for, as a JSON array. */
#define TELEGRAM_ALLOWED "[\"message\",\"edited_message\",\"callback_query\",\"my_chat_member\"]"

/* Who we are, so far as is known. */
struct telegram_self {
    int64_t id;            /* the digits before the token's colon, 0 unknown */
    const char *name;      /* without '@'; NULL until the first getMe */
    struct outbox *outbox; /* for update.pressed; NULL: unknown */
};

/* Fills *ret_update from one parsed update; strings in the pool. *ret_what is the kind's name out of a fixed
 * list, for metrics. False when it is no update at all. */
bool telegram_decode(const struct telegram_self *, const cJSON *update, struct pool *,
                     struct update *ret_update, const char **ret_what);

/* One update while it is being read. */
struct telegram_decoding {
    const struct telegram_self *self;
    struct pool *pool;
    struct update *u;
    const char *what;
};

/* A member of `json` that is an object, else NULL. */
const cJSON *telegram_object(const cJSON *json, const char *name);

/* Text, files, voice or a place; false when it is none of them. The words are taken before. */
bool telegram_take_content(struct telegram_decoding *, const cJSON *message);

/* What we cannot read: a person in private, or who spoke to us, gets a word; a group does not. */
void telegram_take_unread(struct telegram_decoding *, const cJSON *message);

/* What Telegram itself says in a chat: nobody waits for an answer. */
bool telegram_is_service(const cJSON *message);

enum telegram_method {
    TELEGRAM_SEND,
    TELEGRAM_EDIT_TEXT,
    TELEGRAM_EDIT_BUTTONS,
    TELEGRAM_ANSWER,
    TELEGRAM_SEND_DOCUMENT,
    TELEGRAM_SEND_PHOTO,
    TELEGRAM_GET_UPDATES,
    TELEGRAM_GET_FILE,
    TELEGRAM_GET_ME,
    TELEGRAM_SET_COMMANDS,
    TELEGRAM_DELETE_WEBHOOK,
    TELEGRAM_WEBHOOK_INFO,
    TELEGRAM_METHODS
};

/* What an answer of the API means for the message that was sent. */
struct telegram_verdict {
    enum outcome outcome;
    char ref[24];         /* SENT: the message's id, "" none */
    char moved_to[24];    /* the group's new id, "" not moved */
    int64_t wait_ms;      /* LIMITED: at least this long */
    bool everybody;       /* UNREACHABLE for all chats */
    bool token_refused;   /* UNREACHABLE because of our token */
    bool nothing_to_edit; /* INVALID because the message to edit is gone or holds no text */
    int code;             /* the API's error code, else the HTTP status */
};
struct telegram_verdict telegram_judge(const struct fetch_answer *);

struct telegram {
    struct telegram_options options;
    struct telegram_parts at;
    struct telegram_self self;
    struct platform platform;
    struct http_route route;
    char *name; /* self.name */
    char *urls[TELEGRAM_METHODS];
    char *file_url;     /* "…/file/bot<token>/" */
    GString *body;      /* of the request being built */
    bool token_refused; /* told already */
    char unblocked[24]; /* who unblocked us last, and when: a /start follows by itself */
    int64_t unblocked_at;

    struct {
        int failures;         /* that concerned everybody, one after the other */
        int64_t paused_until; /* monotonic ms */
        GQueue all;           /* on their way: what is left of them ends with the platform */
    } sending;
    GQueue fetching;
    struct {
        int64_t offset;    /* to ask with next, 0 from the beginning */
        int64_t asked_at;  /* monotonic ms */
        size_t pending;    /* updates of this answer not yet on disk */
        int failures;      /* one after the other */
        bool store_failed; /* one of this answer is not on disk: nothing behind it may be confirmed */
    } poll;
    struct {
        size_t next_menu;
        int failures;
    } setup;
    struct {
        GQueue waiting;   /* chats (char *) whose own menu is to be looked at */
        GHashTable *told; /* chat → the menu it was told, of this run */
        const struct telegram_menu *telling;
        bool running;
    } menus;
};

/* Starts a request of one of the API's methods with a JSON body (copied). */
void telegram_call(struct telegram *, enum telegram_method, const char *json, size_t len, int64_t timeout_ms,
                   void (*done)(void *, const struct fetch_answer *), void *data);

/* The URL of `method`, with the token in it: never to be logged. Yours. */
char *telegram_url(const char *api_base, const char *token, const char *method);

/* Tells whoever has to know, and the log. */
void telegram_alarm(struct telegram *, const char *what);

/* Milliseconds to wait after so many failures one after the other: 1, 2, 4 … 60 s. */
int64_t telegram_back_off(int failures);

/* Files first, each a message of its own; then the words, the buttons on the last of them, so that later
 * edits find text to edit. One file with few words and no buttons is one message. */
size_t telegram_split(struct platform *, struct pool *, const struct reply *, struct reply *ret_parts,
                      size_t max);

void telegram_send_init(struct telegram *);
void telegram_send_end(struct telegram *);
void telegram_poll_start(struct telegram *);
void telegram_files_init(struct telegram *);
void telegram_files_end(struct telegram *);
void telegram_setup_start(struct telegram *);

/* Appends the body of setMyCommands for a menu; `chat` NULL: for the menu's scope and language. */
void telegram_put_menu(GString *body, const struct telegram_menu *, const char *chat);

/* Looks at the menu of the sender's chat soon, if this update may change it. */
void telegram_menu_soon(struct telegram *, const struct update *);
void telegram_menus_end(struct telegram *);

/* Counts an update by its kind's name, and sees to what the platform itself does about it; before it is
 * submitted. */
void telegram_heard(struct telegram *, struct update *, const char *what);

#endif
