/* A workbook's first sheet as rows of cells, as a CSV would have them. The file is a stranger's: what it
 * unpacks to is bounded, and a document type is refused. Any thread. */
#ifndef BOT_SCHOOL_XLSX_H
#define BOT_SCHOOL_XLSX_H

#include "bot/school/csv_file.h"

/* Whether bytes begin like a workbook or another archive. */
bool xlsx_begins(const char *bytes, gsize len);

/* Adds the rows of the file, the header first, to into->rows (struct csv_row *); what a merged cell stands
 * for, and lines above the header, to into->doubts. False after a fault. */
bool xlsx_read(const char *path, struct csv_file *into, GPtrArray *faults);

#endif
