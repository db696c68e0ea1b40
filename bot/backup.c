#include "bot/backup.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bot/core/log.h"

enum { SPARE = 8 << 20 };   /* bytes that a copy leaves free for people's messages */
enum { SLICE_PAGES = 256 }; /* 1 MiB with the store's page size: about a millisecond */

#define NO_ROOM "there is no room for a copy of the store"

/* One copy being taken. */
struct copying {
    const char *data_dir;
    sqlite3 *to;
    sqlite3_backup *backup;
    char *path, *error;
};

/* Removes what commands that were killed left behind; copies in use are not older than an hour. */
static void sweep(const char *data_dir)
{
    GDir *dir = g_dir_open(data_dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(data_dir, name, NULL);
        GStatBuf there;

        if (g_str_has_prefix(name, BACKUP_COPY) && g_stat(path, &there) == 0 &&
            there.st_mtime + 3600 < g_get_real_time() / G_USEC_PER_SEC)
            g_unlink(path);
    }
    if (dir)
        g_dir_close(dir);
}

/* Remembers why it failed. */
static void fail(struct copying *c, const char *what)
{
    if (!c->error)
        c->error = g_strdup_printf("%s: %s", c->path, what);
}

/* Whether so many bytes can be written and people's messages still have room; a backup is not what a disk is
 * filled with. */
static bool has_room(const char *data_dir, int64_t size)
{
    struct statvfs disk;

    return statvfs(data_dir, &disk) != 0 ||
           (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)size + (uint64_t)SPARE;
}

/* The bytes of the store. */
static int64_t size_of(struct store *store)
{
    return store_int(store, 0, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", "");
}

/* A slice of the copy; true when it is whole, or cannot be. */
static bool slice(void *data)
{
    struct copying *c = data;

    if (!has_room(c->data_dir, 0))
        fail(c, NO_ROOM);
    if (c->error)
        return true;
    int code = sqlite3_backup_step(c->backup, SLICE_PAGES);

    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return false;
    if (code != SQLITE_DONE)
        fail(c, sqlite3_errstr(code));
    return true;
}

/* Ends the copy: its path is what is said. */
static int end(void *data, GString *out, GString *err)
{
    struct copying *c = data;

    if (c->backup && sqlite3_backup_finish(c->backup) != SQLITE_OK)
        fail(c, sqlite3_errmsg(c->to));
    sqlite3_close(c->to);
    if (c->error) {
        g_unlink(c->path);
        g_string_append_printf(err, "%s\n", c->error);
    } else {
        g_string_append_printf(out, "%s\n", c->path);
    }
    int exit = c->error ? 1 : 0;

    log_info("backup.copied", "exit=%d", exit);
    g_free(c->path);
    g_free(c->error);
    g_free(c);
    return exit;
}

void backup_begin(struct store *store, const char *data_dir, struct control_later *later)
{
    struct copying *c = g_new0(struct copying, 1);

    sweep(data_dir);
    c->data_dir = data_dir;
    c->path = g_build_filename(data_dir, BACKUP_COPY "XXXXXX", NULL);
    *later = (struct control_later){ .slice = slice, .end = end, .data = c };
    if (!has_room(data_dir, size_of(store))) {
        fail(c, NO_ROOM);
        return;
    }
    int fd = g_mkstemp_full(c->path, O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    if (fd < 0 || sqlite3_open_v2(c->path, &c->to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(c->to, "PRAGMA synchronous=OFF;PRAGMA journal_mode=OFF", NULL, NULL, NULL) != SQLITE_OK)
        fail(c, "cannot be written");
    else
        c->backup = sqlite3_backup_init(c->to, "main", store_handle(store), "main");
    if (!c->error && !c->backup)
        fail(c, sqlite3_errmsg(c->to));
}
