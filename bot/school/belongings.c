#include "bot/school/belongings.h"

#include <sqlite3.h>
#include <string.h>

#include "bot/core/message.h"

#define MINE "(SELECT id FROM main.member WHERE person = ?1)"

/* What a column says about a row. */
enum bond {
    BOND_NONE,
    BOND_PERSON,    /* the row is about this person */
    BOND_MEMBER,    /* about this membership */
    BOND_MEMBERS,   /* about these memberships, with commas */
    BOND_BY_PERSON, /* entered by this person */
    BOND_BY_MEMBER, /* entered by this membership */
};

/* Columns whose name does not tell it, or tells it wrongly. */
static const struct {
    const char *table, *column;
    enum bond bond;
} told[] = {
    { "approval", "asker", BOND_MEMBER },          { "flag", "members", BOND_MEMBERS },
    { "audit", "actor", BOND_BY_PERSON },          { "screen", "by", BOND_BY_PERSON },
    { "code_hidden", "by", BOND_BY_MEMBER },       { "signout_question", "by", BOND_BY_MEMBER },
    { "remark", "person", BOND_BY_PERSON },        { "weekly_draft", "person", BOND_BY_PERSON },
    { "blocker_event", "person", BOND_BY_PERSON }, { "file", "holder", BOND_PERSON },
};

struct column {
    char *name, *parent, *key; /* the table and column that it refers to; NULL none */
};

struct table {
    char *name;
    GPtrArray *columns; /* struct column * */
    bool on_path;       /* its condition is being put together */
};

struct belongings {
    sqlite3 *db;
    int64_t person;
    GPtrArray *tables; /* struct table * */
    guint next;
    sqlite3_stmt *rows; /* of the table at hand */
    int64_t count, entered;
    bool failed;
    char *about; /* the condition of its rows */
    int members; /* the column that names members; -1 none */
};

static void free_column(void *data)
{
    struct column *column = data;

    g_free(column->name);
    g_free(column->parent);
    g_free(column->key);
    g_free(column);
}

static void free_table(void *data)
{
    struct table *table = data;

    g_free(table->name);
    g_ptr_array_unref(table->columns);
    g_free(table);
}

/* A statement whose first two parameters are the person and the web's number; NULL: failed. */
static sqlite3_stmt *prepare(struct belongings *all, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (all->failed || sqlite3_prepare_v2(all->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        all->failed = true;
        return NULL;
    }
    if (sqlite3_bind_parameter_count(statement) >= 1)
        sqlite3_bind_int64(statement, 1, all->person);
    if (sqlite3_bind_parameter_count(statement) >= 2)
        sqlite3_bind_int64(statement, 2, PLATFORM_WEB);
    return statement;
}

/* Steps; false at the end, and when the store cannot be read. */
static bool step(struct belongings *all, sqlite3_stmt *statement)
{
    int code = statement ? sqlite3_step(statement) : SQLITE_DONE;

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        all->failed = true;
    return code == SQLITE_ROW;
}

/* --- what the schema says ----------------------------------------------------------------------------------
 */

/* A text of a row; yours, NULL when it is null. */
static char *text_at(sqlite3_stmt *statement, int column)
{
    return g_strdup((const char *)sqlite3_column_text(statement, column));
}

/* Reads all tables with their columns and what those refer to. */
static void read_schema(struct belongings *all)
{
    sqlite3_stmt *s =
        prepare(all, "SELECT t.name, c.name, f.\"table\", coalesce(f.\"to\", 'id') FROM sqlite_schema t"
                     " JOIN pragma_table_info(t.name) c LEFT JOIN pragma_foreign_key_list(t.name) f"
                     " ON f.\"from\" = c.name WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%'"
                     " ESCAPE '\\' ORDER BY t.rowid, c.cid");
    struct table *table = NULL;

    while (step(all, s)) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        struct column *column = g_new0(struct column, 1);

        if (!table || strcmp(table->name, name) != 0) {
            table = g_new0(struct table, 1);
            table->name = g_strdup(name);
            table->columns = g_ptr_array_new_with_free_func(free_column);
            g_ptr_array_add(all->tables, table);
        }
        *column = (struct column){ text_at(s, 1), text_at(s, 2), text_at(s, 3) };
        g_ptr_array_add(table->columns, column);
    }
    sqlite3_finalize(s);
}

