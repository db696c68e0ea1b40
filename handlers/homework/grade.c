/* 批改: the hand-ins of a homework one by one, the oldest without a mark first; what is left stands in the
 * rows, so that it goes on wherever it was left, and two may do it at once. */
#include "handlers/homework/grade.h"

#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/who.h"

enum { OFFERED = 6, FEW_POINTS = 10, FILES_SHOWN = 12, TEXT_SHOWN = 1500, NUMBER_IS_SCORE = 20 };

bool handin_load(struct talk *talk, int64_t id, struct handin *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT e.homework, e.member, e.person, p.name, e.submission, e.version, e.at, e.late,"
        " coalesce(e.returned, -1), coalesce(e.score, 0), l.text, coalesce(k.giver, 0)"
        " FROM submission s JOIN homework_each e ON e.homework = s.homework AND e.member = s.member"
        " JOIN submission l ON l.id = e.submission JOIN person p ON p.id = e.person"
        " LEFT JOIN marking k ON k.id = e.marking WHERE s.id = ?",
        "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct handin){ .homework = query_int(q, 0),
                            .member = query_int(q, 1),
                            .person = query_int(q, 2),
                            .name = pool_strdup(talk->pool, query_text(q, 3)),
                            .id = query_int(q, 4),
                            .version = (int)query_int(q, 5),
                            .at = query_int(q, 6),
                            .late = query_int(q, 7) != 0,
                            .returned = query_int(q, 8) == 1,
                            .marked = query_int(q, 8) == 0,
                            .score = query_int(q, 9),
                            .text = pool_strdup(talk->pool, query_text(q, 10)),
                            .giver = query_int(q, 11) };
    return true;
}

bool handin_pressed(struct talk *talk, int64_t id, struct handin *ret, struct homework *ret_hw)
{
    if (handin_load(talk, id, ret))
        return homework_pressed(talk, num(talk, ret->homework), GRADERS, ret_hw);
    say(talk, "stale", NULL);
    saying_instead(talk);
    return false;
}

/* The next hand-in without a mark, after the one given if there is one after it; 0 none. */
static int64_t next_unmarked(struct talk *talk, int64_t homework, const struct handin *after)
{
    return store_int(talk->store, 0,
                     "SELECT e.submission FROM homework_each e JOIN member m ON m.id = e.member"
                     " WHERE e.homework = ?1 AND e.submission IS NOT NULL AND e.marking IS NULL"
                     " AND m.left IS NULL AND e.submission <> ?2"
                     " ORDER BY e.at < ?3 OR (e.at = ?3 AND e.submission < ?2), e.at, e.submission LIMIT 1",
                     "iii", homework, after ? after->id : (int64_t)0, after ? after->at : (int64_t)0);
}

int64_t homework_unmarked(struct talk *talk, int64_t homework)
{
    return store_int(
        talk->store, 0,
        "SELECT count(*) FROM homework_each e JOIN member m ON m.id = e.member WHERE e.homework = ?"
        " AND e.submission IS NOT NULL AND e.marking IS NULL AND m.left IS NULL",
        "i", homework);
}

/* Its files: those that are here go with the messages, the first four with the last of them; the others are
 * named in what is given back. */
static const char *gather_files(struct talk *talk, const struct handin *in, struct attachment *ret,
                                size_t *count)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT file FROM submission_file WHERE submission = ? ORDER BY position", "i", in->id);
    int coming = 0, gone = 0, more = 0;
    const char *notes = "";

    while (query_next(q)) {
        struct attachment file;

        switch (files_get(talk->files, talk->pool, query_int(q, 0), &file)) {
        case FILES_COMING:
            coming++;
            break;
        case FILES_GONE:
            gone++;
            break;
        case FILES_HERE:
            if (*count < FILES_SHOWN)
                ret[(*count)++] = file;
            else
                more++;
            break;
        }
    }
    if (coming)
        notes = words(talk, "homework.files_coming", "n", num(talk, coming), NULL);
    if (gone)
        notes = pool_printf(talk->pool, "%s%s", notes,
                            words(talk, "homework.files_gone", "n", num(talk, gone), NULL));
    if (more)
        notes = pool_printf(talk->pool, "%s%s", notes,
                            words(talk, "homework.files_more", "n", num(talk, more), NULL));
    return notes;
}

