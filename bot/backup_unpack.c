#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "bot/backup.h"
#include "bot/backup_private.h"
#include "bot/backup_seal.h"
#include "bot/core/vault.h"

enum { MANIFEST_MAX = 64 << 20 };

/* One tar being taken apart. */
struct unpacking {
    struct archive *tar;
    struct seal *seal; /* NULL: not sealed */
    const char *key_file;
    const char *path;
    const char *dir;   /* where it is laid down; NULL: it is only read through … */
    const char *copy;  /* … and held against what it was packed from */
    GHashTable *sums;  /* name → checksum of what came */
    GString *manifest; /* NULL until it came */
    GString *master;   /* the master key's bytes, from which nothing else is kept; NULL without one */
    char *error;
    int files;
};

bool backup_name_is_file(const char *name)
{
    if (!g_str_has_prefix(name, "files/") || strlen(name) != 6 + 2 + 1 + 64 || name[8] != '/')
        return false;
    return strspn(name + 9, "0123456789abcdef") == 64 && strncmp(name + 6, name + 9, 2) == 0;
}

/* Remembers the first failure. */
static bool fail(struct unpacking *u, const char *what, const char *why)
{
    if (!u->error)
        u->error = g_strdup_printf("%s: %s: %s", u->path, what, why);
    return false;
}

/* Writes an entry's bytes to a file, to `text`, or nowhere, and gives their checksum (yours). */
static char *take_bytes(struct unpacking *u, const char *name, int fd, GString *text)
{
    static char buffer[1 << 16];
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    la_ssize_t n;

    while ((n = archive_read_data(u->tar, buffer, sizeof buffer)) > 0) {
        g_checksum_update(sum, (const guchar *)buffer, n);
        if (text && text->len + (size_t)n > MANIFEST_MAX)
            fail(u, name, "too long");
        else if (text)
            g_string_append_len(text, buffer, n);
        if (fd >= 0 && !u->error && write(fd, buffer, (size_t)n) != n)
            fail(u, name, g_strerror(errno));
        if (u->error)
            return NULL;
    }
    if (n < 0)
        fail(u, name, archive_error_string(u->tar));
    else if (fd >= 0 && fsync(fd) != 0)
        fail(u, name, g_strerror(errno));
    return u->error ? NULL : g_strdup(g_checksum_get_string(sum));
}

/* Opens a file to be laid down below `dir`, its folders made; -1 when it cannot be. */
static int open_below(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    return g_mkdir_with_parents(folder, 0700) == 0
               ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
               : -1;
}

/* Takes one file: lays it down, or only reads it through. */
static bool take_file(struct unpacking *u, const char *name)
{
    int fd = u->dir ? open_below(u->dir, name) : -1;

    if (u->dir && fd < 0)
        return fail(u, name, g_strerror(errno));
    if (strcmp(name, BACKUP_MASTER) == 0)
        u->master = g_string_new(NULL);
    char *sum = take_bytes(u, name, fd, strcmp(name, BACKUP_MASTER) == 0 ? u->master : NULL);

    if (fd >= 0)
        close(fd);
    if (!sum)
        return false;
    g_hash_table_insert(u->sums, g_strdup(name), sum);
    u->files += backup_name_is_file(name);
    return true;
}

/* One entry; only names that a backup has are taken, each once. */
static bool take_entry(struct unpacking *u, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);

    if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
        return fail(u, name ? name : "an entry", "is no file of a backup");
    if (u->manifest || g_hash_table_contains(u->sums, name))
        return fail(u, name, "comes twice, or behind the end");
    if (strcmp(name, BACKUP_MANIFEST) == 0) {
        u->manifest = g_string_new(NULL);
        g_autofree char *sum = take_bytes(u, name, -1, u->manifest);

        return sum != NULL;
    }
    if (strcmp(name, BACKUP_STORE) != 0 && strcmp(name, BACKUP_KEY) != 0 &&
        strcmp(name, BACKUP_MASTER) != 0 && !backup_name_is_file(name))
        return fail(u, name, "is no file of a backup");
    return take_file(u, name);
}

