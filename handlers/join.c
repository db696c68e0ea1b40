/* 加入: a one-time code, the question "are you 张三?", and the account is bound; of who has joined another
 * class before, the membership. Wrong codes are slowed after five. Also 绑定 (a code for another account of
 * the same person). */
#include "bot/school/binding.h"
#include "bot/school/invite.h"
#include "bot/school/school.h"

enum {
    WRONG_FREE = 5,  /* wrong codes before they are slowed */
    SLOW_FIRST = 60, /* seconds after the fifth; doubled each time */
    SLOW_MOST = 3600,
};

/* --- slowing guesses
 * ------------------------------------------------------------------------------------------------ */

/* Seconds this account still has to wait; 0 none. More than the longest was kept by a clock that was ahead.
 */
static int64_t must_wait(struct talk *talk)
{
    int64_t until =
        store_int(talk->store, 0, "SELECT blocked FROM join_try WHERE platform = ? AND account = ?", "is",
                  (int64_t)talk->update->platform, talk->update->account);

    return until - talk->now <= SLOW_MOST ? MAX(until - talk->now, 0) : 0;
}

/* Counts a wrong code. */
static void note_wrong(struct talk *talk)
{
    int64_t wrong =
        1 + store_int(talk->store, 0, "SELECT wrong FROM join_try WHERE platform = ? AND account = ?", "is",
                      (int64_t)talk->update->platform, talk->update->account);
    int64_t wait = wrong < WRONG_FREE ? 0 : MIN((int64_t)SLOW_FIRST << MIN(wrong - WRONG_FREE, 6), SLOW_MOST);

    store_run(talk->store,
              "INSERT INTO join_try (platform, account, wrong, blocked) VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (platform, account) DO UPDATE SET wrong = ?3, blocked = ?4, member = NULL",
              "isii", (int64_t)talk->update->platform, talk->update->account, wrong,
              wait ? talk->now + wait : 0);
}

/* Remembers for which member the account was asked "are you …?". */
static void note_asked(struct talk *talk, int64_t member)
{
    store_run(talk->store,
              "INSERT INTO join_try (platform, account, member) VALUES (?1, ?2, ?3)"
              " ON CONFLICT (platform, account) DO UPDATE SET member = ?3",
              "isi", (int64_t)talk->update->platform, talk->update->account, member);
}

/* Whether the account was asked about this member and nothing has changed since. */
static bool was_asked(struct talk *talk, int64_t member)
{
    return member &&
           store_int(talk->store, 0, "SELECT member FROM join_try WHERE platform = ? AND account = ?", "is",
                     (int64_t)talk->update->platform, talk->update->account) == member;
}

/* --- joining
 * ----------------------------------------------------------------------------------------------------------
 */

/* "Are you 张三? We record … for …", before anything is bound. */
static void ask_who(struct talk *talk, const struct member *member)
{
    const char *role = role_label(talk, member->role);

    note_asked(talk, member->id);
    say(talk, "join.ask", "name", member->name, "class", class_by_id(talk, member->class_id)->title, "role",
        role, NULL);
    button(talk, "join.yes", "join:yes:%" G_GINT64_FORMAT, member->id);
    button_beside(talk, "join.no", "join:no:%" G_GINT64_FORMAT, member->id);
}

static void refuse(struct talk *talk, const char *why)
{
    say(talk, "join.refused", "why", why, NULL);
}

static void join_with(struct talk *talk)
{
    int64_t wait = must_wait(talk);

    if (!talk->args.invite) {
        if (talk->account)
            say(talk, "join.already", "name", talk->name, NULL);
        else
            say_unbound(talk);
        return;
    }
    if (wait > 0) {
        refuse(talk, words(talk, "join.slow", "seconds", num(talk, wait), NULL));
        return;
    }
    enum invite_state state;
    const struct member *member = member_by_id(
        talk, invite_member(talk->store, talk->school->secret, talk->args.invite, talk->now, &state));

    if (!member) {
        if (state == INVITE_NONE)
            note_wrong(talk);
        refuse(talk, words(talk, invite_why(state), NULL));
    } else if (talk->account && talk->person == member->person) {
        say(talk, "join.already", "name", talk->name, NULL);
    } else if (talk->account && !binding_fits(talk, member)) {
        refuse(talk, words(talk, "join.other", "name", talk->name, NULL));
    } else {
        ask_who(talk, member);
    }
}

