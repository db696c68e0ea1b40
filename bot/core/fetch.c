#include "bot/core/fetch.h"

#include <curl/curl.h>
#include <ev.h>
#include <glib.h>
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"

enum {
    HOSTS_MAX = 4,          /* platforms spoken to at once, each with FETCH_MAX connections */
    ANSWER_MAX = 1 << 20,   /* default limit of an answer */
    ANSWER_KEPT = 64 << 10, /* a larger buffer is not kept for the next answer */
    TIMEOUT_MS = 20000,     /* default limit of a request */
    WAIT_MAX_S = 86400,     /* of a Retry-After that is believed */
    CONNECT_MS = 10000,
    CONNECTION_AGE_S = 30, /* peers close idle connections after some minutes, proxies sooner */
    DNS_CACHE_S = 600,
};

struct transfer {
    struct fetch *fetch;
    CURL *easy;
    curl_mime *mime;
    GString *body;
    size_t max;
    bool too_long;
    bool whole; /* every option of it could be set */
    void (*done)(void *, const struct fetch_answer *);
    void *data;
    GList link; /* in fetch->running or fetch->spare */
};

struct fetch {
    struct ev_loop *ev;
    CURLM *multi;
    ev_timer timer, stillborn_timer;
    GQueue running, spare;
    GQueue stillborn; /* curl would not begin them; they end from the loop */
    struct curl_slist *plain, *json;
};

/* One socket that curl wants watched. */
struct watch {
    ev_io io;
    struct fetch *fetch;
};

/* The transfer begins anew with a handle of its own. */
static void drop_handle(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    curl_mime_free(t->mime);
    t->easy = NULL;
    t->mime = NULL;
}

/* Tells the caller how its request ended, with the transfer ready for the next one. */
static void transfer_end(struct transfer *t, CURLcode result)
{
    struct fetch *f = t->fetch;
    struct fetch_answer answer = { .body = t->body->str, .len = t->body->len, .type = "", .failure = "" };
    long status = 0, written = 0;
    curl_off_t wait = 0;
    char *type = NULL;
    struct curl_header *disposition = NULL;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &written);
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    answer.sent = written > 0;
    if (result == CURLE_OK)
        answer.status = (int)status;
    else /* curl's own sentences may quote the URL, its list of errors does not */
        answer.failure = t->too_long ? "the answer is too long" : curl_easy_strerror(result);
    answer.retry_after = CLAMP(wait, 0, WAIT_MAX_S);
    g_autofree char *type_copy = g_strdup(type ? type : "");
    answer.type = type_copy;
    g_autofree char *name = NULL;
    if (curl_easy_header(t->easy, "Content-Disposition", 0, CURLH_HEADER, -1, &disposition) == CURLHE_OK) {
        const char *at = strstr(disposition->value, "filename=");
        if (at) {
            at += strlen("filename=");
            const char *end = *at == '"' ? strchr(++at, '"') : at + strcspn(at, "; ");
            name = end ? g_strndup(at, (gsize)(end - at)) : NULL;
        }
    }
    answer.name = name;

    curl_multi_remove_handle(f->multi, t->easy);
    g_queue_unlink(&f->running, &t->link);
    t->done(t->data, &answer);
    if (t->mime) /* a multipart body leaves traces in the handle */
        drop_handle(t);
    if (t->body->allocated_len > ANSWER_KEPT) {
        g_string_free(t->body, TRUE);
        t->body = g_string_new(NULL);
    }
    g_queue_push_head_link(&f->spare, &t->link);
}

/* Ends what curl says is over; runs outside curl's callbacks. */
static void reap(struct fetch *f)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(f->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct transfer *t = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        transfer_end(t, result);
    }
}

/* Has curl go on with what happened. After a failure nothing is known of any transfer: all of them end. */
static void act(struct fetch *f, curl_socket_t fd, int which)
{
    int running;
    CURLMcode code = curl_multi_socket_action(f->multi, fd, which, &running);

    reap(f);
    if (code == CURLM_OK)
        return;
    log_error("fetch.failed", "what=\"%s\" running=%u", curl_multi_strerror(code), f->running.length);
    for (guint left = f->running.length; left > 0; left--)
        transfer_end(g_queue_peek_head(&f->running), CURLE_ABORTED_BY_CALLBACK);
}

