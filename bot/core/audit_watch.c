/* Watching: the triggers that write the acts. Which ones a store was left with is an act itself ("audit
 * watch"), so that a trigger that somebody took away or changed is told from one that a newer program makes
 * anew. */
#include <cjson/cJSON.h>
#include <string.h>

#include "bot/core/audit_private.h"
#include "bot/core/json.h"
#include "bot/core/store_private.h"

void audit_store_error(struct store *store, const char *what, GError **error)
{
    if (error && !*error)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: %s: %s", store->path, what,
                    sqlite3_errmsg(store->db));
}

/* Runs SQL that was put together here, and frees it. */
static bool run_made(struct store *store, char *sql, GError **error)
{
    bool ok = sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;

    if (!ok)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: %s", store->path, sqlite3_errmsg(store->db));
    g_free(sql);
    return ok;
}

/* What the store has under a trigger's name; yours, or NULL. */
static char *present_sql(struct store *store, const char *name)
{
    return store_text(store, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", "s", name);
}

/* --- what was left ----------------------------------------------------------------------------------------
 */

enum { PRINT = 8 }; /* bytes of a digest that tell triggers apart */

/* A table's triggers as the store has them, in short. */
static void print_of(struct store *store, const char *table, char ret_hex[PRINT * 2 + 1])
{
    const struct audited whole = { table, NULL };
    g_autoptr(GString) all = g_string_new(NULL);
    uint8_t digest[AUDIT_MAC];

    for (int kind = 0; kind < AUDIT_TRIGGERS; kind++) {
        g_autofree char *name = audit_trigger_name(&whole, kind), *sql = present_sql(store, name);

        g_string_append_printf(all, "%s\n", sql ? sql : "");
    }
    audit_digest("", 0, all->str, all->len, digest);
    for (int i = 0; i < PRINT; i++)
        g_snprintf(ret_hex + (gsize)i * 2, 3, "%02x", digest[i]);
}

/* What the last start left, as JSON: the triggers of each table in short; yours, NULL when none said so. */
static char *left_by_last(struct store *store)
{
    return store_text(
        store,
        "SELECT c.content FROM audit a JOIN audit_content c ON c.id = a.id WHERE a.what = 'audit'"
        " AND a.how = 'watch' ORDER BY a.id DESC LIMIT 1",
        "");
}

/* Leaves an act: for a while before it nothing done to the table was recorded. */
static bool note_gap(struct store *store, const char *table)
{
    return store_run(
        store, "INSERT INTO audit_act (what, how, subject, content) VALUES ('audit', 'resume', ?, '{}')", "s",
        table);
}

bool audit_note_gaps(struct store *store, GError **error)
{
    if (!store_int(store, 0, "SELECT count(*) FROM sqlite_schema WHERE name = 'audit_act'", ""))
        return true;
    g_autofree char *left = left_by_last(store);
    cJSON *json = left ? cJSON_Parse(left) : NULL;
    const cJSON *table;
    bool begun = false, ok = true;

    cJSON_ArrayForEach(table, json)
    {
        char now[PRINT * 2 + 1];

        print_of(store, table->string, now);
        if (!g_strcmp0(now, table->valuestring))
            continue;
        ok = (begun || store_begin(store)) && ok && note_gap(store, table->string);
        begun = true;
    }
    cJSON_Delete(json);
    ok = begun ? ok && store_commit(store) : ok;
    if (!ok)
        audit_store_error(store, "the audit trail cannot be gone on with", error);
    return ok;
}

/* Leaves an act that says which triggers there are, where that is news. */
static bool say_watched(struct store *store, const struct audited *list, const char *before)
{
    g_autoptr(GString) now = g_string_new("{");

    for (const struct audited *table = list; table->table; table++) {
        char print[PRINT * 2 + 1];

        print_of(store, table->table, print);
        g_string_append_printf(now, "%s\"%s\":\"%s\"", table == list ? "" : ",", table->table, print);
    }
    g_string_append_c(now, '}');
    return !g_strcmp0(now->str, before) ||
           store_run(store,
                     "INSERT INTO audit_act (what, how, subject, content) VALUES ('audit', 'watch',"
                     " 'triggers', ?)",
                     "s", now->str);
}

/* --- putting them in place --------------------------------------------------------------------------------
 */

/* Leaves an act on each row of a table that a condition names. */
static bool tell_rows(struct store *store, const struct audited *table, const char *how, const char *where,
                      GError **error)
{
    struct audit_shape row;

    if (!audit_shape_of(store->db, table, table->table, &row))
        return false;
    bool ok = run_made(store,
                       g_strdup_printf("INSERT INTO audit_act (what, how, subject, member, person, content)"
                                       " SELECT '%s', '%s', %s, %s, %s, %s FROM %s WHERE %s%s%s",
                                       table->table, how, row.subject, row.member, row.person, row.content,
                                       table->table, where ? row.subject : "1", where ? " IN " : "",
                                       where ? where : ""),
                       error);

    audit_shape_clear(&row);
    return ok;
}

/* A store of a program that left nothing behind an erasure: rows whose last act is without contents are told
 * as they stand. */
static bool tell_bare(struct store *store, const struct audited *table, GError **error)
{
    g_autofree char *bare =
        g_strdup_printf("(SELECT l.subject FROM (SELECT subject, max(id) AS id FROM audit WHERE what = '%s' "
                        "GROUP BY subject) l"
                        " WHERE NOT EXISTS (SELECT 1 FROM audit_content c WHERE c.id = l.id))",
                        table->table);

    return tell_rows(store, table, "restate", bare, error);
}

/* Brings the triggers of one table up to date. What it holds as its trail begins is told; where there was a
 * trail before, and no start has said which triggers it had, one that is missing is a gap. */
static bool watch(struct store *store, const struct audited *table, bool said, GError **error)
{
    int missing = 0;

    for (int kind = 0; kind < AUDIT_TRIGGERS; kind++) {
        g_autofree char *name = audit_trigger_name(table, kind),
                        *wanted = audit_trigger_sql(store->db, table, kind);
        g_autofree char *present = present_sql(store, name);

        if (!wanted) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "there is no table %s to audit",
                        table->table);
            return false;
        }
        missing += !present;
        if (present && !strcmp(present, wanted))
            continue;
        if ((present && !run_made(store, g_strdup_printf("DROP TRIGGER %s", name), error)) ||
            !run_made(store, g_strdup(wanted), error))
            return false;
    }
    if (said || !missing)
        return true;
    return missing < AUDIT_TRIGGERS ||
                   store_int(store, 0, "SELECT 1 FROM audit WHERE what = ? LIMIT 1", "s", table->table)
               ? note_gap(store, table->table)
               : tell_rows(store, table, "baseline", NULL, error);
}

bool audit_watch(struct store *store, const struct audited *list, GError **error)
{
    if (!audit_migrate(store, error))
        return false;
    g_autofree char *left = left_by_last(store);
    cJSON *before = left ? cJSON_Parse(left) : NULL;
    bool ok = store_begin(store),
         older = ok && !left && store_int(store, 0, "SELECT count(*) FROM audit", "") > 0;

    for (const struct audited *table = list; ok && table->table; table++)
        ok = (!older || tell_bare(store, table, error)) &&
             watch(store, table, cJSON_HasObjectItem(before, table->table), error);
    cJSON_Delete(before);
    if (ok && say_watched(store, list, left) && store_commit(store))
        return true;
    audit_store_error(store, "the audit trail cannot be begun", error);
    store_rollback(store);
    return false;
}