static struct table *table_named(const struct belongings *all, const char *name)
{
    for (guint i = 0; i < all->tables->len; i++) {
        struct table *table = all->tables->pdata[i];

        if (!strcmp(table->name, name))
            return table;
    }
    return NULL;
}

/* What kind of bond a column is. */
static enum bond bond_of(const struct table *table, const struct column *column)
{
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
        if (!strcmp(told[i].table, table->name) && !strcmp(told[i].column, column->name))
            return told[i].bond;
    if (!strcmp(column->name, "person"))
        return BOND_PERSON;
    if (!strcmp(column->name, "member"))
        return BOND_MEMBER;
    if (column->parent && !strcmp(column->parent, "person"))
        return BOND_BY_PERSON;
    if (column->parent && !strcmp(column->parent, "member"))
        return BOND_BY_MEMBER;
    return BOND_NONE;
}

static bool has_column(const struct table *table, const char *name)
{
    for (guint i = 0; i < table->columns->len; i++)
        if (!strcmp(((struct column *)table->columns->pdata[i])->name, name))
            return true;
    return false;
}

/* Adds "OR condition". */
static void add_or(GString *into, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_or(GString *into, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append(into, into->len ? " OR " : "");
    g_string_append_vprintf(into, format, args);
    va_end(args);
}

static char *condition(struct belongings *all, struct table *table);

/* The rows of a column's bond, or of the row it refers to. */
static void add_column(struct belongings *all, const struct table *table, const struct column *column,
                       GString *into)
{
    switch (bond_of(table, column)) {
    case BOND_PERSON:
        add_or(into, "\"%s\" = ?1", column->name);
        return;
    case BOND_MEMBER:
        add_or(into, "\"%s\" IN " MINE, column->name);
        return;
    case BOND_MEMBERS:
        add_or(into,
               "EXISTS (SELECT 1 FROM main.member o WHERE o.person = ?1 AND"
               " instr(',' || \"%s\" || ',', ',' || o.id || ',') > 0)",
               column->name);
        return;
    case BOND_BY_PERSON:
    case BOND_BY_MEMBER:
        return;
    case BOND_NONE:
        break;
    }
    struct table *parent = column->parent ? table_named(all, column->parent) : NULL;
    g_autofree char *theirs = parent && !parent->on_path ? condition(all, parent) : NULL;

    if (theirs)
        add_or(into, "\"%s\" IN (SELECT \"%s\" FROM \"%s\" WHERE %s)", column->name, column->key,
               parent->name, theirs);
}

/* Files that stand in rows of the person, whoever sent them. */
static void add_files(struct belongings *all, GString *into)
{
    for (guint i = 0; i < all->tables->len; i++) {
        struct table *table = all->tables->pdata[i];
        g_autofree char *theirs = !table->on_path && has_column(table, "file") ? condition(all, table) : NULL;

        if (theirs)
            add_or(into, "id IN (SELECT file FROM \"%s\" WHERE %s)", table->name, theirs);
    }
}

/* SQL for the rows of a table that are about the person ?1; yours, NULL: it can have none. */
static char *condition(struct belongings *all, struct table *table)
{
    GString *into = g_string_new(NULL);
    bool placed = has_column(table, "platform");

    table->on_path = true;
    if (!strcmp(table->name, "person"))
        add_or(into, "id = ?1");
    for (guint i = 0; i < table->columns->len; i++)
        add_column(all, table, table->columns->pdata[i], into);
    if (placed && has_column(table, "account"))
        add_or(into, "(platform, account) IN (SELECT a.platform, a.name FROM account a WHERE a.person = ?1)");
    else if (has_column(table, "account"))
        add_or(into, "account IN (SELECT a.name FROM account a WHERE a.person = ?1 AND a.platform = ?2)");
    if (placed && has_column(table, "chat"))
        add_or(into, "(platform, chat) IN (SELECT a.platform, a.name FROM account a WHERE a.person = ?1)");
    if (!strcmp(table->name, "file"))
        add_files(all, into);
    table->on_path = false;
    return g_string_free(into, !into->len);
}

/* SQL for the rows that the person entered; yours, NULL: nobody's name stands in it as that. */
static char *entered(const struct table *table)
{
    GString *into = g_string_new(NULL);

    for (guint i = 0; i < table->columns->len; i++) {
        const struct column *column = table->columns->pdata[i];
        enum bond bond = bond_of(table, column);

        if (bond == BOND_BY_PERSON)
            add_or(into, "\"%s\" = ?1", column->name);
        else if (bond == BOND_BY_MEMBER)
            add_or(into, "\"%s\" IN " MINE, column->name);
    }
    return g_string_free(into, !into->len);
}

/* --- walking -----------------------------------------------------------------------------------------------
 */

struct belongings *belongings_new(struct store *store, int64_t person)
{
    struct belongings *all = g_new0(struct belongings, 1);

    all->db = store_handle(store);
    all->person = person;
    all->tables = g_ptr_array_new_with_free_func(free_table);
    read_schema(all);
    return all;
}

void belongings_free(struct belongings *all)
{
    sqlite3_finalize(all->rows);
    g_free(all->about);
    g_ptr_array_unref(all->tables);
    g_free(all);
}

/* The number that one row of one column of this SQL gives; the SQL is freed. */
static int64_t number_of(struct belongings *all, char *sql)
{
    sqlite3_stmt *s = prepare(all, sql);
    int64_t number = step(all, s) ? sqlite3_column_int64(s, 0) : 0;

    sqlite3_finalize(s);
    g_free(sql);
    return number;
}

/* Opens one table; false when it holds nothing of the person. */
static bool open_table(struct belongings *all, struct table *table)
{
    g_autofree char *about = condition(all, table), *by = entered(table);
    const char *where = about ? about : by;

    if (!where)
        return false;
    all->count = number_of(all, g_strdup_printf("SELECT count(*) FROM \"%s\" WHERE %s", table->name, where));
    all->entered = about && by ? number_of(all, g_strdup_printf("SELECT count(*) FROM \"%s\" WHERE (%s) AND"
                                                                " (%s) IS NOT TRUE",
                                                                table->name, by, about))
                               : 0;
    if (!all->count && !all->entered)
        return false;
    g_autofree char *sql = g_strdup_printf("SELECT * FROM \"%s\" WHERE %s", table->name, where);

    sqlite3_finalize(all->rows);
    all->rows = prepare(all, sql);
    g_free(all->about);
    all->about = g_steal_pointer(&about);
    all->members = -1;
    for (guint i = 0; i < table->columns->len; i++)
        if (bond_of(table, table->columns->pdata[i]) == BOND_MEMBERS)
            all->members = (int)i;
    return true;
}

const char *belongings_table(struct belongings *all)
{
    while (!all->failed && all->next < all->tables->len) {
        struct table *table = all->tables->pdata[all->next++];

        if (open_table(all, table))
            return table->name;
    }
    return NULL;
}

int64_t belongings_count(const struct belongings *all)
{
    return all->count;
}

int64_t belongings_entered(const struct belongings *all)
{
    return all->entered;
}

const char *belongings_where(const struct belongings *all)
{
    return all->about;
}

int belongings_columns(const struct belongings *all)
{
    return sqlite3_column_count(all->rows);
}

const char *belongings_column(const struct belongings *all, int column)
{
    return sqlite3_column_name(all->rows, column);
}

bool belongings_row(struct belongings *all)
{
    return step(all, all->rows);
}

struct belonging belongings_cell(const struct belongings *all, int column)
{
    struct belonging cell = { .kind = BELONGING_NOTHING };

    if (column == all->members)
        return cell;
    switch (sqlite3_column_type(all->rows, column)) {
    case SQLITE_INTEGER:
        cell.kind = BELONGING_NUMBER;
        cell.number = sqlite3_column_int64(all->rows, column);
        break;
    case SQLITE_FLOAT:
        cell.kind = BELONGING_REAL;
        cell.real = sqlite3_column_double(all->rows, column);
        break;
    case SQLITE_TEXT:
        cell.kind = BELONGING_TEXT;
        cell.text = (const char *)sqlite3_column_text(all->rows, column);
        break;
    case SQLITE_BLOB:
        cell.kind = BELONGING_BYTES;
        cell.bytes = sqlite3_column_blob(all->rows, column);
        cell.len = (size_t)sqlite3_column_bytes(all->rows, column);
        break;
    default:
        break;
    }
    return cell;
}

bool belongings_failed(const struct belongings *all)
{
    return all->failed;
}
