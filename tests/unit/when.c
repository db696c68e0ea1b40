/* Natural times in Chinese and English, read on Wednesday 4 March 2026, 10:00, in Shanghai. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "bot/school/when.h"

static GTimeZone *zone;
static int64_t now;

/* "2026-03-04 09:00" of a moment. */
static char *shown(int64_t at)
{
    char day[DAY_SIZE];
    int minutes = days_of(zone, at, day);

    return g_strdup_printf("%s %02d:%02d", day, minutes / 60, minutes % 60);
}

/* Reads `text` and compares "START .. END[, START .. END]" and the rest. */
static void reads(const char *text, const char *spans, const char *rest)
{
    struct pool *pool = pool_new();
    struct normal normal = text_normal(pool, text);
    struct when when;
    enum when_reading reading = when_read(zone, now, normal.text, &when);
    g_autoptr(GString) got = g_string_new(reading == WHEN_IMPOSSIBLE ? "impossible" : "");

    for (size_t i = 0; reading == WHEN_READ && i < when.count; i++) {
        g_autofree char *from = shown(when.spans[i].starts), *to = shown(when.spans[i].ends);

        g_string_append_printf(got, "%s%s .. %s", i ? ", " : "", from, to);
    }
    if (strcmp(got->str, spans) != 0)
        fail_msg("%s: read as \"%s\", not \"%s\"", text, got->str, spans);
    if (reading == WHEN_READ && strcmp(when_rest(pool, &normal, &when), rest) != 0)
        fail_msg("%s: leaves \"%s\", not \"%s\"", text, when_rest(pool, &normal, &when), rest);
    pool_free(pool);
}

