/* Updates of the Bot API, as they come and as nobody should send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/json.h"
#include "bot/platform/telegram_private.h"

static const struct telegram_self us = { .id = 7000000001, .name = "banzhang_bot" };
static struct pool *pool;
static struct update u;
static const char *what;

/* Decodes what an update holds beside its id; false when it is none. */
static bool decode(const char *content)
{
    g_autofree char *text = g_strdup_printf("{\"update_id\":845000123,%s}", content);
    g_autoptr(cJSON) json = json_parse(text, strlen(text), TELEGRAM_DEPTH);
    assert_non_null(json);
    pool_reset(pool);
    memset(&u, 0, sizeof u);
    what = NULL;
    return telegram_decode(&us, json, pool, &u, &what);
}

#define FROM                                                                                                 \
    "\"from\":{\"id\":5000000007,\"is_bot\":false,\"first_name\":\"张\",\"last_name\":\"伟\","             \
    "\"language_code\":\"zh-hans\"}"
#define PRIVATE                                                                                              \
    "\"message_id\":9,\"date\":1772411400," FROM ",\"chat\":{\"id\":5000000007,\"type\":\"private\"}"
#define GROUP                                                                                                \
    "\"message_id\":9,\"date\":1772411400," FROM                                                             \
    ",\"chat\":{\"id\":-1001234567890,\"type\":\"supergroup\",\"title\":\"速卖通\"}"

/* A message with this content, in private or in a group. */
static void in_private(const char *content)
{
    g_autofree char *text = g_strdup_printf("\"message\":{" PRIVATE ",%s}", content);
    assert_true(decode(text));
}

static void in_group(const char *content)
{
    g_autofree char *text = g_strdup_printf("\"message\":{" GROUP ",%s}", content);
    assert_true(decode(text));
}

static void reads_a_text(void **state)
{
    (void)state;
    in_private("\"text\":\"签到 483920\"");
    assert_int_equal(u.platform, PLATFORM_TELEGRAM);
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_string_equal(u.key, "845000123");
    assert_string_equal(u.account, "5000000007");
    assert_string_equal(u.chat, "5000000007");
    assert_string_equal(u.text, "签到 483920");
    assert_string_equal(u.name, "张 伟");
    assert_string_equal(u.lang, "zh-CN");
    assert_int_equal(u.at, 1772411400);
    assert_false(u.group);
    assert_string_equal(what, "text");
}

static void keeps_wide_ids_whole(void **state)
{
    (void)state;
    assert_true(decode(
        "\"message\":{\"message_id\":1,\"date\":1,\"from\":{\"id\":4503599627370495,\"first_name\":\"x\"},"
        "\"chat\":{\"id\":-1004503599627370,\"type\":\"supergroup\"},\"text\":\"/help\"}"));
    assert_string_equal(u.account, "4503599627370495");
    assert_string_equal(u.chat, "-1004503599627370");
    assert_true(u.group);
}

static void takes_commands_meant_for_us(void **state)
{
    (void)state;
    in_group("\"text\":\"/signin@Banzhang_Bot 483920\"");
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_true(u.addressed);
    assert_string_equal(u.text, "/signin 483920");
    in_group("\"text\":\"/signin 483920\"");
    assert_true(u.addressed);
    assert_string_equal(u.text, "/signin 483920");
    in_group("\"text\":\"/signin@other_bot 483920\"");
    assert_int_equal(u.kind, UPDATE_NOISE);
    assert_string_equal(u.text, "");
    in_group("\"text\":\"/ 什么\"");
    assert_false(u.addressed);
    in_private("\"text\":\"/start j_K7XQ2M\"");
    assert_int_equal(u.kind, UPDATE_TEXT);
    assert_string_equal(u.text, "/start j_K7XQ2M");
    in_private("\"text\":\"/start\"");
    assert_int_equal(u.kind, UPDATE_STARTED);
}

