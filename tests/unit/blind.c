/* Blind signatures: the vector of RFC 9474, and what nobody should sign or believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/blind.h"
#include "bot/core/json.h"

static cJSON *vector;

/* The bytes of one number of the vector. */
static GBytes *bytes_of(const char *name)
{
    const char *hex = json_text(vector, name);
    GByteArray *bytes = g_byte_array_new();

    assert_non_null(hex);
    for (; *hex; hex += 2) {
        guint8 byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

        g_byte_array_append(bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

static GBytes *sign(GBytes *private, GBytes *blinded)
{
    return blind_sign(g_bytes_get_data(private, NULL), g_bytes_get_size(private),
                      g_bytes_get_data(blinded, NULL), g_bytes_get_size(blinded));
}

static bool verify(GBytes *modulus, GBytes *message, GBytes *signature)
{
    return blind_verify(g_bytes_get_data(modulus, NULL), g_bytes_get_size(modulus),
                        g_bytes_get_data(message, NULL), g_bytes_get_size(message),
                        g_bytes_get_data(signature, NULL), g_bytes_get_size(signature));
}

/* prefix || msg */
static GBytes *prepared(void)
{
    g_autoptr(GBytes) prefix = bytes_of("msg_prefix"), msg = bytes_of("msg");
    GByteArray *both = g_byte_array_new();

    g_byte_array_append(both, g_bytes_get_data(prefix, NULL), (guint)g_bytes_get_size(prefix));
    g_byte_array_append(both, g_bytes_get_data(msg, NULL), (guint)g_bytes_get_size(msg));
    return g_byte_array_free_to_bytes(both);
}

static void signs_as_the_rfc(void **state)
{
    g_autoptr(GBytes) private = bytes_of("pkcs1"), blinded = bytes_of("blinded_msg"),
                      wanted = bytes_of("blind_sig");
    g_autoptr(GBytes) signature = sign(private, blinded);

    (void)state;
    assert_non_null(signature);
    assert_true(g_bytes_equal(signature, wanted));
}

static void verifies_as_the_rfc(void **state)
{
    g_autoptr(GBytes) n = bytes_of("n"), message = prepared(), signature = bytes_of("sig");
    g_autoptr(GBytes) blind = bytes_of("blind_sig"), msg = bytes_of("msg");

    (void)state;
    assert_true(verify(n, message, signature));
    assert_false(verify(n, message, blind));
    assert_false(verify(n, msg, signature));
}

static void a_bit_more_or_less_is_no_signature(void **state)
{
    g_autoptr(GBytes) n = bytes_of("n"), message = prepared(), signature = bytes_of("sig");
    gsize len = g_bytes_get_size(signature);
    g_autofree uint8_t *forged = g_memdup2(g_bytes_get_data(signature, NULL), len);

    (void)state;
    for (size_t at = 0; at < len; at += 37) {
        forged[at] ^= 1;
        assert_false(blind_verify(g_bytes_get_data(n, NULL), len, g_bytes_get_data(message, NULL),
                                  g_bytes_get_size(message), forged, len));
        forged[at] ^= 1;
    }
    assert_false(blind_verify(g_bytes_get_data(n, NULL), len, g_bytes_get_data(message, NULL),
                              g_bytes_get_size(message), forged, len - 1));
    assert_false(
        blind_verify("", 0, g_bytes_get_data(message, NULL), g_bytes_get_size(message), forged, len));
    assert_false(
        blind_verify("\0\0", 2, g_bytes_get_data(message, NULL), g_bytes_get_size(message), forged, len));
}

static void what_does_not_fit_is_not_signed(void **state)
{
    g_autoptr(GBytes) private = bytes_of("pkcs1"), n = bytes_of("n"), blinded = bytes_of("blinded_msg");
    gsize key_len = g_bytes_get_size(private), len = g_bytes_get_size(blinded);
    const void *key = g_bytes_get_data(private, NULL), *bytes = g_bytes_get_data(blinded, NULL);

    (void)state;
    assert_null(blind_sign(key, key_len, bytes, len - 1));
    assert_null(blind_sign(key, key_len, bytes, 0));
    assert_null(blind_sign(key, key_len, g_bytes_get_data(n, NULL), len)); /* not below the modulus */
    assert_null(blind_sign("no key", 6, bytes, len));
    assert_null(blind_sign("", 0, bytes, len));
}

static void a_key_of_its_own_signs_for_itself(void **state)
{
    g_autoptr(GBytes) private = NULL, n = NULL, other = NULL, other_n = NULL;
    uint8_t one[BLIND_BYTES] = { [BLIND_BYTES - 1] = 1 };

    (void)state;
    assert_true(blind_make_key(&private, &n) && blind_make_key(&other, &other_n));
    assert_int_equal(g_bytes_get_size(n), BLIND_BYTES);
    assert_false(g_bytes_equal(n, other_n));
    g_autoptr(GBytes) blinded = g_bytes_new(one, sizeof one), signature = sign(private, blinded);

    assert_non_null(signature);
    assert_true(g_bytes_equal(signature, blinded)); /* 1 to any power */
}

static int read_vector(void **state)
{
    char *text;
    gsize len;

    (void)state;
    if (!g_file_get_contents(BANZHANG_TREE "/tests/fixtures/rfc9474.json", &text, &len, NULL))
        return -1;
    vector = json_parse(text, len, 2);
    g_free(text);
    return vector ? 0 : -1;
}

static int forget_vector(void **state)
{
    (void)state;
    cJSON_Delete(vector);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_rfc),
        cmocka_unit_test(verifies_as_the_rfc),
        cmocka_unit_test(a_bit_more_or_less_is_no_signature),
        cmocka_unit_test(what_does_not_fit_is_not_signed),
        cmocka_unit_test(a_key_of_its_own_signs_for_itself),
    };

    return cmocka_run_group_tests(tests, read_vector, forget_vector);
}
