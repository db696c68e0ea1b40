#include "bot/core/files_private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/folder.h"

#define UNFINISHED "unfinished-" /* the name of a file until its bytes are synced */

bool files_prepare(const char *dir, GError **error)
{
    /* An earlier process may have ended before it synced what it made here. */
    if (!folder_make(dir) || !folder_sync_around(dir) || !folder_sync(dir)) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", dir, g_strerror(errno));
        return false;
    }
    GDir *listing = g_dir_open(dir, 0, error);
    if (!listing)
        return false;
    const char *name;
    while ((name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_str_has_prefix(name, UNFINISHED))
            g_unlink(path);
    }
    g_dir_close(listing);
    return true;
}

bool files_keep_name(const char *folder)
{
    return folder_sync(folder) && folder_sync_around(folder);
}

/* Writes and syncs all of it. */
static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t some = write(fd, bytes, len);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        bytes += some;
        len -= (size_t)some;
    }
    return fsync(fd) == 0;
}

/* Writes under a temporary name, then gives it its own. */
static bool write_and_rename(const char *dir, const char *folder, const char *path, const char *bytes,
                             size_t len)
{
    g_autofree char *unfinished = g_build_filename(dir, UNFINISHED "XXXXXX", NULL);
    int fd = g_mkstemp_full(unfinished, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, bytes, len);
    int why = errno;
    ok = close(fd) == 0 && ok && g_rename(unfinished, path) == 0;
    if (!ok) {
        g_unlink(unfinished);
        errno = why;
    }
    return ok && files_keep_name(folder);
}

bool files_lay_down(const char *dir, const char *sha256, const char *bytes, size_t len)
{
    g_autofree char *folder = g_strdup_printf("%s/%.2s", dir, sha256);
    g_autofree char *path = g_build_filename(folder, sha256, NULL);
    GStatBuf there;

    if (g_mkdir(folder, 0700) != 0 && errno != EEXIST)
        return false;
    /* A crash may have come between the rename and the sync of the folder: sync it again. */
    if (g_stat(path, &there) == 0 && (size_t)there.st_size == len)
        return files_keep_name(folder);
    return write_and_rename(dir, folder, path, bytes, len);
}

/* Whether the archive holds a file whose name begins so; office documents are archives. */
static bool holds(const char *bytes, size_t len, const char *name)
{
    return memmem(bytes, MIN(len, 8192), name, strlen(name)) != NULL;
}

/* What kind of archive it is. */
static const char *archive_type(const char *bytes, size_t len)
{
    if (!holds(bytes, len, "[Content_Types].xml"))
        return "application/zip";
    if (holds(bytes, len, "word/"))
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    if (holds(bytes, len, "xl/"))
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    if (holds(bytes, len, "ppt/"))
        return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    return "application/zip";
}

/* Whether the bytes are text of somebody: UTF-8 without control characters. */
static bool is_text(const char *bytes, size_t len)
{
    if (len == 0 || !g_utf8_validate(bytes, (gssize)len, NULL))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((guchar)bytes[i] < 0x20 && !strchr("\t\n\r\f", bytes[i]))
            return false;
    return true;
}

const char *files_type(const char *bytes, size_t len)
{
    static const struct {
        size_t at;
        const char *magic;
        size_t size;
        const char *type;
    } known[] = {
#define MAGIC(at, text, type) { at, text, sizeof(text) - 1, type }
        MAGIC(0, "\x89PNG\r\n\x1a\n", "image/png"),
        MAGIC(0, "\xff\xd8\xff", "image/jpeg"),
        MAGIC(0, "GIF87a", "image/gif"),
        MAGIC(0, "GIF89a", "image/gif"),
        MAGIC(8, "WEBP", "image/webp"),
        MAGIC(4, "ftypheic", "image/heic"),
        MAGIC(4, "ftypmif1", "image/heic"),
        MAGIC(0, "%PDF-", "application/pdf"),
        MAGIC(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        MAGIC(0, "Rar!\x1a\x07", "application/vnd.rar"),
        MAGIC(0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        MAGIC(0, "\x1f\x8b", "application/gzip"),
        MAGIC(4, "ftypM4A", "audio/mp4"),
        MAGIC(4, "ftypqt", "video/quicktime"),
        MAGIC(4, "ftyp", "video/mp4"),
        MAGIC(0, "\x1a\x45\xdf\xa3", "video/webm"),
        MAGIC(0, "#!AMR", "audio/amr"),
        MAGIC(0, "OggS", "audio/ogg"),
        MAGIC(0, "ID3", "audio/mpeg"),
        MAGIC(8, "WAVE", "audio/wav"),
#undef MAGIC
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (len >= known[i].at + known[i].size &&
            memcmp(bytes + known[i].at, known[i].magic, known[i].size) == 0)
            return known[i].type;
    if (len >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        return archive_type(bytes, len);
    return is_text(bytes, len) ? "text/plain" : "application/octet-stream";
}
