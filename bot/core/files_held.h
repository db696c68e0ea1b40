/* Bytes that were laid down and that no row names yet. Whoever removes bytes that no row names must leave
 * these alone, or a file that was answered for would lose them. Any thread. */
#ifndef BOT_CORE_FILES_HELD_H
#define BOT_CORE_FILES_HELD_H

#include <stdbool.h>

struct held;
struct held *held_new(void);
void held_free(struct held *);

/* Once more somebody is about to use these bytes: to be called before looking whether they lie there. */
void held_take(struct held *, const char *sha256);

/* Whoever took them needs them no more: true when nobody does. */
bool held_drop(struct held *, const char *sha256);

/* Removes the file at `path`, which has these bytes, unless they are held. */
void held_unlink(struct held *, const char *sha256, const char *path);

#endif