static void days(void **state)
{
    (void)state;
    reads("今天", "2026-03-04 00:00 .. 2026-03-05 00:00", "");
    reads("明天 发烧", "2026-03-05 00:00 .. 2026-03-06 00:00", "发烧");
    reads("後天家里有事", "2026-03-06 00:00 .. 2026-03-07 00:00", "家里有事");
    reads("大后天", "2026-03-07 00:00 .. 2026-03-08 00:00", "");
    reads("昨天", "2026-03-03 00:00 .. 2026-03-04 00:00", "");
    reads("tomorrow, because of a fever", "2026-03-05 00:00 .. 2026-03-06 00:00", "a fever");
    reads("the day after tomorrow", "2026-03-06 00:00 .. 2026-03-07 00:00", "");
    reads("3月9日", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("三月九号 看病", "2026-03-09 00:00 .. 2026-03-10 00:00", "看病");
    reads("3/9", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("２０２６－０３－０９", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("2026-03-09 am fever", "2026-03-09 00:00 .. 2026-03-09 12:00", "fever");
    reads("2026年3月9日", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("2026/3/9", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("9号", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("2号", "2026-04-02 00:00 .. 2026-04-03 00:00", "");
    reads("12月30日", "2025-12-30 00:00 .. 2025-12-31 00:00", "");
    reads("march 9", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("9th March, dentist", "2026-03-09 00:00 .. 2026-03-10 00:00", "dentist");
}

static void weekdays(void **state)
{
    (void)state;
    reads("周三", "2026-03-04 00:00 .. 2026-03-05 00:00", "");
    reads("周五", "2026-03-06 00:00 .. 2026-03-07 00:00", "");
    reads("周一", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("这周五下午", "2026-03-06 12:00 .. 2026-03-06 18:00", "");
    reads("下周一", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
    reads("下周三上午 体检", "2026-03-11 00:00 .. 2026-03-11 12:00", "体检");
    reads("下下星期天", "2026-03-22 00:00 .. 2026-03-23 00:00", "");
    reads("上周四", "2026-02-26 00:00 .. 2026-02-27 00:00", "");
    reads("礼拜六", "2026-03-07 00:00 .. 2026-03-08 00:00", "");
    reads("friday pm", "2026-03-06 12:00 .. 2026-03-06 18:00", "");
    reads("next monday", "2026-03-09 00:00 .. 2026-03-10 00:00", "");
}

static void parts(void **state)
{
    (void)state;
    reads("明天上午 发烧", "2026-03-05 00:00 .. 2026-03-05 12:00", "发烧");
    reads("明天的下午", "2026-03-05 12:00 .. 2026-03-05 18:00", "");
    reads("明天全天", "2026-03-05 00:00 .. 2026-03-06 00:00", "");
    reads("明天一天", "2026-03-05 00:00 .. 2026-03-06 00:00", "");
    reads("今晚", "2026-03-04 18:00 .. 2026-03-05 00:00", "");
    reads("明早牙疼", "2026-03-05 00:00 .. 2026-03-05 12:00", "牙疼");
    reads("下午", "2026-03-04 12:00 .. 2026-03-04 18:00", "");
    reads("发烧，明天上午", "2026-03-05 00:00 .. 2026-03-05 12:00", "发烧");
    reads("tomorrow morning", "2026-03-05 00:00 .. 2026-03-05 12:00", "");
    reads("am fever", "2026-03-04 00:00 .. 2026-03-04 12:00", "fever");
    reads("明天上午因为家里有事", "2026-03-05 00:00 .. 2026-03-05 12:00", "家里有事");
}

static void clock_times(void **state)
{
    (void)state;
    reads("明天9点", "2026-03-05 09:00 .. 2026-03-05 09:00", "");
    reads("9点半", "2026-03-04 09:30 .. 2026-03-04 09:30", "");
    reads("明天下午3点一刻", "2026-03-05 15:15 .. 2026-03-05 15:15", "");
    reads("20:00", "2026-03-04 20:00 .. 2026-03-04 20:00", "");
    reads("明天9:00-11:30 面试", "2026-03-05 09:00 .. 2026-03-05 11:30", "面试");
    reads("明天下午2点到4点", "2026-03-05 14:00 .. 2026-03-05 16:00", "");
    reads("tomorrow 9am to 11am", "2026-03-05 09:00 .. 2026-03-05 11:00", "");
}

static void ranges(void **state)
{
    (void)state;
    reads("3月9日到3月11日 回老家", "2026-03-09 00:00 .. 2026-03-12 00:00", "回老家");
    reads("3月9日到11日", "2026-03-09 00:00 .. 2026-03-12 00:00", "");
    reads("从周四至周五", "2026-03-05 00:00 .. 2026-03-07 00:00", "");
    reads("周五到周一", "2026-03-06 00:00 .. 2026-03-10 00:00", "");
    reads("明天上午到后天下午", "2026-03-05 00:00 .. 2026-03-06 18:00", "");
    reads("3/9-3/10", "2026-03-09 00:00 .. 2026-03-11 00:00", "");
    reads("2026-03-09 到 2026-03-10", "2026-03-09 00:00 .. 2026-03-11 00:00", "");
    reads("明天起三天", "2026-03-05 00:00 .. 2026-03-08 00:00", "");
    reads("from tomorrow to friday", "2026-03-05 00:00 .. 2026-03-07 00:00", "");
    reads("周四、周五上午 有事", "2026-03-05 00:00 .. 2026-03-06 00:00, 2026-03-06 00:00 .. 2026-03-06 12:00",
          "有事");
    reads("明天上午和下午", "2026-03-05 00:00 .. 2026-03-05 12:00, 2026-03-05 12:00 .. 2026-03-05 18:00", "");
}

static void not_times(void **state)
{
    (void)state;
    reads("", "", "");
    reads("发烧", "", "");
    reads("有一点发烧", "", "");
    reads("i am ill", "", "");
    reads("在8号楼摔了", "", "");
    reads("3个人", "", "");
    reads("2月30日", "impossible", "");
    reads("13月1日", "impossible", "");
    reads("明天25:00", "impossible", "");
    reads("3月11日到3月9日", "impossible", "");
    reads("明天下午到明天上午", "impossible", "");
}

/* The very first thing of a text, as minutes. */
static void first_clock(void **state)
{
    int minutes = -1;

    (void)state;
    assert_int_equal(when_clock("8:55 手机没电", &minutes), 4);
    assert_int_equal(minutes, 535);
    assert_int_not_equal(when_clock("下午4点半走了", &minutes), 0);
    assert_int_equal(minutes, 990);
    assert_int_not_equal(when_clock("9am", &minutes), 0);
    assert_int_equal(minutes, 540);
    assert_int_equal(when_clock("手机没电", &minutes), 0);
    assert_int_equal(when_clock("25:00", &minutes), 0);
    assert_int_equal(when_clock("9:5", &minutes), 0);
}

/* 上午 means what begins in the morning; a stretch by the clock what overlaps it. */
static void covers(void **state)
{
    struct when when;
    int64_t nine = now - 3600, noon = now + 2 * 3600;

    (void)state;
    assert_int_equal(when_read(zone, now, "今天上午", &when), WHEN_READ);
    assert_true(when_covers(&when, nine, noon + 3600));
    assert_false(when_covers(&when, noon, noon + 3600));
    assert_int_equal(when_read(zone, now, "今天 11:00-11:30", &when), WHEN_READ);
    assert_true(when_covers(&when, nine, noon));
    assert_int_equal(when_read(zone, now, "今天 12:00", &when), WHEN_READ);
    assert_false(when_covers(&when, nine, noon));
    assert_true(when_covers(&when, noon, noon + 3600));
}

static void lengths(void **state)
{
    static const struct {
        const char *text, *said;
        int minutes;
    } vectors[] = { { "30分钟", "30分钟", 30 },
                    { "半小时 堵车", "半小时", 30 },
                    { "推迟一个半小时", "一个半小时", 90 },
                    { "1.5小时", "1.5小时", 90 },
                    { "两个小时", "两个小时", 120 },
                    { "一刻钟", "一刻钟", 15 },
                    { "三刻钟", "三刻钟", 45 },
                    { "１小时", "1小时", 60 },
                    { "by 20 min", "20 min", 20 },
                    { "half an hour", "half an hour", 30 },
                    { "9:30", "", 0 },
                    { "9点半", "", 0 },
                    { "3个人没到", "", 0 },
                    { "0分钟", "", 0 },
                    { "99小时", "", 0 },
                    { "a30分钟", "", 0 } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        struct pool *pool = pool_new();
        struct normal normal = text_normal(pool, vectors[i].text);
        size_t from = 0, to = 0;

        assert_int_equal(when_length(normal.text, &from, &to), vectors[i].minutes);
        assert_string_equal(pool_strndup(pool, normal.text + from, to - from), vectors[i].said);
        pool_free(pool);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),   cmocka_unit_test(days),        cmocka_unit_test(weekdays),
        cmocka_unit_test(parts),     cmocka_unit_test(clock_times), cmocka_unit_test(ranges),
        cmocka_unit_test(not_times), cmocka_unit_test(first_clock), cmocka_unit_test(covers),
    };

    zone = g_time_zone_new_identifier("Asia/Shanghai");
    now = days_moment(zone, "2026-03-04", 600);
    text_set_variant(0x5F8C, 0x540E); /* 後 后 */
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    g_time_zone_unref(zone);
    return failed;
}
