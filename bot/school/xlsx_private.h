/* Between the parts of the workbook reader: xlsx.c unpacks and puts rows together, xlsx_parse.c reads the XML
 * of its parts, xlsx_value.c tells what a cell shows. */
#ifndef BOT_SCHOOL_XLSX_PRIVATE_H
#define BOT_SCHOOL_XLSX_PRIVATE_H

#include "bot/school/xlsx.h"

enum { XLSX_ROWS = 20000, XLSX_COLUMNS = 60, XLSX_TEXT = 8000, XLSX_STRINGS = 200000, XLSX_MERGES = 2000 };

/* A cell that shows something. */
struct xlsx_cell {
    int row, column; /* from 1 */
    char *text;
};

struct xlsx_merge {
    int top, left, bottom, right;
};

struct xlsx {
    GPtrArray *strings;  /* shared ones, char * */
    GArray *styles;      /* int: what a cell with this style shows: enum xlsx_kind */
    GHashTable *formats; /* number format id → its code, of the workbook's own */
    bool from_1904;
    char *sheet;     /* the part that holds the first sheet, from workbook.xml and its relations */
    char *sheet_id;  /* the relation's id */
    GArray *cells;   /* struct xlsx_cell, in the order of the file */
    GArray *merges;  /* struct xlsx_merge */
    const char *why; /* what is wrong with it; NULL nothing */
};

enum xlsx_kind { XLSX_NUMBER, XLSX_DATE, XLSX_TIME, XLSX_MOMENT };

/* Each reads one part; what is wrong is x->why. */
void xlsx_parse_workbook(struct xlsx *, const char *xml, size_t len);
void xlsx_parse_relations(struct xlsx *, const char *xml, size_t len);
void xlsx_parse_styles(struct xlsx *, const char *xml, size_t len);
void xlsx_parse_strings(struct xlsx *, const char *xml, size_t len);
void xlsx_parse_sheet(struct xlsx *, const char *xml, size_t len);

/* What the number shows; yours. */
char *xlsx_shown(const char *value, enum xlsx_kind, bool from_1904);

/* What a number format shows: a built-in one's id, or the code of an own one. */
enum xlsx_kind xlsx_format_kind(int id, const char *code);

#endif
