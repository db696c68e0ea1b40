/* The inside of the outbox, shared by its files:
 *   outbox.c         the table, what is said, what is forgotten
 *   outbox_chat.c    the order within a chat, and which chats may go on
 *   outbox_window.c  the bounded part of the waiting rows that memory holds
 *   outbox_send.c    which message goes next, and when
 *   outbox_record.c  how an attempt ended
 *   outbox_ref.c     what the platforms call our messages
 *   outbox_web.c     what pages see
 *   outbox_rate.c    buckets and back-off, without a clock of their own
 * Memory changes only after a commit; what is in memory but not on disk are secret messages and, for the time
 * until their record is durable, outcomes. */
#ifndef BOT_CORE_OUTBOX_PRIVATE_H
#define BOT_CORE_OUTBOX_PRIVATE_H

#include <ev.h>
#include <glib.h>

#include "bot/core/outbox.h"
#include "bot/core/turn.h"

enum {
    LANES = LANE_ROBOT + 1,
    SENDS_MAX = 32,       /* at once to one platform: below FETCH_MAX, which polling and downloads share; each
                           turn of the loop brings at most so many outcomes */
    CHAT_ITEMS = 16,      /* messages of one chat and lane in memory */
    CHAT_ITEMS_TIGHT = 2, /* the same once the window is half full: one chat must not crowd out others */
    SECRETS_MAX = 4096,   /* secret messages in memory */
    RECORDS_MAX = 512,    /* outcomes not yet durable: beyond, nothing more is begun */
    RECORDS_BATCH = 64,   /* outcomes that are recorded without waiting for more */
    RECORDS_WAIT_MS = 3,  /* how long an outcome waits for others to share a commit with */
    IDLE_CHATS = 8192,    /* chats remembered for their buckets alone */
    CALLBACK_SECONDS = 30, /* a platform forgets a button press after that */
    PARTS_MAX = 16,        /* of one reply */
};

enum row_state { ROW_WAITING, ROW_SENT, ROW_DEAD };

/* A limit as a bucket: in no stretch of its period more than it says. burst 0: no limit. */
struct rate {
    double burst, per_ms;
};
struct bucket {
    double tokens;
    int64_t at; /* monotonic ms; 0: never used, full */
};
struct rate rate_per_minute(int burst, int per_minute);
struct rate rate_per_second(double per_second);
/* Milliseconds until there is a token; 0 now. */
int64_t bucket_wait(struct bucket *, const struct rate *, int64_t now);
void bucket_take(struct bucket *, const struct rate *, int64_t now);
bool bucket_full(struct bucket *, const struct rate *, int64_t now);
/* 1 s · 2^tries, at most 5 min, a quarter of it decided by `seed`. */
int64_t backoff_ms(int tries, int64_t seed);

/* A message in memory; its texts lie behind it. */
struct item {
    GList link; /* in its chat's queue or the channel's callbacks */
    int64_t id;
    enum lane lane;
    const char *chat, *key, *text, *buttons, *files, *callback; /* buttons, files: JSON or NULL */
    int64_t edits, made, expires;
    int tries;
    int64_t not_before;    /* monotonic ms */
    bool secret, admitted; /* counted in its window */
    struct channel *channel;
};

struct chat {
    char *name;
    const struct rate *rate;
    struct bucket bucket;
    GQueue items; /* by id */
    int count[LANES];
    int64_t skipped[LANES]; /* from this id on its rows are on disk only; G_MAXINT64: none */
    struct item *busy;      /* being sent, or sent and not yet recorded */
    GQueue *queue;          /* the queue `link` is in, NULL none */
    GList link;             /* ready, idle */
    GSequenceIter *wait;    /* until wake */
    int64_t wake;
    bool hungry; /* in the channel's list */
};

/* What memory holds of one lane. Every waiting row with an id below `frontier` is in memory or in `skipped`
 * of its chat. */
struct window {
    int64_t frontier;         /* G_MAXINT64: all is known */
    int count, promised, cap; /* promised: of the open turn */
    int64_t last_callback;
};

