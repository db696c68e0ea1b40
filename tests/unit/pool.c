/* Memory of one message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/pool.h"

/* Pieces of all sizes are apart, aligned, zeroed, also after a reset. */
static void gives_memory(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    for (int round = 0; round < 3; round++) {
        char *last = NULL;
        for (size_t size = 1; size < 100000; size = size * 3 / 2 + 1) {
            char *piece = pool_alloc(pool, size);
            assert_int_equal((uintptr_t)piece % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(piece[i], 0);
            memset(piece, 'x', size);
            assert_true(!last || *last == 'x');
            last = piece;
        }
        pool_reset(pool);
    }
    pool_free(pool);
    pool_free(NULL);
}

/* Texts, formatted ones of any length, and adopted ones. */
static void gives_texts(void **state)
{
    (void)state;
    struct pool *pool = pool_new();
    assert_null(pool_strdup(pool, NULL));
    assert_string_equal(pool_strdup(pool, "签到"), "签到");
    assert_string_equal(pool_strndup(pool, "abc", 2), "ab");
    g_autofree char *long_text = g_strnfill(40000, 'y');
    for (int i = 0; i < 5; i++) {
        char want[] = { (char)('0' + i), '-', 'x', 0 };
        assert_string_equal(pool_printf(pool, "%d-%s", i, "x"), want);
        char *text = pool_printf(pool, "%s!", long_text);
        assert_int_equal(strlen(text), 40001);
    }
    assert_string_equal(pool_take(pool, g_strdup("mine")), "mine");
    pool_reset(pool);
    pool_take(pool, g_strdup("again"));
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(gives_memory), cmocka_unit_test(gives_texts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
