/* What a message and a reply are: the one shape that platforms fill and handlers read. */
#ifndef BOT_CORE_MESSAGE_H
#define BOT_CORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum platform_id { PLATFORM_WEB, PLATFORM_TELEGRAM, PLATFORM_WECOM };
enum { PLATFORM_COUNT = 3 };

/* "web", "telegram", "wecom". */
const char *platform_name(enum platform_id);

enum update_kind {
    UPDATE_TEXT,
    UPDATE_ACTION, /* a button was pressed */
    UPDATE_FILES,  /* photo, document, video; `text` is the caption */
    UPDATE_VOICE,
    UPDATE_LOCATION,
    UPDATE_EDITED,  /* an earlier message was changed: `text` is the new one */
    UPDATE_SCAN,    /* a scanned QR: `text` is what it says */
    UPDATE_STARTED, /* the person opened the chat or unblocked us */
    UPDATE_GONE,    /* the person blocked us, the group removed us */
    UPDATE_MOVED,   /* the group's chat id is now `text` */
    UPDATE_OTHER,   /* a kind that we cannot read: somebody may wait for a word */
    UPDATE_NOISE,   /* nobody waits for an answer: counted, kept, ignored */
};
const char *update_kind_name(enum update_kind);

/* Text of a person longer than this (bytes) is cut at decoding; platforms give at most 4096 characters. */
enum { UPDATE_TEXT_MAX = 16384, UPDATE_FILES_MAX = 10 };

struct attachment {
    const char *name;   /* as the person named it, "" when unknown */
    const char *mime;   /* as told by the sender: never trusted */
    int64_t size;       /* bytes, -1 unknown */
    const char *sha256; /* hex, once it lies in files/ */
    const char *remote; /* the platform's handle, while it has to be fetched */
};

struct update {
    enum platform_id platform;
    enum update_kind kind;
    const char *key;     /* unique per platform: a repeat does nothing */
    const char *account; /* who, in the platform's words */
    const char *chat;    /* where to answer; equals account in private */
    bool group;
    bool addressed;     /* in a group: a command, a reply to us or a mention */
    const char *text;   /* "" when none */
    const char *action; /* UPDATE_ACTION: the button's action */
    const char
        *callback;   /* UPDATE_ACTION: what must be answered so that the button stops waiting; NULL none */
    int64_t pressed; /* UPDATE_ACTION: our outbox id of the message the button is on, 0 unknown */
    struct attachment files[UPDATE_FILES_MAX];
    size_t file_count;
    bool no_room;      /* its files were too large for what is left of the disk: none is here */
    const char *album; /* messages of one album share this; NULL none */
    double lat, lon;   /* UPDATE_LOCATION */
    int64_t at;        /* the platform's own time of the message, seconds; 0 = take our clock */
    bool replayable;   /* its envelope is good for ever, and `at` tells when it was sealed */
    const char *name;  /* how the platform calls the person; "" unknown */
    const char *lang;  /* "zh-CN", "en" or NULL unknown */
    bool secret;       /* set by the receiver: its words go nowhere on disk (anonymous ballots) */
    int64_t person;    /* set by the receiver: whose account it is; 0 nobody's */
    bool unwanted;     /* set by the receiver: its files are not kept */
};

struct button {
    const char *label;
    const char *action; /* at most 60 bytes; "handler:verb:args" */
    bool same_row;      /* stands beside the one before it */
};
enum { BUTTONS_MAX = 40, ACTION_MAX = 60 };

enum lane {
    LANE_REPLY,    /* the answer to what somebody just said: never held back by a duplicate check */
    LANE_PUSH,     /* something we say by ourselves */
    LANE_CALLBACK, /* the answer to a button press; worthless after 30 s */
    LANE_ROBOT,    /* to a class's group robot address */
};

struct reply {
    enum lane lane;
    const char *key; /* the sentence's locale key */
    const char *text;
    const struct button *buttons;
    size_t button_count;
    const struct attachment *files; /* lying in files/ */
    size_t file_count;
    int64_t edits;        /* our outbox id of the message it replaces, 0 none */
    const char *callback; /* LANE_CALLBACK: the press it answers */
    int64_t expires;      /* class clock; 0: 24 h */
    bool secret;          /* goes nowhere on disk, is not tried again after a crash */
};

#endif
