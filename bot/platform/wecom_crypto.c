#include "bot/platform/wecom_crypto.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/text.h"

enum { KEY_CHARS = 43, KEY_BYTES = 32, IV_BYTES = 16, BLOCK = 32, HEAD = 20, SHA1_HEX = 40 };

struct wecom_crypto {
    char *token, *receiveid;
    unsigned char key[KEY_BYTES]; /* its first 16 bytes are also the IV */
    EVP_MD *sha1;
    EVP_MD_CTX *digest;
    EVP_CIPHER *aes;
    EVP_CIPHER_CTX *opening, *sealing;
    GByteArray *sealed, *open; /* what the last message was and became */
};

/* The value of one base64 character, 64 and more for any other. */
static uint8_t sextets[256];

static void fill_sextets(void)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memset(sextets, 0xff, sizeof sextets);
    for (uint8_t i = 0; i < 64; i++)
        sextets[(unsigned char)alphabet[i]] = i;
}

/* Decodes base64 with or without padding; bits left over at the end are dropped, foreign characters refused.
 */
static bool decode_base64(const char *text, size_t len, GByteArray *into)
{
    while (len > 0 && text[len - 1] == '=')
        len--;
    if (len % 4 == 1 || len > INT32_MAX)
        return false;
    g_byte_array_set_size(into, (guint)(len / 4 * 3 + len % 4));
    uint8_t *out = into->data, foreign = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t value = sextets[(unsigned char)text[i]];
        foreign |= value;
        bits = bits << 6 | (value & 63);
        if (i % 4 == 3) {
            *out++ = (uint8_t)(bits >> 16);
            *out++ = (uint8_t)(bits >> 8);
            *out++ = (uint8_t)bits;
        }
    }
    if (len % 4 == 2) {
        *out++ = (uint8_t)(bits >> 4);
    } else if (len % 4 == 3) {
        *out++ = (uint8_t)(bits >> 10);
        *out++ = (uint8_t)(bits >> 2);
    }
    g_byte_array_set_size(into, len ? (guint)(out - into->data) : 0);
    return foreign < 64;
}

/* Fetches algorithms and sets the key schedules, once. */
static void prepare(struct wecom_crypto *c)
{
    c->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    c->aes = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    c->digest = EVP_MD_CTX_new();
    c->opening = EVP_CIPHER_CTX_new();
    c->sealing = EVP_CIPHER_CTX_new();
    if (!c->sha1 || !c->aes || !c->digest || !c->opening || !c->sealing ||
        !EVP_DecryptInit_ex2(c->opening, c->aes, c->key, c->key, NULL) ||
        !EVP_EncryptInit_ex2(c->sealing, c->aes, c->key, c->key, NULL))
        BUG("libcrypto has no SHA1 or no AES-256-CBC");
    EVP_CIPHER_CTX_set_padding(c->opening, 0);
    EVP_CIPHER_CTX_set_padding(c->sealing, 0);
}

struct wecom_crypto *wecom_crypto_new(const char *token, const char *key, const char *receiveid)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    fill_sextets();
    if (!token || !key || !receiveid || strlen(key) != KEY_CHARS || strchr(key, '=') ||
        !decode_base64(key, KEY_CHARS, raw) || raw->len != KEY_BYTES)
        return NULL;
    struct wecom_crypto *c = g_new0(struct wecom_crypto, 1);
    c->token = g_strdup(token);
    c->receiveid = g_strdup(receiveid);
    memcpy(c->key, raw->data, KEY_BYTES);
    OPENSSL_cleanse(raw->data, raw->len);
    c->sealed = g_byte_array_new();
    c->open = g_byte_array_new();
    prepare(c);
    return c;
}

void wecom_crypto_free(struct wecom_crypto *c)
{
    if (!c)
        return;
    EVP_MD_CTX_free(c->digest);
    EVP_MD_free(c->sha1);
    EVP_CIPHER_CTX_free(c->opening);
    EVP_CIPHER_CTX_free(c->sealing);
    EVP_CIPHER_free(c->aes);
    OPENSSL_cleanse(c->key, sizeof c->key);
    g_byte_array_unref(c->sealed);
    g_byte_array_unref(c->open);
    g_free(c->token);
    g_free(c->receiveid);
    g_free(c);
}

