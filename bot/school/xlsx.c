#include "bot/school/xlsx.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/cell.h"
#include "bot/school/xlsx_private.h"

enum {
    FILE_MAX = 8 << 20,   /* packed */
    PART_MAX = 32 << 20,  /* one part, unpacked */
    WHOLE_MAX = 64 << 20, /* all parts that are read */
    ENTRIES_MAX = 5000,
    HEADER_WITHIN = 10, /* rows above the header: titles, dates of printing */
};

bool xlsx_begins(const char *bytes, gsize len)
{
    return len >= 4 && memcmp(bytes, "PK\3\4", 4) == 0;
}

/* --- unpacking
 * ----------------------------------------------------------------------------------------------------- */

/* Whether a part is of use. */
static bool is_wanted(const char *name)
{
    return g_str_has_suffix(name, ".rels") ? strcmp(name, "xl/_rels/workbook.xml.rels") == 0
                                           : g_str_has_prefix(name, "xl/") && g_str_has_suffix(name, ".xml");
}

/* Unpacks one part, within its bounds; NULL when there is too much of it or it is damaged. */
static GString *unpack(struct archive *zip, size_t *whole, struct xlsx *x)
{
    g_autofree char *block = g_malloc(65536);
    GString *part = g_string_new(NULL);
    la_ssize_t some;

    while ((some = archive_read_data(zip, block, 65536)) > 0) {
        *whole += (size_t)some;
        if (part->len + (size_t)some > PART_MAX || *whole > WHOLE_MAX) {
            x->why = "unpacks to more than a table can hold";
            break;
        }
        g_string_append_len(part, block, some);
    }
    if (some < 0 && !x->why)
        x->why = "is damaged: it cannot be unpacked";
    if (!x->why)
        return part;
    g_string_free(part, TRUE);
    return NULL;
}

static void part_free(void *part)
{
    g_string_free(part, TRUE);
}

/* The parts that are of use, name → GString. */
static GHashTable *unpack_all(struct xlsx *x, const char *bytes, gsize len)
{
    GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, part_free);
    struct archive *zip = archive_read_new();
    struct archive_entry *entry;
    size_t whole = 0;
    int entries = 0, code = ARCHIVE_OK;

    archive_read_support_format_zip(zip);
    if (archive_read_open_memory(zip, bytes, len) != ARCHIVE_OK)
        x->why = "is no workbook";
    while (!x->why && (code = archive_read_next_header(zip, &entry)) == ARCHIVE_OK) {
        const char *name = archive_entry_pathname(entry);

        if (++entries > ENTRIES_MAX)
            x->why = "has too many parts";
        else if (archive_entry_is_encrypted(entry))
            x->why = "is locked with a password; save it without one";
        else if (name && is_wanted(name)) {
            GString *part = unpack(zip, &whole, x);

            if (part)
                g_hash_table_insert(parts, g_strdup(name), part);
        }
    }
    if (!x->why && code != ARCHIVE_EOF && code != ARCHIVE_OK)
        x->why = "is damaged: it cannot be unpacked";
    archive_read_free(zip);
    return parts;
}

/* Parses a part that need not be there; false when it is not. */
static bool parse_part(struct xlsx *x, GHashTable *parts, const char *name,
                       void (*parse)(struct xlsx *, const char *, size_t))
{
    const GString *part = name ? g_hash_table_lookup(parts, name) : NULL;

    if (part && !x->why)
        parse(x, part->str, part->len);
    return part != NULL;
}

/* All that the first sheet shows. */
static void parse_all(struct xlsx *x, GHashTable *parts)
{
    if (!parse_part(x, parts, "xl/workbook.xml", xlsx_parse_workbook)) {
        x->why = x->why ? x->why : "is no workbook: save it as .xlsx or CSV";
        return;
    }
    parse_part(x, parts, "xl/_rels/workbook.xml.rels", xlsx_parse_relations);
    parse_part(x, parts, "xl/styles.xml", xlsx_parse_styles);
    parse_part(x, parts, "xl/sharedStrings.xml", xlsx_parse_strings);
    if (!parse_part(x, parts, x->sheet ? x->sheet : "xl/worksheets/sheet1.xml", xlsx_parse_sheet) && !x->why)
        x->why = "has no sheet";
}

/* --- rows
 * -------------------------------------------------------------------------------------------------------- */

/* By row, then column. */
static int by_place(const void *a, const void *b)
{
    const struct xlsx_cell *x = a, *y = b;

    return x->row != y->row ? x->row - y->row : x->column - y->column;
}

/* "C12". */
static char *reference(int row, int column)
{
    return column > 26 ? g_strdup_printf("%c%c%d", 'A' + (column - 1) / 26 - 1, 'A' + (column - 1) % 26, row)
                       : g_strdup_printf("%c%d", 'A' + column - 1, row);
}

