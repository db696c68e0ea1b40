/* What a rehearsal shows: the days with their digests, the marks as a table, and what was checked. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/rehearse_private.h"

enum {
    MANY = 60 /* trainees: then habits are shown instead of people */,
    FAILURES = 20,
    BAR = 30,
    LINE = 72
};

/* --- columns
 * -------------------------------------------------------------------------------------------------------------
 */

/* How many columns a text takes in a terminal: Chinese characters take two. */
static int width(const char *text)
{
    int columns = 0;

    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);

        columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return columns;
}

static void pad(int columns)
{
    while (columns-- > 0)
        putchar(' ');
}

static void rule(void)
{
    for (int i = 0; i < LINE; i++)
        fputs("─", stdout);
    putchar('\n');
}

/* Writes a text with every line moved in. */
static void indented(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **one = lines; *one; one++)
        printf("  %s\n", *one);
}

/* A table: the first row is its head; the columns in `left` are set to the left. */
static void table(GPtrArray *rows, guint columns, guint left)
{
    g_autofree int *widths = g_new0(int, columns);

    for (guint i = 0; i < rows->len; i++)
        for (guint j = 0; j < columns; j++)
            widths[j] = MAX(widths[j], width(((char **)rows->pdata[i])[j]));
    for (guint i = 0; i < rows->len; i++) {
        char **cells = rows->pdata[i];

        for (guint j = 0; j < columns; j++) {
            bool last = j + 1 == columns;

            if (j >= left && !last)
                pad(widths[j] - width(cells[j]));
            fputs(cells[j], stdout);
            if (j < left)
                pad(widths[j] - width(cells[j]));
            fputs(last ? "\n" : "  ", stdout);
        }
    }
}

/* --- the days
 * ------------------------------------------------------------------------------------------------------------
 */

static const char *number(struct play *play, int64_t n)
{
    return pool_printf(play->pool, "%" G_GINT64_FORMAT, n);
}

void print_head(struct play *play)
{
    const struct lesson *first = &g_array_index(play->lessons, struct lesson, 0);
    const struct lesson *last = &g_array_index(play->lessons, struct lesson, play->lessons->len - 1);

    rule();
    puts(line(play, "rehearse.head", "class", play->title, "trainees", number(play, play->trainees->len),
              "staff", number(play, play->staff->len), "sittings", number(play, play->lessons->len), "from",
              first->day, "to", last->day, NULL));
    puts(line(play, "rehearse.made_up", "seed", number(play, play->options->seed), NULL));
    if (play->web_ballot)
        puts(line(play, "rehearse.web_ballot", NULL));
    rule();
    fflush(stdout);
}

/* How far it is, for the load test: a bar on a terminal, else a plain line. */
static void progress(const char *day, int done, int all, int64_t said)
{
    int full = all > 0 ? MIN(BAR, done * BAR / all) : BAR;

    if (!isatty(STDERR_FILENO)) {
        fprintf(stderr, "%s  %d/%d  %" G_GINT64_FORMAT "\n", day, done, all, said);
        return;
    }
    fputs("\r[", stderr);
    for (int i = 0; i < BAR; i++)
        fputs(i < full ? "█" : "░", stderr);
    fprintf(stderr, "] %s  %3d%%  %" G_GINT64_FORMAT " ", day, all > 0 ? MIN(100, done * 100 / all) : 100,
            said);
    if (done >= all)
        fputc('\n', stderr);
}

void print_day(struct play *play, const char *day, int done, int all)
{
    int sittings = 0, week = 0;

    if (play->trainees->len > MANY)
        progress(day, done, all, play->said);
    for (guint i = 0; i < play->lessons->len; i++) {
        const struct lesson *lesson = &g_array_index(play->lessons, struct lesson, i);

        if (strcmp(lesson->day, day) != 0)
            continue;
        sittings++;
        week = lesson->week;
    }
    g_autofree char *weekday = g_strdup_printf("time.weekday%d", days_weekday(day));

    if (sittings)
        printf("\n%s\n", line(play, "rehearse.day", "day", day, "weekday", line(play, weekday, NULL), "week",
                              number(play, week), "n", number(play, sittings), "said",
                              number(play, play->said), "pushed", number(play, play->pushed), NULL));
    if (play->digest && !play->options->quiet) /* its first line says class and day once more */
        indented(strchr(play->digest, '\n') ? strchr(play->digest, '\n') + 1 : play->digest);
    g_clear_pointer(&play->digest, g_free);
    fflush(stdout);
}

/* --- the marks
 * ------------------------------------------------------------------------------------------------------------
 */

/* What became of somebody, in a word. */
static const char *verdict(struct play *play, const struct actor *actor, const struct marks *marks)
{
    if (actor->left)
        return line(play, "rehearse.has_left", NULL);
    if (marks->complete)
        return line(play, marks->passed ? "marks.short_passed" : "marks.short_failed", NULL);
    return line(play, marks->failed ? "rehearse.hopeless" : "rehearse.open", NULL);
}

