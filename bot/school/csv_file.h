/* A table that people made: the first sheet of a workbook (.xlsx), or a CSV in UTF-8 with or without BOM or
 * GB18030, any line ends, commas, semicolons or tabs. Every cell knows its line and column (in characters),
 * trimmed of all blanks around. */
#ifndef BOT_SCHOOL_CSV_FILE_H
#define BOT_SCHOOL_CSV_FILE_H

#include <glib.h>
#include <stdbool.h>

struct cell {
    char *text; /* never NULL */
    int line, column;
};

struct csv_row {
    struct cell *cells;
    guint count;
    int line;
};

typedef struct csv_file csv_file;
struct csv_file {
    char *path;
    bool is_workbook; /* columns are those of a sheet; else of characters */
    struct csv_row header;
    GPtrArray *doubts; /* about the table itself; csv_columns passes them on */
    GPtrArray *rows;   /* struct csv_row *, without the header and rows of blank cells only */
};

void csv_row_free(void *row);

/* Reads a file of at most 4 MiB (a workbook: 8); NULL and faults when it cannot be read, or has no row but
 * the header. */
struct csv_file *csv_read(const char *path, GPtrArray *faults);
void csv_file_free(struct csv_file *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(csv_file, csv_file_free)

/* What a column may be called: `words` are separated by '|', compared without case, blanks and width. */
struct csv_column {
    const char *words;
    bool needed; /* its absence is a fault */
};

/* Finds each column of the header: ret[i] is its place or -1. A column twice or a needed one missing is a
 * fault, one that nobody asked for a doubt. */
bool csv_columns(const struct csv_file *, const struct csv_column *columns, size_t count, int *ret,
                 GPtrArray *faults, GPtrArray *doubts);

/* The cell of a row; with column -1 or behind the row's end an empty one at the row's end. */
struct cell csv_cell(const struct csv_row *, int column);

#endif
