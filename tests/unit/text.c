/* What people type, made comparable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/text.h"

static struct pool *pool;

/* One pool for all tests. */
static int start(void **state)
{
    (void)state;
    pool = pool_new();
    assert_true(text_set_variant(g_utf8_get_char("簽"), g_utf8_get_char("签")));
    assert_false(text_set_variant('a', 'b'));
    return 0;
}

/* Gives it back. */
static int stop(void **state)
{
    (void)state;
    text_forget_variants();
    pool_free(pool);
    return 0;
}

/* `typed` must read as `want`. */
static void reads(const char *typed, const char *want)
{
    struct normal n = text_normal(pool, typed);
    assert_string_equal(n.text, want);
    assert_int_equal(n.len, strlen(want));
    for (size_t i = 1; i <= n.len; i++)
        assert_true(n.back[i - 1] <= n.back[i]);
    assert_true(n.back[n.len] <= strlen(typed));
}

/* Width, case, blanks, traditional characters, invisible ones. */
static void normalises(void **state)
{
    (void)state;
    reads("", "");
    reads("  \n\t ", "");
    reads("签到 483920", "签到 483920");
    reads("　簽到　　４８３９２０ ", "签到 483920");
    reads("/SignIn  483920\r\n", "/signin 483920");
    reads("周报　完成：甲，乙。", "周报 完成:甲,乙。");
    reads("x² ① …", "x2 1 ...");
    reads("e\xCC\x81tude", "étude");
    reads("签\xE2\x80\x8B到\xEF\xBB\xBF", "签到");
    reads("1\xEF\xB8\x8F\xE2\x83\xA3", "1");
    reads("👍🏽 ok", "👍🏽 ok");
    reads("ｶﾞ", "ガ");
    reads("ﷺ", "صلى الله عليه وسلم");
    reads("Ａ。？！～、", "a。?!~、");
}

/* Combining marks without end cost little and end. */
static void bounds_marks(void **state)
{
    (void)state;
    g_autoptr(GString) typed = g_string_new("a");
    for (int i = 0; i < 8000; i++)
        g_string_append(typed, i % 2 ? "\xCC\x81" : "\xCC\xA3");
    struct normal n = text_normal(pool, typed->str);
    assert_true(n.len > 0);
    g_string_truncate(typed, 0);
    for (int i = 0; i < 5000; i++)
        g_string_append(typed, "ﷺ");
    n = text_normal(pool, typed->str);
    assert_int_equal(n.len, 5000 * 33);
}

/* The way back gives what was typed. */
static void goes_back(void **state)
{
    (void)state;
    struct normal n = text_normal(pool, " 交作业　３：  Ｈttps://A.example/x² 完成。 ");
    const char *at = strstr(n.text, "3");
    size_t from = (size_t)(at - n.text) + 1;
    assert_string_equal(text_original(pool, &n, from, n.len), "Ｈttps://A.example/x² 完成。");
    assert_string_equal(text_original(pool, &n, 0, from), "交作业　３");
    assert_string_equal(text_original(pool, &n, n.len, n.len), "");
    n = text_normal(pool, "到：张三，李四、");
    assert_string_equal(text_original(pool, &n, 3, n.len), "张三，李四");
}

/* Bytes of anybody become a bounded valid text. */
static void cleans(void **state)
{
    (void)state;
    assert_string_equal(text_clean(pool, "a\0b\x01\r\n\xFF签", 10, 100), "ab\n?签");
    assert_string_equal(text_clean(pool, "签到签", 9, 8), "签到");
    assert_string_equal(text_clean(pool, "签到", 5, 100), "签??");
    assert_string_equal(text_clean(pool, "a\xC2\x85z", 4, 100), "az");
}

/* Digits and Chinese. */
static void reads_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int value;
        const char *rest;
    } cases[] = {
        { "3", 3, "" },
        { "007x", 7, "x" },
        { "三", 3, "" },
        { "十", 10, "" },
        { "十二 a", 12, " a" },
        { "二十三", 23, "" },
        { "两", 2, "" },
        { "一百零五", 105, "" },
        { "三千", 3000, "" },
        { "二〇二六", 2026, "" },
        { "零", 0, "" },
        { "999999999", 999999999, "" },
        { "张", -1, "张" },
        { "", -1, "" },
        { "9999999999", -1, "9999999999" },
        { "九九九九九九九九千", -1, "九九九九九九九九千" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *at = cases[i].text;
        assert_int_equal(text_number(&at), cases[i].value);
        assert_string_equal(at, cases[i].rest);
    }
}

/* Lengths, contents, secrets. */
static void measures(void **state)
{
    (void)state;
    assert_int_equal(text_utf16("a签👍", strlen("a签👍")), 4);
    assert_int_equal(text_chars("a签👍"), 3);
    assert_true(text_says_something("。。好"));
    assert_false(text_says_something("👍。!"));
    assert_true(text_same_secret("geheim", "geheim"));
    assert_false(text_same_secret("geheimgeheim", "geheim"));
    assert_false(text_same_secret("", ""));
    assert_false(text_same_secret(NULL, "geheim"));
}

/* CSV files as Excel and WPS write them. */
static void decodes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *want;
    } cases[] = {
        { "\xEF\xBB\xBF\xE5\x91\xA8", 6, "周" },
        { "\xD6\xDC,1", 4, "周,1" },
        { "\xFF\xFE\x68\x54", 4, "周" },
        { "\xFE\xFF\x54\x68", 4, "周" },
        { "\x68\x54,\0", 4, "周," },
        { "", 0, "" },
        { "\xD6\xDC\xD6", 3, NULL },
        { "a\0b", 3, NULL },
        { "\xFF\xFE\x68", 3, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = text_to_utf8(cases[i].bytes, cases[i].len);
        if (cases[i].want)
            assert_string_equal(text, cases[i].want);
        else
            assert_null(text);
    }
}

/* Days as they are stored, and what sscanf would take for one. */
static void reads_days(void **state)
{
    static const char *const none[] = { "2026-+3-02", "2026- 3-02", "2026-1--02",  "-026-03-02",
                                        "2026-3-2",   "2026-02-29", "2026-00-01",  "0000-01-01",
                                        "2026-03-0a", "2026/03/02", "2026-03-02 ", "2026-03-021",
                                        "2026-03",    "",           NULL };
    int year = 0, month = 0, day = 0;

    (void)state;
    assert_true(text_day("2028-02-29", &year, &month, &day));
    assert_true(year == 2028 && month == 2 && day == 29);
    for (const char *const *one = none; *one; one++)
        assert_false(text_day(*one, &year, &month, &day));
    assert_false(text_day(NULL, &year, &month, &day));
    assert_true(year == 2028 && month == 2 && day == 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalises), cmocka_unit_test(bounds_marks),  cmocka_unit_test(goes_back),
        cmocka_unit_test(cleans),     cmocka_unit_test(reads_numbers), cmocka_unit_test(measures),
        cmocka_unit_test(decodes),    cmocka_unit_test(reads_days),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
