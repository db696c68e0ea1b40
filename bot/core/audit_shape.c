/* How the rows of an audited table are told, and the triggers that tell them. */
#include <string.h>

#include "bot/core/audit_private.h"
#include "bot/core/json.h"

/* The columns of a table: name, place in its key (0: none), in the order of the table. */
struct column {
    char name[64];
    int key;
};

static GArray *columns_of(sqlite3 *db, const char *table)
{
    GArray *columns = g_array_new(FALSE, TRUE, sizeof(struct column));
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, "SELECT name, pk FROM pragma_table_info(?)", -1, &statement, NULL) ==
        SQLITE_OK)
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        struct column column = { .key = sqlite3_column_int(statement, 1) };

        g_strlcpy(column.name, (const char *)sqlite3_column_text(statement, 0), sizeof column.name);
        g_array_append_val(columns, column);
    }
    sqlite3_finalize(statement);
    return columns;
}

/* Whether a list "role,left" names a column; no list names all. */
static bool listed(const char *list, const char *name)
{
    if (!list)
        return true;
    g_auto(GStrv) names = g_strsplit(list, ",", -1);

    return g_strv_contains((const char *const *)names, name);
}

/* The key of a row: its columns with "/" between them, in the order of the key. */
static char *subject_of(const GArray *columns, const char *row)
{
    GString *subject = g_string_new(NULL);

    for (int place = 1; place <= (int)columns->len; place++)
        for (guint i = 0; i < columns->len; i++) {
            const struct column *column = &g_array_index(columns, struct column, i);

            if (column->key == place)
                g_string_append_printf(subject, "%s%s.%s", subject->len ? " || '/' || " : "", row,
                                       column->name);
        }
    if (!subject->len)
        g_string_append_printf(subject, "%s.rowid", row);
    g_string_append(subject, " || ''"); /* a text, also when the key is one number */
    return g_string_free(subject, FALSE);
}

/* SQL for whom a row is about: its column of that name, or itself in the table of that name. */
static char *whom(const char *table, const char *name, const char *row, bool has)
{
    if (!strcmp(table, name))
        return g_strdup_printf("%s.id", row);
    return has ? g_strdup_printf("%s.%s", row, name) : g_strdup("NULL");
}

bool audit_shape_of(sqlite3 *db, const struct audited *table, const char *row, struct audit_shape *ret)
{
    g_autoptr(GArray) columns = columns_of(db, table->table);
    g_autoptr(GString) content = g_string_new("audit_row("), changed = g_string_new(NULL);
    bool member = false, person = false;

    for (guint i = 0; i < columns->len; i++) {
        const struct column *column = &g_array_index(columns, struct column, i);

        member = member || !strcmp(column->name, "member");
        person = person || !strcmp(column->name, "person");
        if (!listed(table->columns, column->name))
            continue;
        g_string_append_printf(content, "%s'%s', %s.%s", changed->len ? ", " : "", column->name, row,
                               column->name);
        g_string_append_printf(changed, "%sOLD.%s IS NOT NEW.%s", changed->len ? " OR " : "", column->name,
                               column->name);
    }
    if (!columns->len)
        return false;
    g_string_append_c(content, ')');
    *ret = (struct audit_shape){
        .subject = subject_of(columns, row),
        .content = g_strdup(content->str),
        .member = whom(table->table, "member", row, member),
        .person = whom(table->table, "person", row, person),
        .changed = g_strdup(changed->str),
    };
    return true;
}

void audit_shape_clear(struct audit_shape *shape)
{
    g_free(shape->subject);
    g_free(shape->content);
    g_free(shape->member);
    g_free(shape->person);
    g_free(shape->changed);
}

static const char *const kinds[AUDIT_TRIGGERS] = { "insert", "update", "delete" };

char *audit_trigger_name(const struct audited *table, enum audit_trigger kind)
{
    return g_strdup_printf("audit_%s_%s", table->table, kinds[kind]);
}

char *audit_trigger_sql(sqlite3 *db, const struct audited *table, enum audit_trigger kind)
{
    struct audit_shape row;

    if (!audit_shape_of(db, table, kind == AUDIT_DELETE ? "OLD" : "NEW", &row))
        return NULL;
    g_autofree char *name = audit_trigger_name(table, kind);
    g_autofree char *of =
        kind == AUDIT_UPDATE && table->columns ? g_strdup_printf(" OF %s", table->columns) : g_strdup("");
    g_autofree char *when = kind == AUDIT_UPDATE ? g_strdup_printf(" WHEN %s", row.changed) : g_strdup("");
    char *sql = g_strdup_printf("CREATE TRIGGER %s AFTER %s%s ON %s%s BEGIN"
                                " INSERT INTO audit_act (what, how, subject, member, person, content)"
                                " VALUES ('%s', '%s', %s, %s, %s, %s); END",
                                name, kinds[kind], of, table->table, when, table->table, kinds[kind],
                                row.subject, row.member, row.person, row.content);

    audit_shape_clear(&row);
    return sql;
}

/* Appends a value as JSON; bytes in hex. */
static void put_value(GString *into, sqlite3_value *value)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    const unsigned char *bytes;

    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        g_string_append_printf(into, "%lld", sqlite3_value_int64(value));
        break;
    case SQLITE_FLOAT:
        g_string_append(into, g_ascii_dtostr(number, sizeof number, sqlite3_value_double(value)));
        break;
    case SQLITE_TEXT:
        json_put(into, (const char *)sqlite3_value_text(value));
        break;
    case SQLITE_BLOB:
        bytes = sqlite3_value_blob(value);
        g_string_append_c(into, '"');
        for (int i = 0; i < sqlite3_value_bytes(value); i++)
            g_string_append_printf(into, "%02x", bytes[i]);
        g_string_append_c(into, '"');
        break;
    default:
        g_string_append(into, "null");
    }
}

/* audit_row(name, value, …): a row as a JSON object. SQLite's own json_object may not be used in triggers of
 * a store whose schema is not trusted. */
static void sql_row(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    GString *row = g_string_new("{");

    for (int i = 0; i + 1 < argc; i += 2) {
        if (i)
            g_string_append_c(row, ',');
        json_put(row, (const char *)sqlite3_value_text(argv[i]));
        g_string_append_c(row, ':');
        put_value(row, argv[i + 1]);
    }
    g_string_append_c(row, '}');
    int len = (int)row->len;

    sqlite3_result_text(context, g_string_free(row, FALSE), len, g_free);
}

bool audit_add_row(sqlite3 *db)
{
    return sqlite3_create_function_v2(db, "audit_row", -1,
                                      SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, NULL, sql_row,
                                      NULL, NULL, NULL) == SQLITE_OK;
}
