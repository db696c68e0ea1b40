/* The way in: from an update to what is done with it, by its kind. */
#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/school/dispatch.h"
#include "bot/school/flood.h"
#include "bot/school/group.h"
#include "bot/school/school.h"
#include "bot/school/speaker.h"

/* The person blocked us or came back. */
static void set_reachable(struct talk *talk, bool reachable)
{
    store_run(talk->store, "UPDATE account SET reachable = ? WHERE platform = ? AND name = ?", "iis",
              (int64_t)reachable, (int64_t)talk->update->platform, talk->update->account);
}

static void on_moved(struct talk *talk)
{
    store_run(talk->store, "UPDATE class SET group_chat = ? WHERE group_platform = ? AND group_chat = ?",
              "sis", talk->update->text, (int64_t)talk->update->platform, talk->update->chat);
}

/* The moment that counts: the platform's own time, never after its arrival here. */
static int64_t moment_of(const struct talk *talk, const struct update *update)
{
    return update->at > 0 && update->at < talk->now ? update->at : talk->now;
}

/* Whether the message is one too many of its account; the first of those is answered. In the sandbox one page
 * plays everybody, and no limit applies. */
static bool floods(struct talk *talk)
{
    struct update *update = talk->update;

    if (!talk->school->flood || (update->platform == PLATFORM_WEB && talk->school->sandbox))
        return false;
    enum flood_verdict verdict = flood_count(talk->school->flood, update->platform, update->account);

    if (verdict == FLOOD_TELL && !(update->group && !update->addressed))
        say(talk, "slow_down", NULL);
    update->unwanted = verdict != FLOOD_FINE;
    return update->unwanted;
}

static void receive(struct talk *talk)
{
    switch (talk->update->kind) {
    case UPDATE_TEXT:
    case UPDATE_SCAN:
        dispatch_text(talk);
        break;
    case UPDATE_ACTION:
        dispatch_action(talk);
        break;
    case UPDATE_EDITED:
        dispatch_edited(talk);
        break;
    case UPDATE_FILES:
    case UPDATE_VOICE:
    case UPDATE_LOCATION:
        dispatch_thing(talk);
        break;
    case UPDATE_STARTED:
        if (talk->account)
            set_reachable(talk, true);
        if (!talk->update->group)
            dispatch_command(talk, "help");
        break;
    case UPDATE_GONE:
        if (talk->update->group)
            group_gone(talk, talk->update->platform, talk->update->chat);
        else
            set_reachable(talk, false);
        break;
    case UPDATE_MOVED:
        on_moved(talk);
        break;
    case UPDATE_OTHER:
        if (!talk->update->group)
            say(talk, "cannot_read", NULL);
        break;
    case UPDATE_NOISE:
        break;
    }
}

/* A talk about one update; its pool is the school's, since one is handled at a time. */
static void begin(struct talk *talk, struct school *school, struct update *update, int64_t id)
{
    pool_reset(school->pool);
    talk_begin(talk, school, school->pool);
    talk->update = update;
    talk->id = id;
}

void school_receive(void *data, struct update *update, int64_t id)
{
    struct talk talk;

    begin(&talk, data, update, id);
    talk.moment = moment_of(&talk, update);
    dispatch_speaker(&talk);
    if (talk.account)
        speaker_note_use(&talk);
    if (!floods(&talk)) {
        receive(&talk);
        if (update->kind == UPDATE_TEXT || update->kind == UPDATE_ACTION)
            dispatch_offer_parked(&talk, true);
    }
    talk_end(&talk);
}

void school_apologise(void *data, struct update *update, int64_t id)
{
    struct talk talk;

    begin(&talk, data, update, id);
    talk.lang = locale_pick(update->lang);
    if (update->kind != UPDATE_NOISE && !(update->group && !update->addressed))
        say(&talk, "error.failed", NULL);
    talk_end(&talk);
}
