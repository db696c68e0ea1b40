/* The checks of a rehearsal can fail: a store that was tampered with is found out, and so is a push that
 * should not have been sent. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/folder.h"
#include "bot/core/faults.h"
#include "bot/core/locale.h"
#include "bot/rehearse_private.h"
#include "bot/server.h"

/* Plays the demo class for some days with a last-minute change; what it printed (yours) and its exit code. */
static char *play_with(void (*meddle)(struct store *), int days, int *ret_exit)
{
    g_autofree char *folder = g_dir_make_tmp("banzhang-test-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "banzhang.yaml", NULL),
                    *said = g_build_filename(folder, "out", NULL);
    g_autofree char *text =
        g_strdup_printf("data_dir: %s/var\nclasses: [%s/config/classes/demo.yaml]\n", folder, BANZHANG_TREE);
    g_autoptr(GPtrArray) faults = faults_new();
    char *out = NULL;

    assert_true(g_file_set_contents(file, text, -1, NULL));
    struct config *config = config_read(file, faults);

    assert_non_null(config);
    fflush(stdout);
    int before = dup(STDOUT_FILENO), to = open(said, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

    assert_int_equal(dup2(to, STDOUT_FILENO), STDOUT_FILENO);
    *ret_exit = rehearse(&server_host, config,
                         &(struct rehearse_options){
                             .class = "demo", .seed = 1, .days = days, .quiet = true, .meddle = meddle });
    fflush(stdout);
    assert_int_equal(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
    close(before);
    close(to);
    assert_true(g_file_get_contents(said, &out, NULL, NULL));
    config_free(config);
    folder_remove(folder);
    return out;
}

/* --- the end
 * --------------------------------------------------------------------------------------------------------------
 */

static void lose_an_outcome(struct store *store)
{
    store_run(
        store,
        "DELETE FROM attendance WHERE (sitting, member) IN (SELECT sitting, member FROM attendance LIMIT 1)",
        "");
}

static void forgive_lateness(struct store *store)
{
    store_run(store,
              "UPDATE attendance SET state = 'present', minutes = 0, points = 0 WHERE (sitting, member) IN"
              " (SELECT sitting, member FROM attendance WHERE state = 'late' LIMIT 1)",
              "");
}

static void lose_homework(struct store *store)
{
    store_run(store,
              "DELETE FROM marking WHERE submission IN (SELECT id FROM submission WHERE (homework, member) ="
              " (SELECT homework, member FROM submission ORDER BY id LIMIT 1))",
              "");
    store_run(store,
              "DELETE FROM submission WHERE (homework, member) ="
              " (SELECT homework, member FROM submission ORDER BY id LIMIT 1)",
              "");
}

static void change_a_mark(struct store *store)
{
    store_run(store, "UPDATE mark SET num = num - 1 WHERE id = (SELECT max(id) FROM mark WHERE num > 1)", "");
}

static void bury_a_message(struct store *store)
{
    store_run(store, "UPDATE outbox SET state = 2 WHERE id = (SELECT max(id) FROM outbox)", "");
}

static void forget_a_timer(struct store *store)
{
    store_run(store, "INSERT INTO timer (due, kind, subject) VALUES (1, 'nothing', 1)", "");
}

static void rewrite_history(struct store *store)
{
    store_run(store, "UPDATE audit SET actor = actor + 1 WHERE id = (SELECT min(id) + 3 FROM audit)", "");
}

static void stuff_the_ballot(struct store *store)
{
    store_run(store, "INSERT INTO survey_part (survey, person) VALUES (1, 999)", "");
}

static void test_a_tampered_store_is_found_out(void **state)
{
    static const struct {
        void (*meddle)(struct store *);
        const char *broken[3]; /* the checks that must name it; others may too */
    } cases[] = {
        { lose_an_outcome, { "✗ 每人每个半天恰有一个结果" } },
        { forgive_lateness, { "✗ 记录和实际做的一致", "✗ 每一分都由它的说明和记录加出来" } },
        { lose_homework, { "✗ 每份作业的交与未交都对" } },
        { change_a_mark, { "✗ 合计等于各项之和" } },
        { bury_a_message, { "✗ 没有滞留的消息和到期的事" } },
        { forget_a_timer, { "✗ 没有滞留的消息和到期的事" } },
        { rewrite_history, { "✗ 操作记录首尾相接" } },
        { stuff_the_ballot, { "✗ 问卷计入的正是填过的人" } },
    };
    int exit;

    (void)state;
    g_autofree char *fine = play_with(NULL, 12, &exit);
    assert_int_equal(exit, 0);
    assert_non_null(strstr(fine, "都守住了"));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *out = play_with(cases[i].meddle, 12, &exit);

        assert_int_equal(exit, 1);
        assert_null(strstr(out, "都守住了"));
        for (size_t j = 0; j < G_N_ELEMENTS(cases[i].broken) && cases[i].broken[j]; j++)
            if (!strstr(out, cases[i].broken[j]))
                fail_msg("case %zu: not found: %s\n%s", i, cases[i].broken[j], strstr(out, "核对"));
    }
}

/* --- as it happens
 * -------------------------------------------------------------------------------------------------------- */

/* Somebody who signed in to the one lesson at nine, handed in homework 3 and wrote the plan of week 2. */
static struct actor *somebody(struct play *play)
{
    static struct habit habit = { .id = "punctual" };
    static struct actor actor = { .person = 1, .name = (char *)"张三", .habit = &habit };
    static struct deed deeds[2];
    struct lesson lesson = {
        .id = 1, .starts = 9 * 3600, .ends = 12 * 3600, .confirmed = true, .day = "1970-01-01"
    };

    actor.deeds = deeds;
    deeds[0] = (struct deed){ .owed = true, .came = 8 * 3600 + 1800 };
    actor.handed = g_hash_table_new(g_direct_hash, g_direct_equal);
    actor.wrote = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(actor.handed, GINT_TO_POINTER(3));
    g_hash_table_add(actor.wrote, (char *)"plan:2");
    g_array_append_val(play->lessons, lesson);
    check_new_day(play);
    return &actor;
}

static void test_a_wrong_push_is_found_out(void **state)
{
    enum { TEN_PAST = 9 * 3600 + 600, EVENING = 19 * 3600 };
    static const struct {
        const char *key, *text;
        int64_t at;
        bool by_itself;
        int broken; /* which check finds it; CHECKS: none */
    } cases[] = {
        { "reminder.missing", "还没有你的签到", TEN_PAST, true, CHECK_REMINDER },
        { "reminder.missing", "还没有你的签到", 14 * 3600, true, CHECKS },
        { "reminder.homework", "还没有收到你的作业3《选品》", EVENING, true, CHECK_REMINDER },
        { "reminder.homework", "还没有收到你的作业13《选品》", EVENING, true, CHECKS },
        { "reminder.plan", "第2周的周计划还没交", EVENING, true, CHECK_REMINDER },
        { "reminder.plan", "第3周的周计划还没交", EVENING, true, CHECKS },
        { "reminder.many", "有几件事：\n📝 第2周的周计划还没交，周二 20:00 截止。", EVENING, true,
          CHECK_REMINDER },
        { "reminder.many",
          "有几件事：\n📝 第3周的周计划还没交，周二 20:00 截止。\n还没有收到你的作业13《选品》。", EVENING,
          true, CHECKS },
        { "reminder.many", "有几件事：\n还没有收到你的作业13《选品》。\n还没有收到你的作业3《选品》。",
          EVENING, true, CHECK_REMINDER },
        { "reminder.many", "有几件事：\n这不是提醒", EVENING, true, CHECK_REMINDER },
        { "survey.counted", "计入", 22 * 3600, true, CHECK_QUIET },
        { "survey.counted", "计入", 7 * 3600 - 1, true, CHECK_QUIET },
        { "survey.counted", "计入", 7 * 3600, true, CHECKS },
        { "leave.granted", "同意", 23 * 3600, false, CHECKS }, /* somebody pressed it: no push of ours */
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        static struct school school;
        struct play play = { .school = &school, .lang = (char *)"zh-CN", .pool = pool_new() };

        school.pool = play.pool;
        play.zone = g_time_zone_new_utc();
        play.lessons = g_array_new(FALSE, FALSE, sizeof(struct lesson));
        struct actor *actor = somebody(&play);

        check_push(&play, actor, cases[i].key, cases[i].text, cases[i].at, cases[i].by_itself);
        for (int c = 0; c < CHECKS; c++)
            assert_int_equal(play.tallies[c].broken, c == cases[i].broken);
    }
}

static void test_the_fifth_reminder_of_a_day_is_found_out(void **state)
{
    static struct school school;
    struct play play = { .school = &school, .lang = (char *)"zh-CN", .pool = pool_new() };

    (void)state;
    school.pool = play.pool;
    play.zone = g_time_zone_new_utc();
    play.lessons = g_array_new(FALSE, FALSE, sizeof(struct lesson));
    struct actor *actor = somebody(&play);

    for (int i = 0; i < 5; i++)
        check_push(&play, actor, "reminder.tomorrow", "明天上课", 20 * 3600, true);
    assert_int_equal(play.tallies[CHECK_FEW].broken, 1);
    check_new_day(&play);
    check_push(&play, actor, "reminder.tomorrow", "明天上课", 20 * 3600, true);
    assert_int_equal(play.tallies[CHECK_FEW].broken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_wrong_push_is_found_out),
                                        cmocka_unit_test(test_the_fifth_reminder_of_a_day_is_found_out),
                                        cmocka_unit_test(test_a_tampered_store_is_found_out) };
    g_autoptr(GPtrArray) faults = faults_new();

    if (!locale_load(BANZHANG_TREE "/locales", faults))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
