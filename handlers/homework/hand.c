/* The conversation of handing in: a command with everything in it, a hand-in of several messages that ends by
 * a button, and what comes out of the blue. */
#include "handlers/homework/assign.h"
#include "handlers/homework/grade.h"

#include <string.h>

#include "bot/school/school.h"
#include "bot/school/uploads.h"
#include "bot/school/words.h"

enum { BURST = 20, CHOICES = 6 };

/* Homework of the talk's class that may be handed in now; those not handed in yet when there are any. */
static size_t choices(struct talk *talk, struct homework *ret)
{
    struct homework *list;
    size_t all = homework_list(talk, talk->class->id, &list), open = 0, owed = 0;
    bool done[CHOICES];

    for (size_t i = 0; i < all && open < CHOICES; i++) {
        homework_for(talk, talk->member->id, &list[i]);
        struct handed handed = homework_handed(talk, list[i].id, talk->member->id);

        if (!homework_is_open(&list[i], talk->moment) || handed.marked)
            continue;
        done[open] = handed.version > 0 && !handed.returned;
        ret[open++] = list[i];
    }
    for (size_t i = 0; i < open; i++)
        if (!done[i])
            ret[owed++] = ret[i];
    return owed ? owed : open;
}

/* Opens a hand-in of several messages. */
static void open_hand(struct talk *talk, const struct homework *hw)
{
    struct handed handed = homework_handed(talk, hw->id, talk->member->id);

    brought_begin(talk, hw->id);
    dialog_set(talk, talk->person, "homework", hw->id, talk->member->id, STEP_HAND, "");
    say(talk, handed.version ? "homework.bring_again" : "homework.bring", "name", homework_name(talk, hw),
        "due", show_moment(talk, talk->class, hw->due), NULL);
    button(talk, "homework.done", "homework:done:%" G_GINT64_FORMAT, hw->id);
    button_beside(talk, "homework.not_now", "homework:drop:%" G_GINT64_FORMAT, hw->id);
    button(talk, "upload.by_page", "homework:page:%" G_GINT64_FORMAT, hw->id);
    if (*hw->task ||
        store_int(talk->store, 0, "SELECT count(*) FROM homework_file WHERE homework = ?", "i", hw->id))
        button_beside(talk, "homework.see_task", "homework:task:%" G_GINT64_FORMAT, hw->id);
}

/* Tells how much is there, with the button that ends it. */
static void say_brought(struct talk *talk, const struct homework *hw)
{
    struct brought brought;

    if (!brought_load(talk, &brought))
        return;
    say(talk, brought.files ? "homework.brought_files" : "homework.brought_text", "files",
        num(talk, brought.files), "name", homework_name(talk, hw), NULL);
    button(talk, "homework.done", "homework:done:%" G_GINT64_FORMAT, hw->id);
    button_beside(talk, "homework.not_now", "homework:drop:%" G_GINT64_FORMAT, hw->id);
}

/* Why this one cannot be handed in; NULL when it can. */
static const char *why_not(struct talk *talk, const struct homework *hw)
{
    const char *name = homework_name(talk, hw);

    switch (hw->state) {
    case HOMEWORK_DRAFT:
        return words(talk, "homework.why_draft", "name", name, NULL);
    case HOMEWORK_NONE:
        return words(talk, "homework.why_none", "name", name, NULL);
    case HOMEWORK_OPEN:
        break;
    }
    return homework_why_closed(talk, hw, talk->moment);
}

/* Hands in what the command's message holds, or opens the hand-in. */
static void begin_with(struct talk *talk, const struct homework *hw, const char *text)
{
    struct brought brought = { .homework = hw->id, .text = text, .moment = talk->moment }, before;

    if (!*text && talk->update->file_count == 0) {
        open_hand(talk, hw);
        return;
    }
    if (talk->update->file_count > 0) {
        bool open = brought_load(talk, &before) && before.homework == hw->id;

        if (!open)
            brought_begin(talk, hw->id); /* what the open hand-in holds is handed in with it */
        brought_add(talk, text);
        if (talk->update->album) { /* the rest of the album is on its way */
            dialog_set(talk, talk->person, "homework", hw->id, talk->member->id, STEP_HAND, "");
            say_brought(talk, hw);
            return;
        }
        if (!brought_load(talk, &brought))
            return;
        if (!open)
            brought_keep_text(talk, hw, &brought);
    }
    homework_take(talk, hw, &brought, false);
}

