/* Addresses under which a file can be fetched for a while, as long as the account they were given to is
 * bound: for files that a platform does not carry, and people without a browser of ours. */
#ifndef BOT_SCHOOL_FILE_LINK_H
#define BOT_SCHOOL_FILE_LINK_H

#include "bot/school/talk.h"

enum { FILE_LINK_LIVES = 3 * 86400 };

/* An address of a file that lies here for whose account it is (chat: of a group, or what a platform calls the
 * account), good for FILE_LINK_LIVES of the class clock; in the pool. */
const char *file_link(struct talk *, const struct attachment *, enum platform_id, const char *chat);

/* The SHA-256 an address is for: `tail` is what follows /f/. NULL when it is none, or over. In the pool;
 * *ret_name borrows from the tail. */
const char *file_link_read(struct pool *, struct store *, const uint8_t *secret, const char *tail,
                           int64_t now, const char **ret_name);

#endif
