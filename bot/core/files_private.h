/* The inside of files, shared by files.c (rows, fetching) and files_disk.c (bytes). */
#ifndef BOT_CORE_FILES_PRIVATE_H
#define BOT_CORE_FILES_PRIVATE_H

#include <glib.h>

#include "bot/core/files.h"

/* Makes the folder, removes what a crash left half-written. */
bool files_prepare(const char *dir, GError **error);

/* On a worker: lays the bytes down for good; gives their SHA-256 (yours), NULL when the disk refuses. */
char *files_lay_down(const char *dir, const char *bytes, size_t len);

#endif
