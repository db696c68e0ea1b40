/* What teachers, mentors, lecturers and organisers do in a rehearsal. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"

enum {
    MINUTE = 60,
    HOUR = 60 * 60,
    HELPS = 85, /* of a hundred who are stuck */
    REFUSALS = 8 /* of a hundred requests */,
    MANY = 200 /* trainees: nobody enters figures for each */
};

struct actor *staff_as(struct play *play, int roles)
{
    for (guint i = 0; i < play->staff->len; i++) {
        struct actor *actor = play->staff->pdata[i];

        if (actor->role & roles)
            return actor;
    }
    return NULL;
}

int lesson_of(struct play *play, int64_t sitting)
{
    for (guint i = 0; i < play->lessons->len; i++)
        if (g_array_index(play->lessons, struct lesson, i).id == sitting)
            return (int)i;
    return -1;
}

int64_t moment_of(struct play *play, const char *day, int hour, int minute)
{
    return days_moment(play->zone, day, hour * 60 + minute);
}

static struct actor *teacher(struct play *play)
{
    struct actor *duty = staff_as(play, ROLE_DUTY);

    return duty ? duty : staff_as(play, ROLE_TEACHERS);
}

/* --- a class day
 * ---------------------------------------------------------------------------------------------------------
 */

static void open_signin(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = &g_array_index(play->lessons, struct lesson, place);

    (void)what;
    if (lesson->cancelled || lesson->starts > clock_now() + HOUR)
        return;
    if (lesson->starts > clock_now() + 30 * MINUTE) { /* put off */
        act_later(play, lesson->starts - 20 * MINUTE, actor, open_signin, NULL, place);
        return;
    }
    says(play, actor, "%s", word(play, "open"));
    check(play, CHECK_ANSWERED, answered(play, "signin.opened") != NULL, "%s",
          line(play, "rehearse.fault_open", "title", lesson->title, NULL));
}

/* Confirms a time that the import had to guess. */
static void confirm_time(struct play *play, struct actor *actor, const char *day, int64_t place)
{
    struct lesson *lesson = &g_array_index(play->lessons, struct lesson, place);
    int64_t ends = store_int(play->school->store, lesson->ends, "SELECT ends FROM session WHERE id = ?", "i",
                             lesson->session);
    char unused[DAY_SIZE];
    int from = days_of(play->zone, lesson->starts, unused), to = days_of(play->zone, ends, unused);

    (void)day;
    says(play, actor, "%s %s %02d:%02d-%02d:%02d", word(play, "confirm_time"), lesson->day, from / 60,
         from % 60, to / 60, to % 60);
    if (presses_label(play, actor, "sittings.go") && answered(play, "sittings.made"))
        for (guint i = 0; i < play->lessons->len; i++)
            if (g_array_index(play->lessons, struct lesson, i).session == lesson->session)
                g_array_index(play->lessons, struct lesson, i).confirmed = true;
}

/* Looks who is missing, and writes in some who are there and forgot. */
static void look_round(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = &g_array_index(play->lessons, struct lesson, place);
    char day[DAY_SIZE];
    int minutes = days_of(play->zone, lesson->starts, day) - 2;

    (void)what;
    if (lesson->cancelled || lesson->starts > clock_now())
        return;
    says(play, actor, "%s", word(play, "missing"));
    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *trainee = play->trainees->pdata[i];
        struct deed *deed = &trainee->deeds[place];

        if (trainee->left || !deed->owed || deed->came || deed->leave || deed->asked || !trainee->number ||
            !chance(play, trainee->habit->forgets / 6))
            continue;
        says(play, actor, "%s %s %d:%02d %s", word(play, "makeup"), trainee->number, minutes / 60,
             minutes % 60, line(play, "rehearse.say_phone", NULL));
        if (answered(play, "correction.made_up"))
            deed->came = lesson->starts - 2 * MINUTE;
    }
}

/* --- marks
 * --------------------------------------------------------------------------------------------------------------
 */

/* What a mentor gives somebody for an item: whole points, around the merit of the habit. */
static int64_t given(struct play *play, const struct actor *trainee, const struct scheme_item *item)
{
    int64_t max = item->max.num / item->max.den;

    return CLAMP((max * (trainee->habit->merit + between(play, -6, 6)) + 50) / 100, 0, max);
}

/* Marks everybody in an item: the class in one message, then who differs by name. */
static void mark_item(struct play *play, struct actor *actor, const struct scheme_item *item)
{
    const char *title = scheme_say(item->title, play->lang);
    int64_t usual = item->max.num * 9 / item->max.den / 10;
    bool weekly = item->each == EACH_WEEK && item->kind == ITEM_MARK;

    if (weekly) {
        says(play, actor, "%s %s %s%" G_GINT64_FORMAT, word(play, "weekly"), title,
             line(play, "rehearse.say_all", NULL), usual);
        if (!answered(play, "weekly.kept") && !presses_label(play, actor, "weekly.really_same"))
            presses_label(play, actor, "weekly.ok");
        check(play, CHECK_ANSWERED, answered(play, "weekly.kept") != NULL, "%s",
              line(play, "rehearse.fault_mark", "name", line(play, "rehearse.say_all", NULL), "item", title,
                   NULL));
    }
    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *trainee = play->trainees->pdata[i];
        int64_t points = given(play, trainee, item);

        if (trainee->left || (weekly && points == usual) || (weekly && play->trainees->len > MANY && i % 10))
            continue;
        g_autofree char *value =
            item->kind == ITEM_PASSED
                ? g_strdup(line(
                      play, chance(play, trainee->habit->merit) ? "rehearse.say_pass" : "rehearse.say_fail",
                      NULL))
                : g_strdup_printf("%" G_GINT64_FORMAT, points);

        says(play, actor, "%s %s %s %s", word(play, "mark"),
             trainee->number ? trainee->number : trainee->name, title, value);
        check(play, CHECK_ANSWERED, answered(play, "mark.done") || answered(play, "mark.changed"), "%s",
              line(play, "rehearse.fault_mark", "name", trainee->name, "item", title, NULL));
    }
}