/* The buttons for scores: all of them when they are few, else the usual ones. */
static void score_buttons(struct talk *talk, const struct handin *in)
{
    static const int shares[] = { 100, 90, 80, 70, 60 };
    int best = homework_rules(talk, talk->class)->best;
    int count = best <= FEW_POINTS ? best : (int)G_N_ELEMENTS(shares);

    for (int i = 0; i < count; i++) {
        int score = best <= FEW_POINTS ? i + 1 : (best * shares[i] + 50) / 100;
        const char *label = words(talk, "homework.points", "score", num(talk, score), NULL);

        if (i % 3 == 0)
            button_named(talk, label, "homework:score:%" G_GINT64_FORMAT ":%d", in->id, score);
        else
            button_named_beside(talk, label, "homework:score:%" G_GINT64_FORMAT ":%d", in->id, score);
    }
}

/* Waits for a score or a comment on this one. */
static void await(struct talk *talk, const struct handin *in)
{
    dialog_set(talk, talk->person, "homework", in->id, talk->member->id, STEP_GRADE, "");
}

/* What has been said of its mark so far; "" nothing. */
static const char *mark_line(struct talk *talk, const struct handin *in)
{
    if (in->marked)
        return words(talk, "homework.grade_marked", "score", num(talk, in->score), NULL);
    return in->returned ? words(talk, "homework.grade_returned", NULL) : "";
}

void homework_show(struct talk *talk, const struct homework *hw, const struct handin *in)
{
    struct attachment files[FILES_SHOWN];
    size_t count = 0;
    const char *notes = gather_files(talk, in, files, &count);
    const char *text = text_clean(talk->pool, in->text, strlen(in->text), TEXT_SHOWN);

    for (size_t from = SAYING_FILES; from < count; from += SAYING_FILES) {
        say(talk, "homework.grade_files", "who", in->name, NULL);
        for (size_t i = from; i < MIN(count, from + SAYING_FILES); i++)
            saying_file(talk, &files[i]);
    }
    say(talk, "homework.grade", "name", homework_name(talk, hw), "who", in->name, "time",
        show_moment(talk, talk->class, in->at), "state",
        words(talk, in->late ? "homework.is_late" : "homework.is_ontime", NULL), "left",
        num(talk, homework_unmarked(talk, hw->id)), "best",
        num(talk, homework_rules(talk, talk->class)->best), "text",
        *text ? text : words(talk, "homework.no_text", NULL), "files", num(talk, (int64_t)count), "notes",
        notes, "same", homework_same_of(talk, hw, in->id), "mark", mark_line(talk, in), NULL);
    for (size_t i = 0; i < MIN(count, (size_t)SAYING_FILES); i++)
        saying_file(talk, &files[i]);
    score_buttons(talk, in);
    button(talk, "homework.return", "homework:return:%" G_GINT64_FORMAT, in->id);
    button_beside(talk, "homework.next", "homework:next:%" G_GINT64_FORMAT, in->id);
    button(talk, "homework.share", "homework:share:%" G_GINT64_FORMAT, in->id);
    await(talk, in);
}

/* What there is when nothing is left to mark. */
static void say_finished(struct talk *talk, const struct homework *hw)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT coalesce(sum(returned = 0), 0), coalesce(sum(returned = 1), 0),"
                    " coalesce(cast(round(avg(CASE WHEN returned = 0 THEN score END)) AS INTEGER), 0),"
                    " coalesce(sum(submission IS NULL), 0) FROM homework_owed WHERE homework = ?",
                    "i", hw->id);
    struct dialog dialog;

    if (dialog_of(talk, talk->person, &dialog) && strcmp(dialog.kind, "homework") == 0 &&
        dialog.step == STEP_GRADE)
        dialog_close(talk, talk->person);
    if (!query_next(q))
        return;
    say(talk, query_int(q, 0) + query_int(q, 1) ? "homework.graded_all" : "homework.graded_none", "name",
        homework_name(talk, hw), "marked", num(talk, query_int(q, 0)), "returned", num(talk, query_int(q, 1)),
        "mean", num(talk, query_int(q, 2)), "missing", num(talk, query_int(q, 3)), NULL);
    if (query_int(q, 3))
        button_named(talk, words(talk, "homework.who_owes", "number", num(talk, hw->number), NULL),
                     "homework:owed:%" G_GINT64_FORMAT, hw->id);
}

void homework_grade_next(struct talk *talk, const struct homework *hw, const struct handin *after)
{
    struct handin in;

    if (handin_load(talk, next_unmarked(talk, hw->id, after), &in))
        homework_show(talk, hw, &in);
    else
        say_finished(talk, hw);
}

