/* Requests out against a peer that answers as its path says: well, too much, half, garbage, or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/core/fetch.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"

/* A peer on a thread of its own; it serves one connection after another. */
struct peer {
    int listener, port;
    GThread *thread;
    int connections; /* accepted so far */
};

struct rig {
    struct peer peer;
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    struct fetch *fetch;
    int status, answers;
    bool sent;
    int64_t retry_after;
    char *body, *type, *name, *failure;
};

/* Reads one request whole; false when the connection ended. */
static bool read_request(int fd, GString *into)
{
    char piece[4096];
    g_string_truncate(into, 0);
    for (;;) {
        const char *end = strstr(into->str, "\r\n\r\n"), *length = strcasestr(into->str, "content-length:");
        if (end && into->len >= (gsize)(end + 4 - into->str) + (length ? strtoul(length + 15, NULL, 10) : 0))
            return true;
        ssize_t some = recv(fd, piece, sizeof piece, 0);
        if (some <= 0)
            return false;
        g_string_append_len(into, piece, some);
    }
}

/* Answers by the path; false to end the connection. */
static bool answer(int fd, const GString *request)
{
    const char *body = strstr(request->str, "\r\n\r\n") + 4;
    GString *out = g_string_new(NULL);
    bool go_on = true;
    if (strstr(request->str, " /echo "))
        g_string_printf(out,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        strlen(body), body);
    else if (strstr(request->str, " /slow-down "))
        g_string_assign(out, "HTTP/1.1 429 Too Many\r\nRetry-After: 344\r\nContent-Length: 0\r\n\r\n");
    else if (strstr(request->str, " /file "))
        g_string_assign(out, "HTTP/1.1 200 OK\r\nContent-disposition: attachment; filename=\"a b.jpg\"\r\n"
                             "Content-Length: 2\r\n\r\nhi");
    else if (strstr(request->str, " /half "))
        g_string_assign(out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    else if (strstr(request->str, " /long "))
        g_string_assign(
            out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
    else if (strstr(request->str, " /moved "))
        g_string_assign(out, "HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n");
    else if (strstr(request->str, " /garbage "))
        g_string_assign(out, "\x01\x02\x03 what?\r\n\r\n");
    else if (strstr(request->str, " /nothing "))
        go_on = recv(fd, &(char){ 0 }, 1, 0) > 0; /* until the client gives up */
    if (strstr(request->str, " /half ") || strstr(request->str, " /garbage "))
        go_on = false;
    go_on = (out->len == 0 || send(fd, out->str, out->len, MSG_NOSIGNAL) > 0) && go_on;
    g_string_free(out, TRUE);
    return go_on;
}

static void *serve(void *data)
{
    struct peer *peer = data;
    GString *request = g_string_new(NULL);
    int fd;
    while ((fd = accept(peer->listener, NULL, NULL)) >= 0) {
        g_atomic_int_inc(&peer->connections);
        while (read_request(fd, request) && answer(fd, request))
            ;
        close(fd);
    }
    g_string_free(request, TRUE);
    return NULL;
}

static int rig_new(void **state)
{
    struct rig *rig = g_new0(struct rig, 1);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    rig->peer.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(rig->peer.listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(rig->peer.listener, 16), 0);
    assert_int_equal(getsockname(rig->peer.listener, (struct sockaddr *)&at, &len), 0);
    rig->peer.port = ntohs(at.sin_port);
    rig->peer.thread = g_thread_new("peer", serve, &rig->peer);
    rig->store = store_open(":memory:", NULL);
    rig->turn = turn_new(rig->store);
    rig->loop = loop_new(rig->turn);
    rig->fetch = fetch_new(rig->loop);
    *state = rig;
    return 0;
}

static void forget(struct rig *rig)
{
    g_clear_pointer(&rig->body, g_free);
    g_clear_pointer(&rig->type, g_free);
    g_clear_pointer(&rig->name, g_free);
    g_clear_pointer(&rig->failure, g_free);
}

static int rig_free(void **state)
{
    struct rig *rig = *state;
    fetch_free(rig->fetch);
    shutdown(rig->peer.listener, SHUT_RDWR);
    g_thread_join(rig->peer.thread);
    close(rig->peer.listener);
    loop_free(rig->loop);
    turn_free(rig->turn);
    store_close(rig->store);
    forget(rig);
    g_free(rig);
    return 0;
}

static void done(void *data, const struct fetch_answer *a)
{
    struct rig *rig = data;
    forget(rig);
    rig->answers++;
    rig->status = a->status;
    rig->sent = a->sent;
    rig->retry_after = a->retry_after;
    rig->body = g_strndup(a->body, a->len);
    rig->type = g_strdup(a->type);
    rig->name = g_strdup(a->name);
    rig->failure = g_strdup(a->failure);
}

static bool answered(void *data)
{
    return ((struct rig *)data)->answers > 0;
}

/* Asks for `path` and waits for the end of it. */
static void ask(struct rig *rig, const char *path, struct fetch_request request)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d%s", rig->peer.port, path);
    request.url = url;
    request.done = done;
    request.data = rig;
    rig->answers = 0;
    fetch_start(rig->fetch, &request);
    assert_int_equal(rig->answers, 0); /* never from inside */
    loop_drain(rig->loop, 10000, answered, rig);
    assert_int_equal(rig->answers, 1);
}

static void json_goes_there_and_back_on_one_connection(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 20; i++) {
        ask(rig, "/echo", (struct fetch_request){ .json = "{\"a\":1}", .json_len = 7 });
        assert_int_equal(rig->status, 200);
        assert_string_equal(rig->body, "{\"a\":1}");
        assert_string_equal(rig->type, "application/json");
    }
    assert_int_equal(g_atomic_int_get(&rig->peer.connections), 1);
}

