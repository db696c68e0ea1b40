#include "bot/core/store_private.h"

#include <stdarg.h>
#include <string.h>

#include "bot/core/log.h"

/* Prepares `sql`; NULL with the error noted. */
static struct query *prepare(struct store *store, const char *sql, bool spare)
{
    struct query *q = g_new0(struct query, 1);

    if (sqlite3_prepare_v3(store->db, sql, -1, spare ? 0 : SQLITE_PREPARE_PERSISTENT, &q->statement, NULL) !=
        SQLITE_OK) {
        if ((sqlite3_errcode(store->db) & 0xff) == SQLITE_ERROR)
            BUG("%s in: %s", sqlite3_errmsg(store->db), sql);
        store_note_error(store, sql);
        g_free(q);
        return NULL;
    }
    q->store = store;
    q->spare = spare;
    q->parameters = sqlite3_bind_parameter_count(q->statement);
    return q;
}

/* The cached statement of this call site, or a spare one while that is in use. */
static struct query *obtain(struct store *store, const char *sql)
{
    struct query *q = g_hash_table_lookup(store->cache, sql);

    if (q && !q->busy)
        return q;
    if (q)
        return prepare(store, sql, true);
    q = prepare(store, sql, false);
    if (q)
        g_hash_table_insert(store->cache, (void *)sql, q);
    return q;
}

/* Binds by the letters of `types`; they must match the statement. False with the error noted when memory is
 * short: what is not bound would be null. */
static bool bind(struct query *to, const char *sql, const char *types, va_list args)
{
    int at = 0, code = SQLITE_OK;

    for (const char *type = types; *type; type++) {
        sqlite3_stmt *statement = to->statement;

        at++;
        if (*type == 'i') {
            code |= sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
        } else if (*type == 'd') {
            code |= sqlite3_bind_double(statement, at, va_arg(args, double));
        } else if (*type == 's') {
            const char *text = va_arg(args, const char *);

            code |= sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
        } else if (*type == 'b') {
            const void *blob = va_arg(args, const void *);
            size_t len = va_arg(args, size_t);

            code |= sqlite3_bind_blob64(statement, at, blob, len, SQLITE_STATIC);
        } else {
            BUG("type %c of: %s", *type, sql);
        }
    }
    if (at != to->parameters)
        BUG("%d values for %d places of: %s", at, to->parameters, sql);
    if (code == SQLITE_OK)
        return true;
    store_note_error(to->store, sql);
    return false;
}

/* Gives a statement back to its call site. */
static void give_back(struct query *q)
{
    sqlite3_reset(q->statement);
    q->busy = false;
    if (q->spare) {
        sqlite3_finalize(q->statement);
        g_free(q);
    }
}

bool store_run_(struct store *store, const char *sql, const char *types, ...)
{
    if (store->state != STORE_FINE)
        return false;
    struct query *q = obtain(store, sql);
    va_list args;
    int code;

    if (!q)
        return false;
    va_start(args, types);
    bool bound = bind(q, sql, types, args);
    va_end(args);
    if (!bound) {
        give_back(q);
        return false;
    }
    do
        code = sqlite3_step(q->statement);
    while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        store_note_error(store, sql);
    give_back(q);
    return code == SQLITE_DONE;
}

int64_t store_changes(struct store *store)
{
    return sqlite3_changes64(store->db);
}

int64_t store_last_id(struct store *store)
{
    return sqlite3_last_insert_rowid(store->db);
}

/* Binds `SQLITE_TRANSIENT` texts: a q outlives the call that made it. False as bind() is. */
static bool own_texts(struct query *q, const char *sql, const char *types, va_list args)
{
    int at = 0, code = SQLITE_OK;

    for (const char *type = types; *type; type++) {
        at++;
        if (*type == 'i') {
            code |= sqlite3_bind_int64(q->statement, at, va_arg(args, int64_t));
        } else if (*type == 'd') {
            code |= sqlite3_bind_double(q->statement, at, va_arg(args, double));
        } else if (*type == 's') {
            code |= sqlite3_bind_text(q->statement, at, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        } else {
            const void *blob = va_arg(args, const void *);

            code |= sqlite3_bind_blob64(q->statement, at, blob, va_arg(args, size_t), SQLITE_TRANSIENT);
        }
    }
    if (code == SQLITE_OK)
        return true;
    store_note_error(q->store, sql);
    return false;
}

struct query *store_query_(struct store *store, const char *sql, const char *types, ...)
{
    if (store->state != STORE_FINE)
        return &store->none;
    struct query *q = obtain(store, sql);
    va_list args;

    if (!q)
        return &store->none;
    if ((int)strlen(types) != q->parameters)
        BUG("%zu values for %d places of: %s", strlen(types), q->parameters, sql);
    va_start(args, types);
    bool bound = own_texts(q, sql, types, args);
    va_end(args);
    if (!bound) {
        give_back(q);
        return &store->none;
    }
    q->busy = true;
    return q;
}

bool query_next(struct query *q)
{
    if (!q->statement || q->store->state != STORE_FINE)
        return false;
    int code = sqlite3_step(q->statement);

    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        store_note_error(q->store, sqlite3_sql(q->statement));
    return false;
}

void query_free(struct query *q)
{
    if (q && q->statement)
        give_back(q);
}

int64_t query_int(struct query *q, int column)
{
    return sqlite3_column_int64(q->statement, column);
}

double query_real(struct query *q, int column)
{
    return sqlite3_column_double(q->statement, column);
}

const char *query_text(struct query *q, int column)
{
    return (const char *)sqlite3_column_text(q->statement, column);
}

const void *query_blob(struct query *q, int column, size_t *ret_len)
{
    const void *blob = sqlite3_column_blob(q->statement, column);

    *ret_len = (size_t)sqlite3_column_bytes(q->statement, column);
    return blob;
}

bool query_null(struct query *q, int column)
{
    return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

/* Binds and steps once for store_int and store_text; the row, or NULL. */
static struct query *first_row(struct store *store, const char *sql, const char *types, va_list args)
{
    struct query *q = store->state == STORE_FINE ? obtain(store, sql) : NULL;

    if (!q)
        return NULL;
    bool bound = bind(q, sql, types, args);
    int code = bound ? sqlite3_step(q->statement) : SQLITE_NOMEM;

    if (code == SQLITE_ROW)
        return q;
    if (bound && code != SQLITE_DONE)
        store_note_error(store, sql);
    give_back(q);
    return NULL;
}

int64_t store_int_(struct store *store, int64_t missing, const char *sql, const char *types, ...)
{
    va_list args;

    va_start(args, types);
    struct query *row = first_row(store, sql, types, args);
    va_end(args);
    if (!row)
        return missing;
    int64_t value = query_null(row, 0) ? missing : query_int(row, 0);
    give_back(row);
    return value;
}

char *store_text_(struct store *store, const char *sql, const char *types, ...)
{
    va_list args;

    va_start(args, types);
    struct query *row = first_row(store, sql, types, args);
    va_end(args);
    if (!row)
        return NULL;
    char *value = g_strdup(query_text(row, 0));
    give_back(row);
    return value;
}
