#include "bot/core/http_private.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"

enum {
    CONNECTIONS = 8192,
    OTHER_FILES = 256,         /* the store's, the log's, those of people … */
    CONNECTION_MEMORY = 16384, /* headers of one request */
    HANDLE_MAX = 256,          /* requests handed out before the next turn */
};

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
        if (http_body_was_lost(request))
            http_busy(request, 1);
        else
            request->route->handle(request, request->route->data);
        if (http->sound && !http->sound(http->sound_data) && request->answer)
            http_take_back(request);
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
    if (http->closed) { /* after descriptors ran out the library listens again when it is run once more */
        http->closed = false;
        MHD_run(http->daemon);
        did = true;
    }
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

/* The address one can type into a browser; what was asked for when the system does not tell. */
static char *url_of(int fd, const char *listen_at)
{
    struct sockaddr_storage address = { 0 };
    socklen_t len = sizeof address;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return g_strdup_printf("http://%s", listen_at);
    return g_strdup_printf(address.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s", host, port);
}

struct http *http_new(struct loop *loop, const char *listen_at, int silence, char **ret_error)
{
    struct rlimit files = { .rlim_cur = RLIM_INFINITY };
    int fd = open_listener(listen_at, ret_error), room = CONNECTIONS;

    if (fd < 0)
        return NULL;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = MIN(files.rlim_max, CONNECTIONS + OTHER_FILES);
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < CONNECTIONS + OTHER_FILES)
        room = (int)(files.rlim_cur > 2 * OTHER_FILES ? files.rlim_cur - OTHER_FILES : files.rlim_cur / 2);
    struct http *http = g_new0(struct http, 1);

    http->loop = loop;
    http->listener = fd;
    http->arrived_last = &http->arrived;
    http->answered_last = &http->answered;
    http->url = url_of(fd, listen_at);
    http_lines_open(http, silence, room);
    http->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, http_on_access, http,
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, http,
                         MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, http, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)silence,
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
    for (size_t i = 0; i < count; i++)
        if (routes[i].max_body > HTTP_STRANGER && !routes[i].knows && !routes[i].local)
            BUG("anybody may send a large body to %s", routes[i].path);
    http->routes = routes;
    http->route_count = count;
}

void http_bodies(struct http *http, size_t bytes)
{
    http->bodies = bytes;
}

void http_public(struct http *http, const char *public_url)
{
    const char *authority = strstr(public_url, "://");
    size_t scheme = authority ? (size_t)(authority - public_url) + 3 : 0;

    g_free(http->origin);
    http->origin = g_strndup(public_url, scheme + strcspn(public_url + scheme, "/"));
    http->secure = g_str_has_prefix(public_url, "https:");
}

void http_only_if(struct http *http, bool (*sound)(void *), void *data)
{
    http->sound = sound;
    http->sound_data = data;
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
    ev_timer_stop(loop_ev(http->loop), &http->tick);
    g_free(http->origin);
    g_free(http->url);
    g_free(http);
}
