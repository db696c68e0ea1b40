/* WeCom's envelope: SHA-1 signature, AES-256-CBC padded to 32 bytes, and inside
 * random(16) | length(4, big endian) | message | receiveid. One thread; contexts are made once and used
 * again. */
#ifndef BOT_PLATFORM_WECOM_CRYPTO_H
#define BOT_PLATFORM_WECOM_CRYPTO_H

#include <glib.h>
#include <stddef.h>

struct wecom_crypto;

enum wecom_opened {
    WECOM_OPENED,
    WECOM_UNSIGNED, /* the signature is missing or wrong */
    WECOM_FOREIGN,  /* meant for another corp */
    WECOM_BROKEN,   /* signed, yet no envelope */
};

/* `key` is the EncodingAESKey: 43 characters of base64 whose last one may carry bits that are not used (both
 * official sample keys do). NULL when it is not that. Copies everything. */
struct wecom_crypto *wecom_crypto_new(const char *token, const char *key, const char *receiveid);
void wecom_crypto_free(struct wecom_crypto *);

/* Checks and opens one envelope; a missing parameter (NULL) counts as unsigned. The message ends in NUL and
 * is borrowed until the next call. */
enum wecom_opened wecom_crypto_open(struct wecom_crypto *, const char *signature, const char *timestamp,
                                    const char *nonce, const char *encrypt, const char **ret_text,
                                    size_t *ret_len);

/* Seals `text` as a passive answer: appends the <xml> with Encrypt, MsgSignature, TimeStamp and Nonce. The
 * numbers are the caller's; nonce must be of letters and digits. */
void wecom_crypto_seal(struct wecom_crypto *, const char *timestamp, const char *nonce, const char *text,
                       size_t len, GString *into);

#endif