static char **head_row(struct play *play, const struct scheme *scheme)
{
    GPtrArray *cells = g_ptr_array_new();

    g_ptr_array_add(cells, g_strdup(line(play, "rehearse.column_number", NULL)));
    g_ptr_array_add(cells, g_strdup(line(play, "rehearse.column_name", NULL)));
    g_ptr_array_add(cells, g_strdup(line(play, "rehearse.column_habit", NULL)));
    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        g_ptr_array_add(cells, g_strdup(scheme_say(item->title, play->lang)));
    }
    g_ptr_array_add(cells, g_strdup(line(play, "rehearse.column_total", NULL)));
    g_ptr_array_add(cells, g_strdup(line(play, "rehearse.column_result", NULL)));
    if (scheme->indicators->len)
        g_ptr_array_add(cells, g_strdup(scheme_say(scheme->enterprise_title, play->lang)));
    g_ptr_array_add(cells, NULL);
    return (char **)g_ptr_array_free(cells, FALSE);
}

static const char *habit_name(struct play *play, const struct actor *actor)
{
    return line(play, pool_printf(play->pool, "rehearse.habit.%s", actor->habit->id), NULL);
}

/* What the enterprise's indicators come to; it stands beside the result. */
static const char *enterprise(struct talk *talk, const struct measuring *m)
{
    struct ratio sum = { 0, 1 };

    for (guint i = 0; i < m->scheme->indicators->len; i++) {
        struct measuring own = *m;

        own.indicator = m->scheme->indicators->pdata[i];
        sum = ratio_add(sum, marks_measure(talk, "indicator", &own).value);
    }
    return ratio_text(talk->pool, sum, m->scheme->decimals);
}

static char **mark_row(struct play *play, struct talk *talk, const struct actor *actor,
                       const struct measuring *m, const struct marks *marks)
{
    GPtrArray *cells = g_ptr_array_new();

    g_ptr_array_add(cells, g_strdup(actor->number ? actor->number : "-"));
    g_ptr_array_add(cells, g_strdup(actor->name));
    g_ptr_array_add(cells, g_strdup(habit_name(play, actor)));
    for (guint i = 0; i < marks->scheme->items->len; i++) {
        const struct item_marks *item = &marks->items[i];
        bool points = item->state == STATE_COUNTED && item->item->kind != ITEM_PASSED && !actor->left;

        g_ptr_array_add(
            cells, g_strdup(points ? ratio_text(talk->pool, item->points, marks->scheme->decimals)
                            : item->state == STATE_COUNTED && !actor->left
                                ? line(play, item->passed ? "marks.passed_item" : "marks.failed_item", NULL)
                                : "–"));
    }
    g_ptr_array_add(
        cells, g_strdup(actor->left ? "–" : ratio_text(talk->pool, marks->total, marks->scheme->decimals)));
    g_ptr_array_add(cells, g_strdup(verdict(play, actor, marks)));
    if (marks->scheme->indicators->len)
        g_ptr_array_add(cells, g_strdup(actor->left ? "–" : enterprise(talk, m)));
    g_ptr_array_add(cells, NULL);
    return (char **)g_ptr_array_free(cells, FALSE);
}

/* Why somebody does not pass: limits that are broken, then what cost most. */
static void print_why(struct play *play, struct talk *talk, const struct actor *actor,
                      const struct marks *marks)
{
    printf("  ✗ %s %s\n", actor->name, ratio_text(talk->pool, marks->total, marks->scheme->decimals));
    for (guint i = 0; i < marks->scheme->limits->len; i++) {
        const struct limit_marks *limit = &marks->limits[i];

        if (limit->count > limit->limit->most)
            printf("    %s\n",
                   line(play, "rehearse.over", "measure", limit->reasons, "n", number(play, limit->count),
                        "most", number(play, limit->limit->most), NULL));
    }
    for (guint i = 0; i < marks->scheme->items->len; i++) {
        const struct item_marks *item = &marks->items[i];

        if (item->item->kind == ITEM_PASSED && item->state == STATE_COUNTED && !item->passed)
            printf("    %s %s\n", scheme_say(item->item->title, play->lang),
                   line(play, "marks.failed_item", NULL));
        if (item->item->kind != ITEM_PASSED && item->state == STATE_COUNTED &&
            ratio_cmp(ratio_mul(item->points, ratio_of(10, 1)), ratio_mul(item->item->max, ratio_of(8, 1))) <
                0)
            printf("    %s %s/%s%s%s\n", scheme_say(item->item->title, play->lang),
                   ratio_text(talk->pool, item->points, 1), ratio_text(talk->pool, item->item->max, 1),
                   item->reasons && *item->reasons ? "：" : "", item->reasons ? item->reasons : "");
    }
}

/* How those of one habit fare, for classes too large to name everybody. */
struct group {
    const struct habit *habit;
    const struct actor *one;
    int count, passed, left;
    struct ratio sum;
};

