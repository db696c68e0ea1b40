/* What a scheme makes of figures: the rulebook's vectors, vetoes, what can still be reached, what blocks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <glib.h>
#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/locale.h"
#include "bot/school/handler.h"
#include "bot/school/school.h"

/* The figures of this test, by name; marks by "mark.ITEM". */
struct given {
    const char *name;
    int64_t value, whole, open;
};
static const struct given *given;

static bool measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    const char *full =
        m->item && strcmp(name, "mark") == 0 ? pool_printf(talk->pool, "mark.%s", m->item->id) : name;

    for (const struct given *g = given; g->name; g++)
        if (strcmp(g->name, full) == 0) {
            into->value = ratio_of(g->value, 1);
            into->whole = ratio_of(g->whole, 1);
            into->open = ratio_of(g->open, 1);
        }
    return true;
}

/* The marks that a shipped scheme, with one text replaced when wanted, makes of the figures. */
static struct marks marks_from(struct pool *pool, const char *name, const char *from, const char *to,
                               const struct given *figures, bool ended)
{
    static const struct handler handler = { .name = "test", .measure = measure };
    static const struct handler *const handlers[] = { &handler, NULL };
    static struct school school = { .handlers = handlers };
    struct talk talk = { .school = &school, .pool = pool, .lang = "zh-CN" };
    g_autofree char *path = g_strdup_printf(BANZHANG_TREE "/config/schemes/%s.yaml", name);
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) faults = faults_new();
    struct marks marks;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, from ? from : "\001", 2);
    g_autofree char *changed = g_strjoinv(to, parts);
    static struct scheme *kept;

    scheme_free(kept);
    kept = scheme_parse(path, changed, scheme_languages, faults);
    assert_non_null(kept);
    given = figures;
    struct measuring m = { .scheme = kept, .ended = ended };

    marks_of(&talk, &m, &marks);
    return marks;
}

static void is(struct ratio value, int64_t num, int64_t den)
{
    if (ratio_cmp(value, ratio_of(num, den)) != 0)
        fail_msg("%ld/%ld, not %ld/%ld", (long)value.num, (long)value.den, (long)num, (long)den);
}

#define WORK                                                                                                 \
    { "mark.plan", 20, 4, 0 }, { "mark.push", 20, 4, 0 }, { "mark.problems", 10, 4, 0 },                     \
        { "mark.help", 10, 4, 0 }, { "homework.ontime", 12, 12, 0 },                                         \
    {                                                                                                        \
        "plan.ontime", 4, 4, 0                                                                               \
    }

static void exactly_eighty(void **state)
{
    static const struct given figures[] = {
        WORK, { "attendance.points", 28, 26, 0 }, { "attendance.absences", 4, 0, 0 }, { NULL, 0, 0, 0 }
    };
    struct pool *pool = pool_new();

    (void)state;
    struct marks with = marks_from(pool, "employment", NULL, NULL, figures, true);

    is(with.items[0].points, 0, 1);
    is(with.total, 80, 1);
    assert_true(with.complete && with.substandard && !with.passed && with.failed);
    struct marks without = marks_from(pool, "employment", "veto: true", "veto: false", figures, true);

    is(without.total, 80, 1);
    assert_true(without.passed && without.substandard);
    pool_free(pool);
}

static void limits_are_up_to_standard(void **state)
{
    static const struct {
        int64_t absences, leaves;
        bool substandard;
    } vectors[] = { { 0, 0, false }, { 3, 0, false }, { 4, 0, true },
                    { 0, 2, false }, { 0, 3, true },  { 3, 2, false } };
    struct pool *pool = pool_new();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        const struct given figures[] = { WORK,
                                         { "attendance.points", 0, 26, 0 },
                                         { "attendance.absences", vectors[i].absences, 0, 0 },
                                         { "attendance.leaves", vectors[i].leaves, 0, 0 },
                                         { NULL, 0, 0, 0 } };
        struct marks marks = marks_from(pool, "employment", NULL, NULL, figures, true);

        assert_int_equal(marks.substandard, vectors[i].substandard);
        assert_int_equal(marks.passed, !vectors[i].substandard);
    }
    pool_free(pool);
}

static void two_leaves_and_twelve_minutes(void **state)
{
    static const struct given figures[] = {
        WORK, { "attendance.points", 5 + 5 + 2, 26, 0 }, { "attendance.leaves", 2, 0, 0 }, { NULL, 0, 0, 0 }
    };
    struct pool *pool = pool_new();

    (void)state;
    struct marks marks = marks_from(pool, "employment", NULL, NULL, figures, true);

    is(marks.items[0].points, 8, 1);
    assert_true(marks.passed);
    pool_free(pool);
}

