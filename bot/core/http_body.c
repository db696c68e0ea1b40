/* Bodies on their way in. Each has its route's limit; of those who have not shown that they are known it has
 * HTTP_STRANGER too, and all of them together have one room, of which strangers get a quarter. When that is
 * full the stranger goes who has been sending longest: honest ones are done at once. */
#include "bot/core/http_private.h"

enum {
    DRAIN_MAX = 64 << 20, /* a refused body is read and thrown away up to here, so that the answer is heard */
};

/* Counts bytes that are kept of a request. */
static void count(struct http_request *request, size_t bytes)
{
    struct http *http = request->http;

    *(request->known ? &http->known_bytes : &http->stranger_bytes) += bytes;
}

/* Whether who sends the request is known; asked once, and only for what a stranger may not do. */
static bool is_known(struct http_request *request)
{
    const struct http_route *route = request->route;

    if (!request->asked) {
        request->asked = true;
        if (route->local || (route->knows && route->knows(request, route->data))) {
            struct http *http = request->http;
            size_t have = request->body ? request->body->len : 0;

            http->stranger_bytes -= have;
            http->known_bytes += have;
            request->known = true;
        }
    }
    return request->known;
}

/* Whether there is room for so many bytes more of this request; a stranger's may come at another's expense.
 */
static bool has_room(struct http_request *request, size_t more)
{
    struct http *http = request->http;
    size_t strangers = http->bodies / 4;

    if (!request->known && http->stranger_bytes + more <= strangers)
        return true;
    if (is_known(request))
        return http->known_bytes + more <= http->bodies - strangers;
    while (http->stranger_bytes + more > strangers)
        if (!http_line_make_room(http, request))
            return false;
    return true;
}

void http_body_weigh(struct http_request *request, size_t size)
{
    size_t have = request->body ? request->body->len : 0;

    if (request->refusal || request->unread)
        return;
    if (size > request->route->max_body) {
        request->refusal = 413;
        request->why = "too large";
    } else if (size > HTTP_STRANGER && !is_known(request)) {
        request->unread = true;
    } else if (size > have && !has_room(request, size - have)) {
        request->refusal = 503;
        request->why = "too much is being sent just now: try again";
    }
    if (request->refusal || request->unread)
        http_body_drop(request);
}

bool http_body_add(struct http_request *request, const char *data, size_t len)
{
    size_t have = request->body ? request->body->len : 0;

    http_line_moved(request->line, len);
    http_body_weigh(request, have + len);
    if (request->refusal || request->unread) {
        request->thrown_away += len;
        return request->thrown_away < DRAIN_MAX;
    }
    if (!request->body)
        request->body = g_byte_array_sized_new((guint)(request->known ? MAX(len, request->length) : len) + 1);
    g_byte_array_append(request->body, (const guint8 *)data, (guint)len);
    count(request, len);
    return true;
}

void http_body_drop(struct http_request *request)
{
    if (!request->body)
        return;
    *(request->known ? &request->http->known_bytes : &request->http->stranger_bytes) -= request->body->len;
    g_clear_pointer(&request->body, g_byte_array_unref);
}

bool http_body_is_strangers(const struct http_request *request)
{
    return request->body && !request->known;
}

bool http_body_was_lost(struct http_request *request)
{
    request->asked = false;
    return request->unread && is_known(request);
}
