#include "bot/school/syllabus.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/csv_file.h"

enum column { TITLE, OUTLINE, MODE, ASSESSMENT };
enum { COLUMNS = ASSESSMENT + 1 };

static void row_free(void *data)
{
    struct syllabus_row *row = data;
    g_free(row->title);
    g_free(row->outline);
    g_free(row->mode);
    g_free(row->assessment);
    g_free(row);
}

/* What stands in a cell, or NULL. */
static char *take(struct cell cell)
{
    return *cell.text ? g_strdup(cell.text) : NULL;
}

GPtrArray *syllabus_read(const char *path, GPtrArray *faults, GPtrArray *doubts)
{
    static const struct csv_column known[COLUMNS] = {
        [TITLE] = { "课程主题|主题|课程|theme|title", true },
        [OUTLINE] = { "大纲|内容|outline", false },
        [MODE] = { "实施模式|模式|mode", false },
        [ASSESSMENT] = { "考核|考核方式|assessment", false },
    };
    guint before = faults->len;
    int columns[COLUMNS];
    g_autoptr(csv_file) file = csv_read(path, faults);
    if (!file || !csv_columns(file, known, COLUMNS, columns, faults, doubts))
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < file->rows->len; i++) {
        const struct csv_row *from = file->rows->pdata[i];
        struct cell title = csv_cell(from, columns[TITLE]);
        struct syllabus_row *row = g_new0(struct syllabus_row, 1);
        row->title = g_strdup(title.text);
        row->outline = take(csv_cell(from, columns[OUTLINE]));
        row->mode = take(csv_cell(from, columns[MODE]));
        row->assessment = take(csv_cell(from, columns[ASSESSMENT]));
        row->line = title.line;
        row->column = title.column;
        g_ptr_array_add(rows, row);
        if (!*row->title)
            faults_add(faults, path, title.line, title.column, "the theme is missing");
        else if (!g_hash_table_add(seen, row->title))
            faults_add(faults, path, title.line, title.column, "the theme \"%s\" is here twice", row->title);
    }
    return faults->len == before ? g_steal_pointer(&rows) : NULL;
}
