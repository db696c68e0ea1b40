#include "bot/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bot/backup_private.h"
#include "bot/core/folder.h"
#include "bot/core/log.h"

enum { SPARE = 8 << 20 };   /* bytes that a copy leaves free for people's messages */
enum { SLICE_PAGES = 256 }; /* 1 MiB with the store's page size: about a millisecond */

#define NO_ROOM "there is no room for a copy of the store"

/* One copy being taken. */
struct copying {
    const struct config *config;
    sqlite3 *to;
    sqlite3_backup *backup;
    char *path, *error; /* the folder */
};

/* Removes the copies that a crash left behind. */
static void sweep(const char *data_dir)
{
    GDir *dir = g_dir_open(data_dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(data_dir, name, NULL);

        if (g_str_has_prefix(name, BACKUP_COPY))
            folder_remove(path);
    }
    if (dir)
        g_dir_close(dir);
}

int backup_hold(const char *data_dir)
{
    int fd = folder_make(data_dir) ? open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        sweep(data_dir);
    if (fd < 0 || flock(fd, LOCK_SH) == 0)
        return fd;
    close(fd);
    return -1;
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

/* A second name in the copy for a key of data_dir: the file as it is now, whatever takes its place later. */
static bool take_key(struct copying *c, const char *name)
{
    g_autofree char *from = g_build_filename(c->config->data_dir, name, NULL);
    g_autofree char *to = g_build_filename(c->path, name, NULL);

    if (link(from, to) == 0)
        return true;
    g_autofree char *what = g_strdup_printf("%s: %s", name, g_strerror(errno));

    fail(c, what);
    return false;
}

/* Whether the master key is the one in data_dir, which alone a backup holds. */
static bool has_master(const struct config *config)
{
    g_autofree char *used = config_master_key(config);
    g_autofree char *ours = g_build_filename(config->data_dir, BACKUP_MASTER, NULL);
    GStatBuf one, other;

    return g_stat(used, &one) == 0 && g_stat(ours, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* A slice of the copy; true when it is whole, or cannot be. The keys are taken with the last one: nothing
 * comes between. */
static bool slice(void *data)
{
    struct copying *c = data;

    if (!has_room(c->config->data_dir, 0))
        fail(c, NO_ROOM);
    if (c->error)
        return true;
    int code = sqlite3_backup_step(c->backup, SLICE_PAGES);

    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return false;
    if (code != SQLITE_DONE)
        fail(c, sqlite3_errstr(code));
    else if (take_key(c, BACKUP_KEY) && has_master(c->config))
        take_key(c, BACKUP_MASTER);
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
        folder_remove(c->path);
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

/* Makes the folder and opens what the store is copied into; false when it cannot be. */
static bool open_copy(struct copying *c)
{
    g_autofree char *store = NULL;

    if (!g_mkdtemp_full(c->path, 0700))
        return false;
    store = g_build_filename(c->path, BACKUP_STORE, NULL);
    return sqlite3_open_v2(store, &c->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
           sqlite3_exec(c->to, "PRAGMA synchronous=OFF;PRAGMA journal_mode=OFF", NULL, NULL, NULL) ==
               SQLITE_OK;
}

void backup_begin(struct store *store, const struct config *config, struct control_later *later)
{
    struct copying *c = g_new0(struct copying, 1);

    c->config = config;
    c->path = g_build_filename(config->data_dir, BACKUP_COPY "XXXXXX", NULL);
    *later = (struct control_later){ .slice = slice, .end = end, .data = c };
    if (!has_room(config->data_dir, size_of(store))) {
        fail(c, NO_ROOM);
        return;
    }
    if (!open_copy(c))
        fail(c, "cannot be written");
    else
        c->backup = sqlite3_backup_init(c->to, "main", store_handle(store), "main");
    if (!c->error && !c->backup)
        fail(c, sqlite3_errmsg(c->to));
}
