#include "bot/core/http.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <glib.h>
#include <microhttpd.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"

enum {
    CONNECTIONS = 8192,
    SILENCE = 30,              /* seconds a connection may be silent */
    CONNECTION_MEMORY = 16384, /* headers of one request */
    DRAIN_MAX = 64 << 20, /* a too long body is read and thrown away up to here, so that the 413 is heard */
    HANDLE_MAX = 256,     /* requests handed out before the next turn */
};

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
    char *url;
    int listener;
    ev_io io;
    ev_timer timeout;
    struct http_request *arrived, **arrived_last;   /* whole, not yet handed out */
    struct http_request *answered, **answered_last; /* to be resumed */
    int held;
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

/* The route of method and path; NULL with *ret_known = some other method would do. Exact ones win, then the
 * longest. */
static const struct http_route *find_route(const struct http *http, const char *method, const char *path,
                                           bool *ret_known)
{
    const struct http_route *best = NULL;
    size_t best_len = 0;

    *ret_known = false;
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (size_t i = 0; i < http->route_count; i++) {
        const struct http_route *route = &http->routes[i];
        size_t len = strlen(route->path);
        bool exact = route->path[len - 1] != '*';

        if (!route_fits(route, path))
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

/* What is wrong with a request before its body is read; 0 when nothing is. */
static int refusal(struct http_request *request, bool known, const char **ret_why)
{
    const struct http_route *route = request->route;
    const char *type = http_header(request, "Content-Type");
    const char *length = http_header(request, "Content-Length");

    if (!route || (route->local && !is_local(request))) {
        *ret_why = known && !route ? "this address takes another method" : "nothing is here";
        return known && !route ? 405 : 404;
    }
    if (route->json && strcmp(route->method, "POST") == 0 &&
        (!type || g_ascii_strncasecmp(type, "application/json", 16) != 0)) {
        *ret_why = "send application/json";
        return 415;
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
    request->route = find_route(http, method, url, &known);
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

static enum MHD_Result on_access(void *data, struct MHD_Connection *connection, const char *url,
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

static void on_completed(void *data, struct MHD_Connection *connection, void **slot,
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

/* --- on the loop
 * ------------------------------------------------------------------------------------------------------ */

/* Lets the library go on with what was answered: resuming alone would wake nothing (libmicrohttpd 0.9.75). */
static bool resume_answered(struct http *http)
{
    struct http_request *request = http->answered;

    if (!request)
        return false;
    http->answered = NULL;
    http->answered_last = &http->answered;
    while (request) {
        struct http_request *next = request->next;

        request->held = false;
        http->held--;
        MHD_resume_connection(request->connection);
        request = next;
    }
    MHD_run(http->daemon);
    return true;
}

/* Hands whole requests to their routes. */
static bool hand_out(struct http *http)
{
    int count = 0;

    while (http->arrived && count++ < HANDLE_MAX) {
        struct http_request *request = http->arrived;

        http->arrived = request->next;
        if (!http->arrived)
            http->arrived_last = &http->arrived;
        request->route->handle(request, request->route->data);
    }
    return count > 0;
}

/* Asks the library when it wants to be woken at the latest. */
static void set_timeout(struct http *http)
{
    struct ev_loop *ev = loop_ev(http->loop);
    MHD_UNSIGNED_LONG_LONG ms;

    if (MHD_get_timeout(http->daemon, &ms) == MHD_YES) {
        http->timeout.repeat = ms == 0 ? 1e-6 : (double)ms / 1000.0;
        ev_timer_again(ev, &http->timeout);
    } else {
        ev_timer_stop(ev, &http->timeout);
    }
}

static bool before_sleep(void *data)
{
    struct http *http = data;
    bool did = resume_answered(http);

    did |= hand_out(http);
    if (!did)
        set_timeout(http);
    return did;
}

static void on_readable(struct ev_loop *ev, ev_io *watcher, int events)
{
    (void)ev;
    (void)events;
    MHD_run(((struct http *)watcher->data)->daemon);
}

static void on_timeout(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)ev;
    (void)events;
    MHD_run(((struct http *)watcher->data)->daemon);
}

/* --- opening and closing
 * ------------------------------------------------------------------------------------------------ */

/* A listening socket for "host:port"; -1 with the reason. systemd's socket is taken when one is given, so
 * that a new version can take over without refusing anybody. */
static int open_listener(const char *listen_at, char **ret_error)
{
    const char *given = g_getenv("LISTEN_FDS"), *pid = g_getenv("LISTEN_PID");
    const char *colon = strrchr(listen_at, ':');
    g_autofree char *host = colon ? g_strndup(listen_at, (gsize)(colon - listen_at)) : NULL;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV },
                    *list = NULL;
    int fd = -1, on = 1;

    if (given && g_ascii_strtoll(given, NULL, 10) == 1 && pid && g_ascii_strtoll(pid, NULL, 10) == getpid())
        return 3;
    if (!colon) {
        *ret_error = g_strdup_printf("listen: %s is not host:port", listen_at);
        return -1;
    }
    if (*host == '[') {
        memmove(host, host + 1, strlen(host));
        host[strcspn(host, "]")] = 0;
    }
    int code = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &list);

    if (code != 0) {
        *ret_error = g_strdup_printf("listen: %s: %s", listen_at, gai_strerror(code));
        return -1;
    }
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, 1024) != 0) {
            *ret_error = g_strdup_printf("listen: %s: %s", listen_at, g_strerror(errno));
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

/* The address one can type into a browser. */
static char *url_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    getsockname(fd, (struct sockaddr *)&address, &len);
    getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    return g_strdup_printf(address.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host, port);
}

struct http *http_new(struct loop *loop, const char *listen_at, char **ret_error)
{
    struct rlimit files;
    int fd = open_listener(listen_at, ret_error);

    if (fd < 0)
        return NULL;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = MIN(files.rlim_max, CONNECTIONS + 256);
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct http *http = g_new0(struct http, 1);

    http->loop = loop;
    http->listener = fd;
    http->arrived_last = &http->arrived;
    http->answered_last = &http->answered;
    http->url = url_of(fd);
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, http, MHD_OPTION_LISTEN_SOCKET,
        fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    if (!http->daemon) {
        *ret_error = g_strdup("cannot start the web server");
        g_free(http->url);
        g_free(http);
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    ev_io_init(&http->io, on_readable, info->epoll_fd, EV_READ);
    http->io.data = http;
    ev_io_start(loop_ev(loop), &http->io);
    ev_init(&http->timeout, on_timeout);
    http->timeout.data = http;
    loop_before_sleep(loop, before_sleep, http);
    return http;
}

void http_routes(struct http *http, const struct http_route *routes, size_t count)
{
    http->routes = routes;
    http->route_count = count;
}

const char *http_url(const struct http *http)
{
    return http->url;
}

void http_quiesce(struct http *http)
{
    if (http->listener < 0)
        return;
    int fd = MHD_quiesce_daemon(http->daemon);

    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    http->listener = -1;
}

bool http_idle(void *data)
{
    struct http *http = data;

    return !http->arrived && !http->answered && http->held == 0;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    http_quiesce(http);
    while (http->arrived) { /* never leave one suspended: MHD_stop_daemon would abort */
        struct http_request *request = http->arrived;

        http->arrived = request->next;
        http_busy(request, 1);
    }
    resume_answered(http);
    ev_io_stop(loop_ev(http->loop), &http->io);
    ev_timer_stop(loop_ev(http->loop), &http->timeout);
    if (http->held == 0)
        MHD_stop_daemon(http->daemon);
    g_free(http->url);
    g_free(http);
}

/* --- about a request
 * -------------------------------------------------------------------------------------------------- */

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_tail(const struct http_request *request)
{
    size_t len = strlen(request->route->path);

    return request->route->path[len - 1] == '*' ? request->path + len - 1 : "";
}

const char *http_header(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_cookie(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

const char *http_body(const struct http_request *request, size_t *ret_len)
{
    *ret_len = request->body ? request->body->len : 0;
    return request->body ? (const char *)request->body->data : "";
}

const char *http_peer(const struct http_request *request)
{
    static char host[NI_MAXHOST];
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    socklen_t len =
        info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    if (getnameinfo(info->client_addr, len, host, sizeof host, NULL, 0, NI_NUMERICHOST) != 0)
        return "";
    return host;
}

/* --- answering
 * ----------------------------------------------------------------------------------------------------------
 */

void http_set(struct http_request *request, const char *header, const char *value)
{
    if (!request->headers)
        request->headers = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(request->headers, g_strdup(header));
    g_ptr_array_add(request->headers, g_strdup(value));
}

/* Gives the response its headers and either keeps it for the callback we are in or queues the request for
 * resuming. */
static void answer_with(struct http_request *request, int status, struct MHD_Response *response)
{
    struct http *http = request->http;

    for (guint i = 0; request->headers && i + 1 < request->headers->len; i += 2)
        MHD_add_response_header(response, request->headers->pdata[i], request->headers->pdata[i + 1]);
    if (request->answer)
        BUG("a request was answered twice: %s", request->route ? request->route->path : "?");
    request->answer = response;
    request->status = status;
    if (request->in_callback)
        return;
    request->next = NULL;
    *http->answered_last = request;
    http->answered_last = &request->next;
}

void http_answer(struct http_request *request, int status, const char *content_type, const char *body,
                 size_t len)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        len, (void *)(len ? body : ""), len ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);

    if (content_type)
        MHD_add_response_header(response, "Content-Type", content_type);
    answer_with(request, status, response);
}

void http_json(struct http_request *request, int status, const char *json)
{
    http_set(request, "Cache-Control", "no-store");
    http_answer(request, status, "application/json; charset=utf-8", json, strlen(json));
}

void http_error(struct http_request *request, int status, const char *error)
{
    g_autoptr(GString) json = g_string_new("{\"error\":");

    json_put(json, error);
    g_string_append(json, "}");
    if (status == 405 && request->http)
        http_set(request, "Allow", "GET, POST");
    http_json(request, status, json->str);
}

void http_busy(struct http_request *request, int retry_after_seconds)
{
    char seconds[16];

    g_snprintf(seconds, sizeof seconds, "%d", retry_after_seconds);
    http_set(request, "Retry-After", seconds);
    http_error(request, 503, "the store cannot take more just now");
}

void http_file(struct http_request *request, const char *path, const char *content_type,
               const char *download_name)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        http_error(request, 404, "nothing is here");
        return;
    }
    struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)st.st_size, fd);

    MHD_add_response_header(response, "Content-Type", content_type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (download_name) {
        g_autofree char *quoted = g_uri_escape_string(download_name, NULL, FALSE);
        g_autofree char *value = g_strdup_printf("attachment; filename*=UTF-8''%s", quoted);

        MHD_add_response_header(response, "Content-Disposition", value);
    }
    answer_with(request, 200, response);
}