/* libarchive's way through the seal. */
static la_ssize_t read_sealed(struct archive *tar, void *data, const void **ret_bytes)
{
    struct unpacking *u = data;
    ssize_t n = seal_read(u->seal, ret_bytes);

    if (n < 0)
        archive_set_error(tar, EINVAL, "the key is not its own, or it was changed or cut off");
    return n;
}

/* Opens the tar, through the seal where it is sealed. */
static bool open_tar(struct unpacking *u, int fd)
{
    char *why = NULL;

    if (fd < 0)
        return fail(u, "cannot be read", g_strerror(errno));
    if (!seal_is_sealed(u->path))
        return archive_read_open_fd(u->tar, fd, 1 << 16) == ARCHIVE_OK ||
               fail(u, "cannot be read", archive_error_string(u->tar));
    if (!u->key_file)
        return fail(u, "is sealed", "--decrypt KEYFILE opens it");
    u->seal = seal_read_begin(fd, u->key_file, &why);
    if (!u->seal)
        fail(u, "is sealed", why);
    g_free(why);
    return u->seal && (archive_read_open(u->tar, u, NULL, read_sealed, NULL) == ARCHIVE_OK ||
                       fail(u, "cannot be opened", archive_error_string(u->tar)));
}

/* Takes all entries. */
static bool take_all(struct unpacking *u)
{
    struct archive_entry *entry;
    int code;

    u->tar = archive_read_new();
    archive_read_support_format_tar(u->tar);
    int fd = open(u->path, O_RDONLY | O_CLOEXEC);

    open_tar(u, fd);
    while (!u->error && (code = archive_read_next_header(u->tar, &entry)) != ARCHIVE_EOF)
        if (code != ARCHIVE_OK)
            fail(u, "is no whole backup", archive_error_string(u->tar));
        else
            take_entry(u, entry);
    archive_read_free(u->tar);
    seal_free(u->seal);
    if (fd >= 0)
        close(fd);
    return !u->error;
}

/* Holds what was written against the manifest: the same names, the same checksums. */
static bool compare(struct unpacking *u)
{
    if (!u->manifest)
        return fail(u, "is no whole backup", "its manifest is missing");
    g_auto(GStrv) lines = g_strsplit(u->manifest->str, "\n", -1);
    guint count = 0;

    for (char **line = lines; *line && **line; line++, count++) {
        const char *name = strlen(*line) > 66 ? *line + 66 : "";
        const char *sum = g_hash_table_lookup(u->sums, name);

        if (!sum)
            return fail(u, *name ? name : "manifest", "is missing");
        if (strncmp(sum, *line, 64) != 0)
            return fail(u, name, "is not what was backed up: its checksum differs");
    }
    if (count != g_hash_table_size(u->sums))
        return fail(u, "manifest", "does not name every file");
    return g_hash_table_contains(u->sums, BACKUP_STORE) || fail(u, BACKUP_STORE, "is missing");
}

/* Counts the files that the store has rows of and the backup has not. */
static int count_missing(struct unpacking *u, sqlite3 *db)
{
    sqlite3_stmt *q = NULL;
    int missing = 0;

    if (sqlite3_prepare_v2(db, "SELECT DISTINCT sha256 FROM file WHERE sha256 IS NOT NULL", -1, &q, NULL) !=
        SQLITE_OK)
        return 0;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *sum = (const char *)sqlite3_column_text(q, 0);
        g_autofree char *name = g_strdup_printf("files/%.2s/%s", sum, sum);

        missing += !g_hash_table_contains(u->sums, name);
    }
    sqlite3_finalize(q);
    return missing;
}

