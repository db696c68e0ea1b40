/* The keys: a master key in a file, data keys in the store sealed under it. Id 1 is the key of the indexes,
 * which stays; the highest id seals. Keys once read stay in memory until the end, so that a worker that reads
 * an older state of the store can still open it. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/clock.h"
#include "bot/core/folder.h"
#include "bot/core/secret.h"
#include "bot/core/vault_private.h"

struct vault {
    char *path;
    uint8_t master[VAULT_KEY];
    GMutex lock;      /* of `keys`: workers open while the loop adds one */
    GHashTable *keys; /* id → 32 bytes */
};

static const char *const schema[] = {
    "CREATE TABLE vault_key ("
    "  id INTEGER PRIMARY KEY,"
    "  made INTEGER NOT NULL," /* machine clock */
    "  nonce BLOB NOT NULL,"
    "  sealed BLOB NOT NULL" /* 32 bytes and their tag */
    ") STRICT;",
    NULL,
};

enum { WRAPPED = VAULT_KEY + GCM_TAG };

/* Reads a key file; false and *error, or false alone when there is none. */
static bool read_master(const char *path, uint8_t ret[VAULT_KEY], GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    uint8_t key[VAULT_KEY + 1];

    if (fd < 0 && errno == ENOENT)
        return false;
    bool known = fd >= 0 && fstat(fd, &about) == 0;
    ssize_t len = known ? read(fd, key, sizeof key) : -1;

    if (fd >= 0)
        close(fd);
    if (len != VAULT_KEY)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: not a key of %d bytes that can be read",
                    path, VAULT_KEY);
    else if (about.st_mode & 077)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "%s: others may read it; chmod 600 it", path);
    else
        memcpy(ret, key, VAULT_KEY);
    return len == VAULT_KEY && !(about.st_mode & 077);
}

/* Writes a new random key to a file that is there whole or not at all. */
static bool write_master(const char *path, uint8_t ret[VAULT_KEY], GError **error)
{
    g_autofree char *unfinished = g_strdup_printf("%s.XXXXXX", path);

    secret_random(ret, VAULT_KEY);
    int fd = g_mkstemp_full(unfinished, O_WRONLY | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write(fd, ret, VAULT_KEY) == VAULT_KEY && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    ok = ok && g_rename(unfinished, path) == 0 && folder_sync_around(path);
    if (!ok) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: cannot be made: %s", path, g_strerror(errno));
        if (fd >= 0)
            g_unlink(unfinished);
    }
    return ok;
}

/* What a data key is bound to. */
static char *key_name(uint32_t id)
{
    return g_strdup_printf("vault_key/%u", id);
}

/* Opens one key row under a master key. */
static bool unwrap(const uint8_t *master, uint32_t id, const uint8_t *nonce, size_t nonce_len,
                   const uint8_t *sealed, size_t len, uint8_t ret[VAULT_KEY])
{
    g_autofree char *name = key_name(id);
    uint8_t tag[GCM_TAG];

    if (nonce_len != GCM_NONCE || len != WRAPPED)
        return false;
    memcpy(tag, sealed + VAULT_KEY, GCM_TAG);
    return gcm_run(false, master, nonce, name, sealed, VAULT_KEY, ret, tag);
}

/* Takes all rows into memory as far as a master key opens them; false when it does not open one. */
static bool load(struct vault *vault, struct store *store, const uint8_t *master)
{
    g_autoptr(query) q = store_query(store, "SELECT id, nonce, sealed FROM vault_key", "");
    bool ok = true;

    while (query_next(q)) {
        size_t nonce_len = 0, len = 0;
        const uint8_t *nonce = query_blob(q, 1, &nonce_len), *sealed = query_blob(q, 2, &len);
        uint32_t id = (uint32_t)query_int(q, 0);
        g_autofree uint8_t *key = g_malloc(VAULT_KEY);

        if (!unwrap(master, id, nonce, nonce_len, sealed, len, key)) {
            ok = false;
            continue;
        }
        g_mutex_lock(&vault->lock);
        if (!g_hash_table_contains(vault->keys, GUINT_TO_POINTER(id)))
            g_hash_table_insert(vault->keys, GUINT_TO_POINTER(id), g_steal_pointer(&key));
        g_mutex_unlock(&vault->lock);
    }
    return ok;
}

bool vault_fits(sqlite3 *db, const uint8_t *master, size_t len)
{
    sqlite3_stmt *q = NULL;
    uint8_t key[VAULT_KEY];
    bool ok = len == VAULT_KEY &&
              sqlite3_prepare_v2(db, "SELECT id, nonce, sealed FROM vault_key", -1, &q, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(q) == SQLITE_ROW)
        ok = unwrap(master, (uint32_t)sqlite3_column_int64(q, 0), sqlite3_column_blob(q, 1),
                    (size_t)sqlite3_column_bytes(q, 1), sqlite3_column_blob(q, 2),
                    (size_t)sqlite3_column_bytes(q, 2), key);
    ok = sqlite3_finalize(q) == SQLITE_OK && ok;
    OPENSSL_cleanse(key, sizeof key);
    return ok;
}

