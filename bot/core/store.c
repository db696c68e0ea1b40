#include "bot/core/store_private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bot/core/log.h"

enum { BUSY_MS = 5000 };

/* Whether an error means that there is no room on the disk. */
static bool is_full(struct store *store, int primary)
{
    int why = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ? sqlite3_system_errno(store->db) : 0;

    return primary == SQLITE_FULL || why == ENOSPC || why == EDQUOT;
}

void store_note_error(struct store *store, const char *sql)
{
    int code = sqlite3_extended_errcode(store->db);
    bool gone = sqlite3_get_autocommit(store->db);
    int primary = code & 0xff;
    enum store_state state = STORE_JOB_FAILED;

    if (gone || primary == SQLITE_FULL || primary == SQLITE_IOERR || primary == SQLITE_NOMEM ||
        primary == SQLITE_CORRUPT || primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN)
        state = STORE_TURN_FAILED;
    store->full = store->full || is_full(store, primary);
    if (state > store->state)
        store->state = state;
    log_error("store.error", "code=%d what=\"%s\" sql=\"%.60s\"", code, sqlite3_errmsg(store->db), sql);
}

/* Sets up a connection; every pragma here is part of what design.md promises. */
static bool configure(struct store *store)
{
    const char *pragmas = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                          "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;PRAGMA secure_delete=ON;"
                          "PRAGMA wal_autocheckpoint=1000;PRAGMA journal_size_limit=16777216;"
                          "PRAGMA cache_size=-4096;PRAGMA temp_store=MEMORY;";

    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* A bound `platform = ?` beside an index WHERE platform = 0 would be planned anew at every call. */
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    return sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(store->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &store->rollback, NULL) ==
               SQLITE_OK;
}

/* Runs one PRAGMA that gives a number. */
static int64_t pragma_int(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Marks a new file as ours, refuses somebody else's. */
static bool claim(struct store *store, GError **error)
{
    int64_t id = pragma_int(store, "PRAGMA application_id");
    int64_t tables = pragma_int(store, "SELECT count(*) FROM sqlite_schema");

    if (id == 0 && tables == 0) {
        g_autofree char *mark = g_strdup_printf("PRAGMA application_id=%d", STORE_APPLICATION_ID);

        store->fresh = true;
        if (sqlite3_exec(store->db, mark, NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_exec(
                store->db,
                "CREATE TABLE IF NOT EXISTS migration (component TEXT PRIMARY KEY, version INTEGER NOT NULL)"
                " STRICT, WITHOUT ROWID;",
                NULL, NULL, NULL) == SQLITE_OK)
            return true;
    } else if (id == STORE_APPLICATION_ID) {
        return true;
    } else {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is not a store of banzhang", store->path);
        return false;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: %s", store->path, sqlite3_errmsg(store->db));
    return false;
}

struct store *store_open(const char *path, GError **error)
{
    struct store *store = g_new0(struct store, 1);

    store->path = g_strdup(path);
    store->cache = g_hash_table_new(g_direct_hash, g_direct_equal);
    store->none.store = store;
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* nobody asks for these counts, and each allocation pays */
    if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        !configure(store)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: %s", path, sqlite3_errmsg(store->db));
        store_close(store);
        return NULL;
    }
    if (!claim(store, error)) {
        store_close(store);
        return NULL;
    }
    return store;
}

struct store *store_open_reader(const char *path, GError **error)
{
    struct store *store = g_new0(struct store, 1);

    store->path = g_strdup(path);
    store->cache = g_hash_table_new(g_direct_hash, g_direct_equal);
    store->none.store = store;
    if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;BEGIN", NULL, NULL,
                     NULL) != SQLITE_OK) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: %s", path, sqlite3_errmsg(store->db));
        store_close(store);
        return NULL;
    }
    sqlite3_busy_timeout(store->db, 5000);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return store;
}

/* Finalizes one cached statement. */
static void drop_query(void *key, void *value, void *data)
{
    struct query *q = value;

    (void)key;
    (void)data;
    sqlite3_finalize(q->statement);
    g_free(q);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    g_hash_table_foreach(store->cache, drop_query, NULL);
    g_hash_table_destroy(store->cache);
    sqlite3_finalize(store->rollback);
    if (store->db && !sqlite3_db_readonly(store->db, "main")) /* without memory there was none to open */
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_close_v2(store->db);
    g_free(store->path);
    g_free(store);
}

