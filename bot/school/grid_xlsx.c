#include <stdbool.h>
#include <string.h>
#include <xlsxwriter.h>

#include "bot/school/grid_private.h"

enum { STYLES = GRID_TOTAL + 1, KINDS = GRID_SHARE + 1, CELL_MAX = 32000, LINE = 15 };

/* A workbook and the formats its cells share. */
struct book {
    lxw_workbook *book;
    lxw_format *cells[STYLES][KINDS], *title, *note, *head;
};

/* A format with what all cells have. */
static lxw_format *new_format(struct book *b, bool border)
{
    lxw_format *format = workbook_add_format(b->book);

    format_set_font_name(format, "SimSun");
    format_set_font_size(format, 11);
    format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
    if (border)
        format_set_border(format, LXW_BORDER_THIN);
    return format;
}

/* One style of cells holding one kind of value. */
static lxw_format *cell_format(struct book *b, enum grid_style style, enum grid_kind kind)
{
    static const lxw_color_t colours[STYLES] = {
        [GRID_GOOD] = 0x1E7B34, [GRID_WARN] = 0xB26B00, [GRID_BAD] = 0xC00000
    };
    static const char *const numbers[KINDS] = {
        [GRID_TEXT] = "@", [GRID_INTEGER] = "0", [GRID_DECIMAL] = "General", [GRID_SHARE] = "0.0%"
    };
    lxw_format *format = new_format(b, true);

    if (colours[style])
        format_set_font_color(format, colours[style]);
    if (style == GRID_TOTAL) {
        format_set_bold(format);
        format_set_bg_color(format, 0xF2F2F2);
    }
    if (style != GRID_PLAIN)
        format_set_align(format, LXW_ALIGN_CENTER);
    format_set_text_wrap(format);
    if (numbers[kind])
        format_set_num_format(format, numbers[kind]);
    return format;
}

static void add_formats(struct book *b)
{
    b->title = new_format(b, false);
    format_set_bold(b->title);
    format_set_font_size(b->title, 16);
    format_set_align(b->title, LXW_ALIGN_CENTER);
    b->note = new_format(b, false);
    b->head = new_format(b, true);
    format_set_bold(b->head);
    format_set_bg_color(b->head, 0xDDE8F3);
    format_set_align(b->head, LXW_ALIGN_CENTER);
    format_set_text_wrap(b->head);
    for (int s = 0; s < STYLES; s++)
        for (int k = 0; k < KINDS; k++)
            b->cells[s][k] = cell_format(b, (enum grid_style)s, (enum grid_kind)k);
}

/* A line over the whole width. */
static void put_line(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t last, const char *text,
                     lxw_format *format)
{
    if (last > 0)
        worksheet_merge_range(sheet, row, 0, row, last, text, format);
    else
        worksheet_write_string(sheet, row, 0, text, format);
}

/* The heads; gives how many lines the highest has. */
static int put_heads(struct book *b, lxw_worksheet *sheet, lxw_row_t row, const struct grid *grid)
{
    int lines = 1;

    for (guint i = 0; i < grid->columns->len; i++) {
        const struct grid_column *column = &g_array_index(grid->columns, struct grid_column, i);
        int own = 1;

        worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, column->width, NULL);
        worksheet_write_string(sheet, row, (lxw_col_t)i, column->head, b->head);
        for (const char *at = column->head; *at; at++)
            own += *at == '\n';
        /* The last line may be longer than the column is wide: a Chinese character takes two digits. */
        const char *last = strrchr(column->head, '\n');
        glong chars = g_utf8_strlen(last ? last + 1 : column->head, -1);

        own += (int)((double)chars * 2 / MAX(column->width, 1));
        lines = MAX(lines, own);
    }
    worksheet_set_row(sheet, row, lines * LINE + 6, NULL);
    return lines;
}

static void put_cell(struct book *b, lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col,
                     const struct grid_cell *cell)
{
    lxw_format *format = b->cells[cell->style][cell->kind];

    switch (cell->kind) {
    case GRID_EMPTY:
        worksheet_write_blank(sheet, row, col, format);
        break;
    case GRID_TEXT: {
        g_autofree char *text = g_utf8_substring(cell->text, 0, MIN(g_utf8_strlen(cell->text, -1), CELL_MAX));

        worksheet_write_string(sheet, row, col, text, format);
        break;
    }
    case GRID_INTEGER:
    case GRID_DECIMAL:
    case GRID_SHARE:
        worksheet_write_number(sheet, row, col, cell->number, format);
        break;
    }
}

/* How it comes out of a printer: A4 across, one page wide, the heads on each page. */
static void set_page(lxw_worksheet *sheet, lxw_row_t heads, const struct grid *grid)
{
    worksheet_set_paper(sheet, 9);
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, 0);
    worksheet_repeat_rows(sheet, heads, heads);
    worksheet_set_margins(sheet, .4, .4, .5, .6);
    worksheet_set_footer(sheet, "&C&P / &N");
    worksheet_freeze_panes(sheet, heads + 1, (lxw_col_t)grid->keep);
}

static const char *put_grid(struct book *b, const struct grid *grid)
{
    lxw_worksheet *sheet = workbook_add_worksheet(b->book, grid->name);
    lxw_col_t last = grid->columns->len ? (lxw_col_t)(grid->columns->len - 1) : 0;
    lxw_row_t row = 0;

    if (!sheet)
        return "the name of a sheet is none";
    worksheet_set_row(sheet, row, 28, NULL);
    put_line(sheet, row++, last, grid->title, b->title);
    for (guint i = 0; i < grid->notes->len; i++)
        put_line(sheet, row++, last, grid->notes->pdata[i], b->note);
    put_heads(b, sheet, row, grid);
    set_page(sheet, row++, grid);
    for (guint r = 0; r < grid->rows->len; r++, row++) {
        const GArray *cells = grid->rows->pdata[r];

        for (guint i = 0; i < cells->len; i++)
            put_cell(b, sheet, row, (lxw_col_t)i, &g_array_index(cells, struct grid_cell, i));
    }
    for (guint i = 0; i < grid->feet->len; i++)
        put_line(sheet, row++, last, grid->feet->pdata[i], b->note);
    return NULL;
}

const char *grid_xlsx(struct grid *const *grids, size_t count, const char *path, const char *temp)
{
    lxw_workbook_options options = { .constant_memory = LXW_FALSE, .tmpdir = (char *)temp };
    struct book b = { .book = workbook_new_opt(path, &options) };
    const char *error = NULL;

    if (!b.book)
        return "no memory for a workbook";
    add_formats(&b);
    for (size_t i = 0; i < count && !error; i++)
        error = put_grid(&b, grids[i]);
    lxw_error closed = workbook_close(b.book);

    return error ? error : closed != LXW_NO_ERROR ? lxw_strerror(closed) : NULL;
}
