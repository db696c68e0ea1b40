/* Forgetting: acts about a person lose their contents, and how the rows that stay stand is told anew. */
#include <string.h>

#include "bot/core/audit_private.h"
#include "bot/core/json.h"
#include "bot/core/store_private.h"

/* --- finding ----------------------------------------------------------------------------------------------
 */

/* Adds the ids that a query gives. */
static void add_found(query *q, GArray *acts)
{
    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        g_array_append_val(acts, id);
    }
}

void audit_about(struct store *store, int64_t member, int64_t person, GArray *acts)
{
    g_autoptr(query) q =
        store_query(store, "SELECT id FROM audit_content WHERE (?1 AND member = ?1) OR (?2 AND person = ?2)",
                    "ii", member, person);

    add_found(q, acts);
}

void audit_about_text(struct store *store, const char *text,
                      bool (*holds)(const char *table, const char *content, const char *text), GArray *acts)
{
    g_autoptr(query) q =
        store_query(store,
                    "SELECT c.id, a.what, c.content FROM audit_content c JOIN audit a ON a.id = c.id"
                    " WHERE instr(c.content, ?) > 0 AND a.what <> 'audit'",
                    "s", text);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        if (holds(query_text(q, 1), query_text(q, 2), text))
            g_array_append_val(acts, id);
    }
}

void audit_about_rows(struct store *store, const char *table, const char *where, int64_t person, GArray *acts)
{
    struct audited whole = { table, NULL };
    struct audit_shape row;
    sqlite3_stmt *statement = NULL;

    if (!store_int(store, 0, "SELECT 1 FROM audit WHERE what = ? LIMIT 1", "s", table) ||
        !audit_shape_of(store->db, &whole, table, &row))
        return;
    g_autofree char *sql =
        g_strdup_printf("SELECT a.id FROM audit a JOIN audit_content c ON c.id = a.id"
                        " WHERE a.what = '%s' AND a.subject IN (SELECT %s FROM %s WHERE %s)",
                        table, row.subject, table, where);

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK)
        sqlite3_bind_int64(statement, 1, person);
    else
        store_fail(store);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(statement, 0);

        g_array_append_val(acts, id);
    }
    sqlite3_finalize(statement);
    audit_shape_clear(&row);
}

/* --- telling anew -----------------------------------------------------------------------------------------
 */

/* Orders by age. */
static gint by_age(gconstpointer a, gconstpointer b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

    return one < other ? -1 : one > other;
}

/* What these acts say last of each row: table → (subject → contents). Rows that were taken away are left out.
 */
static GHashTable *told_by(struct store *store, const GArray *acts)
{
    GHashTable *tables =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);

    for (guint i = 0; i < acts->len; i++) {
        g_autoptr(query) q =
            store_query(store,
                        "SELECT a.what, a.how, a.subject, c.content FROM audit a JOIN audit_content c"
                        " ON c.id = a.id WHERE a.id = ?",
                        "i", g_array_index(acts, int64_t, i));

        if (!query_next(q))
            continue;
        GHashTable *rows = g_hash_table_lookup(tables, query_text(q, 0));

        if (!rows) {
            rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
            g_hash_table_insert(tables, g_strdup(query_text(q, 0)), rows);
        }
        if (!strcmp(query_text(q, 1), "delete"))
            g_hash_table_remove(rows, query_text(q, 2));
        else
            g_hash_table_insert(rows, g_strdup(query_text(q, 2)), g_strdup(query_text(q, 3)));
    }
    return tables;
}

/* The keys as a JSON list; yours. */
static char *json_keys(GHashTable *rows)
{
    GString *list = g_string_new("[");
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, rows);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (list->len > 1)
            g_string_append_c(list, ',');
        json_put(list, key);
    }
    g_string_append_c(list, ']');
    return g_string_free(list, FALSE);
}

/* Leaves an act on each of these rows of a table that stands as it was told. One that somebody changed behind
 * the program's back is not told anew: it would be in the right from then on. */
static void restate(struct store *store, const struct audited *table, GHashTable *rows)
{
    struct audit_shape row;
    sqlite3_stmt *statement = NULL;
    g_autofree char *subjects = json_keys(rows);

    if (!audit_shape_of(store->db, table, table->table, &row))
        return;
    g_autofree char *sql = g_strdup_printf(
        "SELECT %s, %s, %s, %s FROM %s WHERE %s IN (SELECT value FROM json_each(?1)) ORDER BY 1", row.subject,
        row.member, row.person, row.content, table->table, row.subject);

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK)
        sqlite3_bind_text(statement, 1, subjects, -1, SQLITE_STATIC);
    else
        store_fail(store);
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        const char *subject = (const char *)sqlite3_column_text(statement, 0),
                   *now = (const char *)sqlite3_column_text(statement, 3);

        if (audit_same_row(g_hash_table_lookup(rows, subject), now))
            store_run(store,
                      "INSERT INTO audit_act (what, how, subject, member, person, content)"
                      " VALUES (?, 'restate', ?, nullif(?, 0), nullif(?, 0), ?)",
                      "ssiis", table->table, subject, sqlite3_column_int64(statement, 1),
                      sqlite3_column_int64(statement, 2), now);
    }
    sqlite3_finalize(statement);
    audit_shape_clear(&row);
}

/* Takes the contents of these acts away, and leaves an act that names them. */
static int64_t take_contents(struct store *store, const GArray *acts, const char *subject)
{
    g_autoptr(GString) ids = g_string_new("{\"acts\":[");
    int64_t count = 0, before = 0;

    for (guint i = 0; i < acts->len; i++) {
        int64_t id = g_array_index(acts, int64_t, i);

        if (id == before)
            continue;
        g_string_append_printf(ids, "%s%" G_GINT64_FORMAT, count++ ? "," : "", id);
        store_run(store, "DELETE FROM audit_content WHERE id = ?", "i", id);
        before = id;
    }
    g_string_append(ids, "]}");
    if (count)
        store_run(store,
                  "INSERT INTO audit_act (what, how, subject, content) VALUES ('audit', 'erase', ?, ?)", "ss",
                  subject, ids->str);
    return count;
}

int64_t audit_erase(struct store *store, const struct audited *list, GArray *acts, const char *subject)
{
    g_array_sort(acts, by_age);
    g_autoptr(GHashTable) told = told_by(store, acts);

    for (; list->table; list++) {
        GHashTable *rows = g_hash_table_lookup(told, list->table);

        if (rows)
            restate(store, list, rows);
    }
    return take_contents(store, acts, subject);
}
