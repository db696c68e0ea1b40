/* What is to be said. A message is a row, written in the transaction of what caused it, and is sent after the
 * commit. Order is kept within a chat; chats do not wait for each other; buckets stay below the platform's
 * limits; every attempt ends in a named outcome, recorded in one place (outbox_outcome). Memory holds a
 * bounded part of what waits; only beyond that (hundreds of pushes) may a reply overtake a push to the same
 * chat. */
#ifndef BOT_CORE_OUTBOX_H
#define BOT_CORE_OUTBOX_H

#include <glib.h>

#include "bot/core/message.h"
#include "bot/core/pool.h"
#include "bot/core/store.h"

struct loop;
struct outbox;
struct turn;

enum outcome {
    OUTCOME_SENT,
    OUTCOME_LIMITED, /* not now: the chat, or the whole platform, has to wait */
    OUTCOME_REFUSED, /* the person blocked us, is gone, the group removed us: dead, the chat is unreachable */
    OUTCOME_INVALID, /* this message will never be taken: dead */
    OUTCOME_UNREACHABLE, /* no connection, 5xx, configuration refused: tried again */
    OUTCOME_UNKNOWN,     /* it may have arrived: tried again */
    OUTCOME_EXPIRED,     /* no longer worth sending: dropped */
};
const char *outcome_name(enum outcome);

/* One message handed to a platform; it borrows all of it until it calls outbox_outcome. */
struct delivery {
    int64_t id; /* outbox row; secret ones have none on disk */
    const char *chat;
    struct reply reply; /* buttons, files and all */
    const char
        *edits_ref;      /* the platform's name for the message it replaces; NULL when that was never sent */
    int tries;           /* earlier attempts */
    void *platform_data; /* the platform's own, for its time */
};

struct outcome_detail {
    const char *ref;      /* SENT: the platform's name for the message, for later edits */
    int64_t wait_ms;      /* LIMITED, UNREACHABLE: so long, but at most a day, an hour; 0: by tries */
    bool everybody;       /* LIMITED, UNREACHABLE: holds for the whole platform, not only this chat */
    const char *moved_to; /* the chat has a new id: this and all later messages go there */
};

struct platform {
    enum platform_id id;
    bool stores; /* delivered by being stored (the web): nothing is sent */
    /* Limits; 0 = none. A chat may burst; in no minute it gets more than per_minute. */
    double per_second; /* the whole account */
    int chat_burst, chat_per_minute, group_per_minute;
    /* Turns one reply into at most `max` that the platform takes (texts split, buttons on the last). NULL: as
     * it is. */
    size_t (*split)(struct platform *, struct pool *, const struct reply *, struct reply *ret_parts,
                    size_t max);
    /* Starts sending; ends in outbox_outcome, never from inside this call. */
    void (*send)(struct platform *, struct delivery *);
    bool (*is_group)(const char *chat); /* NULL: none is */
    void *self;
};

/* Creates the table; before outbox_new. */
bool outbox_migrate(struct store *, GError **error);

/* The zone of the times on pages; borrowed. */
void outbox_set_zone(struct outbox *, GTimeZone *);

struct outbox *outbox_new(struct store *, struct turn *, struct loop *);
void outbox_free(struct outbox *);

/* Makes a platform known before outbox_start; borrowed for good. */
void outbox_platform(struct outbox *, struct platform *);

/* Loads what waits and begins to send. */
void outbox_start(struct outbox *);

/* Inside a job: says `reply` to `chat`; cause = the inbox id it answers, 0 none. Copies everything. Gives the
 * id of the (last) message. */
int64_t outbox_put(struct outbox *, enum platform_id, const char *chat, const struct reply *reply,
                   int64_t cause);

/* A new id; inbox and outbox share the numbers, so they also tell the order. */
int64_t outbox_next_id(struct outbox *);

/* What the current job said on the web so far: JSON objects {"id","to","key",…} as the sandbox gives them, in
 * order, for those said to `chat` or `group` (NULL none). Appends them, comma-separated, to `into`. */
void outbox_said(struct outbox *, const char *chat, const char *group, GString *into);
void outbox_said_forget(struct outbox *);

/* Appends the messages to `chat` with after < id <= until as the same JSON objects, at most `limit`. */
void outbox_web_messages(struct outbox *, const char *chat, int64_t after, int64_t until, int limit,
                         GString *into);

/* Appends the page's JSON object of something the person said: {"id","mine":true,"update","at","text",…};
 * `update` is the page's own key of it, `files` a JSON list or NULL. */
void outbox_web_own(struct outbox *, int64_t id, const char *update, const char *text, int64_t moment,
                    const char *files, GString *into);

/* The newest message to a web `chat` with a button of this action: its id, and the button's label in the
 * pool; 0 when none of the latest has it. Pages name only the action they press. */
int64_t outbox_web_button(struct outbox *, struct pool *, const char *chat, const char *action,
                          const char **ret_label);

/* Inside a job: replaces an earlier message by `text` (NULL: its own) without buttons, so that what is
 * decided cannot be pressed again. Gives the id of the edit, 0 when there is no such message. */
int64_t outbox_edit(struct outbox *, int64_t id, const char *text, int64_t cause);

/* Inside a job: says a dead message once more, as a new one, and forgets the dead row. Gives its id; 0 when
 * no dead message has that id, or it answered a press that is long gone. */
int64_t outbox_resend(struct outbox *, int64_t id);

/* Called by a platform, once for each delivery, on the loop. Queues the record of it. */
void outbox_outcome(struct outbox *, struct platform *, struct delivery *, enum outcome,
                    const struct outcome_detail *);

/* Our id of the message that the platform calls `ref` in `chat`; 0 unknown. */
int64_t outbox_find_ref(struct outbox *, enum platform_id, const char *chat, const char *ref);

/* Called when a chat turned out to be unreachable (REFUSED), inside the recording job. */
void outbox_on_refused(struct outbox *, void (*fn)(void *, enum platform_id, const char *chat), void *data);

/* How many wait. */
int64_t outbox_waiting(struct outbox *);

/* Nothing is being sent at the moment; with outbox_hold nothing new is begun. */
void outbox_hold(struct outbox *);
bool outbox_idle(void *outbox);

/* Inside a job: forgets sent and dead rows older than so many seconds of the machine clock (those of the web
 * have an age of their own); looks at `limit` rows, the next call at those behind them. Gives how many are
 * gone. */
int outbox_prune(struct outbox *, int64_t age, int64_t web_age, int limit);

/* Splits `text` at a line, else a blank, else a character, so that no part is over max by `measure` (bytes or
 * UTF-16 units); parts are in the pool. At least one part. */
size_t outbox_split_text(struct pool *, const char *text, size_t max, size_t (*measure)(const char *, size_t),
                         const char **ret_parts, size_t max_parts);

#endif
