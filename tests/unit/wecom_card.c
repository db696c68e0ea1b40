/* Replies cut and written as WeCom takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/json.h"
#include "bot/platform/wecom_card.h"
#include "bot/platform/wecom_send.h"

static struct pool *pool;

static int start(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static const struct button buttons[] = {
    { .label = "同意", .action = "a:1" }, { .label = "驳回", .action = "a:2" },
    { .label = "三", .action = "a:3" },   { .label = "四", .action = "a:4" },
    { .label = "五", .action = "a:5" },   { .label = "六", .action = "a:6" },
    { .label = "七", .action = "a:7" },
};

/* So many times the same characters. */
static char *many(const char *what, int times)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (int i = 0; i < times; i++)
        g_string_append(all, what);
    return pool_strndup(pool, all->str, all->len);
}

static void short_text_is_one_card(void **state)
{
    (void)state;
    struct reply parts[8],
        reply = { .text = "张伟请假\n明天上午", .buttons = buttons, .button_count = 2, .edits = 3 };
    assert_int_equal(wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8), 1);
    assert_int_equal(parts[0].button_count, 2);
    assert_int_equal(parts[0].edits, 3);
    struct wecom_address to = { .to = "ZhangWei", .agent = 1000002, .lane = LANE_REPLY, .task = "bz-1-x" };
    g_autoptr(GString) body = g_string_new(NULL);
    wecom_card_buttons(body, &to, pool, &parts[0]);
    g_autoptr(cJSON) json = json_parse(body->str, body->len, 8);
    assert_string_equal(json_text(json, "template_card.main_title.title"), "张伟请假");
    assert_string_equal(json_text(json, "template_card.sub_title_text"), "明天上午");
    assert_string_equal(json_text(json, "template_card.button_list[1].key"), "a:2");
    assert_string_equal(json_text(json, "template_card.task_id"), "bz-1-x");
    assert_null(json_at(json, "enable_duplicate_check"));
}

static void long_text_goes_first(void **state)
{
    (void)state;
    struct reply parts[8],
        reply = { .text = many("很长的一句话。", 200), .buttons = buttons, .button_count = 6, .edits = 3 };
    size_t n = wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8);
    assert_int_equal(n, 4); /* 4200 bytes */
    for (size_t i = 0; i + 1 < n; i++) {
        assert_true(strlen(parts[i].text) <= WECOM_TEXT_BYTES);
        assert_true(g_utf8_validate(parts[i].text, -1, NULL));
        assert_int_equal(parts[i].button_count, 0);
    }
    assert_int_equal(parts[3].button_count, 6);
    assert_true(g_utf8_strlen(parts[3].text, -1) <= WECOM_TITLE_CHARS);
    assert_int_equal(parts[0].edits, 3);
    assert_int_equal(parts[3].edits, 0);
}

/* Numbers: when asked for, and when a card has too few places. */
static void buttons_stand_as_numbers(void **state)
{
    (void)state;
    struct reply parts[8], reply = { .text = "选一个", .buttons = buttons, .button_count = 2 };
    assert_int_equal(wecom_card_split(WECOM_SHOW_TEXT, pool, &reply, parts, 8), 1);
    assert_string_equal(parts[0].text, "选一个\n\n1. 同意\n2. 驳回");
    assert_int_equal(parts[0].button_count, 0);
    assert_int_equal(wecom_card_split(WECOM_SHOW_BOTH, pool, &reply, parts, 8), 2);
    assert_string_equal(parts[0].text, "选一个\n\n1. 同意\n2. 驳回");
    assert_string_equal(parts[1].text, "选一个");
    assert_int_equal(parts[1].button_count, 2);
    reply.button_count = 7;
    assert_int_equal(wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8), 1);
    assert_non_null(strstr(parts[0].text, "\n7. 七"));
    assert_int_equal(parts[0].button_count, 0);
}

static void files_are_messages_of_their_own(void **state)
{
    (void)state;
    struct attachment files[2] = { { .name = "a.png" }, { .name = "b.png" } };
    struct reply parts[8],
        reply = { .text = "看", .files = files, .file_count = 2, .buttons = buttons, .button_count = 1 };
    assert_int_equal(wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8), 3);
    assert_string_equal(parts[0].files[0].name, "a.png");
    assert_string_equal(parts[1].files[0].name, "b.png");
    assert_string_equal(parts[2].text, "看");
    assert_int_equal(parts[2].file_count, 0);
    reply.button_count = 0;
    assert_int_equal(wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8), 3);
    assert_string_equal(parts[0].text, "看");
    assert_int_equal(parts[2].file_count, 1);
    reply = (struct reply){ .text = "" };
    assert_int_equal(wecom_card_split(WECOM_SHOW_CARD, pool, &reply, parts, 8), 1);
}

/* Robots hear no presses, so they show no buttons. */
static void robots_get_text(void **state)
{
    (void)state;
    struct reply parts[8],
        reply = { .lane = LANE_ROBOT, .text = many("字", 1000), .buttons = buttons, .button_count = 2 };
    assert_int_equal(wecom_card_split(WECOM_SHOW_BOTH, pool, &reply, parts, 8), 2);
    assert_int_equal(parts[0].button_count + parts[1].button_count, 0);
    assert_null(strstr(parts[1].text, "1."));
}

/* Only pushes go through the duplicate check: a second 帮助 must not be met with silence. */
static void only_pushes_are_checked(void **state)
{
    (void)state;
    struct wecom_address to = { .to = "ZhangWei", .agent = 1, .lane = LANE_PUSH };
    g_autoptr(GString) body = g_string_new(NULL);
    wecom_card_text(body, &to, "\"引号\"\n");
    g_autoptr(cJSON) json = json_parse(body->str, body->len, 8);
    int64_t value = 0;
    assert_true(json_int(json, "enable_duplicate_check", &value) && value == 1);
    assert_true(json_int(json, "duplicate_check_interval", &value) && value == 60);
    assert_string_equal(json_text(json, "text.content"), "\"引号\"\n");
}

/* No roster can make us write to everybody, no class file to a stranger's server. */
static void addresses_are_checked(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "@all", "a|b", "a b", "张伟", "a\"b", "_a" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(wecom_send_valid_member(bad[i]));
    assert_true(wecom_send_valid_member("Zhang.Wei-1_x@corp"));
    g_autofree char *key =
        wecom_send_robot_key("https://evil.example/cgi-bin/webhook/send?key=693a-7aoc&x=1");
    assert_string_equal(key, "693a-7aoc");
    g_autofree char *short_key = wecom_send_robot_key("robot:693a");
    assert_string_equal(short_key, "693a");
    assert_null(wecom_send_robot_key("ZhangWei"));
    assert_null(wecom_send_robot_key("robot:"));
    assert_null(wecom_send_robot_key("robot:a/../b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_text_is_one_card),   cmocka_unit_test(long_text_goes_first),
        cmocka_unit_test(buttons_stand_as_numbers), cmocka_unit_test(files_are_messages_of_their_own),
        cmocka_unit_test(robots_get_text),          cmocka_unit_test(only_pushes_are_checked),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests_name("wecom_card", tests, start, stop);
}
