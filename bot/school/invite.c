#include "bot/school/invite.h"

#include <glib.h>

#include "bot/core/clock.h"
#include "bot/core/secret.h"
#include "bot/school/doors.h"

bool invite_wanted(struct store *store, int64_t person)
{
    return store_int(store, 0,
                     "SELECT count(*) FROM person p WHERE p.id = ?1 AND p.erased IS NULL"
                     " AND NOT EXISTS (SELECT 1 FROM account WHERE person = ?1)",
                     "i", person) > 0;
}

/* The code of a serial number: of the first keyed digest that makes one. */
static char *make_code(struct store *store, const uint8_t *secret, int64_t member, int64_t serial)
{
    uint8_t key[SECRET_BYTES], digest[SECRET_BYTES];
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "invite:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, member, serial);
    doors_key(store, secret, key);
    for (;;) {
        secret_sign(key, text->str, digest);
        char *code = secret_code_of(digest);
        if (code)
            return code;
        g_string_append_c(text, '+');
    }
}

/* What the store keeps of a code. */
static void digest_of(struct store *store, const uint8_t *secret, const char *code, uint8_t ret[SECRET_BYTES])
{
    uint8_t key[SECRET_BYTES];
    g_autofree char *text = g_strdup_printf("invite-digest:%s", code);
    doors_key(store, secret, key);
    secret_sign(key, text, ret);
}

/* Writes the digest of the code with this serial number and gives the code. */
static char *issue(struct store *store, const uint8_t *secret, int64_t member, int64_t serial)
{
    char *code = make_code(store, secret, member, serial);
    uint8_t digest[SECRET_BYTES];
    digest_of(store, secret, code, digest);
    store_run(store, "UPDATE join_try SET member = NULL WHERE member = ?", "i",
              member); /* asked by the old */
    store_run(store,
              "INSERT INTO invite (member, serial, digest, used) VALUES (?1, ?2, ?3, NULL)"
              " ON CONFLICT (member) DO UPDATE SET serial = ?2, digest = ?3, used = NULL",
              "iib", member, serial, digest, sizeof digest);
    return code;
}

char *invite_code(struct store *store, const uint8_t *secret, int64_t member)
{
    int64_t serial = 0;
    bool used = false;
    g_autoptr(query) q = store_query(store, "SELECT serial, used FROM invite WHERE member = ?", "i", member);
    if (query_next(q)) {
        serial = query_int(q, 0);
        used = !query_null(q, 1);
    }
    return serial && !used ? make_code(store, secret, member, serial)
                           : issue(store, secret, member, serial + 1);
}

char *invite_renew(struct store *store, const uint8_t *secret, int64_t member)
{
    int64_t serial = store_int(store, 0, "SELECT serial FROM invite WHERE member = ?", "i", member);
    return issue(store, secret, member, serial + 1);
}

int64_t invite_renew_all(struct store *store, const uint8_t *secret)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(query) q =
        store_query(store, "SELECT member FROM invite WHERE used IS NULL ORDER BY member", "");

    while (query_next(q)) {
        int64_t member = query_int(q, 0);

        g_array_append_val(members, member);
    }
    for (guint i = 0; i < members->len; i++)
        g_free(invite_renew(store, secret, g_array_index(members, int64_t, i)));
    store_run(store, "UPDATE link_code SET until = 0", "");
    return members->len;
}

bool invite_use(struct store *store, int64_t member, int64_t now)
{
    return store_run(store,
                     "UPDATE invite SET used = ?1 WHERE used IS NULL AND member IN (SELECT o.id FROM member m"
                     " JOIN member o ON o.person = m.person WHERE m.id = ?2)",
                     "ii", now, member) &&
           store_changes(store) > 0;
}

char *invite_link(struct store *store, const uint8_t *secret, int64_t person, int64_t now, int64_t until)
{
    char *code = secret_code();
    uint8_t digest[SECRET_BYTES];

    digest_of(store, secret, code, digest);
    store_run(store, "DELETE FROM link_code WHERE person = ? OR until < ?", "ii", person, now);
    store_run(store, "INSERT INTO link_code (digest, person, until) VALUES (?, ?, ?)", "bii", digest,
              sizeof digest, person, until);
    return code;
}

