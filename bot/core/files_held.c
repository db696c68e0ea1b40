#include "bot/core/files_held.h"

#include <glib.h>
#include <glib/gstdio.h>

struct held {
    GMutex lock;        /* also while a file is removed: whoever takes it afterwards finds that it is gone */
    GHashTable *takers; /* SHA-256 → how many, a pointer's number */
};

struct held *held_new(void)
{
    struct held *held = g_new0(struct held, 1);

    g_mutex_init(&held->lock);
    held->takers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return held;
}

void held_free(struct held *held)
{
    g_hash_table_unref(held->takers);
    g_mutex_clear(&held->lock);
    g_free(held);
}

/* Under the lock: how many hold these bytes. */
static int takers_of(const struct held *held, const char *sha256)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(held->takers, sha256));
}

void held_take(struct held *held, const char *sha256)
{
    g_mutex_lock(&held->lock);
    g_hash_table_replace(held->takers, g_strdup(sha256), GINT_TO_POINTER(takers_of(held, sha256) + 1));
    g_mutex_unlock(&held->lock);
}

bool held_drop(struct held *held, const char *sha256)
{
    g_mutex_lock(&held->lock);
    int left = takers_of(held, sha256) - 1;

    if (left > 0)
        g_hash_table_replace(held->takers, g_strdup(sha256), GINT_TO_POINTER(left));
    else
        g_hash_table_remove(held->takers, sha256);
    g_mutex_unlock(&held->lock);
    return left <= 0;
}

void held_unlink(struct held *held, const char *sha256, const char *path)
{
    g_mutex_lock(&held->lock);
    if (takers_of(held, sha256) == 0)
        g_unlink(path);
    g_mutex_unlock(&held->lock);
}