/* Asks which homework is meant; what the message holds waits for the answer. */
static void ask_which(struct talk *talk, const struct homework *list, size_t count, const char *key)
{
    bool holds = *talk->args.rest || talk->update->file_count > 0;

    say(talk, key, NULL);
    for (size_t i = 0; i < count; i++) {
        const char *label = words(talk, "homework.choice", "name", homework_name(talk, &list[i]), NULL);

        if (holds)
            button_named(talk, label, "homework:give:%" G_GINT64_FORMAT, list[i].id);
        else
            button_named(talk, label, "homework:hand:%" G_GINT64_FORMAT, list[i].id);
    }
    if (holds)
        button(talk, "homework.no_hand_in", "homework:drop:0");
}

/* No homework of this class has that number: offers that of another class of the speaker, with what was
 * brought; false when there is none. */
static bool offered_elsewhere(struct talk *talk)
{
    const bool holds = *talk->args.rest || talk->update->file_count > 0;
    struct homework hw;
    bool any = false;

    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];

        if (!(member->role & ROLE_TRAINEE) || member->class_id == talk->class->id ||
            !homework_numbered(talk, member->class_id, talk->args.ref, &hw) ||
            !homework_is_open(&hw, talk->moment))
            continue;
        if (!any)
            say(talk, "submit.refused", "why",
                words(talk, "homework.why_elsewhere", "number", num(talk, talk->args.ref), "class",
                      talk->class->title, NULL),
                NULL);
        any = true;
        button_named(talk,
                     words(talk, "homework.choice_class", "name", homework_name(talk, &hw), "class",
                           class_by_id(talk, member->class_id)->title, NULL),
                     "homework:%s:%" G_GINT64_FORMAT, holds ? "give" : "hand", hw.id);
    }
    if (any && holds) {
        brought_begin(talk, 0);
        brought_add(talk, talk->args.rest);
    }
    return any;
}

void homework_submit(struct talk *talk)
{
    struct homework hw, list[CHOICES];

    if (talk->args.ref > 0) {
        if (!homework_numbered(talk, talk->class->id, talk->args.ref, &hw)) {
            if (!offered_elsewhere(talk))
                homework_refuse(
                    talk, words(talk, "homework.why_unknown", "number", num(talk, talk->args.ref), NULL));
            return;
        }
        homework_for(talk, talk->member->id, &hw);
        const char *why = why_not(talk, &hw);

        if (why)
            homework_refuse(talk, why);
        else
            begin_with(talk, &hw, talk->args.rest);
        return;
    }
    size_t count = choices(talk, list);

    if (count == 0) {
        homework_refuse(talk, words(talk, "homework.why_nothing", NULL));
    } else if (count == 1) {
        begin_with(talk, &list[0], talk->args.rest);
    } else {
        if (*talk->args.rest || talk->update->file_count > 0) {
            brought_begin(talk, 0);
            brought_add(talk, talk->args.rest);
        }
        ask_which(talk, list, count, "homework.which");
    }
}

/* Whether a text carries a link: what a trainee sends without a word is then meant as a hand-in. */
static bool has_link(const char *text)
{
    return strstr(text, "http://") || strstr(text, "https://") || strstr(text, "www.");
}

/* Whether something brought without a question belongs to what was just brought: an album, a burst of photos.
 */
static bool belongs_to_burst(struct talk *talk)
{
    struct brought before;

    if (!brought_load(talk, &before) || before.homework)
        return false;
    if (talk->update->album && g_strcmp0(talk->update->album, before.album) == 0)
        return true;
    return talk->moment - before.moment <= BURST;
}

