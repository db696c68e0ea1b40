/* 回复 below a plan or report: the mentor's next text goes to its trainee. */
#include <string.h>

#include "bot/school/dialog.h"
#include "handlers/report/report_private.h"

enum { ANSWER_MAX = 1000 };

/* The trainee whose report this row is, when the speaker looks after the class, which becomes the talk's;
 * NULL after saying that the button is stale. */
static const struct member *author(struct talk *talk, int64_t id)
{
    int64_t member = store_int(talk->store, 0, "SELECT member FROM weekly WHERE id = ?", "i", id);
    const struct member *trainee = member ? member_by_id(talk, member) : NULL;
    const struct member *staff = trainee ? speaks_as(talk, ROLE_STAFF, trainee->class_id) : NULL;

    if (!staff) {
        say(talk, "stale", NULL);
        return NULL;
    }
    talk_as(talk, staff);
    return trainee;
}

/* The button: the next text is the answer. */
static void press(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);
    const struct member *trainee = author(talk, id);

    if (!trainee)
        return;
    dialog_set(talk, talk->person, "answer", id, talk->member->id, 0, "{}");
    say(talk, "report.say", "name", trainee->name, NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

/* The answer itself. */
static bool answers(struct talk *talk)
{
    struct dialog dialog;
    const char *text;

    if (!dialog_words(talk, ANSWER_MAX, &dialog, &text))
        return false;
    if (!text)
        return true;
    const struct member *trainee = author(talk, dialog.subject);

    if (!trainee)
        return true;
    g_autoptr(query) q =
        store_query(talk->store, "SELECT kind, week FROM weekly WHERE id = ?", "i", dialog.subject);

    store_run(talk->store, "UPDATE weekly SET answered = ? WHERE id = ?", "ii", talk->moment, dialog.subject);
    say(talk, "report.answered", "name", trainee->name, "answer", text, NULL);
    if (query_next(q))
        weekly_next_button(talk, query_int(q, 0) ? WEEKLY_PLAN : WEEKLY_REPORT, (int)query_int(q, 1),
                           dialog.subject);
    tell(talk, trainee->person, "report.answer_of", "who", talk->name, "answer", text, "week",
         num(talk, store_int(talk->store, 0, "SELECT week FROM weekly WHERE id = ?", "i", dialog.subject)),
         NULL);
    return true;
}

const struct handler answer = {
    .name = "answer",
    .actions = { { .verb = "to", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = press } },
    .answers = answers,
};
