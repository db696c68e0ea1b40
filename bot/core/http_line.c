/* Connections, by what they wait for, and how long each may take: libmicrohttpd counts silence only, and
 * whoever sends a byte a second is never silent. Who is too slow is hung up on; and when they become many,
 * the one that has waited longest at the stage where most of them are, so that a newcomer is always heard. No
 * address is counted: behind a proxy all come from one. */
#include "bot/core/http_private.h"

#include <sys/socket.h>

#include "bot/core/loop.h"

enum {
    HEAD_GRACE = 10,   /* seconds for a head once it has begun, at most */
    LEAST_RATE = 2048, /* bytes a second, after the first silence that is allowed: less than any telephone */
};

struct http_line {
    GList link; /* among those of its stage; data: itself */
    enum http_stage stage;
    int fd;
    double since; /* of the stage */
    size_t bytes; /* HTTP_BODY: came so far; HTTP_ANSWER: are to go */
    struct http_request *request;
};

/* Moves a connection to the end of those of a stage. */
static void enter(struct http *http, struct http_line *line, enum http_stage stage)
{
    g_queue_unlink(&http->lines[line->stage], &line->link);
    line->stage = stage;
    line->since = ev_now(loop_ev(http->loop));
    line->bytes = 0;
    g_queue_push_tail_link(&http->lines[stage], &line->link);
}

/* Ends a connection. The library has no call for it: it finds the socket at its end, and frees what belongs
 * to it. */
static void hang_up(struct http *http, struct http_line *line)
{
    enter(http, line, HTTP_GONE);
    shutdown(line->fd, SHUT_RDWR);
}

/* Whether a connection has been at its stage for longer than it may. */
static bool is_too_slow(const struct http *http, const struct http_line *line)
{
    double spent = ev_now(loop_ev(http->loop)) - line->since;

    switch (line->stage) {
    case HTTP_HEAD:
        return spent > http->silence + MIN(http->silence, HEAD_GRACE);
    case HTTP_BODY:
    case HTTP_ANSWER:
        return spent > http->silence + (double)line->bytes / LEAST_RATE;
    case HTTP_HELD:
    case HTTP_GONE:
        return false;
    }
    return false;
}

/* Once a second, as long as there are connections. */
static void on_tick(struct ev_loop *ev, ev_timer *watcher, int events)
{
    static const enum http_stage bounded[] = { HTTP_HEAD, HTTP_BODY, HTTP_ANSWER };
    struct http *http = watcher->data;

    (void)ev;
    (void)events;
    for (size_t i = 0; i < G_N_ELEMENTS(bounded); i++) {
        for (GList *at = http->lines[bounded[i]].head, *next; at; at = next) {
            next = at->next;
            if (is_too_slow(http, at->data))
                hang_up(http, at->data);
            else if (bounded[i] == HTTP_HEAD)
                break; /* those behind it came later */
        }
    }
}

/* Hangs up on whoever has waited longest at the stage where most are. */
static void give_way(struct http *http)
{
    const GQueue *most = &http->lines[HTTP_HEAD];

    if (http->lines[HTTP_BODY].length > most->length)
        most = &http->lines[HTTP_BODY];
    if (http->lines[HTTP_ANSWER].length > most->length)
        most = &http->lines[HTTP_ANSWER];
    if (most->head)
        hang_up(http, most->head->data);
}

void http_lines_open(struct http *http, int silence, int room)
{
    http->silence = silence;
    http->many = (guint)room / 4 * 3;
    for (int i = 0; i < HTTP_STAGES; i++)
        g_queue_init(&http->lines[i]);
    ev_timer_init(&http->tick, on_tick, 1.0, 1.0);
    http->tick.data = http;
}

void http_on_connection(void *data, struct MHD_Connection *connection, void **slot,
                        enum MHD_ConnectionNotificationCode code)
{
    struct http *http = data;
    struct http_line *line = *slot;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        g_queue_unlink(&http->lines[line->stage], &line->link);
        g_free(line);
        *slot = NULL;
        http->closed = true;
        if (--http->line_count == 0)
            ev_timer_stop(loop_ev(http->loop), &http->tick);
        return;
    }
    line = g_new0(struct http_line, 1);
    line->link.data = line;
    line->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *slot = line;
    g_queue_push_tail_link(&http->lines[HTTP_GONE], &line->link);
    enter(http, line, HTTP_HEAD);
    if (http->line_count++ == 0)
        ev_timer_again(loop_ev(http->loop), &http->tick);
    if (http->line_count - http->lines[HTTP_GONE].length > http->many)
        give_way(http);
}

struct http_line *http_line_begin(struct http_request *request)
{
    struct http_line *line =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

    line->request = request;
    http_line_at(request->http, line, HTTP_BODY);
    return line;
}

void http_line_at(struct http *http, struct http_line *line, enum http_stage stage)
{
    if (line->stage != HTTP_GONE)
        enter(http, line, stage);
    if (stage == HTTP_HEAD)
        line->request = NULL;
}

void http_line_moved(struct http_line *line, size_t bytes)
{
    line->bytes += bytes;
}

bool http_line_make_room(struct http *http, const struct http_request *but)
{
    for (GList *at = http->lines[HTTP_BODY].head; at; at = at->next) {
        struct http_line *line = at->data;

        if (line->request != but && http_body_is_strangers(line->request)) {
            http_body_drop(line->request);
            line->request->refusal = 503;
            hang_up(http, line);
            return true;
        }
    }
    return false;
}