static void counts_entities_in_utf16(void **state)
{
    (void)state;
    /* two emoji are four units and eight bytes, 大家好 is three and nine */
    in_group("\"text\":\"👍👍大家好 @banzhang_bot "
             "签到\",\"entities\":[{\"type\":\"mention\",\"offset\":8,\"length\":13}]");
    assert_true(u.addressed);
    assert_string_equal(u.text, "👍👍大家好 签到");
    in_group("\"text\":\"@banzhang_bot /signin 483920\",\"entities\":["
             "{\"type\":\"mention\",\"offset\":0,\"length\":13},{\"type\":\"bot_command\",\"offset\":14,"
             "\"length\":7}]");
    assert_string_equal(u.text, "/signin 483920");
    in_group("\"text\":\"问 班长 一下\",\"entities\":[{\"type\":\"text_mention\",\"offset\":2,\"length\":2,"
             "\"user\":{\"id\":7000000001,\"is_bot\":true,\"first_name\":\"班长\"}}]");
    assert_true(u.addressed);
    assert_string_equal(u.text, "问 一下");
    in_group(
        "\"text\":\"👍 @someone_else 看\",\"entities\":[{\"type\":\"mention\",\"offset\":3,\"length\":13}]");
    assert_false(u.addressed);
    assert_string_equal(u.text, "👍 @someone_else 看");
}

static void survives_hostile_entities(void **state)
{
    (void)state;
    static const char *const entities[] = {
        "{}",
        "5",
        "[5,null,{}]",
        "[{\"type\":\"mention\"}]",
        "[{\"type\":\"mention\",\"offset\":-1,\"length\":4}]",
        "[{\"type\":\"mention\",\"offset\":9000000000,\"length\":9000000000}]",
        "[{\"type\":\"mention\",\"offset\":1,\"length\":9000000000}]",
        "[{\"type\":\"mention\",\"offset\":0.5,\"length\":3}]",
        "[{\"type\":\"text_mention\",\"offset\":0,\"length\":2,\"user\":7000000001}]",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++) {
        g_autofree char *content = g_strdup_printf("\"text\":\"😀 hello\",\"entities\":%s", entities[i]);
        in_group(content);
        assert_int_equal(u.kind, UPDATE_TEXT);
        assert_string_equal(u.text, "😀 hello");
        assert_false(u.addressed);
    }
}

static void hears_replies_to_us(void **state)
{
    (void)state;
    in_group(
        "\"text\":\"同意\",\"reply_to_message\":{\"message_id\":3,\"date\":1,\"from\":{\"id\":7000000001,"
        "\"is_bot\":true,\"first_name\":\"班长\"},\"chat\":{\"id\":-1001234567890,\"type\":\"supergroup\"}}");
    assert_true(u.addressed);
    in_group(
        "\"text\":\"同意\",\"reply_to_message\":{\"message_id\":3,\"date\":1,\"from\":{\"id\":77,"
        "\"is_bot\":false,\"first_name\":\"x\"},\"chat\":{\"id\":-1001234567890,\"type\":\"supergroup\"}}");
    assert_false(u.addressed);
}

static void takes_the_largest_photo(void **state)
{
    (void)state;
    in_private("\"caption\":\"作业3\",\"media_group_id\":\"13370042\",\"photo\":["
               "{\"file_id\":\"small\",\"width\":90,\"height\":67,\"file_size\":1200},"
               "{\"file_id\":\"large\",\"width\":1280,\"height\":960,\"file_size\":3221225472},"
               "{\"file_id\":\"middle\",\"width\":320,\"height\":240}]");
    assert_int_equal(u.kind, UPDATE_FILES);
    assert_int_equal(u.file_count, 1);
    assert_string_equal(u.files[0].remote, "large");
    assert_true(u.files[0].size == 3221225472);
    assert_string_equal(u.files[0].mime, "image/jpeg");
    assert_string_equal(u.text, "作业3");
    assert_string_equal(u.album, "13370042");
}

