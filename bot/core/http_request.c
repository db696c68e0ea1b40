#include "bot/core/http_private.h"

#include <string.h>

enum {
    DRAIN_MAX = 64 << 20, /* a too long body is read and thrown away up to here, so that the 413 is heard */
};

/* --- which route
 * -------------------------------------------------------------------------------------------------- */

/* True when `path` is what `route` stands for. */
static bool route_fits(const struct http_route *route, const char *path)
{
    size_t len = strlen(route->path);

    if (route->path[len - 1] == '*')
        return strncmp(route->path, path, len - 1) == 0;
    return strcmp(route->path, path) == 0;
}

/* The host of a Host header without its port is this machine. */
static bool host_is_loopback(const char *host)
{
    g_autofree char *name = NULL;

    if (!host)
        return false;
    if (*host == '[')
        return g_str_has_prefix(host, "[::1]") && (host[5] == 0 || host[5] == ':');
    name = g_strndup(host, strcspn(host, ":"));
    return g_ascii_strcasecmp(name, "localhost") == 0 ||
           (g_str_has_prefix(name, "127.") && g_hostname_is_ip_address(name));
}

/* True when the request came straight from this machine's own browser. */
static bool is_local(struct http_request *request)
{
    static const char *const forwarding[] = { "Forwarded",         "X-Forwarded-For", "X-Forwarded-Host",
                                              "X-Forwarded-Proto", "X-Real-IP",       "Via" };

    for (size_t i = 0; i < G_N_ELEMENTS(forwarding); i++)
        if (http_header(request, forwarding[i]))
            return false;
    return host_is_loopback(http_header(request, "Host"));
}

/* The route of method and path; NULL with *ret_known = some other method would do. Exact ones win, then the
 * longest. Local ones are not there for anybody else. */
static const struct http_route *find_route(struct http_request *request, const char *method, bool *ret_known)
{
    const struct http *http = request->http;
    const struct http_route *best = NULL;
    size_t best_len = 0;

    *ret_known = false;
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < http->route_count; i++) {
        const struct http_route *route = &http->routes[i];
        size_t len = strlen(route->path);
        bool exact = route->path[len - 1] != '*';

        if (!route_fits(route, request->path) || (route->local && !is_local(request)))
            continue;
        *ret_known = true;
        if (strcmp(route->method, method) != 0)
            continue;
        if (exact)
            return route;
        if (len > best_len) {
            best = route;
            best_len = len;
        }
    }
    return best;
}

/* True for application/json, whatever parameters follow. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json";

    return type && g_ascii_strncasecmp(type, json, sizeof json - 1) == 0 &&
           strchr("; \t", type[sizeof json - 1]);
}

/* Whether a browser sends the request for a page of another site. Who is no browser has no Origin and no
 * cookies of anybody's. */
static bool is_foreign(struct http_request *request)
{
    const char *origin = http_header(request, "Origin"), *host = http_header(request, "Host");
    const char *authority = origin ? strstr(origin, "://") : NULL;

    if (!origin)
        return false;
    if (request->http->origin && g_ascii_strcasecmp(origin, request->http->origin) == 0)
        return false;
    return !authority || !host || g_ascii_strcasecmp(authority + 3, host) != 0;
}

/* What is wrong with a request before its body is read; 0 when nothing is. */
static int refusal(struct http_request *request, bool known, const char **ret_why)
{
    const struct http_route *route = request->route;
    const char *type = http_header(request, "Content-Type");
    const char *length = http_header(request, "Content-Length");

    if (!route) {
        *ret_why = known ? "this address takes another method" : "nothing is here";
        return known ? 405 : 404;
    }
    if (route->json && strcmp(route->method, "POST") == 0 && !is_json(type)) {
        *ret_why = "send application/json";
        return 415;
    }
    if (strcmp(route->method, "GET") != 0 && is_foreign(request)) {
        *ret_why = "a page of another site may not send this";
        return 403;
    }
    if (length && g_ascii_strtoull(length, NULL, 10) > route->max_body) {
        *ret_why = "too large";
        return 413;
    }
    return 0;
}

/* --- the library's callbacks: record, never work
 * ------------------------------------------------------------------- */

static struct http_request *begin(struct http *http, struct MHD_Connection *connection, const char *url,
                                  const char *method)
{
    struct http_request *request = g_new0(struct http_request, 1);
    bool known;

    request->http = http;
    request->connection = connection;
    request->path = g_strdup(url);
    request->route = find_route(request, method, &known);
    request->refusal = refusal(request, known, &request->why);
    return request;
}

/* Keeps a piece of the body, within the route's limit. False: far too much, hang up. */
static bool collect(struct http_request *request, const char *data, size_t len)
{
    size_t have = request->body ? request->body->len : 0;

    if (!request->refusal && have + len > request->route->max_body) {
        request->refusal = 413;
        request->why = "too large";
        g_clear_pointer(&request->body, g_byte_array_unref);
    }
    if (request->refusal) {
        request->thrown_away += len;
        return request->thrown_away < DRAIN_MAX;
    }
    if (!request->body)
        request->body = g_byte_array_sized_new((guint)len + 1);
    g_byte_array_append(request->body, (const guint8 *)data, (guint)len);
    return true;
}

/* The request is whole: a refused or quick one is answered here, the others wait for the loop. */
static void complete(struct http_request *request)
{
    struct http *http = request->http;

    if (request->body) {
        g_byte_array_append(request->body, (const guint8 *)"", 1);
        request->body->len--;
    }
    request->in_callback = true;
    if (request->refusal) {
        http_error(request, request->refusal, request->why);
    } else if (request->route->quick) {
        request->route->handle(request, request->route->data);
    } else {
        request->in_callback = false;
        request->held = true;
        http->held++;
        MHD_suspend_connection(request->connection);
        request->next = NULL;
        *http->arrived_last = request;
        http->arrived_last = &request->next;
    }
}

enum MHD_Result http_on_access(void *data, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **slot)
{
    struct http_request *request = *slot;

    (void)version;
    if (!request) {
        *slot = begin(data, connection, url, method);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        bool ok = collect(request, upload, *upload_size);

        *upload_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!request->answer && !request->held)
        complete(request);
    if (request->answer)
        return MHD_queue_response(connection, (unsigned)request->status, request->answer);
    return MHD_YES;
}

void http_on_completed(void *data, struct MHD_Connection *connection, void **slot,
                       enum MHD_RequestTerminationCode how)
{
    struct http_request *request = *slot;

    (void)data;
    (void)connection;
    (void)how;
    if (!request)
        return;
    if (request->answer)
        MHD_destroy_response(request->answer);
    if (request->body)
        g_byte_array_unref(request->body);
    if (request->headers)
        g_ptr_array_unref(request->headers);
    g_free(request->path);
    g_free(request);
    *slot = NULL;
}

void http_on_connection(void *data, struct MHD_Connection *connection, void **slot,
                        enum MHD_ConnectionNotificationCode code)
{
    struct http *http = data;

    (void)connection;
    (void)slot;
    http->closed |= code == MHD_CONNECTION_NOTIFY_CLOSED;
}
