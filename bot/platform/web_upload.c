/* One-time upload pages: /u/TOKEN. A file comes in pieces, each at its place and on the disk before it is
 * answered, so that a bad line costs one piece and doubles nothing. Handing over goes the way of any message:
 * the page presses a button of the chat it belongs to. */
#include <string.h>

#include "bot/core/files.h"
#include "bot/core/turn.h"
#include "bot/platform/web_private.h"

enum { TOKEN_BYTES = 18, KEY_MAX = 100, NAME_MAX_BYTES = 400, PIECE_MAX = 1 << 20 };

/* The digest of the page a request is for, and what follows its token; NULL after answering 404. */
static char *page_of(struct web *web, struct http_request *request, const char **ret_rest)
{
    const char *tail = http_tail(request), *slash = strchr(tail, '/');
    g_autofree char *token = g_strndup(tail, slash ? (gsize)(slash - tail) : strlen(tail));

    *ret_rest = slash ? slash + 1 : "";
    http_set(request, "Cache-Control", "no-store");
    if (web_is_random(token, TOKEN_BYTES))
        return web_digest(token);
    web_refuse(web, request, 404, "upload.unknown");
    return NULL;
}

static void get(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(GString) json = g_string_new(NULL);
    const char *rest;
    g_autofree char *page = page_of(web, request, &rest);

    if (!page)
        return;
    if (*rest && strcmp(rest, "state") != 0) {
        http_error(request, 404, "nothing is here");
        return;
    }
    int status = web->options.uploads.look(web->options.uploads.data, page, json);

    if (status == 404)
        web_refuse(web, request, 404, "upload.unknown");
    else if (*rest)
        http_json(request, status, json->str);
    else if (status == 200)
        web_page(request, web, 200, "upload.html");
    else
        web_refuse_with(web, request, status, "upload.html", json->str);
}

/* --- a file is announced, or taken back
 * --------------------------------------------------------------------------- */

struct announcing {
    struct turn_job job;
    struct web *web;
    struct http_request *request;
    char *page, *key, *name;
    int64_t size, drop; /* drop: the file that is not wanted, 0 none */
    int status;
    GString *json;
};

static void run_announcing(struct turn_job *job)
{
    struct announcing *a = (struct announcing *)job;
    const struct web_uploads *uploads = &a->web->options.uploads;

    g_string_truncate(a->json, 0);
    if (a->drop) {
        uploads->drop(uploads->data, a->page, a->drop);
        a->status = uploads->look(uploads->data, a->page, a->json);
    } else {
        a->status = uploads->begin(uploads->data, a->page, a->key, a->name, a->size, a->json);
    }
}

static void announced(struct turn_job *job, enum turn_end end)
{
    struct announcing *a = (struct announcing *)job;

    if (end == TURN_DURABLE)
        http_json(a->request, a->status, a->json->str);
    else
        http_busy(a->request, 2);
    g_string_free(a->json, TRUE);
    g_free(a->page);
    g_free(a->key);
    g_free(a->name);
    g_free(a);
}

/* Queues what the body asks for; false when it is malformed. */
static bool announce(struct web *web, struct http_request *request, const char *page, const cJSON *body,
                     bool drop)
{
    const char *key = json_text(body, "key"), *name = json_text(body, "name");
    int64_t size = 0, id = 0;

    if (drop ? !json_int(body, "id", &id) || id <= 0
             : !key || !*key || strlen(key) > KEY_MAX || !name || strlen(name) > NAME_MAX_BYTES ||
                   !json_int(body, "size", &size) || size <= 0)
        return false;
    struct announcing *a = g_new0(struct announcing, 1);

    *a = (struct announcing){ .job = { .run = run_announcing, .done = announced },
                              .web = web,
                              .request = request,
                              .page = g_strdup(page),
                              .key = g_strdup(key),
                              .name = g_strdup(name),
                              .size = size,
                              .drop = id,
                              .json = g_string_new(NULL) };
    turn_add(web->options.turn, &a->job);
    return true;
}

/* --- handing over
 * ------------------------------------------------------------------------------------------------ */

