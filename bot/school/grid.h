/* A table that becomes a sheet: a title, lines under it, columns, rows of cells, lines at the foot. Whatever
 * people wrote stays text in it and becomes no formula. Made and written on any thread, one at a time. */
#ifndef BOT_SCHOOL_GRID_H
#define BOT_SCHOOL_GRID_H

#include <glib.h>
#include <stdint.h>

struct grid;

enum grid_style { GRID_PLAIN, GRID_CENTRE, GRID_GOOD, GRID_WARN, GRID_BAD, GRID_TOTAL };

/* `name` is the sheet's, `title` its first line; copied, as all texts. */
struct grid *grid_new(const char *name, const char *title);
void grid_free(struct grid *);

/* A line under the title; a line at the foot. */
void grid_note(struct grid *, const char *text);
void grid_foot(struct grid *, const char *text);

/* The next column; width in digits. The first `keep` columns stay in sight when one scrolls. */
void grid_column(struct grid *, const char *head, double width);
void grid_keep(struct grid *, int keep);

/* A new row, then its cells from the left. A share is part/whole in percent, empty when whole is 0. */
void grid_row(struct grid *);
void grid_text(struct grid *, enum grid_style, const char *text /* NULL: empty */);
void grid_number(struct grid *, enum grid_style, int64_t value);
void grid_decimal(struct grid *, enum grid_style, double value); /* with at most two decimals */
void grid_share(struct grid *, enum grid_style, int64_t part, int64_t whole);

/* Writes them as the sheets of one workbook into the file `path`; `temp` is where the library may put what it
 * has in hand. NULL, or a sentence why not (borrowed). */
const char *grid_xlsx(struct grid *const *, size_t count, const char *path, const char *temp);

/* One as CSV: UTF-8 with BOM, CR LF, heads and rows only. */
GString *grid_csv(const struct grid *);

/* Appends `text` as a CSV cell: quoted when it has to be, with an apostrophe before what a spreadsheet would
 * take for a formula. */
void grid_csv_cell(GString *into, const char *text);

#endif