/* Puts a key into the store, sealed under a master key. */
static bool wrap(struct store *store, const uint8_t *master, uint32_t id, const uint8_t *key)
{
    g_autofree char *name = key_name(id);
    uint8_t nonce[GCM_NONCE], sealed[WRAPPED];

    secret_random(nonce, sizeof nonce);
    return gcm_run(true, master, nonce, name, key, VAULT_KEY, sealed, sealed + VAULT_KEY) &&
           store_run(store,
                     "INSERT INTO vault_key (id, made, nonce, sealed) VALUES (?1, ?2, ?3, ?4)"
                     " ON CONFLICT (id) DO UPDATE SET nonce = ?3, sealed = ?4",
                     "iibb", (int64_t)id, clock_machine(), (void *)nonce, sizeof nonce, (void *)sealed,
                     sizeof sealed);
}

bool vault_key(struct vault *vault, uint32_t id, uint8_t ret_key[VAULT_KEY])
{
    g_mutex_lock(&vault->lock);
    const uint8_t *key = g_hash_table_lookup(vault->keys, GUINT_TO_POINTER(id));

    if (key)
        memcpy(ret_key, key, VAULT_KEY);
    g_mutex_unlock(&vault->lock);
    return key != NULL;
}

uint32_t vault_current(struct vault *vault, struct store *store, uint8_t ret_key[VAULT_KEY])
{
    uint32_t id = (uint32_t)store_int(store, 0, "SELECT max(id) FROM vault_key", "");

    return id > VAULT_INDEX_KEY && vault_key(vault, id, ret_key) ? id : 0;
}

uint32_t vault_make_key(struct vault *vault, struct store *store)
{
    uint32_t id = (uint32_t)store_int(store, 0, "SELECT max(id) FROM vault_key", "") + 1;
    uint8_t *key = g_malloc(VAULT_KEY);

    secret_random(key, VAULT_KEY);
    bool ok = wrap(store, vault->master, id, key);

    /* Should the transaction fail, the number is given out again: the key that is then made takes its place.
     */
    g_mutex_lock(&vault->lock);
    g_hash_table_insert(vault->keys, GUINT_TO_POINTER(id), key);
    g_mutex_unlock(&vault->lock);
    return ok ? id : 0;
}

/* The name under which a new master key lies until the store's keys are sealed under it. */
static char *next_path(const struct vault *vault)
{
    return g_strdup_printf("%s.new", vault->path);
}

/* Finds the file that opens the store's keys: the master key, or the one that was to replace it. */
static bool find_master(struct vault *vault, struct store *store, GError **error)
{
    g_autofree char *next = next_path(vault);
    bool any = store_int(store, 0, "SELECT count(*) FROM vault_key", "") > 0;

    if (read_master(vault->path, vault->master, error)) {
        if (!any || load(vault, store, vault->master))
            return true;
    } else if (*error) {
        return false;
    }
    if (any && read_master(next, vault->master, NULL) && load(vault, store, vault->master))
        return g_rename(next, vault->path) == 0 && folder_sync_around(vault->path);
    if (any) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "%s: missing, or not the key that %s was sealed with; put the right one back",
                    vault->path, store_path(store));
        return false;
    }
    return write_master(vault->path, vault->master, error);
}

/* The first keys of a store. */
static bool begin(struct vault *vault, struct store *store)
{
    bool ok = store_begin(store) && vault_make_key(vault, store) == VAULT_INDEX_KEY &&
              vault_make_key(vault, store) > 0;

    return store_commit(store) && ok;
}

struct vault *vault_open(struct store *store, const char *path, GError **error)
{
    struct vault *vault = g_new0(struct vault, 1);

    g_mutex_init(&vault->lock);
    vault->path = g_strdup(path);
    vault->keys = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_autoptr(GError) why = NULL;

    if (store_migrate(store, "vault", schema, &why) && find_master(vault, store, &why) &&
        (g_hash_table_size(vault->keys) || begin(vault, store)))
        return vault;
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    else
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: the keys of %s cannot be made", path,
                    store_path(store));
    vault_free(vault);
    return NULL;
}

void vault_free(struct vault *vault)
{
    if (!vault)
        return;
    g_hash_table_destroy(vault->keys);
    g_mutex_clear(&vault->lock);
    g_free(vault->path);
    g_free(vault);
}

bool vault_make_master(struct vault *vault, GError **error)
{
    g_autofree char *next = next_path(vault);
    uint8_t master[VAULT_KEY];
    bool ok = write_master(next, master, error);

    OPENSSL_cleanse(master, sizeof master);
    return ok;
}

bool vault_rotate_master(struct vault *vault, struct store *store)
{
    g_autofree char *next = next_path(vault);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint8_t master[VAULT_KEY], key[VAULT_KEY];
    bool ok = read_master(next, master, NULL);
    g_autoptr(query) q = store_query(store, "SELECT id FROM vault_key", "");

    while (query_next(q)) {
        uint32_t id = (uint32_t)query_int(q, 0);

        g_array_append_val(ids, id);
    }
    for (guint i = 0; ok && i < ids->len; i++) {
        uint32_t id = g_array_index(ids, uint32_t, i);

        ok = vault_key(vault, id, key) && wrap(store, master, id, key);
    }
    if (!ok)
        store_fail(store);
    return ok;
}

bool vault_settle(struct vault *vault, struct store *store, char **ret_error)
{
    g_autofree char *next = next_path(vault);
    uint8_t master[VAULT_KEY];
    bool made = read_master(next, master, NULL), used = made && load(vault, store, master);

    if (used && g_rename(next, vault->path) == 0 && folder_sync_around(vault->path)) {
        memcpy(vault->master, master, VAULT_KEY);
        return true;
    }
    *ret_error =
        g_strdup_printf("%s: %s", next, used ? g_strerror(errno) : "the store did not take the new key");
    if (made && !used)
        g_unlink(next);
    return false;
}
