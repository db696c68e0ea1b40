/* WeCom's envelope: the official vectors, and what nobody should believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/platform/wecom_crypto.h"
#include "bot/platform/wecom_xml.h"

static const struct vector {
    const char *token, *key, *receiveid, *signature, *timestamp, *nonce, *encrypt;
    const char *plain; /* NULL: only its length is known */
    size_t len;
} vectors[] = {
    { "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7",
      "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780",
      "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
      "1616140317555161061", 19 },
    { "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7",
      "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149",
      "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3Qczc"
      "dCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLj"
      "vd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMn"
      "vw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k"
      "22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2Yoy"
      "yH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
      NULL, 284 },
    { "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt", "ww1436e0e65a779aee",
      "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb", "1476416373", "47744683",
      "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA==",
      "1288432023552776189", 19 },
};

static struct wecom_crypto *crypto_of(const struct vector *v)
{
    struct wecom_crypto *c = wecom_crypto_new(v->token, v->key, v->receiveid);
    assert_non_null(c); /* both official keys have bits in their last character that do not count */
    return c;
}

/* Opens the vector's envelope with another signature or text. */
static enum wecom_opened open_as(struct wecom_crypto *c, const struct vector *v, const char *signature,
                                 const char *encrypt)
{
    const char *text;
    size_t len;
    return wecom_crypto_open(c, signature, v->timestamp, v->nonce, encrypt, &text, &len);
}

/* What WeCom itself publishes can be read, again and again with one context. */
static void opens_official_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        const struct vector *v = &vectors[i];
        struct wecom_crypto *c = crypto_of(v);
        for (int again = 0; again < 3; again++) {
            const char *text = NULL;
            size_t len = 0;
            assert_int_equal(
                wecom_crypto_open(c, v->signature, v->timestamp, v->nonce, v->encrypt, &text, &len),
                WECOM_OPENED);
            assert_int_equal(len, v->len);
            assert_int_equal(text[len], 0);
            if (v->plain)
                assert_string_equal(text, v->plain);
            else
                assert_non_null(strstr(text, "hello"));
        }
        wecom_crypto_free(c);
    }
}

/* Every signature but the right one, and every missing parameter. */
static void refuses_wrong_signatures(void **state)
{
    (void)state;
    const struct vector *v = &vectors[0];
    struct wecom_crypto *c = crypto_of(v);
    struct vector other = *v;
    g_autofree char *upper = g_ascii_strup(v->signature, -1);
    g_autofree char *longer = g_strconcat(v->signature, "0", NULL);
    g_autofree char *wrong = g_strdup(v->signature);
    wrong[39] = wrong[39] == '0' ? '1' : '0';
    const char *bad[] = { "", "0", wrong, longer, upper, NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_int_equal(open_as(c, v, bad[i], v->encrypt), WECOM_UNSIGNED);
    assert_int_equal(open_as(c, v, v->signature, NULL), WECOM_UNSIGNED);
    assert_int_equal(open_as(c, v, v->signature, vectors[1].encrypt), WECOM_UNSIGNED);
    other.timestamp = NULL;
    assert_int_equal(open_as(c, &other, v->signature, v->encrypt), WECOM_UNSIGNED);
    other.timestamp = "1409659590";
    assert_int_equal(open_as(c, &other, v->signature, v->encrypt), WECOM_UNSIGNED);
    wecom_crypto_free(c);
}

/* The signature of somebody who holds the token, for timestamp "1" and nonce "2". */
static char *signature_of(const char *token, const char *encrypt)
{
    const char *part[] = { "1", "2", token, encrypt };
    if (strcmp(token, encrypt) > 0) {
        part[2] = encrypt;
        part[3] = token;
    }
    g_autofree char *all = g_strconcat(part[0], part[1], part[2], part[3], NULL);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA1, all, -1);
}

/* Signed, yet no base64, no whole blocks, too short, or not from our key. */
static void refuses_broken_envelopes(void **state)
{
    (void)state;
    const struct vector *v = &vectors[2];
    struct wecom_crypto *c = crypto_of(v);
    const char *bad[] = {
        "3",
        "zzzz",
        "z\x01z",
        "z=z=",
        "{}",
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz=",
        "zsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyB=="
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *text;
        size_t len;
        g_autofree char *signature = signature_of(v->token, bad[i]);
        assert_int_equal(wecom_crypto_open(c, signature, "1", "2", bad[i], &text, &len), WECOM_BROKEN);
    }
    wecom_crypto_free(c);
}

