#include "bot/core/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/folder.h"

/* Writes a new key under a temporary name and links it into place: a crash leaves none or a whole one. */
static bool make(const char *data_dir, const char *path, char **ret_error)
{
    unsigned char key[SECRET_BYTES];
    g_autofree char *temporary = g_strdup_printf("%s/secret.key.XXXXXX", data_dir);
    int fd = RAND_bytes(key, sizeof key) == 1 ? g_mkstemp_full(temporary, O_RDWR, 0600) : -1;
    bool made = fd >= 0 && write(fd, key, sizeof key) == (ssize_t)sizeof key && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    made = made && (link(temporary, path) == 0 || errno == EEXIST) && folder_sync(data_dir);
    if (!made)
        *ret_error = g_strdup_printf("%s: cannot be made: %s", path, g_strerror(errno));
    if (fd >= 0)
        unlink(temporary);
    return made;
}

bool secret_load(const char *data_dir, uint8_t ret_key[SECRET_BYTES], char **ret_error)
{
    g_autofree char *path = g_build_filename(data_dir, "secret.key", NULL);
    if (!folder_make(data_dir)) {
        *ret_error = g_strdup_printf("%s: %s", data_dir, g_strerror(errno));
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        if (!make(data_dir, path, ret_error))
            return false;
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        *ret_error = g_strdup_printf("%s: %s", path, g_strerror(errno));
        return false;
    }
    struct stat about;
    unsigned char key[SECRET_BYTES + 1];
    bool known = fstat(fd, &about) == 0;
    ssize_t len = read(fd, key, sizeof key);
    close(fd);
    if (!known || len != SECRET_BYTES)
        *ret_error = g_strdup_printf("%s: not a key of %d bytes", path, SECRET_BYTES);
    else if (about.st_mode & 077)
        *ret_error = g_strdup_printf("%s: others may read it; chmod 600 it", path);
    else {
        memcpy(ret_key, key, SECRET_BYTES);
        return true;
    }
    return false;
}

void secret_keep_from_core(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#if !defined(__SANITIZE_ADDRESS__) /* whose search for leaks reads the process as a debugger does */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

void secret_sign(const uint8_t *key, const char *text, uint8_t ret[SECRET_BYTES])
{
    unsigned len = SECRET_BYTES;
    if (!HMAC(EVP_sha256(), key, SECRET_BYTES, (const unsigned char *)text, strlen(text), ret, &len))
        g_error("HMAC-SHA256 is not to be had");
}

void secret_sign_hex(const uint8_t *key, const char *text, char ret[2 * SECRET_BYTES + 1])
{
    uint8_t sum[SECRET_BYTES];

    secret_sign(key, text, sum);
    for (int i = 0; i < SECRET_BYTES; i++)
        g_snprintf(ret + 2 * i, 3, "%02x", sum[i]);
}

/* Without 0 1 I O, which are taken for one another. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

char *secret_code_of(const uint8_t *digest)
{
    char code[CODE_LENGTH + 1];
    for (int i = 0; i < CODE_LENGTH; i++) {
        int bit = i * 5;
        unsigned two = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
        code[i] = alphabet[two >> (11 - bit % 8) & 31];
    }
    code[CODE_LENGTH] = '\0';
    return strspn(code, "0123456789") < CODE_LENGTH ? g_strdup(code) : NULL;
}

char *secret_code(void)
{
    for (;;) {
        uint8_t random[SECRET_BYTES];
        if (RAND_bytes(random, sizeof random) != 1)
            g_error("no random numbers are to be had");
        char *code = secret_code_of(random);
        if (code)
            return code;
    }
}

char *secret_code_typed(const char *typed)
{
    g_autofree char *wide = g_utf8_normalize(typed, -1, G_NORMALIZE_ALL_COMPOSE);
    const char *at = wide ? wide : "";
    while (g_ascii_isspace(*at))
        at++;
    if ((at[0] == 'j' || at[0] == 'J') && at[1] == '_')
        at += 2;
    char code[CODE_LENGTH + 1];
    int len = 0;
    for (; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isspace(c) || c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212)
            continue;
        char upper = '\0';
        if (c < 128)
            upper = g_ascii_toupper((char)c);
        if (!upper || !strchr(alphabet, upper) || len == CODE_LENGTH)
            return NULL;
        code[len++] = upper;
    }
    code[len] = '\0';
    return len == CODE_LENGTH && strspn(code, "0123456789") < CODE_LENGTH ? g_strdup(code) : NULL;
}

void secret_random(void *into, size_t len)
{
    if (RAND_bytes(into, (int)len) != 1)
        g_error("no random bytes");
}
