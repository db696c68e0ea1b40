#include "bot/school/file_link.h"

#include <openssl/crypto.h>
#include <string.h>

#include "bot/core/clock.h"
#include "bot/school/doors.h"
#include "bot/school/school.h"

enum { SHA_DIGITS = 64, SIGN_BYTES = 12 };

/* What an address says: the file, until when, and the account it was given to (0: a group). */
struct file_claim {
    const char *sha256;
    int64_t until, account;
};

/* What makes the address ours, as text; in the pool. When the account was bound is part of it, so that none
 * that is bound later opens it. */
static const char *sign(struct pool *pool, struct store *store, const uint8_t *secret,
                        const struct file_claim *claim)
{
    uint8_t key[SECRET_BYTES], sum[SECRET_BYTES];
    int64_t bound = store_int(store, 0, "SELECT bound FROM account WHERE id = ?", "i", claim->account);
    GString *hex = g_string_new(NULL);

    doors_key(store, secret, key);
    secret_sign(key,
                pool_printf(pool, "file-link:%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
                            claim->sha256, claim->until, claim->account, bound),
                sum);
    for (int i = 0; i < SIGN_BYTES; i++)
        g_string_append_printf(hex, "%02x", sum[i]);
    return pool_take(pool, g_string_free(hex, FALSE));
}

const char *file_link(struct talk *talk, const struct attachment *file, enum platform_id platform,
                      const char *chat)
{
    struct file_claim claim = { file->sha256, talk->now + FILE_LINK_LIVES,
                                store_int(talk->store, 0,
                                          "SELECT id FROM account WHERE platform = ? AND name = ?", "is",
                                          (int64_t)platform, chat) };
    g_autofree char *name = g_uri_escape_string(*file->name ? file->name : "file", NULL, FALSE);

    return pool_printf(talk->pool, "%s/f/%s.%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT ".%s/%s",
                       talk->school->public_url, claim.sha256, claim.until, claim.account,
                       sign(talk->pool, talk->store, talk->school->secret, &claim), name);
}

/* Reads a number and the dot behind it; false when they are not there. */
static bool read_number(struct pool *pool, const char **at, int64_t *ret)
{
    size_t digits = strspn(*at, "0123456789");
    gint64 number;

    if ((*at)[digits] != '.' ||
        !g_ascii_string_to_signed(pool_strndup(pool, *at, digits), 10, 0, G_MAXINT64, &number, NULL))
        return false;
    *ret = number;
    *at += digits + 1;
    return true;
}

const char *file_link_read(struct pool *pool, struct store *store, const uint8_t *secret, const char *tail,
                           int64_t now, const char **ret_name)
{
    struct file_claim claim = { .sha256 = pool_strndup(pool, tail, strcspn(tail, "./")) };
    size_t skip = strlen(claim.sha256);

    if (skip != SHA_DIGITS || tail[skip] != '.')
        return NULL;
    const char *at = tail + skip + 1;

    if (!read_number(pool, &at, &claim.until) || !read_number(pool, &at, &claim.account))
        return NULL;
    size_t len = strcspn(at, "/");

    if (claim.until < now || claim.until > now + FILE_LINK_LIVES + CLOCK_STEP || len != 2 * SIGN_BYTES ||
        CRYPTO_memcmp(at, sign(pool, store, secret, &claim), len) != 0)
        return NULL;
    *ret_name = at[len] == '/' ? at + len + 1 : "";
    return claim.sha256;
}