static void takes_files(void **state)
{
    (void)state;
    in_private(
        "\"animation\":{\"file_id\":\"A\"},\"document\":{\"file_id\":\"D\",\"file_name\":\"选品表.xlsx\","
        "\"mime_type\":\"application/vnd.ms-excel\",\"file_size\":5}");
    assert_int_equal(u.kind, UPDATE_FILES);
    assert_int_equal(u.file_count, 1);
    assert_string_equal(u.files[0].remote, "D");
    assert_string_equal(u.files[0].name, "选品表.xlsx");
    in_private("\"voice\":{\"file_id\":\"V\",\"duration\":3}");
    assert_int_equal(u.kind, UPDATE_VOICE);
    assert_true(u.files[0].size == -1);
    in_private("\"video\":{\"file_id\":\"M\",\"duration\":3}");
    assert_int_equal(u.kind, UPDATE_FILES);
    in_private("\"audio\":{\"file_id\":\"S\",\"duration\":3}");
    assert_int_equal(u.kind, UPDATE_FILES);
    in_private("\"document\":{\"file_id\":7}");
    assert_int_equal(u.kind, UPDATE_OTHER);
    in_private("\"photo\":[]");
    assert_int_equal(u.kind, UPDATE_OTHER);
}

static void takes_places(void **state)
{
    (void)state;
    in_private("\"location\":{\"latitude\":30.27,\"longitude\":120.15}");
    assert_int_equal(u.kind, UPDATE_LOCATION);
    assert_true(u.lat > 30.26 && u.lat < 30.28 && u.lon > 120.14 && u.lon < 120.16);
    in_private("\"location\":{\"latitude\":1,\"longitude\":2},\"venue\":{\"location\":{\"latitude\":30,"
               "\"longitude\":120},"
               "\"title\":\"教室\",\"address\":\"x\"}");
    assert_int_equal(u.kind, UPDATE_LOCATION);
    assert_true(u.lat > 29);
    in_private("\"location\":{\"latitude\":300,\"longitude\":2}");
    assert_int_equal(u.kind, UPDATE_OTHER);
}

static void says_what_it_cannot_read(void **state)
{
    (void)state;
    in_private("\"sticker\":{\"file_id\":\"x\",\"emoji\":\"👍\"}");
    assert_int_equal(u.kind, UPDATE_OTHER);
    assert_string_equal(what, "sticker");
    in_private("\"contact\":{\"phone_number\":\"+86\",\"first_name\":\"x\"}");
    assert_int_equal(u.kind, UPDATE_OTHER);
    in_private("\"hologram\":{}");
    assert_int_equal(u.kind, UPDATE_OTHER);
    assert_string_equal(what, "unknown");
    in_group("\"sticker\":{\"file_id\":\"x\"}");
    assert_int_equal(u.kind, UPDATE_NOISE);
}

static void is_quiet_about_service_notes(void **state)
{
    (void)state;
    static const char *const notes[] = { "\"new_chat_members\":[{\"id\":1,\"first_name\":\"x\"}]",
                                         "\"left_chat_member\":{\"id\":1}",
                                         "\"pinned_message\":{\"message_id\":1}",
                                         "\"new_chat_photo\":[{\"file_id\":\"x\",\"width\":1,\"height\":1}]",
                                         "\"group_chat_created\":true",
                                         "\"forum_topic_created\":{\"name\":\"x\"}",
                                         "\"video_chat_started\":{}" };
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
        in_group(notes[i]);
        assert_int_equal(u.kind, UPDATE_NOISE);
    }
    in_private("\"pinned_message\":{\"message_id\":1}");
    assert_int_equal(u.kind, UPDATE_NOISE);
}

static void reads_edits(void **state)
{
    (void)state;
    assert_true(decode("\"edited_message\":{" PRIVATE ",\"edit_date\":1772411460,\"text\":\"签到 483921\"}"));
    assert_int_equal(u.kind, UPDATE_EDITED);
    assert_int_equal(u.at, 1772411460);
    assert_string_equal(u.text, "签到 483921");
    assert_true(decode("\"edited_message\":{" PRIVATE ",\"edit_date\":1772411460,"
                       "\"location\":{\"latitude\":1,\"longitude\":2,\"live_period\":60}}"));
    assert_int_equal(u.kind, UPDATE_NOISE);
}

