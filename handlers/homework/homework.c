/* Homework: the list, who has not handed in, and the table entry. */
#include "handlers/homework/assign.h"
#include "handlers/homework/grade.h"

#include "bot/school/erase.h"
#include "bot/school/handler.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"

enum { NAMES = 100, BUTTONS = 6 };

/* How one homework stands for a trainee. */
static const char *own_state(struct talk *talk, const struct homework *hw)
{
    struct handed handed = homework_handed(talk, hw->id, talk->member->id);

    if (handed.returned)
        return words(talk, "homework.state_returned", NULL);
    if (handed.marked)
        return words(talk, "homework.state_marked", "score", num(talk, handed.score), NULL);
    if (handed.version)
        return words(talk, handed.late ? "homework.state_late" : "homework.state_ontime", "time",
                     show_moment(talk, talk->class, handed.at), NULL);
    if (talk->now > hw->cutoff)
        return words(talk, "homework.state_over", NULL);
    return words(talk, talk->now > hw->due ? "homework.state_overdue" : "homework.state_owed", NULL);
}

/* A trainee's list, with a button for each that may still be handed in. */
static void list_own(struct talk *talk, struct homework *list, size_t count)
{
    GString *lines = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        if (list[i].state != HOMEWORK_OPEN)
            continue;
        homework_for(talk, talk->member->id, &list[i]);
        g_string_append_printf(lines, "\n%s",
                               words(talk, "homework.line", "name", homework_name(talk, &list[i]), "due",
                                     show_moment(talk, talk->class, list[i].due), "state",
                                     own_state(talk, &list[i]), NULL));
    }
    const char *text = pool_take(talk->pool, g_string_free(lines, FALSE));

    if (*text)
        say(talk, "homework.list", "lines", text, NULL);
    else
        say(talk, "homework.list_empty", NULL);
    homework_buttons(talk);
    for (size_t i = 0; i < count; i++)
        if (homework_has_best(talk, list[i].id))
            button_named(talk, words(talk, "homework.see_best_of", "number", num(talk, list[i].number), NULL),
                         "homework:best:%" G_GINT64_FORMAT, list[i].id);
}

/* The list of those who look after the class: how many are in; drafts with their buttons. */
static void list_class(struct talk *talk, const struct homework *list, size_t count)
{
    GString *lines = g_string_new(NULL);
    bool staff = speaks_as(talk, ROLE_STAFF, talk->class->id),
         gives = speaks_as(talk, ROLE_TEACHERS, talk->class->id);

    for (size_t i = 0; i < count; i++) {
        const char *name = homework_name(talk, &list[i]);
        int expected;

        if (list[i].state == HOMEWORK_DRAFT) {
            g_string_append_printf(lines, "\n%s", words(talk, "homework.line_draft", "name", name, NULL));
            continue;
        }
        g_autoptr(GPtrArray) names = homework_missing(talk, &list[i], &expected);

        g_string_append_printf(lines, "\n%s",
                               words(talk, "homework.line_class", "name", name, "due",
                                     show_moment(talk, talk->class, list[i].due), "in",
                                     num(talk, expected - (int)names->len), "expected", num(talk, expected),
                                     NULL));
    }
    const char *text = pool_take(talk->pool, g_string_free(lines, FALSE));

    if (*text)
        say(talk, "homework.list_class", "lines", text, NULL);
    else
        say(talk, "homework.list_none", NULL);
    for (size_t i = 0, shown = 0; i < count && shown < BUTTONS; i++) {
        const char *number = num(talk, list[i].number);

        if (staff && list[i].state == HOMEWORK_OPEN && talk->now <= list[i].cutoff && ++shown)
            button_named(talk, words(talk, "homework.who_owes", "number", number, NULL),
                         "homework:owed:%" G_GINT64_FORMAT, list[i].id);
        else if (gives && list[i].state == HOMEWORK_DRAFT && list[i].taught && list[i].taught <= talk->now &&
                 ++shown)
            button_named(talk, words(talk, "homework.publish_number", "number", number, NULL),
                         "homework:publish:%" G_GINT64_FORMAT, list[i].id);
    }
}

static void list(struct talk *talk)
{
    struct homework *list;
    size_t count = homework_list(talk, talk->class->id, &list);

    if (talk->member->role & ROLE_TRAINEE)
        list_own(talk, list, count);
    else
        list_class(talk, list, count);
}

