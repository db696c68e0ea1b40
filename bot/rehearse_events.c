/* What breaks into a class's daily round: the timetable changes, somebody goes early, a notice goes out,
 * hand-ins are marked or sent back. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/core/clock.h"

enum {
    MINUTE = 60,
    DELAY = 20,     /* minutes */
    GOES_EARLY = 2, /* of a hundred, of those who are there */
    REWORKS = 12,   /* of a hundred hand-ins */
    MARKED_MOST = 200
};

static struct lesson *lesson_at(struct play *play, int64_t place)
{
    return &g_array_index(play->lessons, struct lesson, place);
}

/* --- the timetable
 * ----------------------------------------------------------------------------------------------------- */

/* Reads anew what stands of the session at `place`. */
static void read_again(struct play *play, int64_t place)
{
    int64_t session = lesson_at(play, place)->session;
    g_autoptr(query) q = store_query(play->school->store,
                                     "SELECT s.starts, s.ends, n.day, n.state = 'on' FROM sitting s"
                                     " JOIN session n ON n.id = s.session WHERE n.id = ? ORDER BY s.part",
                                     "i", session);

    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = lesson_at(play, i);

        if (lesson->session != session || !query_next(q))
            continue;
        lesson->starts = query_int(q, 0);
        lesson->ends = query_int(q, 1);
        lesson->cancelled = query_int(q, 3) == 0;
        g_strlcpy(lesson->day, query_text(q, 2), DAY_SIZE);
    }
}

/* The teacher changes the timetable: `what` is the command, to which the new time or day belongs. */
static void change(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = lesson_at(play, place);
    const char *why = line(play, "rehearse.say_change", NULL);
    char day[DAY_SIZE];
    int minutes = days_of(play->zone, lesson->starts + DELAY * MINUTE, day);

    if (strcmp(what, "delay") == 0) {
        says(play, actor, "%s %d:%02d %s", word(play, what), minutes / 60, minutes % 60, why);
    } else if (strcmp(what, "move_session") == 0) {
        days_add(lesson->day, 6 - days_weekday(lesson->day), day);
        says(play, actor, "%s %s %s %s", word(play, what), lesson->day, day, why);
    } else {
        says(play, actor, "%s %s %s", word(play, what), lesson->day, why);
    }
    bool made = presses_label(play, actor, "sittings.go") && answered(play, "sittings.made");

    check(play, CHECK_ANSWERED, made, "%s",
          line(play, "rehearse.fault_change", "title", lesson->title, NULL));
    read_again(play, place);
}

/* The first lesson of its day, when its whole day is one confirmed session on Monday to Thursday. */
static bool may_change(struct play *play, guint place)
{
    struct lesson *lesson = lesson_at(play, place);

    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *other = lesson_at(play, i);

        if (i != place && strcmp(other->day, lesson->day) == 0 &&
            (i < place || other->session != lesson->session))
            return false;
    }
    return lesson->confirmed && days_weekday(lesson->day) < 5;
}

void events_choose(struct play *play)
{
    static const char *const kinds[] = { "delay", "move_session", "cancel_session" };
    guint kind = 0, count = play->lessons->len;

    for (guint i = 1; i + 2 < count && kind < G_N_ELEMENTS(kinds); i++)
        if (i >= count * (kind + 1) / 6 && may_change(play, i))
            lesson_at(play, i)->change = kinds[kind++];
}

/* --- going early
 * ------------------------------------------------------------------------------------------------------- */

/* Writes down who went before the end. */
static void note_early(struct play *play, struct actor *actor, const char *what, int64_t place)
{
    struct lesson *lesson = lesson_at(play, place);

    (void)what;
    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *trainee = play->trainees->pdata[i];
        struct deed *deed = &trainee->deeds[place];
        int64_t early = between(play, 3, 25) * MINUTE;
        char day[DAY_SIZE];
        int minutes = days_of(play->zone, lesson->ends - early, day);

        if (trainee->left || !deed->personal || !trainee->number || !chance(play, GOES_EARLY))
            continue;
        says(play, actor, "%s %s %d:%02d", word(play, "early_leave"), trainee->number, minutes / 60,
             minutes % 60);
        if (answered(play, "correction.left_early"))
            deed->early = early;
    }
}

/* --- a notice
 * ------------------------------------------------------------------------------------------------------------
 */

static void give_notice(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    (void)what, (void)about;
    says(play, actor, "%s %s", word(play, "notice"), line(play, "rehearse.say_notice", NULL));
    bool sent = presses_label(play, actor, "notice.send") && answered(play, "notice.sent");

    check(play, CHECK_ANSWERED, sent, "%s", line(play, "rehearse.fault_notice", NULL));
}

/* --- marking
 * ------------------------------------------------------------------------------------------------------------
 */

/* Goes through what was handed in of a piece of homework: a score for each, or back for rework with a word.
 */
static void mark_one(struct play *play, struct actor *actor, int64_t number)
{
    says(play, actor, "%s %" G_GINT64_FORMAT, word(play, "grade"), number);
    for (int i = 0; i < MARKED_MOST && answered(play, "homework.grade"); i++) {
        if (chance(play, REWORKS)) {
            if (!presses_label(play, actor, "homework.return"))
                return;
            if (!answered(play, "homework.grade"))
                says(play, actor, "%s", line(play, "rehearse.say_advice", NULL));
        } else {
            says(play, actor, "%d %s", (int)between(play, 60, 100), line(play, "rehearse.say_well", NULL));
        }
    }
}

/* Marks all that has been due, as a mentor does at the end of a day. */
static void mark_homework(struct play *play, struct actor *actor, const char *what, int64_t about)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));

    (void)what, (void)about;
    {
        g_autoptr(query) q = store_query(
            play->school->store, "SELECT DISTINCT number FROM homework_owed WHERE class = ? AND due < ?",
            "ii", play->class, clock_now());

        while (query_next(q)) {
            int64_t number = query_int(q, 0);

            g_array_append_val(numbers, number);
        }
    }
    for (guint i = 0; i < numbers->len; i++)
        mark_one(play, actor, g_array_index(numbers, int64_t, i));
}

void events_plan_lesson(struct play *play, struct actor *duty, guint place, bool first, bool last)
{
    struct lesson *lesson = lesson_at(play, place);
    struct actor *mentor = play->reader ? play->reader : duty;

    if (lesson->change && strcmp(lesson->change, "delay") == 0)
        act_later(play, lesson->starts - 40 * MINUTE, duty, change, lesson->change, place);
    else if (lesson->change)
        act_later(play, moment_of(play, lesson->day, 7, 5), duty, change, lesson->change, place);
    lesson->change = NULL;
    if (!play->signs_out)
        act_later(play, lesson->ends + 3 * MINUTE, duty, note_early, NULL, place);
    if (first && chance(play, 30))
        act_later(play, moment_of(play, lesson->day, 12, 20), duty, give_notice, NULL, 0);
    if (last && play->trainees->len <= MARKED_MOST)
        act_later(play, lesson->ends + 30 * MINUTE, mentor, mark_homework, NULL, 0);
}
