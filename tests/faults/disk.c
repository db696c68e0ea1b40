/* The files that are not SQLite's: what is done to them is written down ($BANZHANG_DISK), so that the test
 * can take back after the end of the process all that was not synced (tests/torture/disk.py). Stands between
 * the product's objects and the C library (ld --wrap). Bytes are durable once their file is synced, names
 * once their folder is.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/plan.h"

enum { FDS = 4096, LAZY_FILES = 1, LAZY_FOLDERS = 2 /* of VALUE_LAZY: these syncs do nothing */ };

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap names them so
int __real_open(const char *, int, ...);
int __wrap_open(const char *, int, ...);
int __real_close(int);
int __wrap_close(int);
ssize_t __real_write(int, const void *, size_t);
ssize_t __wrap_write(int, const void *, size_t);
ssize_t __real_pwrite(int, const void *, size_t, off_t);
ssize_t __wrap_pwrite(int, const void *, size_t, off_t);
int __real_fsync(int);
int __wrap_fsync(int);
int __wrap_fdatasync(int);
int __wrap_syncfs(int);
int __real_rename(const char *, const char *);
int __wrap_rename(const char *, const char *);
int __real_link(const char *, const char *);
int __wrap_link(const char *, const char *);
int __real_unlink(const char *);
int __wrap_unlink(const char *);
int __wrap_g_unlink(const char *);
int __real_mkdir(const char *, mode_t);
int __wrap_mkdir(const char *, mode_t);
int __real_g_mkdir_with_parents(const char *, int);
int __wrap_g_mkdir_with_parents(const char *, int);
int __real_g_mkstemp_full(char *, int, int);
int __wrap_g_mkstemp_full(char *, int, int);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

static GRecMutex lock; /* what is done and what is written down of it are one */
static int book = -1;
static const char *kept; /* the folder where what loses its name stays by its number */
static struct {
    guint64 number; /* inode; 0: none of ours */
    char *folder;   /* of an open folder */
} open_files[FDS];

/* Opens the book once; false when nobody wants one. */
static bool wanted(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        const char *path = g_getenv("BANZHANG_DISK");

        kept = g_getenv("BANZHANG_DISK_KEPT");
        if (path && kept)
            book = __real_open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        g_once_init_leave(&once, 1);
    }
    return book >= 0;
}

/* One line of the book. */
static void note(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    if (__real_write(book, line, strlen(line)) < 0)
        g_error("the book of the disk cannot be written");
}

/* The number of what lies there; 0: nothing. */
static guint64 number_of(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 ? (guint64)about.st_ino : 0;
}

/* A name came into its folder or went out of it; `was`: what it stood for before, 0 nothing. */
static void note_name(const char *path, guint64 was, guint64 is)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);

    if (g_str_has_prefix(path, "/proc/"))
        return;

    note("name\t%s\t%s\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\n", folder, name, was, is);
}

/* What lies there stays to be had by its number. */
static void keep(const char *path, guint64 number)
{
    g_autofree char *to = g_strdup_printf("%s/%" G_GUINT64_FORMAT, kept, number);

    if (number && __real_link(path, to) != 0 && errno != EEXIST)
        g_error("%s cannot be kept: %s", path, g_strerror(errno));
}

/* Whether this passage fails, and then with which error. */
static bool fails(int error)
{
    if (!fault_due(FAULT_FILE))
        return false;
    errno = error;
    return true;
}

/* Remembers what is open there. */
static int opened(int fd, const char *path, bool folder)
{
    if (fd < 0 || fd >= FDS)
        return fd;
    g_free(open_files[fd].folder);
    open_files[fd].folder = folder ? g_strdup(path) : NULL;
    open_files[fd].number = number_of(path);
    return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;

    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    bool folder = flags & O_DIRECTORY, writes = (flags & O_ACCMODE) != O_RDONLY;

    if (!(folder || writes) || !wanted())
        return __real_open(path, flags, mode);
    if (writes && fails(EIO))
        return -1;
    g_rec_mutex_lock(&lock);
    guint64 was = number_of(path);
    int fd = opened(__real_open(path, flags, mode), path, folder);

    if (fd >= 0 && !was)
        note_name(path, 0, number_of(path));
    if (fd >= 0 && was && flags & O_TRUNC)
        note("empty\t%" G_GUINT64_FORMAT "\n", was);
    g_rec_mutex_unlock(&lock);
    return fd;
}

int __wrap_g_mkstemp_full(char *path, int flags, int mode)
{
    if (!wanted())
        return __real_g_mkstemp_full(path, flags, mode);
    if (fails(EIO))
        return -1;
    g_rec_mutex_lock(&lock);
    int fd = opened(__real_g_mkstemp_full(path, flags, mode), path, false);

    if (fd >= 0)
        note_name(path, 0, number_of(path));
    g_rec_mutex_unlock(&lock);
    return fd;
}

