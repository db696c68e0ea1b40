/* Files that go: old ones of nobody's, forgotten ones, bytes that nobody came to name. */
#include <errno.h>

#include "bot/core/clock.h"
#include "bot/core/files_private.h"
#include "bot/core/folder.h"
#include "bot/core/turn.h"

/* Bytes that may have become nobody's. */
struct leaving {
    struct files *files;
    char *sha256;
};

static void free_leaving(void *data)
{
    struct leaving *leaving = data;

    g_free(leaving->sha256);
    g_free(leaving);
}

/* Outside a job: removes the bytes when no row names them and nobody holds them. */
static void remove_unnamed(struct files *f, const char *sha256)
{
    struct store *store = files_store(f);
    g_autofree char *path = g_strdup_printf("%s/%.2s/%s", files_dir(f), sha256, sha256);

    if (store_int(store, 1, "SELECT count(*) FROM file WHERE sha256 = ?", "s", sha256) == 0)
        held_unlink(files_held(f), sha256, path);
    if (store_state(store) != STORE_FINE) /* they lie a little longer */
        store_rollback(store);
}

/* After the commit. */
static void leave(void *data)
{
    struct leaving *leaving = data;

    remove_unnamed(leaving->files, leaving->sha256);
    free_leaving(leaving);
}

void files_unlink_unused(struct files *f, const char *sha256)
{
    struct leaving *leaving;
    struct store *store = files_store(f);

    if (store_int(store, 1, "SELECT count(*) FROM file WHERE sha256 = ?", "s", sha256) > 0)
        return;
    store_run(store, "INSERT OR IGNORE INTO file_drop (sha256) VALUES (?)", "s", sha256);
    leaving = g_new(struct leaving, 1);
    *leaving = (struct leaving){ f, g_strdup(sha256) };
    files_after_commit(f, leave, leaving, free_leaving);
}

void files_release(struct files *f, const char *sha256)
{
    if (held_drop(files_held(f), sha256))
        remove_unnamed(f, sha256);
}

void files_forget(struct files *f, struct store *store, int64_t file)
{
    g_autofree char *sha256 = store_text(store, "SELECT sha256 FROM file WHERE id = ?", "i", file);

    store_run(store, "DELETE FROM file WHERE id = ?", "i", file);
    if (sha256)
        files_unlink_unused(f, sha256);
}

/* --- what is to be gone for good
 * A process may end between its commit and the removal, and the power may bring back a name. So what goes is
 * written down until the folders are synced without it.
 */

struct settling {
    struct turn_job job;
    struct files *files;
    GPtrArray *sums; /* SHA-256 */
    bool synced;
};

static void free_settling(void *data)
{
    struct settling *s = data;

    files_set_settling(s->files, false);
    g_ptr_array_unref(s->sums);
    g_free(s);
}

/* In a job: what lies there no more, or is somebody's again, need not be remembered. */
static void run_settled(struct turn_job *job)
{
    struct settling *s = (struct settling *)job;
    struct store *store = files_store(s->files);

    for (guint i = 0; i < s->sums->len; i++) {
        const char *sha256 = s->sums->pdata[i];
        g_autofree char *path = g_strdup_printf("%s/%.2s/%s", files_dir(s->files), sha256, sha256);

        store_run(store,
                  "DELETE FROM file_drop WHERE sha256 = ?1 AND (?2 OR EXISTS (SELECT 1 FROM file WHERE "
                  "sha256 = ?1))",
                  "si", sha256, (int64_t)!g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

static void done_settled(struct turn_job *job, enum turn_end end)
{
    (void)end; /* what is still written down is looked at again */
    free_settling(job);
}

/* On a worker: the names that went are gone for good. */
static void sync_folders(void *data)
{
    struct settling *s = data;

    s->synced = true;
    for (guint i = 0; i < s->sums->len; i++) {
        g_autofree char *folder = g_strdup_printf("%s/%.2s", files_dir(s->files), (char *)s->sums->pdata[i]);

        s->synced = (folder_sync(folder) || errno == ENOENT) && s->synced;
    }
}

/* Back on the loop. */
static void folders_synced(void *data, bool closing)
{
    struct settling *s = data;

    if (closing || !s->synced) {
        free_settling(s);
        return;
    }
    s->job = (struct turn_job){ .run = run_settled, .done = done_settled };
    turn_add(files_turn(s->files), &s->job);
}

/* After the commit. */
static void begin_settling(void *data)
{
    struct settling *s = data;

    for (guint i = 0; i < s->sums->len; i++)
        remove_unnamed(s->files, s->sums->pdata[i]);
    files_work(s->files, sync_folders, folders_synced, s);
}

/* Inside a job: removes again what is written down, also by a process before this one. */
static void settle(struct files *f, struct store *store, int limit)
{
    g_autoptr(query) q = store_query(store, "SELECT sha256 FROM file_drop LIMIT ?", "i", (int64_t)limit);
    struct settling *s;

    if (files_settling(f) || !query_next(q))
        return;
    s = g_new0(struct settling, 1);
    s->files = f;
    s->sums = g_ptr_array_new_with_free_func(g_free);
    do
        g_ptr_array_add(s->sums, g_strdup(query_text(q, 0)));
    while (query_next(q));
    files_set_settling(f, true);
    files_after_commit(f, begin_settling, s, free_settling);
}

int files_prune(struct files *f, struct store *store, int64_t age, int limit)
{
    g_autoptr(query) q = store_query(
        store, "SELECT id, sha256 FROM file WHERE person = 0 AND made < ? AND sha256 IS NOT NULL LIMIT ?",
        "ii", clock_machine() - age, (int64_t)limit);
    int count = 0;

    for (; query_next(q); count++) {
        g_autofree char *sha256 = g_strdup(query_text(q, 1));

        store_run(store, "DELETE FROM file WHERE id = ?", "i", query_int(q, 0));
        files_unlink_unused(f, sha256);
    }
    settle(f, store, limit);
    return count;
}
