/* What becomes of a hand-in: a score with a comment, or back for rework; and its author is told. */
#include <string.h>

#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "handlers/homework/grade.h"

enum { COMMENT_MAX = 2000, WORTH = 7 * 24 * 60 * 60 };

void homework_remark(struct talk *talk, const struct handin *in, const char *comment)
{
    const struct update *update = talk->update;
    const char *kept = text_clean(talk->pool, comment, strlen(comment), COMMENT_MAX);
    int64_t file = update->file_count > 0
                       ? files_add(talk->files, update->platform, &update->files[0], talk->person)
                       : 0;

    store_run(talk->store,
              "INSERT INTO remark (person, submission, comment, file) VALUES (?1, ?2, ?3, nullif(?4, 0))"
              " ON CONFLICT (person, submission) DO UPDATE SET file = coalesce(excluded.file, file),"
              " comment = substr(trim(comment || char(10) || excluded.comment, char(10)), 1, ?5)",
              "iisii", talk->person, in->id, kept, file, (int64_t)COMMENT_MAX);
}

/* Writes a marking with what was said before, and has its author told. */
static void write_marking(struct talk *talk, const struct handin *in, bool returned, int score, int64_t until,
                          const char *comment)
{
    homework_remark(talk, in, comment);
    store_run(
        talk->store,
        "INSERT INTO marking (submission, returned, score, until, comment, file, giver, at)"
        " SELECT submission, ?1, CASE WHEN ?1 THEN NULL ELSE ?2 END, nullif(?3, 0), comment, file, ?4, ?5"
        " FROM remark WHERE person = ?6 AND submission = ?7",
        "iiiiiii", (int64_t)returned, (int64_t)score, until, talk->member->id, talk->now, talk->person,
        in->id);
    int64_t id = store_last_id(talk->store);

    store_run(talk->store, "DELETE FROM remark WHERE person = ? AND submission = ?", "ii", talk->person,
              in->id);
    homework_tell_marked(talk, id, talk->now);
}

/* Somebody else has marked it meanwhile, or said that it has to be done again: nothing is lost by accident.
 */
static bool marked_by_other(struct talk *talk, const struct handin *in, int score)
{
    const struct member *giver = in->marked ? member_by_id(talk, in->giver) : NULL;

    if (!giver || giver->person == talk->person)
        return false;
    say(talk, "homework.marked_already", "who", in->name, "by", giver->name, "score", num(talk, in->score),
        NULL);
    button_named(talk, words(talk, "homework.change_to", "score", num(talk, score), NULL),
                 "homework:change:%" G_GINT64_FORMAT ":%d", in->id, score);
    button_beside(talk, "homework.next", "homework:next:%" G_GINT64_FORMAT, in->id);
    return true;
}

/* Gives the score, says so and goes on to the next. */
static void give(struct talk *talk, const struct homework *hw, const struct handin *in, int score,
                 const char *comment, bool meant)
{
    if (!meant && marked_by_other(talk, in, score))
        return;
    write_marking(talk, in, false, score, 0, comment);
    say(talk, "homework.marked_now", "who", in->name, "name", homework_name(talk, hw), "score",
        num(talk, score), NULL);
    saying_instead(talk);
    homework_grade_next(talk, hw, in);
}

/* A score at `*at` of a normalised text, 85 or 八十五分, that does not go on as another word; -1 when there
 * is none. Moves `*at` behind it. */
static int read_score(const char **at)
{
    const char *p = *at;
    int score = text_number(&p);

    if (score < 0)
        return -1;
    if (g_str_has_prefix(p, "分"))
        p += strlen("分");
    else if (*p && *p != ' ' && *p != ',' && *p != '.' && *p != ';' && *p != ':' &&
             !g_str_has_prefix(p, "。"))
        return -1;
    if (*p == '.' && g_ascii_isdigit(p[1]))
        return -1;
    *at = p;
    return score;
}

bool homework_judge(struct talk *talk, const struct homework *hw, const struct handin *in, const char *typed,
                    bool meant)
{
    struct normal text = text_normal(talk->pool, typed);
    const char *at = text.text;
    int score = read_score(&at), best = homework_rules(talk, talk->class)->best;

    if (score < 0) {
        if (!g_ascii_isdigit(*text.text) && *text.text != '-')
            return false;
        score = best + 1;
    }
    if (score > best) {
        say(talk, "homework.score_range", "best", num(talk, best), NULL);
        return true;
    }
    const char *comment = *at ? text_original(talk->pool, &text, (size_t)(at - text.text), text.len) : "";

    give(talk, hw, in, score, comment, meant);
    return true;
}

