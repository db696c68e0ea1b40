#include <glib/gstdio.h>

#include "bot/core/clock.h"
#include "bot/core/files_private.h"

/* After the commit: no row names it any more. */
static void remove_file(void *path)
{
    g_unlink(path);
    g_free(path);
}

void files_unlink_unused(struct files *f, struct store *store, const char *sha256)
{
    if (store_int(store, 0, "SELECT count(*) FROM file WHERE sha256 = ?", "s", sha256) == 0)
        files_after_commit(f, remove_file, g_strdup_printf("%s/%.2s/%s", files_dir(f), sha256, sha256),
                           g_free);
}

void files_forget(struct files *f, struct store *store, int64_t file)
{
    g_autofree char *sha256 = store_text(store, "SELECT sha256 FROM file WHERE id = ?", "i", file);

    store_run(store, "DELETE FROM file WHERE id = ?", "i", file);
    if (sha256)
        files_unlink_unused(f, store, sha256);
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
        files_unlink_unused(f, store, sha256);
    }
    return count;
}
