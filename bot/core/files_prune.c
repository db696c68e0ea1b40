#include <glib/gstdio.h>

#include "bot/core/clock.h"
#include "bot/core/files_private.h"

/* After the commit: no row names it any more. */
static void remove_file(void *path)
{
    g_unlink(path);
    g_free(path);
}

/* Forgets one row; its bytes too when no other row has them. */
static void forget(struct files *f, struct store *store, struct pool *pool, int64_t id, const char *sha256)
{
    store_run(store, "DELETE FROM file WHERE id = ?", "i", id);
    if (store_int(store, 0, "SELECT count(*) FROM file WHERE sha256 = ?", "s", sha256) == 0)
        files_after_commit(f, remove_file, g_strdup(files_path(f, pool, sha256)), g_free);
}

int files_prune(struct files *f, struct store *store, int64_t age, int limit)
{
    struct pool *pool = pool_new();
    g_autoptr(query) q = store_query(
        store, "SELECT id, sha256 FROM file WHERE person = 0 AND made < ? AND sha256 IS NOT NULL LIMIT ?",
        "ii", clock_machine() - age, (int64_t)limit);
    int count = 0;

    for (; query_next(q); count++)
        forget(f, store, pool, query_int(q, 0), pool_strdup(pool, query_text(q, 1)));
    pool_free(pool);
    return count;
}
