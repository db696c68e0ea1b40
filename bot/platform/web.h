/* The web: personal chat pages joined by link (/me), and with the sandbox on anybody (/sandbox) and the
 * clock. What is said to a web account is delivered by being stored; pages poll. */
#ifndef BOT_PLATFORM_WEB_H
#define BOT_PLATFORM_WEB_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/http.h"
#include "bot/core/json.h"

struct files;
struct inbox;
struct loop;
struct outbox;
struct store;
struct timers;
struct turn;
struct pool;
struct update;
struct web;

/* What a page asks about people; answered by whoever knows them. JSON is appended to `into`. */
struct web_people {
    /* Whom a join code is for: {"member","name","class","role","text","lang"}; the status to answer: 200,
     * 404, 410, with the last two {"error":…} in that language. */
    int (*who)(void *data, const char *code, const char *lang, GString *into);
    /* The person behind a web account: {"name","class","role","lang","quick":[…]}; false when it is not
     * bound. */
    bool (*profile)(void *data, const char *account, GString *into);
    /* The language of the person behind a web account; NULL when it is nobody's (any more). */
    const char *(*lang)(void *data, const char *account);
    /* Everybody who can be played in the sandbox: {"people":[…]}. */
    void (*everybody)(void *data, GString *into);
    /* When the next sitting of any class begins; 0 none. */
    int64_t (*next_sitting)(void *data);
    /* Whether the account (NULL: a stranger) may see the file. */
    bool (*may_see)(void *data, const char *account, const char *sha256);
    void *data;
};

enum web_screen_view {
    WEB_SCREEN_UNKNOWN,
    WEB_SCREEN_SHOWN,
    WEB_SCREEN_ELSEWHERE, /* it belongs to another browser */
    WEB_SCREEN_REPORT,    /* the same, and its teacher is to be told */
};

/* What the sign-in screen asks; token and browser are digests. */
struct web_screens {
    /* Inside a job: a new screen; 0 when there are too many. */
    int (*open)(void *data, const char *token, const char *browser);
    /* What it shows, as JSON. Writes nothing. */
    enum web_screen_view (*look)(void *data, const char *token, const char *browser, GString *into);
    /* Inside a job: tells its teacher of a second viewer. */
    void (*report)(void *data, const char *token);
    /* The public address, without a slash at the end. */
    const char *(*address)(void *data);
    /* How who scanned a code goes on, as JSON. */
    void (*ways)(void *data, const char *code, GString *into);
    void *data;
};

/* What a one-time upload page asks; `page` is the digest of its address. Statuses: 200, 404 no such page or
 * file, 409 already handed over, 410 its time is over, 413 more than may be left here; with every other than
 * 200 a sentence for the person is appended to `into` as JSON {"error":…}. */
struct web_uploads {
    /* What the page shows, as JSON. */
    int (*look)(void *data, const char *page, GString *into);
    /* Inside a job: a file of that name and size is to come, known to the browser as `key`. */
    int (*begin)(void *data, const char *page, const char *key, const char *name, int64_t size,
                 GString *into);
    /* How much of a file is here. */
    int (*part)(void *data, const char *page, int64_t part, int64_t *ret_have, int64_t *ret_size,
                GString *into);
    /* Inside a job: so much is here; it is whole; it is not wanted. */
    void (*wrote)(void *data, int64_t part, int64_t have);
    void (*whole)(void *data, const char *page, int64_t part, const char *sha256, const char *type);
    void (*drop)(void *data, const char *page, int64_t part);
    /* Fills in who hands the files over, the action that does, and a key for each time that nobody took them.
     */
    int (*sender)(void *data, const char *page, struct pool *, struct update *into, GString *why);
    void *data;
};

/* What pages ask of the capabilities by name, inside a job: the status to answer; JSON is appended to `into`.
 */
struct web_calls {
    int (*call)(void *data, const char *name, int64_t subject, const char *lang, const cJSON *body,
                GString *into);
    void *data;
};

struct web_options {
    const char *web_dir;    /* the pages */
    const char *public_url; /* cookies are Secure when it is https */
    bool sandbox;
    bool clock_fixed; /* a real platform is on: the class clock must not be moved */
    size_t upload;    /* bytes of one message's files, decoded */
    GTimeZone *zone;
    struct web_people people;
    struct web_screens screens;
    struct web_uploads uploads;
    struct web_calls calls;
    struct loop *loop;
    struct store *store;
    struct turn *turn;
    struct inbox *inbox;
    struct outbox *outbox;
    struct files *files;
    struct timers *timers;
};

/* Creates its table; before web_new. */
bool web_migrate(struct store *, GError **error);

/* Makes the platform known to the outbox. Everything in the options is borrowed. */
struct web *web_new(const struct web_options *);
void web_free(struct web *);

/* Answers an address that opens nothing (any more) with the sentence `key` in the language of who asks: a
 * page for a browser that shows one, else JSON. */
void web_refuse(struct web *, struct http_request *, int status, const char *key);

const struct http_route *web_routes(struct web *, size_t *ret_count);

/* A message without a page, as POST /sandbox/messages takes it. answered(data, 200, {"replies":[…]}) once it
 * is durable; another status comes with the reason, perhaps at once. */
void web_play(struct web *, const cJSON *body, const char *account,
              void (*answered)(void *data, int status, const char *text), void *data);

#endif
