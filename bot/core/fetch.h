/* Requests out (libcurl on libev): HTTP/1.1, kept-alive connections, no redirects, a limit on every answer.
 */
#ifndef BOT_CORE_FETCH_H
#define BOT_CORE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct fetch; /* the engine */

struct fetch_answer {
    int status;       /* HTTP status; 0 when no whole answer came */
    const char *body; /* NUL-terminated, borrowed */
    size_t len;
    bool sent;           /* with status 0: the request may have reached the peer */
    const char *failure; /* with status 0: curl's words, free of our secrets */
    int64_t retry_after; /* seconds of the Retry-After header, 0 without, a day at most */
    const char *type;    /* Content-Type or "" */
    const char *name;    /* file name of Content-Disposition, or NULL */
};

struct fetch_part { /* one part of a multipart body */
    const char *name;
    const char *file_name; /* NULL: a plain field */
    const char *type;
    const char *data;
    size_t len;
};

struct fetch_request {
    const char *url;
    const char *json; /* POST body; NULL and no parts: GET */
    size_t json_len;
    const struct fetch_part *parts; /* multipart POST when not NULL */
    size_t parts_count;
    size_t max_answer;  /* 0: 1 MiB */
    int64_t timeout_ms; /* 0: 20 s */
    void (*done)(void *data, const struct fetch_answer *);
    void *data;
};

struct fetch *fetch_new(struct loop *);
void fetch_free(struct fetch *); /* running requests end without their callback */

/* Starts a request; everything in it is copied. done is called once, on the loop, never from inside this
 * call. */
void fetch_start(struct fetch *, const struct fetch_request *);

/* How many are running now. At most FETCH_MAX go to one host at once; more would wait inside curl with their
 * time already running, so callers keep queues of their own. */
enum { FETCH_MAX = 36 };
int fetch_running(const struct fetch *);

#endif
