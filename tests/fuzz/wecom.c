/* Any bytes as what WeCom sends: as the plain text of a message, as its envelope, as what was sealed in one
 * (the bytes that come out of the cipher, padding and all), and as the cipher's text itself. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "bot/platform/wecom_crypto.h"
#include "bot/platform/wecom_decode.h"

#define TOKEN "token"
#define KEY   "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"

enum { CIPHER_BLOCK = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A message as it came out of its envelope: what was decoded must be bounded and complete. */
static void decode(struct wecom_xml *xml, const char *text, size_t len)
{
    struct pool *pool = pool_new();
    struct update u = { 0 };

    if (wecom_decode(xml, "wwcorp", text, len, pool, &u) &&
        (!u.key || !*u.key || !u.text || strlen(u.text) > UPDATE_TEXT_MAX ||
         u.file_count > UPDATE_FILES_MAX || !u.account || !u.chat))
        abort();
    pool_free(pool);
}

/* Opens an envelope that is rightly signed, whatever it holds, and decodes what was in it. */
static void open_signed(struct wecom_crypto *crypto, struct wecom_xml *xml, const char *encrypt)
{
    const char *parts[] = { "1", "2", TOKEN, encrypt };
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    const char *text = NULL;
    size_t len = 0;

    for (int i = 3; i > 0 && strcmp(parts[i - 1], parts[i]) > 0; i--) { /* the others are in order */
        const char *lower = parts[i];

        parts[i] = parts[i - 1];
        parts[i - 1] = lower;
    }
    for (int i = 0; i < 4; i++)
        g_checksum_update(sum, (const guchar *)parts[i], -1);
    switch (wecom_crypto_open(crypto, g_checksum_get_string(sum), "1", "2", encrypt, &text, &len)) {
    case WECOM_OPENED:
        if (!text || text[len] != 0)
            abort();
        decode(xml, text, len);
        break;
    case WECOM_UNSIGNED:
        abort();
    case WECOM_FOREIGN:
    case WECOM_BROKEN:
        break;
    }
}

/* The bytes as what comes out of the cipher: encrypted without padding or order. */
static void open_plain(struct wecom_crypto *crypto, struct wecom_xml *xml, const uint8_t *data, size_t size)
{
    gsize key_len;
    g_autofree guchar *key = g_base64_decode(KEY "=", &key_len), *out = g_malloc(size + CIPHER_BLOCK);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;

    if (!EVP_EncryptInit_ex2(context, EVP_aes_256_cbc(), key, key, NULL))
        abort();
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_EncryptUpdate(context, out, &len, data, (int)(size / CIPHER_BLOCK * CIPHER_BLOCK));
    EVP_CIPHER_CTX_free(context);
    g_autofree char *encrypt = g_base64_encode(out, (gsize)len);

    open_signed(crypto, xml, encrypt);
}

/* What was sealed by us must open again. */
static void seal_and_open(struct wecom_crypto *crypto, struct wecom_xml *xml, const uint8_t *data,
                          size_t size)
{
    g_autoptr(GString) sealed = g_string_new(NULL);
    const char *text;
    size_t len;

    wecom_crypto_seal(crypto, "1", "2", (const char *)data, size, sealed);
    if (!wecom_xml_parse(xml, sealed->str, sealed->len) ||
        wecom_crypto_open(crypto, wecom_xml_get(xml, "MsgSignature"), "1", "2", wecom_xml_get(xml, "Encrypt"),
                          &text, &len) != WECOM_OPENED ||
        len != size || memcmp(text, data, size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wecom_xml *xml = wecom_xml_new();
    struct wecom_crypto *crypto = wecom_crypto_new(TOKEN, KEY, "wwcorp");
    g_autofree char *text = g_strndup((const char *)data, size);

    decode(xml, (const char *)data, size);
    if (wecom_xml_parse(xml, (const char *)data, size) && wecom_xml_get(xml, "Encrypt")) {
        g_autofree char *encrypt = g_strdup(wecom_xml_get(xml, "Encrypt"));

        open_signed(crypto, xml, encrypt);
    }
    open_signed(crypto, xml, text);
    open_plain(crypto, xml, data, size);
    seal_and_open(crypto, xml, data, size);
    wecom_crypto_free(crypto);
    wecom_xml_free(xml);
    return 0;
}
