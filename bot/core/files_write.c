/* Bytes that come whole: laid down under their SHA-256, for good. */
#include <errno.h>

#include "bot/core/files_private.h"
#include "bot/core/log.h"

/* One piece of writing on a worker. */
struct writing {
    struct files *files;
    char *bytes, *sha256;
    size_t len;
    bool laid_down;
    void (*done)(void *, const char *);
    void *data;
};

/* On a worker. */
static void write_work(void *data)
{
    struct writing *w = data;
    const char *dir = files_dir(w->files);

    w->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)w->bytes, w->len);
    held_take(files_held(w->files), w->sha256);
    if (!files_admit(w->files, (int64_t)w->len))
        return;
    w->laid_down = files_lay_down(dir, w->sha256, w->bytes, w->len) ||
                   (files_make_room(w->files, (int64_t)w->len, errno) &&
                    files_lay_down(dir, w->sha256, w->bytes, w->len));
}

/* Back on the loop. */
static void write_done(void *data, bool closing)
{
    struct writing *w = data;

    if (!w->laid_down)
        log_error("files.disk_refused", "bytes=%zu", w->len);
    if (!w->laid_down || closing)
        files_release(w->files, w->sha256);
    if (!closing)
        w->done(w->data, w->laid_down ? w->sha256 : NULL);
    g_free(w->bytes);
    g_free(w->sha256);
    g_free(w);
}

void files_write(struct files *f, char *bytes, size_t len, void (*done)(void *, const char *), void *data)
{
    struct writing *w = g_new0(struct writing, 1);

    *w = (struct writing){ .files = f, .bytes = bytes, .len = len, .done = done, .data = data };
    files_work(f, write_work, write_done, w);
}
