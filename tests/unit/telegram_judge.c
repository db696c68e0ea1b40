/* What each answer of the Bot API means for the message that was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/platform/telegram_private.h"

/* Judges an answer with this status and body. */
static struct telegram_verdict judge(int status, const char *body)
{
    return telegram_judge(&(struct fetch_answer){ .status = status, .body = body, .len = strlen(body) });
}

/* A refusal in the server's shape. */
static struct telegram_verdict refuse(int status, const char *description)
{
    g_autofree char *body =
        g_strdup_printf("{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}", status, description);
    return judge(status, body);
}

static void tells_sent_by_status_and_json(void **state)
{
    (void)state;
    struct telegram_verdict v = judge(200, "{\"ok\":true,\"result\":{\"message_id\":42}}");
    assert_int_equal(v.outcome, OUTCOME_SENT);
    assert_string_equal(v.ref, "42");
    v = judge(200, "{\"ok\":true,\"result\":true}");
    assert_int_equal(v.outcome, OUTCOME_SENT);
    assert_string_equal(v.ref, "");
    assert_int_equal(judge(502, "{\"ok\":true,\"result\":true}").outcome, OUTCOME_UNREACHABLE);
    assert_int_equal(
        judge(200, "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was blocked\"}")
            .outcome,
        OUTCOME_REFUSED);
    assert_int_equal(judge(200, "{\"ok\":false}").outcome, OUTCOME_UNREACHABLE);
}

static void tells_half_answers_and_garbage(void **state)
{
    (void)state;
    assert_int_equal(judge(200, "{\"ok\":true,\"resu").outcome, OUTCOME_UNKNOWN);
    assert_int_equal(judge(200, "<html>").outcome, OUTCOME_UNKNOWN);
    assert_int_equal(judge(200, "").outcome, OUTCOME_UNKNOWN);
    assert_int_equal(judge(200, "[]").outcome, OUTCOME_UNKNOWN);
    assert_int_equal(judge(200, "{\"ok\":\"true\"}").outcome, OUTCOME_UNKNOWN);
    assert_int_equal(judge(502, "<html>Bad Gateway").outcome, OUTCOME_UNREACHABLE);
    assert_int_equal(judge(403, "<html>").outcome, OUTCOME_UNREACHABLE);
    assert_int_equal(judge(413, "<html>").outcome, OUTCOME_INVALID);
    struct telegram_verdict v = telegram_judge(&(struct fetch_answer){ .status = 0, .sent = true });
    assert_int_equal(v.outcome, OUTCOME_UNKNOWN);
    assert_false(v.everybody);
    v = telegram_judge(&(struct fetch_answer){ .status = 0, .sent = false });
    assert_int_equal(v.outcome, OUTCOME_UNREACHABLE);
    assert_true(v.everybody);
}

static void limits_one_chat_for_as_long_as_told(void **state)
{
    (void)state;
    struct telegram_verdict v =
        judge(429, "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry "
                   "after 344\",\"parameters\":{\"retry_after\":344}}");
    assert_int_equal(v.outcome, OUTCOME_LIMITED);
    assert_int_equal(v.wait_ms, 344000);
    assert_false(v.everybody);
    v = telegram_judge(&(struct fetch_answer){ .status = 429, .body = "slow", .len = 4, .retry_after = 7 });
    assert_int_equal(v.outcome, OUTCOME_LIMITED);
    assert_int_equal(v.wait_ms, 7000);
    assert_true(judge(429, "{\"ok\":false,\"error_code\":429}").wait_ms >= 1000);
}

static void tells_refused_from_invalid(void **state)
{
    (void)state;
    static const char *const refused[] = { "Forbidden: bot was blocked by the user",
                                           "Forbidden: user is deactivated",
                                           "Forbidden: bot was kicked from the group chat" };
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        assert_int_equal(refuse(403, refused[i]).outcome, OUTCOME_REFUSED);
    assert_int_equal(refuse(400, "Bad Request: chat not found").outcome, OUTCOME_REFUSED);
    assert_int_equal(refuse(400, "Bad Request: message text is empty").outcome, OUTCOME_INVALID);
    assert_int_equal(refuse(400, "Bad Request: message is too long").outcome, OUTCOME_INVALID);
    assert_int_equal(refuse(400, "Bad Request: file is too big").outcome, OUTCOME_INVALID);
    assert_int_equal(
        refuse(400, "Bad Request: message is not modified: specified new message content").outcome,
        OUTCOME_SENT);
    assert_int_equal(
        refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
            .outcome,
        OUTCOME_EXPIRED);
    assert_true(refuse(400, "Bad Request: message to edit not found").nothing_to_edit);
}

static void follows_a_group_that_moved(void **state)
{
    (void)state;
    struct telegram_verdict v = judge(
        400, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a "
             "supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}");
    assert_int_equal(v.outcome, OUTCOME_UNREACHABLE);
    assert_string_equal(v.moved_to, "-1001234567890");
    assert_false(v.everybody);
}

static void tells_a_refused_token(void **state)
{
    (void)state;
    assert_true(refuse(401, "Unauthorized").token_refused);
    assert_true(refuse(404, "Not Found").everybody);
    assert_int_equal(refuse(401, "Unauthorized").outcome, OUTCOME_UNREACHABLE);
    assert_int_equal(refuse(500, "Internal Server Error: restart").outcome, OUTCOME_UNREACHABLE);
    assert_false(refuse(500, "Internal Server Error: restart").token_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_sent_by_status_and_json),
        cmocka_unit_test(tells_half_answers_and_garbage),
        cmocka_unit_test(limits_one_chat_for_as_long_as_told),
        cmocka_unit_test(tells_refused_from_invalid),
        cmocka_unit_test(follows_a_group_that_moved),
        cmocka_unit_test(tells_a_refused_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
