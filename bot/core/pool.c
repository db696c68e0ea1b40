#include "bot/core/pool.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 16 * 1024, ALIGN = 16 };

struct block {
    struct block *next; /* older */
    size_t size, used;  /* of data */
    _Alignas(ALIGN) char data[];
};

struct taken {
    struct taken *next;
    char *text;
};

struct pool {
    struct block *first; /* kept over resets */
    struct block *blocks;
    struct taken *taken;
};

/* A block for `size` bytes. */
static struct block *block_new(size_t size, struct block *next)
{
    struct block *b = g_malloc(sizeof *b + size);
    b->next = next;
    b->size = size;
    b->used = 0;
    return b;
}

/* An empty pool with its first block. */
struct pool *pool_new(void)
{
    struct pool *pool = g_new0(struct pool, 1);
    pool->first = pool->blocks = block_new(BLOCK, NULL);
    return pool;
}

/* Frees all but the first block. */
void pool_reset(struct pool *pool)
{
    for (struct taken *t = pool->taken; t; t = t->next)
        g_free(t->text);
    pool->taken = NULL;
    for (struct block *b = pool->blocks, *next; b; b = next) {
        next = b->next;
        if (b != pool->first)
            g_free(b);
    }
    pool->blocks = pool->first;
    pool->first->next = NULL;
    pool->first->used = 0;
}

/* Gives everything back. */
void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pool_reset(pool);
    g_free(pool->first);
    g_free(pool);
}

/* Memory that nothing is known of. A large piece gets a block of its own behind the current one, which stays
 * in use. */
static char *take(struct pool *pool, size_t size, size_t align)
{
    struct block *b = pool->blocks;
    size_t at = (b->used + align - 1) & ~(align - 1);
    if (G_LIKELY(at <= b->size && size <= b->size - at)) {
        b->used = at + size;
        return b->data + at;
    }
    if (size > BLOCK / 4) {
        b->next = block_new(size, b->next);
        b->next->used = size;
        return b->next->data;
    }
    b = pool->blocks = block_new(BLOCK, b);
    b->used = size;
    return b->data;
}

/* Memory for any type, not cleared. */
void *pool_bytes(struct pool *pool, size_t size)
{
    return take(pool, size, ALIGN);
}

/* Memory for any type, zeroed. */
void *pool_alloc(struct pool *pool, size_t size)
{
    return memset(take(pool, size, ALIGN), 0, size);
}

/* A copy of a text. */
char *pool_strdup(struct pool *pool, const char *text)
{
    if (!text)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(take(pool, size, 1), text, size);
}

/* A copy of `len` bytes with a NUL behind them. */
char *pool_strndup(struct pool *pool, const char *text, size_t len)
{
    char *copy = take(pool, len + 1, 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* A formatted text; short ones are written in place. */
char *pool_vprintf(struct pool *pool, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    struct block *b = pool->blocks;
    size_t room = b->size - b->used;
    int len = vsnprintf(b->data + b->used, room, fmt, args);
    char *text = b->data + b->used;
    if (len < 0) {
        text = take(pool, 1, 1);
        *text = '\0';
    } else if ((size_t)len < room) {
        b->used += (size_t)len + 1;
    } else {
        text = take(pool, (size_t)len + 1, 1);
        vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    return text;
}

/* A formatted text. */
char *pool_printf(struct pool *pool, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = pool_vprintf(pool, fmt, args);
    va_end(args);
    return text;
}

/* Adopts a text of g_malloc. */
char *pool_take(struct pool *pool, char *text)
{
    if (!text)
        return NULL;
    struct taken *t = pool_bytes(pool, sizeof *t);
    t->text = text;
    t->next = pool->taken;
    pool->taken = t;
    return text;
}
