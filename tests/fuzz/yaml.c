/* YAML that people write: any bytes as a configuration and as a form. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/config.h"
#include "bot/core/faults.h"
#include "bot/school/form_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const languages[] = { "zh-CN", "en", NULL };
    int fd = memfd_create("yaml", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config = config_read(path, faults);
    if (!config && !faults->len)
        abort();
    config_free(config);
    form_file_free(form_file_read(path, languages, faults));
    close(fd);
    return 0;
}
