/* The sign-in screen on the classroom wall, and the page its QR opens. The screen's token travels in a header
 * and never in an address; a cookie of its own ties it to one browser. Looking writes nothing. */
#include <qrencode.h>
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/turn.h"
#include "bot/platform/web_private.h"

enum { TOKEN_BYTES = 18, OPENED_A_MINUTE = 400, OPENED_BY_ADDRESS = 40, QUIET_ZONE = 4 };

static void screen_page(struct http_request *request, void *data)
{
    web_page(request, data, 200, "screen.html");
}

/* --- a new screen
 * ----------------------------------------------------------------------------------------------- */

/* A browser asks for a number. */
struct opening {
    struct turn_job job;
    struct web *web;
    struct http_request *request;
    char *token, *browser; /* as the browser keeps them */
    int number;
};

static void run_opening(struct turn_job *job)
{
    struct opening *o = (struct opening *)job;
    g_autofree char *token = web_digest(o->token), *browser = web_digest(o->browser);

    o->number = o->web->options.screens.open(o->web->options.screens.data, token, browser);
}

static void opened(struct turn_job *job, enum turn_end end)
{
    struct opening *o = (struct opening *)job;

    if (end != TURN_DURABLE || o->number == 0) {
        http_busy(o->request, end == TURN_DURABLE ? 30 : 2);
    } else {
        bool secure = g_str_has_prefix(o->web->options.public_url, "https:");
        g_autofree char *cookie =
            g_strdup_printf("banzhang_screen=%s; Path=/screen; HttpOnly; SameSite=Strict%s", o->browser,
                            secure ? "; Secure" : "");
        g_autofree char *json = g_strdup_printf("{\"token\":\"%s\"}", o->token);

        http_set(o->request, "Set-Cookie", cookie);
        http_set(o->request, "Cache-Control", "no-store");
        http_json(o->request, 200, json);
    }
    g_free(o->token);
    g_free(o->browser);
    g_free(o);
}

/* Whether too many screens were opened this minute, by this address or by all; counts one. What stays open
 * bounds how likely a number typed wrongly is somebody else's (SCREENS_PENDING). */
static bool too_many_opened(struct web *web, struct http_request *request)
{
    int64_t minute = clock_machine() / 60;
    char address[HTTP_ADDRESS];
    bool apart = http_address(request, address);

    if (web->screen_minute != minute) {
        web->screen_minute = minute;
        web->screens_opened = 0;
        g_hash_table_remove_all(web->screens_by_address);
    }
    int own = apart ? GPOINTER_TO_INT(g_hash_table_lookup(web->screens_by_address, address)) : 0;

    if (web->screens_opened >= OPENED_A_MINUTE || own >= OPENED_BY_ADDRESS)
        return true;
    if (apart)
        g_hash_table_insert(web->screens_by_address, g_strdup(address), GINT_TO_POINTER(own + 1));
    web->screens_opened++;
    return false;
}

static void screen_open(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(cJSON) body = web_body(request);
    const char *cookie = http_cookie(request, "banzhang_screen");

    if (!body)
        return;
    if (too_many_opened(web, request)) {
        http_set(request, "Retry-After", "20");
        http_error(request, 429, "too many screens were opened this minute");
        return;
    }
    struct opening *o = g_new0(struct opening, 1);

    o->job = (struct turn_job){ .run = run_opening, .done = opened };
    o->web = web;
    o->request = request;
    o->token = web_random(TOKEN_BYTES);
    o->browser = cookie && web_is_random(cookie, TOKEN_BYTES) ? g_strdup(cookie) : web_random(TOKEN_BYTES);
    turn_add(web->options.turn, &o->job);
}

/* --- what a screen shows
 * --------------------------------------------------------------------------------------------- */

/* Somebody else's browser holds the token. */
struct reporting {
    struct turn_job job;
    struct web *web;
    char *token; /* digest */
};

static void run_reporting(struct turn_job *job)
{
    struct reporting *r = (struct reporting *)job;

    r->web->options.screens.report(r->web->options.screens.data, r->token);
}

static void reported(struct turn_job *job, enum turn_end end)
{
    (void)end; /* the next look of that browser reports it again */
    g_free(((struct reporting *)job)->token);
    g_free(job);
}

static void report(struct web *web, const char *token)
{
    struct reporting *r = g_new0(struct reporting, 1);

    r->job = (struct turn_job){ .run = run_reporting, .done = reported };
    r->web = web;
    r->token = g_strdup(token);
    turn_add(web->options.turn, &r->job);
}

