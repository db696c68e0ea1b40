/* JSON of strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/json.h"

/* Parses a literal at depth 8. */
static cJSON *parse(const char *text)
{
    return json_parse(text, strlen(text), 8);
}

/* What must not pass. */
static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{\"a\":1,\"a\":2}",
        "[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]",
        "[[[[[[[[[1]]]]]]]]]",
        "{\"a\":\"\xFF\"}",
        "{\"a\":\"x\\u0000y\"}",
        "{\"a\":\"x\ny\"}",
        "\"abc",
        "[1,]",
        "{\"a\":\"\\ud800\"}",
        "\x01[]",
        "nul",
        "{\"a\"}",
        "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"a\":1}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_null(parse(bad[i]));
    assert_null(json_parse("[]\0", 3, 8));
    assert_null(json_parse(NULL, 0, 8));
}

/* A document need not end in a NUL, and eight levels are eight levels. */
static void accepts(void **state)
{
    (void)state;
    g_autoptr(cJSON) part = json_parse("{\"a\":1} garbage", 8, 8);
    assert_non_null(part);
    g_autoptr(cJSON) deep = parse("[[[[[[[[1]]]]]]]]");
    assert_non_null(deep);
    g_autoptr(cJSON) brackets = parse("{\"a\":\"[[[[[[[[[[\\\"[[[\"}");
    assert_string_equal(json_text(brackets, "a"), "[[[[[[[[[[\"[[[");
}

/* A list of `count` zeros, or of as many empty lists; whether it is taken. */
static bool takes(size_t count, const char *value, cJSON *(*take)(const char *, size_t, int))
{
    g_autoptr(GString) text = g_string_new("[");
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s", i ? "," : "", value);
    g_string_append_c(text, ']');
    g_autoptr(cJSON) json = take(text->str, text->len, 8);
    return json != NULL;
}

/* Two bytes of a stranger make a value of a hundred: so many, and no more; commas in a text are no values. */
static void counts(void **state)
{
    (void)state;
    assert_true(takes(JSON_VALUES - 1, "0", json_parse));
    assert_false(takes(JSON_VALUES, "0", json_parse));
    assert_true(takes(JSON_VALUES / 2 - 1, "[]", json_parse));
    assert_false(takes(JSON_VALUES - 1, "[]", json_parse));
    assert_true(takes(JSON_VALUES, "0", json_parse_longer));
    assert_false(takes(JSON_LONGER, "0", json_parse_longer));
    assert_true(takes(8, "\",,,,,,,,,,,,,,,,[[[[[[[[[[[[[[[[[[[{{{{{{{{{{\"", json_parse));
}

/* Paths and types. */
static void walks(void **state)
{
    (void)state;
    g_autoptr(cJSON) doc =
        parse("{\"message\":{\"chat\":{\"id\":-1001234567890},\"photo\":[{\"id\":\"s\"},{\"id\":\"l\"}],"
              "\"ok\":true,\"half\":0.5,\"big\":9007199254740993,\"huge\":1e999,\"Ok\":false}}");
    int64_t i;
    double d;
    assert_true(json_int(doc, "message.chat.id", &i));
    assert_true(i == -1001234567890);
    assert_string_equal(json_text(doc, "message.photo[-1].id"), "l");
    assert_string_equal(json_text(doc, "message.photo[0].id"), "s");
    assert_null(json_text(doc, "message.photo[2].id"));
    assert_null(json_text(doc, "message.photo[-3].id"));
    assert_null(json_text(doc, "message.chat.id"));
    assert_null(json_at(doc, "message.cha"));
    assert_null(json_at(doc, "message.chat.id.x"));
    assert_null(json_at(NULL, "a"));
    assert_false(json_int(doc, "message.half", &i));
    assert_false(json_int(doc, "message.big", &i));
    assert_false(json_int(doc, "message.huge", &i));
    assert_false(json_real(doc, "message.huge", &d));
    assert_true(json_real(doc, "message.half", &d));
    assert_true(json_true(doc, "message.ok"));
    assert_false(json_true(doc, "message.Ok"));
}

/* What is written reads back the same. */
static void writes(void **state)
{
    (void)state;
    const char *text = "签到 \"x\\y\"\n\t\x01 </script> 👍";
    g_autoptr(GString) out = g_string_new("[");
    json_put(out, text);
    g_string_append_c(out, ',');
    json_put(out, NULL);
    g_string_append_c(out, ']');
    g_autoptr(cJSON) back = json_parse(out->str, out->len, 2);
    assert_string_equal(json_text(back, "[0]"), text);
    assert_true(cJSON_IsNull(json_at(back, "[1]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses), cmocka_unit_test(accepts), cmocka_unit_test(counts),
        cmocka_unit_test(walks),   cmocka_unit_test(writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
