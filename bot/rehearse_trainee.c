/* What a trainee does: signs in, asks for leave, writes, hands in, answers reminders, gives up. All of it
 * typed and pressed as people do; what was done is noted, so that the record can be held against it. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/school/codes.h"

enum { MINUTE = 60, CHEEKY = 3 /* of a hundred: types a wrong code first */, RECOVERS = 25 };

/* --- signing in
 * ------------------------------------------------------------------------------------------------------- */

static struct lesson *lesson_at(struct play *play, int64_t place)
{
    return &g_array_index(play->lessons, struct lesson, place);
}

/* A moment from so many minutes from here on, when people are up. */
static int64_t awake(struct play *play, int64_t least, int64_t most)
{
    int64_t at = clock_now() + between(play, least, most) * MINUTE;
    char day[DAY_SIZE];
    int minutes = days_of(play->zone, at, day);

    if (minutes >= 7 * 60 + 30 && minutes < 21 * 60 + 30)
        return at;
    return at + ((24 + 8) * 60 - minutes) % (24 * 60) * MINUTE + between(play, 0, 5 * 60) * MINUTE;
}

/* Reads the code off the wall. */
static void read_wall(struct play *play, int64_t sitting, char ret_code[7])
{
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, play->school, pool);
    code_at(class_by_id(&talk, play->class), sitting, clock_now(), ret_code);
    talk_end(&talk);
    pool_free(pool);
}

/* Signs in with the code on the wall, unless it was done or leave covers it; sometimes with a slip first. */
static void sign_in(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = lesson_at(play, place);
    struct deed *deed = &actor->deeds[place];
    char code[7];

    (void)what;
    if (deed->came || deed->leave || lesson->cancelled || clock_now() >= lesson->ends)
        return;
    if (clock_now() < lesson->starts - 25 * MINUTE) { /* put off: comes then; moved: another day */
        if (clock_now() > lesson->starts - 2 * 60 * MINUTE)
            act_later(play, lesson->starts - between(play, 1, 20) * MINUTE, actor, sign_in, NULL, place);
        return;
    }
    read_wall(play, lesson->id, code);
    if (chance(play, CHEEKY)) {
        says(play, actor, "%s %06d", word(play, "signin"),
             1000000 - 1 - (int)g_ascii_strtoll(code, NULL, 10));
        if (!answered(play, "signin.refused"))
            check(play, CHECK_ANSWERED, false, "%s",
                  line(play, "rehearse.fault_wrong", "name", actor->name, NULL));
    }
    says(play, actor, chance(play, 30) ? "%s%s" : "%s %s", chance(play, 20) ? "" : word(play, "signin"),
         code);
    bool signed_in = answered(play, "signin.ontime") || answered(play, "signin.late");

    check(play, CHECK_ANSWERED, signed_in, "%s",
          line(play, "rehearse.fault_signin", "name", actor->name, "title", lesson->title, NULL));
    if (!signed_in)
        return;
    deed->came = clock_now();
    deed->personal = true;
    deed->asked = false;
}

/* Signs out, where the class has it; who forgets is asked about. */
static void sign_out(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    char code[7];

    (void)what;
    if (!actor->deeds[place].came || clock_now() >= lesson_at(play, place)->ends ||
        chance(play, actor->habit->forgets))
        return;
    read_wall(play, lesson_at(play, place)->id, code);
    says(play, actor, "%s %s", word(play, "signout"), code);
}

/* Asks the teacher for a make-up: was there, forgot to sign in. */
static void ask_makeup(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = lesson_at(play, place);
    char day[DAY_SIZE];
    int minutes = days_of(play->zone, lesson->starts, day) - 4;

    (void)what;
    if (actor->deeds[place].came || actor->deeds[place].leave || lesson->cancelled ||
        clock_now() < lesson->starts)
        return;
    says(play, actor, "%s %d:%02d %s", word(play, "makeup_request"), minutes / 60, minutes % 60,
         line(play, "rehearse.say_phone", NULL));
    actor->deeds[place].makeup = answered(play, "request.sent") != NULL;
}

/* What the teacher decided about the make-up. */
static void hear_makeup(struct play *play, struct actor *actor, bool agreed)
{
    for (guint i = 0; i < play->lessons->len; i++) {
        struct deed *deed = &actor->deeds[i];

        if (deed->makeup && agreed && !deed->came)
            deed->came = lesson_at(play, i)->starts - 4 * MINUTE;
        deed->makeup = false;
    }
}

