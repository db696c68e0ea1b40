#include "bot/school/file_link.h"

#include <openssl/crypto.h>
#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/school.h"

enum { SHA_DIGITS = 64, SIGN_BYTES = 12 };

/* What makes the address ours, as text; in the pool. */
static const char *sign(struct pool *pool, const uint8_t *key, const char *sha256, int64_t until)
{
    uint8_t sum[SECRET_BYTES];
    GString *hex = g_string_new(NULL);

    secret_sign(key, pool_printf(pool, "file-link:%s:%" G_GINT64_FORMAT, sha256, until), sum);
    for (int i = 0; i < SIGN_BYTES; i++)
        g_string_append_printf(hex, "%02x", sum[i]);
    return pool_take(pool, g_string_free(hex, FALSE));
}

const char *file_link(struct talk *talk, const struct attachment *file)
{
    int64_t until = talk->now + FILE_LINK_LIVES;
    g_autofree char *name = g_uri_escape_string(*file->name ? file->name : "file", NULL, FALSE);

    return pool_printf(talk->pool, "%s/f/%s.%" G_GINT64_FORMAT ".%s/%s", talk->school->public_url,
                       file->sha256, until, sign(talk->pool, talk->school->secret, file->sha256, until),
                       name);
}

const char *file_link_read(struct pool *pool, const uint8_t *key, const char *tail, int64_t now,
                           const char **ret_name)
{
    const char *sha256 = pool_strndup(pool, tail, strcspn(tail, "./"));
    gint64 until = 0;
    size_t skip = strlen(sha256);

    if (skip != SHA_DIGITS || tail[skip] != '.')
        return NULL;
    const char *rest = tail + skip + 1;
    size_t digits = strspn(rest, "0123456789");
    const char *wanted = rest[digits] == '.' ? rest + digits + 1 : "";
    size_t len = strcspn(wanted, "/");

    if (!g_ascii_string_to_signed(pool_strndup(pool, rest, digits), 10, 1, G_MAXINT64, &until, NULL) ||
        until < now || len != 2 * SIGN_BYTES)
        return NULL;
    if (CRYPTO_memcmp(wanted, sign(pool, key, sha256, until), len) != 0)
        return NULL;
    *ret_name = wanted[len] == '/' ? wanted + len + 1 : "";
    return sha256;
}
