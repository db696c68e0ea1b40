/* Importing classes: all or nothing, twice is once, nothing is removed, what was changed in chat stays. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/secret.h"
#include "bot/school/forgotten.h"
#include "bot/school/import.h"
#include "bot/school/invite.h"
#include "bot/school/phone.h"
#include "bot/school/schema.h"
#include "bot/school/scheme.h"
#include "bot/school/sittings.h"

struct rig {
    char *dir;
    struct store *store;
    struct vault *vault;
    int events;
    GString *out;
    GPtrArray *faults;
};

static void count_event(void *data, int64_t class)
{
    assert_true(class > 0);
    ((struct rig *)data)->events++;
}

static int setup(void **state)
{
    struct rig *rig = g_new0(struct rig, 1);
    rig->dir = g_dir_make_tmp("banzhang-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(rig->dir, "store.db", NULL);
    rig->store = store_open(path, NULL);
    assert_non_null(rig->store);
    assert_true(store_migrate(rig->store, "school", school_schema, NULL));
    assert_true(store_migrate(rig->store, "scheme", scheme_schema, NULL));
    assert_true(phone_migrate(rig->store, NULL));
    assert_true(forgotten_migrate(rig->store, NULL));
    g_autofree char *master = g_build_filename(rig->dir, "master.key", NULL);
    rig->vault = vault_open(rig->store, master, NULL);
    assert_non_null(rig->vault);
    rig->out = g_string_new(NULL);
    rig->faults = faults_new();
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    vault_free(rig->vault);
    store_close(rig->store);
    GDir *dir = g_dir_open(rig->dir, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(rig->dir, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(rig->dir);
    g_string_free(rig->out, TRUE);
    g_ptr_array_unref(rig->faults);
    g_free(rig->dir);
    g_free(rig);
    return 0;
}

/* Imports a file in a transaction of its own; rig->out and rig->faults are of this import. */
static bool import_path(struct rig *rig, const char *path)
{
    const struct import import = {
        rig->store, rig->vault, { "Asia/Shanghai", "zh-CN", BANZHANG_TREE, false, true }, count_event, rig
    };
    g_string_truncate(rig->out, 0);
    g_ptr_array_set_size(rig->faults, 0);
    assert_true(store_begin(rig->store));
    bool ok = import_class(&import, path, rig->out, rig->faults);
    assert_true(store_commit(rig->store));
    return ok;
}

