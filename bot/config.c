#include "bot/config.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/core/yaml.h"

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

enum {
    MIB = 1024 * 1024,
    TELEGRAM_RATE = 28,
    WECOM_RATE = 100
}; /* Telegram takes about 30 a second, WeCom 10 000 a minute */

enum { GUESSED_NEVER = 16 }; /* characters of a secret that lets whoever says it speak for Telegram */

const char *config_share_default(void)
{
    // NOLINTNEXTLINE(bugprone-branch-clone): an installation's two places differ, lint's are one
    return g_file_test(BANZHANG_TREE "/locales", G_FILE_TEST_IS_DIR) ? BANZHANG_TREE : BANZHANG_SHARE;
}

bool config_loopback(const char *host)
{
    struct in_addr four;
    if (!host)
        return false;
    return !g_ascii_strcasecmp(host, "localhost") || !strcmp(host, "::1") || !strcmp(host, "[::1]") ||
           (inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127);
}

/* The host of "host:port" or "[host]:port", or NULL when it is neither or the port is none. */
static char *listen_host(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || colon == listen || !colon[1] || strspn(colon + 1, DIGITS) != strlen(colon + 1) ||
        strlen(colon + 1) > 5 || g_ascii_strtoull(colon + 1, NULL, 10) > 65535)
        return NULL;
    bool six = listen[0] == '[' && colon[-1] == ']';
    if (!six && memchr(listen, ':', (size_t)(colon - listen)))
        return NULL;
    return six ? g_strndup(listen + 1, (gsize)(colon - listen) - 2)
               : g_strndup(listen, (gsize)(colon - listen));
}

/* The host of an http(s) address without query or fragment, or NULL. */
static char *url_host(const char *url)
{
    g_autoptr(GUri) uri = g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
    if (!uri || !g_uri_get_host(uri) || !*g_uri_get_host(uri) || g_uri_get_query(uri) ||
        g_uri_get_fragment(uri) ||
        (strcmp(g_uri_get_scheme(uri), "http") != 0 && strcmp(g_uri_get_scheme(uri), "https") != 0))
        return NULL;
    return g_strdup(g_uri_get_host(uri));
}

bool config_plain_http(const struct config *config)
{
    g_autofree char *host = url_host(config->public_url);
    return g_str_has_prefix(config->public_url, "http:") && !config_loopback(host);
}

/* Takes an address from the map, without slashes at its end; one that is no address is a fault. */
static char *take_url(const struct yaml *map, const char *key, const char *missing)
{
    const char *url = yaml_text(map, key, missing);
    g_autofree char *host = url ? url_host(url) : NULL;
    if (url && !host && yaml_get(map, key))
        yaml_fault(yaml_get(map, key), "\"%s\" must be an address as https://class.example.org", key);
    char *copy = g_strdup(url);
    for (size_t len = copy ? strlen(copy) : 0; len > 0 && copy[len - 1] == '/'; len--)
        copy[len - 1] = '\0';
    return copy;
}

/* Takes a secret: there, not empty, unknown to the log, and not for everybody on the machine to read, unless
 * that is a machine where somebody tries things out. */
static char *take_secret(const struct config *config, const struct yaml *map, const char *key,
                         const char *api_base)
{
    const char *secret = yaml_need(map, key);
    g_autofree char *host = api_base ? url_host(api_base) : NULL;
    if (secret)
        log_hide(secret);
    if (secret && !config->sandbox.enabled && !config_loopback(host))
        yaml_guard(yaml_get(map, key));
    return g_strdup(secret);
}

/* Where the server listens and how it is reached. */
static void read_addresses(struct config *config, const struct yaml *top)
{
    static const char *const keys[] = { "listen", "metrics_listen" };
    char **into[] = { &config->listen, &config->metrics_listen };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *listen = yaml_text(top, keys[i], i ? NULL : "127.0.0.1:8080");
        g_autofree char *host = listen ? listen_host(listen) : NULL;
        if (listen && !host)
            yaml_fault(yaml_get(top, keys[i]), "\"%s\" must be an address and a port as 127.0.0.1:8080",
                       keys[i]);
        *into[i] = g_strdup(listen);
    }
    g_autofree char *own = g_strdup_printf("http://%s", config->listen);
    config->public_url = take_url(top, "public_url", own);
}

/* True when the sentences of this language lie in share_dir. */
static bool have_locale(const struct config *config, const char *locale)
{
    g_autofree char *file = g_strdup_printf("%s/locales/%s.json", config->share_dir, locale);
    return strspn(locale, LETTERS "-") == strlen(locale) && g_file_test(file, G_FILE_TEST_EXISTS);
}

