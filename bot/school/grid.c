#include "bot/school/grid_private.h"

#include <stdbool.h>
#include <string.h>

static void clear_cell(void *cell)
{
    g_free(((struct grid_cell *)cell)->text);
}

static void clear_column(void *column)
{
    g_free(((struct grid_column *)column)->head);
}

static void free_row(void *row)
{
    g_array_unref(row);
}

struct grid *grid_new(const char *name, const char *title)
{
    struct grid *grid = g_new0(struct grid, 1);

    grid->name = g_strdup(name);
    grid->title = g_strdup(title);
    grid->notes = g_ptr_array_new_with_free_func(g_free);
    grid->feet = g_ptr_array_new_with_free_func(g_free);
    grid->columns = g_array_new(FALSE, TRUE, sizeof(struct grid_column));
    g_array_set_clear_func(grid->columns, clear_column);
    grid->rows = g_ptr_array_new_with_free_func(free_row);
    return grid;
}

void grid_free(struct grid *grid)
{
    if (!grid)
        return;
    g_free(grid->name);
    g_free(grid->title);
    g_ptr_array_unref(grid->notes);
    g_ptr_array_unref(grid->feet);
    g_array_unref(grid->columns);
    g_ptr_array_unref(grid->rows);
    g_free(grid);
}

void grid_note(struct grid *grid, const char *text)
{
    g_ptr_array_add(grid->notes, g_strdup(text));
}

void grid_foot(struct grid *grid, const char *text)
{
    g_ptr_array_add(grid->feet, g_strdup(text));
}

void grid_column(struct grid *grid, const char *head, double width)
{
    struct grid_column column = { g_strdup(head), width };

    g_array_append_val(grid->columns, column);
}

void grid_keep(struct grid *grid, int keep)
{
    grid->keep = keep;
}

void grid_row(struct grid *grid)
{
    GArray *row = g_array_new(FALSE, TRUE, sizeof(struct grid_cell));

    g_array_set_clear_func(row, clear_cell);
    g_ptr_array_add(grid->rows, row);
}

/* Appends a cell to the last row. */
static void add_cell(struct grid *grid, struct grid_cell cell)
{
    g_array_append_val((GArray *)grid->rows->pdata[grid->rows->len - 1], cell);
}

void grid_text(struct grid *grid, enum grid_style style, const char *text)
{
    bool empty = !text || !*text;

    add_cell(grid, (struct grid_cell){ empty ? GRID_EMPTY : GRID_TEXT, style, g_strdup(text), 0 });
}

void grid_number(struct grid *grid, enum grid_style style, int64_t value)
{
    add_cell(grid, (struct grid_cell){ GRID_INTEGER, style, NULL, (double)value });
}

void grid_decimal(struct grid *grid, enum grid_style style, double value)
{
    add_cell(grid, (struct grid_cell){ GRID_DECIMAL, style, NULL, value });
}

void grid_share(struct grid *grid, enum grid_style style, int64_t part, int64_t whole)
{
    add_cell(grid, (struct grid_cell){ whole ? GRID_SHARE : GRID_EMPTY, style, NULL,
                                       whole ? (double)part / (double)whole : 0 });
}

void grid_csv_cell(GString *into, const char *text)
{
    bool quote = strpbrk(text, ",\"\r\n;") || *text == ' ' || *text == '\t';

    if (quote)
        g_string_append_c(into, '"');
    if (*text && strchr("=+-@\t\r", *text))
        g_string_append_c(into, '\'');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(into, '"');
        g_string_append_c(into, *text);
    }
    if (quote)
        g_string_append_c(into, '"');
}

/* A cell as it is shown. */
static void put_cell(GString *into, const struct grid_cell *cell)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    switch (cell->kind) {
    case GRID_EMPTY:
        break;
    case GRID_TEXT:
        grid_csv_cell(into, cell->text);
        break;
    case GRID_INTEGER:
        g_string_append(into, g_ascii_formatd(buffer, sizeof buffer, "%.0f", cell->number));
        break;
    case GRID_DECIMAL:
        g_string_append(into, g_ascii_formatd(buffer, sizeof buffer, "%.2f", cell->number));
        while (into->str[into->len - 1] == '0')
            g_string_truncate(into, into->len - 1);
        if (into->str[into->len - 1] == '.')
            g_string_truncate(into, into->len - 1);
        break;
    case GRID_SHARE:
        g_string_append(into, g_ascii_formatd(buffer, sizeof buffer, "%.1f", cell->number * 100));
        g_string_append_c(into, '%');
        break;
    }
}

GString *grid_csv(const struct grid *grid)
{
    GString *csv = g_string_new("\xef\xbb\xbf");

    for (guint i = 0; i < grid->columns->len; i++) {
        g_autofree char *head = g_strdup(g_array_index(grid->columns, struct grid_column, i).head);

        if (i)
            g_string_append_c(csv, ',');
        grid_csv_cell(csv, g_strdelimit(head, "\n", ' '));
    }
    g_string_append(csv, "\r\n");
    for (guint r = 0; r < grid->rows->len; r++) {
        const GArray *row = grid->rows->pdata[r];

        for (guint i = 0; i < row->len; i++) {
            if (i)
                g_string_append_c(csv, ',');
            put_cell(csv, &g_array_index(row, struct grid_cell, i));
        }
        g_string_append(csv, "\r\n");
    }
    return csv;
}