/* Whose hand-in was sent back and has not come again; "" nobody's. */
static const char *returned_line(struct talk *talk, const struct homework *hw)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT p.name FROM homework_owed o JOIN person p ON p.id = o.person"
                                     " WHERE o.homework = ? AND o.returned = 1 ORDER BY o.at",
                                     "i", hw->id);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    while (query_next(q))
        g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 0)));
    return names->len ? words(talk, "homework.owed_returned", "names", names_join(talk, names, NAMES), NULL)
                      : "";
}

/* Names those who have not handed in. */
static void say_owed(struct talk *talk, const struct homework *hw)
{
    int expected;
    g_autoptr(GPtrArray) names = homework_missing(talk, hw, &expected);

    say(talk, names->len ? "homework.owed" : "homework.owed_none", "name", homework_name(talk, hw), "due",
        show_moment(talk, talk->class, hw->due), "in", num(talk, expected - (int)names->len), "expected",
        num(talk, expected), "missing", num(talk, names->len), "names", names_join(talk, names, NAMES),
        "more", pool_printf(talk->pool, "%s%s", returned_line(talk, hw), homework_same_all(talk, hw)), NULL);
    if (homework_unmarked(talk, hw->id) > 0 && speaks_as(talk, GRADERS, hw->class_id))
        button_named(talk,
                     words(talk, "homework.grade_number", "number", num(talk, hw->number), "n",
                           num(talk, homework_unmarked(talk, hw->id)), NULL),
                     "homework:grade:%" G_GINT64_FORMAT, hw->id);
    if (names->len && homework_is_open(hw, talk->now) && speaks_as(talk, ROLE_TEACHERS, hw->class_id))
        button(talk, "homework.nudge", "homework:nudge:%" G_GINT64_FORMAT, hw->id);
}

/* Offers the published ones as buttons of `verb`. */
static void ask_which(struct talk *talk, const char *said_key, const char *number, const char *verb)
{
    struct homework *list;
    size_t count = homework_list(talk, talk->class->id, &list), shown = 0;

    say(talk, said_key, "number", number, NULL);
    for (size_t i = count; i-- > 0 && shown < BUTTONS;)
        if (list[i].state == HOMEWORK_OPEN && ++shown)
            button_named(talk, words(talk, "homework.choice", "name", homework_name(talk, &list[i]), NULL),
                         "homework:%s:%" G_GINT64_FORMAT, verb, list[i].id);
}

bool homework_meant(struct talk *talk, const char *verb, struct homework *ret)
{
    struct homework *list;
    int open = 0;

    if (talk->args.ref > 0) {
        const char *number = num(talk, talk->args.ref);

        if (!homework_numbered(talk, talk->class->id, talk->args.ref, ret))
            ask_which(talk, "homework.owed_unknown", number, verb);
        else if (ret->state != HOMEWORK_OPEN)
            ask_which(talk, "homework.owed_unpublished", number, verb);
        else
            return true;
        return false;
    }
    size_t count = homework_list(talk, talk->class->id, &list);

    for (size_t i = 0; i < count; i++)
        if (homework_is_open(&list[i], talk->now)) {
            *ret = list[i];
            open++;
        }
    if (open != 1)
        ask_which(talk, open ? "homework.owed_which" : "homework.list_none", "", verb);
    return open == 1;
}

static void owed(struct talk *talk)
{
    struct homework hw;

    if (homework_meant(talk, "owed", &hw))
        say_owed(talk, &hw);
}

static void press_owed(struct talk *talk, const char *args)
{
    struct homework hw;

    if (homework_pressed(talk, args, ROLE_STAFF, &hw) && hw.state == HOMEWORK_OPEN)
        say_owed(talk, &hw);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_TIMETABLE_CHANGED)
        homework_sync(talk, subject);
}

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "homework",
                                            "class,number,title,task,kind,state,due,cutoff,published,giver" },
                                          { "submission", NULL },
                                          { "submission_file", NULL },
                                          { "marking", "submission,returned,score,until,giver,at" },
                                          { "extension", NULL },
                                          { NULL, NULL } };