static void screen_state(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *token = http_header(request, "X-Screen"), *cookie = http_cookie(request, "banzhang_screen");
    g_autoptr(GString) json = g_string_new(NULL);

    http_set(request, "Cache-Control", "no-store");
    if (!token || !web_is_random(token, TOKEN_BYTES)) {
        web_refuse(web, request, 404, "lost.screen");
        return;
    }
    g_autofree char *digest = web_digest(token), *browser = web_digest(cookie ? cookie : "");

    switch (web->options.screens.look(web->options.screens.data, digest, browser, json)) {
    case WEB_SCREEN_SHOWN:
        http_json(request, 200, json->str);
        return;
    case WEB_SCREEN_UNKNOWN:
        web_refuse(web, request, 404, "lost.screen");
        return;
    case WEB_SCREEN_REPORT:
        report(web, digest);
        break;
    case WEB_SCREEN_ELSEWHERE:
        break;
    }
    web_refuse(web, request, 403, "lost.screen_other");
}

/* --- the QR
 * ------------------------------------------------------------------------------------------------------ */

static bool is_code(const char *text)
{
    return text && strlen(text) == 6 && strspn(text, "0123456789") == 6;
}

/* Draws the modules, a run of dark ones as one rectangle. */
static void draw(const QRcode *qr, GString *svg)
{
    int whole = qr->width + 2 * QUIET_ZONE;

    g_string_append_printf(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\" height=\"1000\" viewBox=\"0 0 %d %d\" "
        "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
        whole, whole, whole, whole);
    for (int y = 0; y < qr->width; y++) {
        const unsigned char *row = qr->data + (size_t)y * (size_t)qr->width;

        for (int x = 0, run; x < qr->width; x += run) {
            for (run = 1; x + run < qr->width && (row[x + run] & 1) == (row[x] & 1);)
                run++;
            if (row[x] & 1)
                g_string_append_printf(svg, "M%d %dh%dv1h-%dz", x + QUIET_ZONE, y + QUIET_ZONE, run, run);
        }
    }
    g_string_append(svg, "\"/></svg>");
}

/* The QR of ?code=: it tells nobody more than who asks knows already, so no token is wanted. */
static void screen_qr(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *code = http_query(request, "code");

    if (!is_code(code)) {
        http_error(request, 400, "code must be six digits");
        return;
    }
    g_autofree char *url =
        g_strdup_printf("%s/s/%s", web->options.screens.address(web->options.screens.data), code);
    QRcode *qr = QRcode_encodeString8bit(url, 0, QR_ECLEVEL_M);
    g_autoptr(GString) svg = g_string_new(NULL);

    if (!qr) {
        http_error(request, 404, "the address is too long for a QR");
        return;
    }
    draw(qr, svg);
    QRcode_free(qr);
    http_set(request, "Cache-Control", "private, max-age=300");
    http_answer(request, 200, "image/svg+xml", svg->str, svg->len);
}

/* --- what the QR opens
 * -------------------------------------------------------------------------------------------- */

static void scanned(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *tail = http_tail(request), *slash = strchr(tail, '/');
    g_autofree char *code = g_strndup(tail, slash ? (gsize)(slash - tail) : strlen(tail));
    g_autoptr(GString) json = g_string_new(NULL);

    if (!is_code(code) || (slash && slash[1] && strcmp(slash, "/ways") != 0)) {
        web_refuse(web, request, 404, "lost.scan");
    } else if (slash && slash[1]) {
        web->options.screens.ways(web->options.screens.data, code, json);
        http_set(request, "Cache-Control", "no-store");
        http_json(request, 200, json->str);
    } else {
        web_page(request, web, 200, "scan.html");
    }
}

void web_screen_routes(struct web *web)
{
    const struct http_route routes[] = {
        { .method = "GET", .path = "/screen", .quick = true, .handle = screen_page, .data = web },
        { .method = "GET", .path = "/screen/state", .handle = screen_state, .data = web },
        { .method = "GET", .path = "/screen/qr.svg", .quick = true, .handle = screen_qr, .data = web },
        { .method = "POST",
          .path = "/screen/open",
          .json = true,
          .max_body = 256,
          .handle = screen_open,
          .data = web },
        { .method = "GET", .path = "/s/*", .handle = scanned, .data = web },
    };

    g_array_append_vals(web->routes, routes, G_N_ELEMENTS(routes));
}
