/* A consistent copy of the store and the files as one tar: manifest.sha256 behind banzhang.db, secret.key,
 * master.key where it lies in data_dir, and files/. The copy is a folder in data_dir: the store, taken
 * through the writing connection in slices, and the keys as they were when its last slice was; the tar is
 * made of it by the command itself, so that a server spends no more than those slices. Files lie down before
 * their rows are written, so every file that the copy names is there afterwards. Outside data_dir nothing of
 * a backup ever lies but the backup. */
#ifndef BOT_BACKUP_H
#define BOT_BACKUP_H

#include "bot/config.h"
#include "bot/control.h"
#include "bot/core/store.h"

#define BACKUP_COPY       "backup-copy-"        /* how the copy's name begins, in data_dir */
#define BACKUP_BEFORE     "banzhang.db.before-" /* and that of a copy taken before an upgrade */
#define BACKUP_SCHEDULED  "banzhang-"           /* and that of one made by itself; then its day and hour */
#define BACKUP_UNVERIFIED ".unverified"         /* the end of its name until it was verified */

/* Says that a backup is made in data_dir until what it gives is closed; first removes the copies that a crash
 * left, when nobody else makes one. -1 when that cannot be said. */
int backup_hold(const char *data_dir);

/* Leaves to `later` the copying of the store and the keys into data_dir; what it says is the copy's path. */
void backup_begin(struct store *, const struct config *, struct control_later *later);

/* Packs the copy and the files in data_dir into `path`, which is there whole or not at all; sealed with
 * what `key_file` says unless that is NULL. False and *ret_error (yours) on failure. Counts files whose bytes
 * are not what their name says into *ret_damaged. */
bool backup_pack(const char *data_dir, const char *copy, const char *path, const char *key_file,
                 int *ret_files, int *ret_damaged, char **ret_error);

/* Verifies that `path`, read back whole, holds what its manifest says, and of the copy that it was packed
 * from that the store is sound and opens with the keys. Nothing is laid down. False and *ret_error (yours) on
 * the first fault. */
bool backup_verify(const char *path, const char *key_file, const char *copy, char **ret_error);

/* Whether a name is that of a backup made by itself, verified or not: banzhang-2026-03-02[-0930].tar or
 * .sealed. */
bool backup_is_scheduled(const char *name);

/* Unpacks `path`, sealed or not, into the empty folder `dir` and verifies all of it: names, checksums, the
 * store itself, and that the keys open it. False and *ret_error (yours) on the first fault. Counts the files,
 * and those that the store names and that are not in it. */
bool backup_unpack(const char *path, const char *key_file, const char *dir, int *ret_files, int *ret_missing,
                   char **ret_error);

#endif
