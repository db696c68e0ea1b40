#include "bot/school/grid_pdf.h"

#include <cairo-pdf.h>

#include "bot/school/grid_private.h"
#include "bot/school/ink.h"

enum { WIDTH = 595, HEIGHT = 842, MARGIN = 40, PAD = 4 };

/* A page being drawn. */
struct page {
    struct ink ink;
    const struct grid *grid;
    double y, unit; /* unit: points for one digit of a column's width */
};

/* A cell as it is read. */
static char *cell_text(const struct grid_cell *cell)
{
    switch (cell->kind) {
    case GRID_TEXT:
        return g_strdup(cell->text ? cell->text : "");
    case GRID_INTEGER:
        return g_strdup_printf("%.0f", cell->number);
    case GRID_DECIMAL:
        return g_strdup_printf("%.2f", cell->number);
    case GRID_SHARE:
        return g_strdup_printf("%.1f%%", cell->number * 100);
    case GRID_EMPTY:
        break;
    }
    return g_strdup("");
}

/* One row with its frame, on the next page when it does not fit. */
static void draw_row(struct page *p, char *const *texts, int how)
{
    const GArray *columns = p->grid->columns;
    double x = MARGIN, height = 0;

    for (guint i = 0; i < columns->len; i++)
        height =
            MAX(height,
                ink_height(&p->ink, g_array_index(columns, struct grid_column, i).width * p->unit - 2 * PAD,
                           11, how, texts[i]));
    height += 2 * PAD;
    if (p->y + height > HEIGHT - MARGIN) {
        cairo_show_page(p->ink.cairo);
        p->y = MARGIN;
    }
    for (guint i = 0; i < columns->len; i++) {
        double width = g_array_index(columns, struct grid_column, i).width * p->unit;

        cairo_rectangle(p->ink.cairo, x, p->y, width, height);
        cairo_stroke(p->ink.cairo);
        ink_text(&p->ink, x + PAD, p->y + PAD, width - 2 * PAD, 11, how, texts[i]);
        x += width;
    }
    p->y += height;
}

/* Heads and rows. */
static void draw_table(struct page *p)
{
    const struct grid *grid = p->grid;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < grid->columns->len; i++)
        g_ptr_array_add(texts, g_strdup(g_array_index(grid->columns, struct grid_column, i).head));
    draw_row(p, (char *const *)texts->pdata, INK_BOLD | INK_CENTRE);
    for (guint r = 0; r < grid->rows->len; r++) {
        const GArray *row = grid->rows->pdata[r];

        g_ptr_array_set_size(texts, 0);
        for (guint i = 0; i < grid->columns->len; i++)
            g_ptr_array_add(texts, i < row->len ? cell_text(&g_array_index(row, struct grid_cell, i))
                                                : g_strdup(""));
        draw_row(p, (char *const *)texts->pdata, 0);
    }
}

/* Lines of text over the whole width. */
static void draw_lines(struct page *p, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        p->y += ink_text(&p->ink, MARGIN, p->y, WIDTH - 2 * MARGIN, 10.5, 0, lines->pdata[i]) + 4;
}

GString *grid_pdf(const struct grid *grid)
{
    GString *pdf = g_string_new(NULL);
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(ink_take, pdf, WIDTH, HEIGHT);
    struct page p = { .grid = grid, .y = MARGIN };
    double digits = 0;

    for (guint i = 0; i < grid->columns->len; i++)
        digits += g_array_index(grid->columns, struct grid_column, i).width;
    p.unit = (WIDTH - 2 * MARGIN) / MAX(digits, 1);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, grid->title);
    ink_begin(&p.ink, surface);
    cairo_set_line_width(p.ink.cairo, .6);
    p.y += ink_text(&p.ink, MARGIN, p.y, WIDTH - 2 * MARGIN, 18, INK_BOLD | INK_CENTRE, grid->title) + 8;
    draw_lines(&p, grid->notes);
    p.y += 4;
    draw_table(&p);
    p.y += 10;
    draw_lines(&p, grid->feet);
    cairo_show_page(p.ink.cairo);
    ink_end(&p.ink);
    cairo_surface_finish(surface);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        g_string_free(pdf, TRUE);
        pdf = NULL;
    }
    cairo_surface_destroy(surface);
    return pdf;
}
