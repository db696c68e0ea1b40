#include "bot/server.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/control.h"
#include "bot/core/clock.h"
#include "bot/core/fetch.h"
#include "bot/core/http.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/reserve.h"
#include "bot/core/secret.h"
#include "bot/backup.h"
#include "bot/backup_daily.h"
#include "bot/operations.h"
#include "bot/pages.h"
#include "bot/platform/telegram.h"
#include "bot/platform/web.h"
#include "bot/platform/wecom.h"
#include "bot/school/flood.h"
#include "bot/school/phone.h"
#include "bot/server_private.h"
#include "handlers/table.h"

enum { DRAIN_MS = 10000 }; /* how long running sends are waited for at the end */

/* --- the school, with or without a server
 * -------------------------------------------------------------------------- */

/* Creates or upgrades every table. */
static bool migrate(struct store *store, GError **error)
{
    g_autofree struct audited *audited = school_audits(handlers);

    return inbox_migrate(store, error) && outbox_migrate(store, error) && timers_migrate(store, error) &&
           files_migrate(store, error) && web_migrate(store, error) &&
           school_migrate(store, handlers, error) && audit_watch(store, audited, error);
}

/* Sets the class clock: where it stood, else where the sandbox begins; without the sandbox it runs. */
static void set_clock(struct server *server)
{
    int64_t kept = timers_clock_kept(server->school.store);

    if (server->config->sandbox.enabled && server->config->sandbox.clock)
        clock_stop(kept ? kept : server->config->sandbox.clock);
}

/* Joins faults into the one sentence that the operator reads. */
static char *all_faults(GPtrArray *faults)
{
    g_ptr_array_add(faults, NULL);
    char *text = g_strjoinv("\n", (char **)faults->pdata);

    g_ptr_array_remove_index(faults, faults->len - 1);
    return text;
}

/* Which platforms a person may be told on. */
static unsigned platforms_of(const struct config *config)
{
    return 1U << PLATFORM_WEB | (config->telegram.enabled ? 1U << PLATFORM_TELEGRAM : 0) |
           (config->wecom.enabled ? 1U << PLATFORM_WECOM : 0);
}

/* Opens the store and all that a command of the machine needs. False and *ret_error on failure. */
static bool open_school(struct server *server, struct config *config, char **ret_error)
{
    g_autofree char *path = g_build_filename(config->data_dir, "banzhang.db", NULL);
    g_autofree char *master = config_master_key(config);
    g_autofree char *files = g_build_filename(config->data_dir, "files", NULL);
    g_autofree char *locales = g_build_filename(config->share_dir, "locales", NULL);
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    struct school *school = &server->school;

    server->config = config;
    if (!secret_load(config->data_dir, server->secret, ret_error))
        return false;
    if (!locale_load(locales, faults)) {
        *ret_error = all_faults(faults);
        return false;
    }
    school->store = store_open(path, &error);
    school->audit = school->store ? audit_open(school->store, server->secret, &error) : NULL;
    if (school->audit && migrate(school->store, &error))
        school->vault = vault_open(school->store, master, &error);
    if (!school->vault || !phone_seal_all(school->store, school->vault, &error)) {
        *ret_error = g_strdup(error->message);
        return false;
    }
    server->zone = g_time_zone_new_identifier(config->zone);
    set_clock(server);
    school->turn = turn_new(school->store);
    server->loop = loop_new(school->turn);
    school->outbox = outbox_new(school->store, school->turn, server->loop);
    outbox_set_zone(school->outbox, server->zone);
    school->timers = timers_new(school->store, school->turn, server->loop);
    school->files = files_new(school->store, school->turn, server->loop, files, &error);
    if (!school->files) {
        *ret_error = g_strdup(error->message);
        return false;
    }
    school->loop = server->loop;
    school->handlers = handlers;
    school->public_url = config->public_url;
    school->share_dir = config->share_dir;
    school->secret = server->secret;
    school->sandbox = config->sandbox.enabled;
    school->quota =
        (struct quota){ config->limits.file, config->limits.files_of_person, config->limits.files_of_class };
    school->platforms = platforms_of(config);
    if (!school_open(school, faults)) {
        *ret_error = all_faults(faults);
        return false;
    }
    return true;
}

