#include "bot/backup_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/gcm.h"
#include "bot/core/secret.h"

#define MAGIC "BZSEAL1\n"

enum {
    SALT = 16,
    PIECE = 1 << 16,
    WORDS_LEAST = 16,
    WORDS_MOST = 4096,
    SCRYPT_N = 1 << 15, /* with r 8: 32 MiB and about a tenth of a second for each guess at a pass phrase */
    SCRYPT_R = 8,
    SCRYPT_MEMORY = 64 << 20,
};

struct seal {
    int fd;
    uint8_t key[GCM_KEY];
    uint64_t number; /* of the next piece */
    bool ended;
    size_t held; /* bytes of `plain` that are to be sealed */
    uint8_t plain[PIECE], sealed[PIECE + GCM_TAG];
};

/* What a key file says, without the line's end; yours. NULL and *ret_error. */
static char *read_words(const char *key_file, size_t *ret_len, char **ret_error)
{
    int fd = open(key_file, O_RDONLY | O_CLOEXEC);
    struct stat about;
    g_autofree char *words = g_malloc0(WORDS_MOST + 1);
    bool known = fd >= 0 && fstat(fd, &about) == 0;
    ssize_t len = known ? read(fd, words, WORDS_MOST + 1) : -1;

    if (fd >= 0)
        close(fd);
    while (len > 0 && (words[len - 1] == '\n' || words[len - 1] == '\r'))
        len--;
    *ret_len = (size_t)MAX(len, 0);
    if (len < 0)
        *ret_error = g_strdup_printf("%s: %s", key_file, g_strerror(errno));
    else if (about.st_mode & 077)
        *ret_error = g_strdup_printf("%s: others may read it; chmod 600 it", key_file);
    else if (len < WORDS_LEAST || len > WORDS_MOST)
        *ret_error = g_strdup_printf("%s: a key has %d to %d bytes", key_file, WORDS_LEAST, WORDS_MOST);
    else
        return g_steal_pointer(&words);
    return NULL;
}

/* A stream whose key is made; NULL and *ret_error. */
static struct seal *begin(int fd, const char *key_file, const uint8_t *salt, char **ret_error)
{
    size_t len = 0;
    g_autofree char *words = read_words(key_file, &len, ret_error);

    if (!words)
        return NULL;
    struct seal *seal = g_new0(struct seal, 1);

    seal->fd = fd;
    if (EVP_PBE_scrypt(words, len, salt, SALT, SCRYPT_N, SCRYPT_R, 1, SCRYPT_MEMORY, seal->key, GCM_KEY) == 1)
        return seal;
    *ret_error = g_strdup("scrypt is not to be had");
    g_free(seal);
    return NULL;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return false;
        bytes += MAX(n, 0);
        len -= (size_t)MAX(n, 0);
    }
    return true;
}

/* Reads until `len` bytes are in or the file ends; gives how many, -1 on failure. */
static ssize_t read_full(int fd, uint8_t *into, size_t len)
{
    size_t have = 0;

    while (have < len) {
        ssize_t n = read(fd, into + have, len - have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

/* The nonce of a piece: its number, and whether it is the last. */
static void nonce_of(const struct seal *seal, bool last, uint8_t ret[GCM_NONCE])
{
    uint64_t ordered = GUINT64_TO_BE(seal->number);

    memset(ret, 0, GCM_NONCE);
    memcpy(ret, &ordered, sizeof ordered);
    ret[GCM_NONCE - 1] = last;
}

/* Seals what is held and writes it. */
static bool put_piece(struct seal *seal, bool last)
{
    uint8_t nonce[GCM_NONCE];

    nonce_of(seal, last, nonce);
    bool ok = gcm_run(true, seal->key, nonce, MAGIC, seal->plain, seal->held, seal->sealed,
                      seal->sealed + seal->held) &&
              write_all(seal->fd, seal->sealed, seal->held + GCM_TAG);

    seal->number++;
    seal->held = 0;
    return ok;
}

struct seal *seal_write_begin(int fd, const char *key_file, char **ret_error)
{
    uint8_t salt[SALT];

    secret_random(salt, sizeof salt);
    struct seal *seal = begin(fd, key_file, salt, ret_error);

    if (seal && !(write_all(fd, (const uint8_t *)MAGIC, strlen(MAGIC)) && write_all(fd, salt, sizeof salt))) {
        *ret_error = g_strdup_printf("cannot be written: %s", g_strerror(errno));
        g_clear_pointer(&seal, seal_free);
    }
    return seal;
}

bool seal_write(struct seal *seal, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    bool ok = true;

    while (ok && len > 0) {
        size_t some = MIN(len, PIECE - seal->held);

        if (some == 0) {
            ok = put_piece(seal, false); /* a full piece waits until it is known that it is not the last */
            continue;
        }
        memcpy(seal->plain + seal->held, at, some);
        seal->held += some;
        at += some;
        len -= some;
    }
    return ok;
}

bool seal_write_end(struct seal *seal)
{
    return put_piece(seal, true);
}

struct seal *seal_read_begin(int fd, const char *key_file, char **ret_error)
{
    uint8_t head[sizeof MAGIC - 1 + SALT];

    if (read_full(fd, head, sizeof head) != (ssize_t)sizeof head || memcmp(head, MAGIC, strlen(MAGIC)) != 0) {
        *ret_error = g_strdup("is not a sealed backup");
        return NULL;
    }
    return begin(fd, key_file, head + strlen(MAGIC), ret_error);
}

ssize_t seal_read(struct seal *seal, const void **ret_bytes)
{
    uint8_t nonce[GCM_NONCE];
    ssize_t len = seal->ended ? 0 : read_full(seal->fd, seal->sealed, sizeof seal->sealed);

    if (seal->ended)
        return 0;
    if (len < GCM_TAG)
        return -1;
    size_t text = (size_t)len - GCM_TAG;

    /* Only the last piece may be short, and a full one can be it too. */
    for (int last = text < PIECE; last <= 1; last++) {
        nonce_of(seal, last, nonce);
        if (!gcm_run(false, seal->key, nonce, MAGIC, seal->sealed, text, seal->plain, seal->sealed + text))
            continue;
        seal->number++;
        seal->ended = last;
        *ret_bytes = seal->plain;
        if (last && read_full(seal->fd, seal->sealed, 1) != 0)
            return -1; /* something follows the end */
        return text || !last ? (ssize_t)text : 0;
    }
    return -1;
}

void seal_free(struct seal *seal)
{
    if (!seal)
        return;
    memset(seal->key, 0, sizeof seal->key);
    g_free(seal);
}

bool seal_is_sealed(const char *path)
{
    char head[sizeof MAGIC - 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool sealed =
        fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head && !memcmp(head, MAGIC, sizeof head);

    if (fd >= 0)
        close(fd);
    return sealed;
}