/* Where things lie, and what time and language they are in. */
static void read_places(struct config *config, const struct yaml *top)
{
    struct stat about;
    config->data_dir = g_strdup(yaml_text(top, "data_dir", "var"));
    if (stat(config->data_dir, &about) == 0 && (about.st_mode & S_IWOTH))
        yaml_fault(yaml_get(top, "data_dir") ? yaml_get(top, "data_dir") : top,
                   "everybody on this machine may put files into %s; chmod 700 it", config->data_dir);
    config->master_key = g_strdup(yaml_text(top, "master_key", NULL));
    config->share_dir = g_strdup(yaml_text(top, "share_dir", config_share_default()));
    if (!g_file_test(config->share_dir, G_FILE_TEST_IS_DIR) && yaml_get(top, "share_dir"))
        yaml_fault(yaml_get(top, "share_dir"), "there is no folder %s", config->share_dir);
    config->zone = g_strdup(yaml_text(top, "timezone", "Asia/Shanghai"));
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->zone);
    if (!zone && yaml_get(top, "timezone"))
        yaml_fault(yaml_get(top, "timezone"), "there is no time zone \"%s\"", config->zone);
    config->locale = g_strdup(yaml_text(top, "locale", "zh-CN"));
    if (yaml_get(top, "locale") && !have_locale(config, config->locale))
        yaml_fault(yaml_get(top, "locale"), "there is no language \"%s\"", config->locale);
    const struct yaml *classes = yaml_list(top, "classes");
    for (size_t i = 0; i < yaml_count(classes); i++) {
        const char *path = yaml_scalar(yaml_at(classes, i));
        if (path && !g_file_test(path, G_FILE_TEST_IS_REGULAR))
            yaml_fault(yaml_at(classes, i), "there is no file %s", path);
        g_ptr_array_add(config->classes, g_strdup(path ? path : ""));
    }
}

/* The sandbox: its clock, and whether it stays on this machine. */
static void read_sandbox(struct config *config, const struct yaml *top)
{
    static const char *const keys[] = { "enabled", "clock", NULL };
    const struct yaml *map = yaml_map(top, "sandbox");
    if (!map)
        return;
    yaml_allow(map, keys);
    config->sandbox.enabled = yaml_bool(map, "enabled", false);
    const char *clock = yaml_text(map, "clock", NULL);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->zone);
    g_autoptr(GDateTime) at = clock ? g_date_time_new_from_iso8601(clock, zone) : NULL;
    if (clock && !at)
        yaml_fault(yaml_get(map, "clock"), "\"clock\" must be a time as 2026-03-02T08:00:00+08:00");
    config->sandbox.clock = at ? g_date_time_to_unix(at) : 0;
    if (!config->sandbox.enabled)
        return;
    g_autofree char *listen = listen_host(config->listen), *host = url_host(config->public_url);
    if (listen && !config_loopback(listen))
        yaml_fault(yaml_get(top, "listen") ? yaml_get(top, "listen") : map,
                   "with the sandbox on, \"listen\" must be a loopback address as 127.0.0.1:8080");
    if (host && !config_loopback(host))
        yaml_fault(yaml_get(top, "public_url") ? yaml_get(top, "public_url") : map,
                   "with the sandbox on, the host of \"public_url\" must be loopback");
}

/* Telegram's section; being there is being on. */
static void read_telegram(struct config *config, const struct yaml *top)
{
    static const char *const keys[] = { "enabled", "token", "secret", "mode", "api_base", "rate", NULL };
    static const char *const modes[] = { "webhook", "polling", NULL };
    const struct yaml *map = yaml_map(top, "telegram");
    if (!map)
        return;
    yaml_allow(map, keys);
    config->telegram.mode = yaml_word(map, "mode", modes, 0) ? TELEGRAM_POLLING : TELEGRAM_WEBHOOK;
    config->telegram.api_base = take_url(map, "api_base", "https://api.telegram.org");
    config->telegram.rate = (int)yaml_int(map, "rate", TELEGRAM_RATE, 0, 1000000);
    config->telegram.enabled = yaml_bool(map, "enabled", true);
    if (!config->telegram.enabled)
        return;
    config->telegram.token = take_secret(config, map, "token", config->telegram.api_base);
    if (config->telegram.mode == TELEGRAM_WEBHOOK || yaml_get(map, "secret"))
        config->telegram.secret = take_secret(config, map, "secret", config->telegram.api_base);
    const char *token = config->telegram.token, *secret = config->telegram.secret;
    if (token && strspn(token, LETTERS DIGITS "_-:") != strlen(token))
        yaml_fault(yaml_get(map, "token"), "\"token\" has characters that no bot token has");
    g_autofree char *host = url_host(config->telegram.api_base);
    size_t least = config->telegram.mode == TELEGRAM_POLLING || config_loopback(host) ? 1 : GUESSED_NEVER;
    if (secret && (strlen(secret) < least || strlen(secret) > 256 ||
                   strspn(secret, LETTERS DIGITS "_-") != strlen(secret)))
        yaml_fault(yaml_get(map, "secret"), "\"secret\" must be %zu to 256 of A-Z a-z 0-9 _ -", least);
}

