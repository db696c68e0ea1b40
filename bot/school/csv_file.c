#include "bot/school/csv_file.h"

#include <csv.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/files.h"
#include "bot/core/text.h"
#include "bot/school/cell.h"
#include "bot/school/xlsx.h"

enum { FILE_MAX = 4 * 1024 * 1024, ROWS_MAX = 20000, COLUMNS_MAX = 60, CELL_MAX = 8000 };

struct reading {
    struct csv_file *file;
    GPtrArray *rows;
    GArray *cells;              /* of the row being read */
    int line, column;           /* of the next character */
    int cell_line, cell_column; /* where the cell being read begins */
    bool after_return;          /* a line feed now belongs to the line end before it */
    const char *too_much;
};

void csv_row_free(void *data)
{
    struct csv_row *row = data;
    for (guint i = 0; i < row->count; i++)
        g_free(row->cells[i].text);
    g_free(row->cells);
    g_free(row);
}

/* libcsv gives one cell. */
static void take_cell(void *text, size_t len, void *data)
{
    struct reading *reading = data;
    if (len > CELL_MAX)
        reading->too_much = "a cell is too long";
    if (reading->cells->len >= COLUMNS_MAX)
        reading->too_much = "too many columns";
    if (reading->too_much)
        return;
    g_autofree char *raw = g_strndup(text ? text : "", len);
    struct cell cell = { cell_trim(raw), reading->cell_line, reading->cell_column };
    g_array_append_val(reading->cells, cell);
}

/* libcsv gives the end of a row. */
static void take_row(int end, void *data)
{
    struct reading *reading = data;
    (void)end;
    bool blank = true;
    for (guint i = 0; i < reading->cells->len; i++)
        blank = blank && !*g_array_index(reading->cells, struct cell, i).text;
    struct csv_row *row = g_new0(struct csv_row, 1);
    row->count = reading->cells->len;
    row->line = row->count ? g_array_index(reading->cells, struct cell, 0).line : reading->line;
    row->cells = (struct cell *)g_array_free(reading->cells, FALSE);
    reading->cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
    if (blank)
        csv_row_free(row);
    else
        g_ptr_array_add(reading->rows, row);
    if (reading->rows->len > ROWS_MAX)
        reading->too_much = "too many rows";
}

/* Moves the position behind one byte; a cell begins behind a separator that is not quoted, and libcsv has
 * just said so. */
static void advance(struct reading *reading, unsigned char c)
{
    if (c == '\n' && reading->after_return) {
        reading->after_return = false;
        return;
    }
    reading->after_return = c == '\r';
    if (c == '\n' || c == '\r') {
        reading->line++;
        reading->column = 1;
    } else if ((c & 0xc0) != 0x80) {
        reading->column++;
    }
}

/* Feeds byte by byte, because only so it is known where a cell begins: behind a separator or line end that is
 * not inside quotation marks. */
static bool parse(struct reading *reading, struct csv_parser *parser, const char *text, GPtrArray *faults)
{
    bool quoted = false;
    for (const char *p = text; *p; p++) {
        if (csv_parse(parser, p, 1, take_cell, take_row, reading) != 1) {
            faults_add(faults, reading->file->path, reading->line, reading->column, "%s",
                       "a quotation mark in the middle of a cell; write \"\" for one inside quotes");
            return false;
        }
        advance(reading, (unsigned char)*p);
        quoted ^= *p == '"';
        if (!quoted && (*p == '\n' || *p == '\r' || *p == (char)csv_get_delim(parser))) {
            reading->cell_line = reading->line;
            reading->cell_column = reading->column;
        }
        if (reading->too_much) {
            faults_add(faults, reading->file->path, reading->line, 0, "%s", reading->too_much);
            return false;
        }
    }
    if (csv_fini(parser, take_cell, take_row, reading) != 0) {
        faults_add(faults, reading->file->path, reading->cell_line, reading->cell_column, "%s",
                   "a quotation mark is opened here and never closed");
        return false;
    }
    return true;
}

/* The character that separates cells: a comma unless the first line has none. */
static unsigned char separator_of(const char *text)
{
    size_t line = strcspn(text, "\r\n");
    if (memchr(text, ',', line))
        return ',';
    return memchr(text, '\t', line) ? '\t' : memchr(text, ';', line) ? ';' : ',';
}

/* What a file is that is no table; NULL when it may be one. */
static const char *no_table(const char *bytes, gsize len)
{
    const char *type = files_type(bytes, len);
    if (!strcmp(type, "application/x-ole-storage"))
        return "an old Excel file (.xls), or one with a password; save it as .xlsx or CSV";
    if (!strcmp(type, "application/vnd.openxmlformats-officedocument.wordprocessingml.document") ||
        !strcmp(type, "application/vnd.openxmlformats-officedocument.presentationml.presentation"))
        return "a document, no table; save the table as .xlsx or CSV";
    if (!strcmp(type, "application/pdf") || g_str_has_prefix(type, "image/"))
        return "a picture or PDF, no table; send the .xlsx or CSV it was made from";
    return NULL;
}

