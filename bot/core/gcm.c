#include "bot/core/gcm.h"

#include <openssl/evp.h>
#include <string.h>

bool gcm_run(bool seal, const uint8_t key[GCM_KEY], const uint8_t nonce[GCM_NONCE], const char *bound,
             const uint8_t *in, size_t len, uint8_t *out, uint8_t tag[GCM_TAG])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int some = 0;
    bool ok = context && EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1 &&
              EVP_CipherUpdate(context, NULL, &some, (const uint8_t *)bound, (int)strlen(bound)) == 1 &&
              EVP_CipherUpdate(context, out, &some, in, (int)len) == 1;

    if (ok && !seal)
        ok = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, GCM_TAG, tag) == 1;
    ok = ok && EVP_CipherFinal_ex(context, out + some, &some) == 1;
    if (ok && seal)
        ok = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, GCM_TAG, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return ok;
}
