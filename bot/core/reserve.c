#include "bot/core/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bot/core/clock.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"
#include "bot/core/secret.h"

enum {
    LOOK_MS = 1000,
    CALM_LOOKS = 5,  /* so many looks in a row must find room before it is filled anew */
    AGAIN_MS = 1000, /* writes that failed so soon after it was given up failed before it was */
    SPARE = 1 << 20, /* bytes that a large file leaves free */
    BLOCK = 65536,
    SECTOR = 512, /* the unit of st_blocks */
};

struct reserve {
    char *dir, *path;
    int64_t bytes;
    GMutex lock;      /* of giving up */
    int64_t given_up; /* when, monotonic */
    int spent;        /* atomic */
    bool told;        /* what changed() last said of it */
    bool filling, filled;
    int calm;
    struct loop *loop;
    void (*changed)(void *, bool);
    void *data;
};

/* Bytes that we may still write in its folder. */
static int64_t room(const struct reserve *reserve)
{
    struct statvfs disk;

    if (statvfs(reserve->dir, &disk) != 0)
        return 0;
    return (int64_t)((uint64_t)disk.f_bavail * disk.f_frsize);
}

/* Opens its file; -1 when it cannot be. */
static int open_file(const struct reserve *reserve)
{
    return open(reserve->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Whether the file has all its bytes, as blocks of the disk and not as a hole. */
static bool is_whole(const struct reserve *reserve, int fd)
{
    struct stat there;

    return fstat(fd, &there) == 0 && there.st_size == reserve->bytes &&
           (int64_t)there.st_blocks * SECTOR >= reserve->bytes;
}

/* Writes bytes that no file system can make smaller. */
static bool write_noise(const struct reserve *reserve, int fd)
{
    g_autofree char *block = g_malloc(BLOCK);

    for (int64_t at = 0; at < reserve->bytes;) {
        secret_random(block, BLOCK);
        ssize_t some = pwrite(fd, block, (size_t)MIN(BLOCK, reserve->bytes - at), (off_t)at);

        if (some <= 0)
            return false;
        at += some;
    }
    return fsync(fd) == 0;
}

/* Takes the room; false and an empty file when the disk has not so much. */
static bool fill(const struct reserve *reserve)
{
    int fd = open_file(reserve);

    if (fd < 0)
        return false;
    bool ok = is_whole(reserve, fd) ||
              (ftruncate(fd, 0) == 0 && posix_fallocate(fd, 0, (off_t)reserve->bytes) == 0 &&
               fsync(fd) == 0 && (is_whole(reserve, fd) || write_noise(reserve, fd)));

    if (!ok && ftruncate(fd, 0) != 0)
        ok = false;
    close(fd);
    return ok;
}

/* Gives the room back to the disk; synced, because some disks hand out only then what was freed. */
static bool empty(const struct reserve *reserve)
{
    int fd = open_file(reserve);
    bool ok = fd >= 0 && ftruncate(fd, 0) == 0;

    if (ok)
        (void)fsync(fd); /* refused: the write that follows shows it */
    if (fd >= 0)
        close(fd);
    return ok;
}

struct reserve *reserve_new(const char *dir, int64_t bytes)
{
    struct reserve *reserve = g_new0(struct reserve, 1);
    struct stat there;

    g_mutex_init(&reserve->lock);
    reserve->dir = g_strdup(dir);
    reserve->path = g_build_filename(dir, "reserve", NULL);
    reserve->bytes = bytes;
    reserve->told = stat(reserve->path, &there) == 0 && there.st_size == 0;
    if (bytes == 0) {
        unlink(reserve->path);
        reserve->told = false;
    } else if (!fill(reserve)) {
        g_atomic_int_set(&reserve->spent, true);
    } else if (room(reserve) < bytes / 4) { /* so that there is enough for the start itself */
        reserve_give_up(reserve);
    }
    return reserve;
}

void reserve_free(struct reserve *reserve)
{
    if (!reserve)
        return;
    g_mutex_clear(&reserve->lock);
    g_free(reserve->dir);
    g_free(reserve->path);
    g_free(reserve);
}

bool reserve_give_up(struct reserve *reserve)
{
    if (!reserve || reserve->bytes == 0)
        return false;
    g_mutex_lock(&reserve->lock);
    if (!reserve_spent(reserve) && empty(reserve)) {
        g_atomic_int_set(&reserve->spent, true);
        reserve->given_up = clock_monotonic_ms();
    }
    bool again = reserve_spent(reserve) && clock_monotonic_ms() - reserve->given_up < AGAIN_MS;

    g_mutex_unlock(&reserve->lock);
    return again;
}

bool reserve_admits(struct reserve *reserve, int64_t size)
{
    return !reserve || reserve->bytes == 0 || size <= RESERVE_SMALL ||
           (!reserve_spent(reserve) && room(reserve) >= size + SPARE);
}

bool reserve_spent(const struct reserve *reserve)
{
    return reserve && g_atomic_int_get(&reserve->spent);
}

/* --- looking whether there is room again
 * ------------------------------------------------------------------------------------------------------- */

/* On a worker: it takes a moment where the disk has no fallocate. */
static void fill_work(void *data)
{
    struct reserve *reserve = data;

    reserve->filled = fill(reserve);
}

/* Back on the loop. */
static void fill_done(void *data)
{
    struct reserve *reserve = data;

    reserve->filling = false;
    reserve->calm = 0;
    if (reserve->filled)
        g_atomic_int_set(&reserve->spent, false);
}

/* Says what changed; fills it anew once there was room for it and half as much again for a while. */
static void look(void *data)
{
    struct reserve *reserve = data;
    bool spent = reserve_spent(reserve);

    if (loop_stopping(reserve->loop))
        return;
    loop_later(reserve->loop, LOOK_MS, look, reserve);
    if (spent != reserve->told) {
        reserve->told = spent;
        if (spent)
            log_error("reserve.given_up", "bytes=%" G_GINT64_FORMAT, reserve->bytes);
        else
            log_info("reserve.back", "bytes=%" G_GINT64_FORMAT, reserve->bytes);
        reserve->changed(reserve->data, spent);
    }
    if (!spent || reserve->filling)
        return;
    reserve->calm = room(reserve) >= reserve->bytes + reserve->bytes / 2 ? reserve->calm + 1 : 0;
    if (reserve->calm < CALM_LOOKS)
        return;
    reserve->filling = true;
    loop_work(reserve->loop, fill_work, fill_done, reserve);
}

/* What is kept back, in bytes. */
static double held(void *data)
{
    const struct reserve *reserve = data;

    return reserve_spent(reserve) ? 0 : (double)reserve->bytes;
}

/* 1 while the disk is full. */
static double is_spent(void *data)
{
    return reserve_spent(data) ? 1 : 0;
}

void reserve_watch(struct reserve *reserve, struct loop *loop, void (*changed)(void *, bool), void *data)
{
    metric_help("banzhang_reserve_bytes", "Kept back for a full disk; 0 once it was given up.");
    metric_gauge("banzhang_reserve_bytes", "", held, reserve);
    metric_help("banzhang_disk_full", "1 while the server lives on the reserve it has given up.");
    metric_gauge("banzhang_disk_full", "", is_spent, reserve);
    reserve->loop = loop;
    reserve->changed = changed;
    reserve->data = data;
    if (reserve->bytes > 0)
        loop_later(loop, 1, look, reserve);
}
