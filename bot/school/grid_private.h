/* What a grid is made of, for the files that write it. */
#ifndef BOT_SCHOOL_GRID_PRIVATE_H
#define BOT_SCHOOL_GRID_PRIVATE_H

#include "bot/school/grid.h"

enum grid_kind { GRID_EMPTY, GRID_TEXT, GRID_INTEGER, GRID_DECIMAL, GRID_SHARE };

struct grid_cell {
    enum grid_kind kind;
    enum grid_style style;
    char *text;
    double number;
};

struct grid_column {
    char *head;
    double width;
};

struct grid {
    char *name, *title;
    GPtrArray *notes, *feet; /* char * */
    GArray *columns;         /* struct grid_column */
    GPtrArray *rows;         /* GArray of struct grid_cell */
    int keep;
};

#endif