/* One press on the page's button. */
struct handing {
    struct web *web;
    struct http_request *request;
    char *page;
};

/* After the turn: whether its files were taken, or wait for something that they are for. */
static void on_handed(void *data, const struct receipt *receipt)
{
    struct handing *h = data;
    g_autoptr(GString) state = g_string_new(NULL);

    if (receipt->end == INBOX_STORE_FAILED)
        http_busy(h->request, 2);
    else
        http_json(h->request, 200,
                  h->web->options.uploads.look(h->web->options.uploads.data, h->page, state) == 200
                      ? "{\"sent\":false}"
                      : "{\"sent\":true}");
    g_free(h->page);
    g_free(h);
}

/* Presses the button of the chat. The key is the page's: pressing twice hands over once. */
static void hand_over(struct web *web, struct http_request *request, const char *page)
{
    struct pool *pool;
    struct update *update = inbox_draft(web->options.inbox, &pool);
    g_autoptr(GString) why = g_string_new(NULL);
    int status = web->options.uploads.sender(web->options.uploads.data, page, pool, update, why);

    if (status == 200) {
        update->kind = UPDATE_ACTION;
        update->chat = update->account;
        struct handing *h = g_new(struct handing, 1);

        *h = (struct handing){ web, request, g_strdup(page) };
        inbox_submit(web->options.inbox, update, NULL, on_handed, h);
        return;
    }
    inbox_drop(web->options.inbox, update);
    if (status == 409) /* it was handed over, only the answer was lost */
        http_json(request, 200, "{\"sent\":true}");
    else
        http_json(request, status, why->str);
}

static void post(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *rest;
    g_autofree char *page = page_of(web, request, &rest);
    g_autoptr(cJSON) body = page ? web_body(request) : NULL;

    if (!body)
        return;
    if (strcmp(rest, "send") == 0)
        hand_over(web, request, page);
    else if (strcmp(rest, "files") != 0 && strcmp(rest, "drop") != 0)
        http_error(request, 404, "nothing is here");
    else if (!announce(web, request, page, body, strcmp(rest, "drop") == 0))
        http_error(request, 400, "a file has key, name and size; a drop has id");
}

/* --- a piece
 * ------------------------------------------------------------------------------------------------------ */

/* A piece on its way to the disk, then into the store; the last one is followed by the whole file. */
struct piece {
    struct turn_job job;
    struct web *web;
    struct http_request *request;
    char *page, *sha256, *type;
    int64_t part, have, size;
    bool broken; /* there is no whole to be had: its pieces are wanted again */
};

/* The piece is over: frees it and lets the next one of its file in. */
static void piece_end(struct piece *p)
{
    g_hash_table_remove(p->web->busy_parts, &p->part);
    if (p->sha256)
        files_release(p->web->options.files, p->sha256);
    g_free(p->page);
    g_free(p->sha256);
    g_free(p->type);
    g_free(p);
}

static void run_piece(struct turn_job *job)
{
    struct piece *p = (struct piece *)job;
    const struct web_uploads *uploads = &p->web->options.uploads;

    if (p->sha256)
        uploads->whole(uploads->data, p->page, p->part, p->sha256, p->type);
    else
        uploads->wrote(uploads->data, p->part, p->broken ? 0 : p->have);
}

static void piece_durable(struct turn_job *job, enum turn_end end)
{
    struct piece *p = (struct piece *)job;

    if (end != TURN_DURABLE || p->broken) {
        http_busy(p->request, 2);
    } else {
        g_autofree char *json = g_strdup_printf("{\"have\":%" G_GINT64_FORMAT ",\"done\":%s}", p->have,
                                                p->sha256 ? "true" : "false");

        http_json(p->request, 200, json);
    }
    piece_end(p);
}

static void record(struct piece *p)
{
    p->job = (struct turn_job){ .run = run_piece, .done = piece_durable };
    turn_add(p->web->options.turn, &p->job);
}

static void on_whole(void *data, const char *sha256, const char *type)
{
    struct piece *p = data;

    p->sha256 = g_strdup(sha256);
    p->type = g_strdup(type);
    p->broken = !sha256;
    record(p);
}

