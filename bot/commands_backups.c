/* backups: those that lie where the configuration has them made, those made by hand from here, and the copies
 * that upgrades took. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "bot/backup.h"
#include "bot/backup_seal.h"
#include "bot/commands_files.h"

enum { DONE = 0, FAILED = 1 };

#define RECORD "backups" /* in data_dir: size, time of change and path of those made by hand, a line each */

/* One that is there. */
struct found {
    const char *class;
    char *path;
    int64_t size, made;
    bool verified, sealed;
};

static void free_found(void *data)
{
    struct found *found = data;

    g_free(found->path);
    g_free(found);
}

static int by_age(const void *a, const void *b)
{
    const struct found *one = *(struct found *const *)a, *other = *(struct found *const *)b;

    return one->made != other->made ? (one->made < other->made ? -1 : 1) : strcmp(one->path, other->path);
}

/* Adds the file when it is one. */
static struct found *add(GPtrArray *all, const char *path, const char *class, bool verified)
{
    GStatBuf there;

    if (g_stat(path, &there) != 0 || !S_ISREG(there.st_mode))
        return NULL;
    struct found *found = g_new0(struct found, 1);

    *found = (struct found){ .class = class,
                             .path = g_strdup(path),
                             .size = there.st_size,
                             .made = there.st_mtime,
                             .verified = verified,
                             .sealed = seal_is_sealed(path) };
    g_ptr_array_add(all, found);
    return found;
}

/* What a folder holds of one class: names that `fits` takes. */
static void add_folder(GPtrArray *all, const char *folder, const char *class, bool (*fits)(const char *name))
{
    GDir *dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (fits(name))
            add(all, path, class, !g_str_has_suffix(name, BACKUP_UNVERIFIED));
    }
    if (dir)
        g_dir_close(dir);
}

/* Those made by hand that still lie where they were written; verified as long as nobody changed them. */
static void add_recorded(GPtrArray *all, const char *data_dir)
{
    g_autofree char *record = g_build_filename(data_dir, RECORD, NULL), *text = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (!g_file_get_contents(record, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = g_strv_length(lines); i-- > 0;) { /* the last word on a path counts */
        char *at;
        int64_t size = g_ascii_strtoll(lines[i], &at, 10), made = g_ascii_strtoll(at, &at, 10);
        const char *path = *at == ' ' ? at + 1 : "";

        if (!*path || !g_hash_table_add(seen, (void *)path))
            continue;
        struct found *found = add(all, path, "by hand", true);

        if (found)
            found->verified = found->size == size && found->made == made;
    }
}

static bool is_before_upgrade(const char *name)
{
    return g_str_has_prefix(name, BACKUP_BEFORE) && !g_str_has_suffix(name, "-journal");
}

void command_note_backup(const struct config *config, const char *file)
{
    g_autofree char *record = g_build_filename(config->data_dir, RECORD, NULL);
    g_autofree char *path = g_canonicalize_filename(file, NULL);
    GStatBuf there;
    FILE *into = strchr(path, '\n') || g_stat(path, &there) != 0 ? NULL : fopen(record, "ae");

    if (!into)
        return;
    fprintf(into, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", (int64_t)there.st_size,
            (int64_t)there.st_mtime, path);
    fclose(into);
}

int command_backups(const struct config *config)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_found);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(config->zone);

    add_folder(all, config->backup.folder, "scheduled", backup_is_scheduled);
    add_folder(all, config->data_dir, "before-migration", is_before_upgrade);
    add_recorded(all, config->data_dir);
    g_ptr_array_sort(all, by_age);
    for (guint i = 0; i < all->len; i++) {
        const struct found *found = all->pdata[i];
        g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(found->made);
        g_autoptr(GDateTime) here = g_date_time_to_timezone(utc, zone);
        g_autofree char *when = g_date_time_format(here, "%F %H:%M");

        printf("%s  %8.1f MiB  %-16s  %-12s  %-6s  %s\n", when, (double)found->size / (1 << 20), found->class,
               found->verified ? "verified" : "not verified", found->sealed ? "sealed" : "plain",
               found->path);
    }
    if (all->len == 0)
        puts("there is none; `banzhang backup FILE.tar` makes one, `backup:` in the configuration has them "
             "made");
    return fflush(stdout) == 0 ? DONE : FAILED;
}
