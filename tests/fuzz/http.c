/* Whatever a stranger may send to the web server, through the library that reads it to every route there is.
 * An input is up to six requests, each "METHOD /path?query", headers, an empty line and a body, with lines of
 * "---" between them; what makes them requests (Host, Content-Length, JSON) is added where it is missing, and
 * "$a" … stand for what opens doors. Each connection must be answered or closed, each answer be whole, with a
 * status that says what it is; who holds nothing changes nothing. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/core/http_private.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/platform/web_private.h"
#include "tests/fuzz/doors.h"

enum { REQUESTS = 6, PATIENCE_S = 20, QUIET = 20, JSON_DEPTH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- one connection
 * ---------------------------------------------------------------------------------------------- */

struct line {
    struct world *world;
    int fd, quiet;    /* looks in a row that found nothing, while nothing was under way */
    const char *left; /* of the request, not yet sent */
    size_t left_len;
    GString *answer;
    gint64 began;
};

/* Whether the server holds no request and does nothing: then it waits for bytes that never come. */
static bool waits_for_us(struct line *line)
{
    bool still =
        line->left_len == 0 && http_idle(line->world->server->http) && loop_idle(line->world->school->loop);

    line->quiet = still ? line->quiet + 1 : 0;
    return line->quiet > QUIET;
}

/* Sends and receives what goes without waiting; true when the server has hung up, or waits for more. */
static bool is_over(void *data)
{
    struct line *line = data;
    char piece[16384];

    if (line->left_len > 0) {
        ssize_t sent = send(line->fd, line->left, line->left_len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent > 0) {
            line->left += sent;
            line->left_len -= (size_t)sent;
        }
    }
    for (ssize_t got; (got = recv(line->fd, piece, sizeof piece, MSG_DONTWAIT)) != -1;) {
        if (got == 0)
            return true;
        g_string_append_len(line->answer, piece, got);
        line->quiet = 0;
    }
    if (g_get_monotonic_time() - line->began > (gint64)PATIENCE_S * G_USEC_PER_SEC)
        BUG("a request was never answered");
    return waits_for_us(line);
}

/* Sends bytes over a connection of its own, until the server hangs up; what came back. */
static GString *exchange(struct world *world, const char *bytes, size_t len)
{
    const struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0 ||
        MHD_add_connection(world->server->http->daemon, pair[0], (const struct sockaddr *)&from,
                           sizeof from) != MHD_YES)
        abort();
    struct line line = { .world = world,
                         .fd = pair[1],
                         .left = bytes,
                         .left_len = len,
                         .answer = g_string_new(NULL),
                         .began = g_get_monotonic_time() };

    MHD_run(world->server->http->daemon);
    loop_until(world->school->loop, is_over, &line);
    close(pair[1]);
    return line.answer;
}

static char *ask(struct world *world, const char *request)
{
    return g_string_free(exchange(world, request, strlen(request)), FALSE);
}

/* --- what an answer must be
 * -------------------------------------------------------------------------------------- */

/* The text of a header in the head of an answer; NULL when it is not there. Yours. */
static char *header(const GString *answer, const char *name)
{
    g_autofree char *start = g_strdup_printf("\r\n%s: ", name);
    const char *end = strstr(answer->str, "\r\n\r\n"), *at = strcasestr(answer->str, start);

    if (!at || !end || at >= end)
        return NULL;
    at += strlen(start);
    return g_strndup(at, strcspn(at, "\r"));
}

static bool is_json(const char *text, size_t len)
{
    g_autoptr(cJSON) json = json_parse_longer(text, len, JSON_DEPTH);

    return json != NULL;
}

/* One answer has a status that is not our failure and, when it is ours, is protected and whole. How long it
 * is. */
static size_t judge_one(const GString *answer, bool head_only)
{
    int status = g_str_has_prefix(answer->str, "HTTP/1.")
                     ? (int)g_ascii_strtoll(answer->str + strlen("HTTP/1.1 "), NULL, 10)
                     : 0;
    const char *body = strstr(answer->str, "\r\n\r\n");

    if (!body || status < 100 || status > 505 || status == 500 || status == 503)
        BUG("an answer that is none: %s", answer->str);
    g_autofree char *type = header(answer, "Content-Type"), *guess = header(answer, "X-Content-Type-Options");
    g_autofree char *policy = header(answer, "Content-Security-Policy"),
                    *said = header(answer, "Content-Length");
    size_t head = (size_t)(body + 4 - answer->str);
    size_t len = head_only || !said ? 0 : (size_t)g_ascii_strtoull(said, NULL, 10);

    if (!policy) /* the library's own word about what is no HTTP, its last on this connection */
        return answer->len;
    if (len > answer->len - head)
        BUG("an answer that is cut: %s", answer->str);
    if (g_strcmp0(guess, "nosniff") != 0)
        BUG("an answer without protection: %s", answer->str);
    if (len > 0 && type && g_str_has_prefix(type, "application/json") && !is_json(body + 4, len))
        BUG("an answer that is no JSON: %s", answer->str);
    return head + len;
}

