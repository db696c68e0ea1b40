#include "bot/school/scan.h"

#include <string.h>

enum { DIGITS = 6 };

/* Exactly six digits at `at`, and nothing of an address behind them. */
static const char *six(struct pool *pool, const char *at)
{
    if (strspn(at, "0123456789") != DIGITS || strchr("/?# \n", at[DIGITS]) == NULL)
        return NULL;
    return pool_strndup(pool, at, DIGITS);
}

const char *scan_code(struct pool *pool, const struct normal *text, const char *public_url)
{
    static const char start[] = "/start s_";

    if (g_str_has_prefix(text->text, start))
        return six(pool, text->text + strlen(start));
    const char *host = public_url ? strstr(public_url, "://") : NULL;

    if (!host)
        return NULL;
    g_autofree char *lower = g_ascii_strdown(host, -1);
    g_autofree char *address = g_strconcat(lower, "/s/", NULL);
    const char *at = strstr(text->text, address);

    return at ? six(pool, at + strlen(address)) : NULL;
}