static void reads_presses(void **state)
{
    (void)state;
    assert_true(decode("\"callback_query\":{\"id\":\"4382000000017\"," FROM
                       ",\"data\":\"leave:yes:12\",\"chat_instance\":"
                       "\"-1\",\"message\":{\"message_id\":33,\"date\":0,\"chat\":{\"id\":-1001234567890,"
                       "\"type\":\"supergroup\"}}}"));
    assert_int_equal(u.kind, UPDATE_ACTION);
    assert_string_equal(u.action, "leave:yes:12");
    assert_string_equal(u.callback, "4382000000017");
    assert_string_equal(u.account, "5000000007");
    assert_string_equal(u.chat, "-1001234567890");
    assert_int_equal(u.at, 0);
    assert_true(
        decode("\"callback_query\":{\"id\":\"1\"," FROM ",\"data\":\"x\",\"inline_message_id\":\"y\"}"));
    assert_int_equal(u.kind, UPDATE_NOISE);
}

/* A change of our own membership. */
static void membership(const char *chat, const char *old, const char *new)
{
    g_autofree char *text =
        g_strdup_printf("\"my_chat_member\":{%s," FROM ",\"date\":5,\"old_chat_member\":{\"status\":\"%s\"},"
                        "\"new_chat_member\":{\"status\":\"%s\"}}",
                        chat, old, new);
    assert_true(decode(text));
}

static void hears_of_blocks_and_kicks(void **state)
{
    (void)state;
    static const char here[] = "\"chat\":{\"id\":5000000007,\"type\":\"private\"}",
                      group[] = "\"chat\":{\"id\":-7,\"type\":\"group\"}";
    membership(here, "member", "kicked");
    assert_int_equal(u.kind, UPDATE_GONE);
    membership(here, "kicked", "member");
    assert_int_equal(u.kind, UPDATE_STARTED);
    membership(group, "left", "member");
    assert_int_equal(u.kind, UPDATE_STARTED);
    assert_string_equal(u.chat, "-7");
    membership(group, "member", "administrator");
    assert_int_equal(u.kind, UPDATE_NOISE);
    membership(group, "administrator", "left");
    assert_int_equal(u.kind, UPDATE_GONE);
    assert_true(u.group);
}

static void follows_a_group_that_moves(void **state)
{
    (void)state;
    assert_true(decode("\"message\":{\"message_id\":1,\"date\":5," FROM
                       ",\"chat\":{\"id\":-400,\"type\":\"group\"},"
                       "\"migrate_to_chat_id\":-1001234567890}"));
    assert_int_equal(u.kind, UPDATE_MOVED);
    assert_string_equal(u.chat, "-400");
    assert_string_equal(u.text, "-1001234567890");
    assert_true(
        decode("\"message\":{\"message_id\":1,\"date\":5,\"from\":{\"id\":1087968824,\"is_bot\":true},"
               "\"chat\":{\"id\":-1001234567890,\"type\":\"supergroup\"},\"migrate_from_chat_id\":-400}"));
    assert_int_equal(u.kind, UPDATE_MOVED);
    assert_string_equal(u.chat, "-400");
    assert_string_equal(u.text, "-1001234567890");
}

static void ignores_what_nobody_waits_for(void **state)
{
    (void)state;
    assert_true(
        decode("\"channel_post\":{\"message_id\":1,\"date\":5,\"chat\":{\"id\":-1,\"type\":\"channel\"},"
               "\"text\":\"x\"}"));
    assert_int_equal(u.kind, UPDATE_NOISE);
    assert_string_equal(what, "channel_post");
    assert_true(decode("\"poll_answer\":{\"poll_id\":\"1\"}"));
    assert_string_equal(what, "poll_answer");
    assert_true(decode("\"kind_of_the_year_2031\":{}"));
    assert_int_equal(u.kind, UPDATE_NOISE);
    assert_string_equal(what, "unknown");
    assert_true(
        decode("\"message\":{\"message_id\":1,\"date\":5,\"from\":{\"id\":1087968824,\"is_bot\":true,"
               "\"first_name\":\"Group\"},\"chat\":{\"id\":-1,\"type\":\"group\"},\"text\":\"/signin\"}"));
    assert_int_equal(u.kind, UPDATE_NOISE);
}