/* Reads the text of a CSV into rows; false after a fault. */
static bool read_text(struct csv_file *file, const char *text, GPtrArray *faults)
{
    struct reading reading = {
        .file = file, .rows = file->rows, .line = 1, .column = 1, .cell_line = 1, .cell_column = 1
    };
    reading.cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
    csv_set_delim(&parser, separator_of(text));
    bool read = parse(&reading, &parser, text, faults);
    csv_free(&parser);
    for (guint i = 0; i < reading.cells->len; i++)
        g_free(g_array_index(reading.cells, struct cell, i).text);
    g_array_free(reading.cells, TRUE);
    return read;
}

/* Reads whatever it is into rows; false after a fault. */
static bool read_rows(struct csv_file *file, GPtrArray *faults)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) error = NULL;
    gsize len;
    if (!g_file_get_contents(file->path, &bytes, &len, &error)) {
        faults_add(faults, file->path, 0, 0, "%s", error->message);
        return false;
    }
    const char *other = no_table(bytes, len);
    if (other) {
        faults_add(faults, file->path, 1, 1, "%s", other);
        return false;
    }
    file->is_workbook = xlsx_begins(bytes, len);
    if (file->is_workbook)
        return xlsx_read(file->path, file, faults);
    g_autofree char *text = len <= FILE_MAX ? text_to_utf8(bytes, len) : NULL;
    if (!text)
        faults_add(faults, file->path, 1, 1, "%s",
                   len > FILE_MAX ? "larger than 4 MiB" : "neither UTF-8 nor GB18030");
    return text && read_text(file, text, faults);
}

struct csv_file *csv_read(const char *path, GPtrArray *faults)
{
    struct csv_file *file = g_new0(struct csv_file, 1);
    file->path = g_strdup(path);
    file->rows = g_ptr_array_new_with_free_func(csv_row_free);
    file->doubts = faults_new();
    bool read = read_rows(file, faults);
    if (read && file->rows->len < 2)
        faults_add(faults, path, 1, 1, "a header and at least one row are wanted");
    if (!read || file->rows->len < 2) {
        csv_file_free(file);
        return NULL;
    }
    struct csv_row *header = g_ptr_array_steal_index(file->rows, 0);
    file->header = *header;
    g_free(header);
    return file;
}

void csv_file_free(struct csv_file *file)
{
    if (!file)
        return;
    for (guint i = 0; i < file->header.count; i++)
        g_free(file->header.cells[i].text);
    g_free(file->header.cells);
    g_ptr_array_unref(file->rows);
    g_ptr_array_unref(file->doubts);
    g_free(file->path);
    g_free(file);
}

/* True when the cell is one of the words. */
static bool called(const char *cell, const char *words)
{
    g_autofree char *plain = cell_plain(cell);
    g_auto(GStrv) each = g_strsplit(words, "|", -1);
    return g_strv_contains((const char *const *)each, plain);
}

bool csv_columns(const struct csv_file *file, const struct csv_column *columns, size_t count, int *ret,
                 GPtrArray *faults, GPtrArray *doubts)
{
    guint before = faults->len;
    for (guint i = 0; i < file->doubts->len; i++)
        g_ptr_array_add(doubts, g_strdup(file->doubts->pdata[i]));
    for (size_t c = 0; c < count; c++)
        ret[c] = -1;
    for (guint i = 0; i < file->header.count; i++) {
        const struct cell *cell = &file->header.cells[i];
        size_t c = 0;
        while (c < count && !called(cell->text, columns[c].words))
            c++;
        if (c == count && *cell->text)
            faults_add(doubts, file->path, cell->line, cell->column, "the column \"%s\" is not read",
                       cell->text);
        else if (c < count && ret[c] >= 0)
            faults_add(faults, file->path, cell->line, cell->column, "the column \"%s\" is here twice",
                       cell->text);
        else if (c < count)
            ret[c] = (int)i;
    }
    for (size_t c = 0; c < count; c++)
        if (columns[c].needed && ret[c] < 0) {
            g_autofree char *name = g_strndup(columns[c].words, strcspn(columns[c].words, "|"));
            faults_add(faults, file->path, file->header.line, 1, "the column \"%s\" is missing", name);
        }
    return faults->len == before;
}

struct cell csv_cell(const struct csv_row *row, int column)
{
    static char none[] = "";
    if (column >= 0 && column < (int)row->count)
        return row->cells[column];
    const struct cell *last = &row->cells[row->count - 1];
    return (struct cell){ none, row->line,
                          column < 0 ? 1 : last->column + (int)g_utf8_strlen(last->text, -1) };
}