/* What one seals the other opens: all of 1 to 32 bytes of padding; another corp's is refused. */
static void seals_what_it_opens(void **state)
{
    (void)state;
    const struct vector *v = &vectors[2];
    struct wecom_crypto *ours = crypto_of(v),
                        *theirs = wecom_crypto_new(v->token, v->key, "ww0000000000000000");
    struct wecom_crypto *nobodys = wecom_crypto_new(v->token, v->key, "");
    struct wecom_xml *xml = wecom_xml_new();
    for (size_t n = 0; n <= 70; n++) {
        g_autofree char *said = g_strnfill(n, 'x');
        g_autoptr(GString) sealed = g_string_new(NULL);
        const char *text;
        size_t len;
        wecom_crypto_seal(ours, "1409659589", "263014780", said, n, sealed);
        assert_true(wecom_xml_parse(xml, sealed->str, sealed->len));
        const char *encrypt = wecom_xml_get(xml, "Encrypt"), *signature = wecom_xml_get(xml, "MsgSignature");
        const char *time = wecom_xml_get(xml, "TimeStamp"), *nonce = wecom_xml_get(xml, "Nonce");
        assert_int_equal(wecom_crypto_open(ours, signature, time, nonce, encrypt, &text, &len), WECOM_OPENED);
        assert_int_equal(len, n);
        assert_string_equal(text, said);
        assert_int_equal(wecom_crypto_open(theirs, signature, time, nonce, encrypt, &text, &len),
                         WECOM_FOREIGN);
        assert_int_equal(wecom_crypto_open(nobodys, signature, time, nonce, encrypt, &text, &len),
                         WECOM_FOREIGN);
    }
    wecom_xml_free(xml);
    wecom_crypto_free(nobodys);
    wecom_crypto_free(theirs);
    wecom_crypto_free(ours);
}

/* Keys that are none. */
static void refuses_bad_keys(void **state)
{
    (void)state;
    const char *bad[] = { NULL,
                          "",
                          "short",
                          "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt=",
                          "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhU!",
                          "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhU=" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_null(wecom_crypto_new("token", bad[i], "ww"));
}

/* Paths and texts, in any case of letters, lists, CDATA, escaped characters. */
static void reads_xml(void **state)
{
    (void)state;
    struct wecom_xml *x = wecom_xml_new();
    const char *text = "<xml>\n<A><![CDATA[ a<b ]]></A><B><C>1</C>mixed<C>&lt;2&gt;</C></B><D/></xml>\n";
    for (int again = 0; again < 2; again++) {
        assert_true(wecom_xml_parse(x, text, strlen(text)));
        assert_string_equal(wecom_xml_get(x, "A"), " a<b ");
        assert_string_equal(wecom_xml_get(x, "b/c"), "1");
        assert_string_equal(wecom_xml_nth(x, "B/C", 1), "<2>");
        assert_null(wecom_xml_nth(x, "B/C", 2));
        assert_null(wecom_xml_get(x, "B"));
        assert_string_equal(wecom_xml_get(x, "D"), "");
        assert_null(wecom_xml_get(x, "E"));
    }
    wecom_xml_free(x);
}

/* Nothing of these is read, and the next good one is. */
static void refuses_hostile_xml(void **state)
{
    (void)state;
    struct wecom_xml *x = wecom_xml_new();
    g_autoptr(GString) deep = g_string_new("<xml>"), wide = g_string_new("<xml>");
    for (int i = 0; i < WECOM_XML_DEPTH; i++)
        g_string_append(deep, "<a>");
    for (int i = 0; i < WECOM_XML_DEPTH; i++)
        g_string_append(deep, "</a>");
    for (int i = 0; i < WECOM_XML_ELEMENTS; i++)
        g_string_append(wide, "<a/>");
    g_string_append(deep, "</xml>");
    g_string_append(wide, "</xml>");
    const char *bad[] = { "",
                          "{}",
                          "<xml>",
                          "<xml><A>1</A>",
                          "<xml></xml><xml></xml>",
                          "<html></html>",
                          "<!DOCTYPE xml><xml><A>1</A></xml>",
                          "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><A>&a;</A></xml>",
                          "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml><A>1</A></xml>",
                          "<xml><A>&a;</A></xml>",
                          "<xml><A>\xff\xfe</A></xml>",
                          "<xml><A>\x01</A></xml>",
                          "<xml a='1' a='2'></xml>",
                          deep->str,
                          wide->str };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(wecom_xml_parse(x, bad[i], strlen(bad[i])));
        assert_null(wecom_xml_get(x, "A"));
        assert_true(wecom_xml_parse(x, "<xml><B>1</B></xml>", 19));
        assert_string_equal(wecom_xml_get(x, "B"), "1");
    }
    wecom_xml_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_official_vectors),   cmocka_unit_test(refuses_wrong_signatures),
        cmocka_unit_test(refuses_broken_envelopes), cmocka_unit_test(seals_what_it_opens),
        cmocka_unit_test(refuses_bad_keys),         cmocka_unit_test(reads_xml),
        cmocka_unit_test(refuses_hostile_xml),
    };
    return cmocka_run_group_tests_name("wecom_crypto", tests, NULL, NULL);
}