/* One platform. */
struct channel {
    struct outbox *outbox;
    struct platform *platform;
    struct rate account_rate, chat_rate, group_rate;
    struct bucket account;
    int64_t paused_until; /* monotonic ms: the platform limited us all */
    GHashTable *chats;    /* name → struct chat */
    GQueue ready[LANES], idle, hungry, callbacks;
    GSequence *waiting; /* struct chat by wake */
    struct window windows[LANES];
    int sending, secrets;
};

/* A delivery under way. */
struct sending {
    struct delivery delivery; /* first: the platform gives it back */
    struct channel *channel;
    struct chat *chat; /* NULL: a callback's answer */
    struct item *item;
    struct pool *pool;
    GList link; /* in outbox->active or outbox->spare */
};

/* How an attempt ended, until that is on disk. */
struct record {
    struct channel *channel;
    struct chat *chat; /* waits for this record; NULL: nobody does */
    struct item *item;
    enum outcome outcome;
    char *ref, *moved_to;
    int64_t wait_ms, until; /* for another attempt; monotonic ms */
};

struct outbox {
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    GTimeZone *zone;
    char *time_text; /* of time_at, as pages see it */
    int64_t time_at;
    int64_t next_id;
    bool started, held, dirty;
    struct channel *channels[PLATFORM_COUNT];
    ev_timer alarm;
    int64_t waiting, dead; /* rows */
    int64_t pruned;        /* outbox_prune goes on behind this id */
    struct metric *delivered[PLATFORM_COUNT][OUTCOME_EXPIRED + 1];
    GQueue active, spare; /* struct sending */
    struct pool *pool;    /* for splitting */

    GPtrArray *records, *batch; /* to be recorded; in the turn */
    int64_t records_since, retry_at;
    guint singles; /* so many at the front are recorded one by one: as a batch they were refused */
    bool kept;     /* the second attempt of a refused record is on disk */
    struct turn_job job;

    GPtrArray *said;    /* struct said: of the current job, web */
    GQueue secret_refs; /* what the platforms call the latest secret messages with buttons */

    void (*refused)(void *, enum platform_id, const char *);
    void *refused_data;
};

/* outbox_chat.c */
struct chat *chat_get(struct channel *, const char *name);
void chat_push(struct chat *, struct item *);                  /* into its queue, by id */
void chat_place(struct channel *, struct chat *, int64_t now); /* where it belongs now */
void chat_unplace(struct chat *);
bool chat_expire(struct channel *, struct chat *); /* drops what is not worth sending any more: whether any */
void chat_moved(struct channel *, const char *from, const char *to, int64_t now);
void chat_free(void *chat);

/* outbox_window.c */
struct item *item_copy(const struct item *borrowed);
void item_drop(void *item);
void window_promise(struct channel *,
                    const struct item *borrowed); /* inside a job: comes into memory after it */
bool window_load(struct channel *); /* rows from disk, a bounded number; true: there is more to do */
void window_refill_buckets(struct channel *);

/* outbox_send.c */
bool outbox_pump(void *outbox);
void sending_free(struct sending *);

/* outbox_record.c */
void record_add(struct channel *, struct chat *, struct item *, enum outcome, const struct outcome_detail *);
void records_count(struct outbox *, enum platform_id, enum outcome); /* in the metrics */
/* No message waits longer after such an outcome, whatever the platform says: limits of both platforms last a
 * day at most, and what cannot be reached is asked again within the hour. */
int64_t longest_wait_ms(enum outcome);
void records_flush(struct outbox *, int64_t now);
void record_free(void *record);

/* outbox_ref.c */
void refs_keep(struct outbox *, const struct record *); /* of a secret message with buttons */
char *refs_of(struct outbox *, int64_t id);             /* g_free() it; NULL unknown */
void refs_free(struct outbox *);

/* outbox_web.c */
void web_said(struct outbox *, const struct item *, int64_t at);
void said_free(void *said);
char *buttons_json(const struct reply *); /* NULL without any */
char *files_json(const struct reply *);
void reply_buttons(struct pool *, const char *json, struct reply *);
void reply_files(struct pool *, const char *json, struct reply *);

#endif
