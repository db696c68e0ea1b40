#include "bot/backup_daily.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/backup.h"
#include "bot/core/clock.h"
#include "bot/core/folder.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"

enum { LOOK_MS = 5000, AGAIN_MS = 3600000 };

struct backup_daily {
    const struct config *config;
    struct school *school;
    struct operations *operations;
    GTimeZone *zone;
    struct control_later copying; /* while the store is being copied */
    char *copy, *path, *error;    /* of the one being made */
    int hold;                     /* of backup_hold while one is made; -1 */
    int64_t failed;               /* when one failed, monotonic ms; 0 not */
    int64_t last;                 /* when the last good one was made; 0 never */
};

/* The moment whose backup is due by the hour `here`, as its name has it; NULL before the day's first. */
static char *slot_of(const struct config *config, GDateTime *here)
{
    int period = (int)config->backup.every * 60;
    int at = (int)(g_ascii_strtoll(config->backup.at, NULL, 10) * 60 +
                   g_ascii_strtoll(config->backup.at + 3, NULL, 10));
    int first = at % period, now = g_date_time_get_hour(here) * 60 + g_date_time_get_minute(here);
    g_autofree char *day = g_date_time_format(here, "%F");

    if (now < first)
        return NULL;
    int slot = first + (now - first) / period * period;

    return period == 24 * 60 ? g_steal_pointer(&day)
                             : g_strdup_printf("%s-%02d%02d", day, slot / 60, slot % 60);
}

