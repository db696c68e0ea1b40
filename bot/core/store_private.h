/* What the two halves of the store share: opening and transactions (store.c), statements (store_query.c). */
#ifndef BOT_CORE_STORE_PRIVATE_H
#define BOT_CORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "bot/core/store.h"

/* One cached statement; a call site that runs inside itself gets a second one for the time. */
struct query {
    struct store *store;
    sqlite3_stmt *statement; /* NULL once the store has failed */
    int parameters;
    bool busy, spare;
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *rollback; /* ready, because memory may be short when it is wanted; NULL for a reader */
    GHashTable *cache;      /* SQL literal's address → struct query */
    enum store_state state;
    struct query none;
    bool full;   /* the transaction found no room on the disk */
    bool copied; /* a copy was taken before an upgrade, at this opening */
    bool fresh;  /* just created: nothing to copy before a migration */
};

/* Remembers what an SQLite error means for the job or the turn, and logs it once. */
void store_note_error(struct store *, const char *sql);

#endif
