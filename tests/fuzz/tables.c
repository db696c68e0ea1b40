/* The tables organisers hand in: any bytes as a timetable, a roster, a syllabus. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/core/faults.h"
#include "bot/school/roster.h"
#include "bot/school/syllabus.h"
#include "bot/school/timetable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frees what a reader gave; NULL and no fault at all is a reader that lost something. */
static void done(GPtrArray *rows, const GPtrArray *faults, guint before)
{
    if (!rows && faults->len == before)
        abort();
    if (rows)
        g_ptr_array_unref(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct timetable_rules rules = { "2026-03-02", 540, 720 };
    int fd = memfd_create("table", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    done(timetable_read(path, &rules, faults, doubts), faults, 0);
    guint before = faults->len;
    done(roster_read(path, faults, doubts), faults, before);
    before = faults->len;
    done(syllabus_read(path, faults, doubts), faults, before);
    close(fd);
    return 0;
}
