#include "bot/school/codes.h"

#include <string.h>

/* The code of one step: the first 8 bytes of an HMAC, as in RFC 4226 cut to six digits. */
static uint32_t step_code(const struct class *class, int64_t sitting, int64_t step)
{
    uint64_t what[2] = { GUINT64_TO_BE((uint64_t)sitting), GUINT64_TO_BE((uint64_t)step) };
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, class->secret, 32);
    guint8 digest[32];
    gsize len = sizeof digest;
    uint64_t number;

    g_hmac_update(hmac, (const guchar *)what, sizeof what);
    g_hmac_get_digest(hmac, digest, &len);
    g_hmac_unref(hmac);
    memcpy(&number, digest, sizeof number);
    return (uint32_t)(GUINT64_FROM_BE(number) % 1000000);
}

void code_at(const struct class *class, int64_t sitting, int64_t at, char ret_code[7])
{
    g_snprintf(ret_code, 7, "%06u", step_code(class, sitting, at / CODE_STEP));
}

int64_t code_good_until(int64_t at)
{
    return (at / CODE_STEP + 1) * CODE_STEP + CODE_GRACE;
}

enum code_verdict code_check(const struct class *class, int64_t sitting, int64_t opened, int64_t moment,
                             const char *code)
{
    uint32_t typed = (uint32_t)g_ascii_strtoull(code, NULL, 10);
    int64_t now = moment / CODE_STEP;

    for (int64_t step = now; step * CODE_STEP + CODE_STEP + CODE_GRACE > moment; step--)
        if (step_code(class, sitting, step) == typed)
            return CODE_GOOD;
    for (int64_t step = now - 1; step >= opened / CODE_STEP; step--)
        if (step_code(class, sitting, step) == typed)
            return CODE_OLD;
    return CODE_WRONG;
}
