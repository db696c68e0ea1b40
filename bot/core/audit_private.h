/* What writing the trail (audit.c, audit_watch.c, audit_erase.c) and verifying it (audit_verify.c) share. */
#ifndef BOT_CORE_AUDIT_PRIVATE_H
#define BOT_CORE_AUDIT_PRIVATE_H

#include <glib.h>
#include <sqlite3.h>

#include "bot/core/audit.h"

enum { AUDIT_SALT = 16 };

enum audit_trigger { AUDIT_INSERT, AUDIT_UPDATE, AUDIT_DELETE, AUDIT_TRIGGERS };

/* How an audited table's rows are told: SQL over a row that `row` names ("NEW", "OLD", the table itself). */
struct audit_shape {
    char *subject;         /* its key */
    char *content;         /* its audited columns as a JSON object */
    char *member, *person; /* whom it is about, or "NULL" */
    char *changed;         /* OLD differs from NEW */
};

/* False when there is no such table. */
bool audit_shape_of(sqlite3 *db, const struct audited *table, const char *row, struct audit_shape *ret);
void audit_shape_clear(struct audit_shape *);

/* The trigger's name and its whole CREATE statement; yours. */
char *audit_trigger_name(const struct audited *table, enum audit_trigger kind);
char *audit_trigger_sql(sqlite3 *db, const struct audited *table, enum audit_trigger kind);

/* Makes the trail's tables. False and *error on failure. */
bool audit_migrate(struct store *, GError **error);

/* Of a store just opened, before its tables are changed: leaves an act for each table whose triggers are not
 * as the last start left them. False and *error on failure. */
bool audit_note_gaps(struct store *, GError **error);

/* What could not be done with the store, and why. */
void audit_store_error(struct store *, const char *what, GError **error);

/* Whether every column that an act knew (its contents, JSON) still holds what it left there. */
bool audit_same_row(const char *then, const char *now);

/* Gives a connection the function that tells a row. */
bool audit_add_row(sqlite3 *db);

/* The key of the chain, made from the server's. */
void audit_key(const uint8_t *secret, uint8_t ret_key[AUDIT_MAC]);

/* SHA-256 of salt and content. */
void audit_digest(const void *salt, size_t salt_len, const void *content, size_t content_len,
                  uint8_t ret[AUDIT_MAC]);

/* An act, as its HMAC sees it. `before`: the HMAC before it, NULL for the first. Texts are borrowed. */
struct audit_act {
    const uint8_t *before;
    int64_t id, at, actor;
    const char *what, *how, *subject;
    const uint8_t *digest;
};
void audit_mac(const uint8_t *key, const struct audit_act *act, uint8_t ret[AUDIT_MAC]);

#endif
