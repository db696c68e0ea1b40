#include "tests/fuzz/doors.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "bot/core/json.h"
#include "bot/platform/wecom_crypto.h"
#include "bot/school/ics.h"
#include "bot/school/invite.h"
#include "handlers/survey/survey_web.h"

enum { SURVEY = 1, UPLOAD_PAGE = 1 };

static char *doors['z' + 1]; /* by the letter behind the dollar */
static EVP_PKEY *ballots;    /* signs the tokens of the survey */

/* --- made once
 * -------------------------------------------------------------------------------------------------- */

/* What stands in an answer between two texts; the world is not as it should be when they are not there. */
static char *between(const char *text, const char *before, const char *after)
{
    const char *from = strstr(text, before), *to = from ? strstr(from + strlen(before), after) : NULL;

    if (!to)
        g_error("no door in: %s", text);
    from += strlen(before);
    return g_strndup(from, (gsize)(to - from));
}

/* A browser joins with a code, which is freed; its cookie. */
static char *join(struct world *world, char *code, char *(*ask)(struct world *, const char *))
{
    g_autofree char *request = g_strdup_printf("POST /j/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                               "Content-Type: application/json\r\nContent-Length: 14\r\n"
                                               "Connection: close\r\n\r\n{\"agree\":true}",
                                               code);

    g_free(code);
    g_autofree char *answer = ask(world, request);

    return between(answer, "banzhang=", ";");
}

/* A survey with web ballots is open, its key is ours, and everybody who has joined was there. */
static void open_survey(struct world *world)
{
    struct store *store = world->school->store;
    g_autoptr(GBytes) private = NULL, modulus = NULL;
    struct pool *pool = pool_new();
    struct talk talk;
    struct survey survey;

    if (!blind_make_key(&private, &modulus) || !store_begin(store))
        g_error("no key");
    const unsigned char *der = g_bytes_get_data(private, NULL);

    ballots = d2i_AutoPrivateKey(NULL, &der, (long)g_bytes_get_size(private));
    store_run(store, "UPDATE class SET ballot = 'web'", "");
    store_run(
        store,
        "INSERT OR IGNORE INTO attendance (sitting, member, state, at, how, recorded)"
        " SELECT (SELECT min(id) FROM sitting), id, 'present', ?1, 'code', ?1 FROM member WHERE role = 1",
        "i", (int64_t)WORLD_MONDAY);
    store_run(store, "INSERT INTO survey_key (survey, modulus, private) VALUES (?, ?, ?)", "ibb",
              (int64_t)SURVEY, g_bytes_get_data(modulus, NULL), g_bytes_get_size(modulus),
              g_bytes_get_data(private, NULL), g_bytes_get_size(private));
    school_forget_classes(world->school);
    talk_begin(&talk, world->school, pool);
    if (!ballots || !survey_by_id(&talk, SURVEY, &survey) || !survey_open(&talk, &survey))
        g_error("no survey");
    int64_t person = store_int(store, 0, "SELECT min(person) FROM member WHERE role = 1", "");
    uint8_t mac[SECRET_BYTES];
    g_autoptr(GString) ticket = g_string_new(NULL);

    survey_ticket(&talk, SURVEY, person, mac);
    g_string_printf(ticket, "%d.%" G_GINT64_FORMAT ".", SURVEY, person);
    survey_put_hex(ticket, mac, TICKET_BYTES);
    doors['v'] = g_strdup(ticket->str);
    talk_end(&talk);
    pool_free(pool);
    if (!store_commit(store))
        g_error("no survey");
}

/* A page on which the first who joined may leave files. */
static void open_upload(struct world *world)
{
    struct store *store = world->school->store;
    static const char token[] = "AAAABBBBCCCCDDDDEEEEFFFF";
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);

    doors['u'] = g_strdup(token);
    if (!store_begin(store))
        g_error("no upload page");
    store_run(store,
              "INSERT INTO upload (id, digest, platform, account, person, caption, label, until)"
              " SELECT ?, ?, 0, a.name, a.person, '', '', ? FROM account a WHERE a.id = 1",
              "isi", (int64_t)UPLOAD_PAGE, digest, (int64_t)WORLD_MONDAY + 3600);
    if (!store_commit(store))
        g_error("no upload page");
}

