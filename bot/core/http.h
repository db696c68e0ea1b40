/* Webhooks and pages in (libmicrohttpd on the external loop). A request is collected whole, within its
 * route's limit, then given to its route's handler on the loop, never inside the library's callback. The
 * handler answers at once or keeps the request and answers later (after the commit); every request is
 * answered exactly once. */
#ifndef BOT_CORE_HTTP_H
#define BOT_CORE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct http_request;
struct loop;

enum { HTTP_STRANGER = 65536 }; /* bytes of a body of somebody unknown that are kept */

struct http_route {
    const char *method;                               /* GET, POST or PUT; HEAD is GET without a body */
    const char *path;                                 /* exact, or a prefix when it ends in '*' */
    size_t max_body;                                  /* bytes; a longer body is answered 413 */
    bool (*knows)(struct http_request *, void *data); /* who may send more than HTTP_STRANGER bytes, by the
                                                         head; nobody else's longer body is kept, and handle()
                                                         refuses. NULL: nobody, or everybody when local */
    bool json;                                        /* needs Content-Type application/json, else 415 */
    bool local; /* 404 to a Host that is not loopback and to requests with forwarding headers */
    bool quick; /* answers from memory, without the store: no turn is waited for */
    void (*handle)(struct http_request *, void *data);
    void *data;
};

/* Listens on "host:port" (port 0: any free one); hangs up on a connection that is silent for `silence`
 * seconds, or too slow. NULL and *ret_error (yours) on failure. */
struct http *http_new(struct loop *, const char *listen, int silence, char **ret_error);

/* Routes are matched exact ones first, then the longest prefix; the array is borrowed for good. */
void http_routes(struct http *, const struct http_route *routes, size_t count);

/* So many bytes of all bodies on their way are kept, a quarter of them of strangers; what finds no room is
 * answered 503. */
void http_bodies(struct http *, size_t bytes);

/* The public address, from whose pages browsers may send what changes something, whatever Host the proxy
 * gives. */
void http_public(struct http *, const char *public_url);

/* Asked after each request was handed to its route: when sound(data) is false, what was answered at once is
 * not said, and 503 instead. */
void http_only_if(struct http *, bool (*sound)(void *), void *data);

const char *http_url(const struct http *); /* "http://127.0.0.1:34567" */

/* No new connections; then all held are answered by their owners and http_idle() turns true. */
void http_quiesce(struct http *);
bool http_idle(void *http);
void http_free(struct http *);

/* About a request; texts borrowed until it is answered. Missing: NULL. */
const char *http_path(const struct http_request *);
const char *http_tail(const struct http_request *); /* what follows the prefix of its route */
const char *http_header(struct http_request *, const char *name);
const char *http_query(struct http_request *, const char *name);
const char *http_cookie(struct http_request *, const char *name);
const char *http_body(const struct http_request *, size_t *ret_len); /* NUL behind the last byte */

/* From where it came: an IPv4 address, or the network of an IPv6 one. Behind a proxy on this machine or in a
 * private network it is the one that the proxy has heard it from. False when nobody can tell one from
 * another.
 */
enum { HTTP_ADDRESS = 46 };
bool http_address(struct http_request *, char ret[HTTP_ADDRESS]);

/* Answers, in any order; the body is copied. After the call the request is gone. */
void http_answer(struct http_request *, int status, const char *content_type, const char *body, size_t len);
void http_json(struct http_request *, int status, const char *json);
void http_error(struct http_request *, int status, const char *error); /* {"error":"…"} */
void http_busy(struct http_request *, int retry_after_seconds);        /* 503 with Retry-After */
void http_file(struct http_request *, const char *path, const char *content_type, const char *download_name);
void http_page(struct http_request *, int status, const char *path,
               const char *content_type); /* to be shown */

/* Adds a header to the answer to come; call before answering. */
void http_set(struct http_request *, const char *header, const char *value);

#endif
