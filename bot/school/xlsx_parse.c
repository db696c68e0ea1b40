#include <expat.h>
#include <string.h>

#include "bot/core/log.h"
#include "bot/school/xlsx_private.h"

enum { DEPTH = 32 };

/* A part being read. Elements are told by their names without prefixes. */
struct parsing {
    struct xlsx *x;
    XML_Parser parser;
    void (*start)(struct parsing *, const char *name, const char **attributes);
    void (*end)(struct parsing *, const char *name);
    int depth;
    GString *text;    /* what is being collected */
    bool collecting;  /* inside an element whose text counts */
    bool phonetic;    /* inside rPh: how a text is read aloud */
    bool cell_styles; /* inside cellXfs */
    char type[12];    /* of the cell: s, str, inlineStr, b, e, n, d */
    int style;
    int row, column;
};

/* Gives up with a reason. */
static void refuse(struct parsing *p, const char *why)
{
    if (!p->x->why)
        p->x->why = why;
    XML_StopParser(p->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}

/* The attribute of that name, whatever its prefix; NULL none. */
static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(local_name(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct parsing *p = data;

    if (++p->depth > DEPTH)
        refuse(p, "is nested too deeply");
    else
        p->start(p, local_name(name), attributes);
}

static void on_end(void *data, const XML_Char *name)
{
    struct parsing *p = data;

    p->depth--;
    if (p->end)
        p->end(p, local_name(name));
}

static void on_text(void *data, const XML_Char *text, int len)
{
    struct parsing *p = data;

    if (!p->collecting || p->phonetic)
        return;
    g_string_append_len(p->text, text, len);
    if (p->text->len > XLSX_TEXT)
        refuse(p, "has a cell that is too long");
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                       int subset)
{
    (void)name, (void)system, (void)public, (void)subset;
    refuse(data, "has a document type, as no workbook does");
}

/* Reads one part with these callbacks. */
static void parse(struct xlsx *x, const char *xml, size_t len,
                  void (*start)(struct parsing *, const char *, const char **),
                  void (*end)(struct parsing *, const char *))
{
    struct parsing p = { .x = x, .start = start, .end = end };

    p.parser = XML_ParserCreate(NULL);
    if (!p.parser)
        BUG("no memory for expat");
    p.text = g_string_new(NULL);
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_start, on_end);
    XML_SetCharacterDataHandler(p.parser, on_text);
    XML_SetStartDoctypeDeclHandler(p.parser, on_doctype);
    if (XML_Parse(p.parser, xml, (int)len, XML_TRUE) != XML_STATUS_OK && !x->why)
        x->why = "is damaged: its XML does not end well";
    XML_ParserFree(p.parser);
    g_string_free(p.text, TRUE);
}

/* --- the small parts
 * ---------------------------------------------------------------------------------------------- */

static void workbook_start(struct parsing *p, const char *name, const char **attributes)
{
    const char *id = attribute(attributes, "id"), *epoch = attribute(attributes, "date1904");

    if (strcmp(name, "sheet") == 0 && !p->x->sheet_id && id)
        p->x->sheet_id = g_strdup(id);
    if (strcmp(name, "workbookPr") == 0 && epoch)
        p->x->from_1904 = strcmp(epoch, "1") == 0 || strcmp(epoch, "true") == 0;
}

void xlsx_parse_workbook(struct xlsx *x, const char *xml, size_t len)
{
    parse(x, xml, len, workbook_start, NULL);
}

static void relation_start(struct parsing *p, const char *name, const char **attributes)
{
    const char *id = attribute(attributes, "Id"), *target = attribute(attributes, "Target");

    if (strcmp(name, "Relationship") != 0 || !id || !target || g_strcmp0(id, p->x->sheet_id) != 0)
        return;
    g_free(p->x->sheet);
    p->x->sheet = *target == '/' ? g_strdup(target + 1) : g_strdup_printf("xl/%s", target);
}

void xlsx_parse_relations(struct xlsx *x, const char *xml, size_t len)
{
    parse(x, xml, len, relation_start, NULL);
}

/* A whole number in an attribute; -1 when it is none. */
static int number(const char *text)
{
    gint64 value;

    return text && g_ascii_string_to_signed(text, 10, 0, G_MAXINT, &value, NULL) ? (int)value : -1;
}

static void style_start(struct parsing *p, const char *name, const char **attributes)
{
    int id = number(attribute(attributes, "numFmtId"));
    const char *code = attribute(attributes, "formatCode");

    if (strcmp(name, "numFmt") == 0 && id >= 0 && code)
        g_hash_table_insert(p->x->formats, GINT_TO_POINTER(id), g_strdup(code));
    if (strcmp(name, "cellXfs") == 0)
        p->cell_styles = true;
    if (strcmp(name, "xf") == 0 && p->cell_styles && p->x->styles->len < XLSX_STRINGS) {
        int kind = (int)xlsx_format_kind(id, g_hash_table_lookup(p->x->formats, GINT_TO_POINTER(id)));

        g_array_append_val(p->x->styles, kind);
    }
}

static void style_end(struct parsing *p, const char *name)
{
    if (strcmp(name, "cellXfs") == 0)
        p->cell_styles = false;
}

void xlsx_parse_styles(struct xlsx *x, const char *xml, size_t len)
{
    parse(x, xml, len, style_start, style_end);
}

static void string_start(struct parsing *p, const char *name, const char **attributes)
{
    (void)attributes;
    if (strcmp(name, "si") == 0)
        g_string_truncate(p->text, 0);
    p->phonetic = p->phonetic || strcmp(name, "rPh") == 0;
    p->collecting = strcmp(name, "t") == 0;
}

static void string_end(struct parsing *p, const char *name)
{
    p->collecting = false;
    if (strcmp(name, "rPh") == 0)
        p->phonetic = false;
    if (strcmp(name, "si") != 0)
        return;
    if (p->x->strings->len >= XLSX_STRINGS)
        refuse(p, "has too many texts");
    else
        g_ptr_array_add(p->x->strings, g_strdup(p->text->str));
}

void xlsx_parse_strings(struct xlsx *x, const char *xml, size_t len)
{
    parse(x, xml, len, string_start, string_end);
}

/* --- the sheet
 * ---------------------------------------------------------------------------------------------------- */

/* Reads "C12"; moves *at behind it. False when it is none. */
static bool read_reference(const char **at, int *ret_row, int *ret_column)
{
    const char *p = *at;
    int row = 0, column = 0;

    for (; g_ascii_isalpha(*p) && column < 20000; p++)
        column = column * 26 + g_ascii_toupper(*p) - 'A' + 1;
    for (; g_ascii_isdigit(*p) && row < 10000000; p++)
        row = row * 10 + *p - '0';
    if (!row || !column)
        return false;
    *ret_row = row;
    *ret_column = column;
    *at = p;
    return true;
}

/* A cell begins: where it is, and how its value is to be read. */
static void cell_start(struct parsing *p, const char **attributes)
{
    const char *at = attribute(attributes, "r"), *type = attribute(attributes, "t");

    p->column++;
    if (at && !read_reference(&at, &p->row, &p->column))
        refuse(p, "has a cell nobody can place");
    p->style = number(attribute(attributes, "s"));
    g_strlcpy(p->type, type ? type : "n", sizeof p->type);
    g_string_truncate(p->text, 0);
}

static void merge_start(struct parsing *p, const char *range)
{
    struct xlsx_merge merge;

    if (!range || !read_reference(&range, &merge.top, &merge.left) || *range++ != ':' ||
        !read_reference(&range, &merge.bottom, &merge.right))
        return;
    if (p->x->merges->len >= XLSX_MERGES)
        refuse(p, "has too many merged cells");
    else
        g_array_append_val(p->x->merges, merge);
}

static void sheet_start(struct parsing *p, const char *name, const char **attributes)
{
    if (strcmp(name, "row") == 0) {
        int row = number(attribute(attributes, "r"));

        p->row = row > 0 ? row : p->row + 1;
        p->column = 0;
    } else if (strcmp(name, "c") == 0) {
        cell_start(p, attributes);
    } else if (strcmp(name, "mergeCell") == 0) {
        merge_start(p, attribute(attributes, "ref"));
    }
    p->phonetic = p->phonetic || strcmp(name, "rPh") == 0;
    p->collecting = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
}

/* What the cell shows; yours. */
static char *shown(const struct parsing *p)
{
    const struct xlsx *x = p->x;
    const char *value = p->text->str;

    if (strcmp(p->type, "s") == 0) {
        int index = number(value);

        return g_strdup(index >= 0 && (guint)index < x->strings->len ? x->strings->pdata[index] : "");
    }
    if (strcmp(p->type, "n") != 0)
        return g_strdup(value);
    bool styled = p->style >= 0 && (guint)p->style < x->styles->len;
    enum xlsx_kind kind =
        styled ? (enum xlsx_kind)g_array_index(x->styles, int, (guint)p->style) : XLSX_NUMBER;

    return xlsx_shown(value, kind, x->from_1904);
}

static void sheet_end(struct parsing *p, const char *name)
{
    p->collecting = false;
    if (strcmp(name, "rPh") == 0)
        p->phonetic = false;
    if (strcmp(name, "c") != 0 || !p->text->len)
        return;
    struct xlsx_cell cell = { p->row, p->column, shown(p) };

    if (p->x->cells->len >= XLSX_ROWS * XLSX_COLUMNS || p->row > 10 * XLSX_ROWS)
        p->x->why = "has too many rows";
    else if (p->column > XLSX_COLUMNS)
        p->x->why = "has too many columns";
    if (!p->x->why) {
        g_array_append_val(p->x->cells, cell);
        return;
    }
    g_free(cell.text);
    XML_StopParser(p->parser, XML_FALSE);
}

void xlsx_parse_sheet(struct xlsx *x, const char *xml, size_t len)
{
    parse(x, xml, len, sheet_start, sheet_end);
}
