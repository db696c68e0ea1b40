#include "bot/school/roster.h"

#include <stdbool.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/cell.h"
#include "bot/school/csv_file.h"
#include "bot/school/roles.h"

enum column { NUMBER, NAME, ROLE, PHONE, TEAM, WECOM };
enum { COLUMNS = WECOM + 1, NAME_MAX_CHARS = 60, NUMBER_MAX_CHARS = 40, ACCOUNT_MAX_BYTES = 64 };

struct reading {
    const struct csv_file *file;
    GPtrArray *faults, *doubts;
    int columns[COLUMNS];
    GHashTable *seen; /* "number 7" → the row that had it */
};

static void row_free(void *data)
{
    struct roster_row *row = data;
    g_free(row->number);
    g_free(row->name);
    g_free(row->phone);
    g_free(row->team);
    g_free(row->wecom);
    g_free(row);
}

#define FAULT(reading, cell, ...)                                                                            \
    faults_add((reading)->faults, (reading)->file->path, (cell).line, (cell).column, __VA_ARGS__)
#define DOUBT(reading, cell, ...)                                                                            \
    faults_add((reading)->doubts, (reading)->file->path, (cell).line, (cell).column, __VA_ARGS__)

/* The row that had this value of this kind before, or NULL; from now on `row` has it when nobody had. */
static const struct roster_row *seen_before(struct reading *reading, const char *kind, const char *value,
                                            struct roster_row *row)
{
    char *key = g_strdup_printf("%s %s", kind, value);
    const struct roster_row *before = g_hash_table_lookup(reading->seen, key);
    if (before)
        g_free(key);
    else
        g_hash_table_insert(reading->seen, key, row);
    return before;
}

static void read_number(struct reading *reading, struct cell cell, struct roster_row *row)
{
    row->number_column = cell.column;
    if (!*cell.text)
        return;
    row->number = g_strdup(cell.text);
    if (g_utf8_strlen(cell.text, -1) > NUMBER_MAX_CHARS)
        FAULT(reading, cell, "a number of more than %d characters", NUMBER_MAX_CHARS);
    const char *e = strpbrk(cell.text, "eE");
    if (e && e > cell.text && g_ascii_isdigit(e[-1]) && e[1] == '+')
        FAULT(reading, cell, "\"%s\" is a number in scientific notation: its digits are lost", cell.text);
    const struct roster_row *before = seen_before(reading, "number", cell.text, row);
    if (before)
        FAULT(reading, cell, "the number %s is in line %d already", cell.text, before->line);
}

static void read_name(struct reading *reading, struct cell cell, struct roster_row *row)
{
    bool changed;
    row->name_column = cell.column;
    row->name = cell_name(cell.text, &changed);
    if (changed)
        DOUBT(reading, cell, "blanks inside the name \"%s\"; taken as \"%s\"", cell.text, row->name);
    if (!*row->name)
        FAULT(reading, cell, "the name is missing");
    if (g_utf8_strlen(row->name, -1) > NAME_MAX_CHARS)
        FAULT(reading, cell, "a name of more than %d characters", NAME_MAX_CHARS);
}

static void read_role(struct reading *reading, struct cell cell, struct roster_row *row)
{
    row->role = role_parse(cell.text, strlen(cell.text));
    if (row->role)
        return;
    if (*cell.text)
        FAULT(reading, cell, "\"%s\" is no role; one of 学员 导师 带班老师 带队老师 讲师 承办 商务局",
              cell.text);
    else
        FAULT(reading, cell, "the role is missing");
}

static void read_phone(struct reading *reading, struct cell cell, struct roster_row *row)
{
    const char *why;
    row->phone_column = cell.column;
    row->phone = cell_phone(cell.text, &why);
    if (why)
        DOUBT(reading, cell, "\"%s\": %s", cell.text, why);
    const struct roster_row *before = row->phone ? seen_before(reading, "phone", row->phone, row) : NULL;
    if (before && strcmp(before->name, row->name) != 0)
        FAULT(reading, cell, "the telephone number of %s in line %d", before->name, before->line);
    else if (before && before->role == row->role)
        FAULT(reading, cell, "the same person as in line %d", before->line);
}

static void read_wecom(struct reading *reading, struct cell cell, struct roster_row *row)
{
    row->wecom_column = cell.column;
    if (!*cell.text)
        return;
    row->wecom = g_strdup(cell.text);
    if (strlen(cell.text) > ACCOUNT_MAX_BYTES || strpbrk(cell.text, " \t,;|"))
        FAULT(reading, cell, "\"%s\" is no WeCom account", cell.text);
    const struct roster_row *before = seen_before(reading, "account", cell.text, row);
    if (before && strcmp(before->name, row->name) != 0)
        FAULT(reading, cell, "the WeCom account of %s in line %d", before->name, before->line);
}

/* Reads one row; its faults are all told. */
static struct roster_row *read_row(struct reading *reading, const struct csv_row *from)
{
    struct roster_row *row = g_new0(struct roster_row, 1);
    row->line = from->line;
    read_number(reading, csv_cell(from, reading->columns[NUMBER]), row);
    read_name(reading, csv_cell(from, reading->columns[NAME]), row);
    read_role(reading, csv_cell(from, reading->columns[ROLE]), row);
    read_phone(reading, csv_cell(from, reading->columns[PHONE]), row);
    read_wecom(reading, csv_cell(from, reading->columns[WECOM]), row);
    struct cell team = csv_cell(from, reading->columns[TEAM]);
    row->team = *team.text ? g_strdup(team.text) : NULL;
    if (!row->number && !row->phone && *row->name) {
        g_autofree char *who = g_strdup_printf("%d %s", row->role, row->name);
        const struct roster_row *before = seen_before(reading, "nobody", who, row);
        if (before)
            FAULT(reading, csv_cell(from, reading->columns[NAME]),
                  "nothing tells this person from the one in line %d; give a number or a telephone",
                  before->line);
    }
    return row;
}

GPtrArray *roster_read(const char *path, GPtrArray *faults, GPtrArray *doubts)
{
    static const struct csv_column known[COLUMNS] = {
        [NUMBER] = { "学号|编号|工号|序号|number|no|no.|id", true },
        [NAME] = { "姓名|名字|name", true },
        [ROLE] = { "角色|身份|role", true },
        [PHONE] = { "手机|手机号|手机号码|电话|联系电话|phone|mobile", false },
        [TEAM] = { "小组|组别|组|分组|team|group", false },
        [WECOM] = { "企业微信账号|企业微信|企微账号|wecom|wecomaccount", false },
    };
    guint before = faults->len;
    g_autoptr(csv_file) file = csv_read(path, faults);
    struct reading reading = { .file = file, .faults = faults, .doubts = doubts };
    if (!file || !csv_columns(file, known, COLUMNS, reading.columns, faults, doubts))
        return NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    reading.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < file->rows->len; i++)
        g_ptr_array_add(rows, read_row(&reading, file->rows->pdata[i]));
    g_hash_table_unref(reading.seen);
    return faults->len == before ? g_steal_pointer(&rows) : NULL;
}