static void close_school(struct server *server)
{
    struct school *school = &server->school;

    school_close(school);
    files_free(school->files);
    timers_free(school->timers);
    outbox_free(school->outbox);
    turn_free(school->turn);
    loop_free(server->loop);
    backup_daily_free(server->daily);
    vault_free(school->vault);
    store_close(school->store);
    if (server->zone)
        g_time_zone_unref(server->zone);
    locale_unload();
}

/* For one command of the machine. */
static struct school *open_for_command(struct config *config, char **ret_error)
{
    struct server *server = g_new0(struct server, 1);

    if (open_school(server, config, ret_error))
        return &server->school;
    store_close(server->school.store); /* the rest goes with the process, which ends */
    g_free(server);
    return NULL;
}

static void close_after_command(struct school *school)
{
    struct server *server = (struct server *)((char *)school - G_STRUCT_OFFSET(struct server, school));

    close_school(server);
    g_free(server);
}

/* --- serving
 * ----------------------------------------------------------------------------------------------------------
 */

/* At start only the line that sums an import up is said: the others name people, and this goes into a
 * journal. */
static void say_last_line(GString *out)
{
    if (out->len && out->str[out->len - 1] == '\n')
        g_string_truncate(out, out->len - 1);
    const char *before = strrchr(out->str, '\n');

    puts(before ? before + 1 : out->str);
}

/* Imports the classes that the configuration names; what is wrong with one keeps the server from starting. */
static bool import_classes(struct server *server, char **ret_error)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) out = g_string_new(NULL);
    struct store *store = server->school.store;
    bool ok = true;

    for (guint i = 0; ok && i < server->config->classes->len; i++) {
        g_string_truncate(out, 0);
        ok = store_begin(store) &&
             command_import_class(&server->place, server->config->classes->pdata[i], out, faults) &&
             store_commit(store);
        if (!ok)
            store_rollback(store);
        else
            say_last_line(out);
    }
    if (!ok)
        *ret_error = faults->len ? all_faults(faults) : g_strdup("the store refused the classes");
    return ok;
}

/* SIGHUP: locales, forms and holidays anew; a fault keeps the old ones. */
static void reload(void *data)
{
    struct server *server = data;
    g_autofree char *locales = g_build_filename(server->config->share_dir, "locales", NULL);
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);

    if (locale_load(locales, faults) && school_reload(&server->school, faults))
        log_info("server.reloaded", "faults=0");
    else
        log_error("server.reload_refused", "faults=%u first=\"%s\"", faults->len,
                  faults->len ? (char *)faults->pdata[0] : "");
}

/* Without a public_url of its own the server is found where it listens, at the port it was given. */
static void name_ourselves(struct server *server)
{
    g_autofree char *guess = g_strdup_printf("http://%s", server->config->listen);

    if (strcmp(server->config->public_url, guess) == 0)
        server->school.public_url = http_url(server->http);
}

/* After a request that was answered without a turn: false when the store could not be read, which is then as
 * before. */
static bool was_readable(void *data)
{
    struct store *store = data;

    if (store_state(store) == STORE_FINE)
        return true;
    store_rollback(store);
    return false;
}

/* The disk was full: whether there is room now. */
static bool make_room(void *data)
{
    return reserve_give_up(data);
}

