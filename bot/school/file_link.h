/* Addresses under which a file can be fetched for a while by whoever was given them: for files that a
 * platform does not carry, and people without a browser of ours. */
#ifndef BOT_SCHOOL_FILE_LINK_H
#define BOT_SCHOOL_FILE_LINK_H

#include "bot/school/talk.h"

enum { FILE_LINK_LIVES = 3 * 86400 };

/* An address of a file that lies here, good for FILE_LINK_LIVES of the class clock; in the pool. */
const char *file_link(struct talk *, const struct attachment *);

/* The SHA-256 an address is for: `tail` is what follows /f/. NULL when it is none, or over. In the pool;
 * *ret_name borrows from the tail. */
const char *file_link_read(struct pool *, const uint8_t *key, const char *tail, int64_t now,
                           const char **ret_name);

#endif
