/* Allocations that fail: SQLite's by its own interface, everybody's by standing before the C library's. */
#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

#include "tests/faults/plan.h"

static sqlite3_mem_methods real;

static void *sqlite_malloc(int size)
{
    return fault_due(FAULT_SQLITE_MEMORY) ? NULL : real.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fault_due(FAULT_SQLITE_MEMORY) ? NULL : real.xRealloc(old, size);
}

void faults_in_memory(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
        return;
    sqlite3_mem_methods ours = real;

    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

#ifndef __SANITIZE_ADDRESS__ /* which stands there itself */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): glibc names its own so
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *malloc(size_t);
void *calloc(size_t, size_t);
void *realloc(void *, size_t);

/* Nothing, as the C library says it. */
static void *none(void)
{
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    return fault_due(FAULT_MEMORY) ? none() : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fault_due(FAULT_MEMORY) ? none() : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fault_due(FAULT_MEMORY) ? none() : __libc_realloc(old, size);
}
#endif
