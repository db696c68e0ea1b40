/* Sentences and words in every language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "bot/core/locale.h"
#include "bot/core/text.h"

static struct pool *pool;
static char *dir;

/* Writes one language of the made-up catalogue. */
static void write_language(const char *lang, const char *json)
{
    g_autofree char *path = g_strdup_printf("%s/%s.json", dir, lang);
    assert_true(g_file_set_contents(path, json, -1, NULL));
}

/* A folder of its own for each test. */
static int start(void **state)
{
    (void)state;
    pool = pool_new();
    dir = g_dir_make_tmp("locale-XXXXXX", NULL);
    return dir ? 0 : -1;
}

/* Removes it. */
static int stop(void **state)
{
    (void)state;
    static const char *const langs[] = { "zh-CN", "en" };
    for (size_t i = 0; i < G_N_ELEMENTS(langs); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s.json", dir, langs[i]);
        g_unlink(path);
    }
    g_rmdir(dir);
    g_free(dir);
    pool_free(pool);
    locale_unload();
    return 0;
}

/* Loads the folder and gives the faults as one text without the folder's name. */
static char *faults_of_load(void)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    bool loaded = locale_load(dir, faults);
    assert_int_equal(loaded, faults->len == 0);
    g_autoptr(GString) all = g_string_new("");
    for (guint i = 0; i < faults->len; i++) {
        const char *fault = g_ptr_array_index(faults, i);
        g_string_append_printf(all, "%s\n", fault + (g_str_has_prefix(fault, dir) ? strlen(dir) + 1 : 0));
    }
    return pool_strdup(pool, all->str);
}

/* Placeholders and plural forms. */
static void fills_sentences(void **state)
{
    (void)state;
    write_language("zh-CN", "{\"signin\":{\"late\":\"{name}，迟到{n}分钟\"},\"plain\":\"好\"}");
    write_language(
        "en", "{\"signin\":{\"late_one\":\"{name}, late by {n} minute\",\"late_other\":\"{name}, late by {n} "
              "minutes\"},\"plain\":\"fine\"}");
    assert_string_equal(faults_of_load(), "");
    assert_string_equal(locale_text(pool, "zh-CN", "signin.late", "name", "张三", "n", "1", NULL),
                        "张三，迟到1分钟");
    assert_string_equal(
        locale_text(pool, "en", "signin.late", "n", "1", "name", "Li {n}", "spare", "x", NULL),
        "Li {n}, late by 1 minute");
    assert_string_equal(locale_text(pool, "en-GB", "signin.late", "n", "12", "name", "", NULL),
                        ", late by 12 minutes");
    assert_string_equal(locale_text(pool, NULL, "plain", NULL), "好");
    assert_string_equal(locale_text(pool, "en", "signin.late", "n", "1", NULL), "signin.late");
    assert_string_equal(locale_text(pool, "en", "no.such", NULL), "no.such");
    assert_string_equal(locale_raw("en", "signin.late_one"), "{name}, late by {n} minute");
    assert_null(locale_raw("en", "signin.late"));
}

/* The nearest language. */
static void picks_languages(void **state)
{
    (void)state;
    assert_string_equal(locale_pick("en"), LOCALE_DEFAULT);
    write_language("zh-CN", "{\"a\":\"一\"}");
    write_language("en", "{\"a\":\"one\"}");
    assert_string_equal(faults_of_load(), "");
    static const char *const cases[][2] = {
        { "en", "en" },  { "EN_us", "en" },      { "zh-Hant-TW", "zh-CN" }, { "de", "zh-CN" },
        { "", "zh-CN" }, { "english", "zh-CN" }, { "zh-CN", "zh-CN" },      { "en-GB-oed", "en" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(locale_pick(cases[i][0]), cases[i][1]);
    assert_string_equal(locale_pick(NULL), "zh-CN");
    assert_true(locale_has("en"));
    assert_false(locale_has("en-US"));
}

/* Every fault at once, each with its place; and the old catalogue stays. */
static void tells_faults(void **state)
{
    (void)state;
    write_language("zh-CN", "{\"a\":\"好\"}");
    write_language("en", "{\"a\":\"fine\"}");
    assert_string_equal(faults_of_load(), "");
    write_language("zh-CN", "{\"a\":\"好{x}\",\n \"only\":\"x\",\"p_other\":\"{n}个\",\n"
                            " \"commands\":{\"one\":[\"签到\",\"都\"],\"two\":[\"簽 到\",\"/都\"]},"
                            "\"variants\":[[\"簽\",\"签\"]],\"shared_words\":[\"都\"]}");
    write_language("en", "{\"a\":\"fine\",\n \"p_other\":\"{n} of them\",\"commands\":{\"one\":[\"sign in\"],"
                         "\"two\":[\"SignIn\"]}}");
    assert_string_equal(faults_of_load(),
                        "en.json:2:2: \"p\" lacks its plural form _one\n"
                        "en.json:2:56: \"SignIn\" is claimed by commands.one and by commands.two\n"
                        "en.json:1:2: \"a\" has no placeholder, in zh-CN {x}\n"
                        "en.json:1:1: lacks \"only\"\n");
    assert_string_equal(locale_text(pool, "en", "a", NULL), "fine");
    write_language("en", "{\"a\":\"fine }\",\"b\":\"\",\"c\":3,\"d.e\":\"x\",\"f\":[1]}");
    const char *faults = faults_of_load();
    assert_non_null(strstr(faults, "en.json:1:2: \"a\" has a brace that is no {placeholder}\n"));
    assert_non_null(strstr(faults, "\"b\" is empty\n"));
    assert_non_null(strstr(faults, "\"c\" is neither a sentence nor a list of words\n"));
    assert_non_null(strstr(faults, "the key \"d.e\" is empty or has a dot\n"));
    assert_non_null(strstr(faults, "\"f\" must be a list of words\n"));
    write_language("en", "{\"a\":\n  oops}");
    assert_string_equal(faults_of_load(), "en.json:2:3: is no valid JSON object (each key once)\n");
    write_language("en", "{\"a\":\"x\",\"a\":\"y\"}");
    assert_non_null(strstr(faults_of_load(), "each key once"));
    assert_string_equal(locale_text(pool, "en", "a", NULL), "fine");
}

/* Collects words. */
static void collect(void *data, const char *lang, const char *word)
{
    g_string_append_printf(data, "%s:%s ", lang, word);
}

/* The catalogue that is shipped is whole, and its traditional characters read as simplified ones. */
static void ships_whole(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    locale_load(BANZHANG_TREE "/locales", faults);
    for (guint i = 0; i < faults->len; i++)
        print_message("%s\n", (const char *)g_ptr_array_index(faults, i));
    assert_int_equal(faults->len, 0);
    assert_string_equal(text_normal(pool, "簽到　請假 課程表 週報 導出").text, "签到 请假 课程表 周报 导出");
    g_autoptr(GString) words = g_string_new("");
    locale_words("commands.here", collect, words);
    assert_non_null(strstr(words->str, "zh-CN:到场 "));
    assert_non_null(strstr(words->str, "en:here "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fills_sentences, start, stop),
        cmocka_unit_test_setup_teardown(picks_languages, start, stop),
        cmocka_unit_test_setup_teardown(tells_faults, start, stop),
        cmocka_unit_test_setup_teardown(ships_whole, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
