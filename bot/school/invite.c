#include "bot/school/invite.h"

#include <glib.h>
#include <string.h>

#include "bot/core/clock.h"

/* Without 0 1 I O, which are taken for one another. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/* The code of a serial number: bits of a keyed digest, of the first attempt that has a letter. */
static void make_code(const struct secret *secret, int64_t member, int64_t serial,
                      char ret[INVITE_LENGTH + 1])
{
    unsigned char digest[SECRET_BYTES];
    for (int attempt = 0;; attempt++) {
        g_autofree char *text =
            attempt ? g_strdup_printf("invite:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%d", member, serial,
                                      attempt)
                    : g_strdup_printf("invite:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, member, serial);
        secret_sign(secret, text, digest);
        for (int i = 0; i < INVITE_LENGTH; i++) {
            int bit = i * 5;
            unsigned two = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
            ret[i] = alphabet[two >> (11 - bit % 8) & 31];
        }
        ret[INVITE_LENGTH] = '\0';
        if (strspn(ret, "0123456789") < INVITE_LENGTH)
            return;
    }
}

/* What the store keeps of a code. */
static void digest_of(const struct secret *secret, const char *code, unsigned char ret[SECRET_BYTES])
{
    g_autofree char *text = g_strdup_printf("invite-digest:%s", code);
    secret_sign(secret, text, ret);
}

/* Writes the digest of the code with this serial number and gives the code. */
static char *issue(struct store *store, const struct secret *secret, int64_t member, int64_t serial)
{
    char code[INVITE_LENGTH + 1];
    unsigned char digest[SECRET_BYTES];
    make_code(secret, member, serial, code);
    digest_of(secret, code, digest);
    store_run(store,
              "INSERT INTO invite (member, serial, digest, used) VALUES (?1, ?2, ?3, NULL)"
              " ON CONFLICT (member) DO UPDATE SET serial = ?2, digest = ?3, used = NULL",
              "iib", member, serial, digest, sizeof digest);
    return g_strdup(code);
}

char *invite_code(struct store *store, const struct secret *secret, int64_t member)
{
    int64_t serial = 0;
    bool used = false;
    {
        g_autoptr(query) q =
            store_query(store, "SELECT serial, used FROM invite WHERE member = ?", "i", member);
        if (query_next(q)) {
            serial = query_int(q, 0);
            used = !query_null(q, 1);
        }
    }
    if (serial && !used) {
        char code[INVITE_LENGTH + 1];
        make_code(secret, member, serial, code);
        return g_strdup(code);
    }
    return issue(store, secret, member, serial + 1);
}

char *invite_renew(struct store *store, const struct secret *secret, int64_t member)
{
    int64_t serial = store_int(store, 0, "SELECT serial FROM invite WHERE member = ?", "i", member);
    return issue(store, secret, member, serial + 1);
}

/* The typed text as a code: upper case, without blanks and dashes; false when it cannot be one. */
static bool normalise(const char *typed, char ret[INVITE_LENGTH + 1])
{
    g_autofree char *wide = g_utf8_normalize(typed, -1, G_NORMALIZE_ALL_COMPOSE);
    const char *at = wide ? wide : "";
    while (g_ascii_isspace(*at))
        at++;
    if ((at[0] == 'j' || at[0] == 'J') && at[1] == '_')
        at += 2;
    int len = 0;
    for (; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isspace(c) || c == '-' || c == 0x2010 || c == 0x2013 || c == 0x2014 || c == 0x2212)
            continue;
        char upper = c < 128 ? g_ascii_toupper((char)c) : '\0';
        if (!upper || !strchr(alphabet, upper) || len == INVITE_LENGTH)
            return false;
        ret[len++] = upper;
    }
    ret[len] = '\0';
    return len == INVITE_LENGTH;
}

int64_t invite_find(struct store *store, const struct secret *secret, const char *typed)
{
    char code[INVITE_LENGTH + 1];
    unsigned char digest[SECRET_BYTES];
    if (!normalise(typed, code))
        return 0;
    digest_of(secret, code, digest);
    return store_int(store, 0, "SELECT member FROM invite WHERE digest = ? AND used IS NULL", "b", digest,
                     sizeof digest);
}

bool invite_use(struct store *store, int64_t member)
{
    return store_run(store, "UPDATE invite SET used = ? WHERE member = ? AND used IS NULL", "ii", clock_now(),
                     member) &&
           store_changes(store) > 0;
}

bool invite_looks_like(const char *typed)
{
    char code[INVITE_LENGTH + 1];
    return normalise(typed, code) && strspn(code, "0123456789") < INVITE_LENGTH;
}
