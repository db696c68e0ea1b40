/* Memory that lives as long as one message is being handled and is freed for it in one go. */
#ifndef BOT_CORE_POOL_H
#define BOT_CORE_POOL_H

#include <glib.h>
#include <stdarg.h>

struct pool;

/* A new, empty pool; pool_free gives everything back. */
struct pool *pool_new(void);
void pool_free(struct pool *);

/* Forgets all that was taken and keeps one block for the next message. */
void pool_reset(struct pool *);

/* Zeroed memory of `size` bytes, aligned for any type. Never NULL. */
void *pool_alloc(struct pool *, size_t size);

/* The same, but not zeroed: for what is filled at once. */
void *pool_bytes(struct pool *, size_t size);

char *pool_strdup(struct pool *, const char *text /* NULL gives NULL */);
char *pool_strndup(struct pool *, const char *text, size_t len);
char *pool_printf(struct pool *, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
char *pool_vprintf(struct pool *, const char *fmt, va_list) G_GNUC_PRINTF(2, 0);

/* The pool frees `text` (from g_malloc) with the rest; returns it. */
char *pool_take(struct pool *, char *text);

#endif
