/* Files of people, under DIR by SHA-256: written under a temporary name, synced, renamed, folder synced, and
 * only then the row. Never executed or rendered; the type is told by content. */
#ifndef BOT_CORE_FILES_H
#define BOT_CORE_FILES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/core/pool.h"
#include "bot/core/store.h"

struct files;
struct loop;
struct reserve;
struct turn;

enum { FILES_MAX_BYTES = 20 * 1024 * 1024 };

/* Creates the table; before files_new. */
bool files_migrate(struct store *, GError **error);

/* Makes `dir` if need be and removes what a crash left unfinished there; NULL and *error when the disk
 * refuses. */
struct files *files_new(struct store *, struct turn *, struct loop *, const char *dir, GError **error);
void files_free(struct files *); /* what is being written ends without its callback; before loop_free */

/* The room that is given up for small files when the disk is full; without it (NULL) none is. */
void files_reserve(struct files *, struct reserve *);

/* Whether a file of so many bytes may come now: there is room for it besides the reserve. */
bool files_admit(const struct files *, int64_t size);

/* Writes bytes on a worker; done(data, sha256 or NULL when the disk refused) on the loop. Takes `bytes`
 * (g_malloc). What is laid down is held until files_release. */
void files_write(struct files *, char *bytes, size_t len, void (*done)(void *, const char *sha256),
                 void *data);

/* Outside a job, once for each time that bytes were laid down: a row names them now, or they are not wanted.
 * They go when no row does. */
void files_release(struct files *, const char *sha256);

/* --- a file that comes in pieces: its part lies in DIR under a number of the caller's until it is whole */

/* Writes and syncs a piece at `at` on a worker (the first one begins the part anew); done(data, end) on the
 * loop. Takes `bytes` (g_malloc). */
enum files_piece {
    FILES_PIECE_WROTE,
    FILES_PIECE_REFUSED,  /* by the disk */
    FILES_PIECE_TOO_LATE, /* the pieces before it are not there any more: all are wanted again */
};
void files_part_write(struct files *, int64_t part, int64_t at, char *bytes, size_t len,
                      void (*done)(void *, enum files_piece end), void *data);

/* The part has all its `size` bytes: lays it down on a worker, as files_write does; done(data, sha256 or NULL
 * when the disk refused, the type by content). */
void files_part_end(struct files *, int64_t part, int64_t size,
                    void (*done)(void *, const char *sha256, const char *type), void *data);

/* Inside a job: after its commit the part is removed. */
void files_part_drop(struct files *, int64_t part);

/* The numbers of all parts that lie in DIR, int64_t each; free with g_array_unref. */
GArray *files_part_list(struct files *);

/* Inside a job: a row for one attachment of a message of `person`, whether it lies here already or has still
 * to be fetched from its platform (then fetching starts after the commit). Gives the file's id. Of one that
 * lies here the mime must be files_type's. */
int64_t files_add(struct files *, enum platform_id, const struct attachment *, int64_t person);

/* Inside a job: the same of what lies here and is nobody's until somebody uses it: it goes with age
 * (files_prune), until then it counts for `holder` (a person, 0 nobody) and goes with that one. */
int64_t files_add_nobodys(struct files *, const struct attachment *, int64_t holder);

/* The file with this id; name, mime, size and (once it lies here) sha256 in the pool. */
enum files_state { FILES_COMING, FILES_HERE, FILES_GONE };
enum files_state files_get(struct files *, struct pool *, int64_t id, struct attachment *ret_file);

/* How a platform fetches: must end in files_fetched, once, on the loop. */
void files_fetcher(struct files *, enum platform_id,
                   void (*fetch)(void *self, int64_t file, const char *remote), void *self);

/* ok: bytes are there (copied; the type is told by them, not by mime). Not ok: retried by age and tries
 * unless `gone`. */
void files_fetched(struct files *, int64_t file, bool ok, bool gone, const char *bytes, size_t len,
                   const char *name, const char *mime);

/* Who is asked, inside a job, whether a file that was fetched and has `size` bytes is kept, and told of its
 * end: it is here, cannot be had any more, or was not kept. */
enum files_end { FILES_CAME, FILES_LOST, FILES_TOO_MUCH };
void files_on_end(struct files *, bool (*keeps)(void *, int64_t file, int64_t size),
                  void (*ended)(void *, int64_t file, enum files_end), void *data);

/* Inside a job: forgets files that are nobody's (made for a chat, as exports are) and older than `age`
 * seconds of the machine clock, at most `limit`; gives how many. Messages that showed them must be forgotten
 * earlier. Bytes that were to go, also in a process before this one, are removed once more. */
int files_prune(struct files *, struct store *, int64_t age, int limit);

/* Inside a job: forgets one file; after the commit its bytes are removed when no other row has them. */
void files_forget(struct files *, struct store *, int64_t file);

/* Resumes fetching after a restart. */
void files_start(struct files *);

/* Where the file with this SHA-256 lies (pool); never NULL: of what is no SHA-256 a place where nothing lies.
 */
const char *files_path(struct files *, struct pool *, const char *sha256);

/* image/png, image/jpeg, application/pdf … by the first bytes; application/octet-stream unknown. */
const char *files_type(const char *bytes, size_t len);

/* The name for people of a file with that type: what its ending says falsely is set right ("a.jpg.pdf"); no
 * folders, no control characters, bounded. Yours. */
char *files_named(const char *name, const char *type);

#endif
