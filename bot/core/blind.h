/* Blind signatures (RFC 9474), the signer's side: what is signed is not seen, and what is shown later cannot
 * be joined to when it was signed. The variant is RSABSSA-SHA384-PSS-Randomized: it stays blind even if the
 * signer made the key badly on purpose, and the 32 random bytes it puts before a message make the same
 * message of many people different ones. The exponent is 65537, keys are BLIND_BITS. */
#ifndef BOT_CORE_BLIND_H
#define BOT_CORE_BLIND_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLIND_BITS = 2048, BLIND_BYTES = BLIND_BITS / 8, BLIND_PREFIX = 32 };

/* A new key: the private one (DER) and the modulus, both yours. Takes long: for a worker thread. False when
 * the machine has no randomness. */
bool blind_make_key(GBytes **ret_private, GBytes **ret_modulus);

/* Signs a blinded message, which is as long as the modulus and below it; yours. NULL when it is not, or the
 * key is none. */
GBytes *blind_sign(const void *private_key, size_t private_len, const void *blinded, size_t len);

/* Whether a signature of the prepared message was made with the key of this modulus. */
bool blind_verify(const void *modulus, size_t modulus_len, const void *message, size_t message_len,
                  const void *signature, size_t signature_len);

#endif