/* Decides how the trainee comes to one sitting. */
static void plan_sitting(struct play *play, struct actor *actor, int64_t place)
{
    const struct habit *h = actor->habit;
    struct lesson *lesson = lesson_at(play, place);
    int64_t at = lesson->starts - between(play, 1, 25) * MINUTE - between(play, 0, 59);

    if (chance(play, h->absent))
        return;
    if (chance(play, h->forgets)) { /* sits there; a reminder may help, or the teacher */
        if (chance(play, 30))
            act_later(play, lesson->starts + 50 * MINUTE, actor, ask_makeup, NULL, place);
        return;
    }
    if (chance(play, h->late))
        at = lesson->starts + between(play, 0, h->late_most * MINUTE);
    act_later(play, at, actor, sign_in, NULL, place);
    if (play->signs_out)
        act_later(play, lesson->ends - between(play, 0, 5) * MINUTE, actor, sign_out, NULL, place);
}

/* --- leave
 * --------------------------------------------------------------------------------------------------------------
 */

/* Asks for the whole day; which sittings that is, is known once it is decided. */
static void ask_leave(struct play *play, struct actor *actor, const char *day, int64_t about)
{
    (void)about;
    says(play, actor, "%s %s %s", word(play, "leave"), day, line(play, "rehearse.say_ill", NULL));
    if (!presses_label(play, actor, "leave.send") || !answered(play, "leave.asked"))
        return;
    for (guint i = 0; i < play->lessons->len; i++)
        if (strcmp(lesson_at(play, i)->day, day) == 0 && lesson_at(play, i)->starts > clock_now())
            actor->deeds[i].asked = actor->deeds[i].owed;
}

/* Feels better: comes to what is left of the day. */
static void come_back(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    says(play, actor, "%s", word(play, "unleave"));
    if (!answered(play, "leave.ended") && !answered(play, "leave.shortened"))
        return;
    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = lesson_at(play, i);

        if (!actor->deeds[i].leave || lesson->starts <= clock_now())
            continue;
        actor->deeds[i].leave = false;
        act_later(play, lesson->starts - between(play, 1, 15) * MINUTE, actor, sign_in, NULL, i);
    }
}

/* The answer of the teacher: stays at home, or comes after all. */
static void hear_decision(struct play *play, struct actor *actor, bool granted)
{
    char day[DAY_SIZE];

    days_of(play->zone, clock_now(), day);
    if (granted && clock_now() < moment_of(play, day, 12, 0) && chance(play, RECOVERS))
        act_later(play, moment_of(play, day, 12, 15), actor, come_back, NULL, 0);
    for (guint i = 0; i < play->lessons->len; i++) {
        struct deed *deed = &actor->deeds[i];

        if (!deed->asked)
            continue;
        deed->asked = false;
        if (granted)
            deed->leave = deed->came == 0;
        else if (lesson_at(play, i)->starts > clock_now())
            act_later(play, lesson_at(play, i)->starts + between(play, -10, 15) * MINUTE, actor, sign_in,
                      NULL, i);
    }
}

/* --- work
 * ---------------------------------------------------------------------------------------------------------------
 */

static char *written(const char *what, int64_t week)
{
    return g_strdup_printf("%s:%" G_GINT64_FORMAT, what, week);
}

/* Writes the week's plan or report in one message. */
static void write_weekly(struct play *play, struct actor *actor, const char *what, int64_t week)
{
    bool report = strcmp(what, "report") == 0;
    g_autofree char *done = g_strdup_printf("%s.done", what), *key = written(what, week);

    if (g_hash_table_contains(actor->wrote, key))
        return;
    says(play, actor, "%s %s", word(play, what),
         report ? line(play, chance(play, 70) ? "rehearse.say_report" : "rehearse.say_report_stuck", NULL)
                : line(play, "rehearse.say_plan", NULL));
    follows(play, actor, line(play, "rehearse.say_more", NULL), actor->habit->merit);
    if (answered(play, done))
        g_hash_table_add(actor->wrote, g_steal_pointer(&key));
}

/* Hands homework in, by its number; what was sent back ("again") once more. */
static void hand_in(struct play *play, struct actor *actor, const char *what, int64_t number)
{
    if (!what && g_hash_table_contains(actor->handed, GINT_TO_POINTER((int)number)))
        return;
    says(play, actor, "%s %" G_GINT64_FORMAT " https://shop.example/%s/%" G_GINT64_FORMAT,
         word(play, "submit"), number, actor->account, number);
    follows(play, actor, line(play, "rehearse.say_more", NULL), actor->habit->merit);
    if (answered(play, "submit.ontime") || answered(play, "submit.late"))
        g_hash_table_add(actor->handed, GINT_TO_POINTER((int)number));
}

