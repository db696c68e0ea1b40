#include "bot/core/clock.h"
#include "bot/core/files_private.h"

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
    struct leaving *leaving = g_new(struct leaving, 1);

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
    return count;
}
