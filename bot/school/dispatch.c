/* From an update to a handler: who speaks, an open dialog or a command, what it needs, and never a dead end.
 */
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/secret.h"
#include "bot/school/dialog.h"
#include "bot/school/dispatch.h"
#include "bot/school/quota.h"
#include "bot/school/scan.h"
#include "bot/school/school.h"
#include "bot/school/speaker.h"
#include "bot/school/words.h"

enum { CALLS_MAX = 6, CHOICE_LIVES = 24 * 3600 };

/* --- commands and actions
 * ------------------------------------------------------------------------------------------- */

static void run_call(struct talk *talk, const struct call *call)
{
    if (!speaker_admitted(talk, call->command->needs))
        return;
    talk->args = call->args;
    call->command->run(talk);
}

void dispatch_command(struct talk *talk, const char *name)
{
    dispatch_command_with(talk, name, 0, "");
}

void dispatch_command_with(struct talk *talk, const char *name, int ref, const char *rest)
{
    const struct handler *handler;
    const struct command *command = words_command(talk->school->words, name, &handler);
    struct call call = { handler, command, { .ref = ref, .rest = rest } };

    call.args.text = text_normal(talk->pool, rest);
    if (command)
        run_call(talk, &call);
    else
        say(talk, "stale", NULL);
}

/* The first of several calls that this person may make, else the first. */
static const struct call *best_call(struct talk *talk, const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (speaker_may(talk, calls[i].command->needs))
            return &calls[i];
    return &calls[0];
}

/* Runs "handler:verb:args"; "do:COMMAND" runs a command without arguments. */
static void run_action(struct talk *talk, const char *action)
{
    g_auto(GStrv) parts = g_strsplit(action, ":", 3);

    if (g_strv_length(parts) < 2) {
        say(talk, "stale", NULL);
        return;
    }
    if (strcmp(parts[0], "do") == 0) {
        dispatch_command(talk, parts[1]);
        return;
    }
    for (size_t h = 0; talk->school->handlers[h]; h++) {
        const struct handler *handler = talk->school->handlers[h];

        if (strcmp(handler->name, parts[0]) != 0)
            continue;
        for (const struct action *entry = handler->actions; entry->verb; entry++) {
            if (strcmp(entry->verb, parts[1]) != 0)
                continue;
            if (speaker_admitted(talk, entry->needs))
                entry->run(talk, pool_strdup(talk->pool, parts[2] ? parts[2] : ""));
            return;
        }
    }
    say(talk, "stale", NULL);
}

/* Presses button `number` of the chat's latest message; false when it has no such button. */
static bool press_number(struct talk *talk, int number)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT actions, shown FROM choice WHERE platform = ? AND chat = ?", "is",
                    (int64_t)talk->update->platform, talk->update->chat);

    if (!query_next(q) || query_int(q, 1) + CHOICE_LIVES < talk->now)
        return false;
    g_autoptr(cJSON) actions = cJSON_Parse(query_text(q, 0));
    const cJSON *action = cJSON_GetArrayItem(actions, number - 1);

    if (number < 1 || !cJSON_IsString(action))
        return false;
    run_action(talk, pool_strdup(talk->pool, action->valuestring));
    return true;
}

/* A text that is only a number, in digits or Chinese; 0 when it is not. */
static int bare_number(const struct normal *text)
{
    const char *at = text->text;
    int number = text_number(&at);

    while (*at == '.' || *at == ' ')
        at++;
    return number > 0 && number <= BUTTONS_MAX && !*at ? number : 0;
}

/* --- what is no command
 * ----------------------------------------------------------------------------------------------- */

static bool fits_speaker(void *data, const struct command *command)
{
    return command->rank > 0 && speaker_may(data, command->needs);
}

/* Offers the nearest commands; nothing typed is a dead end. */
static void say_unknown(struct talk *talk, const struct normal *text)
{
    const struct command *near[3];
    size_t count = words_nearest(talk->school->words, text, fits_speaker, talk, near, 3);

    if (!talk->account) {
        say_unbound(talk);
        return;
    }
    say(talk, "unknown", NULL);
    for (size_t i = 0; i < count; i++)
        if (strcmp(near[i]->name, "help") != 0)
            button_named(talk, words_title(talk->school->words, near[i], talk->lang), "do:%s", near[i]->name);
    button(talk, "buttons.help", "do:help");
}

