/* A grid as a paper to sign: A4, its rows over as many pages as it takes. */
#ifndef BOT_SCHOOL_GRID_PDF_H
#define BOT_SCHOOL_GRID_PDF_H

#include "bot/school/grid.h"

/* The PDF, with the grid's title, notes, table and feet; yours. NULL when Cairo could not draw it. */
GString *grid_pdf(const struct grid *);

#endif
