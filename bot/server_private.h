/* The server's parts: server.c puts them together and takes them apart, server_platforms.c starts the
 * platforms. */
#ifndef BOT_SERVER_PRIVATE_H
#define BOT_SERVER_PRIVATE_H

#include "bot/commands.h"
#include "bot/core/http.h"
#include "bot/core/secret.h"
#include "bot/link_pages.h"
#include "bot/screen_pages.h"

struct server {
    struct config *config;
    struct school school; /* first what a command needs too … */
    uint8_t secret[SECRET_BYTES];
    struct loop *loop;
    struct reserve *reserve; /* NULL for a command */
    struct fetch *fetch;     /* … then what only a server has */
    struct inbox *inbox;
    struct http *http;
    struct http *metrics; /* NULL without metrics_listen */
    struct web *web;
    char *web_dir;
    struct screen_host screens;
    struct link_host links;
    struct telegram *telegram;
    struct wecom *wecom;
    struct control *control;
    struct operations *operations;
    struct backup_daily *daily;
    struct command_place place;
    GTimeZone *zone;
    GArray *routes;
};

/* Everything that a running server has, around a school that is open; nothing is taken or sent yet. False and
 * *ret_error on failure. */
bool server_build(struct server *, char **ret_error);

/* Makes the platforms that are switched on; they need not be reachable. False and *ret_error on failure. */
bool server_start_platforms(struct server *, char **ret_error);

/* Every route there is, given to the web server. */
void server_give_routes(struct server *);

#endif
