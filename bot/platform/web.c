#include "bot/platform/web_private.h"

#include "bot/core/store.h"

static const char *const schema[] = {
    "CREATE TABLE web_browser (" /* a browser that joined by link: its cookie, as a digest */
    "  digest TEXT PRIMARY KEY, account TEXT NOT NULL, made INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

bool web_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "web", schema, error);
}

/* --- the personal page
 * -------------------------------------------------------------------------------------------- */

/* The account of the browser's cookie; answers 401 when there is none. */
static const char *known_account(struct web *web, struct http_request *request, char ret[64])
{
    const char *account = web_account(web, request, ret);

    if (!account)
        web_refuse(web, request, 401, "lost.browser");
    return account;
}

static void me_page(struct http_request *request, void *data)
{
    web_page(request, data, 200, "me.html");
}

static void me_profile(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(GString) json = g_string_new(NULL);
    char buffer[64];
    const char *account = known_account(web, request, buffer);

    if (!account)
        return;
    if (web->options.people.profile(web->options.people.data, account, json))
        http_json(request, 200, json->str);
    else
        web_refuse(web, request, 401, "lost.browser");
}

static void me_read(struct http_request *request, void *data)
{
    char buffer[64];
    const char *account = known_account(data, request, buffer);

    if (account)
        web_answer_messages(data, request, account, true);
}

/* Whose cookie is good may send files. */
static bool knows_browser(struct http_request *request, void *data)
{
    char buffer[64];

    return web_account(data, request, buffer) != NULL;
}

static void me_say(struct http_request *request, void *data)
{
    char buffer[64];
    const char *account = known_account(data, request, buffer);
    g_autoptr(cJSON) body = account ? web_body(request) : NULL;

    if (body)
        web_take_message(data, request, body, account, NULL, ((struct web *)data)->options.upload);
}

static void chat_page(struct http_request *request, void *data)
{
    web_page(request, data, 200, "chat.html");
}

/* --- routes
 * ------------------------------------------------------------------------------------------------------- */

static void add_routes(struct web *web)
{
    size_t body = web->options.upload / 3 * 4 + 65536; /* base64, and the rest of the message */
    const struct http_route always[] = {
        { .method = "GET", .path = "/static/*", .quick = true, .handle = web_static, .data = web },
        { .method = "GET", .path = "/files/*", .handle = web_file, .data = web },
        { .method = "GET", .path = "/j/*", .handle = web_join_page, .data = web },
        { .method = "POST", .path = "/j/*", .json = true, .max_body = 4096, .handle = web_join, .data = web },
        { .method = "GET", .path = "/me", .quick = true, .handle = me_page, .data = web },
        { .method = "GET", .path = "/me/profile", .handle = me_profile, .data = web },
        { .method = "GET", .path = "/me/messages", .handle = me_read, .data = web },
        { .method = "POST",
          .path = "/me/messages",
          .json = true,
          .max_body = body,
          .knows = knows_browser,
          .handle = me_say,
          .data = web },
    };
    const struct http_route sandbox[] = {
        { .method = "GET", .path = "/chat", .local = true, .quick = true, .handle = chat_page, .data = web },
        { .method = "GET",
          .path = "/sandbox/messages",
          .local = true,
          .handle = web_sandbox_read,
          .data = web },
        { .method = "POST",
          .path = "/sandbox/messages",
          .local = true,
          .json = true,
          .max_body = body,
          .handle = web_sandbox_say,
          .data = web },
        { .method = "GET",
          .path = "/sandbox/people",
          .local = true,
          .handle = web_sandbox_people,
          .data = web },
        { .method = "GET",
          .path = "/sandbox/clock",
          .local = true,
          .handle = web_sandbox_clock,
          .data = web },
        { .method = "POST",
          .path = "/sandbox/clock",
          .local = true,
          .json = true,
          .max_body = 4096,
          .handle = web_sandbox_move,
          .data = web },
    };

    web->routes = g_array_new(FALSE, FALSE, sizeof(struct http_route));
    g_array_append_vals(web->routes, always, G_N_ELEMENTS(always));
    web_screen_routes(web);
    web_upload_routes(web);
    web_ballot_routes(web);
    if (web->options.sandbox)
        g_array_append_vals(web->routes, sandbox, G_N_ELEMENTS(sandbox));
}

struct web *web_new(const struct web_options *options)
{
    struct web *web = g_new0(struct web, 1);

    web->options = *options;
    web->screens_by_address = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    web->platform = (struct platform){ .id = PLATFORM_WEB, .stores = true, .self = web };
    outbox_platform(options->outbox, &web->platform);
    add_routes(web);
    return web;
}

void web_free(struct web *web)
{
    if (!web)
        return;
    g_array_free(web->routes, TRUE);
    g_hash_table_destroy(web->busy_parts);
    g_hash_table_destroy(web->screens_by_address);
    g_free(web);
}

const struct http_route *web_routes(struct web *web, size_t *ret_count)
{
    *ret_count = web->routes->len;
    return (const struct http_route *)(void *)web->routes->data;
}