/* "SUBMISSION:SCORE" of a button; false after saying that it is stale. */
static bool pressed_score(struct talk *talk, const char *args, struct handin *in, struct homework *hw,
                          int *ret)
{
    const char *colon = strchr(args, ':');
    int64_t id = g_ascii_strtoll(args, NULL, 10), score = colon ? g_ascii_strtoll(colon + 1, NULL, 10) : -1;

    if (!handin_pressed(talk, id, in, hw))
        return false;
    if (score < 0 || score > homework_rules(talk, talk->class)->best) {
        say(talk, "stale", NULL);
        return false;
    }
    *ret = (int)score;
    if (in->id == id)
        return true;
    say(talk, "homework.newer", "who", in->name, NULL);
    homework_show(talk, hw, in);
    return false;
}

void homework_press_score(struct talk *talk, const char *args)
{
    struct handin in;
    struct homework hw;
    int score;

    if (pressed_score(talk, args, &in, &hw, &score))
        give(talk, &hw, &in, score, "", false);
}

void homework_press_change(struct talk *talk, const char *args)
{
    struct handin in;
    struct homework hw;
    int score;

    if (pressed_score(talk, args, &in, &hw, &score))
        give(talk, &hw, &in, score, "", true);
}

/* --- back for rework
 * ----------------------------------------------------------------------------------------------- */

/* Asks what is to be done better. */
static void ask_reason(struct talk *talk, const struct handin *in)
{
    dialog_set(talk, talk->person, "homework", in->id, talk->member->id, STEP_RETURN, "");
    say(talk, "homework.return_why", "who", in->name, NULL);
}

void homework_return(struct talk *talk, const struct homework *hw, const struct handin *in,
                     const char *reason)
{
    struct dialog dialog;

    if (!text_says_something(reason)) {
        ask_reason(talk, in);
        return;
    }
    bool going_on = dialog_of(talk, talk->person, &dialog) && strcmp(dialog.kind, "homework") == 0 &&
                    (dialog.step == STEP_GRADE || dialog.step == STEP_RETURN);
    int64_t until = homework_cutoff_of(talk, talk->class, talk->now);

    if (going_on)
        dialog_close(talk, talk->person);
    write_marking(talk, in, true, 0, MAX(until, hw->cutoff), reason);
    say(talk, "homework.returned", "who", in->name, "name", homework_name(talk, hw), "until",
        show_moment(talk, talk->class, MAX(until, hw->cutoff)), NULL);
    saying_instead(talk);
    if (going_on)
        homework_grade_next(talk, hw, in);
}

void homework_rework(struct talk *talk)
{
    struct homework hw;
    struct handin in;
    const char *rest = talk->args.rest;

    if (homework_of_trainee(talk, "rework", "homework.return_how", &rest, &hw, &in))
        homework_return(talk, &hw, &in, rest);
}

void homework_press_return(struct talk *talk, const char *args)
{
    struct homework hw;
    struct handin in;

    if (handin_pressed(talk, g_ascii_strtoll(args, NULL, 10), &in, &hw))
        ask_reason(talk, &in);
}

/* --- telling
 * ------------------------------------------------------------------------------------------------------- */

/* Tells the author of the marking that q's row holds. */
static void tell_author(struct talk *talk, const struct homework *hw, query *q)
{
    const struct class *class = class_by_id(talk, hw->class_id);
    struct reminder r = { .kind = "homework.marked",
                          .person = query_int(q, 1),
                          .class = class,
                          .until = talk->now + WORTH,
                          .must = true };
    bool returned = query_int(q, 2) != 0;
    struct attachment file;

    if (!remind_may(talk, &r))
        return;
    const char *said = query_text(q, 5);
    const char *comment = said && *said ? words(talk, "homework.comment", "comment", said, NULL) : "";

    if (!tell(talk, r.person, returned ? "homework.told_returned" : "homework.told_marked", "name",
              homework_name(talk, hw), "score", num(talk, query_int(q, 3)), "best",
              num(talk, homework_rules(talk, class)->best), "until",
              show_moment(talk, class, query_int(q, 4)), "comment", comment, NULL))
        return;
    remind_sent(talk, &r);
    if (!query_null(q, 6) && files_get(talk->files, talk->pool, query_int(q, 6), &file) == FILES_HERE)
        saying_file(talk, &file);
    if (returned)
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw->id);
}

void homework_tell_marked(struct talk *talk, int64_t id, int64_t due)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT e.homework, e.person, k.returned, coalesce(k.score, 0), coalesce(k.until, 0),"
        " k.comment, k.file FROM marking k JOIN homework_each e ON e.marking = k.id WHERE k.id = ?",
        "i", id);
    struct homework hw;
    const char *lang = talk->lang;

    (void)due;
    if (!query_next(q) || !homework_load(talk, query_int(q, 0), &hw))
        return;
    int64_t awake = remind_awake(talk, class_by_id(talk, hw.class_id), talk->now);

    if (awake > talk->now)
        timers_set(talk->timers, "homework.marked", id, awake);
    else
        tell_author(talk, &hw, q);
    talk->lang = lang;
}
