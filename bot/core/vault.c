/* Sealing and opening; vault_keys.c keeps the keys. A sealed field is: version 1, the id of its data key (4
 * bytes, highest first), a random nonce (12), the text under AES-256-GCM, its tag (16). */
#include "bot/core/vault.h"

#include <string.h>

#include "bot/core/secret.h"
#include "bot/core/store_private.h"
#include "bot/core/vault_private.h"

enum { VERSION = 1, HEAD = 1 + 4, OVERHEAD = HEAD + GCM_NONCE + GCM_TAG };

/* What a field is bound to. */
static char *bound_to(const char *place, int64_t id)
{
    return g_strdup_printf("%s/%" G_GINT64_FORMAT, place, id);
}

uint8_t *vault_seal(struct vault *vault, struct store *store, const char *place, int64_t id, const char *text,
                    size_t *ret_len)
{
    size_t len = strlen(text);
    uint8_t *sealed = g_malloc(OVERHEAD + len), key[VAULT_KEY];
    uint32_t key_id = vault_current(vault, store, key), ordered = GUINT32_TO_BE(key_id);
    g_autofree char *bound = bound_to(place, id);

    sealed[0] = VERSION;
    memcpy(sealed + 1, &ordered, sizeof ordered);
    secret_random(sealed + HEAD, GCM_NONCE);
    if (len > VAULT_MAX || !key_id ||
        !gcm_run(true, key, sealed + HEAD, bound, (const uint8_t *)text, len, sealed + HEAD + GCM_NONCE,
                 sealed + HEAD + GCM_NONCE + len)) {
        store_fail(store);
        g_clear_pointer(&sealed, g_free);
        len = 0;
    }
    *ret_len = sealed ? OVERHEAD + len : 0;
    return sealed;
}

char *vault_text(struct vault *vault, const char *place, int64_t id, const void *sealed, size_t len)
{
    const uint8_t *bytes = sealed;
    uint32_t ordered;
    uint8_t key[VAULT_KEY], tag[GCM_TAG];

    if (!bytes || len < OVERHEAD || len > OVERHEAD + VAULT_MAX || bytes[0] != VERSION)
        return NULL;
    memcpy(&ordered, bytes + 1, sizeof ordered);
    memcpy(tag, bytes + len - GCM_TAG, GCM_TAG);
    if (!vault_key(vault, GUINT32_FROM_BE(ordered), key))
        return NULL;
    g_autofree char *bound = bound_to(place, id);
    char *text = g_malloc0(len - OVERHEAD + 1);

    if (gcm_run(false, key, bytes + HEAD, bound, bytes + HEAD + GCM_NONCE, len - OVERHEAD, (uint8_t *)text,
                tag))
        return text;
    g_free(text);
    return NULL;
}

void vault_index(struct vault *vault, const char *place, const char *text, uint8_t ret[VAULT_INDEX])
{
    g_autofree char *named = g_strdup_printf("%s=%s", place, text);
    uint8_t key[VAULT_KEY], mac[SECRET_BYTES];

    vault_key(vault, VAULT_INDEX_KEY, key);
    secret_sign(key, named, mac);
    memcpy(ret, mac, VAULT_INDEX);
}

/* Seals one column anew; gives how many fields, -1 on failure. The SQL is put together from names in the
 * code. */
static int64_t reseal(struct vault *vault, struct store *store, const struct sealed *column)
{
    g_autofree char *place = g_strdup_printf("%s.%s", column->table, column->column);
    g_autofree char *read = g_strdup_printf("SELECT id, %s FROM %s WHERE %s IS NOT NULL", column->column,
                                            column->table, column->column);
    g_autofree char *write =
        g_strdup_printf("UPDATE %s SET %s = ? WHERE id = ?", column->table, column->column);
    sqlite3_stmt *rows = NULL, *put = NULL;
    int64_t count = 0;
    bool ok = sqlite3_prepare_v2(store->db, read, -1, &rows, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(store->db, write, -1, &put, NULL) == SQLITE_OK;

    while (ok && sqlite3_step(rows) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(rows, 0);
        g_autofree char *text =
            vault_text(vault, place, id, sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1));
        size_t len = 0;
        g_autofree uint8_t *sealed = text ? vault_seal(vault, store, place, id, text, &len) : NULL;

        ok = sealed && sqlite3_bind_blob(put, 1, sealed, (int)len, SQLITE_TRANSIENT) == SQLITE_OK &&
             sqlite3_bind_int64(put, 2, id) == SQLITE_OK && sqlite3_step(put) == SQLITE_DONE &&
             sqlite3_reset(put) == SQLITE_OK;
        count++;
    }
    ok = sqlite3_finalize(rows) == SQLITE_OK && ok;
    sqlite3_finalize(put);
    return ok ? count : -1;
}

int64_t vault_rotate(struct vault *vault, struct store *store, const struct sealed *list)
{
    uint32_t made = vault_make_key(vault, store);
    int64_t all = 0;

    for (; made && all >= 0 && list->table; list++) {
        int64_t some = reseal(vault, store, list);

        all = some < 0 ? -1 : all + some;
    }
    if (!made || all < 0 ||
        !store_run(store, "DELETE FROM vault_key WHERE id <> ? AND id <> ?", "ii", (int64_t)made,
                   (int64_t)VAULT_INDEX_KEY)) {
        store_fail(store);
        return -1;
    }
    return all;
}
