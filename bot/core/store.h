/* The store: SQLite, one writing connection, one thread. Statements are prepared once for each call site (the
 * SQL must be a string literal) and checked against the types given: each letter of `types` binds one `?`: i
 * int64_t   d double   s const char * (NULL: null)   b const void *, size_t (NULL: null)
 *
 * An error is remembered, so a handler need not check every call: what runs after it does nothing and reads
 * nothing, and the turn rolls back. A constraint error fails the job; full disk, I/O and memory errors fail
 * the whole turn. */
#ifndef BOT_CORE_STORE_H
#define BOT_CORE_STORE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct store;
struct query;

enum { STORE_APPLICATION_ID = 0x425a4a31 /* "BZJ1" */ };

enum store_state {
    STORE_FINE,
    STORE_JOB_FAILED,  /* the statement failed: roll the savepoint back */
    STORE_TURN_FAILED, /* the transaction is gone or cannot be committed */
};

/* Opens or creates `path` in WAL mode with synchronous=FULL; refuses a file that is not ours. NULL and *error
 * on failure. */
struct store *store_open(const char *path, GError **error);

/* A second connection that only reads and never checkpoints, for one worker thread; opened and closed there.
 * NULL and *error on failure. */
struct store *store_open_reader(const char *path, GError **error);

/* Checkpoints (TRUNCATE) and closes; a reader only closes. */
void store_close(struct store *);

/* Brings the tables of `component` up to date. `steps` are SQL scripts, oldest first, NULL-terminated; each
 * runs once, in a transaction of its own. Fails when the store knows more steps than are given (it is newer
 * than this program). */
bool store_migrate(struct store *, const char *component, const char *const *steps, GError **error);

/* Transactions belong to the turn (turn.h) and to the commands that work without a server. */
bool store_begin(struct store *);
bool store_commit(struct store *);
void store_rollback(struct store *);
void store_savepoint(struct store *);
void store_release(struct store *);
void store_rollback_to(struct store *);

/* Outside a transaction: moves all of the write-ahead log into the store and empties it; false when somebody
 * reads. */
bool store_checkpoint(struct store *);

enum store_state store_state(const struct store *);
void store_clear(struct store *);      /* forgets a remembered JOB_FAILED */
bool store_full(const struct store *); /* the last transaction found the disk full */
void store_fail(struct store *);       /* a handler found its rows impossible: fails the job */

/* Runs a statement that gives no rows; false once the store has failed. */
#define store_run(store, sql, ...) store_run_(store, "" sql "", __VA_ARGS__)
bool store_run_(struct store *, const char *sql, const char *types, ...);

/* Rows changed by the last store_run, and the rowid it inserted. */
int64_t store_changes(struct store *);
int64_t store_last_id(struct store *);

/* The first column of the first row, or `missing` when there is no row (or it is null). */
#define store_int(store, missing, sql, ...) store_int_(store, missing, "" sql "", __VA_ARGS__)
int64_t store_int_(struct store *, int64_t missing, const char *sql, const char *types, ...);
#define store_text(store, sql, ...) store_text_(store, "" sql "", __VA_ARGS__)
char *store_text_(struct store *, const char *sql, const char *types, ...); /* yours, or NULL */

/* Rows one by one:
 *     g_autoptr(query) q = store_query(store, "SELECT id, name FROM person WHERE class = ?", "i", class_id);
 *     while (query_next(q)) use(query_int(q, 0), query_text(q, 1));
 * Never NULL; texts and blobs are borrowed until the next query_next. */
typedef struct query query;
#define store_query(store, sql, ...) store_query_(store, "" sql "", __VA_ARGS__)
struct query *store_query_(struct store *, const char *sql, const char *types, ...);
bool query_next(struct query *);
int64_t query_int(struct query *, int column);
double query_real(struct query *, int column);
const char *query_text(struct query *, int column);                  /* NULL when null */
const void *query_blob(struct query *, int column, size_t *ret_len); /* NULL when null or empty */
bool query_null(struct query *, int column);
void query_free(struct query *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(query, query_free)

/* The connection, for backup and figures only; the file it is. */
struct sqlite3 *store_handle(struct store *);
const char *store_path(struct store *);

#endif
