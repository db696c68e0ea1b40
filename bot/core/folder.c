#include "bot/core/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0)
        close(fd);
    errno = why;
    return ok;
}

bool folder_sync_around(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);

    return folder_sync(folder);
}

bool folder_make(const char *path)
{
    if (g_mkdir(path, 0700) == 0)
        return folder_sync_around(path);
    if (errno == ENOENT) {
        g_autofree char *above = g_path_get_dirname(path);

        return folder_make(above) && g_mkdir(path, 0700) == 0 && folder_sync(above);
    }
    return errno == EEXIST && g_file_test(path, G_FILE_TEST_IS_DIR);
}

void folder_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *one = g_build_filename(path, name, NULL);

        if (g_file_test(one, G_FILE_TEST_IS_DIR) && !g_file_test(one, G_FILE_TEST_IS_SYMLINK))
            folder_remove(one);
        else
            g_unlink(one);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}
