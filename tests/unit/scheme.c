/* Marks to the letter: exact sums, the ladder, the schemes that are shipped, and faults with line and column.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/school/ladder.h"
#include "bot/school/roles.h"
#include "bot/school/scheme.h"

static struct ratio r(int64_t num, int64_t den)
{
    return ratio_of(num, den);
}

/* A number read from text. */
static struct ratio n(const char *text)
{
    struct ratio value;

    assert_true(ratio_read(&text, &value));
    assert_string_equal(text, "");
    return value;
}

static void the_ladder_of_the_rulebook(void **state)
{
    static const struct {
        int64_t seconds;
        int points;
        bool absent;
    } vectors[] = { { -60, 0, false },  { 0, 0, false },    { 1, 1, false },    { 60, 1, false },
                    { 600, 1, false },  { 601, 2, false },  { 1200, 2, false }, { 1201, 3, false },
                    { 3540, 6, false }, { 3600, 6, false }, { 3601, 7, true },  { 86400, 7, true } };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        struct lateness late = ladder_of(vectors[i].seconds);

        assert_int_equal(late.points, vectors[i].points);
        assert_int_equal(late.absent, vectors[i].absent);
    }
    assert_int_equal(ladder_of(601).minutes, 11);
    struct ladder kind = ladder_default;

    kind.grace = 300;
    kind.step_points = 2;
    assert_int_equal(ladder_by(&kind, 300).points, 0);
    assert_int_equal(ladder_by(&kind, 301).points, 2);
    assert_int_equal(ladder_by(&kind, 601).points, 4);
}

static void ladders_never_fall(void **state)
{
    int last = 0;

    (void)state;
    for (int64_t s = -100; s < 8000; s++) {
        int points = ladder_of(s).points;

        assert_true(points >= last);
        last = points;
    }
}

static void rounding_half_up(void **state)
{
    struct pool *pool = pool_new();

    (void)state;
    assert_string_equal(ratio_text(pool, n("79.95"), 1), "80");
    assert_string_equal(ratio_text(pool, n("79.949"), 1), "79.9");
    assert_string_equal(ratio_text(pool, r(79950 - 1, 1000), 1), "79.9");
    assert_string_equal(ratio_text(pool, r(1, 3), 1), "0.3");
    assert_string_equal(ratio_text(pool, r(2, 3), 2), "0.67");
    assert_string_equal(ratio_text(pool, r(-1, 20), 1), "0");
    assert_string_equal(ratio_text(pool, r(-3, 20), 1), "-0.1");
    assert_string_equal(ratio_text(pool, n("12.50"), 2), "12.5");
    assert_string_equal(ratio_text(pool, r(1, 20), 2), "0.05");
    assert_int_equal(ratio_cmp(ratio_rounded(n("79.95"), 1), r(80, 1)), 0);
    pool_free(pool);
}

static void sums_are_exact(void **state)
{
    struct ratio sum = r(0, 1), tenth = n("0.1");

    (void)state;
    for (int i = 0; i < 1000; i++)
        sum = ratio_add(sum, tenth);
    assert_int_equal(sum.num, 100);
    assert_int_equal(sum.den, 1);
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260302);

    for (int i = 0; i < 20000; i++) {
        struct ratio a = r(g_rand_int_range(rand, -100000, 100000), g_rand_int_range(rand, 1, 1000));
        struct ratio b = r(g_rand_int_range(rand, -100000, 100000), g_rand_int_range(rand, 1, 1000));
        struct ratio c = r(g_rand_int_range(rand, 1, 1000), g_rand_int_range(rand, 1, 1000));

        assert_int_equal(ratio_cmp(ratio_add(a, b), ratio_add(b, a)), 0);
        assert_int_equal(ratio_cmp(ratio_sub(ratio_add(a, b), b), a), 0);
        assert_int_equal(ratio_cmp(ratio_add(ratio_add(a, b), c), ratio_add(a, ratio_add(b, c))), 0);
        assert_int_equal(
            ratio_cmp(ratio_mul(a, ratio_add(b, c)), ratio_add(ratio_mul(a, b), ratio_mul(a, c))), 0);
        assert_int_equal(ratio_cmp(ratio_div(ratio_mul(a, c), c), a), 0);
        assert_true(ratio_sub(a, b).den > 0);
        struct ratio off = ratio_sub(ratio_rounded(a, 1), a);

        assert_true(ratio_cmp(off, r(1, 20)) <= 0 && ratio_cmp(off, r(-1, 20)) > 0);
    }
}

static void strange_figures_stay_near(void **state)
{
    struct ratio sum = r(0, 1);

    (void)state;
    for (int i = 0; i < 11; i++)
        sum = ratio_add(sum, ratio_mul(r(10, 1), r(999999999937 - i * 2, 1000000000039 + i * 6)));
    assert_int_equal(ratio_cmp(ratio_rounded(sum, 1), r(110, 1)), 0);
}

/* What no mark ever is ends at the edge, not in a division by nothing. */
static void beyond_everything(void **state)
{
    struct ratio million = r(1000000, 1), huge = r(1, 1);

    (void)state;
    for (int i = 0; i < 20; i++) {
        huge = ratio_mul(huge, million);
        assert_true(huge.num > 0 && huge.den == 1);
    }
    assert_true(ratio_mul(huge, r(-1000000000000, 1)).num < -1000000000000);
    assert_true(ratio_cmp(ratio_add(huge, huge), million) > 0);
    assert_true(ratio_cmp(ratio_div(huge, r(1, 1000000000000)), million) > 0);
}