static void a_multipart_body_and_then_a_plain_request(void **state)
{
    struct rig *rig = *state;
    struct fetch_part parts[] = {
        { .name = "chat_id", .data = "7", .len = 1 },
        { .name = "document", .file_name = "a.txt", .type = "text/plain", .data = "bytes\0x", .len = 7 },
    };
    ask(rig, "/echo", (struct fetch_request){ .parts = parts, .parts_count = 2 });
    assert_int_equal(rig->status, 200);
    assert_non_null(strstr(rig->body, "filename=\"a.txt\""));
    ask(rig, "/echo", (struct fetch_request){ 0 });
    assert_int_equal(rig->status, 200);
    assert_string_equal(rig->body, "");
}

static void what_a_peer_adds_is_told(void **state)
{
    struct rig *rig = *state;
    ask(rig, "/slow-down", (struct fetch_request){ .json = "{}", .json_len = 2 });
    assert_int_equal(rig->status, 429);
    assert_int_equal(rig->retry_after, 344);
    ask(rig, "/file", (struct fetch_request){ 0 });
    assert_string_equal(rig->name, "a b.jpg");
    assert_string_equal(rig->body, "hi");
    ask(rig, "/moved", (struct fetch_request){ 0 });
    assert_int_equal(rig->status, 302);
}

static void a_bad_answer_is_no_answer(void **state)
{
    struct rig *rig = *state;
    static const char *const paths[] = { "/half", "/garbage" };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        ask(rig, paths[i], (struct fetch_request){ .json = "{}", .json_len = 2 });
        assert_int_equal(rig->status, 0);
        assert_true(rig->sent);
        assert_null(strstr(rig->failure, paths[i]));
    }
    ask(rig, "/long", (struct fetch_request){ .max_answer = 10 });
    assert_int_equal(rig->status, 0);
    assert_string_equal(rig->failure, "the answer is too long");
    ask(rig, "/nothing", (struct fetch_request){ .timeout_ms = 50 });
    assert_int_equal(rig->status, 0);
    assert_true(rig->sent);
}

static void nobody_listens(void **state)
{
    struct rig *rig = *state;
    int port = rig->peer.port;
    rig->peer.port = 1;
    ask(rig, "/echo", (struct fetch_request){ .json = "{}", .json_len = 2 });
    rig->peer.port = port;
    assert_int_equal(rig->status, 0);
    assert_false(rig->sent);
}

static void an_end_in_the_middle_is_clean(void **state)
{
    struct rig *rig = *state;
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/nothing", rig->peer.port);
    fetch_start(rig->fetch, &(struct fetch_request){ .url = url, .done = done, .data = rig });
    loop_drain(rig->loop, 20, answered, rig);
    assert_int_equal(fetch_running(rig->fetch), 1);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_new, rig_free)
    const struct CMUnitTest tests[] = {
        WITH_RIG(json_goes_there_and_back_on_one_connection),
        WITH_RIG(a_multipart_body_and_then_a_plain_request),
        WITH_RIG(what_a_peer_adds_is_told),
        WITH_RIG(a_bad_answer_is_no_answer),
        WITH_RIG(nobody_listens),
        WITH_RIG(an_end_in_the_middle_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
