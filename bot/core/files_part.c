/* Files that come in pieces: a part under a number until it is whole, then a file like any other. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/files_private.h"
#include "bot/core/folder.h"
#include "bot/core/log.h"

enum { BLOCK = 65536 };

#define PART "part-" /* then its number: its name until it is whole */

/* Where a part lies; yours. */
static char *part_path(const struct files *f, int64_t part)
{
    return g_strdup_printf("%s/" PART "%" G_GINT64_FORMAT, files_dir(f), part);
}

/* --- a piece
 * ------------------------------------------------------------------------------------------------------ */

struct piece {
    struct files *files;
    char *path, *bytes;
    int64_t at;
    size_t len;
    enum files_piece end;
    void (*done)(void *, enum files_piece);
    void *data;
};

/* Opens the part for its next piece, the first of which makes it; -1 with errno. It may be gone: laid down as
 * a whole that nobody could record any more. */
static int open_part(const struct piece *p)
{
    struct stat about;

    if (p->at == 0)
        return open(p->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int fd = open(p->path, O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && (fstat(fd, &about) != 0 || about.st_size < p->at)) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

/* Writes and syncs the piece at its place; when that fails, errno says why. */
static enum files_piece write_piece(const struct piece *p)
{
    int fd = open_part(p);
    size_t done = 0;

    while (fd >= 0 && done < p->len) {
        ssize_t some = pwrite(fd, p->bytes + done, p->len - done, (off_t)p->at + (off_t)done);

        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            break;
        done += (size_t)some;
    }
    bool ok = fd >= 0 && done == p->len && fdatasync(fd) == 0;
    int why = errno;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    if (ok && (p->at > 0 || folder_sync_around(p->path)))
        return FILES_PIECE_WROTE;
    errno = why;
    return fd < 0 && why == ENOENT ? FILES_PIECE_TOO_LATE : FILES_PIECE_REFUSED;
}

/* On a worker: writes it, and once more when room was made for it. */
static void piece_work(void *data)
{
    struct piece *p = data;

    p->end = write_piece(p);
    if (p->end == FILES_PIECE_REFUSED && files_make_room(p->files, p->at + (int64_t)p->len, errno))
        p->end = write_piece(p);
}

/* Back on the loop. */
static void piece_done(void *data, bool closing)
{
    struct piece *p = data;

    if (p->end == FILES_PIECE_REFUSED)
        log_error("files.disk_refused", "bytes=%zu", p->len);
    if (!closing)
        p->done(p->data, p->end);
    g_free(p->path);
    g_free(p->bytes);
    g_free(p);
}

void files_part_write(struct files *f, int64_t part, int64_t at, char *bytes, size_t len,
                      void (*done)(void *, enum files_piece), void *data)
{
    struct piece *p = g_new0(struct piece, 1);

    *p = (struct piece){ f, part_path(f, part), bytes, at, len, FILES_PIECE_REFUSED, done, data };
    files_work(f, piece_work, piece_done, p);
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------- */

struct whole {
    struct files *files;
    char *path, *sha256; /* NULL: it has not its size */
    int64_t size;
    const char *type;
    bool laid_down;
    void (*done)(void *, const char *, const char *);
    void *data;
};

/* Reads the file through: its SHA-256 (yours), its type by its beginning; NULL when it has not that size. */
static char *read_through(const char *path, int64_t size, const char **ret_type)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *block = g_malloc(BLOCK);
    int64_t seen = 0;
    ssize_t some = 0;

    while (fd >= 0 && (some = read(fd, block, BLOCK)) > 0) {
        if (seen == 0)
            *ret_type = files_type(block, (size_t)some);
        g_checksum_update(sum, (guchar *)block, some);
        seen += some;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0 && some == 0 && seen == size ? g_strdup(g_checksum_get_string(sum)) : NULL;
}

/* Gives what lies whole and synced at `from` the name of its SHA-256. */
static bool adopt(const char *dir, const char *from, const char *sha256)
{
    g_autofree char *folder = g_strdup_printf("%s/%.2s", dir, sha256);
    g_autofree char *path = g_build_filename(folder, sha256, NULL);

    return (g_mkdir(folder, 0700) == 0 || errno == EEXIST) && g_rename(from, path) == 0 &&
           files_keep_name(folder);
}

/* On a worker. */
static void whole_work(void *data)
{
    struct whole *w = data;

    w->sha256 = read_through(w->path, w->size, &w->type);
    if (!w->sha256)
        return;
    held_take(files_held(w->files), w->sha256);
    w->laid_down = adopt(files_dir(w->files), w->path, w->sha256);
}

/* Back on the loop. */
static void whole_done(void *data, bool closing)
{
    struct whole *w = data;

    if (w->sha256 && (!w->laid_down || closing))
        files_release(w->files, w->sha256);
    if (!closing)
        w->done(w->data, w->laid_down ? w->sha256 : NULL, w->laid_down ? w->type : NULL);
    g_free(w->path);
    g_free(w->sha256);
    g_free(w);
}

void files_part_end(struct files *f, int64_t part, int64_t size,
                    void (*done)(void *, const char *sha256, const char *type), void *data)
{
    struct whole *w = g_new0(struct whole, 1);

    *w = (struct whole){ .files = f, .path = part_path(f, part), .size = size, .done = done, .data = data };
    files_work(f, whole_work, whole_done, w);
}

/* --- no part
 * ------------------------------------------------------------------------------------------------------ */

/* After the commit: nobody asks for it any more. */
static void drop(void *path)
{
    g_unlink(path);
    g_free(path);
}

void files_part_drop(struct files *f, int64_t part)
{
    files_after_commit(f, drop, part_path(f, part), g_free);
}

GArray *files_part_list(struct files *f)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    GDir *listing = g_dir_open(files_dir(f), 0, NULL);
    const char *name;
    gint64 part;

    while (listing && (name = g_dir_read_name(listing)))
        if (g_str_has_prefix(name, PART) &&
            g_ascii_string_to_signed(name + strlen(PART), 10, 0, G_MAXINT64, &part, NULL))
            g_array_append_val(parts, part);
    if (listing)
        g_dir_close(listing);
    return parts;
}
