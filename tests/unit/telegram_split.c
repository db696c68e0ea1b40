/* One reply becomes what Telegram takes: texts of at most 4096 UTF-16 units, files one by one, buttons on the
 * last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/text.h"
#include "bot/platform/telegram_private.h"

enum { MAX = 16 };
static struct pool *pool;
static struct reply parts[MAX];
static const struct button yes = { .label = "同意", .action = "leave:yes:1" };
static const struct attachment files[2] = { { .name = "a.png", .mime = "image/png", .size = 5 },
                                            { .name = "b.pdf", .mime = "application/pdf", .size = 5 } };

static size_t split(const struct reply *reply)
{
    pool_reset(pool);
    memset(parts, 0, sizeof parts);
    return telegram_split(NULL, pool, reply, parts, MAX);
}

/* `count` times `text`. */
static char *repeat(const char *text, int count)
{
    GString *s = g_string_new(NULL);
    while (count--)
        g_string_append(s, text);
    return g_string_free(s, FALSE);
}

static void leaves_short_ones_alone(void **state)
{
    (void)state;
    assert_int_equal(split(&(struct reply){ .text = "好", .buttons = &yes, .button_count = 1, .edits = 7 }),
                     1);
    assert_string_equal(parts[0].text, "好");
    assert_int_equal(parts[0].button_count, 1);
    assert_int_equal(parts[0].edits, 7);
    assert_int_equal(split(&(struct reply){ .lane = LANE_CALLBACK, .text = "", .callback = "x" }), 1);
    assert_string_equal(parts[0].callback, "x");
}

static void counts_in_utf16(void **state)
{
    (void)state;
    g_autofree char *fits = repeat("😀", 2048), *over = repeat("😀", 2049), *chinese = repeat("字", 4096);
    assert_int_equal(split(&(struct reply){ .text = fits }), 1);
    assert_int_equal(split(&(struct reply){ .text = chinese }), 1);
    assert_int_equal(split(&(struct reply){ .text = over, .buttons = &yes, .button_count = 1, .edits = 7 }),
                     2);
    assert_true(text_utf16(parts[0].text, strlen(parts[0].text)) <= 4096);
    assert_int_equal(strlen(parts[0].text) + strlen(parts[1].text), strlen(over));
    assert_int_equal(parts[0].button_count, 0);
    assert_int_equal(parts[1].button_count, 1);
    assert_int_equal(parts[0].edits, 7);
    assert_int_equal(parts[1].edits, 0);
}

static void sends_files_before_words(void **state)
{
    (void)state;
    struct reply reply = {
        .text = "两个文件", .files = files, .file_count = 2, .buttons = &yes, .button_count = 1
    };
    assert_int_equal(split(&reply), 3);
    assert_string_equal(parts[0].files->name, "a.png");
    assert_string_equal(parts[1].files->name, "b.pdf");
    assert_int_equal(parts[0].file_count + parts[1].file_count, 2);
    assert_string_equal(parts[2].text, "两个文件");
    assert_int_equal(parts[2].button_count, 1);
    assert_int_equal(parts[2].file_count, 0);

    reply = (struct reply){ .text = "", .files = files, .file_count = 2, .buttons = &yes, .button_count = 1 };
    assert_int_equal(split(&reply), 2);
    assert_int_equal(parts[1].button_count, 1);
}

static void makes_few_words_a_caption(void **state)
{
    (void)state;
    g_autofree char *longer = repeat("字", 1025);
    assert_int_equal(split(&(struct reply){ .text = "签到表", .files = files, .file_count = 1 }), 1);
    assert_string_equal(parts[0].text, "签到表");
    assert_int_equal(split(&(struct reply){ .text = longer, .files = files, .file_count = 1 }), 2);
    assert_string_equal(parts[1].text, longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_short_ones_alone),
        cmocka_unit_test(counts_in_utf16),
        cmocka_unit_test(sends_files_before_words),
        cmocka_unit_test(makes_few_words_a_caption),
    };
    pool = pool_new();
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    pool_free(pool);
    return failures;
}
