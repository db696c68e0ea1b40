/* Files: laid down once for good, fetched until they are here or gone, told by content. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib/gstdio.h>
#include <string.h>

#include "bot/core/files_private.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"

struct rig {
    char *dir, *path, *files_dir;
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    struct files *files;
    struct pool *pool;
    int asked, fail_first;
    bool gone, silent;
    char *laid;
};

static void fetch(void *self, int64_t file, const char *remote)
{
    struct rig *rig = self;
    assert_string_equal(remote, "handle");
    rig->asked++;
    if (rig->silent)
        return;
    if (rig->gone)
        files_fetched(rig->files, file, false, true, NULL, 0, NULL, NULL);
    else if (rig->asked <= rig->fail_first)
        files_fetched(rig->files, file, false, false, NULL, 0, NULL, NULL);
    else
        files_fetched(rig->files, file, true, false, "%PDF-1.7", 8, "作业.pdf", "image/png");
}

static void rig_open(struct rig *rig)
{
    GError *error = NULL;
    rig->store = store_open(rig->path, &error);
    assert_non_null(rig->store);
    assert_true(files_migrate(rig->store, &error));
    rig->turn = turn_new(rig->store);
    rig->loop = loop_new(rig->turn);
    rig->files = files_new(rig->store, rig->turn, rig->loop, rig->files_dir, &error);
    assert_non_null(rig->files);
    files_fetcher(rig->files, PLATFORM_TELEGRAM, fetch, rig);
    files_start(rig->files);
}

static void rig_close(struct rig *rig)
{
    files_free(rig->files);
    loop_free(rig->loop);
    turn_free(rig->turn);
    store_close(rig->store);
}

static int rig_new(void **state)
{
    struct rig *rig = g_new0(struct rig, 1);
    rig->dir = g_dir_make_tmp("files-XXXXXX", NULL);
    rig->path = g_build_filename(rig->dir, "store", NULL);
    rig->files_dir = g_build_filename(rig->dir, "files", NULL);
    rig->pool = pool_new();
    log_set_level(LOG_ERROR);
    rig_open(rig);
    *state = rig;
    return 0;
}

/* Removes a folder with all in it. */
static void remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_all(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static int rig_free(void **state)
{
    struct rig *rig = *state;
    rig_close(rig);
    remove_all(rig->dir);
    pool_free(rig->pool);
    g_free(rig->laid);
    g_free(rig->path);
    g_free(rig->files_dir);
    g_free(rig->dir);
    g_free(rig);
    return 0;
}

struct add {
    struct turn_job job;
    struct rig *rig;
    struct attachment file;
    int64_t id;
};

static void add_run(struct turn_job *job)
{
    struct add *add = (struct add *)job;
    add->id = files_add(add->rig->files, PLATFORM_TELEGRAM, &add->file, 1);
}

static void add_done(struct turn_job *job, enum turn_end end)
{
    (void)job;
    assert_int_equal(end, TURN_DURABLE);
}

/* Adds one attachment in a turn of its own; gives its id. */
static int64_t add(struct rig *rig, struct attachment file)
{
    struct add a = { .job = { .run = add_run, .done = add_done }, .rig = rig, .file = file };
    turn_add(rig->turn, &a.job);
    turn_run(rig->turn);
    return a.id;
}

static bool none_wanted(void *data)
{
    struct rig *rig = data;
    return store_int(rig->store, 1, "SELECT count(*) FROM file WHERE state = 0", "") == 0;
}

static bool was_asked(void *data)
{
    return ((struct rig *)data)->asked > 0;
}

static void a_file_is_fetched_and_told_by_content(void **state)
{
    struct rig *rig = *state;
    struct attachment file;
    int64_t id = add(rig, (struct attachment){ .name = "", .remote = "handle", .size = -1 });
    assert_int_equal(files_get(rig->files, rig->pool, id, &file), FILES_COMING);
    loop_drain(rig->loop, 10000, none_wanted, rig);
    assert_int_equal(files_get(rig->files, rig->pool, id, &file), FILES_HERE);
    assert_string_equal(file.name, "作业.pdf");
    assert_string_equal(file.mime, "application/pdf");
    assert_int_equal(file.size, 8);
    g_autofree char *bytes = NULL;
    assert_true(g_file_get_contents(files_path(rig->files, rig->pool, file.sha256), &bytes, NULL, NULL));
    assert_string_equal(bytes, "%PDF-1.7");
}

static void a_fetch_that_failed_is_tried_again(void **state)
{
    struct rig *rig = *state;
    rig->fail_first = 1;
    add(rig, (struct attachment){ .name = "a", .remote = "handle" });
    loop_drain(rig->loop, 10000, none_wanted, rig);
    assert_true(none_wanted(rig));
    assert_int_equal(rig->asked, 2);
}

static void what_is_gone_is_given_up(void **state)
{
    struct rig *rig = *state;
    struct attachment file;
    rig->gone = true;
    int64_t id = add(rig, (struct attachment){ .name = "../../etc/\x01passwd", .remote = "handle" });
    loop_drain(rig->loop, 10000, none_wanted, rig);
    assert_int_equal(files_get(rig->files, rig->pool, id, &file), FILES_GONE);
    assert_string_equal(file.name, "passwd");
    assert_int_equal(rig->asked, 1);
}

static void a_restart_fetches_what_was_wanted(void **state)
{
    struct rig *rig = *state;
    rig->silent = true;
    add(rig, (struct attachment){ .name = "a", .remote = "handle" });
    loop_drain(rig->loop, 10000, was_asked, rig);
    rig_close(rig);
    rig->silent = false;
    rig_open(rig);
    loop_drain(rig->loop, 10000, none_wanted, rig);
    assert_true(none_wanted(rig));
}

static void laid(void *data, const char *sha256)
{
    ((struct rig *)data)->laid = g_strdup(sha256);
}

static bool is_laid(void *data)
{
    return ((struct rig *)data)->laid != NULL;
}

/* Lays "abc" down; it is held from then on. */
static struct attachment lay(struct rig *rig)
{
    g_clear_pointer(&rig->laid, g_free);
    files_write(rig->files, g_strdup("abc"), 3, laid, rig);
    loop_drain(rig->loop, 10000, is_laid, rig);
    return (struct attachment){ .name = "abc.txt", .mime = "text/plain", .size = 3, .sha256 = rig->laid };
}

static void the_same_bytes_lie_there_once(void **state)
{
    struct rig *rig = *state;
    g_autofree char *half = g_build_filename(rig->files_dir, "unfinished-abc", NULL);
    for (int i = 0; i < 2; i++) {
        lay(rig);
        assert_string_equal(rig->laid, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    assert_true(g_file_set_contents(half, "ab", 2, NULL));
    assert_true(files_prepare(rig->files_dir, NULL));
    assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    assert_string_equal(files_path(rig->files, rig->pool, "../../../etc/passwd") + strlen(rig->files_dir),
                        "/none");
}

struct forget {
    struct turn_job job;
    struct rig *rig;
    int64_t id;
};

static void forget_run(struct turn_job *job)
{
    struct forget *forget = (struct forget *)job;
    files_forget(forget->rig->files, forget->rig->store, forget->id);
}

/* Queues a job that forgets one file. */
static void queue_forget(struct rig *rig, struct forget *forget, int64_t id)
{
    *forget = (struct forget){ .job = { .run = forget_run, .done = add_done }, .rig = rig, .id = id };
    turn_add(rig->turn, &forget->job);
}

static bool abc_is_there(struct rig *rig)
{
    return g_file_test(files_path(rig->files, rig->pool, rig->laid), G_FILE_TEST_EXISTS);
}

static void bytes_stay_while_somebody_is_about_to_name_them(void **state)
{
    struct rig *rig = *state;
    struct forget forget;
    int64_t first = add(rig, lay(rig));
    files_release(rig->files, rig->laid);
    assert_true(abc_is_there(rig)); /* a row names them */

    struct attachment same = lay(rig);
    queue_forget(rig, &forget, first);
    turn_run(rig->turn);
    assert_true(abc_is_there(rig)); /* no row names them, but one is about to */
    int64_t second = add(rig, same);
    files_release(rig->files, rig->laid);
    assert_true(abc_is_there(rig));
    queue_forget(rig, &forget, second);
    turn_run(rig->turn);
    assert_false(abc_is_there(rig));
}

static void bytes_go_when_nobody_came_to_name_them(void **state)
{
    struct rig *rig = *state;
    lay(rig);
    lay(rig);
    files_release(rig->files, rig->laid);
    assert_true(abc_is_there(rig)); /* the other may still want them */
    files_release(rig->files, rig->laid);
    assert_false(abc_is_there(rig));
}

static void bytes_stay_that_are_named_in_the_turn_that_forgets_them(void **state)
{
    struct rig *rig = *state;
    struct forget forget;
    struct attachment abc = lay(rig);
    int64_t first = add(rig, abc);
    struct add again = { .job = { .run = add_run, .done = add_done }, .rig = rig, .file = abc };
    files_release(rig->files, rig->laid);
    queue_forget(rig, &forget, first);
    turn_add(rig->turn, &again.job);
    turn_run(rig->turn);
    assert_true(abc_is_there(rig));
}

static void types(void **state)
{
    (void)state;
#define TYPE(bytes) files_type(bytes, sizeof(bytes) - 1)
    assert_string_equal(TYPE("\x89PNG\r\n\x1a\n...."), "image/png");
    assert_string_equal(TYPE("\xff\xd8\xff\xe0"), "image/jpeg");
    assert_string_equal(TYPE("PK\x03\x04....[Content_Types].xml....word/document.xml"),
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    assert_string_equal(TYPE("PK\x03\x04...."), "application/zip");
    assert_string_equal(TYPE("我的作业\n<script>"), "text/plain");
    assert_string_equal(TYPE("\xff\xfe\x00"), "application/octet-stream");
    assert_string_equal(TYPE(""), "application/octet-stream");
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_new, rig_free)
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_file_is_fetched_and_told_by_content),
        WITH_RIG(a_fetch_that_failed_is_tried_again),
        WITH_RIG(what_is_gone_is_given_up),
        WITH_RIG(a_restart_fetches_what_was_wanted),
        WITH_RIG(the_same_bytes_lie_there_once),
        WITH_RIG(bytes_stay_while_somebody_is_about_to_name_them),
        WITH_RIG(bytes_go_when_nobody_came_to_name_them),
        WITH_RIG(bytes_stay_that_are_named_in_the_turn_that_forgets_them),
        cmocka_unit_test(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
