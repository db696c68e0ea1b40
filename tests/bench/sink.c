/* A platform without limits for the benchmark: takes any request of the Bot API or of WeCom, says yes, and
 * counts the messages. With "silent" it takes connections and never answers, so that intake can be measured
 * alone. `sink [silent]` prints its port; GET /count gives "messages first last", in seconds of the monotonic
 * clock. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 65536, EVENTS = 64 };

struct peer {
    int fd;
    size_t len;
    char bytes[ROOM + 1];
};

static struct {
    bool silent;
    int64_t messages;
    double first, last;
} sink;

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Writes the answer to one request; a socket buffer always has room for it. */
static bool answer(struct peer *peer, const char *request)
{
    char body[512], whole[1024];
    int len;

    if (strncmp(request, "GET /count", 10) == 0) {
        len = snprintf(body, sizeof body, "%lld %.6f %.6f", (long long)sink.messages, sink.first, sink.last);
    } else {
        const char *end = strstr(request, " HTTP/");
        size_t path = end ? (size_t)(end - request) : 0;

        if (memmem(request, path, "/sendMessage", 12) || memmem(request, path, "message/send", 12)) {
            sink.last = now();
            if (sink.messages++ == 0)
                sink.first = sink.last;
        }
        len = snprintf(body, sizeof body,
                       "{\"ok\":true,\"result\":{\"message_id\":%lld,\"date\":1772412000,"
                       "\"chat\":{\"id\":1,\"type\":\"private\"}},\"errcode\":0,\"errmsg\":\"ok\","
                       "\"msgid\":\"m%lld\",\"access_token\":\"t\",\"expires_in\":7200}",
                       (long long)sink.messages, (long long)sink.messages);
    }
    int size = snprintf(whole, sizeof whole,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                        len, body);

    return write(peer->fd, whole, (size_t)size) == size;
}

/* The length of the first whole request in the buffer; 0 when there is none yet. */
static size_t whole_request(const struct peer *peer)
{
    const char *end = strstr(peer->bytes, "\r\n\r\n");

    if (!end)
        return 0;
    const char *length = strcasestr(peer->bytes, "\r\nContent-Length:");
    size_t head = (size_t)(end - peer->bytes) + 4;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

    return peer->len >= head + body ? head + body : 0;
}

/* Reads and answers; false when the peer is gone. */
static bool serve(struct peer *peer)
{
    ssize_t got = read(peer->fd, peer->bytes + peer->len, ROOM - peer->len);
    size_t size;

    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    peer->len += (size_t)got;
    peer->bytes[peer->len] = '\0';
    if (sink.silent && strncmp(peer->bytes, "GET /count", 10) != 0) {
        peer->len = 0;
        return true;
    }
    while ((size = whole_request(peer)) > 0) {
        if (!answer(peer, peer->bytes))
            return false;
        memmove(peer->bytes, peer->bytes + size, peer->len - size + 1);
        peer->len -= size;
    }
    return peer->len < ROOM;
}

static void welcome(int poll, int listener)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct peer *peer = fd >= 0 ? calloc(1, sizeof *peer) : NULL;

    if (!peer)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer->fd = fd;
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = peer });
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ready[EVENTS];

    signal(SIGPIPE, SIG_IGN);
    sink.silent = argc > 1 && strcmp(argv[1], "silent") == 0;
    if (bind(listener, (struct sockaddr *)&at, size) != 0 || listen(listener, 256) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) != 0)
        return 1;
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
    for (;;) {
        int count = epoll_wait(poll, ready, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            struct peer *peer = ready[i].data.ptr;

            if (!peer) {
                welcome(poll, listener);
            } else if (!serve(peer)) {
                close(peer->fd);
                free(peer);
            }
        }
    }
}
