/* Buckets, back-off and the splitting of texts: no clock, no store. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "bot/core/outbox_private.h"
#include "bot/core/text.h"

static void buckets(void **state)
{
    struct rate rate = rate_per_minute(5, 20), none = rate_per_minute(0, 0), second = rate_per_second(30);
    struct bucket bucket = { 0 };
    int64_t now = 1000;
    int in_a_minute = 0;
    (void)state;
    assert_int_equal(bucket_wait(&bucket, &none, now), 0);
    for (int64_t at = now; at < now + 60000; at += 10) {
        if (bucket_wait(&bucket, &rate, at) == 0) {
            bucket_take(&bucket, &rate, at);
            in_a_minute++;
        }
    }
    assert_in_range(in_a_minute, 19, 20);
    assert_false(bucket_full(&bucket, &rate, now + 60000));
    assert_true(bucket_full(&bucket, &rate, now + 200000));
    struct bucket account = { 0 };
    int in_a_second = 0;
    for (int64_t at = now; at < now + 1000; at++)
        if (bucket_wait(&account, &second, at) == 0) {
            bucket_take(&account, &second, at);
            in_a_second++;
        }
    assert_in_range(in_a_second, 28, 30);
}

static void backing_off(void **state)
{
    (void)state;
    for (int tries = 0; tries < 40; tries++)
        for (int64_t id = 1; id < 50; id++) {
            int64_t whole = tries < 9 ? 1000 << tries : 300000, ms = backoff_ms(tries, id);
            assert_true(ms >= MIN(whole, 300000) * 3 / 4 && ms <= whole);
        }
}

static void splitting(void **state)
{
    struct pool *pool = pool_new();
    const char *parts[4];
    (void)state;
    assert_int_equal(outbox_split_text(pool, "", 10, text_bytes, parts, 4), 1);
    assert_int_equal(outbox_split_text(pool, "short", 10, text_bytes, parts, 4), 1);
    assert_string_equal(parts[0], "short");
    assert_int_equal(outbox_split_text(pool, "one line\nand two", 12, text_bytes, parts, 4), 2);
    assert_string_equal(parts[0], "one line");
    assert_string_equal(parts[1], "and two");
    assert_int_equal(outbox_split_text(pool, "words and more", 11, text_bytes, parts, 4), 2);
    assert_string_equal(parts[0], "words and");
    assert_int_equal(outbox_split_text(pool, "签到成功了", 7, text_bytes, parts, 4), 3);
    assert_string_equal(parts[0], "签到");
    assert_int_equal(outbox_split_text(pool, "😀😀😀", 4, text_utf16, parts, 4), 2);
    assert_string_equal(parts[0], "😀😀");
    assert_int_equal(outbox_split_text(pool, "aa👍🏽", 4, text_utf16, parts, 4), 2);
    assert_string_equal(parts[1], "👍🏽");
    assert_int_equal(outbox_split_text(pool, "aaaaaaaaaaaaaaaaaaaaaa", 2, text_bytes, parts, 4), 4);
    assert_int_equal(outbox_split_text(pool, "签", 2, text_bytes, parts, 4), 1);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets),
        cmocka_unit_test(backing_off),
        cmocka_unit_test(splitting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
