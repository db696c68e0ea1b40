#include "bot/server_private.h"

#include "bot/menus.h"
#include "bot/operations.h"
#include "bot/pages.h"
#include "bot/platform/telegram.h"
#include "bot/platform/web.h"
#include "bot/platform/wecom.h"
#include "bot/upload_pages.h"

static void start_web(struct server *server)
{
    struct school *school = &server->school;
    struct config *config = server->config;
    server->web_dir = g_build_filename(config->share_dir, "web", NULL);
    struct web_options options = { .web_dir = server->web_dir,
                                   .public_url = config->public_url,
                                   .sandbox = config->sandbox.enabled,
                                   .clock_fixed = config_reaches_out(config),
                                   .upload = (size_t)config->limits.upload,
                                   .zone = server->zone,
                                   .people = pages_people(school),
                                   .screens = screen_pages(&server->screens),
                                   .uploads = upload_pages(school),
                                   .calls = pages_calls(school),
                                   .loop = server->loop,
                                   .store = school->store,
                                   .turn = school->turn,
                                   .inbox = server->inbox,
                                   .outbox = school->outbox,
                                   .files = school->files,
                                   .timers = school->timers };

    server->screens.school = school;
    server->web = web_new(&options);
}

static bool start_telegram(struct server *server, char **ret_error)
{
    struct school *school = &server->school;
    struct config *config = server->config;
    g_autoptr(GError) error = NULL;
    struct telegram_options options = menus_telegram(school);
    struct telegram_parts parts = { server->loop,   school->store, school->turn, server->inbox,
                                    school->outbox, server->fetch, school->files };

    options.token = config->telegram.token;
    options.secret = config->telegram.secret;
    options.polling = config->telegram.mode == TELEGRAM_POLLING;
    options.api_base = config->telegram.api_base;
    options.public_url = config->public_url;
    options.rate = config->telegram.rate;
    options.max_body = (size_t)config->limits.body;
    options.alarm = operations_alarm;
    options.alarm_data = server->operations;
    server->telegram = telegram_new(&options, &parts, &error);
    if (!server->telegram)
        *ret_error = g_strdup(error->message);
    server->screens.telegram = server->telegram;
    return server->telegram != NULL;
}

static bool start_wecom(struct server *server, char **ret_error)
{
    struct school *school = &server->school;
    struct config *config = server->config;
    static const enum wecom_show shows[] = {
        [WECOM_CARD] = WECOM_SHOW_CARD, [WECOM_TEXT] = WECOM_SHOW_TEXT, [WECOM_BOTH] = WECOM_SHOW_BOTH
    };

    server->wecom = wecom_new(&(struct wecom_options){ .corp_id = config->wecom.corp_id,
                                                       .secret = config->wecom.secret,
                                                       .token = config->wecom.token,
                                                       .encoding_aes_key = config->wecom.encoding_aes_key,
                                                       .api_base = config->wecom.api_base,
                                                       .agent_id = config->wecom.agent_id,
                                                       .show = shows[config->wecom.buttons],
                                                       .per_second = config->wecom.rate,
                                                       .max_body = (size_t)config->limits.body,
                                                       .lang = config->locale,
                                                       .loop = server->loop,
                                                       .fetch = server->fetch,
                                                       .inbox = server->inbox,
                                                       .outbox = school->outbox,
                                                       .files = school->files,
                                                       .alarm = operations_alarm,
                                                       .alarm_data = server->operations });
    if (!server->wecom)
        *ret_error = g_strdup("wecom.encoding_aes_key is no EncodingAESKey: 43 letters and digits");
    server->screens.wecom = server->wecom != NULL;
    return server->wecom != NULL;
}

bool server_start_platforms(struct server *server, char **ret_error)
{
    start_web(server);
    return (!server->config->telegram.enabled || start_telegram(server, ret_error)) &&
           (!server->config->wecom.enabled || start_wecom(server, ret_error));
}

static void add_routes(struct server *server, const struct http_route *routes, size_t count)
{
    g_array_append_vals(server->routes, routes, (guint)count);
}

void server_give_routes(struct server *server)
{
    size_t count;
    const struct http_route *routes = web_routes(server->web, &count);

    server->routes = g_array_new(FALSE, FALSE, sizeof(struct http_route));
    add_routes(server, routes, count);
    struct http_route links[LINK_ROUTES];

    server->links = (struct link_host){ &server->school, server->web };
    link_routes(&server->links, links);
    add_routes(server, links, LINK_ROUTES);
    routes = operations_routes(server->operations, &count);
    add_routes(server, routes, count);
    if (server->telegram) {
        routes = telegram_routes(server->telegram, &count);
        add_routes(server, routes, count);
    }
    if (server->wecom) {
        routes = wecom_routes(server->wecom, &count);
        add_routes(server, routes, count);
    }
    http_routes(server->http, (const struct http_route *)(void *)server->routes->data, server->routes->len);
}
