#include "bot/core/audit.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "bot/core/audit_private.h"
#include "bot/core/clock.h"
#include "bot/core/secret.h"
#include "bot/core/store_private.h"

struct audit {
    uint8_t key[AUDIT_MAC];
    int64_t actor;
};

/* An act is handed in as a row of this view; its trigger alone writes the chain. */
static const char *const schema[] = {
    "CREATE TABLE audit ("
    "  id INTEGER PRIMARY KEY," /* from 1, without a gap */
    "  at INTEGER NOT NULL, actor INTEGER NOT NULL,"
    "  what TEXT NOT NULL, how TEXT NOT NULL, subject TEXT NOT NULL,"
    "  digest BLOB NOT NULL, mac BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE audit_content ("
    "  id INTEGER PRIMARY KEY, member INTEGER, person INTEGER, salt BLOB NOT NULL, content TEXT NOT NULL"
    ") STRICT;"
    "CREATE VIEW audit_act AS SELECT '' AS what, '' AS how, '' AS subject, 0 AS member, 0 AS person, '' AS "
    "content;"
    "CREATE TRIGGER audit_act_chain INSTEAD OF INSERT ON audit_act BEGIN"
    "  INSERT INTO audit_content (id, member, person, salt, content)"
    "    SELECT coalesce(max(id), 0) + 1, NEW.member, NEW.person, randomblob(16), NEW.content FROM audit;"
    "  INSERT INTO audit (id, at, actor, what, how, subject, digest, mac)"
    "    SELECT id, at, actor, NEW.what, NEW.how, NEW.subject, digest,"
    "      audit_mac(before, id, at, actor, NEW.what, NEW.how, NEW.subject, digest)"
    "    FROM (SELECT c.id AS id, audit_now() AS at, audit_actor() AS actor,"
    "            audit_digest(c.salt, c.content) AS digest, (SELECT mac FROM audit WHERE id = c.id - 1) AS "
    "before"
    "          FROM audit_content c WHERE c.id = (SELECT coalesce(max(id), 0) + 1 FROM audit));"
    "END;",
    NULL,
};

void audit_key(const uint8_t *secret, uint8_t ret_key[AUDIT_MAC])
{
    secret_sign(secret, "banzhang audit chain", ret_key);
}

void audit_digest(const void *salt, size_t salt_len, const void *content, size_t content_len,
                  uint8_t ret[AUDIT_MAC])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL) ||
        !EVP_DigestUpdate(context, salt, salt_len) || !EVP_DigestUpdate(context, content, content_len) ||
        !EVP_DigestFinal_ex(context, ret, NULL))
        g_error("SHA-256 is not to be had");
    EVP_MD_CTX_free(context);
}

/* Appends a number in eight bytes, the highest first. */
static void put_number(GByteArray *into, int64_t number)
{
    uint64_t ordered = GUINT64_TO_BE((uint64_t)number);

    g_byte_array_append(into, (const guint8 *)&ordered, sizeof ordered);
}

/* Appends a text behind its length, so that no two acts read the same. */
static void put_text(GByteArray *into, const char *text)
{
    put_number(into, (int64_t)strlen(text));
    g_byte_array_append(into, (const guint8 *)text, (guint)strlen(text));
}

void audit_mac(const uint8_t *key, const struct audit_act *act, uint8_t ret[AUDIT_MAC])
{
    static const uint8_t genesis[AUDIT_MAC] = { 0 };
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(256);
    unsigned len = AUDIT_MAC;

    g_byte_array_append(bytes, act->before ? act->before : genesis, AUDIT_MAC);
    put_number(bytes, act->id);
    put_number(bytes, act->at);
    put_number(bytes, act->actor);
    put_text(bytes, act->what);
    put_text(bytes, act->how);
    put_text(bytes, act->subject);
    g_byte_array_append(bytes, act->digest, AUDIT_MAC);
    if (!HMAC(EVP_sha256(), key, AUDIT_MAC, bytes->data, bytes->len, ret, &len))
        g_error("HMAC-SHA256 is not to be had");
}

/* --- what the triggers call -------------------------------------------------------------------------------
 */

static void sql_now(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc, (void)argv;
    sqlite3_result_int64(context, clock_now());
}

static void sql_actor(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct audit *audit = sqlite3_user_data(context);

    (void)argc, (void)argv;
    sqlite3_result_int64(context, audit->actor);
}

/* audit_digest(salt, content) */
static void sql_digest(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    uint8_t digest[AUDIT_MAC];
    const void *salt = sqlite3_value_blob(argv[0]), *content = sqlite3_value_text(argv[1]);

    (void)argc;
    audit_digest(salt, (size_t)sqlite3_value_bytes(argv[0]), content, (size_t)sqlite3_value_bytes(argv[1]),
                 digest);
    sqlite3_result_blob(context, digest, sizeof digest, SQLITE_TRANSIENT);
}

/* A text argument; never NULL. */
static const char *text_of(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);

    return text ? text : "";
}

/* audit_mac(before, id, at, actor, what, how, subject, digest) */
static void sql_mac(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const struct audit *audit = sqlite3_user_data(context);
    uint8_t mac[AUDIT_MAC];
    bool first = sqlite3_value_type(argv[0]) == SQLITE_NULL;

    (void)argc;
    if ((!first && sqlite3_value_bytes(argv[0]) != AUDIT_MAC) || sqlite3_value_bytes(argv[7]) != AUDIT_MAC) {
        sqlite3_result_error(context, "the audit chain is broken", -1);
        return;
    }
    audit_mac(audit->key,
              &(struct audit_act){ .before = first ? NULL : sqlite3_value_blob(argv[0]),
                                   .id = sqlite3_value_int64(argv[1]),
                                   .at = sqlite3_value_int64(argv[2]),
                                   .actor = sqlite3_value_int64(argv[3]),
                                   .what = text_of(argv[4]),
                                   .how = text_of(argv[5]),
                                   .subject = text_of(argv[6]),
                                   .digest = sqlite3_value_blob(argv[7]) },
              mac);
    sqlite3_result_blob(context, mac, sizeof mac, SQLITE_TRANSIENT);
}

/* Innocuous, so that triggers may call them though the schema is not trusted: they give no power to a store
 * that somebody prepared. The last one owns the audit. */
static bool add_functions(sqlite3 *db, struct audit *audit)
{
    int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;

    return audit_add_row(db) &&
           sqlite3_create_function_v2(db, "audit_now", 0, flags, audit, sql_now, NULL, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function_v2(db, "audit_actor", 0, flags, audit, sql_actor, NULL, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function_v2(db, "audit_digest", 2, flags, audit, sql_digest, NULL, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function_v2(db, "audit_mac", 8, flags, audit, sql_mac, NULL, NULL, g_free) ==
               SQLITE_OK;
}

/* --- opening -----------------------------------------------------------------------------------------------
 */

bool audit_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "audit", schema, error);
}

struct audit *audit_open(struct store *store, const uint8_t *secret, GError **error)
{
    struct audit *audit = g_new0(struct audit, 1);

    audit_key(secret, audit->key);
    audit->actor = AUDIT_COMMAND;
    if (add_functions(store->db, audit)) /* which own it from here on */
        return audit_note_gaps(store, error) ? audit : NULL;
    audit_store_error(store, "the audit trail cannot be opened", error);
    return NULL;
}

void audit_actor(struct audit *audit, int64_t actor)
{
    audit->actor = actor;
}
