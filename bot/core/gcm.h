/* AES-256-GCM over bytes in memory. */
#ifndef BOT_CORE_GCM_H
#define BOT_CORE_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GCM_KEY = 32, GCM_NONCE = 12, GCM_TAG = 16 };

/* Seals or opens `len` bytes from `in` to `out` (which may not overlap), bound to a text; the tag is written
 * when sealing and checked when opening. A key and nonce must never seal twice. False when it does not fit:
 * `out` is then worth nothing. */
bool gcm_run(bool seal, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], const char *bound,
             const uint8_t *in, size_t len, uint8_t *out, uint8_t tag[GCM_TAG]);

#endif