static void an_exception_lifts_the_veto(void **state)
{
    static const struct given figures[] = { WORK,
                                            { "attendance.points", 28, 26, 0 },
                                            { "attendance.absences", 4, 0, 0 },
                                            { "attendance.exception", 1, 0, 0 },
                                            { NULL, 0, 0, 0 } };
    struct pool *pool = pool_new();

    (void)state;
    struct marks marks = marks_from(pool, "employment", NULL, NULL, figures, true);

    assert_true(marks.passed && marks.substandard && marks.excepted);
    pool_free(pool);
}

static void what_is_missing_blocks(void **state)
{
    static const struct given figures[] = { { "mark.plan", 20, 4, 0 },
                                            { "mark.push", 20, 4, 0 },
                                            { "mark.problems", 10, 4, 0 },
                                            { "homework.ontime", 1, 2, 0 },
                                            { "plan.ontime", 0, 1, 0 },
                                            { "attendance.points", 1, 26, 0 },
                                            { NULL, 0, 0, 0 } };
    struct pool *pool = pool_new();

    (void)state;
    struct marks marks = marks_from(pool, "employment", NULL, NULL, figures, true);

    assert_int_equal(marks.items[5].state, STATE_TO_MARK);
    assert_true(!marks.complete && !marks.passed && marks.to_mark == 1);
    is(marks.items[4].points, 20, 3);
    is(marks.total, 757, 10); /* 19 + 50 + 6.666… */
    pool_free(pool);
}

static void what_can_still_be_reached(void **state)
{
    static const struct given none[] = { { NULL, 0, 0, 0 } };
    static const struct given some[] = { { "mark.plan", 10, 2, 2 },
                                         { "homework.ontime", 1, 2, 2 },
                                         { "attendance.points", 7, 3, 23 },
                                         { NULL, 0, 0, 0 } };
    struct pool *pool = pool_new();

    (void)state;
    struct marks marks = marks_from(pool, "employment", NULL, NULL, none, false);

    is(marks.best, 100, 1);
    is(marks.total, 0, 1);
    assert_int_equal(marks.items[0].state, STATE_NOT_YET);
    assert_true(!marks.failed && !marks.complete);
    marks = marks_from(pool, "employment", NULL, NULL, some, false);
    is(marks.items[0].best, 13, 1);
    is(marks.items[1].best, 15, 1); /* (10·2 + 20·2) ÷ 4 */
    is(marks.items[4].best, 15, 1); /* 3 of 4 */
    is(marks.best, 13 + 15 + 20 + 10 + 15 + 10, 1);
    pool_free(pool);
}

static void shifts_and_exams(void **state)
{
    static const struct given figures[] = {
        { "attendance.shifts", 9, 12, 0 }, { "mark.obedience", 10, 1, 0 }, { "mark.learning", 10, 1, 0 },
        { "mark.teamwork", 10, 1, 0 },     { "mark.exam", 20, 1, 0 },      { "mark.key", 2, 1, 0 },
        { "mark.appraisal", 10, 1, 0 },    { "mark.exam", 12, 1, 0 },      { NULL, 0, 0, 0 }
    };
    static const struct given passed[] = { { "mark.exam", 1, 1, 0 }, { NULL, 0, 0, 0 } };
    static const struct given not_passed[] = { { "mark.exam", 0, 1, 0 }, { NULL, 0, 0, 0 } };
    struct pool *pool = pool_new();

    (void)state;
    struct marks marks = marks_from(pool, "practical", NULL, NULL, figures, true);

    is(marks.items[4].points, 15, 2);
    is(marks.total, 615, 10);
    assert_true(marks.passed);
    assert_true(marks_from(pool, "county", NULL, NULL, passed, true).passed);
    marks = marks_from(pool, "county", NULL, NULL, not_passed, true);
    assert_true(marks.complete && !marks.passed && marks.failed);
    pool_free(pool);
}

static int load(void **state)
{
    g_autoptr(GPtrArray) faults = faults_new();

    (void)state;
    return locale_load(BANZHANG_TREE "/locales", faults) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_eighty),
        cmocka_unit_test(limits_are_up_to_standard),
        cmocka_unit_test(two_leaves_and_twelve_minutes),
        cmocka_unit_test(an_exception_lifts_the_veto),
        cmocka_unit_test(what_is_missing_blocks),
        cmocka_unit_test(what_can_still_be_reached),
        cmocka_unit_test(shifts_and_exams),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
