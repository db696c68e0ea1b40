/* Fields that are sealed at rest: AES-256-GCM under data keys, which lie in the store sealed under a master
 * key in a file of its own, so that a stolen store or plain backup tells nobody's telephone. A sealed field
 * is bound to its place ("person.phone", row id): moved elsewhere it does not open. It cannot be looked up by
 * its text; beside it lies an index, an HMAC of the text, that can.
 *
 * Safe from worker threads: opening is; sealing and changing keys belong to the loop. */
#ifndef BOT_CORE_VAULT_H
#define BOT_CORE_VAULT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/store.h"

enum { VAULT_KEY = 32, VAULT_INDEX = 16, VAULT_MAX = 65536 };

struct vault;

/* A sealed column: its table has the integer key `id`, and the column holds blobs or null. */
struct sealed {
    const char *table, *column;
};

/* Opens the keys of a store that was just opened; a store without any gets its first ones, and `path` a
 * master key (mode 0600) when there is none. NULL and *error when the file cannot be read, others may read
 * it, or it does not open the store's keys. */
struct vault *vault_open(struct store *, const char *path, GError **error);
void vault_free(struct vault *);

/* Whether bytes are the master key that the keys in a store open with; no vault is needed. */
bool vault_fits(struct sqlite3 *, const uint8_t *master, size_t len);

/* Seals a text of at most VAULT_MAX bytes for one place; the bytes are yours. */
uint8_t *vault_seal(struct vault *, struct store *, const char *place, int64_t id, const char *text,
                    size_t *ret_len);

/* The text sealed for that place, yours; NULL when it is not whole, from elsewhere, or its key is gone. */
char *vault_text(struct vault *, const char *place, int64_t id, const void *sealed, size_t len);

/* By what a text of that place is looked up. */
void vault_index(struct vault *, const char *place, const char *text, uint8_t ret[VAULT_INDEX]);

/* Inside a transaction: a new data key, every column in `list` (ended by an entry without table) sealed anew
 * under it, the older keys forgotten. Gives how many fields, -1 on failure. */
int64_t vault_rotate(struct vault *, struct store *, const struct sealed *list);

/* Lays a new master key beside the old one; false and *error when that cannot be. */
bool vault_make_master(struct vault *, GError **error);

/* Then, inside a transaction: the data keys are sealed under it. Only vault_settle, once that transaction has
 * ended, makes it the master key or takes it away. False on failure. */
bool vault_rotate_master(struct vault *, struct store *);
bool vault_settle(struct vault *, struct store *, char **ret_error);

#endif