/* The cell at a place; NULL when it shows nothing. */
static const struct xlsx_cell *cell_at(const GArray *cells, guint sorted, int row, int column)
{
    guint low = 0, high = sorted;

    while (low < high) {
        guint middle = (low + high) / 2;
        const struct xlsx_cell *cell = &g_array_index(cells, struct xlsx_cell, middle);
        int order = cell->row != row ? cell->row - row : cell->column - column;

        if (order == 0)
            return cell;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What stands in a cell merged downwards counts for each of its rows, and is told as a doubt. */
static void fill_merged(struct xlsx *x, struct csv_file *into)
{
    guint sorted = x->cells->len;
    int last = sorted ? g_array_index(x->cells, struct xlsx_cell, sorted - 1).row : 0;

    for (guint i = 0; i < x->merges->len; i++) {
        const struct xlsx_merge *m = &g_array_index(x->merges, struct xlsx_merge, i);
        const struct xlsx_cell *found = cell_at(x->cells, sorted, m->top, m->left);
        int bottom = MIN(m->bottom, last);

        if (!found || bottom <= m->top || m->left > XLSX_COLUMNS)
            continue;
        g_autofree char *from = reference(m->top, m->left), *to = reference(m->bottom, m->right);
        g_autofree char *text = g_strdup(found->text);

        faults_add(into->doubts, into->path, m->top, m->left,
                   "the merged cells %s:%s: \"%s\" is taken for each of their rows", from, to, text);
        for (int row = m->top + 1; row <= bottom && x->cells->len < XLSX_ROWS * XLSX_COLUMNS; row++) {
            struct xlsx_cell below = { row, m->left, g_strdup(text) };

            if (!cell_at(x->cells, sorted, row, m->left))
                g_array_append_val(x->cells, below);
            else
                g_free(below.text);
        }
    }
    g_array_sort(x->cells, by_place);
}

/* One row of the table from cells [from, to), its columns from 1 without gaps. */
static struct csv_row *make_row(const struct xlsx *x, guint from, guint to)
{
    const struct xlsx_cell *cells = (const struct xlsx_cell *)(void *)x->cells->data;
    struct csv_row *row = g_new0(struct csv_row, 1);

    row->line = cells[from].row;
    row->count = (guint)cells[to - 1].column;
    row->cells = g_new0(struct cell, row->count);
    for (guint c = 0; c < row->count; c++)
        row->cells[c] = (struct cell){ NULL, row->line, (int)c + 1 };
    for (guint i = from; i < to; i++) {
        char **text = &row->cells[cells[i].column - 1].text;

        g_free(*text);
        *text = cell_trim(cells[i].text);
    }
    for (guint c = 0; c < row->count; c++)
        if (!row->cells[c].text)
            row->cells[c].text = g_strdup("");
    return row;
}

/* How many cells of a row show something. */
static guint shown_cells(const struct csv_row *row)
{
    guint count = 0;

    for (guint c = 0; c < row->count; c++)
        count += *row->cells[c].text != 0;
    return count;
}

/* Puts the cells into rows; lines of one cell above the header are titles. */
static void take_rows(struct xlsx *x, struct csv_file *into)
{
    for (guint from = 0, to; from < x->cells->len; from = to) {
        int line = g_array_index(x->cells, struct xlsx_cell, from).row;

        for (to = from + 1; to < x->cells->len && g_array_index(x->cells, struct xlsx_cell, to).row == line;)
            to++;
        struct csv_row *row = make_row(x, from, to);
        guint shown = shown_cells(row);
        bool title = into->rows->len == 0 && shown == 1 && line <= HEADER_WITHIN;

        if (title)
            faults_add(into->doubts, into->path, line, 1, "the line \"%s\" above the header is not read",
                       row->cells[row->count - 1].text);
        if (title || shown == 0)
            csv_row_free(row);
        else
            g_ptr_array_add(into->rows, row);
        if (into->rows->len > XLSX_ROWS) {
            x->why = "has too many rows";
            return;
        }
    }
}

/* --- reading
 * --------------------------------------------------------------------------------------------------- */

static void clear_cell(void *cell)
{
    g_free(((struct xlsx_cell *)cell)->text);
}

bool xlsx_read(const char *path, struct csv_file *into, GPtrArray *faults)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;
    struct xlsx x = { .strings = g_ptr_array_new_with_free_func(g_free),
                      .styles = g_array_new(FALSE, FALSE, sizeof(int)),
                      .formats = g_hash_table_new_full(NULL, NULL, NULL, g_free),
                      .cells = g_array_new(FALSE, FALSE, sizeof(struct xlsx_cell)),
                      .merges = g_array_new(FALSE, FALSE, sizeof(struct xlsx_merge)) };

    g_array_set_clear_func(x.cells, clear_cell);
    if (!g_file_get_contents(path, &bytes, &len, NULL))
        x.why = "cannot be read";
    else if (len > FILE_MAX)
        x.why = "is larger than 8 MiB: no table of a class is";
    g_autoptr(GHashTable) parts = x.why ? NULL : unpack_all(&x, bytes, len);

    if (!x.why)
        parse_all(&x, parts);
    if (!x.why) {
        g_array_sort(x.cells, by_place);
        fill_merged(&x, into);
        take_rows(&x, into);
    }
    if (x.why)
        faults_add(faults, path, 1, 1, "the workbook %s", x.why);
    g_ptr_array_unref(x.strings);
    g_array_unref(x.styles);
    g_hash_table_unref(x.formats);
    g_array_unref(x.cells);
    g_array_unref(x.merges);
    g_free(x.sheet);
    g_free(x.sheet_id);
    return !x.why;
}
