#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/backup.h"
#include "bot/backup_private.h"
#include "bot/backup_seal.h"
#include "bot/core/folder.h"

/* One tar in the making. */
struct packing {
    struct archive *tar;
    struct seal *seal; /* NULL: written as it is */
    GString *manifest; /* as sha256sum writes it */
    char *error;
    int files, damaged;
};

/* Remembers the first failure. */
static bool fail(struct packing *p, const char *what, const char *why)
{
    if (!p->error)
        p->error = g_strdup_printf("%s: %s", what, why);
    return false;
}

/* Begins an entry of a size that is known. */
static bool begin_entry(struct packing *p, const char *name, int64_t size, int64_t made)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_mtime(entry, made, 0);
    bool ok = archive_write_header(p->tar, entry) == ARCHIVE_OK;

    archive_entry_free(entry);
    return ok || fail(p, name, archive_error_string(p->tar));
}

/* Puts one file in, under `name`, and its checksum into the manifest; gives the checksum in ret (65 bytes).
 */
static bool put_file(struct packing *p, const char *path, const char *name, char *ret)
{
    static char buffer[1 << 16];
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat about;

    if (fd < 0 || fstat(fd, &about) != 0) {
        fail(p, path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    int64_t left = about.st_size;
    bool ok = begin_entry(p, name, left, about.st_mtime);

    while (ok && left > 0) {
        ssize_t n = read(fd, buffer, MIN((size_t)left, sizeof buffer));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            ok = fail(p, path, n < 0 ? g_strerror(errno) : "became shorter while it was read");
        else if (archive_write_data(p->tar, buffer, (size_t)n) != n)
            ok = fail(p, name, archive_error_string(p->tar));
        else
            g_checksum_update(sum, (const guchar *)buffer, n);
        left -= MAX(n, 0);
    }
    close(fd);
    g_string_append_printf(p->manifest, "%s  %s\n", g_checksum_get_string(sum), name);
    g_strlcpy(ret, g_checksum_get_string(sum), BACKUP_SUM);
    return ok;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; none when it is not there. */
static GPtrArray *names_in(const char *path)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    return names;
}

/* All that lies in files/: whatever has a checksum for a name. */
static bool put_files(struct packing *p, const char *data_dir)
{
    g_autofree char *top = g_build_filename(data_dir, "files", NULL);
    g_autoptr(GPtrArray) folders = names_in(top);
    char sum[BACKUP_SUM];

    for (guint i = 0; i < folders->len; i++) {
        g_autofree char *folder = g_build_filename(top, folders->pdata[i], NULL);
        g_autoptr(GPtrArray) names = names_in(folder);

        for (guint j = 0; j < names->len; j++) {
            g_autofree char *path = g_build_filename(folder, names->pdata[j], NULL);
            g_autofree char *name =
                g_strdup_printf("files/%s/%s", (char *)folders->pdata[i], (char *)names->pdata[j]);

            if (!backup_name_is_file(name))
                continue;
            if (!put_file(p, path, name, sum))
                return false;
            p->files++;
            p->damaged += strcmp(sum, names->pdata[j]) != 0;
        }
    }
    return true;
}

/* The manifest comes last: a tar that ends early has none. */
static bool put_manifest(struct packing *p)
{
    return begin_entry(p, BACKUP_MANIFEST, (int64_t)p->manifest->len, g_get_real_time() / G_USEC_PER_SEC) &&
           (archive_write_data(p->tar, p->manifest->str, p->manifest->len) == (la_ssize_t)p->manifest->len ||
            fail(p, BACKUP_MANIFEST, archive_error_string(p->tar)));
}

/* libarchive's way to the seal. */
static la_ssize_t write_sealed(struct archive *tar, void *data, const void *bytes, size_t len)
{
    struct packing *p = data;

    if (seal_write(p->seal, bytes, len))
        return (la_ssize_t)len;
    archive_set_error(tar, errno, "%s", g_strerror(errno));
    return -1;
}

/* Opens the tar into the descriptor, through the seal where a key is given. */
static bool open_tar(struct packing *p, int fd, const char *path, const char *key_file)
{
    char *why = NULL;

    if (!key_file)
        return archive_write_open_fd(p->tar, fd) == ARCHIVE_OK || fail(p, path, archive_error_string(p->tar));
    p->seal = seal_write_begin(fd, key_file, &why);
    if (!p->seal)
        fail(p, path, why);
    g_free(why);
    return p->seal && (archive_write_open(p->tar, p, NULL, write_sealed, NULL) == ARCHIVE_OK ||
                       fail(p, path, archive_error_string(p->tar)));
}

/* Everything into the open descriptor. */
static bool pack(struct packing *p, const char *data_dir, const char *copy, int fd, const char *path,
                 const char *key_file)
{
    g_autofree char *store = g_build_filename(copy, BACKUP_STORE, NULL);
    g_autofree char *key = g_build_filename(copy, BACKUP_KEY, NULL);
    g_autofree char *master = g_build_filename(copy, BACKUP_MASTER, NULL);
    char sum[BACKUP_SUM];

    p->tar = archive_write_new();
    archive_write_set_format_pax_restricted(p->tar);
    archive_write_set_bytes_per_block(p->tar, 1 << 16);
    bool ok = open_tar(p, fd, path, key_file);

    ok = ok && put_file(p, store, BACKUP_STORE, sum) && put_file(p, key, BACKUP_KEY, sum) &&
         (!g_file_test(master, G_FILE_TEST_EXISTS) || put_file(p, master, BACKUP_MASTER, sum)) &&
         put_files(p, data_dir) && put_manifest(p);
    if (archive_write_close(p->tar) != ARCHIVE_OK)
        ok = fail(p, path, archive_error_string(p->tar));
    archive_write_free(p->tar);
    if (p->seal && ok && !seal_write_end(p->seal))
        ok = fail(p, path, g_strerror(errno));
    seal_free(p->seal);
    return ok && (fsync(fd) == 0 || fail(p, path, g_strerror(errno)));
}

bool backup_pack(const char *data_dir, const char *copy, const char *path, const char *key_file,
                 int *ret_files, int *ret_damaged, char **ret_error)
{
    struct packing p = { .manifest = g_string_new(NULL) };
    g_autofree char *unfinished = g_strdup_printf("%s.XXXXXX", path);
    int fd = g_mkstemp_full(unfinished, O_WRONLY | O_CLOEXEC, 0600);
    bool ok = fd >= 0 || fail(&p, path, g_strerror(errno));

    ok = ok && pack(&p, data_dir, copy, fd, path, key_file);
    if (fd >= 0)
        close(fd);
    ok = ok &&
         ((g_rename(unfinished, path) == 0 && folder_sync_around(path)) || fail(&p, path, g_strerror(errno)));
    if (!ok && fd >= 0)
        g_unlink(unfinished);
    g_string_free(p.manifest, TRUE);
    *ret_files = p.files;
    *ret_damaged = p.damaged;
    if (ok)
        g_free(p.error);
    else
        *ret_error = p.error;
    return ok;
}