/* Where the backup of a moment lies. */
static char *path_of(const struct config *config, const char *slot)
{
    g_autofree char *name =
        g_strdup_printf(BACKUP_SCHEDULED "%s.%s", slot, config->backup.key_file ? "sealed" : "tar");

    return g_build_filename(config->backup.folder, name, NULL);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether the list's end was made by a clock that was ahead: later than what was made just now. */
static bool ahead(GPtrArray *names, const char *made)
{
    return names->len > 0 && strcmp(names->pdata[names->len - 1], made) > 0;
}

/* Removes what is beyond `keep` of ours: first what is later than `made`, the one made just now, as only a
 * wrong clock can be, then the oldest; the names are days and hours, so their order is that of time. */
static void rotate(const struct config *config, const char *made)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(config->backup.folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (backup_is_scheduled(name) && !g_str_has_suffix(name, BACKUP_UNVERIFIED))
            g_ptr_array_add(names, g_build_filename(config->backup.folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    while (names->len > (guint)config->backup.keep) {
        guint gone = ahead(names, made) ? names->len - 1 : 0;

        g_unlink(names->pdata[gone]);
        g_ptr_array_remove_index(names, gone);
    }
}

/* On a worker: packs the copy, verifies what came of it, removes the oldest. */
static void work(void *data)
{
    struct backup_daily *daily = data;
    const char *key_file = daily->config->backup.key_file;
    g_autofree char *unverified = g_strconcat(daily->path, BACKUP_UNVERIFIED, NULL);
    int files, damaged;

    if (daily->error || !backup_pack(daily->config->data_dir, daily->copy, unverified, key_file, &files,
                                     &damaged, &daily->error))
        return;
    if (!backup_verify(unverified, key_file, daily->copy, &daily->error))
        g_unlink(unverified);
    else if (g_rename(unverified, daily->path) != 0)
        daily->error = g_strdup_printf("%s: %s", daily->path, g_strerror(errno));
    else
        rotate(daily->config, daily->path);
}

/* Takes the copy away: nothing is being made any more. */
static void drop_copy(struct backup_daily *daily)
{
    if (daily->copy)
        folder_remove(daily->copy);
    g_clear_pointer(&daily->copy, g_free);
    if (daily->hold >= 0)
        close(daily->hold);
    daily->hold = -1;
}

/* Back on the loop: it is there, or somebody has to look. */
static void made(void *data)
{
    struct backup_daily *daily = data;

    drop_copy(daily);
    if (daily->error) {
        log_error("backup.daily_failed", "why=\"%s\"", daily->error);
        daily->failed = clock_monotonic_ms();
        if (!loop_stopping(daily->school->loop))
            operations_alarm(daily->operations, "backup");
    } else {
        log_info("backup.daily", "keep=%d", (int)daily->config->backup.keep);
        daily->failed = 0;
        daily->last = clock_machine();
    }
    g_clear_pointer(&daily->path, g_free);
    g_clear_pointer(&daily->error, g_free);
}

/* A slice of the copy after another; then to a worker. */
static void copy_on(void *data)
{
    struct backup_daily *daily = data;
    g_autoptr(GString) out = g_string_new(NULL), err = g_string_new(NULL);

    if (!daily->copying.slice(daily->copying.data)) {
        loop_later(daily->school->loop, 1, copy_on, daily);
        return;
    }
    if (daily->copying.end(daily->copying.data, out, err) == 0)
        daily->copy = g_strndup(out->str, strcspn(out->str, "\n"));
    else
        daily->error = g_strdup(g_strchomp(err->str));
    daily->copying = (struct control_later){ 0 };
    loop_work(daily->school->loop, work, made, daily);
}

/* Begins the one that is due when its hour has come, it is not there, and none failed just now. */
static void look(void *data)
{
    struct backup_daily *daily = data;
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(clock_machine());
    g_autoptr(GDateTime) here = g_date_time_to_timezone(utc, daily->zone);
    g_autofree char *slot = slot_of(daily->config, here);
    g_autofree char *path = slot ? path_of(daily->config, slot) : NULL;

    loop_later(daily->school->loop, LOOK_MS, look, daily);
    if (daily->path || loop_stopping(daily->school->loop) || !path || g_file_test(path, G_FILE_TEST_EXISTS) ||
        (daily->failed && daily->failed + AGAIN_MS > clock_monotonic_ms()))
        return;
    daily->path = g_steal_pointer(&path);
    daily->hold = backup_hold(daily->config->data_dir);
    backup_begin(daily->school->store, daily->config, &daily->copying);
    copy_on(daily);
}

/* Seconds since the last good one, of this process or of before; -1: there is none. */
static double age(void *data)
{
    const struct backup_daily *daily = data;

    return daily->last ? (double)MAX(clock_machine() - daily->last, 0) : -1;
}

/* When the youngest backup in the folder was made. */
static int64_t youngest(const struct config *config)
{
    GDir *dir = g_dir_open(config->backup.folder, 0, NULL);
    const char *name;
    int64_t last = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(config->backup.folder, name, NULL);
        GStatBuf there;

        if (backup_is_scheduled(name) && g_stat(path, &there) == 0)
            last = MAX(last, (int64_t)there.st_mtime);
    }
    if (dir)
        g_dir_close(dir);
    return last;
}

struct backup_daily *backup_daily_new(const struct config *config, struct school *school,
                                      struct operations *operations)
{
    if (!config->backup.folder)
        return NULL;
    struct backup_daily *daily = g_new0(struct backup_daily, 1);

    daily->hold = -1;
    daily->config = config;
    daily->school = school;
    daily->operations = operations;
    daily->zone = g_time_zone_new_identifier(config->zone);
    daily->last = youngest(config);
    metric_help("banzhang_backup_age_seconds",
                "Since the last daily backup that was verified; -1: none yet.");
    metric_gauge("banzhang_backup_age_seconds", "", age, daily);
    loop_later(school->loop, 1, look, daily);
    return daily;
}

void backup_daily_free(struct backup_daily *daily)
{
    g_autoptr(GString) said = g_string_new(NULL);

    if (!daily)
        return;
    if (daily->copying.end && daily->copying.end(daily->copying.data, said, said) == 0)
        folder_remove(g_strchomp(said->str));
    drop_copy(daily);
    g_time_zone_unref(daily->zone);
    g_free(daily->path);
    g_free(daily->error);
    g_free(daily);
}
