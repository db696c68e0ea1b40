/* Everything held about one person, as a workbook: a sheet that says what there is, then one for each table.
 */
#include <string.h>

#include "bot/school/belongings.h"
#include "bot/school/mine.h"
#include "bot/school/paper_private.h"
#include "bot/school/schema.h"

enum { NAME_MAX_CHARS = 31, MOMENTS_FROM = 1000000000 };

#define MOMENTS_UNTIL INT64_C(4000000000)

/* What a table or a column is called, where it has a name for people; else its own. */
static const char *title(struct paper *paper, const char *kind, const char *name)
{
    g_autofree char *key = g_strdup_printf("sheet.mine_%s_%s", name, kind);
    const char *title = g_hash_table_lookup(paper->words, key);

    return title ? title : pool_strdup(paper->pool, name);
}

/* "2026-03-02 09:00:12" of a moment in the class's zone. */
static const char *moment(struct paper *paper, int64_t at)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at);
    g_autoptr(GDateTime) here = g_date_time_to_timezone(utc, paper->zone);

    return pool_take(paper->pool, g_date_time_format(here, "%F %T"));
}

/* What a sealed field says; NULL: this column is none. */
static char *opened(struct paper *paper, const struct belongings *all, const char *table, int column,
                    const struct belonging *cell)
{
    int64_t id = 0;

    for (int i = 0; i < belongings_columns(all); i++)
        if (!strcmp(belongings_column(all, i), "id"))
            id = belongings_cell(all, i).number;
    for (const struct sealed *sealed = school_sealed; sealed->table; sealed++)
        if (!strcmp(sealed->table, table) && !strcmp(sealed->column, belongings_column(all, column))) {
            g_autofree char *place = g_strdup_printf("%s.%s", sealed->table, sealed->column);

            return vault_text(paper->vault, place, id, cell->bytes, cell->len);
        }
    return NULL;
}

static void put_cell(struct paper *paper, struct grid *grid, const struct belongings *all, const char *table,
                     int column)
{
    struct belonging cell = belongings_cell(all, column);

    switch (cell.kind) {
    case BELONGING_NOTHING:
        grid_text(grid, GRID_PLAIN, NULL);
        break;
    case BELONGING_NUMBER:
        if (cell.number >= MOMENTS_FROM && cell.number < MOMENTS_UNTIL)
            grid_text(grid, GRID_PLAIN, moment(paper, cell.number));
        else
            grid_number(grid, GRID_PLAIN, cell.number);
        break;
    case BELONGING_REAL:
        grid_decimal(grid, GRID_PLAIN, cell.real);
        break;
    case BELONGING_TEXT:
        grid_text(grid, GRID_PLAIN, cell.text);
        break;
    case BELONGING_BYTES: {
        g_autofree char *text = opened(paper, all, table, column, &cell);

        grid_text(grid, GRID_PLAIN,
                  text ? text
                       : paper_words(paper, "sheet.mine_bytes", "n",
                                     pool_printf(paper->pool, "%" G_GSIZE_FORMAT, cell.len), NULL));
        break;
    }
    }
}

/* One table as a sheet. */
static struct grid *sheet(struct paper *paper, struct belongings *all, const char *table)
{
    const char *name = title(paper, "sheet", table);
    g_autofree char *tab = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), NAME_MAX_CHARS));
    struct grid *grid = grid_new(tab, name);

    for (int i = 0; i < belongings_columns(all); i++)
        grid_column(grid, title(paper, "head", belongings_column(all, i)), 20);
    while (belongings_row(all)) {
        grid_row(grid);
        for (int i = 0; i < belongings_columns(all); i++)
            put_cell(paper, grid, all, table, i);
    }
    return grid;
}

/* The first sheet's heads, and what is not in the file. */
static struct grid *overview(struct paper *paper)
{
    static const char *const heads[] = { "sheet.mine_what",    "sheet.mine_kind", "sheet.mine_count",
                                         "sheet.mine_entered", "sheet.mine_seen", "sheet.mine_kept" };
    static const double widths[] = { 24, 18, 10, 18, 40, 40 };
    struct grid *grid = grid_new(paper_words(paper, "sheet.mine_overview", NULL),
                                 paper_words(paper, "sheet.mine_title", NULL));

    grid_note(grid, paper_words(paper, "sheet.mine_anonymous", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        grid_column(grid, paper_words(paper, heads[i], NULL), widths[i]);
    return grid;
}

void paper_mine(struct paper *paper)
{
    g_autoptr(belongings) all = belongings_new(paper->store, paper->subject);
    g_autoptr(GPtrArray) grids = g_ptr_array_new();
    struct grid *first = overview(paper);
    const char *table;

    g_ptr_array_add(grids, first);
    while ((table = belongings_table(all))) {
        enum mine_kind kind = mine_kind_of(table);

        grid_row(first);
        grid_text(first, GRID_PLAIN, title(paper, "sheet", table));
        grid_text(first, GRID_PLAIN, paper_words(paper, mine_name(kind), NULL));
        grid_number(first, GRID_PLAIN, belongings_count(all));
        grid_number(first, GRID_PLAIN, belongings_entered(all));
        grid_text(first, GRID_PLAIN, paper_words(paper, mine_seen(kind), NULL));
        grid_text(first, GRID_PLAIN, paper_words(paper, mine_kept(kind), NULL));
        if (belongings_count(all))
            g_ptr_array_add(grids, sheet(paper, all, table));
    }
    if (belongings_failed(all))
        paper_fail(paper, "the store cannot be read");
    else
        paper_take_book(paper, (struct grid *const *)grids->pdata, grids->len);
    for (guint i = 0; i < grids->len; i++)
        grid_free(grids->pdata[i]);
}