/* SHA-1 over the four texts sorted by their bytes, in lower-case hex. */
static void sign(struct wecom_crypto *c, const char *timestamp, const char *nonce, const char *encrypt,
                 char ret_hex[SHA1_HEX + 1])
{
    const char *part[4] = { c->token, timestamp, nonce, encrypt };
    for (int i = 1; i < 4; i++)
        for (int k = i; k > 0 && strcmp(part[k - 1], part[k]) > 0; k--) {
            const char *lower = part[k];
            part[k] = part[k - 1];
            part[k - 1] = lower;
        }
    unsigned char raw[EVP_MAX_MD_SIZE];
    EVP_DigestInit_ex2(c->digest, c->sha1, NULL);
    for (int i = 0; i < 4; i++)
        EVP_DigestUpdate(c->digest, part[i], strlen(part[i]));
    EVP_DigestFinal_ex(c->digest, raw, NULL);
    for (int i = 0; i < SHA1_HEX / 2; i++) {
        ret_hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        ret_hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }
    ret_hex[SHA1_HEX] = '\0';
}

/* Decrypts c->sealed into c->open and takes the padding of 1 to 32 bytes off; false when there is none. */
static bool decrypt(struct wecom_crypto *c)
{
    guint len = c->sealed->len;
    int got = 0;
    if (len < BLOCK || len % IV_BYTES || len > INT32_MAX)
        return false;
    g_byte_array_set_size(c->open, len + IV_BYTES);
    if (!EVP_DecryptInit_ex2(c->opening, NULL, NULL, c->key, NULL) ||
        !EVP_DecryptUpdate(c->opening, c->open->data, &got, c->sealed->data, (int)len) || (guint)got != len)
        return false;
    guint8 pad = c->open->data[len - 1];
    if (pad < 1 || pad > BLOCK || pad > len)
        return false;
    for (guint i = len - pad; i < len; i++)
        if (c->open->data[i] != pad)
            return false;
    g_byte_array_set_size(c->open, len - pad);
    return true;
}

enum wecom_opened wecom_crypto_open(struct wecom_crypto *c, const char *signature, const char *timestamp,
                                    const char *nonce, const char *encrypt, const char **ret_text,
                                    size_t *ret_len)
{
    char right[SHA1_HEX + 1];
    if (!signature || !timestamp || !nonce || !encrypt)
        return WECOM_UNSIGNED;
    sign(c, timestamp, nonce, encrypt, right);
    if (!text_same_secret(signature, right))
        return WECOM_UNSIGNED;
    if (!decode_base64(encrypt, strlen(encrypt), c->sealed) || !decrypt(c) || c->open->len < HEAD)
        return WECOM_BROKEN;
    guint8 *d = c->open->data;
    size_t left = c->open->len - HEAD;
    size_t len = (size_t)d[16] << 24 | (size_t)d[17] << 16 | (size_t)d[18] << 8 | d[19];
    if (len > left)
        return WECOM_BROKEN;
    if (left - len != strlen(c->receiveid) || memcmp(d + HEAD + len, c->receiveid, left - len) != 0)
        return WECOM_FOREIGN;
    g_byte_array_set_size(c->open, c->open->len + 1);
    c->open->data[HEAD + len] = '\0';
    *ret_text = (const char *)c->open->data + HEAD;
    *ret_len = len;
    return WECOM_OPENED;
}

void wecom_crypto_seal(struct wecom_crypto *c, const char *timestamp, const char *nonce, const char *text,
                       size_t len, GString *into)
{
    guint8 head[HEAD];
    if (RAND_bytes(head, 16) != 1)
        BUG("no random bytes");
    for (int i = 0; i < 4; i++)
        head[16 + i] = (guint8)(len >> (24 - 8 * i));
    g_byte_array_set_size(c->open, 0);
    g_byte_array_append(c->open, head, HEAD);
    g_byte_array_append(c->open, (const guint8 *)text, (guint)len);
    g_byte_array_append(c->open, (const guint8 *)c->receiveid, (guint)strlen(c->receiveid));
    guint8 padding[BLOCK];
    guint pad = BLOCK - c->open->len % BLOCK;
    memset(padding, (int)pad, pad);
    g_byte_array_append(c->open, padding, pad);
    g_byte_array_set_size(c->sealed, c->open->len + IV_BYTES);
    int got = 0;
    if (!EVP_EncryptInit_ex2(c->sealing, NULL, NULL, c->key, NULL) ||
        !EVP_EncryptUpdate(c->sealing, c->sealed->data, &got, c->open->data, (int)c->open->len))
        BUG("AES refused to encrypt");
    g_autofree char *encrypt = g_base64_encode(c->sealed->data, (gsize)got);
    char signature[SHA1_HEX + 1];
    sign(c, timestamp, nonce, encrypt, signature);
    g_string_append_printf(into,
                           "<xml><Encrypt><![CDATA[%s]]></Encrypt><MsgSignature><![CDATA[%s]]></MsgSignature>"
                           "<TimeStamp>%s</TimeStamp><Nonce><![CDATA[%s]]></Nonce></xml>",
                           encrypt, signature, timestamp, nonce);
}