/* WeCom's section; being there is being on. */
static void read_wecom(struct config *config, const struct yaml *top)
{
    static const char *const keys[] = { "enabled",          "corp_id",  "agent_id", "secret", "token",
                                        "encoding_aes_key", "api_base", "buttons",  "rate",   NULL };
    static const char *const buttons[] = { "card", "text", "both", NULL };
    const struct yaml *map = yaml_map(top, "wecom");
    if (!map)
        return;
    yaml_allow(map, keys);
    config->wecom.buttons = (enum wecom_buttons)yaml_word(map, "buttons", buttons, WECOM_CARD);
    config->wecom.api_base = take_url(map, "api_base", "https://qyapi.weixin.qq.com");
    config->wecom.rate = (int)yaml_int(map, "rate", WECOM_RATE, 0, 1000000);
    config->wecom.enabled = yaml_bool(map, "enabled", true);
    if (!config->wecom.enabled)
        return;
    config->wecom.corp_id = g_strdup(yaml_need(map, "corp_id"));
    config->wecom.secret = take_secret(config, map, "secret", config->wecom.api_base);
    config->wecom.token = take_secret(config, map, "token", config->wecom.api_base);
    config->wecom.encoding_aes_key = take_secret(config, map, "encoding_aes_key", config->wecom.api_base);
    if (!yaml_get(map, "agent_id"))
        yaml_fault(map, "\"agent_id\" is missing");
    config->wecom.agent_id = yaml_int(map, "agent_id", 0, 1, INT32_MAX);
    const char *key = config->wecom.encoding_aes_key;
    if (key && (strlen(key) != 43 || strspn(key, LETTERS DIGITS "+/") != 43))
        yaml_fault(yaml_get(map, "encoding_aes_key"), "\"encoding_aes_key\" must be 43 of A-Z a-z 0-9 + /");
}

/* Limits of rate, body and time. */
static void read_limits(struct config *config, const struct yaml *top)
{
    const struct {
        const char *key;
        int64_t *into, missing, min, max;
    } limits[] = {
        { "body", &config->limits.body, MIB, 4096, 64 * MIB },
        { "upload", &config->limits.upload, 20 * MIB, MIB, 64 * MIB },
        { "bodies", &config->limits.bodies, 128 * MIB, 2 * MIB, 1024 * MIB },
        { "file", &config->limits.file, 40 * MIB, MIB, (int64_t)2048 * MIB },
        { "files_of_person", &config->limits.files_of_person, 500 * MIB, MIB, (int64_t)1024 * 1024 * MIB },
        { "files_of_class", &config->limits.files_of_class, (int64_t)10 * 1024 * MIB, MIB,
          (int64_t)1024 * 1024 * MIB },
        { "reserve", &config->limits.reserve, 16 * MIB, 0, (int64_t)1024 * MIB },
        { "header_timeout", &config->limits.header_timeout, 30, 1, 3600 },
        { "per_minute", &config->limits.per_minute, 60, 0, 60000 },
        { "inbox_days", &config->limits.inbox_days, 7, 1, 3650 },
        { "outbox_days", &config->limits.outbox_days, 30, 1, 3650 },
        { "sandbox_days", &config->limits.sandbox_days, 90, 1, 3650 },
    };
    const char *keys[G_N_ELEMENTS(limits) + 1] = { NULL };
    const struct yaml *map = yaml_map(top, "limits");
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        keys[i] = limits[i].key;
        *limits[i].into = yaml_int(map, limits[i].key, limits[i].missing, limits[i].min, limits[i].max);
    }
    if (map)
        yaml_allow(map, keys);
    if (config->limits.bodies < 2 * config->limits.upload)
        yaml_fault(yaml_get(map, "bodies") ? yaml_get(map, "bodies") : yaml_get(map, "upload"),
                   "\"bodies\" must be at least twice \"upload\"");
}