/* The checksum of a file; yours, NULL when it cannot be read. */
static char *sum_of(const char *path)
{
    static char buffer[1 << 16];
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    while (fd >= 0 && ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            g_checksum_update(sum, (const guchar *)buffer, n);
    if (fd >= 0)
        close(fd);
    return n == 0 ? g_strdup(g_checksum_get_string(sum)) : NULL;
}

/* Opens a store that nobody writes as it lies there: no file is made beside it, none is changed. */
static sqlite3 *open_still(const char *path)
{
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *uri = g_filename_to_uri(whole, NULL, NULL);
    g_autofree char *still = g_strconcat(uri, "?immutable=1", NULL);
    sqlite3 *db = NULL;

    sqlite3_open_v2(still, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    return db;
}

/* Whether the store is whole, and one of ours. */
static bool is_sound(struct unpacking *u, sqlite3 *db)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(db,
                                 "SELECT integrity_check, (SELECT application_id FROM pragma_application_id)"
                                 " FROM pragma_integrity_check(1)",
                                 -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW;

    if (!ok)
        fail(u, BACKUP_STORE, sqlite3_errmsg(db));
    else if (strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0)
        ok = fail(u, BACKUP_STORE, (const char *)sqlite3_column_text(q, 0));
    else if (sqlite3_column_int64(q, 1) != STORE_APPLICATION_ID)
        ok = fail(u, BACKUP_STORE, "is not a store of banzhang");
    sqlite3_finalize(q);
    return ok;
}

/* Whether the master key that came opens the store's keys. One that lies elsewhere is not looked for. */
static bool opens(struct unpacking *u, sqlite3 *db)
{
    return !u->master || vault_fits(db, (const uint8_t *)u->master->str, u->master->len) ||
           fail(u, BACKUP_MASTER, "does not open the store that it came with");
}

/* Looks at the store that was laid down, or at the one that was packed, which the backup must hold to the
 * byte. */
static bool check_store(struct unpacking *u, int *ret_missing)
{
    g_autofree char *path = g_build_filename(u->dir ? u->dir : u->copy, BACKUP_STORE, NULL);
    g_autofree char *sum = u->dir ? NULL : sum_of(path);

    if (!u->dir && g_strcmp0(sum, g_hash_table_lookup(u->sums, BACKUP_STORE)) != 0)
        return fail(u, BACKUP_STORE, "is not the copy that was packed");
    sqlite3 *db = open_still(path);
    bool ok = is_sound(u, db) && opens(u, db);

    *ret_missing = ok ? count_missing(u, db) : 0;
    sqlite3_close(db);
    return ok;
}

/* Takes the tar apart and holds it against its manifest and its store. */
static bool unpack(struct unpacking u, int *ret_files, int *ret_missing, char **ret_error)
{
    u.sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bool ok = take_all(&u) && compare(&u) && check_store(&u, ret_missing);

    g_hash_table_destroy(u.sums);
    if (u.manifest)
        g_string_free(u.manifest, TRUE);
    if (u.master) {
        OPENSSL_cleanse(u.master->str, u.master->len);
        g_string_free(u.master, TRUE);
    }
    *ret_files = u.files;
    if (ok)
        g_free(u.error);
    else
        *ret_error = u.error;
    return ok;
}

bool backup_unpack(const char *path, const char *key_file, const char *dir, int *ret_files, int *ret_missing,
                   char **ret_error)
{
    return unpack((struct unpacking){ .path = path, .dir = dir, .key_file = key_file }, ret_files,
                  ret_missing, ret_error);
}

bool backup_verify(const char *path, const char *key_file, const char *copy, char **ret_error)
{
    int files, missing;

    return unpack((struct unpacking){ .path = path, .copy = copy, .key_file = key_file }, &files, &missing,
                  ret_error);
}

bool backup_is_scheduled(const char *name)
{
    static const char form[] = "0000-00-00", hour[] = "-0000";
    const char *at = g_str_has_prefix(name, BACKUP_SCHEDULED) ? name + strlen(BACKUP_SCHEDULED) : "";

    for (const char *want = form; *want; want++, at++)
        if (*want == '0' ? !g_ascii_isdigit(*at) : *at != *want)
            return false;
    if (*at == '-' && strspn(at + 1, "0123456789") == strlen(hour) - 1)
        at += strlen(hour);
    return !strcmp(at, ".tar") || !strcmp(at, ".sealed") || !strcmp(at, ".tar" BACKUP_UNVERIFIED) ||
           !strcmp(at, ".sealed" BACKUP_UNVERIFIED);
}
