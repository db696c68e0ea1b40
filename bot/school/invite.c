#include "bot/school/invite.h"

#include <glib.h>

#include "bot/core/secret.h"

/* The code of a serial number: of the first keyed digest that makes one. */
static char *make_code(const uint8_t *key, int64_t member, int64_t serial)
{
    uint8_t digest[SECRET_BYTES];
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "invite:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, member, serial);
    for (;;) {
        secret_sign(key, text->str, digest);
        char *code = secret_code_of(digest);
        if (code)
            return code;
        g_string_append_c(text, '+');
    }
}

/* What the store keeps of a code. */
static void digest_of(const uint8_t *key, const char *code, uint8_t ret[SECRET_BYTES])
{
    g_autofree char *text = g_strdup_printf("invite-digest:%s", code);
    secret_sign(key, text, ret);
}

/* Writes the digest of the code with this serial number and gives the code. */
static char *issue(struct store *store, const uint8_t *key, int64_t member, int64_t serial)
{
    char *code = make_code(key, member, serial);
    uint8_t digest[SECRET_BYTES];
    digest_of(key, code, digest);
    store_run(store,
              "INSERT INTO invite (member, serial, digest, used) VALUES (?1, ?2, ?3, NULL)"
              " ON CONFLICT (member) DO UPDATE SET serial = ?2, digest = ?3, used = NULL",
              "iib", member, serial, digest, sizeof digest);
    return code;
}

char *invite_code(struct store *store, const uint8_t *key, int64_t member)
{
    int64_t serial = 0;
    bool used = false;
    g_autoptr(query) q = store_query(store, "SELECT serial, used FROM invite WHERE member = ?", "i", member);
    if (query_next(q)) {
        serial = query_int(q, 0);
        used = !query_null(q, 1);
    }
    return serial && !used ? make_code(key, member, serial) : issue(store, key, member, serial + 1);
}

char *invite_renew(struct store *store, const uint8_t *key, int64_t member)
{
    int64_t serial = store_int(store, 0, "SELECT serial FROM invite WHERE member = ?", "i", member);
    return issue(store, key, member, serial + 1);
}

int64_t invite_find(struct store *store, const uint8_t *key, const char *typed)
{
    g_autofree char *code = secret_code_typed(typed);
    uint8_t digest[SECRET_BYTES];
    if (!code)
        return 0;
    digest_of(key, code, digest);
    return store_int(store, 0, "SELECT member FROM invite WHERE digest = ? AND used IS NULL", "b", digest,
                     sizeof digest);
}

bool invite_use(struct store *store, int64_t member, int64_t now)
{
    return store_run(store, "UPDATE invite SET used = ? WHERE member = ? AND used IS NULL", "ii", now,
                     member) &&
           store_changes(store) > 0;
}

char *invite_link(struct store *store, const uint8_t *key, int64_t person, int64_t now, int64_t until)
{
    char *code = secret_code();
    uint8_t digest[SECRET_BYTES];

    digest_of(key, code, digest);
    store_run(store, "DELETE FROM link_code WHERE person = ? OR until < ?", "ii", person, now);
    store_run(store, "INSERT INTO link_code (digest, person, until) VALUES (?, ?, ?)", "bii", digest,
              sizeof digest, person, until);
    return code;
}

int64_t invite_member(struct store *store, const uint8_t *key, const char *typed, int64_t now)
{
    int64_t member = invite_find(store, key, typed);
    g_autofree char *code = member ? NULL : secret_code_typed(typed);
    uint8_t digest[SECRET_BYTES];

    if (!code)
        return member;
    digest_of(key, code, digest);
    return store_int(store, 0,
                     "SELECT m.id FROM link_code k JOIN member m ON m.person = k.person AND m.left IS NULL"
                     " WHERE k.digest = ? AND k.until >= ? ORDER BY m.id DESC LIMIT 1",
                     "bi", digest, sizeof digest, now);
}

void invite_unlink(struct store *store, int64_t person)
{
    store_run(store, "DELETE FROM link_code WHERE person = ?", "i", person);
}
