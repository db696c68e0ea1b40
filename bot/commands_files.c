#include "bot/commands_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/backup.h"
#include "bot/control.h"
#include "bot/core/folder.h"

enum { DONE = 0, FAILED = 1 };

#define UNPACKED "restore-" /* the folder in data_dir in which a backup is unpacked */

int command_backup(const struct config *config, const char *copy, const char *file, const char *key_file)
{
    g_autofree char *error = NULL;
    int files = 0, damaged = 0;
    bool ok = backup_pack(config->data_dir, copy, file, key_file, &files, &damaged, &error);

    if (ok && !backup_verify(file, key_file, copy, &error)) {
        ok = false;
        g_unlink(file);
    }
    folder_remove(copy);
    if (!ok) {
        fprintf(stderr, "%s\n", error);
        return FAILED;
    }
    command_note_backup(config, file);
    printf("%s: the store and %d files%s, verified\n", file, files, key_file ? ", sealed" : "");
    if (config->master_key)
        printf("%s lies elsewhere and is not in it\n", config->master_key);
    if (damaged)
        fprintf(stderr, "%d of the files in %s/files are damaged: their bytes are not what their names say\n",
                damaged, config->data_dir);
    return damaged ? FAILED : DONE;
}

/* Copies from one descriptor to the other until the end. */
static bool copy_all(int from, int to)
{
    static char buffer[1 << 16];
    ssize_t n;

    while ((n = read(from, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
        for (ssize_t done = 0; done < n;) {
            ssize_t some = write(to, buffer + done, (size_t)(n - done));

            if (some < 0 && errno != EINTR)
                return false;
            done += MAX(some, 0);
        }
    return n == 0;
}

bool command_copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = source >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool ok = target >= 0 && copy_all(source, target);

    if (source >= 0)
        close(source);
    if (target >= 0)
        ok = close(target) == 0 && ok;
    return ok;
}

/* The bytes to be written as a file that is open for reading: the one the server left, or one without a name.
 * Whatever it was is gone from data_dir then. */
static int open_made(const struct config *config, GString *made, bool in_file)
{
    if (in_file) {
        g_autofree char *name = g_path_get_basename(g_strchomp(made->str));
        g_autofree char *path = g_build_filename(config->data_dir, name, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        g_unlink(path);
        return fd;
    }
    FILE *file = tmpfile();
    int fd = file ? dup(fileno(file)) : -1;

    if (file && (fwrite(made->str, 1, made->len, file) != made->len || fflush(file) != 0 ||
                 lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        fd = -1;
    }
    if (file)
        fclose(file);
    return fd;
}

int command_export(const struct config *config, GString *made, bool in_file, const char *file)
{
    bool plain = strcmp(file, "-") != 0;
    int from = open_made(config, made, in_file);
    g_autofree char *unfinished = g_strdup_printf("%s.XXXXXX", file);
    int to = plain ? g_mkstemp_full(unfinished, O_WRONLY | O_CLOEXEC, 0600) : STDOUT_FILENO;
    bool ok = from >= 0 && to >= 0 && copy_all(from, to);

    if (plain && to >= 0)
        ok = fsync(to) == 0 && close(to) == 0 && ok && g_rename(unfinished, file) == 0;
    if (!ok) {
        fprintf(stderr, "%s: %s\n", file, g_strerror(errno));
        if (plain && to >= 0)
            g_unlink(unfinished);
    }
    if (from >= 0)
        close(from);
    return ok ? DONE : FAILED;
}

/* What a server keeps in data_dir and a backup brings. */
static const char *const kept[] = { "banzhang.db", "banzhang.db-wal", "banzhang.db-shm",
                                    "secret.key",  "master.key",      "files" };

/* Whether there is anything but the lock and what is left of earlier tries. */
static bool is_empty(const char *data_dir)
{
    GDir *dir = g_dir_open(data_dir, 0, NULL);
    const char *name;
    bool empty = true;

    while (dir && (name = g_dir_read_name(dir)))
        empty = empty && (strcmp(name, "lock") == 0 || strcmp(name, "reserve") == 0 ||
                          g_str_has_prefix(name, UNPACKED));
    if (dir)
        g_dir_close(dir);
    return empty;
}

/* Moves what a server keeps from one folder to another; what is not there is left out. */
static bool move_all(const char *from, const char *to)
{
    bool ok = true;

    for (size_t i = 0; ok && i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *old = g_build_filename(from, kept[i], NULL);
        g_autofree char *new = g_build_filename(to, kept[i], NULL);

        ok = g_rename(old, new) == 0 || errno == ENOENT;
    }
    int fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    ok = ok && fd >= 0 && syncfs(fd) == 0; /* what was unpacked has many folders */
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Puts the unpacked backup into place; what is there is moved aside first. */
static int put_in_place(const char *data_dir, const char *unpacked, bool empty)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *stamp = g_date_time_format(now, "before-restore-%Y%m%d-%H%M%S");
    g_autofree char *aside = g_build_filename(data_dir, stamp, NULL);

    if (!empty && (g_mkdir(aside, 0700) != 0 || !move_all(data_dir, aside))) {
        fprintf(stderr, "%s: %s\n", aside, g_strerror(errno));
        return FAILED;
    }
    if (!move_all(unpacked, data_dir)) {
        fprintf(stderr, "%s: %s\n", data_dir, g_strerror(errno));
        return FAILED;
    }
    if (!empty)
        printf("what was in %s lies in %s now\n", data_dir, aside);
    return DONE;
}

/* With the lock in hand: unpacks, verifies, puts into place. */
static int restore(const char *data_dir, const char *file, const char *key_file, bool empty)
{
    g_autofree char *unpacked = g_build_filename(data_dir, UNPACKED "XXXXXX", NULL);
    g_autofree char *error = NULL;
    int files = 0, missing = 0, exit = FAILED;

    if (!g_mkdtemp_full(unpacked, 0700)) {
        fprintf(stderr, "%s: %s\n", data_dir, g_strerror(errno));
        return FAILED;
    }
    if (!backup_unpack(file, key_file, unpacked, &files, &missing, &error))
        fprintf(stderr, "%s; nothing was changed\n", error);
    else
        exit = put_in_place(data_dir, unpacked, empty);
    folder_remove(unpacked);
    if (exit == DONE)
        printf("%s: the store and %d files are back in %s\n", file, files, data_dir);
    if (exit == DONE && missing)
        printf("%d files that the store knows were not in the backup\n", missing);
    return exit;
}

int command_restore(const struct config *config, const char *file, const char *key_file, bool force)
{
    g_autofree char *error = NULL;
    int lock = control_lock(config->data_dir, 0, &error);

    if (lock < 0) {
        if (error)
            fprintf(stderr, "%s\n", error);
        else
            fprintf(stderr, "%s is in use: stop the server first\n", config->data_dir);
        return FAILED;
    }
    bool empty = is_empty(config->data_dir);
    int exit = FAILED;

    if (!empty && !force)
        fprintf(stderr, "%s is not empty; --force moves aside what is there\n", config->data_dir);
    else
        exit = restore(config->data_dir, file, key_file, empty);
    close(lock);
    return exit;
}
