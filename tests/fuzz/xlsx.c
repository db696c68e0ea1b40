/* Workbooks of organisers: any bytes as a .xlsx, and any XML as each of its parts. The first byte chooses. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/core/faults.h"
#include "bot/school/xlsx_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void clear_cell(void *cell)
{
    g_free(((struct xlsx_cell *)cell)->text);
}

/* The bytes as one part of a workbook that has a style and a shared text. */
static void parse_part(uint8_t which, const char *xml, size_t len)
{
    static void (*const parts[])(struct xlsx *, const char *,
                                 size_t) = { xlsx_parse_workbook, xlsx_parse_relations, xlsx_parse_styles,
                                             xlsx_parse_strings, xlsx_parse_sheet };
    struct xlsx x = { .strings = g_ptr_array_new_with_free_func(g_free),
                      .styles = g_array_new(FALSE, FALSE, sizeof(int)),
                      .formats = g_hash_table_new_full(NULL, NULL, NULL, g_free),
                      .cells = g_array_new(FALSE, FALSE, sizeof(struct xlsx_cell)),
                      .merges = g_array_new(FALSE, FALSE, sizeof(struct xlsx_merge)) };
    int date = XLSX_DATE;

    g_array_set_clear_func(x.cells, clear_cell);
    g_ptr_array_add(x.strings, g_strdup("shared"));
    g_array_append_val(x.styles, date);
    parts[which % G_N_ELEMENTS(parts)](&x, xml, len);
    g_ptr_array_unref(x.strings);
    g_array_unref(x.styles);
    g_hash_table_unref(x.formats);
    g_array_unref(x.cells);
    g_array_unref(x.merges);
    g_free(x.sheet);
    g_free(x.sheet_id);
}

/* The bytes as a whole workbook. */
static void read_whole(const uint8_t *data, size_t size)
{
    int fd = memfd_create("workbook", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GPtrArray) faults = faults_new();
    struct csv_file file = { .path = path,
                             .rows = g_ptr_array_new_with_free_func(csv_row_free),
                             .doubts = faults_new() };

    if (!xlsx_read(path, &file, faults) && faults->len == 0)
        abort();
    g_ptr_array_unref(file.rows);
    g_ptr_array_unref(file.doubts);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1 && data[0] < 5)
        parse_part(data[0], (const char *)data + 1, size - 1);
    else
        read_whole(data, size);
    return 0;
}
