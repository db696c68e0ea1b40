/* Sealing, opening, looking up, renewing: what must not open does not. */
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/store.h"
#include "bot/core/vault.h"

struct rig {
    char *dir, *key;
    struct store *store;
    struct vault *vault;
};

static int setup(void **state)
{
    struct rig *rig = g_new0(struct rig, 1);
    rig->dir = g_dir_make_tmp("banzhang-XXXXXX", NULL);
    rig->key = g_build_filename(rig->dir, "master.key", NULL);
    g_autofree char *path = g_build_filename(rig->dir, "store.db", NULL);
    rig->store = store_open(path, NULL);
    static const char *const steps[] = { "CREATE TABLE thing (id INTEGER PRIMARY KEY, secret BLOB) STRICT;",
                                         NULL };
    assert_true(store_migrate(rig->store, "thing", steps, NULL));
    rig->vault = vault_open(rig->store, rig->key, NULL);
    assert_non_null(rig->vault);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    const char *name;
    vault_free(rig->vault);
    store_close(rig->store);
    GDir *dir = g_dir_open(rig->dir, 0, NULL);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(rig->dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(rig->dir);
    g_free(rig->dir);
    g_free(rig->key);
    g_free(rig);
    return 0;
}

static void what_is_sealed_opens_in_its_place_only(void **state)
{
    struct rig *rig = *state;
    size_t len = 0, again = 0;
    g_autofree uint8_t *sealed = vault_seal(rig->vault, rig->store, "thing.secret", 7, "13800000001", &len);
    g_autofree uint8_t *other = vault_seal(rig->vault, rig->store, "thing.secret", 7, "13800000001", &again);
    g_autofree char *text = vault_text(rig->vault, "thing.secret", 7, sealed, len);
    assert_string_equal(text, "13800000001");
    assert_int_equal(len, again);
    assert_memory_not_equal(sealed, other, len); /* the same text never looks the same */
    assert_null(vault_text(rig->vault, "thing.secret", 8, sealed, len));
    assert_null(vault_text(rig->vault, "thing.other", 7, sealed, len));
    for (size_t i = 0; i < len; i++) { /* nor with any bit of any byte turned, nor cut short */
        sealed[i] ^= 0x10;
        assert_null(vault_text(rig->vault, "thing.secret", 7, sealed, len));
        sealed[i] ^= 0x10;
        assert_null(vault_text(rig->vault, "thing.secret", 7, sealed, i));
    }
    g_autofree uint8_t *none = vault_seal(rig->vault, rig->store, "thing.secret", 7, "", &len);
    g_autofree char *empty = vault_text(rig->vault, "thing.secret", 7, none, len);
    assert_string_equal(empty, "");
}

static void an_index_is_the_same_for_the_same_text(void **state)
{
    struct rig *rig = *state;
    uint8_t one[VAULT_INDEX], two[VAULT_INDEX], three[VAULT_INDEX], four[VAULT_INDEX];
    vault_index(rig->vault, "thing.secret", "13800000001", one);
    vault_index(rig->vault, "thing.secret", "13800000001", two);
    vault_index(rig->vault, "thing.secret", "13800000002", three);
    vault_index(rig->vault, "thing.other", "13800000001", four);
    assert_memory_equal(one, two, VAULT_INDEX);
    assert_memory_not_equal(one, three, VAULT_INDEX);
    assert_memory_not_equal(one, four, VAULT_INDEX);
}

static void a_renewal_that_is_rolled_back_leaves_the_old_keys(void **state)
{
    static const struct sealed list[] = { { "thing", "secret" }, { NULL, NULL } };
    struct rig *rig = *state;
    size_t len = 0;
    g_autofree uint8_t *sealed = vault_seal(rig->vault, rig->store, "thing.secret", 1, "a", &len);
    store_run(rig->store, "INSERT INTO thing (id, secret) VALUES (1, ?)", "b", (void *)sealed, len);
    assert_true(store_begin(rig->store));
    assert_int_equal(vault_rotate(rig->vault, rig->store, list), 1);
    store_rollback(rig->store);
    g_autofree uint8_t *next = vault_seal(rig->vault, rig->store, "thing.secret", 2, "b", &len);
    store_run(rig->store, "INSERT INTO thing (id, secret) VALUES (2, ?)", "b", (void *)next, len);
    assert_true(store_begin(rig->store));
    assert_int_equal(vault_rotate(rig->vault, rig->store, list), 2);
    assert_true(store_commit(rig->store));
    /* with nothing but what lies on disk */
    vault_free(rig->vault);
    rig->vault = vault_open(rig->store, rig->key, NULL);
    assert_non_null(rig->vault);
    g_autoptr(query) q = store_query(rig->store, "SELECT id, secret FROM thing ORDER BY id", "");
    for (const char *want = "ab"; *want; want++) {
        assert_true(query_next(q));
        const void *bytes = query_blob(q, 1, &len);
        g_autofree char *text = vault_text(rig->vault, "thing.secret", query_int(q, 0), bytes, len);
        assert_int_equal(text[0], *want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sealed_opens_in_its_place_only, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_is_the_same_for_the_same_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_renewal_that_is_rolled_back_leaves_the_old_keys, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
