/* What the parts of the web server share: http.c opens and runs it, http_request.c collects requests and
 * finds their routes, http_answer.c answers them. */
#ifndef BOT_CORE_HTTP_PRIVATE_H
#define BOT_CORE_HTTP_PRIVATE_H

#include <ev.h>
#include <glib.h>
#include <microhttpd.h>

#include "bot/core/http.h"

struct http_request {
    struct http *http;
    struct MHD_Connection *connection;
    const struct http_route *route;
    char *path;
    GByteArray *body;
    size_t thrown_away;
    int refusal; /* a status decided before the body was complete, 0 none */
    const char *why;
    bool in_callback; /* the library is calling us: answer directly */
    bool held;        /* suspended */
    bool queued;      /* among the answered */
    struct MHD_Response *answer;
    int status;
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
    bool closed;           /* a connection is gone since the library last looked for new ones */
    bool (*sound)(void *); /* whether what was just read can be relied on */
    void *sound_data;
};

/* Answers 503 instead of what was answered at once. */
void http_take_back(struct http_request *);

/* The library's callbacks: they record, never work. */
enum MHD_Result http_on_access(void *http, struct MHD_Connection *, const char *url, const char *method,
                               const char *version, const char *upload, size_t *upload_size, void **slot);
void http_on_completed(void *http, struct MHD_Connection *, void **slot, enum MHD_RequestTerminationCode);

void http_on_connection(void *http, struct MHD_Connection *, void **slot,
                        enum MHD_ConnectionNotificationCode);

#endif