/* What WeCom's admin page asks for: an echo, sealed and signed. */
static char *echo(void)
{
    g_autofree char *asked = NULL;
    g_autofree char *sealed = doors_seal("echo", 4, &asked);
    g_autofree char *encrypt = between(sealed, "<Encrypt><![CDATA[", "]");
    g_autofree char *escaped = g_uri_escape_string(encrypt, NULL, FALSE);

    return g_strdup_printf("%s&echostr=%s", asked, escaped);
}

void doors_open(struct world *world, char *(*ask)(struct world *, const char *))
{
    struct store *store = world->school->store;
    g_autofree char *screen = ask(world, "POST /screen/open HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                         "Content-Type: application/json\r\nContent-Length: 2\r\n"
                                         "Connection: close\r\n\r\n{}");

    int64_t organiser =
        store_int(store, 0, "SELECT person FROM member WHERE role = ?", "i", (int64_t)ROLE_ORGANISER);

    doors['s'] = between(screen, "\"token\":\"", "\"");
    doors['k'] = between(screen, "banzhang_screen=", ";");
    doors['a'] = join(world, world_code(world), ask);
    doors['b'] = join(world, world_code(world), ask);
    doors['c'] = join(
        world, invite_link(store, world->school->secret, organiser, WORLD_MONDAY, WORLD_MONDAY + 60), ask);
    doors['j'] = world_code(world);
    doors['i'] = ics_token(store, world->school->secret,
                           store_int(store, 0, "SELECT person FROM account WHERE id = 1", ""));
    doors['t'] = g_strdup(WORLD_TELEGRAM);
    doors['e'] = echo();
    open_upload(world);
    open_survey(world);
}

/* --- in an input
 * -------------------------------------------------------------------------------------------------- */

/* A token for a ballot that nobody has cast yet: what was cast is held outside the store. */
static void make_token(void)
{
    static const char message[] = "banzhang ballot";
    uint8_t prepared[BLIND_PREFIX + sizeof message - 1], signature[BLIND_BYTES];
    size_t len = sizeof signature;
    g_autoptr(GString) prefix = g_string_new(NULL), hex = g_string_new(NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;

    secret_random(prepared, BLIND_PREFIX);
    memcpy(prepared + BLIND_PREFIX, message, sizeof message - 1);
    if (EVP_DigestSignInit(context, &padding, EVP_sha384(), NULL, ballots) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1 ||
        EVP_DigestSign(context, signature, &len, prepared, sizeof prepared) != 1)
        abort();
    EVP_MD_CTX_free(context);
    survey_put_hex(prefix, prepared, BLIND_PREFIX);
    survey_put_hex(hex, signature, len);
    g_free(doors['n']);
    g_free(doors['g']);
    doors['n'] = g_strdup(prefix->str);
    doors['g'] = g_strdup(hex->str);
}

GString *doors_fill(const char *text, size_t len, bool *ret_any)
{
    GString *filled = g_string_sized_new(len);

    *ret_any = false;
    for (size_t i = 0; i < len; i++) {
        char letter = '\0';

        if (i + 1 < len && text[i] == '$')
            letter = text[i + 1];
        if (letter == 'n')
            make_token();
        if (letter >= 'a' && letter <= 'z' && doors[(int)letter]) {
            g_string_append(filled, doors[(int)letter]);
            *ret_any = true;
            i++;
        } else {
            g_string_append_c(filled, text[i]);
        }
    }
    return filled;
}

char *doors_seal(const char *plain, size_t len, char **ret_query)
{
    static struct wecom_crypto *crypto;
    g_autoptr(GString) sealed = g_string_new(NULL);

    if (!crypto)
        crypto = wecom_crypto_new("token", WORLD_WECOM, "wwcorp");
    wecom_crypto_seal(crypto, "1", "2", plain, len, sealed);
    g_autofree char *signature = between(sealed->str, "<MsgSignature><![CDATA[", "]");

    *ret_query = g_strdup_printf("msg_signature=%s&timestamp=1&nonce=2", signature);
    return g_string_free(g_steal_pointer(&sealed), FALSE);
}