/* What came over a connection: nothing when it was closed without a word, or answers one after the other. */
static void judge(GString *answers, bool head_only)
{
    while (answers->len > 0 && !(head_only && !g_str_has_prefix(answers->str, "HTTP/1.")))
        g_string_erase(answers, 0, (gssize)judge_one(answers, head_only));
}

/* --- one request
 * ------------------------------------------------------------------------------------------------- */

/* Whether a line of the head begins with this. */
static bool has_header(const char *head, const char *name)
{
    g_autofree char *start = g_strdup_printf("\n%s:", name);

    return strcasestr(head, start) != NULL;
}

/* The bytes to send for one request of the input; NULL for one that is not played. */
static GString *compose(const char *head, const char *body, size_t body_len)
{
    GString *bytes = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(head, "\n", -1);

    for (char **line = lines; *line; line++) {
        bool first = line == lines && !strstr(*line, " HTTP/");

        g_string_append_printf(bytes, "%s%s\r\n", *line, first ? " HTTP/1.1" : "");
    }
    if (!has_header(head, "Host"))
        g_string_append(bytes, "Host: 127.0.0.1\r\n");
    if (!has_header(head, "Content-Type") && body_len > 0)
        g_string_append(bytes, "Content-Type: application/json\r\n");
    if (!has_header(head, "Content-Length") && !has_header(head, "Transfer-Encoding"))
        g_string_append_printf(bytes, "Content-Length: %zu\r\n", body_len);
    g_string_append(bytes, "Connection: close\r\n\r\n");
    g_string_append_len(bytes, body, (gssize)body_len);
    return bytes;
}

/* Whether who sends this needs nothing for it: the sandbox on this machine, and a new screen. */
static bool is_free(const char *head)
{
    const char *target = strchr(head, ' ');
    g_autofree char *path = target ? g_uri_unescape_string(target + 1, NULL) : NULL;

    return !path || g_str_has_prefix(path, "/sandbox") || g_str_has_prefix(path, "/screen/open");
}

/* Whether it would move the clock: who may do that sits at the machine, and the timers stand still here. */
static bool moves_clock(const char *head)
{
    const char *target = strchr(head, ' ');
    g_autofree char *path = target ? g_uri_unescape_string(target + 1, NULL) : NULL;

    return path && g_str_has_prefix(path, "/sandbox/clock") && !g_str_has_prefix(head, "GET ");
}

/* Plays one request; true when something opened a door in it. */
static bool play(struct world *world, const char *text, size_t len)
{
    bool opened;
    g_autoptr(GString) filled = doors_fill(text, len, &opened);
    const char *gap = memmem(filled->str, filled->len, "\n\n", 2);
    g_autoptr(GString) head =
        g_string_new_len(filled->str, gap ? gap - filled->str : (gssize)strlen(filled->str));
    const char *body = gap ? gap + 2 : "";
    size_t body_len = gap ? filled->len - (size_t)(body - filled->str) : 0;
    g_autofree char *sealed = NULL, *asked = NULL;

    if (strlen(head->str) != head->len)
        g_string_truncate(head, strlen(head->str));
    if (moves_clock(head->str))
        return opened;
    if (body_len > 2 && memcmp(body, "$w", 2) == 0) { /* as WeCom: sealed, and signed in the address */
        sealed = doors_seal(body + 2, body_len - 2, &asked);
        g_string_assign(head, "POST /wecom/callback?");
        g_string_append(head, asked);
        body = sealed;
        body_len = strlen(sealed);
        opened = true;
    }
    g_autoptr(GString) bytes = compose(head->str, body, body_len);
    g_autoptr(GString) answer = exchange(world, bytes->str, bytes->len);

    judge(answer, g_str_has_prefix(head->str, "HEAD "));
    return opened || is_free(head->str);
}

/* --- one input
 * ------------------------------------------------------------------------------------------------- */

/* What is counted by the minute begins anew: otherwise all that follows a flood is refused. */
static void forget_counts(struct web *web)
{
    web->wrong_codes = web->screens_opened = web->ballots_asked = web->ballots_cast = 0;
    g_hash_table_remove_all(web->screens_by_address);
}

/* Every row that names another finds it. */
static void check_store(struct world *world)
{
    g_autoptr(query) q = store_query(world->school->store, "PRAGMA foreign_key_check", "");

    if (query_next(q))
        BUG("a row of %s names another that is not there", query_text(q, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    const char *at = (const char *)data, *end = at + size;
    bool opened = false;

    if (!world) {
        world = world_open();
        doors_open(world, ask);
        g_free(ask(world, "GET /ballot/1/form HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
        world_keep(world);
    }
    sqlite3 *store = store_handle(world->school->store);
    int before = sqlite3_total_changes(store);

    for (int count = 0; at < end && count < REQUESTS; count++) {
        const char *stop = memmem(at, (size_t)(end - at), "\n---\n", 5);
        size_t len = (size_t)((stop ? stop : end) - at);

        opened |= play(world, at, len);
        if (!opened && sqlite3_total_changes(store) != before)
            BUG("who holds nothing has changed something: %.*s", (int)len, at);
        at += len + 5;
    }
    forget_counts(world->server->web);
    if (sqlite3_total_changes(store) != before) {
        check_store(world);
        world_restore(world);
    }
    return 0;
}
