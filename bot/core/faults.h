/* Faults of files that people write, collected so that all can be told at once: strings "file:line:column:
 * what". */
#ifndef BOT_CORE_FAULTS_H
#define BOT_CORE_FAULTS_H

#include <glib.h>

/* An empty list that owns its strings; free with g_ptr_array_unref. */
GPtrArray *faults_new(void);

/* Adds "file:line:column: what"; line 0: "file: what"; column 0: "file:line: what". */
void faults_add(GPtrArray *, const char *file, int line, int column, const char *fmt, ...)
    G_GNUC_PRINTF(5, 6);

/* The word of the NULL-terminated list that `word` was probably meant to be, or NULL. */
const char *faults_nearest(const char *word, const char *const *words);

#endif
