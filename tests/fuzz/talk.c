/* A class in which anybody says anything: each line of the input is a message of one of its people, as typed
 * ("1签到"), a button ("2!signin:open:5") or a whole request body ("3{…}"). Commands, natural times, forms,
 * dialogs and buttons all come this way. The store begins anew with every input, so that what is found can be
 * found again. */
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/commands_files.h"
#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/pages.h"
#include "bot/platform/web.h"
#include "bot/school/invite.h"
#include "bot/screen_pages.h"
#include "bot/server.h"

enum {
    PEOPLE = 8,
    LINES = 6,
    MONDAY = 1772413200 /* 2026-03-02 09:00 in Shanghai: the first sitting has begun */
};

static struct {
    char *folder;
    struct config *config;
    struct school *school;
    struct inbox *inbox;
    struct web *web;
    struct screen_host screens;
    GTimeZone *zone;
    sqlite3 *pristine;
    char *accounts[PEOPLE];
    bool waiting;
    char *action; /* of the last answer's first button */
} world;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_answered(void *data)
{
    (void)data;
    return !world.waiting;
}

/* Remembers the first button of an answer; a failure of ours is a fault. */
static void on_answer(void *data, int status, const char *text)
{
    g_autoptr(cJSON) answer = cJSON_Parse(text);
    const char *action = json_text(answer, "replies[0].buttons[0][0].action");

    (void)data;
    if (status >= 500 || (status == 200 && !answer))
        abort();
    g_free(world.action);
    world.action = g_strdup(action);
    world.waiting = false;
}

/* Sends one request body and waits for its answer. */
static void send_body(const cJSON *body, const char *account)
{
    world.waiting = true;
    web_play(world.web, body, account, on_answer, NULL);
    loop_until(world.school->loop, is_answered, NULL);
}

static void send_field(const char *account, const char *field, const char *text)
{
    g_autoptr(cJSON) body = cJSON_CreateObject();

    cJSON_AddStringToObject(body, field, text);
    send_body(body, account);
}

/* Copies one store over another. */
static void copy_store(sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");

    if (!copy || sqlite3_backup_step(copy, -1) != SQLITE_DONE || sqlite3_backup_finish(copy) != SQLITE_OK)
        abort();
}

/* Some of each role join with their codes. */
static void join_people(void)
{
    struct store *store = world.school->store;
    int count = 0;
    GArray *members = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q =
        store_query(store,
                    "SELECT id FROM (SELECT id, role, row_number() OVER (PARTITION BY role ORDER BY id)"
                    " AS place FROM member) WHERE place <= 2 ORDER BY place, role",
                    "");

    while (query_next(q) && members->len < PEOPLE) {
        int64_t id = query_int(q, 0);

        g_array_append_val(members, id);
    }
    for (guint i = 0; i < members->len; i++, count++) {
        g_autofree char *code = invite_code(store, world.school->secret, g_array_index(members, int64_t, i));

        world.accounts[count] = g_strdup_printf("u%d", count);
        send_field(world.accounts[count], "text", code);
        if (world.action)
            send_field(world.accounts[count], "action", world.action);
    }
    if (store_int(store, 0, "SELECT count(*) FROM account", "") != count)
        g_error("not everybody has joined");
    while (count < PEOPLE) /* the others are strangers */
        world.accounts[count] = g_strdup_printf("u%d", count), count++;
    g_array_free(members, TRUE);
}

static void remove_world(void)
{
    command_remove_folder(world.folder);
}

/* The demo class in a store of its own, without a server around it. */
static void open_world(void)
{
    g_autoptr(GPtrArray) faults = faults_new();
    g_autoptr(GString) out = g_string_new(NULL);
    char *why = NULL;

    world.folder = g_dir_make_tmp("banzhang-fuzz-XXXXXX", NULL);
    atexit(remove_world);
    g_autofree char *file = g_build_filename(world.folder, "banzhang.yaml", NULL);
    g_autofree char *class = g_build_filename(BANZHANG_TREE, "config/classes/demo.yaml", NULL);
    g_autofree char *text = g_strdup_printf(
        "data_dir: %s/var\nsandbox: {enabled: true, clock: \"2026-03-02T08:00:00+08:00\"}\n", world.folder);

    log_set_level(LOG_ERROR);
    if (!g_file_set_contents(file, text, -1, NULL) || !(world.config = config_read(file, faults)) ||
        !(world.school = server_host.open(world.config, &why)))
        g_error("no world: %s", why ? why : "its configuration is wrong");
    struct school *school = world.school;

    sqlite3_exec(store_handle(school->store), "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    world.zone = g_time_zone_new_identifier(world.config->zone);
    world.inbox =
        inbox_new(school->store, school->turn, school->outbox, school_receive, school_apologise, school);
    world.screens.school = school;
    g_autofree char *web_dir = g_build_filename(BANZHANG_TREE, "web", NULL);

    world.web = web_new(&(struct web_options){ .web_dir = g_strdup(web_dir),
                                               .public_url = world.config->public_url,
                                               .sandbox = true,
                                               .upload = (size_t)world.config->limits.upload,
                                               .zone = world.zone,
                                               .people = pages_people(school),
                                               .screens = screen_pages(&world.screens),
                                               .loop = school->loop,
                                               .store = school->store,
                                               .turn = school->turn,
                                               .inbox = world.inbox,
                                               .outbox = school->outbox,
                                               .files = school->files,
                                               .timers = school->timers });
    struct command_place place = { school, world.config };

    if (!store_begin(school->store) || !command_import_class(&place, class, out, faults) ||
        !store_commit(school->store))
        g_error("no class");
    clock_stop(MONDAY);
    join_people();
    if (sqlite3_open(":memory:", &world.pristine) != SQLITE_OK)
        abort();
    copy_store(world.pristine, store_handle(school->store));
}

/* One line: who says it, then what. */
static void play_line(const char *line, size_t len)
{
    const char *account = world.accounts[(uint8_t)line[0] % PEOPLE];
    g_autofree char *rest = g_utf8_make_valid(line + 1, (gssize)len - 1);

    if (rest[0] == '!') {
        send_field(account, "action", rest[1] ? rest + 1 : world.action ? world.action : "");
    } else if (rest[0] == '{') {
        g_autoptr(cJSON) body = json_parse(line + 1, len - 1, 16);

        if (body)
            send_body(body, account);
    } else {
        send_field(account, "text", rest);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;

    if (!world.school)
        open_world();
    for (int lines = 0; at < end && lines < LINES; lines++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);

        if (len > 1)
            play_line(at, len);
        at += len + 1;
    }
    copy_store(store_handle(world.school->store), world.pristine);
    school_forget_classes(world.school);
    clock_stop(MONDAY);
    return 0;
}
