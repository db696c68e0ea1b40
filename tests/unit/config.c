/* The configuration: defaults, every fault at once with line and column, what the server refuses to start
 * with. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bot/config.h"
#include "bot/core/faults.h"

/* Reads a configuration from a text. */
static struct config *read_text(const char *text, GPtrArray *faults)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("banzhang-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_true(g_close(fd, NULL));
    assert_true(g_file_set_contents(path, text, -1, NULL));
    chmod(path, 0600);
    struct config *config = config_read(path, faults);
    g_unlink(path);
    return config;
}

static void defaults(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config = read_text("listen: 127.0.0.1:0\n", faults);
    assert_non_null(config);
    assert_string_equal(config->data_dir, "var");
    assert_string_equal(config->zone, "Asia/Shanghai");
    assert_string_equal(config->locale, "zh-CN");
    assert_string_equal(config->public_url, "http://127.0.0.1:0");
    assert_false(config->sandbox.enabled || config->telegram.enabled || config->wecom.enabled);
    assert_int_equal(config->limits.inbox_days, 7);
    config_free(config);
}

static void whole(void **state)
{
    (void)state;
    g_setenv("BANZHANG_TEST_TOKEN", "1:abc", TRUE);
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config =
        read_text("public_url: http://127.0.0.1:9/\n"
                  "sandbox: {enabled: true, clock: \"2026-03-02T08:00:00+08:00\"}\n"
                  "telegram: {token: \"${BANZHANG_TEST_TOKEN}\", secret: s, mode: polling}\n"
                  "wecom:\n  corp_id: ww1\n  agent_id: 1000002\n  secret: x\n  token: y\n"
                  "  encoding_aes_key: jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C\n"
                  "  api_base: http://127.0.0.1:5\n  buttons: both\n",
                  faults);
    for (guint i = 0; i < faults->len; i++)
        print_message("%s\n", (char *)faults->pdata[i]);
    assert_non_null(config);
    assert_string_equal(config->public_url, "http://127.0.0.1:9");
    assert_int_equal(config->sandbox.clock, 1772409600);
    assert_string_equal(config->telegram.token, "1:abc");
    assert_int_equal(config->telegram.mode, TELEGRAM_POLLING);
    assert_int_equal(config->wecom.buttons, WECOM_BOTH);
    assert_int_equal(config->wecom.agent_id, 1000002);
    assert_true(config_reaches_out(config));
    config_free(config);
}

static void faults_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        { "lisen: a:1\n", ":1:1: ", "did you mean \"listen\"" },
        { "listen: 8080\n", ":1:9: ", "127.0.0.1:8080" },
        { "listen: 127.0.0.1:99999\n", ":1:9: ", "port" },
        { "listen: [1]\n", ":1:9: ", "single value" },
        { "data_dir: a\ndata_dir: b\n", ":2:1: ", "second time" },
        { "timezone: Mars/Base\n", ":1:11: ", "Mars/Base" },
        { "locale: xx\n", ":1:9: ", "xx" },
        { "classes: {a: b}\n", ":1:10: ", "list" },
        { "classes: [nowhere.yaml]\n", ":1:11: ", "nowhere.yaml" },
        { "public_url: ftp://x\n", ":1:13: ", "https://" },
        { "sandbox: {enabled: yes}\n", ":1:20: ", "true or false" },
        { "sandbox: {enabled: true, clock: noon}\n", ":1:33: ", "clock" },
        { "listen: 0.0.0.0:80\nsandbox: {enabled: true}\n", ":1:9: ", "loopback" },
        { "public_url: https://a.example\nsandbox: {enabled: true}\n", ":1:13: ", "loopback" },
        { "telegram: {mode: webhook, token: 1:a}\n", ":1:11: ", "\"secret\" is missing" },
        { "telegram: {secret: abc}\n", ":1:11: ", "\"token\" is missing" },
        { "telegram: {token: \"${BANZHANG_NOT_SET}\", mode: polling}\n", ":1:19: ", "BANZHANG_NOT_SET" },
        { "telegram: {token: a, secret: \"a b\"}\n", ":1:30: ", "A-Z" },
        { "wecom: {corp_id: a, agent_id: x, secret: s, token: t, encoding_aes_key: k}\n",
          ":1:31: ", "whole number" },
        { "wecom: {corp_id: a, agent_id: 1, secret: s, token: t, encoding_aes_key: k}\n", ":1:73: ", "43" },
        { "wecom: {corp_id: a}\n", ":1:8: ", "\"encoding_aes_key\" is missing" },
        { "limits: {per_minute: -1}\n", ":1:22: ", "from 0" },
        { "a: [\n", ":", "a.yaml" },
        { "- a\n", ":1:1: ", "map" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = faults_new();
        assert_null(read_text(cases[i].text, faults));
        bool found = cases[i].place[1] == '\0' && faults->len > 0;
        for (guint j = 0; j < faults->len; j++)
            found = found ||
                    (strstr(faults->pdata[j], cases[i].place) && strstr(faults->pdata[j], cases[i].words));
        if (!found)
            fail_msg("%s: %s", cases[i].text, faults->len ? (char *)faults->pdata[0] : "no fault");
    }
    g_autoptr(GPtrArray) many = faults_new();
    assert_null(read_text("listen: x\ntimezone: y\nzandbox: 1\nwecom: {}\n", many));
    assert_true(many->len >= 7);
}

static void disabled(void **state)
{
    (void)state;
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config = read_text("telegram: {enabled: false, token: \"${BANZHANG_NOT_SET}\"}\n", faults);
    assert_non_null(config);
    assert_false(config->telegram.enabled || config_reaches_out(config));
    config_free(config);
    assert_true(config_loopback("localhost") && config_loopback("127.9.0.1") && config_loopback("[::1]"));
    assert_false(config_loopback("10.0.0.1") || config_loopback("127.evil.example") || config_loopback(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(whole),
        cmocka_unit_test(faults_told),
        cmocka_unit_test(disabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