/* Binds the account to the member's person; the codes that led here are used up. */
static void bind_account(struct talk *talk, const struct member *member)
{
    int64_t before =
        store_int(talk->store, 0, "SELECT count(*) FROM account WHERE person = ?", "i", member->person);

    audit_actor(talk->school->audit, member->person);
    if (before)
        tell(talk, member->person, "bind.another", NULL);
    store_run(talk->store,
              "INSERT INTO account (platform, name, person, member, bound) VALUES (?, ?, ?, ?, ?)", "isiii",
              (int64_t)talk->update->platform, talk->update->account, member->person, member->id, talk->now);
    store_run(talk->store, "UPDATE person SET consented = coalesce(consented, ?) WHERE id = ?", "ii",
              talk->now, member->person);
    invite_unlink(talk->store, member->person);
    if (before == 0)
        school_event(talk, EVENT_JOINED, member->id);
}

/* The member is the speaker's, who has joined elsewhere already. */
static void attach(struct talk *talk, const struct member *member)
{
    binding_attach(talk, member);
    store_run(talk->store, "UPDATE account SET member = ? WHERE id = ?", "ii", member->id, talk->account);
    school_event(talk, EVENT_JOINED, member->id);
}

static void press_yes(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);
    const struct member *member = member_by_id(talk, id);

    if (talk->account && !(member && binding_fits(talk, member))) {
        say(talk, "join.already", "name", talk->name, NULL);
        return;
    }
    if (!member || !was_asked(talk, id) || !invite_is_open(talk->store, id, talk->now)) {
        say(talk, "stale", NULL);
        return;
    }
    if (talk->account)
        attach(talk, member);
    else
        bind_account(talk, member);
    store_run(talk->store, "DELETE FROM join_try WHERE platform = ? AND account = ?", "is",
              (int64_t)talk->update->platform, talk->update->account);
    invite_use(talk->store, member->id, talk->now);
    say(talk, "join.welcome", "name", member->name, "class", class_by_id(talk, member->class_id)->title,
        "next", words(talk, member->role == ROLE_TRAINEE ? "join.next_trainee" : "join.next_staff", NULL),
        NULL);
    saying_instead(talk);
    button(talk, "buttons.help", "do:help");
    button_beside(talk, "join.timetable", "do:timetable");
}

static void press_no(struct talk *talk, const char *args)
{
    (void)args;
    store_run(talk->store, "UPDATE join_try SET member = NULL WHERE platform = ? AND account = ?", "is",
              (int64_t)talk->update->platform, talk->update->account);
    say(talk, "join.not_you", NULL);
    saying_instead(talk);
}

/* 绑定: a code with which the same person joins from another account. */
static void give_link_code(struct talk *talk)
{
    int64_t until = talk->now + INVITE_LINK_LIVES;
    g_autofree char *code = invite_link(talk->store, talk->school->secret, talk->person, talk->now, until);

    say(talk, "bind.code", "code", code, "link",
        pool_printf(talk->pool, "%s/j/%s", talk->school->public_url, code), NULL);
    saying_until(talk, until);
}

const struct handler join = {
    .name = "join",
    .commands = { { .name = "join",
                    .args = "INVITE",
                    .needs = NEEDS_NOBODY | NEEDS_PRIVATE,
                    .run = join_with },
                  { .name = "bind", .needs = NEEDS_PRIVATE, .run = give_link_code, .rank = 80 } },
    .actions = { { .verb = "yes", .needs = NEEDS_NOBODY, .run = press_yes },
                 { .verb = "no", .needs = NEEDS_NOBODY, .run = press_no } },
};