static void on_written(void *data, enum files_piece end)
{
    struct piece *p = data;

    switch (end) {
    case FILES_PIECE_WROTE:
        if (p->have == p->size)
            files_part_end(p->web->options.files, p->part, p->size, on_whole, p);
        else
            record(p);
        break;
    case FILES_PIECE_REFUSED:
        http_busy(p->request, 5);
        piece_end(p);
        break;
    case FILES_PIECE_TOO_LATE:
        p->broken = true;
        record(p);
        break;
    }
}

/* Takes the piece that begins at `at`. */
static void take_piece(struct web *web, struct http_request *request, const char *page, int64_t part,
                       int64_t at, int64_t size)
{
    size_t len;
    const char *bytes = http_body(request, &len);
    struct piece *p = g_new0(struct piece, 1);

    *p = (struct piece){ .web = web,
                         .request = request,
                         .page = g_strdup(page),
                         .part = part,
                         .have = at + (int64_t)len,
                         .size = size };
    g_hash_table_add(web->busy_parts, g_memdup2(&part, sizeof part));
    if (len)
        files_part_write(web->options.files, part, at, g_memdup2(bytes, len), len, on_written, p);
    else
        files_part_end(web->options.files, part, size, on_whole, p);
}

/* Whoever holds the address of a page may send pieces of what was announced there. */
static bool knows_page(struct http_request *request, void *data)
{
    const struct web_uploads *uploads = &((struct web *)data)->options.uploads;
    const char *tail = http_tail(request), *slash = strchr(tail, '/');
    g_autofree char *token = slash ? g_strndup(tail, (gsize)(slash - tail)) : NULL;
    g_autoptr(GString) why = g_string_new(NULL);
    gint64 part, have, size;

    if (!token || !web_is_random(token, TOKEN_BYTES) ||
        !g_ascii_string_to_signed(slash + 1, 10, 1, G_MAXINT64, &part, NULL))
        return false;
    g_autofree char *page = web_digest(token);

    return uploads->part(uploads->data, page, part, &have, &size, why) == 200;
}

static void put(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *rest, *offset = http_query(request, "at");
    g_autofree char *page = page_of(web, request, &rest);
    g_autoptr(GString) why = g_string_new(NULL);
    gint64 part = 0, at = -1, have = 0, size = 0;
    size_t len;

    if (!page)
        return;
    http_body(request, &len);
    if (!g_ascii_string_to_signed(rest, 10, 1, G_MAXINT64, &part, NULL) || !offset ||
        !g_ascii_string_to_signed(offset, 10, 0, G_MAXINT64, &at, NULL)) {
        http_error(request, 400, "PUT /u/TOKEN/ID?at=OFFSET");
        return;
    }
    int status = web->options.uploads.part(web->options.uploads.data, page, part, &have, &size, why);

    if (status != 200) {
        http_json(request, status, why->str);
    } else if (g_hash_table_contains(web->busy_parts, &part)) {
        http_busy(request, 1);
    } else if (!files_admit(web->options.files, size - have)) {
        http_busy(request, 30); /* the disk is full: the page asks again until there is room */
    } else if (at != have || (int64_t)len > size - have || (len == 0 && have != size)) {
        g_autofree char *json =
            g_strdup_printf("{\"error\":\"not the next piece\",\"have\":%" G_GINT64_FORMAT "}", have);

        http_json(request, 409, json);
    } else {
        take_piece(web, request, page, part, at, size);
    }
}

void web_upload_routes(struct web *web)
{
    const struct http_route routes[] = {
        { .method = "GET", .path = "/u/*", .handle = get, .data = web },
        { .method = "POST", .path = "/u/*", .json = true, .max_body = 4096, .handle = post, .data = web },
        { .method = "PUT",
          .path = "/u/*",
          .max_body = PIECE_MAX,
          .knows = knows_page,
          .handle = put,
          .data = web },
    };

    web->busy_parts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_array_append_vals(web->routes, routes, G_N_ELEMENTS(routes));
}