/* Whether a copy is whole and on the disk. */
static bool is_whole(sqlite3 *copy)
{
    sqlite3_stmt *check = NULL;
    bool ok = sqlite3_prepare_v2(copy, "PRAGMA integrity_check(1)", -1, &check, NULL) == SQLITE_OK &&
              sqlite3_step(check) == SQLITE_ROW &&
              strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0;

    sqlite3_finalize(check);
    return ok;
}

/* Keeps a verified copy of the store beside it before the first of its tables changes; the name says which.
 */
static bool copy_before(struct store *store, const char *component, int version, GError **error)
{
    g_autofree char *copy = g_strdup_printf("%s.before-%s-%d", store->path, component, version + 1);
    g_autofree char *unfinished = g_strdup_printf("%s.unfinished", store->path);
    sqlite3 *to = NULL;

    g_unlink(unfinished);
    bool ok = sqlite3_open(unfinished, &to) == SQLITE_OK;

    if (ok) {
        sqlite3_backup *backup = sqlite3_backup_init(to, "main", store->db, "main");

        ok = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
        sqlite3_backup_finish(backup);
        ok = ok && is_whole(to);
    }
    sqlite3_close(to);
    store->copied = ok = ok && g_rename(unfinished, copy) == 0;
    if (!ok) {
        g_unlink(unfinished);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: cannot copy before the upgrade", copy);
    }
    return ok;
}

/* Runs one step and records it, in one transaction. */
static bool run_step(struct store *store, const char *component, int version, const char *sql, GError **error)
{
    bool ok = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK &&
              store_run(store,
                        "INSERT INTO migration (component, version) VALUES (?1, ?2)"
                        " ON CONFLICT (component) DO UPDATE SET version = ?2",
                        "si", component, (int64_t)version) &&
              sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;

    if (!ok) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: step %d of %s: %s", store->path, version,
                    component, sqlite3_errmsg(store->db));
        if (!sqlite3_get_autocommit(store->db))
            sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return ok;
}

bool store_migrate(struct store *store, const char *component, const char *const *steps, GError **error)
{
    int known = 0;
    int64_t have = store_int(store, 0, "SELECT version FROM migration WHERE component = ?", "s", component);

    while (steps[known])
        known++;
    if (have > known) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s was written by a newer banzhang (%s %" G_GINT64_FORMAT ", this one knows %d)",
                    store->path, component, have, known);
        return false;
    }
    if (!store->fresh && have < known && !store->copied && !copy_before(store, component, (int)have, error))
        return false;
    for (int i = (int)have; i < known; i++)
        if (!run_step(store, component, i + 1, steps[i], error))
            return false;
    return true;
}

bool store_begin(struct store *store)
{
    store->state = STORE_FINE;
    store->full = false;
    return store_run(store, "BEGIN IMMEDIATE", "");
}

bool store_commit(struct store *store)
{
    if (store->state == STORE_FINE && store_run(store, "COMMIT", ""))
        return true;
    store_rollback(store);
    return false;
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db)) {
        sqlite3_step(store->rollback);
        sqlite3_reset(store->rollback);
    }
    store->state = STORE_FINE;
}

void store_savepoint(struct store *store)
{
    store_run(store, "SAVEPOINT job", "");
}

void store_release(struct store *store)
{
    store_run(store, "RELEASE job", "");
}

void store_rollback_to(struct store *store)
{
    if (store->state == STORE_JOB_FAILED)
        store->state = STORE_FINE;
    if (sqlite3_get_autocommit(store->db))
        store->state = STORE_TURN_FAILED;
    store_run(store, "ROLLBACK TO job", "");
    store_run(store, "RELEASE job", "");
}

bool store_checkpoint(struct store *store)
{
    int left = -1; /* frames: not 0 when SQLite was content with less, which it does not say otherwise */

    sqlite3_busy_timeout(store->db, 0); /* the loop waits for no reader */
    bool done =
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left, NULL) == SQLITE_OK &&
        left == 0;

    sqlite3_busy_timeout(store->db, BUSY_MS);
    return done;
}

enum store_state store_state(const struct store *store)
{
    return store->state;
}

bool store_full(const struct store *store)
{
    return store->full;
}

void store_clear(struct store *store)
{
    if (store->state == STORE_JOB_FAILED)
        store->state = STORE_FINE;
}

void store_fail(struct store *store)
{
    if (store->state == STORE_FINE)
        store->state = STORE_JOB_FAILED;
}

struct sqlite3 *store_handle(struct store *store)
{
    return store->db;
}

const char *store_path(struct store *store)
{
    return store->path;
}