/* libev: a socket is ready. */
static void socket_ready(EV_P_ ev_io *io, int events)
{
    (void)loop;
    struct fetch *f = ((struct watch *)io->data)->fetch;
    int which = (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);

    act(f, io->fd, which);
}

/* libev: curl's time has come. */
static void time_ready(EV_P_ ev_timer *timer, int events)
{
    (void)loop, (void)events;
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* curl: watch this socket, or no longer. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *watched)
{
    (void)easy;
    struct fetch *f = data;
    struct watch *w = watched;
    if (w)
        ev_io_stop(f->ev, &w->io);
    if (what == CURL_POLL_REMOVE) {
        g_free(w);
        curl_multi_assign(f->multi, fd, NULL);
        return 0;
    }
    if (!w) {
        w = g_new0(struct watch, 1);
        w->fetch = f;
        w->io.data = w;
        curl_multi_assign(f->multi, fd, w);
    }
    int events = (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0);
    ev_io_init(&w->io, socket_ready, fd, events);
    ev_io_start(f->ev, &w->io);
    return 0;
}

/* curl: call me in so many milliseconds; -1 never. */
static int on_timer(CURLM *multi, long ms, void *data)
{
    (void)multi;
    struct fetch *f = data;
    ev_timer_stop(f->ev, &f->timer);
    if (ms >= 0) {
        ev_timer_set(&f->timer, (double)ms / 1000.0, 0.0);
        ev_timer_start(f->ev, &f->timer);
    }
    return 0;
}

/* curl: a piece of the answer. */
static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    struct transfer *t = data;
    size_t len = size * count;
    if (len > t->max - t->body->len) {
        t->too_long = true;
        return 0;
    }
    g_string_append_len(t->body, bytes, (gssize)len);
    return len;
}

/* Sets one option of the transfer's handle, and notes when curl would not. */
#define SET(t, option, value)                                                                                \
    ((t)->whole = curl_easy_setopt((t)->easy, option, value) == CURLE_OK && (t)->whole)

/* Gives the transfer a handle with all that is the same for every request; false when curl gives none. */
static bool new_handle(struct transfer *t)
{
    t->whole = (t->easy = curl_easy_init()) != NULL;
    if (!t->easy)
        return false;
    SET(t, CURLOPT_PRIVATE, t);
    SET(t, CURLOPT_WRITEFUNCTION, on_body);
    SET(t, CURLOPT_WRITEDATA, t);
    SET(t, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(t, CURLOPT_FOLLOWLOCATION, 0L);
    SET(t, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(t, CURLOPT_NOSIGNAL, 1L);
    SET(t, CURLOPT_QUICK_EXIT, 1L); /* else a slow DNS server freezes the loop */
    SET(t, CURLOPT_DNS_CACHE_TIMEOUT, (long)DNS_CACHE_S);
    SET(t, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S);
    SET(t, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(t, CURLOPT_USERAGENT, "banzhang/" BANZHANG_VERSION);
    return t->whole;
}

/* A transfer to use: an old one when there is one. */
static struct transfer *transfer_get(struct fetch *f)
{
    GList *link = g_queue_pop_head_link(&f->spare);
    struct transfer *t = link ? link->data : g_new0(struct transfer, 1);

    if (!link) {
        t->fetch = f;
        t->body = g_string_new(NULL);
        t->link.data = t;
    }
    g_string_truncate(t->body, 0);
    t->too_long = false;
    t->whole = true;
    return t;
}

/* Frees one that is in no list of curl's. */
static void transfer_free(struct transfer *t)
{
    drop_handle(t);
    g_string_free(t->body, TRUE);
    g_free(t);
}

/* Adds one part of a multipart body; false when curl would not. */
static bool add_part(curl_mime *mime, const struct fetch_part *from)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    return part && curl_mime_name(part, from->name) == CURLE_OK &&
           curl_mime_data(part, from->data, from->len) == CURLE_OK &&
           (!from->file_name || curl_mime_filename(part, from->file_name) == CURLE_OK) &&
           (!from->type || curl_mime_type(part, from->type) == CURLE_OK);
}

/* Gives the handle its multipart body. */
static void set_parts(struct transfer *t, const struct fetch_request *r)
{
    t->mime = curl_mime_init(t->easy);
    t->whole = t->mime && t->whole;
    for (size_t i = 0; t->whole && i < r->parts_count; i++)
        t->whole = add_part(t->mime, &r->parts[i]);
    if (t->whole)
        SET(t, CURLOPT_MIMEPOST, t->mime);
}

/* Makes the transfer the request; false when a part of it is missing, so that it must not be sent. */
static bool prepare(struct transfer *t, const struct fetch_request *r)
{
    const struct fetch *f = t->fetch;
    bool near = g_str_has_prefix(r->url, "http://127.0.0.1") || g_str_has_prefix(r->url, "http://localhost");

    if (!t->easy && !new_handle(t))
        return false;
    SET(t, CURLOPT_URL, r->url);
    SET(t, CURLOPT_HTTPHEADER, r->json ? f->json : f->plain);
    SET(t, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max);
    SET(t, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms ? r->timeout_ms : TIMEOUT_MS));
    SET(t, CURLOPT_PROXY, near ? "" : NULL); /* a proxy of the environment cannot reach us */
    if (r->parts) {
        set_parts(t, r);
    } else if (r->json) {
        SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->json_len);
        SET(t, CURLOPT_COPYPOSTFIELDS, r->json);
    } else {
        SET(t, CURLOPT_HTTPGET, 1L);
    }
    return t->whole;
}