static void add_to_group(struct group *groups, const struct actor *actor, const struct marks *marks)
{
    struct group *group = groups;

    while (group->habit && group->habit != actor->habit)
        group++;
    group->habit = actor->habit;
    group->one = actor;
    group->count++;
    group->left += actor->left != 0;
    group->passed += !actor->left && marks->complete && marks->passed;
    if (!actor->left)
        group->sum = ratio_add(group->sum.den ? group->sum : ratio_of(0, 1), marks->total);
}

static void print_groups(struct play *play, struct talk *talk, const struct group *groups)
{
    for (const struct group *g = groups; g->habit; g++)
        puts(line(play, "rehearse.group", "habit", habit_name(play, g->one), "n", number(play, g->count),
                  "passed", number(play, g->passed), "left", number(play, g->left), "mean",
                  g->count > g->left
                      ? ratio_text(talk->pool, ratio_div(g->sum, ratio_of(g->count - g->left, 1)), 1)
                      : "–",
                  NULL));
}

/* Everybody's marks made once: rows, groups, and who fails. */
static void show_marks(struct play *play, struct talk *talk, const struct class *class,
                       const struct scheme *scheme)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    struct group groups[16] = { { 0 } };
    bool many = play->trainees->len > MANY;
    int passed = 0, failed = 0, left = 0;

    g_ptr_array_add(rows, head_row(play, scheme));
    g_autoptr(GPtrArray) failing = g_ptr_array_new();
    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *actor = play->trainees->pdata[i];
        struct measuring m = measuring_of(talk, class, member_by_id(talk, actor->member), scheme);
        struct marks *marks = pool_alloc(talk->pool, sizeof *marks);

        marks_of(talk, &m, marks);
        bool fails = !actor->left && (marks->complete ? !marks->passed : marks->failed);

        if (!many)
            g_ptr_array_add(rows, mark_row(play, talk, actor, &m, marks));
        add_to_group(groups, actor, marks);
        left += actor->left != 0;
        failed += fails;
        passed += !actor->left && marks->complete && marks->passed;
        if (fails && failing->len < 2 * FAILURES) {
            g_ptr_array_add(failing, actor);
            g_ptr_array_add(failing, marks);
        }
    }
    if (many)
        print_groups(play, talk, groups);
    else
        table(rows, scheme->items->len + 5 + (scheme->indicators->len > 0), 3);
    printf("\n%s\n", line(play, "rehearse.outcome", "passed", number(play, passed), "failed",
                          number(play, failed), "left", number(play, left), "open",
                          number(play, play->trainees->len - passed - failed - left), NULL));
    for (guint i = 0; i < failing->len; i += 2)
        print_why(play, talk, failing->pdata[i], failing->pdata[i + 1]);
    if (failed > FAILURES)
        printf("  … %d\n", failed - FAILURES);
}

void print_marks(struct play *play)
{
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, play->school, pool);
    const struct class *class = class_by_id(&talk, play->class);
    const struct scheme *scheme = scheme_of(&talk, class);

    talk.lang = class->lang;
    putchar('\n');
    rule();
    puts(line(play, "rehearse.marks", "scheme", scheme ? scheme_say(scheme->title, play->lang) : "-", NULL));
    if (scheme)
        show_marks(play, &talk, class, scheme);
    talk_end(&talk);
    pool_free(pool);
}

/* --- what was checked
 * ------------------------------------------------------------------------------------------------------ */

int print_checks(struct play *play)
{
    static const char *const keys[] = {
        [CHECK_ANSWERED] = "answered", [CHECK_OUTCOME] = "outcome",     [CHECK_TRUTH] = "truth",
        [CHECK_HOMEWORK] = "homework", [CHECK_EXPLAINED] = "explained", [CHECK_TOTAL] = "total",
        [CHECK_REMINDER] = "reminder", [CHECK_QUIET] = "quiet",         [CHECK_FEW] = "few",
        [CHECK_SURVEY] = "survey",     [CHECK_AUDIT] = "audit",         [CHECK_STORE] = "store",
    };
    int broken = 0;

    putchar('\n');
    rule();
    puts(line(play, "rehearse.checks", NULL));
    for (int i = 0; i < CHECKS; i++) {
        const struct tally *tally = &play->tallies[i];

        printf("  %s %s", tally->broken ? "✗" : "✓",
               line(play, pool_printf(play->pool, "rehearse.check.%s", keys[i]), NULL));
        printf("  %s\n", tally->broken ? line(play, "rehearse.broken", "n", number(play, tally->broken), "of",
                                              number(play, tally->looked), NULL)
                                       : number(play, tally->looked));
        for (guint j = 0; tally->faults && j < tally->faults->len; j++)
            printf("      %s\n", (char *)tally->faults->pdata[j]);
        broken += tally->broken > 0;
    }
    puts(broken ? line(play, "rehearse.some_broken", "n", number(play, broken), NULL)
                : line(play, "rehearse.all_hold", NULL));
    return broken ? 1 : 0;
}
