/* Folders, and names in them that last: the name of a new file is on the disk only once the folder that has
 * it was synced. */
#ifndef BOT_CORE_FOLDER_H
#define BOT_CORE_FOLDER_H

#include <stdbool.h>

/* Makes a folder (0700), with those above it, for good; true when it is there. On failure errno says why. */
bool folder_make(const char *path);

/* The names in a folder last; the names beside `path`, its own among them, do. On failure errno says why. */
bool folder_sync(const char *path);
bool folder_sync_around(const char *path);

/* Removes a folder and what is in it; what cannot be removed stays. */
void folder_remove(const char *path);

#endif