static void press_later(struct play *play, struct actor *actor, const char *action, int64_t about)
{
    (void)about;
    presses(play, actor, action);
}

/* Asks for help, and says so when it is solved. */
static void get_stuck(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    says(play, actor, "%s %s", word(play, "blocked"), line(play, "rehearse.say_stuck", NULL));
    const cJSON *taken = answered(play, "blocked.taken");
    const char *action =
        taken ? action_of(play, cJSON_GetObjectItemCaseSensitive(taken, "buttons"), "blocked.solved") : NULL;

    if (action && chance(play, 80))
        act_later(play, awake(play, 2 * 60, 40 * 60), actor, press_later, action, 0);
}

static void vote(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    if (actor->voted)
        return;
    says(play, actor, "%s", word(play, "survey"));
    if (!answered(play, "survey.statement") || !presses_label(play, actor, "survey.begin"))
        return;
    follows(play, actor, line(play, "rehearse.say_opinion", NULL), actor->habit->merit);
    actor->voted = answered(play, "survey.held") || answered(play, "survey.counted");
}

/* Gives up, in the middle of the course. */
static void give_up(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    says(play, actor, "%s %s", word(play, "quit_class"), line(play, "rehearse.say_job", NULL));
    presses_label(play, actor, "quit.yes");
}

/* Asks one of the things that people ask. */
static void be_curious(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)about;
    says(play, actor, "%s", word(play, what));
}

void trainee_looks_at_marks(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    says(play, actor, "%s", word(play, "marks"));
    g_free(actor->marks);
    actor->marks = g_strdup(answered_text(play, "marks.shown"));
}

void trainee_joins(struct play *play, struct actor *actor, const char *code, int64_t about)
{
    (void)about;
    says(play, actor, "%s %s", word(play, "join"), code);
    presses_label(play, actor, "join.yes");
    check(play, CHECK_ANSWERED, answered(play, "join.welcome") != NULL, "%s",
          line(play, "rehearse.fault_join", "name", actor->name, NULL));
}

/* --- the day
 * --------------------------------------------------------------------------------------------------------------
 */

/* The first and the last lesson of the week in which `place` lies. */
static void week_of(struct play *play, guint place, guint *ret_first, guint *ret_last)
{
    int week = lesson_at(play, place)->week;

    *ret_first = *ret_last = place;
    while (*ret_first > 0 && lesson_at(play, *ret_first - 1)->week == week)
        --*ret_first;
    while (*ret_last + 1 < play->lessons->len && lesson_at(play, *ret_last + 1)->week == week)
        ++*ret_last;
}

/* Plan on the week's first class day; report at its end, in the last week before the final sitting. */
static void plan_writing(struct play *play, struct actor *actor, guint place)
{
    struct lesson *lesson = lesson_at(play, place);
    guint first, last;

    week_of(play, place, &first, &last);
    if (place == first && chance(play, actor->habit->plans))
        act_later(play, moment_of(play, lesson->day, 12, 0) + between(play, 0, 450) * MINUTE, actor,
                  write_weekly, "plan", lesson->week);
    if (place != last || !chance(play, actor->habit->plans))
        return;
    int64_t due = lesson->starts - between(play, 20, 80) * MINUTE;
    char day[DAY_SIZE];

    if (last + 1 < play->lessons->len) {
        days_add(lesson->day, 7 - days_weekday(lesson->day), day);
        due = moment_of(play, day, 9, 0) + between(play, 0, 640) * MINUTE;
    }
    act_later(play, due, actor, write_weekly, "report", lesson->week);
}

