/* SQLite's file system with faults. Under $BANZHANG_POWER what was not synced exists only in this process, so
 * that killing it is a power cut; of each write, so many percent of its sectors reach the disk all the same.
 */
#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "tests/faults/plan.h"

enum { SECTOR = 512, PIECE = 65536 /* more at once the real one does not take */ };

/* A file as its writer sees it; the disk has only what was synced. */
struct image {
    GByteArray *bytes;
    sqlite3_int64 dirty_from, dirty_until; /* written since the last sync */
    int users;
    bool gone; /* its file was deleted: the last user frees it */
};

struct file {
    sqlite3_file base;
    struct image *image; /* NULL: straight to the disk */
    bool faulty;
    sqlite3_file real[];
};

static sqlite3_vfs *real_vfs, ours;
static GHashTable *images; /* path → struct image */
static GRecMutex lock;
static int leak = -1; /* percent of the sectors; -1: no power cuts */

/* Whether this kind of file is one whose contents matter after a crash. */
static bool kept(int flags)
{
    return flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
}

/* The image takes these bytes. */
static void image_write(struct image *image, const void *data, int len, sqlite3_int64 at)
{
    guint had = image->bytes->len;

    if (at + len > had) {
        g_byte_array_set_size(image->bytes, (guint)(at + len));
        memset(image->bytes->data + had, 0, (size_t)(at + len - had));
    }
    memcpy(image->bytes->data + at, data, (size_t)len);
    image->dirty_from = MIN(image->dirty_from, MIN(at, (sqlite3_int64)had));
    image->dirty_until = MAX(image->dirty_until, at + len);
}

static void image_free(struct image *image)
{
    g_byte_array_unref(image->bytes);
    g_free(image);
}

/* Some sectors of what is only in memory reach the disk by chance, in no order. */
static void image_leak(struct file *file, const char *data, int len, sqlite3_int64 at)
{
    for (int done = 0; leak > 0 && done < len; done += SECTOR)
        if (g_random_int_range(0, 100) < leak)
            file->real->pMethods->xWrite(file->real, data + done, MIN(SECTOR, len - done), at + done);
}

/* The disk takes what the image has. */
static int image_flush(struct file *file)
{
    struct image *image = file->image;
    sqlite3_int64 size = 0, until = MIN(image->dirty_until, (sqlite3_int64)image->bytes->len);
    int code = SQLITE_OK;

    for (sqlite3_int64 at = image->dirty_from; code == SQLITE_OK && at < until; at += PIECE)
        code = file->real->pMethods->xWrite(file->real, image->bytes->data + at, (int)MIN(PIECE, until - at),
                                            at);
    if (code == SQLITE_OK)
        code = file->real->pMethods->xFileSize(file->real, &size);
    if (code == SQLITE_OK && size > image->bytes->len)
        code = file->real->pMethods->xTruncate(file->real, image->bytes->len);
    if (code == SQLITE_OK) {
        image->dirty_from = G_MAXINT64;
        image->dirty_until = 0;
    }
    return code;
}

static int file_close(sqlite3_file *base)
{
    struct file *file = (struct file *)base;

    g_rec_mutex_lock(&lock);
    if (file->image && --file->image->users == 0) {
        image_flush(file);
        if (file->image->gone)
            image_free(file->image);
    }
    g_rec_mutex_unlock(&lock);
    return file->real->pMethods->xClose(file->real);
}

