/* What the parts of the web platform share. */
#ifndef BOT_PLATFORM_WEB_PRIVATE_H
#define BOT_PLATFORM_WEB_PRIVATE_H

#include "bot/core/inbox.h"
#include "bot/core/json.h"
#include "bot/core/outbox.h"
#include "bot/platform/web.h"

struct web {
    struct web_options options;
    struct platform platform;
    GArray *routes;
    unsigned unnamed;     /* messages without a key of their own */
    int64_t wrong_minute; /* wrong join codes are counted by the minute */
    int wrong_codes;
    int64_t screen_minute; /* new screens are counted by the minute, and by address */
    int screens_opened;
    GHashTable *screens_by_address; /* char * to int */
    GHashTable *busy_parts;         /* int64_t ids of files of upload pages that are being written */
    int64_t ballot_minute; /* what is asked of the ballot pages is counted by the minute, of all together */
    int ballots_asked, ballots_cast;
};

/* web_message.c: takes a message {"text"|"action"|"files"|"location", …} of `account` from the request's body
 * and answers {"replies":[…]} when it is durable; 400 with the reason when it is none, 413 when its files are
 * more than `most` bytes. */
void web_take_message(struct web *, struct http_request *, const cJSON *body, const char *account,
                      const char *group, size_t most);

/* Reads the body as one JSON object; NULL after answering 400. */
cJSON *web_body(struct http_request *);

/* Answers {"messages":[…]} of an account from ?after= on: all of them, or with `own`, which adds what it said
 * itself, a page of them. With `own`, ?before= gives the last page before that one instead, and in "earlier"
 * whether there is more. */
void web_answer_messages(struct web *, struct http_request *, const char *account, bool own);

/* An instant as pages get it: ISO 8601 with the zone's offset. Yours. */
char *web_iso(struct web *, int64_t at);

/* web_join.c */
void web_join_page(struct http_request *, void *web);
void web_join(struct http_request *, void *web);
const char *web_account(struct web *, struct http_request *, char ret[64]); /* of the cookie; NULL none */

/* `len` (at most 64) random bytes as text for addresses and cookies; whether a text looks like that; what is
 * kept of one. web_random and web_digest: yours. */
char *web_random(size_t len);
bool web_is_random(const char *text, size_t len);
char *web_digest(const char *token);

/* web_refuse.c: the language of who asks (of the person, else as the browser says); and a refusal that is
 * JSON, or for a browser the page of that name. */
const char *web_lang(struct web *, struct http_request *);
void web_refuse_with(struct web *, struct http_request *, int status, const char *page, const char *json);

/* web_screen.c: adds its routes. */
void web_screen_routes(struct web *);

/* web_upload.c: adds its routes. */
void web_upload_routes(struct web *);
/* web_ballot.c: adds its routes. */
void web_ballot_routes(struct web *);

/* web_sandbox.c */
void web_sandbox_say(struct http_request *, void *web);
void web_sandbox_read(struct http_request *, void *web);
void web_sandbox_clock(struct http_request *, void *web);
void web_sandbox_move(struct http_request *, void *web);
void web_sandbox_people(struct http_request *, void *web);

/* web_static.c */
void web_static(struct http_request *, void *web);
void web_page(struct http_request *, struct web *, int status, const char *name);
void web_file(struct http_request *, void *web);

#endif
