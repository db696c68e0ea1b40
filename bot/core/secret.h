/* The server's own key, and codes for people to type. The key is 32 random bytes in data_dir/secret.key, made
 * at the first start and readable by its owner only. */
#ifndef BOT_CORE_SECRET_H
#define BOT_CORE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECRET_BYTES = 32, CODE_LENGTH = 10 };

/* Reads the key, or makes it (and data_dir) when there is none. False and *ret_error (yours, one sentence)
 * when it cannot be read or made, has not 32 bytes, or others may read it. */
bool secret_load(const char *data_dir, uint8_t ret_key[SECRET_BYTES], char **ret_error);

/* From now on the process leaves no core dump, and nobody but root may read its memory: keys are in it. */
void secret_keep_from_core(void);

/* HMAC-SHA256 of a text with a key of SECRET_BYTES. */
void secret_sign(const uint8_t *key, const char *text, uint8_t ret[SECRET_BYTES]);

/* The same in hexadecimal. */
void secret_sign_hex(const uint8_t *key, const char *text, char ret[2 * SECRET_BYTES + 1]);

/* A code of CODE_LENGTH characters of 32 (no 0 1 I O), 50 bits, never digits only; yours. */
char *secret_code(void);

/* The code that SECRET_BYTES of a digest make; NULL when it would be digits only. Yours. */
char *secret_code_of(const uint8_t *digest);

/* The code somebody typed: upper case, without blanks and dashes, without a "j_" before it; NULL when it
 * cannot be one. Yours. */
char *secret_code_typed(const char *typed);

/* Fills a buffer with random bytes; ends the process when there are none. */
void secret_random(void *into, size_t len);

#endif
