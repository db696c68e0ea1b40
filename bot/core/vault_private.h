/* What sealing (vault.c) and the keys (vault_keys.c) share. */
#ifndef BOT_CORE_VAULT_PRIVATE_H
#define BOT_CORE_VAULT_PRIVATE_H

#include "bot/core/gcm.h"
#include "bot/core/vault.h"

enum {
    VAULT_NONCE = 12,
    VAULT_TAG = 16,
    VAULT_INDEX_KEY = 1 /* the id of the key of all indexes; it stays */
};

/* The data key of an id; false when it is not known. */
bool vault_key(struct vault *, uint32_t id, uint8_t ret_key[VAULT_KEY]);

/* The id of the newest data key, and the key; 0 when it cannot be had. */
uint32_t vault_current(struct vault *, struct store *, uint8_t ret_key[VAULT_KEY]);

/* Inside a transaction: makes a data key and gives its id; 0 on failure. */
uint32_t vault_make_key(struct vault *, struct store *);

#endif