const char *invite_why(enum invite_state state)
{
    switch (state) {
    case INVITE_USED:
        return "join.used";
    case INVITE_LATE:
        return "join.late";
    case INVITE_LEFT:
        return "join.left";
    case INVITE_OVER:
        return "join.over";
    case INVITE_NONE:
    case INVITE_OPEN:
        break;
    }
    return "join.wrong";
}

bool invite_class_over(struct store *store, int64_t class_id, int64_t now)
{
    return store_int(store, 0,
                     "SELECT max(coalesce(c.ended, max(n.ends)), c.imported) + ?2 < ?3 FROM class c"
                     " LEFT JOIN session n ON n.class = c.id WHERE c.id = ?1",
                     "iii", class_id, (int64_t)CLASS_OVER_AFTER, now) != 0;
}

bool invite_holds(struct store *store, int64_t person, int64_t now)
{
    g_autoptr(query) q = store_query(store,
                                     "SELECT class FROM member WHERE person = ?1 AND left IS NULL"
                                     " AND EXISTS (SELECT 1 FROM account WHERE person = ?1)",
                                     "i", person);

    while (query_next(q))
        if (!invite_class_over(store, query_int(q, 0), now))
            return true;
    return false;
}

/* What has become of the code with this digest, and whose it is. */
static enum invite_state state_of(struct store *store, const uint8_t *digest, int64_t now,
                                  int64_t *ret_member)
{
    g_autoptr(query) q = store_query(store,
                                     "SELECT m.id, m.class, i.used IS NOT NULL, m.left IS NOT NULL"
                                     " FROM invite i JOIN member m ON m.id = i.member WHERE i.digest = ?",
                                     "b", digest, (size_t)SECRET_BYTES);

    if (!query_next(q))
        return INVITE_NONE;
    *ret_member = query_int(q, 0);
    return query_int(q, 2)                                  ? INVITE_USED
           : query_int(q, 3)                                ? INVITE_LEFT
           : invite_class_over(store, query_int(q, 1), now) ? INVITE_OVER
                                                            : INVITE_OPEN;
}

/* The same of a code of invite_link: *ret_member is the person's newest membership, 0 when it is not open. */
static enum invite_state link_of(struct store *store, const uint8_t *digest, int64_t now, int64_t *ret_member)
{
    g_autoptr(query) q = store_query(store,
                                     "SELECT until, (SELECT max(m.id) FROM member m WHERE m.person = k.person"
                                     " AND m.left IS NULL) FROM link_code k WHERE digest = ?",
                                     "b", digest, (size_t)SECRET_BYTES);

    *ret_member = 0;
    if (!query_next(q))
        return INVITE_NONE;
    if (query_int(q, 0) < now || query_int(q, 0) > now + INVITE_LINK_LIVES + CLOCK_STEP)
        return INVITE_LATE; /* or made by a clock that was ahead */
    *ret_member = query_int(q, 1);
    return *ret_member ? INVITE_OPEN : INVITE_LEFT;
}

int64_t invite_member(struct store *store, const uint8_t *secret, const char *typed, int64_t now,
                      enum invite_state *ret_state)
{
    g_autofree char *code = secret_code_typed(typed);
    uint8_t digest[SECRET_BYTES];
    int64_t member = 0;

    *ret_state = INVITE_NONE;
    if (!code)
        return 0;
    digest_of(store, secret, code, digest);
    *ret_state = state_of(store, digest, now, &member);
    if (*ret_state != INVITE_NONE)
        return *ret_state == INVITE_OPEN ? member : 0;
    *ret_state = link_of(store, digest, now, &member);
    return member;
}

bool invite_is_open(struct store *store, int64_t member, int64_t now)
{
    return store_int(store, 0,
                     "SELECT EXISTS (SELECT 1 FROM invite WHERE member = m.id AND used IS NULL)"
                     " OR EXISTS (SELECT 1 FROM link_code WHERE person = m.person AND until >= ?2)"
                     " FROM member m WHERE m.id = ?1 AND m.left IS NULL",
                     "ii", member, now) != 0;
}

void invite_unlink(struct store *store, int64_t person)
{
    store_run(store, "UPDATE link_code SET until = 0 WHERE person = ?", "i", person);
}