static void write_in(struct rig *rig, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(rig->dir, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

#define PEOPLE "学号,姓名,角色,手机,企业微信账号\n"
#define DAYS   "date,start,end,title\n"

/* Imports a small class from a roster and a timetable. */
static bool import_texts(struct rig *rig, const char *roster, const char *timetable)
{
    write_in(rig, "roster.csv", roster);
    write_in(rig, "timetable.csv", timetable);
    write_in(rig, "class.yaml",
             "id: c\ntitle: C\nkind: employment\nstarts: 2026-03-02\ntimetable: timetable.csv\nroster: "
             "roster.csv\n");
    g_autofree char *path = g_build_filename(rig->dir, "class.yaml", NULL);
    return import_path(rig, path);
}

#define NUMBER(rig, sql) store_int((rig)->store, -1, sql, "")

static bool says(const struct rig *rig, const char *words)
{
    if (strstr(rig->out->str, words))
        return true;
    for (guint i = 0; i < rig->faults->len; i++)
        if (strstr(rig->faults->pdata[i], words))
            return true;
    print_message("%s", rig->out->str);
    return false;
}

static void real_classes(void **state)
{
    struct rig *rig = *state;
    assert_true(import_path(rig, BANZHANG_TREE "/config/classes/demo.yaml"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session"), 17);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM sitting"), 26);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM member"), 35);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM theme"), 9);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session WHERE confirmed = 0"), 2);
    /* 2026-03-03 09:00, 12:00, 13:30, 17:00 in Shanghai */
    assert_int_equal(NUMBER(rig, "SELECT starts FROM sitting WHERE session = 2 AND part = 1"), 1772499600);
    assert_int_equal(NUMBER(rig, "SELECT ends FROM sitting WHERE session = 2 AND part = 1"), 1772510400);
    assert_int_equal(NUMBER(rig, "SELECT starts FROM sitting WHERE session = 2 AND part = 2"), 1772515800);
    assert_int_equal(rig->events, 1);
    assert_true(import_path(rig, BANZHANG_TREE "/config/classes/demo.yaml"));
    assert_true(says(rig, "demo: no change\n"));
    assert_int_equal(rig->events, 1);
    assert_true(import_path(rig, BANZHANG_TREE "/tests/fixtures/startup.yaml"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session WHERE class = 2"), 29);
    assert_true(says(rig, "startup/timetable.csv:6:15: "));
}

static void bad_file_changes_nothing(void **state)
{
    struct rig *rig = *state;
    assert_false(import_texts(rig, PEOPLE "1,甲,学员,,\n1,乙,学员,,\n", DAYS "2026-03-02,09:00,12:00,A\n"));
    assert_true(says(rig, "roster.csv:3:1: "));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM class"), 0);
    assert_true(import_texts(rig, PEOPLE "1,甲,学员,,\n2,乙,学员,,\n", DAYS "2026-03-02,09:00,12:00,A\n"));
    /* 丙 takes the number of 乙, who is in the file no more: told, and the new session is not there either */
    assert_false(import_texts(rig, PEOPLE "1,甲,学员,,\n2,丙,学员,19900000009,\n3,乙,学员,,\n",
                              DAYS "2026-03-02,09:00,12:00,A\n2026-03-03,09:00,12:00,B\n"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session"), 1);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM person"), 2);
    assert_int_equal(rig->events, 1);
}

static void nothing_is_removed(void **state)
{
    struct rig *rig = *state;
    assert_true(import_texts(rig, PEOPLE "1,甲,学员,,\n2,乙,学员,,\n",
                             DAYS "2026-03-02,09:00,12:00,A\n2026-03-03,09:00,12:00,B\n"));
    assert_true(import_texts(rig, PEOPLE "2,乙,学员,,\n", DAYS "2026-03-03,09:00,12:00,B\n"));
    assert_true(says(rig, "kept: trainee 甲 1"));
    assert_true(says(rig, "kept: session 2026-03-02 09:00 A"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM member"), 2);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session"), 2);
}

static void sessions_are_found_again(void **state)
{
    struct rig *rig = *state;
    assert_true(import_texts(
        rig, PEOPLE "1,甲,学员,,\n",
        DAYS "2026-03-02,09:00,12:00,A\n2026-03-03,09:00,12:00,实操\n2026-03-10,09:00,12:00,实操\n"));
    /* another title at the same time, the same title at the nearest other time */
    assert_true(import_texts(
        rig, PEOPLE "1,甲,学员,,\n",
        DAYS "2026-03-02,09:00,11:00,A2\n2026-03-04,09:00,17:00,实操\n2026-03-10,09:00,12:00,实操\n"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session"), 3);
    assert_int_equal(NUMBER(rig, "SELECT id FROM session WHERE title = 'A2'"), 1);
    assert_int_equal(NUMBER(rig, "SELECT id FROM session WHERE day = '2026-03-04'"), 2);
    /* its one sitting became the morning and kept its id; the afternoon is new */
    assert_int_equal(NUMBER(rig, "SELECT id FROM sitting WHERE session = 2 AND part = 1"), 2);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM sitting WHERE session = 2"), 2);
    /* whole again, in the afternoon: who had signed in for the afternoon has signed in for it */
    assert_true(import_texts(
        rig, PEOPLE "1,甲,学员,,\n",
        DAYS "2026-03-02,09:00,11:00,A2\n2026-03-04,14:00,17:00,实操\n2026-03-10,09:00,12:00,实操\n"));
    assert_int_equal(NUMBER(rig, "SELECT id FROM sitting WHERE session = 2"), 4);
    assert_int_equal(NUMBER(rig, "SELECT part FROM sitting WHERE session = 2"), 0);
}

static void chat_wins_until_the_file_changes(void **state)
{
    struct rig *rig = *state;
    const char *people = PEOPLE "1,甲,学员,,\n";
    assert_true(import_texts(rig, people, DAYS "2026-03-02,,,A\n2026-03-03,09:00,12:00,B\n"));
    /* 确认时间, and 调课 of B by a day */
    assert_true(
        store_run(rig->store, "UPDATE session SET confirmed = 1, ends = ends + 1800 WHERE id = 1", ""));
    assert_true(store_run(rig->store,
                          "UPDATE session SET day = '2026-03-04', starts = starts + 86400,"
                          " ends = ends + 86400 WHERE id = 2",
                          ""));
    assert_true(sittings_derive(rig->store, 1));
    assert_true(sittings_derive(rig->store, 2));
    assert_true(import_texts(rig, people, DAYS "2026-03-02,,,A\n2026-03-03,09:00,12:00,B\n"));
    assert_true(says(rig, "c: no change"));
    assert_int_equal(NUMBER(rig, "SELECT confirmed FROM session WHERE id = 1"), 1);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session WHERE day = '2026-03-04'"), 1);
    /* a new title is taken, the confirmed time stays; a new time is taken */
    assert_true(import_texts(rig, people, DAYS "2026-03-02,,,A new\n2026-03-03,10:00,12:00,B\n"));
    assert_int_equal(NUMBER(rig, "SELECT confirmed FROM session WHERE title = 'A new'"), 1);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session WHERE day = '2026-03-03'"), 1);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM session"), 2);
}

static void people_are_one(void **state)
{
    struct rig *rig = *state;
    const char *days = DAYS "2026-03-02,09:00,12:00,A\n";
    assert_true(import_texts(
        rig,
        PEOPLE "1,甲,学员,19900000001,wx1\n2,乙,学员,,\nT,丁,导师,19900000004,\nO,丁,承办,19900000004,\n",
        days));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM person"), 3);
    assert_int_equal(NUMBER(rig, "SELECT person FROM account WHERE platform = 2 AND name = 'wx1'"), 1);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM person WHERE consented IS NOT NULL"), 0);
    /* numbers swapped: by telephone and by name they stay who they are */
    assert_true(import_texts(rig,
                             PEOPLE
                             "2,甲,学员,19900000001,wx1\n3,戊,学员,19900000005,\nT,丁,导师,19900000004,\n"
                             "O,丁,承办,19900000004,\n1,乙,学员,19900000002,\n",
                             days) == false);
    assert_true(import_texts(rig,
                             PEOPLE
                             "1,甲甲,学员,19900000001,wx1\n2,乙,学员,19900000002,\nT,丁,导师,19900000004,\n"
                             "O,丁,承办,19900000004,\n",
                             days));
    assert_true(says(rig, "甲 is now called 甲甲"));
    assert_true(says(rig, "乙 has a known telephone number"));
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM person"), 3);
    /* now both have telephones: renumbering goes through */
    assert_true(import_texts(rig,
                             PEOPLE
                             "2,甲甲,学员,19900000001,wx1\n1,乙,学员,19900000002,\nT,丁,导师,19900000004,\n"
                             "O,丁,承办,19900000004,\n",
                             days));
    assert_int_equal(NUMBER(rig, "SELECT person FROM member WHERE number = '2'"), 1);
    assert_int_equal(NUMBER(rig, "SELECT person FROM member WHERE number = '1'"), 2);
    assert_int_equal(NUMBER(rig, "SELECT count(*) FROM member"), 4);
    /* a telephone of somebody else is not taken */
    assert_true(
        import_texts(rig,
                     PEOPLE "2,甲甲,学员,19900000001,wx1\n1,乙,学员,19900000002,wx1\nT,丁,导师,19900000004,\n"
                            "O,丁,承办,19900000004,\n9,己,学员,19900000004,\n",
                     days) == false);
}

/* The member of an open code; 0 none. */
static int64_t found(struct rig *rig, const uint8_t *key, const char *typed)
{
    enum invite_state why;
    return invite_member(rig->store, key, typed, 0, &why);
}

static void invites(void **state)
{
    struct rig *rig = *state;
    const uint8_t key[SECRET_BYTES] = { 7 }, other[SECRET_BYTES] = { 8 };
    assert_true(import_texts(rig, PEOPLE "1,甲,学员,,\n2,乙,学员,,\n", DAYS "2026-03-02,09:00,12:00,A\n"));
    g_autofree char *a = invite_code(rig->store, key, 1), *again = invite_code(rig->store, key, 1);
    g_autofree char *b = invite_code(rig->store, key, 2);
    g_autofree char *typed = g_ascii_strdown(a, -1);
    assert_string_equal(a, again);
    assert_string_not_equal(a, b);
    assert_int_equal(found(rig, key, typed), 1);
    assert_int_equal(found(rig, other, a), 0);
    assert_int_equal(found(rig, key, "AAAAAAAAAA"), 0);
    g_autofree char *renewed = invite_renew(rig->store, key, 1);
    assert_int_equal(found(rig, key, a), 0);
    assert_int_equal(found(rig, key, renewed), 1);
    assert_true(invite_use(rig->store, 1, 1000));
    assert_false(invite_use(rig->store, 1, 1001));
    assert_int_equal(found(rig, key, renewed), 0);
    g_autofree char *next = invite_code(rig->store, key, 1);
    assert_string_not_equal(next, renewed);
    assert_int_equal(found(rig, key, next), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(real_classes, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_file_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_are_found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(chat_wins_until_the_file_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(people_are_one, setup, teardown),
        cmocka_unit_test_setup_teardown(invites, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