/* Lets the handlers take a message that is no command. */
static bool somebody_hears(struct talk *talk)
{
    for (size_t h = 0; talk->account && talk->school->handlers[h]; h++) {
        const struct handler *handler = talk->school->handlers[h];

        if (handler->hears && handler->hears(talk))
            return true;
    }
    return false;
}

const struct handler *dispatch_asking(struct talk *talk, bool *ret_parked)
{
    const struct handler *const *handlers = talk->school->handlers;
    struct dialog dialog;

    *ret_parked = false;
    if (!talk->person || talk->update->group)
        return NULL;
    for (size_t h = 0; handlers[h]; h++)
        if (handlers[h]->asks && handlers[h]->asks(talk))
            return handlers[h];
    if (talk->dialog_none || !dialog_of(talk, talk->person, &dialog)) {
        talk->dialog_none = true;
        return NULL;
    }
    *ret_parked = talk->now - dialog.asked > DIALOG_PARKS;
    for (size_t h = 0; handlers[h]; h++)
        if (strcmp(handlers[h]->name, dialog.kind) == 0)
            return handlers[h]->answers ? handlers[h] : NULL;
    return NULL;
}

/* The handler that has an open question for the speaker; NULL none, or a parked one. */
static const struct handler *asking(struct talk *talk)
{
    bool parked;
    const struct handler *handler = dispatch_asking(talk, &parked);

    return parked ? NULL : handler;
}

/* Asks the open question again after a command went through it. */
static void ask_again(struct talk *talk, const struct handler *dialog)
{
    if (dialog && dialog->dialog && !talk->dialog_moved && asking(talk) == dialog)
        dialog->dialog(talk, DIALOG_REPEAT);
}

/* Asks the question that lay under the one just ended: a report that was open before a ballot was begun. */
static void ask_what_lies_below(struct talk *talk, const struct handler *ended)
{
    const struct handler *below = ended ? asking(talk) : NULL;

    if (below && below != ended && below->dialog)
        below->dialog(talk, DIALOG_REPEAT);
}

/* Offers a parked question: once by itself, and whenever something was typed that nobody understood. */
bool dispatch_offer_parked(struct talk *talk, bool once)
{
    bool parked;

    if (talk->dialog_moved || !dispatch_asking(talk, &parked) || !parked)
        return false;
    store_run(talk->store, "UPDATE dialog SET parked = 1 WHERE person = ? AND parked <= ?", "ii",
              talk->person, once ? (int64_t)0 : (int64_t)1);
    if (store_changes(talk->store) == 0)
        return false;
    talk->dialog_moved = true;
    say(talk, "dialog.offer", NULL);
    button(talk, "dialog.resume", "dialogs:resume");
    button_beside(talk, "dialog.drop", "dialogs:cancel");
    return true;
}

/* While free text is awaited only a slash, a sign-in with its code and the words of the dialog itself get
 * through. */
static bool passes_dialog(const struct call *call, bool slash)
{
    return slash || call->command->needs & OVER_DIALOG || call->args.code;
}

/* Whether a text has the form of a join code. */
static bool looks_like_code(const char *text)
{
    g_autofree char *code = secret_code_typed(text);

    return code != NULL;
}

/* A bare join code of somebody we do not know yet, or bare six digits: as if the command stood before them.
 */
static bool run_bare_code(struct talk *talk, const struct normal *text)
{
    const char *name = talk->account ? "signin" : "join";
    struct call call = { .args = { .rest = "" } };

    call.args.code = talk->account ? words_bare_code(talk->pool, text) : NULL;
    call.args.invite = !talk->account && looks_like_code(text->text) ? text->text : NULL;
    if (!call.args.code && !call.args.invite)
        return false;
    call.command = words_command(talk->school->words, name, &call.handler);
    if (call.command)
        run_call(talk, &call);
    return call.command != NULL;
}