bool server_build(struct server *server, char **ret_error)
{
    struct school *school = &server->school;

    school->flood = flood_new(server->config->limits.per_minute);
    turn_on_full(school->turn, make_room, server->reserve);
    files_reserve(school->files, server->reserve);
    server->place = (struct command_place){ school, server->config };
    server->fetch = fetch_new(server->loop);
    server->inbox =
        inbox_new(school->store, school->turn, school->outbox, school_receive, school_apologise, school);
    server->operations = operations_new(&(struct operations_options){ .config = server->config,
                                                                      .school = school,
                                                                      .loop = server->loop,
                                                                      .inbox = server->inbox,
                                                                      .reserve = server->reserve });
    if (!server_start_platforms(server, ret_error) || !import_classes(server, ret_error))
        return false;
    server->control = control_start(server->loop, school->turn, server->config->data_dir, command_execute,
                                    &server->place, ret_error);
    if (!server->control)
        return false;
    int silence = (int)server->config->limits.header_timeout;

    server->http = http_new(server->loop, server->config->listen, silence, ret_error);
    if (!server->http)
        return false;
    http_bodies(server->http, (size_t)server->config->limits.bodies);
    http_public(server->http, server->config->public_url);
    http_only_if(server->http, was_readable, school->store);
    server_give_routes(server);
    name_ourselves(server);
    if (server->config->metrics_listen) {
        server->metrics = http_new(server->loop, server->config->metrics_listen, silence, ret_error);
        if (!server->metrics)
            return false;
        http_routes(server->metrics, operations_metrics(), 1);
    }
    loop_on_hangup(server->loop, reload, server);
    return true;
}

/* From here on messages are taken and sent. */
static void begin(struct server *server)
{
    timers_start(server->school.timers);
    school_started(&server->school);
    files_start(server->school.files);
    if (server->telegram)
        telegram_start(server->telegram);
    if (server->wecom)
        wecom_start(server->wecom);
    outbox_start(server->school.outbox);
    reserve_watch(server->reserve, server->loop, operations_disk, server->operations);
    if (server->config->sandbox.enabled)
        printf("chat page: %s/chat\n", http_url(server->http));
    if (server->metrics)
        printf("metrics: %s/metrics\n", http_url(server->metrics));
    printf("listening on %s\n", http_url(server->http));
    fflush(stdout);
    operations_ready(server->operations);
    server->daily = backup_daily_new(server->config, &server->school, server->operations);
}

static bool nothing_runs(void *data)
{
    struct server *server = data;

    return http_idle(server->http) && outbox_idle(server->school.outbox);
}

/* Finishes the turn, answers what is held, waits for running sends, closes. */
static void end(struct server *server)
{
    operations_stopping(server->operations);
    control_stop(server->control);
    http_quiesce(server->http);
    outbox_hold(server->school.outbox);
    loop_drain(server->loop, DRAIN_MS, nothing_runs, server);
    loop_settle(server->loop);
    http_free(server->http);
    http_free(server->metrics);
    telegram_free(server->telegram);
    wecom_free(server->wecom);
    fetch_free(server->fetch);
    operations_free(server->operations);
    web_free(server->web);
    g_free(server->web_dir);
    inbox_free(server->inbox);
    flood_free(server->school.flood);
    g_array_free(server->routes, TRUE);
    close_school(server);
    reserve_free(server->reserve);
}

/* `banzhang serve`. */
static int serve(struct config *config)
{
    g_autofree char *error = NULL;
    static struct server whole; /* static: what a failed start leaves behind ends with the process */
    struct server *server = &whole;
    int lock = control_lock(config->data_dir, 2000, &error);

    if (lock < 0) {
        fprintf(stderr, "banzhang: %s\n", error ? error : "another server runs on this data_dir");
        return 1;
    }
    int hold = backup_hold(config->data_dir); /* for what it takes away: copies that a crash left */

    if (hold >= 0)
        close(hold);
    server->reserve = reserve_new(config->data_dir, config->limits.reserve);
    if (!open_school(server, config, &error) || !server_build(server, &error)) {
        fprintf(stderr, "banzhang: %s\n", error);
        return 1;
    }
    begin(server);
    loop_run(server->loop);
    end(server);
    close(lock);
    return 0;
}

const struct command_host server_host = { .serve = serve,
                                          .open = open_for_command,
                                          .close = close_after_command };