int __wrap_close(int fd)
{
    if (fd < 0 || fd >= FDS || book < 0)
        return __real_close(fd);
    g_rec_mutex_lock(&lock);
    g_clear_pointer(&open_files[fd].folder, g_free);
    open_files[fd].number = 0;
    int code = __real_close(fd);

    g_rec_mutex_unlock(&lock);
    return code;
}

/* Whether what is open there is one of ours. */
static bool ours(int fd)
{
    return book >= 0 && fd >= 0 && fd < FDS && open_files[fd].number;
}

/* Bytes are about to be written there; so many were in the file before. */
static void note_bytes(int fd)
{
    struct stat about;

    if (fstat(fd, &about) == 0)
        note("bytes\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", open_files[fd].number,
             (gint64)about.st_size);
}

/* Half of the bytes find room, then the disk is full. */
static ssize_t full(int fd, const void *data, size_t len, off_t at)
{
    ssize_t some = at < 0 ? __real_write(fd, data, len / 2) : __real_pwrite(fd, data, len / 2, at);

    errno = ENOSPC;
    return some < 0 ? some : -1;
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    if (!ours(fd))
        return __real_write(fd, data, len);
    g_rec_mutex_lock(&lock);
    note_bytes(fd);
    ssize_t some = fails(ENOSPC) ? full(fd, data, len, -1) : __real_write(fd, data, len);

    g_rec_mutex_unlock(&lock);
    return some;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t len, off_t at)
{
    if (!ours(fd))
        return __real_pwrite(fd, data, len, at);
    g_rec_mutex_lock(&lock);
    note_bytes(fd);
    ssize_t some = fails(ENOSPC) ? full(fd, data, len, at) : __real_pwrite(fd, data, len, at);

    g_rec_mutex_unlock(&lock);
    return some;
}

int __wrap_fsync(int fd)
{
    struct stat about;

    if (!ours(fd))
        return __real_fsync(fd);
    fault_point(POINT_FILE_BEFORE);
    if (fails(EIO))
        return -1;
    g_rec_mutex_lock(&lock);
    const char *folder = open_files[fd].folder;

    if (fault_value(VALUE_LAZY) != (folder ? LAZY_FOLDERS : LAZY_FILES)) {
        if (folder)
            note("folder\t%s\n", folder);
        else if (fstat(fd, &about) == 0)
            note("synced\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", open_files[fd].number,
                 (gint64)about.st_size);
    }
    g_rec_mutex_unlock(&lock);
    fault_point(POINT_FILE_AFTER);
    return 0;
}

int __wrap_fdatasync(int fd)
{
    return __wrap_fsync(fd);
}

int __wrap_syncfs(int fd)
{
    if (ours(fd))
        note("all\n");
    return 0;
}

int __wrap_rename(const char *from, const char *to)
{
    if (!wanted())
        return __real_rename(from, to);
    if (fails(EIO))
        return -1;
    g_rec_mutex_lock(&lock);
    guint64 number = number_of(from), over = number_of(to);

    keep(to, over);
    int code = __real_rename(from, to);

    if (code == 0) {
        note_name(from, number, 0);
        note_name(to, over, number);
    }
    g_rec_mutex_unlock(&lock);
    return code;
}

int __wrap_link(const char *from, const char *to)
{
    if (!wanted())
        return __real_link(from, to);
    g_rec_mutex_lock(&lock);
    int code = __real_link(from, to);

    if (code == 0)
        note_name(to, 0, number_of(to));
    g_rec_mutex_unlock(&lock);
    return code;
}

int __wrap_unlink(const char *path)
{
    if (!wanted())
        return __real_unlink(path);
    g_rec_mutex_lock(&lock);
    guint64 number = number_of(path);

    keep(path, number);
    int code = __real_unlink(path);

    if (code == 0)
        note_name(path, number, 0);
    g_rec_mutex_unlock(&lock);
    return code;
}

int __wrap_g_unlink(const char *path)
{
    return __wrap_unlink(path);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    if (!wanted())
        return __real_mkdir(path, mode);
    if (fails(ENOSPC))
        return -1;
    g_rec_mutex_lock(&lock);
    int code = __real_mkdir(path, mode);

    if (code == 0)
        note_name(path, 0, number_of(path));
    g_rec_mutex_unlock(&lock);
    return code;
}

int __wrap_g_mkdir_with_parents(const char *path, int mode)
{
    if (!wanted())
        return __real_g_mkdir_with_parents(path, mode);
    g_rec_mutex_lock(&lock);
    guint64 was = number_of(path);
    int code = __real_g_mkdir_with_parents(path, mode);

    if (code == 0 && !was)
        note_name(path, 0, number_of(path));
    g_rec_mutex_unlock(&lock);
    return code;
}
