#include "bot/core/blind.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum { EXPONENT = 65537, SALT_BYTES = 48, KEY_MOST = 1024 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIGNUM, BN_free)

/* A secret's bytes, wiped when they are let go. */
static void wipe(void *data)
{
    GByteArray *bytes = data;

    explicit_bzero(bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}

/* The private key as DER. */
static GBytes *private_of(const EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(key, &der);

    if (len <= 0)
        return NULL;
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, der, (guint)len);
    OPENSSL_clear_free(der, (size_t)len);
    return g_bytes_new_with_free_func(bytes->data, bytes->len, wipe, bytes);
}

bool blind_make_key(GBytes **ret_private, GBytes **ret_modulus)
{
    g_autoptr(EVP_PKEY) key = EVP_RSA_gen(BLIND_BITS);
    BIGNUM *n = NULL;
    uint8_t modulus[BLIND_BYTES];

    if (!key || !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n))
        return false;
    int len = BN_bn2binpad(n, modulus, sizeof modulus);

    BN_free(n);
    GBytes *private = private_of(key);

    if (len != BLIND_BYTES || !private)
        return false;
    *ret_private = private;
    *ret_modulus = g_bytes_new(modulus, sizeof modulus);
    return true;
}

/* The RSA operation without any padding, RSASP1, and the check of it that RFC 9474 asks for. */
static bool sign_raw(EVP_PKEY *key, const void *blinded, size_t len, uint8_t *ret)
{
    g_autoptr(EVP_PKEY_CTX) signing = EVP_PKEY_CTX_new(key, NULL);
    g_autoptr(EVP_PKEY_CTX) checking = EVP_PKEY_CTX_new(key, NULL);
    uint8_t again[KEY_MOST];
    size_t signed_len = len, again_len = sizeof again;

    return EVP_PKEY_sign_init(signing) == 1 && EVP_PKEY_CTX_set_rsa_padding(signing, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_sign(signing, ret, &signed_len, blinded, len) == 1 && signed_len == len &&
           EVP_PKEY_verify_recover_init(checking) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(checking, RSA_NO_PADDING) == 1 &&
           EVP_PKEY_verify_recover(checking, again, &again_len, ret, len) == 1 && again_len == len &&
           memcmp(again, blinded, len) == 0;
}

GBytes *blind_sign(const void *private_key, size_t private_len, const void *blinded, size_t len)
{
    const unsigned char *at = private_key;
    g_autoptr(EVP_PKEY) key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)private_len);
    uint8_t signature[KEY_MOST];

    if (!key || len > KEY_MOST || len != (size_t)EVP_PKEY_get_size(key) ||
        !sign_raw(key, blinded, len, signature))
        return NULL;
    return g_bytes_new(signature, len);
}

/* The public key of a modulus; NULL when it is none. */
static EVP_PKEY *public_of(const void *modulus, size_t len)
{
    g_autoptr(BIGNUM) n = BN_bin2bn(modulus, (int)len, NULL);
    g_autoptr(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *building = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (n && OSSL_PARAM_BLD_push_BN(building, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_uint(building, OSSL_PKEY_PARAM_RSA_E, EXPONENT))
        params = OSSL_PARAM_BLD_to_param(building);
    if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(building);
    return key;
}

bool blind_verify(const void *modulus, size_t modulus_len, const void *message, size_t message_len,
                  const void *signature, size_t signature_len)
{
    g_autoptr(EVP_PKEY) key = public_of(modulus, modulus_len);
    g_autoptr(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pss; /* of ctx */

    return key && EVP_DigestVerifyInit(ctx, &pss, EVP_sha384(), NULL, key) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(pss, EVP_sha384()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, SALT_BYTES) == 1 &&
           EVP_DigestVerify(ctx, signature, signature_len, message, message_len) == 1;
}
