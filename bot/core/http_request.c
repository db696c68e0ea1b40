#include "bot/core/http_private.h"

#include <string.h>

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

/* Says which methods the path takes. */
static void set_allowed(struct http_request *request)
{
    static const char *const methods[][2] = { { "GET", "GET, HEAD" }, { "POST", "POST" }, { "PUT", "PUT" } };
    g_autoptr(GString) allowed = g_string_new(NULL);
    bool known;

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (find_route(request, methods[i][0], &known))
            g_string_append_printf(allowed, "%s%s", allowed->len ? ", " : "", methods[i][1]);
    http_set(request, "Allow", allowed->str);
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
    return 0;
}

/* --- the library's callbacks: record, never work
 * ------------------------------------------------------------------- */

static struct http_request *begin(struct http *http, struct MHD_Connection *connection, const char *url,
                                  const char *method)
{
    struct http_request *request = g_new0(struct http_request, 1);
    const char *length;
    bool known;

    request->http = http;
    request->connection = connection;
    request->path = g_strdup(url);
    request->route = find_route(request, method, &known);
    request->refusal = refusal(request, known, &request->why);
    request->line = http_line_begin(request);
    length = http_header(request, "Content-Length");
    request->length = length ? g_ascii_strtoull(length, NULL, 10) : 0;
    http_body_weigh(request, request->length);
    return request;
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
        if (request->refusal == 405)
            set_allowed(request);
        if (request->refusal == 503)
            http_set(request, "Retry-After", "5");
        http_error(request, request->refusal, request->why);
    } else if (request->route->quick) {
        request->route->handle(request, request->route->data);
    } else {
        request->in_callback = false;
        request->held = true;
        http->held++;
        http_line_at(http, request->line, HTTP_HELD);
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
        bool ok = http_body_add(request, upload, *upload_size);

        *upload_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!request->answer && !request->held)
        complete(request);
    if (!request->answer)
        return MHD_YES;
    http_line_at(request->http, request->line, HTTP_ANSWER);
    http_line_moved(request->line, request->answer_len);
    return MHD_queue_response(connection, (unsigned)request->status, request->answer);
}

void http_on_completed(void *data, struct MHD_Connection *connection, void **slot,
                       enum MHD_RequestTerminationCode how)
{
    struct http_request *request = *slot;

    (void)connection;
    (void)how;
    if (!request)
        return;
    http_line_at(data, request->line, HTTP_HEAD);
    if (request->answer)
        MHD_destroy_response(request->answer);
    http_body_drop(request);
    if (request->headers)
        g_ptr_array_unref(request->headers);
    g_free(request->path);
    g_free(request);
    *slot = NULL;
}
