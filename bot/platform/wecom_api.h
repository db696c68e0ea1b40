/* Calls to WeCom's API: with an access token that is renewed once when it is refused, answers judged by
 * errcode, and one table that says what each errcode means for a message. */
#ifndef BOT_PLATFORM_WECOM_API_H
#define BOT_PLATFORM_WECOM_API_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/fetch.h"
#include "bot/core/json.h"
#include "bot/core/outbox.h"

struct loop;
struct wecom_api;

struct wecom_result {
    const struct fetch_answer *answer; /* NULL: not sent, there is no access token */
    const cJSON *json;                 /* the answer, when it is JSON */
    bool judged;                       /* it has an errcode */
    int64_t errcode;
    int64_t wait_ms; /* without a token: for at least this long */
};

struct wecom_call {
    const char *path; /* "/cgi-bin/message/send", perhaps with "?name=value" */
    const char *json; /* POST body; NULL and no file: GET */
    GBytes *file;     /* uploaded as the part "media" */
    const char *file_name, *file_type;
    bool bare; /* the path carries its own key: no access token */
    size_t max_answer;
    int64_t timeout_ms; /* 0: 10 s */
    void (*done)(void *data,
                 const struct wecom_result *); /* once, on the loop, never from inside wecom_api_call */
    void (*drop)(void *data);                  /* instead of done when the call is forgotten; may be NULL */
    void *data;
};

/* alarm(data, what): token_refused, ip_not_trusted, app_refused. */
struct wecom_api *wecom_api_new(struct loop *, struct fetch *, const char *api_base, const char *corp_id,
                                const char *secret, void (*alarm)(void *data, const char *what), void *data);

/* Forgets running calls. Only when the loop has ended. */
void wecom_api_free(struct wecom_api *);

/* Starts a call; everything in it is copied or referenced. */
void wecom_api_call(struct wecom_api *, const struct wecom_call *);

/* What a result means for a message to `chat`: the only place that knows errcodes. Raises the alarm where
 * only a person can help. */
enum outcome wecom_api_outcome(struct wecom_api *, const struct wecom_result *, const char *chat,
                               struct outcome_detail *ret);

/* The card, not the person or the way to them, was refused. */
bool wecom_api_card_refused(const struct wecom_result *);

/* The media handle is dead, or what it names can never be had. */
bool wecom_api_media_gone(const struct wecom_result *);

#endif
