/* Class files as they come: real timetables, every encoding, faults with line and column. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/class_file.h"
#include "bot/school/roles.h"

#define FIXTURES BANZHANG_TREE "/tests/fixtures/"

static const struct timetable_rules rules = { "2026-03-02", 540, 720 };

/* True when one of the lines begins with `file` (its last part) and the place, and has the words in it. */
static bool told(const GPtrArray *lines, const char *place, const char *words)
{
    for (guint i = 0; i < lines->len; i++)
        if (strstr(lines->pdata[i], place) && strstr(lines->pdata[i], words))
            return true;
    for (guint i = 0; i < lines->len; i++)
        print_message("%s\n", (char *)lines->pdata[i]);
    return false;
}

static void real_timetables(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    g_autoptr(GPtrArray) demo =
        timetable_read(BANZHANG_TREE "/config/classes/demo/timetable.csv", &rules, faults, doubts);
    assert_non_null(demo);
    assert_int_equal(demo->len, 17);
    assert_int_equal(doubts->len, 2);
    const struct timetable_row *first = demo->pdata[0], *second = demo->pdata[1], *last = demo->pdata[16];
    assert_string_equal(first->day, "2026-03-02");
    assert_false(first->confirmed);
    assert_int_equal(first->from, 540);
    assert_string_equal(second->title, "速卖通简介及产品上架");
    assert_int_equal(second->to, 1020);
    assert_true(second->confirmed);
    assert_string_equal(last->day, "2026-03-24");

    g_autoptr(GPtrArray) startup = timetable_read(FIXTURES "startup/timetable.csv", &rules, faults, doubts);
    assert_int_equal(startup->len, 29);
    assert_int_equal(doubts->len, 2 + 8);
    assert_true(told(doubts, "startup/timetable.csv:6:15: ", "09-12：00"));
    assert_true(told(doubts, "startup/timetable.csv:7:13: ", "to be confirmed"));
    const struct timetable_row *odd = startup->pdata[4];
    assert_int_equal(odd->from, 540);
    assert_int_equal(odd->to, 720);
    assert_true(odd->confirmed);
    assert_int_equal(faults->len, 0);
}

static void encodings(void **state)
{
    (void)state;
    const char *names[] = { "timetable-gb18030", "timetable-bom", "timetable-crlf", "timetable-cr",
                            "timetable-bom-crlf" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf(FIXTURES "encodings/%s.csv", names[i]);
        g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
        g_autoptr(GPtrArray) rows = timetable_read(path, &rules, faults, doubts);
        assert_non_null(rows);
        assert_int_equal(rows->len, 29);
        assert_int_equal(doubts->len, 8);
        assert_true(told(doubts, ":6:15: ", "09-12：00"));
    }
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    assert_null(timetable_read(FIXTURES "encodings/timetable-neither.csv", &rules, faults, doubts));
    assert_int_equal(faults->len, 1);
    g_autoptr(GPtrArray) people = roster_read(FIXTURES "encodings/roster-gb18030.csv", faults, doubts);
    assert_non_null(people);
    assert_string_equal(((struct roster_row *)people->pdata[0])->name, "朱镕𬱖");
}

