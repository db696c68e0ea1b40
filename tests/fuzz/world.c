#include "tests/fuzz/world.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "bot/core/folder.h"
#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/platform/web.h"
#include "bot/school/invite.h"
#include "bot/server.h"

/* Nothing is sent: the platforms would be found where nobody listens, and the outbox is never begun. */
static const char config[] =
    "listen: 127.0.0.1:0\n"
    "public_url: http://127.0.0.1\n"
    "data_dir: %s/var\n"
    "sandbox: {enabled: true, clock: \"2026-03-02T08:00:00+08:00\"}\n"
    "limits: {per_minute: 0, file: 1048576}\n"
    "telegram: {token: \"1:a\", secret: " WORLD_TELEGRAM ", api_base: \"http://127.0.0.1:1\"}\n"
    "wecom: {corp_id: wwcorp, agent_id: 1, secret: s, token: token, encoding_aes_key: " WORLD_WECOM
    ", api_base: \"http://127.0.0.1:1\"}\n";

static struct world world;
static char *folder;
static sqlite3 *pristine;
static bool waiting;

static bool is_answered(void *data)
{
    (void)data;
    return !waiting;
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
    waiting = false;
}

void world_send(struct world *w, const cJSON *body, const char *account)
{
    waiting = true;
    web_play(w->server->web, body, account, on_answer, NULL);
    loop_until(w->school->loop, is_answered, NULL);
}

void world_say(struct world *w, const char *account, const char *field, const char *text)
{
    g_autoptr(cJSON) body = cJSON_CreateObject();

    cJSON_AddStringToObject(body, field, text);
    world_send(w, body, account);
}

char *world_code(struct world *w)
{
    struct store *store = w->school->store;

    return invite_code(store, w->school->secret,
                       store_int(store, 0,
                                 "SELECT max(id) FROM member m WHERE role = ? AND NOT EXISTS"
                                 " (SELECT 1 FROM account a WHERE a.person = m.person)",
                                 "i", (int64_t)ROLE_TRAINEE));
}

/* Some of each role join with their codes. */
static void join_people(void)
{
    struct store *store = world.school->store;
    int count = 0;
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q =
        store_query(store,
                    "SELECT id FROM (SELECT id, role, row_number() OVER (PARTITION BY role ORDER BY id)"
                    " AS place FROM member) WHERE place <= 2 ORDER BY place, role",
                    "");

    while (query_next(q) && members->len < WORLD_PEOPLE) {
        int64_t id = query_int(q, 0);

        g_array_append_val(members, id);
    }
    for (guint i = 0; i < members->len; i++, count++) {
        g_autofree char *code = invite_code(store, world.school->secret, g_array_index(members, int64_t, i));

        world.accounts[count] = g_strdup_printf("u%d", count);
        world_say(&world, world.accounts[count], "text", code);
        if (world.action)
            world_say(&world, world.accounts[count], "action", world.action);
    }
    if (store_int(store, 0, "SELECT count(*) FROM account", "") != count)
        g_error("not everybody has joined");
    for (; count < WORLD_PEOPLE; count++)
        world.accounts[count] = g_strdup_printf("u%d", count);
}

static bool is_still(void *loop)
{
    return loop_idle(loop);
}

/* Waits until nothing that an input began is under way. */
static void settle(void)
{
    loop_until(world.school->loop, is_still, world.school->loop);
}

/* At the end of the process: nothing works in the folder any more when it goes. */
static void remove_folder(void)
{
    if (world.school)
        settle();
    folder_remove(folder);
}

/* The configuration in a fresh folder, and the school it opens. */
static struct server *open_server(char **ret_why)
{
    g_autoptr(GPtrArray) faults = faults_new();

    folder = g_dir_make_tmp("banzhang-fuzz-XXXXXX", NULL);
    atexit(remove_folder);
    g_autofree char *file = g_build_filename(folder, "banzhang.yaml", NULL);
    g_autofree char *text = g_strdup_printf(config, folder);

    if (!g_file_set_contents(file, text, -1, NULL))
        return NULL;
    struct config *read = config_read(file, faults);
    struct school *school = read ? server_host.open(read, ret_why) : NULL;

    return school ? (struct server *)((char *)school - G_STRUCT_OFFSET(struct server, school)) : NULL;
}

struct world *world_open(void)
{
    g_autofree char *class = g_build_filename(BANZHANG_TREE, "config/classes/demo.yaml", NULL);
    g_autoptr(GPtrArray) faults = faults_new();
    g_autoptr(GString) out = g_string_new(NULL);
    char *why = NULL;

    if (world.server)
        return &world;
    log_set_level(LOG_ERROR);
    world.server = open_server(&why);
    if (!world.server || !server_build(world.server, &why))
        g_error("no world: %s", why ? why : "its configuration is wrong");
    world.school = &world.server->school;
    struct store *store = world.school->store;

    sqlite3_exec(store_handle(store), "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (!store_begin(store) || !command_import_class(&world.server->place, class, out, faults) ||
        !store_commit(store))
        g_error("no class");
    clock_stop(WORLD_MONDAY);
    join_people();
    return &world;
}

/* Copies one store over another. */
static void copy_store(sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");

    if (!copy || sqlite3_backup_step(copy, -1) != SQLITE_DONE || sqlite3_backup_finish(copy) != SQLITE_OK)
        abort();
}

void world_keep(struct world *w)
{
    settle();
    if (!pristine && sqlite3_open(":memory:", &pristine) != SQLITE_OK)
        abort();
    copy_store(pristine, store_handle(w->school->store));
}

void world_restore(struct world *w)
{
    settle();
    copy_store(store_handle(w->school->store), pristine);
    school_forget_classes(w->school);
    clock_stop(WORLD_MONDAY);
}