static void numbers_are_read(void **state)
{
    static const char *const bad[] = { "", "x", "-3", "1.23456", "1234567890123", "." };
    struct ratio value;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *at = bad[i];

        assert_false(ratio_read(&at, &value));
        assert_ptr_equal(at, bad[i]);
    }
    const char *at = "18.x";

    assert_true(ratio_read(&at, &value));
    assert_string_equal(at, ".x");
}

static struct scheme *shipped(const char *name)
{
    g_autofree char *path = g_strdup_printf(BANZHANG_TREE "/config/schemes/%s.yaml", name);
    g_autoptr(GPtrArray) faults = faults_new();
    struct scheme *scheme = scheme_read(path, scheme_languages, faults);

    for (guint i = 0; i < faults->len; i++)
        print_message("%s\n", (char *)faults->pdata[i]);
    assert_non_null(scheme);
    return scheme;
}

static void the_schemes_that_are_shipped(void **state)
{
    (void)state;
    g_autoptr(marking_scheme) job = shipped("employment");
    g_autoptr(marking_scheme) startup = shipped("startup");
    g_autoptr(marking_scheme) practical = shipped("practical");
    g_autoptr(marking_scheme) county = shipped("county");
    struct ratio weights = r(0, 1);

    assert_int_equal(ratio_cmp(scheme_max(job), r(100, 1)), 0);
    assert_int_equal(ratio_cmp(scheme_max(startup), r(100, 1)), 0);
    assert_int_equal(ratio_cmp(scheme_max(practical), r(100, 1)), 0);
    assert_true(job->veto && job->limits->len == 2 && job->ladder.absence_points == 7);
    assert_int_equal(job->items->len, 6);
    assert_int_equal(((struct scheme_item *)job->items->pdata[1])->by, ROLE_MENTOR);
    for (guint i = 0; i < startup->indicators->len; i++)
        weights = ratio_add(weights, ((struct scheme_indicator *)startup->indicators->pdata[i])->weight);
    assert_int_equal(startup->indicators->len, 11);
    assert_int_equal(weights.num, 100);
    assert_int_equal(practical->prizes->len, 4);
    assert_int_equal(practical->team_item, 5);
    assert_false(county->has_pass);
}

static void indicators(void **state)
{
    struct scheme_indicator more = { .weight = n("15") }, less = { .weight = n("6"), .lower = true };

    (void)state;
    assert_int_equal(ratio_cmp(indicator_score(&more, r(80, 1), r(100, 1)), r(12, 1)), 0);
    assert_int_equal(ratio_cmp(indicator_score(&more, r(200, 1), r(100, 1)), r(15, 1)), 0);
    assert_int_equal(ratio_cmp(indicator_score(&more, r(0, 1), r(100, 1)), r(0, 1)), 0);
    assert_int_equal(ratio_cmp(indicator_score(&less, r(0, 1), r(5, 1)), r(6, 1)), 0);
    assert_int_equal(ratio_cmp(indicator_score(&less, r(10, 1), r(5, 1)), r(3, 1)), 0);
    assert_int_equal(ratio_cmp(indicator_score(&less, r(2, 1), r(5, 1)), r(6, 1)), 0);
}

static void faults_have_a_place(void **state)
{
    static const char text[] =
        "id: odd\n"
        "title: {zh-CN: 怪, en: odd}\n"
        "pass: 200\n"
        "attendance: {step: 10, graze: 0s}\n"
        "limits:\n"
        "  - {measure: attendance.absence, most: -1}\n"
        "blocks:\n"
        "  - id: a\n"
        "    title: {zh-CN: 甲}\n"
        "    items:\n"
        "      - {id: x, title: {zh-CN: 甲, en: x}, max: 10, deduct: [attendance.point]}\n"
        "      - {id: x, title: {zh-CN: 甲, en: x}, max: lots, by: [trainee]}\n"
        "      - {id: y, title: {zh-CN: 乙, en: y}, max: 5}\n"
        "teams: {item: nobody, prizes: [1.5]}\n"
        "homework: {best: 0, cut: 7}\n"
        "weekly: {plan: 25:00, report_day: first, plan_day: someday}\n";
    static const char *const wanted[] = {
        "odd.yaml:3:7: ",   "odd.yaml:4:20: ",  "odd.yaml:4:24: ",  "odd.yaml:6:15: ",  "odd.yaml:6:41: ",
        "odd.yaml:9:12: ",  "odd.yaml:11:61: ", "odd.yaml:12:14: ", "odd.yaml:12:48: ", "odd.yaml:12:59: ",
        "odd.yaml:13:9: ",  "odd.yaml:14:15: ", "odd.yaml:14:32: ", "odd.yaml:15:18: ", "odd.yaml:15:21: ",
        "odd.yaml:16:16: ", "odd.yaml:16:35: ", "odd.yaml:16:52: "
    };
    g_autoptr(GPtrArray) faults = faults_new();

    (void)state;
    assert_null(scheme_parse("odd.yaml", text, scheme_languages, faults));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        bool told = false;

        for (guint j = 0; j < faults->len; j++)
            told = told || g_str_has_prefix(faults->pdata[j], wanted[i]);
        if (!told)
            for (guint j = 0; j < faults->len; j++)
                print_message("%s\n", (char *)faults->pdata[j]);
        if (!told)
            fail_msg("no fault at %s", wanted[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ladder_of_the_rulebook),
        cmocka_unit_test(ladders_never_fall),
        cmocka_unit_test(rounding_half_up),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(strange_figures_stay_near),
        cmocka_unit_test(beyond_everything),
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(the_schemes_that_are_shipped),
        cmocka_unit_test(indicators),
        cmocka_unit_test(faults_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
