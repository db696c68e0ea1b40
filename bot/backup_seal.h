/* A backup sealed as a whole: "BZSEAL1\n", 16 bytes of salt, then pieces of at most 64 KiB under AES-256-GCM
 * with their tags. The key is made by scrypt from what a key file says and the salt, so each file has its
 * own; a piece's nonce is its number, and the last piece says in it that it is the last: pieces cannot be
 * changed, exchanged or cut off. */
#ifndef BOT_BACKUP_SEAL_H
#define BOT_BACKUP_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct seal;

/* Begins to write a sealed stream to a descriptor, which stays the caller's. NULL and *ret_error (yours) when
 * the key file cannot be read, others may read it, or it says less than 16 bytes. */
struct seal *seal_write_begin(int fd, const char *key_file, char **ret_error);
bool seal_write(struct seal *, const void *bytes, size_t len);
bool seal_write_end(struct seal *); /* the last piece; before seal_free */

/* Begins to read one; false answers as above, and when it is none. */
struct seal *seal_read_begin(int fd, const char *key_file, char **ret_error);

/* The next piece, borrowed until the next call: its length, 0 at the end, -1 when it is not whole or the key
 * is not its own. */
ssize_t seal_read(struct seal *, const void **ret_bytes);
void seal_free(struct seal *);

/* Whether a file begins as a sealed one does. */
bool seal_is_sealed(const char *path);

#endif