/* Signs in with the code of a scanned address; false when the text has none. */
static bool run_scanned(struct talk *talk, const struct normal *text)
{
    struct call call = { .args = { .rest = "" } };

    call.args.code = scan_code(talk->pool, text, talk->school->public_url);
    if (!call.args.code)
        return false;
    call.command = words_command(talk->school->words, "signin", &call.handler);
    talk->command = true;
    run_call(talk, &call);
    return true;
}

void dispatch_text(struct talk *talk)
{
    struct update *update = talk->update;
    struct normal text = text_normal(talk->pool, update->text);
    struct call calls[CALLS_MAX];
    bool slash;
    size_t count = words_match(talk->school->words, talk->pool, &text, calls, CALLS_MAX, &slash);
    const struct handler *dialog = asking(talk);

    talk->command = count > 0;
    if (update->group && !update->addressed && count == 0)
        return;
    if (run_scanned(talk, &text))
        return;
    if (count == 0 && !update->group && run_bare_code(talk, &text))
        return;
    if (dialog && !(count > 0 && passes_dialog(best_call(talk, calls, count), slash)) &&
        dialog->answers(talk)) {
        ask_what_lies_below(talk, dialog);
        return;
    }
    if (count > 0) {
        const struct call *call = best_call(talk, calls, count);

        run_call(talk, call);
        ask_again(talk, dialog);
        if (asking(talk) != call->handler) /* what it asks itself, it has asked */
            ask_what_lies_below(talk, dialog);
        return;
    }
    int number = update->group ? 0 : bare_number(&text);

    if (number && talk->account && press_number(talk, number))
        return;
    if (somebody_hears(talk))
        return;
    if (dispatch_offer_parked(talk, false))
        return;
    if (!update->group || update->addressed)
        say_unknown(talk, &text);
}

/* Files, voice, places: offered to who has something open. */
bool dispatch_thing(struct talk *talk)
{
    const struct handler *dialog = asking(talk);

    if (talk->update->group && !talk->update->addressed)
        return false;
    if (talk->account && !talk->update->group && quota_refuses(talk))
        return false;
    if (dialog && dialog->answers(talk))
        return true;
    if (somebody_hears(talk))
        return true;
    if (talk->update->group)
        return false;
    if (talk->account)
        say(talk, talk->update->kind == UPDATE_LOCATION ? "cannot_read" : "nothing_open", NULL);
    else
        say_unbound(talk);
    return false;
}

/* An edit of what was answered already changes nothing; who seems to count on it is told to send it again. */
void dispatch_edited(struct talk *talk)
{
    struct normal text = text_normal(talk->pool, talk->update->text);
    struct call calls[CALLS_MAX];
    bool slash;

    if (talk->update->group || !talk->account)
        return;
    if (asking(talk) || words_match(talk->school->words, talk->pool, &text, calls, CALLS_MAX, &slash) > 0) {
        say(talk, "edited", NULL);
        return;
    }
    for (size_t h = 0; talk->school->handlers[h]; h++)
        if (talk->school->handlers[h]->edited && talk->school->handlers[h]->edited(talk))
            return;
}

/* Lets the button stop waiting: on its own lane, worthless after 30 s. */
static void put_callback(struct talk *talk)
{
    struct update *update = talk->update;
    struct reply reply = { .lane = LANE_CALLBACK, .key = "pressed", .callback = update->callback };

    reply.text = words(talk, "pressed", NULL);
    reply.edits = update->pressed;
    reply.secret = update->secret;
    outbox_put(talk->school->outbox, update->platform, update->chat, &reply, talk->id);
}

void dispatch_action(struct talk *talk)
{
    struct update *update = talk->update;
    const struct handler *dialog = asking(talk);

    if (!(dialog && g_str_has_prefix(update->action, "dialog:") && dialog->answers(talk)))
        run_action(talk, update->action);
    if (g_str_has_prefix(update->action, "do:"))
        ask_again(talk, dialog);
    ask_what_lies_below(talk, dialog);
    if (update->callback)
        put_callback(talk);
}
