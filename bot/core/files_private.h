/* The inside of files: rows and fetching (files.c), what comes whole or in pieces, what goes, the disk. */
#ifndef BOT_CORE_FILES_PRIVATE_H
#define BOT_CORE_FILES_PRIVATE_H

#include <glib.h>

#include "bot/core/files.h"
#include "bot/core/files_held.h"

/* Runs work(data) on a worker, then done(data, closing) on the loop, which frees data; closing: nobody waits
 * for it any more. */
void files_work(struct files *, void (*work)(void *), void (*done)(void *, bool closing), void *data);

/* Where the files lie; good for any thread while a work runs. */
const char *files_dir(const struct files *);
struct held *files_held(const struct files *); /* any thread */
struct store *files_store(const struct files *);
struct turn *files_turn(const struct files *);

/* Whether what went is being settled (files_prune.c). */
bool files_settling(const struct files *);
void files_set_settling(struct files *, bool settling);

/* After the commit of the job that is running: fn(data); free_data(data) when it is rolled back. */
void files_after_commit(struct files *, void (*fn)(void *), void *data, void (*free_data)(void *));

/* Inside a job: the bytes go after its commit when no row has them then and nobody holds them. */
void files_unlink_unused(struct files *, const char *sha256);

/* Makes the folder, removes what a crash left half-written. */
bool files_prepare(const char *dir, GError **error);

/* On a worker, after writing `size` bytes failed for `why` (errno): whether to try once more, because room
 * was made. */
bool files_make_room(const struct files *, int64_t size, int why);

/* On a worker, of bytes that are held: lays them down for good under their SHA-256; false and errno when the
 * disk refuses. */
bool files_lay_down(const char *dir, const char *sha256, const char *bytes, size_t len);

/* On a worker: the names in one of the folders of DIR last, and its own. Another worker may have made it a
 * moment ago and not have synced it yet. */
bool files_keep_name(const char *folder);

#endif