/* The scheme the class keeps; the school's. */
static const struct scheme *scheme_now(struct play *play)
{
    struct talk talk;

    pool_reset(play->school->pool);
    talk_begin(&talk, play->school, play->school->pool);
    const struct scheme *scheme = scheme_of(&talk, class_by_id(&talk, play->class));

    talk_end(&talk);
    return scheme;
}

/* The marks of a week, or (week 0) all that is given once, at the end. */
static void give_marks(struct play *play, struct actor *actor, const char *what, int64_t week)
{
    const struct scheme *scheme = scheme_now(play);

    (void)what, (void)actor;
    for (guint i = 0; scheme && i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];
        struct actor *giver = staff_as(play, item->by);

        if ((item->kind == ITEM_MARK || item->kind == ITEM_PASSED) && giver &&
            (item->each == EACH_WEEK) == (week > 0))
            mark_item(play, giver, item);
    }
    struct actor *giver = scheme && week == 0 ? staff_as(play, scheme->enterprise_by) : NULL;

    for (guint i = 0; giver && play->trainees->len <= MANY && i < scheme->indicators->len; i++) {
        const struct scheme_indicator *one = scheme->indicators->pdata[i];

        for (guint j = 0; j < play->trainees->len; j++) {
            struct actor *trainee = play->trainees->pdata[j];

            if (!trainee->left)
                says(play, giver, "%s %s %s %d/100", word(play, "mark"),
                     trainee->number ? trainee->number : trainee->name, scheme_say(one->title, play->lang),
                     (int)(trainee->habit->merit + between(play, -15, 15)));
        }
    }
}

static void ask_digest(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)about;
    says(play, actor, "%s", word(play, what));
}

void staff_plans_day(struct play *play, const char *day)
{
    struct actor *duty = teacher(play);
    guint count = play->lessons->len, first = G_MAXUINT, last = G_MAXUINT;
    int64_t session = 0;

    for (guint i = 0; i < count; i++) {
        struct lesson *lesson = &g_array_index(play->lessons, struct lesson, i);

        if (strcmp(lesson->day, day) != 0)
            continue;
        last = i;
        first = MIN(first, i);
        if (!lesson->confirmed && lesson->session != session)
            act_later(play, lesson->starts - 65 * MINUTE, duty, confirm_time, day, i);
        session = lesson->session;
        act_later(play, lesson->starts - 20 * MINUTE, duty, open_signin, NULL, i);
        act_later(play, lesson->starts + 25 * MINUTE, duty, look_round, NULL, i);
    }
    if (last == G_MAXUINT)
        return;
    for (guint i = first; i <= last; i++)
        events_plan_lesson(play, duty, i, i == first, i == last);
    struct lesson *lesson = &g_array_index(play->lessons, struct lesson, last);
    bool week_ends =
        last + 1 == count || g_array_index(play->lessons, struct lesson, last + 1).week != lesson->week;

    act_later(play, lesson->ends + 10 * MINUTE, duty, ask_digest, chance(play, 50) ? "todo" : "flags", 0);
    if (week_ends)
        act_later(play, lesson->ends + 40 * MINUTE, duty, give_marks, NULL, lesson->week);
    if (last + 1 == count)
        act_later(play, lesson->ends + 60 * MINUTE, duty, give_marks, NULL, 0);
}

/* --- what is heard
 * ----------------------------------------------------------------------------------------------------------
 */

static void press_it(struct play *play, struct actor *actor, const char *action, int64_t about)
{
    (void)about;
    presses(play, actor, action);
}

/* Answers somebody who is stuck: the button, then the words. */
static void answer_blocker(struct play *play, struct actor *actor, const char *action, int64_t about)
{
    (void)about;
    presses(play, actor, action);
    if (answered(play, "blocked.say"))
        says(play, actor, "%s", line(play, "rehearse.say_advice", NULL));
}

void staff_hears(struct play *play, struct actor *actor, const char *key, const char *text,
                 const cJSON *buttons)
{
    static const struct {
        const char *key, *label;
        int least, most; /* minutes until the button is pressed */
    } answers[] = { { "homework.offer", "homework.as_drafted", 3, 30 },
                    { "lecturer.reminder", "lecturer.i_am_here", 1, 15 },
                    { "signout.missing", "signout.fine", 5, 20 },
                    { "flags.raised", "flags.fine", 5, 60 } };

    if (strcmp(key, "digest") == 0 && actor == play->reader) {
        g_free(play->digest);
        play->digest = g_strdup(text);
    }
    if (g_str_has_prefix(key, "approval.")) {
        const char *action =
            action_of(play, buttons, chance(play, REFUSALS) ? "approval.no" : "approval.yes");

        if (action)
            act_later(play, clock_now() + between(play, 2, 25) * MINUTE, actor, press_it, action, 0);
    }
    if (strcmp(key, "blocked.told") == 0 && chance(play, HELPS)) {
        const char *action = action_of(play, buttons, "blocked.answer");

        if (action)
            act_later(play, clock_now() + between(play, 5, 180) * MINUTE, actor, answer_blocker, action, 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        const char *action =
            strcmp(key, answers[i].key) == 0 ? action_of(play, buttons, answers[i].label) : NULL;

        if (action)
            act_later(play, clock_now() + between(play, answers[i].least, answers[i].most) * MINUTE, actor,
                      press_it, action, 0);
    }
}
