/* 取消, 上一步, 跳过: the words that every open question understands, and the parked one that is offered
 * again. */
#include "bot/school/dialog.h"
#include "bot/school/dispatch.h"
#include "bot/school/school.h"

/* Hands a word to whoever asks; who knows no words takes back and skip as an answer. */
static void give_word(struct talk *talk, enum dialog_word word)
{
    bool parked;
    const struct handler *asking = dispatch_asking(talk, &parked);

    if (!asking) {
        dialog_close(talk, talk->person);
        say(talk, "dialog.nothing", NULL);
        button(talk, "buttons.help", "do:help");
    } else if (asking->dialog) {
        asking->dialog(talk, word);
    } else if (word == DIALOG_CANCEL) {
        dialog_close(talk, talk->person);
        say(talk, "dialog.cancelled", NULL);
    } else if (!asking->answers(talk)) {
        say(talk, "dialog.cannot", NULL);
        button(talk, "buttons.cancel", "do:cancel");
    }
}

static void cancel(struct talk *talk)
{
    give_word(talk, DIALOG_CANCEL);
}

static void back(struct talk *talk)
{
    give_word(talk, DIALOG_BACK);
}

static void skip(struct talk *talk)
{
    give_word(talk, DIALOG_SKIP);
}

/* 接着填: the parked question is open again. */
static void resume(struct talk *talk, const char *args)
{
    struct dialog dialog;
    bool parked;

    (void)args;
    if (!dialog_of(talk, talk->person, &dialog)) {
        say(talk, "stale", NULL);
        return;
    }
    dialog_set(talk, talk->person, dialog.kind, dialog.subject, dialog.member, dialog.step, dialog.state);
    const struct handler *asking = dispatch_asking(talk, &parked);

    if (asking && asking->dialog) {
        asking->dialog(talk, DIALOG_REPEAT);
    } else {
        say(talk, "dialog.go_on", NULL);
        button(talk, "buttons.cancel", "do:cancel");
    }
}

static void drop(struct talk *talk, const char *args)
{
    (void)args;
    cancel(talk);
}

const struct handler dialogs = {
    .name = "dialogs",
    .commands = { { .name = "cancel", .needs = OVER_DIALOG, .run = cancel },
                  { .name = "back", .needs = OVER_DIALOG, .run = back },
                  { .name = "skip", .needs = OVER_DIALOG, .run = skip } },
    .actions = { { .verb = "resume", .run = resume }, { .verb = "cancel", .run = drop } },
};