void trainee_plans_day(struct play *play, struct actor *actor, const char *day)
{
    static const char *const questions[] = { "marks", "timetable", "today", "homework", "help", "leave" };
    const struct habit *h = actor->habit;
    bool ill = chance(play, h->ill), any = false;

    if (actor->left)
        return;
    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = lesson_at(play, i);

        if (strcmp(lesson->day, day) != 0)
            continue;
        any = true;
        if (!ill && actor->deeds[i].owed)
            plan_sitting(play, actor, i);
        plan_writing(play, actor, i);
        if (h->leaves && i >= play->lessons->len / 2 && g_hash_table_add(actor->wrote, g_strdup("give-up")))
            act_later(play, moment_of(play, day, 19, 0) + between(play, 0, 20) * MINUTE, actor, give_up, NULL,
                      0);
    }
    if (!any)
        return;
    if (ill)
        act_later(play, moment_of(play, day, 7, 15) + between(play, 0, 45) * MINUTE, actor, ask_leave, day,
                  0);
    if (chance(play, h->stuck))
        act_later(play, moment_of(play, day, 14, 0) + between(play, 0, 300) * MINUTE, actor, get_stuck, NULL,
                  0);
    if (chance(play, 6))
        act_later(play, moment_of(play, day, 12, 0) + between(play, 0, 540) * MINUTE, actor, be_curious,
                  questions[between(play, 0, (int)G_N_ELEMENTS(questions) - 1)], 0);
}

/* --- what is heard
 * ----------------------------------------------------------------------------------------------------------
 */

/* The numbers that stand before a title in a text ("作业3《选品》"), one after the other; 0 at the end. */
static int64_t next_number(const char **at)
{
    while (**at && !g_ascii_isdigit(**at))
        ++*at;
    return **at ? g_ascii_strtoll(*at, (char **)at, 10) : 0;
}

static void hear_homework(struct play *play, struct actor *actor, const char *text)
{
    const struct habit *h = actor->habit;
    int64_t number = next_number(&text), dice = between(play, 0, 99);

    if (dice < h->works)
        act_later(play, awake(play, 60, 20 * 60), actor, hand_in, NULL, number);
    else if (dice < h->works + h->tardy)
        act_later(play, awake(play, 30 * 60, 120 * 60), actor, hand_in, NULL, number);
}

/* The sitting that a reminder is about: the one that runs. */
static void hear_missing(struct play *play, struct actor *actor)
{
    for (guint i = 0; i < play->lessons->len; i++)
        if (lesson_at(play, i)->starts <= clock_now() && clock_now() < lesson_at(play, i)->ends &&
            actor->deeds[i].owed)
            act_later(play, clock_now() + between(play, 30, 240), actor, sign_in, NULL, i);
}

/* Does what a reminder asks for, soon. */
static void heed(struct play *play, struct actor *actor, const char *what, const char *text)
{
    int64_t soon = clock_now() + between(play, 2, 75) * MINUTE;

    if (!chance(play, actor->habit->heeds))
        return;
    if (strcmp(what, "plan") == 0 || strcmp(what, "report") == 0)
        act_later(play, soon, actor, write_weekly, what, next_number(&text));
    else if (strcmp(what, "survey") == 0)
        act_later(play, soon, actor, vote, NULL, 0);
    else if (g_str_has_prefix(what, "missing"))
        hear_missing(play, actor);
    else if (g_str_has_prefix(what, "homework"))
        act_later(play, soon, actor, hand_in, NULL, next_number(&text));
}

/* Does a piece of homework again that was sent back. */
static void hear_returned(struct play *play, struct actor *actor, const char *text)
{
    int64_t number = next_number(&text);

    if (chance(play, actor->habit->works))
        act_later(play, awake(play, 60, 12 * 60), actor, hand_in, "again", number);
}

void trainee_hears(struct play *play, struct actor *actor, const char *key, const char *text,
                   const cJSON *buttons)
{
    if (g_str_has_prefix(key, "reminder."))
        heed(play, actor, key + strlen("reminder."), text);
    else if (strcmp(key, "homework.news") == 0)
        hear_homework(play, actor, text);
    else if (strcmp(key, "homework.told_returned") == 0)
        hear_returned(play, actor, text);
    else if (strcmp(key, "notice.told") == 0 && chance(play, actor->habit->heeds))
        act_later(play, awake(play, 1, 90), actor, press_later, action_of(play, buttons, "notice.have_read"),
                  0);
    else if (strcmp(key, "leave.granted") == 0 || strcmp(key, "leave.refused") == 0)
        hear_decision(play, actor, strcmp(key, "leave.granted") == 0);
    else if (g_str_has_prefix(key, "request."))
        hear_makeup(play, actor, strcmp(key, "request.made_up") == 0);
    else if (strcmp(key, "quit.left") == 0)
        actor->left = clock_now();
    else if (strcmp(key, "quit.refused") == 0)
        g_hash_table_remove(actor->wrote, "give-up"); /* asks again on another day */
    else if (strcmp(key, "survey.opened") == 0 && chance(play, actor->habit->rates))
        act_later(play, clock_now() + between(play, 5, 40 * 60) * MINUTE, actor, vote, NULL, 0);
}
