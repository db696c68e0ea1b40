#include "bot/school/speaker.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/school/dispatch.h"
#include "bot/school/group.h"
#include "bot/school/school.h"

/* --- who speaks
 * -------------------------------------------------------------------------------------------------- */

/* Notes the day on which an account was last heard of: pushes go to the one used last. Who was unreachable
 * and writes counts as never heard of, and is reachable again. */
void speaker_note_use(struct talk *talk)
{
    int64_t today = clock_machine() / 86400;

    if (talk->used != today)
        store_run(talk->store, "UPDATE account SET used = ?, reachable = 1 WHERE id = ?", "ii", today,
                  talk->account);
}

/* WeCom's userids are the same in any case of letters: calls the account as the roster spells it. False when
 * it knows no other spelling. */
static bool spell_account(struct talk *talk)
{
    struct update *update = talk->update;
    g_autofree char *known = NULL;

    if (update->platform == PLATFORM_WECOM)
        known = store_text(talk->store,
                           "SELECT name FROM account INDEXED BY account_wecom WHERE platform = 2"
                           " AND name = ? COLLATE NOCASE",
                           "s", update->account);
    if (known)
        update->account = pool_strdup(talk->pool, known);
    return known != NULL;
}

/* What an account says of itself, beside its person. */
struct manner {
    const char *lang; /* NULL: as the class */
    int64_t current;  /* the membership it speaks in */
};

/* Loads the account, its person and all memberships; false when nobody is bound to it. */
static bool load_account(struct talk *talk, struct manner *ret)
{
    enum { MEMBERS_MAX = 32 };
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT a.id, a.person, p.name, p.lang, a.member, a.used * a.reachable, m.id, m.class, m.role,"
        " m.number, m.since FROM account a JOIN person p ON p.id = a.person"
        " LEFT JOIN member m ON m.person = p.id AND m.left IS NULL"
        " WHERE a.platform = ? AND a.name = ? ORDER BY m.id",
        "is", (int64_t)talk->update->platform, talk->update->account);

    while (query_next(q) && talk->member_count < MEMBERS_MAX) {
        if (!talk->account) {
            talk->account = query_int(q, 0);
            talk->person = query_int(q, 1);
            talk->name = pool_strdup(talk->pool, query_text(q, 2));
            ret->lang = pool_strdup(talk->pool, query_text(q, 3));
            ret->current = query_int(q, 4);
            talk->used = query_int(q, 5);
            talk->members = pool_alloc(talk->pool, MEMBERS_MAX * sizeof *talk->members);
        }
        if (!query_null(q, 6))
            talk->members[talk->member_count++] =
                (struct member){ .id = query_int(q, 6),
                                 .class_id = query_int(q, 7),
                                 .person = talk->person,
                                 .role = (int)query_int(q, 8),
                                 .number = pool_strdup(talk->pool, query_text(q, 9)),
                                 .name = talk->name,
                                 .since = query_int(q, 10) };
    }
    return talk->account != 0;
}

/* Loads the person behind the account with all memberships; leaves the talk unbound when there is none. */
void dispatch_speaker(struct talk *talk)
{
    struct update *update = talk->update;
    struct manner manner = { 0 };

    if (!load_account(talk, &manner) && spell_account(talk))
        load_account(talk, &manner);
    update->person = talk->account ? talk->person : 0;
    if (talk->person)
        audit_actor(talk->school->audit, talk->person);
    for (size_t i = 0; i < talk->member_count; i++)
        if (i == 0 || talk->members[i].id == manner.current)
            talk_as(talk, &talk->members[i]);
    if (manner.lang)
        talk->lang = locale_pick(manner.lang);
    else if (talk->class)
        talk->lang = talk->class->lang;
    else
        talk->lang = locale_pick(update->lang);
}

/* The membership in which the speaker may do what needs `needs`; the current one first. */
static const struct member *member_for(struct talk *talk, unsigned needs)
{
    unsigned roles = needs & ROLE_ALL;

    if (talk->member && (!roles || (unsigned)talk->member->role & roles))
        return talk->member;
    for (size_t i = 0; i < talk->member_count; i++)
        if ((unsigned)talk->members[i].role & roles && talk->member &&
            talk->members[i].class_id == talk->member->class_id)
            return &talk->members[i];
    for (size_t i = 0; i < talk->member_count; i++)
        if ((unsigned)talk->members[i].role & roles)
            return &talk->members[i];
    return NULL;
}

/* Whether the speaker may do what needs `needs`, wherever it is said. */
bool speaker_may(struct talk *talk, unsigned needs)
{
    if (needs & NEEDS_NOBODY)
        return true;
    return talk->account && ((needs & ROLE_ALL) == 0 || member_for(talk, needs));
}

bool dispatch_may(struct talk *talk, const struct command *command)
{
    return speaker_may(talk, command->needs);
}

/* Puts `command` into its place by rank among the `count` best so far. */
static size_t insert_ranked(const struct command **best, size_t count, size_t max,
                            const struct command *command)
{
    size_t at = MIN(count, max - 1);

    if (count == max && best[at]->rank <= command->rank)
        return count;
    for (; at > 0 && best[at - 1]->rank > command->rank; at--)
        best[at] = best[at - 1];
    best[at] = command;
    return MIN(count + 1, max);
}

size_t dispatch_ranked(struct talk *talk, const struct command **ret, size_t max)
{
    size_t count = 0;

    for (size_t h = 0; talk->school->handlers[h]; h++)
        for (const struct command *command = talk->school->handlers[h]->commands; command->name; command++)
            if (command->rank > 0 && dispatch_may(talk, command))
                count = insert_ranked(ret, count, max, command);
    return count;
}

/* Enforces the flags of a command or action; says why not. */
bool speaker_admitted(struct talk *talk, unsigned needs)
{
    bool stranger = !talk->account && !(needs & NEEDS_NOBODY), may = speaker_may(talk, needs);

    if (talk->update->group && (stranger || !may || needs & (NEEDS_PRIVATE | ASIDE)))
        group_aside(talk);
    if (stranger) {
        say_unbound(talk);
        return false;
    }
    if (!may) {
        say(talk, "not_allowed", NULL);
        return false;
    }
    if (needs & NEEDS_PRIVATE && talk->update->group) {
        say(talk, "only_private", NULL);
        return false;
    }
    if (needs & ROLE_ALL)
        talk_as(talk, member_for(talk, needs));
    return true;
}