static void refuses_what_is_no_update(void **state)
{
    (void)state;
    static const char *const bad[] = { "{}",
                                       "[]",
                                       "5",
                                       "{\"update_id\":\"5\"}",
                                       "{\"update_id\":-1}",
                                       "{\"update_id\":1.5}",
                                       "{\"update_id\":1e300}",
                                       "{\"message\":{}}" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(cJSON) json = json_parse(bad[i], strlen(bad[i]), TELEGRAM_DEPTH);
        assert_non_null(json);
        assert_false(telegram_decode(&us, json, pool, &u, &what));
    }
}

static void takes_wrong_types_for_missing(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "\"message\":5",
        "\"message\":{}",
        "\"message\":{\"chat\":[],\"from\":\"x\",\"text\":{}}",
        "\"message\":{\"message_id\":1,\"date\":\"x\"," FROM
        ",\"chat\":{\"id\":1.5,\"type\":\"private\"},\"text\":\"x\"}",
        "\"message\":{" FROM ",\"chat\":{\"id\":1e18,\"type\":\"private\"},\"text\":\"x\"}",
        "\"message\":{\"from\":{\"id\":\"5\"},\"chat\":{\"id\":5,\"type\":\"private\"},\"text\":\"x\"}",
        "\"message\":{" FROM ",\"chat\":{\"id\":5,\"type\":\"temple\"},\"text\":\"x\"}",
        "\"callback_query\":{\"id\":5," FROM ",\"data\":\"x\"}",
        "\"my_chat_member\":{}",
        "\"edited_message\":null",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        assert_true(decode(odd[i]));
        assert_int_equal(u.kind, UPDATE_NOISE);
        assert_string_equal(u.key, "845000123");
    }
    in_private("\"text\":7");
    assert_int_equal(u.kind, UPDATE_OTHER);
}

static void bounds_what_people_send(void **state)
{
    (void)state;
    g_autofree char *long_text = g_strnfill(60000, 'x');
    g_autofree char *content = g_strdup_printf("\"text\":\"%s\"", long_text);
    in_private(content);
    assert_true(strlen(u.text) <= UPDATE_TEXT_MAX);
    g_autofree char *file =
        g_strdup_printf("\"document\":{\"file_id\":\"D\",\"file_name\":\"%s\"}", long_text);
    in_private(file);
    assert_true(strlen(u.files[0].name) <= 255);
    g_autofree char *handle = g_strdup_printf("\"document\":{\"file_id\":\"%s\"}", long_text);
    in_private(handle);
    assert_int_equal(u.kind, UPDATE_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_text),
        cmocka_unit_test(keeps_wide_ids_whole),
        cmocka_unit_test(takes_commands_meant_for_us),
        cmocka_unit_test(counts_entities_in_utf16),
        cmocka_unit_test(survives_hostile_entities),
        cmocka_unit_test(hears_replies_to_us),
        cmocka_unit_test(takes_the_largest_photo),
        cmocka_unit_test(takes_files),
        cmocka_unit_test(takes_places),
        cmocka_unit_test(says_what_it_cannot_read),
        cmocka_unit_test(is_quiet_about_service_notes),
        cmocka_unit_test(reads_edits),
        cmocka_unit_test(reads_presses),
        cmocka_unit_test(hears_of_blocks_and_kicks),
        cmocka_unit_test(follows_a_group_that_moves),
        cmocka_unit_test(ignores_what_nobody_waits_for),
        cmocka_unit_test(refuses_what_is_no_update),
        cmocka_unit_test(takes_wrong_types_for_missing),
        cmocka_unit_test(bounds_what_people_send),
    };
    pool = pool_new();
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    pool_free(pool);
    return failures;
}
