/* The server's own key: 32 random bytes in data_dir/secret.key, made at the first start and readable by its
 * owner only. */
#ifndef BOT_CORE_SECRET_H
#define BOT_CORE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_BYTES = 32 };

struct secret {
    unsigned char key[SECRET_BYTES];
};

/* Reads it, or makes it (and data_dir) when there is none. False and *ret_error (yours, one sentence) when it
 * cannot be read or made, has not 32 bytes, or others may read it. */
bool secret_load(const char *data_dir, struct secret *ret, char **ret_error);

/* HMAC-SHA256 of a text with the key. */
void secret_sign(const struct secret *, const char *text, unsigned char ret[SECRET_BYTES]);

#endif
