/* What people write into cells: times, days, weeks, telephone numbers, names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/cell.h"

static void check_times(const char *text, enum cell_reading reading, int from, int to)
{
    int got_from = -1, got_to = -1;
    enum cell_reading got = cell_times(text, &got_from, &got_to);
    if (got != reading)
        fail_msg("%s: read as %d, not %d", text, got, reading);
    if (from >= 0)
        assert_int_equal(got_from, from);
    if (to >= 0)
        assert_int_equal(got_to, to);
}

static void times(void **state)
{
    (void)state;
    check_times("09:00-12:00", CELL_READ, 540, 720);
    check_times("09：00-17：00", CELL_READ, 540, 1020);
    check_times("13:30-17：00", CELL_READ, 810, 1020);
    check_times("０９：００－１７：００", CELL_READ, 540, 1020);
    check_times(" 9:00 ~ 11:30 ", CELL_READ, 540, 690);
    check_times("9点-11点半", CELL_READ, 540, 690);
    check_times("上午9:00至下午4:30", CELL_READ, 540, 990);
    check_times("20:00—24:00", CELL_READ, 1200, 1440);
    check_times("09-12：00", CELL_DOUBT, 540, 720);
    check_times("9-12", CELL_DOUBT, 540, 720);
    check_times("", CELL_BLANK, -1, -1);
    check_times("待定", CELL_BLANK, -1, -1);
    check_times("09:00", CELL_NO_END, 540, -1);
    check_times("09:00-", CELL_NO_END, 540, -1);
    check_times("12:00-09:00", CELL_UNREAD, -1, -1);
    check_times("09:00-09:00", CELL_UNREAD, -1, -1);
    check_times("09:60-12:00", CELL_UNREAD, -1, -1);
    check_times("25:00-26:00", CELL_UNREAD, -1, -1);
    check_times("9:5-12:00", CELL_UNREAD, -1, -1);
    check_times("上午", CELL_UNREAD, -1, -1);
    check_times("09:00-12:00 报告厅", CELL_UNREAD, -1, -1);
}

static void check_date(const char *text, enum cell_reading reading, const char *day)
{
    char got[11] = "";
    if (cell_date(text, 2026, got) != reading)
        fail_msg("%s: not read as %d", text, reading);
    if (day)
        assert_string_equal(got, day);
}

static void dates(void **state)
{
    (void)state;
    check_date("2026-03-02", CELL_READ, "2026-03-02");
    check_date("2026/3/2", CELL_READ, "2026-03-02");
    check_date("2026年3月2日", CELL_READ, "2026-03-02");
    check_date("20260302", CELL_READ, "2026-03-02");
    check_date("2026-03-02 00:00:00", CELL_READ, "2026-03-02");
    check_date("3月2日", CELL_DOUBT, "2026-03-02");
    check_date("", CELL_BLANK, NULL);
    check_date("2026-02-30", CELL_UNREAD, NULL);
    check_date("2026-3", CELL_UNREAD, NULL);
    check_date("soon", CELL_UNREAD, NULL);
    check_date("99999999", CELL_UNREAD, NULL);
}

static void weeks(void **state)
{
    (void)state;
    assert_int_equal(cell_week("第一周"), 1);
    assert_int_equal(cell_week("第 12 周"), 12);
    assert_int_equal(cell_week("第十二周"), 12);
    assert_int_equal(cell_week("Week 3"), 3);
    assert_int_equal(cell_week("4"), 4);
    assert_int_equal(cell_week("第周"), 0);
    assert_int_equal(cell_week("第零周"), 0);
    assert_int_equal(cell_weekday("周一"), 1);
    assert_int_equal(cell_weekday("星期天"), 7);
    assert_int_equal(cell_weekday("礼拜五"), 5);
    assert_int_equal(cell_weekday("Wed"), 3);
    assert_int_equal(cell_weekday("周八"), 0);
    assert_int_equal(cell_weekday(""), 0);
}

static void check_phone(const char *text, const char *number, bool why)
{
    const char *said;
    g_autofree char *got = cell_phone(text, &said);
    if (g_strcmp0(got, number) != 0)
        fail_msg("%s: %s, not %s", text, got ? got : "nothing", number ? number : "nothing");
    if ((said != NULL) != why)
        fail_msg("%s: %s", text, said ? said : "no word about it");
}

static void phones(void **state)
{
    (void)state;
    check_phone("19900000001", "19900000001", false);
    check_phone("+86 199-0000-2004", "19900002004", false);
    check_phone("１９９００００２００７", "19900002007", false);
    check_phone("+852 9123 4567", "+85291234567", false);
    check_phone("", NULL, false);
    check_phone("无", NULL, false);
    check_phone("19900002005.0", "19900002005", true);
    check_phone("1.99E+10", NULL, true);
    check_phone("1.9900002002E+10", NULL, true);
    check_phone("1990000200", NULL, true);
    check_phone("29900002000", NULL, true);
    check_phone("问他妈妈", NULL, true);
}

static void check_name(const char *text, const char *name, bool changed)
{
    bool got_changed;
    g_autofree char *got = cell_name(text, &got_changed);
    assert_string_equal(got, name);
    assert_int_equal(got_changed, changed);
}

static void names(void **state)
{
    (void)state;
    g_autofree char *trimmed = cell_trim(" \xef\xbb\xbf\xe3\x80\x80张伟\xc2\xa0\t");
    assert_string_equal(trimmed, "张伟");
    check_name("张伟", "张伟", false);
    check_name("张 伟", "张伟", true);
    check_name("王　芳", "王芳", true);
    check_name("Anna Maria Li", "Anna Maria Li", false);
    check_name("Anna  Li", "Anna Li", true);
    check_name("买买提·艾力", "买买提·艾力", false);
    check_name("", "", false);
}

static void codes(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        g_autofree char *code = secret_code(), *slow = g_strdup_printf(" j_%.5s - %s ", code, code + 5);
        g_autofree char *lower = g_ascii_strdown(slow, -1), *typed = secret_code_typed(lower);
        assert_int_equal(strlen(code), CODE_LENGTH);
        assert_true(strspn(code, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ") == CODE_LENGTH);
        assert_true(strspn(code, "0123456789") < CODE_LENGTH);
        assert_string_equal(typed, code);
    }
    const char *none[] = {
        "", "483920", "2345678923", "ABCDEFGHJ", "ABCDEFGHJKL", "ABCDEFGHI1", "签到 483920"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        assert_null(secret_code_typed(none[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),  cmocka_unit_test(dates), cmocka_unit_test(weeks),
        cmocka_unit_test(phones), cmocka_unit_test(names), cmocka_unit_test(codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