/* Writes a text to a file of its own and gives the path. */
static char *write_text(const char *text)
{
    char *path = NULL;
    int fd = g_file_open_tmp("banzhang-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_true(g_close(fd, NULL));
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static GPtrArray *timetable_of(const char *text, GPtrArray *faults, GPtrArray *doubts)
{
    g_autofree char *path = write_text(text);
    GPtrArray *rows = timetable_read(path, &rules, faults, doubts);
    g_unlink(path);
    return rows;
}

static void dated_timetable(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    g_autoptr(GPtrArray) rows = timetable_of("date,start,end,title,lecturer,place,kind\n"
                                             "2026-03-03,13:30,17:00,B,李老师,201,practice\n"
                                             "2026/3/2,09：00,12:00,\"A, with\na break\",,,\n"
                                             ",18:00,,C,,,\n"
                                             "2026-03-05,,,D,,,\n",
                                             faults, doubts);
    assert_non_null(rows);
    assert_int_equal(rows->len, 4);
    const struct timetable_row *a = rows->pdata[0], *c = rows->pdata[1], *b = rows->pdata[2],
                               *d = rows->pdata[3];
    assert_string_equal(a->title, "A, with a break");
    assert_string_equal(b->lecturer, "李老师");
    assert_string_equal(c->day, "2026-03-02");
    assert_int_equal(c->from, 1080);
    assert_int_equal(c->to, 1260);
    assert_false(c->confirmed || d->confirmed);
    assert_true(told(doubts, ":5:1: ", "from the row above"));
    assert_true(told(doubts, ":5:8: ", "no end"));
    assert_true(told(doubts, ":6:12: ", "no time"));
}

static void faulty_timetables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        { "周次,星期,课程,时间\n第一周,周八,甲,09:00-12:00\n", ":2:5: ", "周八" },
        { "周次,星期,课程,时间\n第一周,周一,甲,下午\n", ":2:10: ", "下午" },
        { "周次,星期,课程,时间\n第一周,周一,,09:00-12:00\n", ":2:8: ", "title" },
        { "周次,星期,课程,时间\n第一周,周一,甲,9:00-12:00\n1,Mon,乙,9:00-10:00\n", ":3:1: ", "line 2" },
        { "date,start,end,title\n2026-03-02,12:00,09:00,A\n", ":2:18: ", "not after" },
        { "date,start,end,title\n2026-13-02,12:00,13:00,A\n", ":2:1: ", "no day" },
        { "date,start,end,title\n2026-03-02,12:00,13:00,\"A\n", ":2:24: ", "never closed" },
        { "date,start,end\n2026-03-02,12:00,13:00\n", ":1:1: ", "课程" },
        { "课程,课程,date,time\nA,B,2026-03-02,9:00-10:00\n", ":1:4: ", "twice" },
        { "date,start,end,title\n", ":1:1: ", "at least one row" },
        { "", ":1:1: ", "at least one row" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
        assert_null(timetable_of(cases[i].text, faults, doubts));
        assert_true(told(faults, cases[i].place, cases[i].words));
    }
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    const struct timetable_rules tuesday = { "2026-03-03", 540, 720 };
    assert_null(timetable_read(FIXTURES "startup/timetable.csv", &tuesday, faults, doubts));
    assert_true(told(faults, ":1:1: ", "no Monday"));
}

static void rosters(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    g_autoptr(GPtrArray) blanks = roster_read(FIXTURES "rosters/blanks.csv", faults, doubts);
    assert_non_null(blanks);
    const struct roster_row *row = blanks->pdata[0], *odd = blanks->pdata[3];
    assert_string_equal(row->number, "2026201");
    assert_string_equal(row->name, "张伟");
    assert_string_equal(odd->name, "陈\"小\"明");
    assert_string_equal(odd->wecom, "chenxiaoming");
    assert_int_equal(((struct roster_row *)blanks->pdata[6])->role, ROLE_DUTY);
    assert_true(told(doubts, "blanks.csv:2:", "张 伟"));

    g_autoptr(GPtrArray) phones = roster_read(FIXTURES "rosters/scientific.csv", faults, doubts);
    assert_non_null(phones);
    assert_null(((struct roster_row *)phones->pdata[0])->phone);
    assert_null(((struct roster_row *)phones->pdata[1])->phone);
    assert_string_equal(((struct roster_row *)phones->pdata[3])->phone, "19900002004");
    assert_string_equal(((struct roster_row *)phones->pdata[6])->phone, "19900002007");
    assert_true(told(doubts, "scientific.csv:2:15: ", "scientific"));
    assert_true(told(doubts, "scientific.csv:7:15: ", "11 digits"));
    assert_int_equal(faults->len, 0);

    assert_null(roster_read(FIXTURES "rosters/faulty.csv", faults, doubts));
    assert_true(told(faults, ":3:9: ", "name is missing"));
    assert_true(told(faults, ":4:12: ", "校长"));
    assert_true(told(faults, ":5:1: ", "line 2"));
    assert_true(told(faults, ":6:", "telephone number of 冯一"));
    assert_true(told(faults, ":7:", "role is missing"));
}

static void class_files(void **state)
{
    (void)state;
    const struct class_defaults defaults = { "Asia/Shanghai", "zh-CN", BANZHANG_TREE, false, true };
    g_autoptr(GPtrArray) faults = faults_new(), doubts = faults_new();
    g_autoptr(class_file) demo =
        class_file_read(BANZHANG_TREE "/config/classes/demo.yaml", &defaults, faults, doubts);
    assert_non_null(demo);
    assert_string_equal(demo->slug, "demo");
    assert_int_equal(demo->people->len, 35);
    assert_int_equal(demo->themes->len, 9);
    assert_int_equal(demo->midday_from, 720);
    assert_int_equal(demo->midday_to, 810);

    g_autofree char *bad =
        write_text("id: a b\ntitle: T\nkind: startop\nstarts: 2026-03-32\ntimetable: none.csv\n"
                   "roster: " FIXTURES "rosters/faulty.csv\nsurvay: x\nid: c\ndefault_slot: 9\n");
    assert_null(class_file_read(bad, &defaults, faults, doubts));
    g_unlink(bad);
    assert_true(told(faults, ":1:5: ", "id"));
    assert_true(told(faults, ":3:7: ", "startop"));
    assert_true(told(faults, ":4:9: ", "2026-03-32"));
    assert_true(told(faults, ":7:1: ", "did you mean \"survey\""));
    assert_true(told(faults, ":8:1: ", "second time"));
    assert_true(told(faults, ":9:15: ", "09:00-12:00"));
    assert_true(told(faults, "faulty.csv:4:12: ", "校长"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_timetables),   cmocka_unit_test(encodings), cmocka_unit_test(dated_timetable),
        cmocka_unit_test(faulty_timetables), cmocka_unit_test(rosters),   cmocka_unit_test(class_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
