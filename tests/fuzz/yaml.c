/* YAML that people write: any bytes as a configuration, a form, a marking scheme, a class, a policy of
 * reminders, and a year's holidays. Who refuses says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/core/folder.h"
#include "bot/config.h"
#include "bot/core/faults.h"
#include "bot/school/class_file.h"
#include "bot/school/form_file.h"
#include "bot/school/remind_policy.h"
#include "bot/school/scheme.h"
#include "bot/school/workdays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing read and nothing said about it is a fault of ours. */
static void judge(bool taken, const GPtrArray *faults, guint before)
{
    if (taken != (faults->len == before))
        abort();
}

/* Reads it as each kind of file that is written by hand. */
static void read_all(const char *path, GPtrArray *faults, GPtrArray *doubts)
{
    static const char *const languages[] = { "zh-CN", "en", NULL };
    const struct class_defaults defaults = { "Asia/Shanghai", "zh-CN", BANZHANG_TREE, false, true };
    struct remind_policy policy;
    guint before = faults->len;
    struct config *config = config_read(path, faults);

    judge(config != NULL, faults, before);
    config_free(config);
    before = faults->len;
    struct form_file *form = form_file_read(path, languages, faults);

    judge(form != NULL, faults, before);
    form_file_free(form);
    before = faults->len;
    struct scheme *scheme = scheme_read(path, scheme_languages, faults);

    judge(scheme != NULL, faults, before);
    scheme_free(scheme);
    before = faults->len;
    struct class_file *class = class_file_read(path, &defaults, faults, doubts);

    judge(class != NULL, faults, before);
    class_file_free(class);
    before = faults->len;
    judge(remind_policy_read(path, &policy, faults), faults, before);
}

static char share[] = "/tmp/banzhang-yaml-XXXXXX";

static void remove_share(void)
{
    folder_remove(share);
}

/* Puts it where the holidays of this and the next year are looked for, and asks. */
static void ask_holidays(const char *path)
{
    static bool made;
    char day[DAY_SIZE], last[DAY_SIZE];
    size_t from, to;
    g_autofree char *folder = NULL, *file = NULL;

    if (!made && (!mkdtemp(share) || atexit(remove_share) != 0))
        abort();
    made = true;
    folder = g_build_filename(share, "config", "holidays", NULL);
    file = g_build_filename(folder, "2026.yaml", NULL);
    g_mkdir_with_parents(folder, 0700);
    unlink(file);
    if (symlink(path, file) != 0)
        abort();
    workday(share, "2026-02-17");
    workdays_after(share, "2026-02-13", 3, day);
    workdays_named(share, "2026-01-02", "春节", day, last, &from, &to);
    workdays_named(share, "2026-01-02", "国庆", day, last, &from, &to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("yaml", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();

    read_all(path, faults, doubts);
    ask_holidays(path);
    close(fd);
    return 0;
}