/* The homework to go on with: the only one with unmarked hand-ins; else asks or says that there is none. */
static bool find_unmarked(struct talk *talk, struct homework *ret)
{
    struct homework *list;
    size_t count = homework_list(talk, talk->class->id, &list), found = 0;

    for (size_t i = 0; i < count; i++)
        if (list[i].state == HOMEWORK_OPEN && homework_unmarked(talk, list[i].id) > 0)
            list[found++] = list[i];
    if (found == 1) {
        *ret = list[0];
        return true;
    }
    say(talk, found ? "homework.grade_which" : "homework.grade_nothing", NULL);
    for (size_t i = 0; i < found && i < OFFERED; i++)
        button_named(talk,
                     words(talk, "homework.grade_choice", "name", homework_name(talk, &list[i]), "n",
                           num(talk, homework_unmarked(talk, list[i].id)), NULL),
                     "homework:grade:%" G_GINT64_FORMAT, list[i].id);
    return false;
}

bool homework_of_trainee(struct talk *talk, const char *command, const char *how, const char **rest,
                         struct homework *ret_hw, struct handin *ret)
{
    const struct member *member = who_one(talk, ROLE_TRAINEE, command, *rest, how, rest);

    if (!member || !homework_named(talk, rest, how, ret_hw))
        return false;
    struct handed handed = homework_handed(talk, ret_hw->id, member->id);

    if (handin_load(talk, handed.id, ret))
        return true;
    say(talk, "homework.not_handed", "who", member->name, "name", homework_name(talk, ret_hw), NULL);
    return false;
}

void homework_grade(struct talk *talk)
{
    struct homework hw;
    struct handin in;
    const char *rest = talk->args.rest;

    if (*rest) {
        if (!homework_of_trainee(talk, "grade", "homework.grade_how", &rest, &hw, &in))
            return;
        if (!*rest || !homework_judge(talk, &hw, &in, rest, true))
            homework_show(talk, &hw, &in);
        return;
    }
    if (talk->args.ref > 0 ? homework_meant(talk, "grade", &hw) : find_unmarked(talk, &hw))
        homework_grade_next(talk, &hw, NULL);
}

void homework_press_grade(struct talk *talk, const char *args)
{
    struct homework hw;

    if (homework_pressed(talk, args, GRADERS, &hw))
        homework_grade_next(talk, &hw, NULL);
}

void homework_press_next(struct talk *talk, const char *args)
{
    struct homework hw;
    struct handin in;

    if (handin_pressed(talk, g_ascii_strtoll(args, NULL, 10), &in, &hw))
        homework_grade_next(talk, &hw, &in);
}

/* Whether the text is the number of one of the buttons rather than a score. */
static bool is_button(struct talk *talk, const char *typed)
{
    struct normal text = text_normal(talk->pool, typed);
    const char *at = text.text;
    int number = text_number(&at), best = homework_rules(talk, talk->class)->best;

    return best > NUMBER_IS_SCORE && number > 0 && number <= SCORE_BUTTONS && !*at;
}

bool homework_answers_grade(struct talk *talk, const struct dialog *dialog)
{
    struct handin in;
    struct homework hw;
    const struct update *update = talk->update;

    if (update->kind == UPDATE_TEXT && homework_leaves(talk, true))
        return false;
    if (!handin_load(talk, dialog->subject, &in) ||
        !homework_pressed(talk, num(talk, in.homework), GRADERS, &hw)) {
        dialog_close(talk, talk->person);
        return true;
    }
    // NOLINTNEXTLINE(bugprone-branch-clone): the questions are asked in this order
    if (update->kind == UPDATE_FILES || update->kind == UPDATE_VOICE) {
        homework_remark(talk, &in, update->text);
    } else if (update->kind != UPDATE_TEXT || (dialog->step == STEP_GRADE && is_button(talk, update->text))) {
        return false;
    } else if (dialog->step == STEP_RETURN) {
        homework_return(talk, &hw, &in, update->text);
        return true;
    } else if (homework_says(talk, update->text, "homework.next_words")) {
        homework_grade_next(talk, &hw, &in);
        return true;
    } else if (homework_judge(talk, &hw, &in, update->text, false)) {
        return true;
    } else {
        homework_remark(talk, &in, update->text);
    }
    say(talk, dialog->step == STEP_RETURN ? "homework.return_why" : "homework.remarked", "who", in.name,
        NULL);
    if (dialog->step == STEP_GRADE)
        score_buttons(talk, &in);
    return true;
}