/* Whether it is an hour of the day as "03:30". */
static bool is_hour(const char *text)
{
    return strlen(text) == 5 && text[2] == ':' && strspn(text, DIGITS ":") == 5 &&
           strncmp(text, "23", 2) <= 0 && strncmp(text + 3, "59", 2) <= 0;
}

/* The hours of "day", "hour" or "6 hours"; 0 when it is none of them, or no whole part of a day. */
static int64_t hours_of(const char *text)
{
    char *end;
    int64_t hours = g_ascii_strtoll(text, &end, 10);

    if (!strcmp(text, "day") || !strcmp(text, "hour"))
        return strcmp(text, "day") == 0 ? 24 : 1;
    return !strcmp(end, " hours") && hours > 0 && hours <= 24 && 24 % hours == 0 ? hours : 0;
}

/* The backups that are made by themselves. */
static void read_backup(struct config *config, const struct yaml *top)
{
    static const char *const keys[] = { "folder", "at", "every", "keep", "key_file", NULL };
    const struct yaml *map = yaml_map(top, "backup");
    if (!map)
        return;
    yaml_allow(map, keys);
    config->backup.folder = g_strdup(yaml_need(map, "folder"));
    config->backup.at = g_strdup(yaml_text(map, "at", "03:30"));
    config->backup.key_file = g_strdup(yaml_text(map, "key_file", NULL));
    config->backup.every = hours_of(yaml_text(map, "every", "day"));
    config->backup.keep = yaml_int(map, "keep", 14, 1, 3650);
    if (config->backup.folder && !g_file_test(config->backup.folder, G_FILE_TEST_IS_DIR))
        yaml_fault(yaml_get(map, "folder"), "there is no folder %s", config->backup.folder);
    if (config->backup.every == 0)
        yaml_fault(yaml_get(map, "every"),
                   "\"every\" must be day, hour, or 2, 3, 4, 6, 8 or 12 hours, as: 6 hours");
    if (!is_hour(config->backup.at))
        yaml_fault(yaml_get(map, "at"), "\"at\" must be an hour of the day as 03:30");
}

struct config *config_read(const char *file, GPtrArray *faults)
{
    static const char *const keys[] = { "listen",     "metrics_listen", "public_url", "data_dir", "share_dir",
                                        "master_key", "timezone",       "locale",     "classes",  "sandbox",
                                        "telegram",   "wecom",          "limits",     "backup",   NULL };
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_read(file, faults);
    if (!root)
        return NULL;
    const struct yaml *top = yaml_top(root);
    struct config *config = g_new0(struct config, 1);
    config->file = g_strdup(file);
    config->classes = g_ptr_array_new_with_free_func(g_free);
    yaml_allow(top, keys);
    read_addresses(config, top);
    read_places(config, top);
    read_sandbox(config, top);
    read_telegram(config, top);
    read_wecom(config, top);
    read_limits(config, top);
    read_backup(config, top);
    if (faults->len == before)
        return config;
    config_free(config);
    return NULL;
}

char *config_master_key(const struct config *config)
{
    return config->master_key ? g_strdup(config->master_key)
                              : g_build_filename(config->data_dir, "master.key", NULL);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    char *const texts[] = { config->file,
                            config->listen,
                            config->metrics_listen,
                            config->public_url,
                            config->data_dir,
                            config->master_key,
                            config->share_dir,
                            config->zone,
                            config->backup.folder,
                            config->backup.at,
                            config->backup.key_file,
                            config->locale,
                            config->telegram.token,
                            config->telegram.secret,
                            config->telegram.api_base,
                            config->wecom.corp_id,
                            config->wecom.secret,
                            config->wecom.token,
                            config->wecom.encoding_aes_key,
                            config->wecom.api_base };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_ptr_array_unref(config->classes);
    g_free(config);
}

bool config_reaches_out(const struct config *config)
{
    g_autofree char *telegram = config->telegram.enabled ? url_host(config->telegram.api_base) : NULL;
    g_autofree char *wecom = config->wecom.enabled ? url_host(config->wecom.api_base) : NULL;
    return (telegram && !config_loopback(telegram)) || (wecom && !config_loopback(wecom));
}

bool config_tries_out(const struct config *config)
{
    g_autofree char *wecom = config->wecom.enabled ? url_host(config->wecom.api_base) : NULL;
    return config->sandbox.enabled || config_loopback(wecom);
}
