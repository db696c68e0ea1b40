/* What came in. A platform drafts an update, fills it from the draft's pool and submits it: it becomes a job
 * of the next turn. (platform, key) is unique: a repeat does nothing. The row is written with the effects, in
 * one savepoint. */
#ifndef BOT_CORE_INBOX_H
#define BOT_CORE_INBOX_H

#include "bot/core/message.h"
#include "bot/core/outbox.h"
#include "bot/core/pool.h"
#include "bot/core/turn.h"

struct inbox;

enum inbox_end {
    INBOX_NEW,          /* handled, on disk */
    INBOX_REPEAT,       /* seen before: nothing done */
    INBOX_FAILED,       /* the handler failed: kept as failed, the person is told */
    INBOX_STORE_FAILED, /* nothing is on disk: answer 503 */
};

struct receipt {
    enum inbox_end end;
    int64_t id; /* of the inbox row; what was said in answer has ids in (id, last] */
    int64_t last;
    const char
        *said; /* web only: what was said to the sender (and the group), JSON objects joined by commas */
};

/* receive() handles an update: rows and replies in the open savepoint; apologise() says that it failed. Both
 * get the inbox id as the cause of what they say. */
struct inbox *inbox_new(struct store *, struct turn *, struct outbox *,
                        void (*receive)(void *, struct update *, int64_t id),
                        void (*apologise)(void *, struct update *, int64_t id), void *data);
void inbox_free(struct inbox *);

/* Creates the table; before inbox_new. */
bool inbox_migrate(struct store *, GError **error);

/* A blank update with its pool (*ret_pool); submit or drop it. */
struct update *inbox_draft(struct inbox *, struct pool **ret_pool);
void inbox_drop(struct inbox *, struct update *);

/* Queues it. with(data) runs in the same savepoint (NULL: nothing; also when the handler failed), done(data)
 * after the commit. */
void inbox_submit(struct inbox *, struct update *, void (*with)(void *data),
                  void (*done)(void *data, const struct receipt *), void *data);

/* Appends what `account` said on its page, after < id <= until, as the page's JSON objects ("mine": true). */
void inbox_web_said(struct inbox *, const char *account, int64_t after, int64_t until, GString *into);

/* Forgets rows older than `age` seconds of the machine clock, at most `limit`; gives how many. What can be
 * replayed and is as old as them is taken for a repeat from then on. */
int inbox_prune(struct inbox *, int64_t age, int limit);

#endif
