/* A consistent copy of the store and the files as one tar: manifest.sha256 behind banzhang.db, secret.key and
 * files/. The copy of the store is taken through the writing connection, in slices, next to it; the tar is
 * made of it by the command itself, so that a server spends no more than those slices. Files lie down before
 * their rows are written, so every file that the copy names is there afterwards. */
#ifndef BOT_BACKUP_H
#define BOT_BACKUP_H

#include "bot/control.h"
#include "bot/core/store.h"

#define BACKUP_COPY       "backup-copy-"        /* how the copy's name begins, in data_dir */
#define BACKUP_BEFORE     "banzhang.db.before-" /* and that of a copy taken before an upgrade */
#define BACKUP_SCHEDULED  "banzhang-"           /* and that of one made by itself; then its day and hour */
#define BACKUP_UNVERIFIED ".unverified"         /* the end of its name until it was verified */

/* Leaves to `later` the copying of the store into data_dir; what it says is the copy's path. */
void backup_begin(struct store *, const char *data_dir, struct control_later *later);

/* Packs the copy and what else is in data_dir into `path`, which is there whole or not at all; sealed with
 * what `key_file` says unless that is NULL. False and *ret_error (yours) on failure. Counts files whose bytes
 * are not what their name says into *ret_damaged. */
bool backup_pack(const char *data_dir, const char *copy, const char *path, const char *key_file,
                 int *ret_files, int *ret_damaged, char **ret_error);

/* Verifies `path` whole, as unpacking it would; its store lies beside it for the time. False and *ret_error
 * (yours) on the first fault. */
bool backup_verify(const char *path, const char *key_file, char **ret_error);

/* Whether a name is that of a backup made by itself, verified or not: banzhang-2026-03-02[-0930].tar or
 * .sealed. */
bool backup_is_scheduled(const char *name);

/* Unpacks `path`, sealed or not, into the empty folder `dir` and verifies all of it: names, checksums, the
 * store itself. False and *ret_error (yours) on the first fault. Counts the files, and those that the store
 * names and that are not in it. */
bool backup_unpack(const char *path, const char *key_file, const char *dir, int *ret_files, int *ret_missing,
                   char **ret_error);

#endif
