/* What the parts of the web server share: http.c opens and runs it, http_line.c has the connections,
 * http_request.c takes requests and finds their routes, http_body.c collects their bodies, http_answer.c
 * answers them. */
#ifndef BOT_CORE_HTTP_PRIVATE_H
#define BOT_CORE_HTTP_PRIVATE_H

#include <ev.h>
#include <glib.h>
#include <microhttpd.h>

#include "bot/core/http.h"

/* What a connection waits for. */
enum http_stage {
    HTTP_GONE,   /* hung up on; the library has not closed it yet */
    HTTP_HEAD,   /* for a head, or its rest */
    HTTP_BODY,   /* for a body, or its rest */
    HTTP_HELD,   /* for us */
    HTTP_ANSWER, /* that its client reads the answer */
};

enum { HTTP_STAGES = HTTP_ANSWER + 1 };

struct http_line;

struct http_request {
    struct http *http;
    struct MHD_Connection *connection;
    struct http_line *line;
    const struct http_route *route;
    char *path;
    GByteArray *body;
    size_t length; /* of the body, as the head says; 0 when it does not */
    size_t thrown_away;
    int refusal; /* a status decided before the body was complete, 0 none */
    const char *why;
    bool asked, known; /* whether it was asked who sends this, and is somebody known */
    bool unread;       /* a body larger than a stranger's, of one: thrown away, for the route to refuse */
    bool in_callback;  /* the library is calling us: answer directly */
    bool held;         /* suspended */
    bool queued;       /* among the answered */
    struct MHD_Response *answer;
    int status;
    size_t answer_len;
    GPtrArray *headers; /* name, value, name, value … */
    struct http_request *next;
};

struct http {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    const struct http_route *routes;
    size_t route_count;
    char *url, *origin; /* origin: of public_url, NULL not told */
    int listener;
    ev_io io;
    ev_timer timeout;
    struct http_request *arrived, **arrived_last;   /* whole, not yet handed out */
    struct http_request *answered, **answered_last; /* to be resumed */
    int held;
    GQueue lines[HTTP_STAGES]; /* of struct http_line; at each stage who came to it first is first */
    guint line_count, many;    /* many: from so many on somebody has to go */
    double silence;            /* seconds */
    ev_timer tick;
    size_t bodies, known_bytes, stranger_bytes; /* how much may be kept of all bodies, and is */
    bool secure;                                /* public_url is https */
    bool closed;           /* a connection is gone since the library last looked for new ones */
    bool (*sound)(void *); /* whether what was just read can be relied on */
    void *sound_data;
};

/* http_line.c: who is silent for longer than `silence` seconds, or too slow, is hung up on; `room`: how many
 * connections there can be. Then a connection's stages. */
void http_lines_open(struct http *, int silence, int room);
struct http_line *http_line_begin(struct http_request *); /* its head is here: HTTP_BODY */
void http_line_at(struct http *, struct http_line *, enum http_stage);
void http_line_moved(struct http_line *, size_t bytes); /* came, or are to go, at this stage */

/* Hangs up on the stranger whose body has been on its way longest, but for one; false when there is none. */
bool http_line_make_room(struct http *, const struct http_request *but);

/* http_body.c: decides whether a body of so many bytes may come; then keeps or throws away a piece: false is
 * far too much, hang up. What was decided is in refusal and unread. */
void http_body_weigh(struct http_request *, size_t size);
bool http_body_add(struct http_request *, const char *data, size_t len);
void http_body_drop(struct http_request *);
bool http_body_is_strangers(const struct http_request *);

/* Whether a body was thrown away of somebody who is known by now: it has to be sent again. */
bool http_body_was_lost(struct http_request *);

/* Answers 503 instead of what was answered at once. */
void http_take_back(struct http_request *);

/* The library's callbacks: they record, never work. */
enum MHD_Result http_on_access(void *http, struct MHD_Connection *, const char *url, const char *method,
                               const char *version, const char *upload, size_t *upload_size, void **slot);
void http_on_completed(void *http, struct MHD_Connection *, void **slot, enum MHD_RequestTerminationCode);

void http_on_connection(void *http, struct MHD_Connection *, void **slot,
                        enum MHD_ConnectionNotificationCode);

#endif