/* Runs what a caption under files asks for: 交作业 3, 布置作业 …. */
static bool caption_runs(struct talk *talk)
{
    bool trainee = (talk->member->role & ROLE_TRAINEE) != 0, assigns = (talk->member->role & ASSIGNERS) != 0;
    struct normal caption = text_normal(talk->pool, talk->update->text);
    struct call calls[4];
    bool slash;
    size_t count = words_match(talk->school->words, talk->pool, &caption, calls, G_N_ELEMENTS(calls), &slash);

    for (size_t i = 0; i < count; i++)
        if ((trainee && strcmp(calls[i].command->name, "submit") == 0) ||
            (assigns && strcmp(calls[i].command->name, "assign") == 0)) {
            talk->args = calls[i].args;
            calls[i].command->run(talk);
            return true;
        }
    return false;
}

bool homework_hears(struct talk *talk)
{
    struct homework list[CHOICES];
    struct dialog dialog;
    size_t count;
    const struct update *update = talk->update;

    if (update->group || !talk->member)
        return false;
    if (update->kind == UPDATE_FILES && *update->text && caption_runs(talk))
        return true;
    if (!(talk->member->role & ROLE_TRAINEE))
        return false;
    if (update->kind != UPDATE_TEXT && dialog_of(talk, talk->person, &dialog) && dialog.step == STEP_HAND &&
        strcmp(dialog.kind, "homework") == 0) /* parked, but files can only be meant for it */
        return homework_answers(talk);
    if (update->kind != UPDATE_FILES && update->kind != UPDATE_VOICE &&
        !(update->kind == UPDATE_TEXT && has_link(update->text)))
        return false;
    if (belongs_to_burst(talk)) {
        brought_add(talk, update->text);
        return true;
    }
    count = choices(talk, list);
    if (count == 0)
        return false;
    brought_begin(talk, 0);
    brought_add(talk, update->text);
    say(talk, "homework.meant", NULL);
    for (size_t i = 0; i < count; i++)
        button_named(talk, words(talk, "homework.choice", "name", homework_name(talk, &list[i]), NULL),
                     "homework:give:%" G_GINT64_FORMAT, list[i].id);
    button(talk, "homework.no_hand_in", "homework:drop:0");
    return true;
}

/* The speaker as trainee in the class of the homework; false when that has changed meanwhile. */
static bool as_trainee(struct talk *talk, int64_t id, struct homework *ret)
{
    const struct member *member =
        homework_load(talk, id, ret) ? speaks_as(talk, ROLE_TRAINEE, ret->class_id) : NULL;

    if (!member) {
        dialog_close(talk, talk->person);
        return false;
    }
    talk_as(talk, member);
    homework_for(talk, member->id, ret);
    return true;
}

/* Ends a hand-in: takes what is there, or says that nothing is. */
static void finish(struct talk *talk, const struct homework *hw, bool sure)
{
    struct brought brought;

    if (!brought_load(talk, &brought) || brought.homework != hw->id) {
        struct handed handed = homework_handed(talk, hw->id, talk->member->id);

        say(talk, handed.version ? "homework.already_in" : "stale", "name", homework_name(talk, hw), "time",
            show_moment(talk, talk->class, handed.at), NULL);
        saying_instead(talk);
    } else if (brought.files == 0 && !text_says_something(brought.text)) {
        say(talk, "homework.nothing_yet", "name", homework_name(talk, hw), NULL);
        button(talk, "homework.done", "homework:done:%" G_GINT64_FORMAT, hw->id);
        button_beside(talk, "homework.not_now", "homework:drop:%" G_GINT64_FORMAT, hw->id);
    } else {
        homework_take(talk, hw, &brought, sure);
    }
}