/* libev: tells of the requests that could not be begun. */
static void on_stillborn(EV_P_ ev_timer *timer, int events)
{
    struct fetch *f = timer->data;
    GQueue ended = f->stillborn;
    GList *link;

    (void)loop, (void)events;
    g_queue_init(&f->stillborn);
    while ((link = g_queue_pop_head_link(&ended))) {
        struct transfer *t = link->data;

        t->done(t->data,
                &(struct fetch_answer){ .body = "", .type = "", .failure = "curl does not begin it" });
        g_queue_push_tail_link(&f->spare, &t->link);
    }
}

void fetch_start(struct fetch *f, const struct fetch_request *r)
{
    struct transfer *t = transfer_get(f);

    t->done = r->done;
    t->data = r->data;
    t->max = r->max_answer ? r->max_answer : ANSWER_MAX;
    if (prepare(t, r) && curl_multi_add_handle(f->multi, t->easy) == CURLM_OK) {
        g_queue_push_tail_link(&f->running, &t->link);
        return;
    }
    drop_handle(t); /* what is half set must not go out with the next request */
    g_queue_push_tail_link(&f->stillborn, &t->link);
    ev_timer_start(f->ev, &f->stillborn_timer);
}

int fetch_running(const struct fetch *f)
{
    return (int)f->running.length;
}

struct fetch *fetch_new(struct loop *l)
{
    struct fetch *f = g_new0(struct fetch, 1);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(f->multi = curl_multi_init()))
        BUG("curl does not start");
    f->ev = loop_ev(l);
    ev_timer_init(&f->timer, time_ready, 0.0, 0.0);
    f->timer.data = f;
    ev_timer_init(&f->stillborn_timer, on_stillborn, 0.0, 0.0);
    f->stillborn_timer.data = f;
    g_queue_init(&f->stillborn);
    g_queue_init(&f->running);
    g_queue_init(&f->spare);
    f->plain = curl_slist_append(NULL, "Expect:"); /* no round trip before a body */
    f->json = curl_slist_append(curl_slist_append(NULL, "Expect:"), "Content-Type: application/json");
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)FETCH_MAX);
    curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)(HOSTS_MAX * FETCH_MAX));
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)(HOSTS_MAX * FETCH_MAX));
    return f;
}

void fetch_free(struct fetch *f)
{
    if (!f)
        return;
    GList *link;
    while ((link = g_queue_pop_head_link(&f->running))) {
        struct transfer *t = link->data;
        curl_multi_remove_handle(f->multi, t->easy);
        transfer_free(t);
    }
    while ((link = g_queue_pop_head_link(&f->spare)) || (link = g_queue_pop_head_link(&f->stillborn)))
        transfer_free(link->data);
    curl_multi_cleanup(f->multi);
    ev_timer_stop(f->ev, &f->timer);
    ev_timer_stop(f->ev, &f->stillborn_timer);
    curl_slist_free_all(f->plain);
    curl_slist_free_all(f->json);
    g_free(f);
    curl_global_cleanup();
}