static int file_read(sqlite3_file *base, void *into, int len, sqlite3_int64 at)
{
    struct file *file = (struct file *)base;

    if (file->faulty && fault_due(FAULT_READ))
        return SQLITE_IOERR_READ;
    if (!file->image)
        return file->real->pMethods->xRead(file->real, into, len, at);
    g_rec_mutex_lock(&lock);
    sqlite3_int64 have = CLAMP((sqlite3_int64)file->image->bytes->len - at, 0, len);

    if (have > 0) /* an image of nothing has no bytes to point at */
        memcpy(into, file->image->bytes->data + at, (size_t)have);
    memset((char *)into + have, 0, (size_t)(len - have));
    g_rec_mutex_unlock(&lock);
    return have < len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 at)
{
    struct file *file = (struct file *)base;

    if (file->faulty && fault_due(FAULT_WRITE))
        return SQLITE_IOERR_WRITE;
    if (file->faulty && fault_due(FAULT_FULL))
        return SQLITE_FULL;
    bool cut = file->faulty && fault_due(FAULT_SHORT);

    len = cut ? len / 2 : len;
    if (file->image) {
        g_rec_mutex_lock(&lock);
        image_write(file->image, data, len, at);
        image_leak(file, data, len, at);
        g_rec_mutex_unlock(&lock);
        return cut ? SQLITE_IOERR_WRITE : SQLITE_OK;
    }
    int code = file->real->pMethods->xWrite(file->real, data, len, at);

    return cut ? SQLITE_IOERR_WRITE : code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct file *file = (struct file *)base;

    if (file->faulty && fault_due(FAULT_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    if (!file->image)
        return file->real->pMethods->xTruncate(file->real, size);
    g_rec_mutex_lock(&lock);
    if (size < file->image->bytes->len)
        g_byte_array_set_size(file->image->bytes, (guint)size);
    g_rec_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct file *file = (struct file *)base;
    int code;

    if (!file->faulty)
        return file->real->pMethods->xSync(file->real, flags);
    if (fault_due(FAULT_SYNC))
        return SQLITE_IOERR_FSYNC;
    fault_point(POINT_SYNC_BEFORE);
    if (file->image) {
        g_rec_mutex_lock(&lock);
        code = image_flush(file);
        g_rec_mutex_unlock(&lock);
    } else {
        code = file->real->pMethods->xSync(file->real, flags);
    }
    fault_point(POINT_SYNC_AFTER);
    return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    struct file *file = (struct file *)base;

    if (!file->image)
        return file->real->pMethods->xFileSize(file->real, size);
    *size = file->image->bytes->len;
    return SQLITE_OK;
}

/* What is handed on as it is. */
#define REAL(base) (((struct file *)(base))->real)
static int file_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}
static int file_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}
static int file_reserved(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}
static int file_control(sqlite3_file *f, int op, void *arg)
{
    if (((struct file *)f)->image && (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE))
        return SQLITE_NOTFOUND; /* they make the file larger behind the image */
    return REAL(f)->pMethods->xFileControl(REAL(f), op, arg);
}
static int file_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}
static int file_traits(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}
static int file_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}
static int file_shm_lock(sqlite3_file *f, int from, int count, int flags)
{
    return REAL(f)->pMethods->xShmLock(REAL(f), from, count, flags);
}
static void file_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int file_shm_unmap(sqlite3_file *f, int erase)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), erase);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* The image of what lies on the disk, or the one that others in this process have. */
static struct image *image_of(const char *path, sqlite3_file *real)
{
    struct image *image = g_hash_table_lookup(images, path);
    sqlite3_int64 size = 0;

    if (!image) {
        image = g_new0(struct image, 1);
        image->bytes = g_byte_array_new();
        g_hash_table_insert(images, g_strdup(path), image);
    }
    if (image->users++ == 0) {
        real->pMethods->xFileSize(real, &size);
        g_byte_array_set_size(image->bytes, (guint)size);
        for (sqlite3_int64 at = 0; at < size; at += PIECE)
            real->pMethods->xRead(real, image->bytes->data + at, (int)MIN(PIECE, size - at), at);
        image->dirty_from = G_MAXINT64;
        image->dirty_until = 0;
    }
    return image;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out)
{
    struct file *file = (struct file *)base;

    (void)vfs;
    memset(file, 0, sizeof *file);
    file->faulty = kept(flags);
    if (file->faulty && fault_due(FAULT_OPEN))
        return SQLITE_CANTOPEN;
    int code = real_vfs->xOpen(real_vfs, path, file->real, flags, out);

    if (code != SQLITE_OK)
        return code;
    file->base.pMethods = &methods;
    if (leak >= 0 && path && kept(flags)) {
        g_rec_mutex_lock(&lock);
        file->image = image_of(path, file->real);
        g_rec_mutex_unlock(&lock);
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    g_rec_mutex_lock(&lock);
    struct image *image = g_hash_table_lookup(images, path);

    if (image) {
        g_hash_table_remove(images, path);
        image->gone = true;
        if (image->users == 0)
            image_free(image);
    }
    g_rec_mutex_unlock(&lock);
    return real_vfs->xDelete(real_vfs, path, sync);
}

void faults_in_files(void)
{
    const char *power = g_getenv("BANZHANG_POWER");

    if (real_vfs)
        return;
    real_vfs = sqlite3_vfs_find(NULL);
    images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    leak = power ? (int)g_ascii_strtoll(power, NULL, 10) : -1;
    ours = *real_vfs;
    ours.zName = "faults";
    ours.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
    ours.xOpen = vfs_open;
    ours.xDelete = vfs_delete;
    sqlite3_vfs_register(&ours, 1);
}
