/* Commands of the machine that write or read files of the caller's: export, backup, restore. */
#ifndef BOT_COMMANDS_FILES_H
#define BOT_COMMANDS_FILES_H

#include "bot/config.h"

#include <glib.h>
#include <stdbool.h>

/* Lists on stdout what backups are known here: when, how large, of what class, verified or not, sealed or
 * not. */
int command_backups(const struct config *);

/* Keeps for that list that `file` was written and verified. */
void command_note_backup(const struct config *, const char *file);

/* Packs what the server (or the command itself) copied to `copy`, verifies what was written, and removes the
 * copy; sealed with what `key_file` says unless that is NULL. The exit code. */
int command_backup(const struct config *, const char *copy, const char *file, const char *key_file);

/* Writes what was exported to `file` ("-": stdout), whole or not at all: the bytes that came, or (in_file)
 * the file in data_dir whose name came. The exit code. */
int command_export(const struct config *, GString *made, bool in_file, const char *file);

/* Puts a backup into data_dir, which nobody may hold; with `force` what is there is moved aside;
 * `key_file` (or NULL) opens a sealed one. */
int command_restore(const struct config *, const char *file, const char *key_file, bool force);

/* Copies a file's bytes; false when it cannot. */
bool command_copy_file(const char *from, const char *to);

#endif