#define HAND_INS "(SELECT id FROM submission WHERE member IN " ERASED_MEMBERS ")"

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM submission_file WHERE submission IN " HAND_INS,
    "DELETE FROM sharing WHERE submission IN " HAND_INS,
    "DELETE FROM remark WHERE person = ?1 OR submission IN " HAND_INS,
    "UPDATE marking SET comment = '', file = NULL WHERE submission IN " HAND_INS,
    "UPDATE submission SET text = '' WHERE member IN " ERASED_MEMBERS,
    "UPDATE extension SET reason = '' WHERE member IN " ERASED_MEMBERS,
    "DELETE FROM brought_file WHERE person = ?1",
    "DELETE FROM brought WHERE person = ?1",
    "DELETE FROM assignment_file WHERE member IN " ERASED_MEMBERS,
    "DELETE FROM assignment WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler homework = {
    .name = "homework",
    .commands = { { .name = "homework",
                    .needs = ROLE_TRAINEE | ROLE_STAFF | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = list,
                    .rank = 3 },
                  { .name = "submit",
                    .args = "REF? REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = homework_submit,
                    .rank = 4 },
                  { .name = "unsubmitted",
                    .args = "REF?",
                    .needs = ROLE_STAFF | NEEDS_PRIVATE,
                    .run = owed,
                    .rank = 5 },
                  { .name = "nudge",
                    .args = "REF?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = homework_nudge },
                  { .name = "assign",
                    .args = "REST?",
                    .needs = ASSIGNERS | NEEDS_PRIVATE,
                    .run = homework_assign,
                    .rank = 5 },
                  { .name = "grade",
                    .args = "REF? REST?",
                    .needs = GRADERS | NEEDS_PRIVATE,
                    .run = homework_grade,
                    .rank = 6 },
                  { .name = "rework",
                    .args = "REF? REST?",
                    .needs = GRADERS | NEEDS_PRIVATE,
                    .run = homework_rework,
                    .rank = 41 },
                  { .name = "extend",
                    .args = "REF? REST?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = homework_extend,
                    .rank = 42 } },
    .actions = { { .verb = "hand", .needs = ROLE_TRAINEE, .run = homework_press_hand },
                 { .verb = "page", .needs = ROLE_TRAINEE, .run = homework_press_page },
                 { .verb = "done", .needs = ROLE_TRAINEE, .run = homework_press_done },
                 { .verb = "sure", .needs = ROLE_TRAINEE, .run = homework_press_sure },
                 { .verb = "more", .needs = ROLE_TRAINEE, .run = homework_press_more },
                 { .verb = "give", .needs = ROLE_TRAINEE, .run = homework_press_give },
                 { .verb = "drop", .needs = ROLE_TRAINEE, .run = homework_press_drop },
                 { .verb = "owed", .needs = ROLE_STAFF, .run = press_owed },
                 { .verb = "nudge", .needs = ROLE_TEACHERS, .run = homework_press_nudge },
                 { .verb = "grade", .needs = GRADERS, .run = homework_press_grade },
                 { .verb = "next", .needs = GRADERS, .run = homework_press_next },
                 { .verb = "score", .needs = GRADERS, .run = homework_press_score },
                 { .verb = "change", .needs = GRADERS, .run = homework_press_change },
                 { .verb = "return", .needs = GRADERS, .run = homework_press_return },
                 { .verb = "assign", .needs = ASSIGNERS, .run = homework_press_assign },
                 { .verb = "unassign", .needs = ASSIGNERS, .run = homework_press_unassign },
                 { .verb = "due", .needs = ASSIGNERS, .run = homework_press_due },
                 { .verb = "task", .needs = ROLE_TRAINEE | ROLE_STAFF, .run = homework_press_task },
                 { .verb = "share", .needs = GRADERS, .run = homework_press_share },
                 { .verb = "mayshare", .needs = ROLE_TRAINEE, .run = homework_press_may_share },
                 { .verb = "noshare", .needs = ROLE_TRAINEE, .run = homework_press_no_share },
                 { .verb = "best", .needs = ROLE_ALL, .run = homework_press_best },
                 { .verb = "publish", .needs = ROLE_TEACHERS, .run = homework_press_publish },
                 { .verb = "none", .needs = ROLE_TEACHERS, .run = homework_press_none },
                 { .verb = "write", .needs = ROLE_TEACHERS, .run = homework_press_write } },
    .timers = { { .kind = "homework.offer", .run = homework_offer },
                { .kind = "homework.announce", .run = homework_announce },
                { .kind = "homework.extended", .run = homework_tell_extended },
                { .kind = "homework.remind_extended", .run = homework_remind_extended },
                { .kind = "homework.marked", .run = homework_tell_marked },
                { .kind = "homework.share", .run = homework_ask_author },
                { .kind = "homework.shared", .run = homework_tell_shared },
                { .kind = "homework.remind", .run = homework_remind } },
    .on = on,
    .reminds = homework_reminds,
    .schema = homework_schema,
    .edited = homework_edited,
    .audited = audited,
    .hears = homework_hears,
    .answers = homework_answers,
    .digest = homework_digest,
    .measure = homework_measure,
    .erases = erases,
};