bool homework_answers(struct talk *talk)
{
    struct dialog dialog;
    struct homework hw;
    struct brought before = { 0 };
    const struct update *update = talk->update;

    if (!dialog_of(talk, talk->person, &dialog))
        return false;
    switch ((enum homework_step)dialog.step) {
    case STEP_WRITE:
        if (update->kind != UPDATE_TEXT)
            return false;
        homework_written(talk, dialog.subject);
        return true;
    case STEP_GRADE:
    case STEP_RETURN:
        return homework_answers_grade(talk, &dialog);
    case STEP_ASSIGN:
        if (update->kind != UPDATE_TEXT && update->kind != UPDATE_FILES && update->kind != UPDATE_VOICE)
            return false;
        if (update->kind == UPDATE_TEXT && homework_leaves(talk, false) &&
            !homework_says(talk, update->text, "homework.publish_words"))
            return false;
        homework_answers_assign(talk, &dialog);
        return true;
    case STEP_HAND:
        break;
    }
    if (update->kind != UPDATE_TEXT && update->kind != UPDATE_FILES && update->kind != UPDATE_VOICE)
        return false;
    if (!as_trainee(talk, dialog.subject, &hw))
        return false;
    if (update->kind == UPDATE_FILES && *update->text && caption_runs(talk))
        return true;
    if (update->kind == UPDATE_TEXT && homework_says(talk, update->text, "homework.done_words")) {
        finish(talk, &hw, false);
        return true;
    }
    if (update->kind == UPDATE_TEXT && homework_says(talk, update->text, "homework.stop_words")) {
        homework_press_drop(talk, "");
        return true;
    }
    if (!brought_load(talk, &before))
        brought_begin(talk, hw.id);
    brought_add(talk, update->text);
    dialog_set(talk, talk->person, "homework", hw.id, talk->member->id, STEP_HAND, "");
    if (!update->album || g_strcmp0(update->album, before.album) != 0)
        say_brought(talk, &hw);
    return true;
}

/* The homework whose button a trainee pressed, when it may be handed in now; why not is said. */
static bool may_hand(struct talk *talk, const char *args, struct homework *ret)
{
    if (!homework_pressed(talk, args, ROLE_TRAINEE, ret))
        return false;
    const char *why = why_not(talk, ret);

    if (why)
        homework_refuse(talk, why);
    return !why;
}

void homework_press_hand(struct talk *talk, const char *args)
{
    struct homework hw;

    if (may_hand(talk, args, &hw))
        open_hand(talk, &hw);
}

void homework_press_page(struct talk *talk, const char *args)
{
    struct homework hw;

    if (may_hand(talk, args, &hw))
        uploads_offer(talk, pool_printf(talk->pool, "/submit %d", hw.number), homework_name(talk, &hw));
}

void homework_press_done(struct talk *talk, const char *args)
{
    struct homework hw;

    if (homework_pressed(talk, args, ROLE_TRAINEE, &hw))
        finish(talk, &hw, false);
}

void homework_press_sure(struct talk *talk, const char *args)
{
    struct homework hw;

    if (homework_pressed(talk, args, ROLE_TRAINEE, &hw))
        finish(talk, &hw, true);
}

void homework_press_more(struct talk *talk, const char *args)
{
    struct homework hw;
    struct brought brought;

    if (!homework_pressed(talk, args, ROLE_TRAINEE, &hw))
        return;
    if (!brought_load(talk, &brought) || brought.homework != hw.id) {
        open_hand(talk, &hw);
        return;
    }
    dialog_set(talk, talk->person, "homework", hw.id, talk->member->id, STEP_HAND, "");
    say_brought(talk, &hw);
    saying_instead(talk);
}

void homework_press_give(struct talk *talk, const char *args)
{
    struct homework hw;
    struct brought brought;

    if (!homework_pressed(talk, args, ROLE_TRAINEE, &hw))
        return;
    if (!brought_load(talk, &brought) || brought.homework != 0) {
        say(talk, "stale", NULL);
        saying_instead(talk);
        return;
    }
    brought_give(talk, &hw);
    if (brought_load(talk, &brought))
        homework_take(talk, &hw, &brought, false);
}

void homework_press_drop(struct talk *talk, const char *args)
{
    (void)args;
    brought_end(talk);
    say(talk, "homework.dropped", NULL);
    saying_instead(talk);
}
