/* Any bytes as the plain text of a WeCom message, as its envelope and as what was sealed in it. */
#include <stdlib.h>
#include <string.h>

#include "bot/platform/wecom_crypto.h"
#include "bot/platform/wecom_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded must be bounded and complete; what was sealed by us must open again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char key[] = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt";
    struct wecom_xml *xml = wecom_xml_new();
    struct wecom_crypto *crypto = wecom_crypto_new("token", key, "wwcorp");
    struct pool *pool = pool_new();
    struct update u = { 0 };
    g_autoptr(GString) sealed = g_string_new(NULL);
    const char *text;
    size_t len;

    if (wecom_decode(xml, "wwcorp", (const char *)data, size, pool, &u) &&
        (!u.key || !*u.key || !u.text || strlen(u.text) > UPDATE_TEXT_MAX ||
         u.file_count > UPDATE_FILES_MAX || !u.account || !u.chat))
        abort();
    wecom_crypto_seal(crypto, "1", "2", (const char *)data, size, sealed);
    if (!wecom_xml_parse(xml, sealed->str, sealed->len) ||
        wecom_crypto_open(crypto, wecom_xml_get(xml, "MsgSignature"), "1", "2", wecom_xml_get(xml, "Encrypt"),
                          &text, &len) != WECOM_OPENED ||
        len != size || memcmp(text, data, size) != 0)
        abort();
    pool_free(pool);
    wecom_crypto_free(crypto);
    wecom_xml_free(xml);
    return 0;
}
