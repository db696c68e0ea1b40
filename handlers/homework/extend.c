/* 延期: one trainee, or the whole class, has until a named moment, with a reason and on record. */
#include <string.h>

#include "bot/school/remind.h"
#include "bot/school/who.h"
#include "handlers/homework/homework.h"

enum { REASON_MAX = 300, SOON = 2 * 60 * 60, OFFERED = 6 };

struct extension {
    int64_t id, homework, member, until; /* member 0: the whole class */
    const char *reason;
};

static bool load(struct talk *talk, int64_t id, struct extension *ret)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT homework, coalesce(member, 0), until, reason FROM extension WHERE id = ?", "i",
        id);

    if (!query_next(q))
        return false;
    *ret = (struct extension){ .id = id,
                               .homework = query_int(q, 0),
                               .member = query_int(q, 1),
                               .until = query_int(q, 2),
                               .reason = pool_strdup(talk->pool, query_text(q, 3)) };
    return true;
}

/* "（原因：住院）", or nothing. */
static const char *because(struct talk *talk, const char *reason)
{
    return *reason ? words(talk, "homework.because", "reason", reason, NULL) : "";
}

bool homework_named(struct talk *talk, const char **rest, const char *how, struct homework *ret)
{
    struct normal text = text_normal(talk->pool, *rest);
    const char *at = text.text;
    int number = talk->args.ref > 0 ? talk->args.ref : text_number(&at);

    if (talk->args.ref <= 0 && number > 0 && (!*at || *at == ' '))
        *rest = text_original(talk->pool, &text, (size_t)(at - text.text), text.len);
    else if (talk->args.ref <= 0)
        number = 0;
    if (number > 0 && homework_numbered(talk, talk->class->id, number, ret) && ret->state == HOMEWORK_OPEN)
        return true;
    if (number > 0) {
        say(talk, "homework.no_such", "number", num(talk, number), "how", words(talk, how, NULL), NULL);
        return false;
    }
    struct homework *list;
    size_t count = homework_list(talk, talk->class->id, &list), open = 0;

    for (size_t i = 0; i < count; i++)
        if (homework_is_open(&list[i], talk->now) && ++open)
            *ret = list[i];
    if (open == 1)
        return true;
    say(talk, "homework.which_number", "how", words(talk, how, NULL), NULL);
    return false;
}

/* Reads until when; false after saying what to type. */
static bool read_until(struct talk *talk, const struct homework *hw, const char *rest, int64_t *ret_until,
                       const char **ret_reason)
{
    struct normal text = text_normal(talk->pool, rest);
    struct when when;
    int64_t at = 0;

    switch (homework_when(talk, &text, &when, &at)) {
    case WHEN_NONE:
        say(talk, "homework.extend_how", NULL);
        return false;
    case WHEN_IMPOSSIBLE:
        say(talk, "homework.no_such_time", NULL);
        return false;
    case WHEN_READ:
        break;
    }
    const char *reason = when_rest(talk->pool, &text, &when);

    *ret_reason = text_clean(talk->pool, reason, strlen(reason), REASON_MAX);
    *ret_until = homework_settled(talk, talk->class, at);
    if (at <= talk->now || at <= hw->due) {
        say(talk, at <= talk->now ? "homework.extend_past" : "homework.extend_early", "time",
            show_moment(talk, talk->class, at), "name", homework_name(talk, hw), "due",
            show_moment(talk, talk->class, hw->due), NULL);
        return false;
    }
    return true;
}

/* Tells one trainee who has not handed it in on time, and reminds before the new due time. */
static void tell_one(struct talk *talk, const struct extension *e, const struct homework *hw, int64_t person)
{
    const struct class *class = class_by_id(talk, hw->class_id);
    struct reminder r = {
        .kind = "homework.extended", .person = person, .class = class, .until = e->until, .must = true
    };

    if (!remind_may(talk, &r) ||
        !tell(talk, person, "homework.extended_told", "name", homework_name(talk, hw), "until",
              show_moment(talk, class, e->until), "because", because(talk, e->reason), NULL))
        return;
    remind_sent(talk, &r);
    button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw->id);
}

void homework_tell_extended(struct talk *talk, int64_t id, int64_t due)
{
    struct extension e;
    struct homework hw;
    const char *lang = talk->lang;

    (void)due;
    if (!load(talk, id, &e) || !homework_load(talk, e.homework, &hw))
        return;
    int64_t awake = remind_awake(talk, class_by_id(talk, hw.class_id), talk->now);

    if (awake > talk->now) {
        timers_set(talk->timers, "homework.extended", id, awake);
        return;
    }
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT person FROM homework_owed WHERE homework = ?1"
                                     " AND (?2 = 0 OR member = ?2) AND (late IS NULL OR ?2 <> 0)",
                                     "ii", hw.id, e.member);

    while (query_next(q))
        tell_one(talk, &e, &hw, query_int(q, 0));
    talk->lang = lang;
}

/* Writes it down; the due time of the class moves with one for all. */
static void give(struct talk *talk, struct homework *hw, int64_t member, int64_t until, const char *reason)
{
    const struct class *class = talk->class;

    store_run(talk->store,
              "INSERT INTO extension (homework, member, until, reason, giver, at)"
              " VALUES (?, nullif(?, 0), ?, ?, ?, ?)",
              "iiisii", hw->id, member, until, reason, talk->member->id, talk->now);
    int64_t id = store_last_id(talk->store);

    if (member) {
        if (until - SOON > talk->now)
            timers_set(talk->timers, "homework.remind_extended", id, remind_awake(talk, class, until - SOON));
    } else {
        store_run(talk->store, "UPDATE homework SET due = ?, cutoff = max(cutoff, ?) WHERE id = ?", "iii",
                  until, homework_cutoff_of(talk, class, until), hw->id);
        if (homework_load(talk, hw->id, hw))
            homework_set_reminders(talk, class, hw);
    }
    homework_tell_extended(talk, id, talk->now);
}

/* Takes the word for everybody off the front of `*rest`; false when it does not stand there. */
static bool take_everybody(struct talk *talk, const char **rest)
{
    struct normal text = text_normal(talk->pool, *rest);
    size_t len = homework_begins(talk, text.text, "homework.everybody");

    if (len)
        *rest = len < text.len ? text_original(talk->pool, &text, len, text.len) : "";
    return len > 0;
}

void homework_extend(struct talk *talk)
{
    const char *rest = talk->args.rest, *reason;
    bool all = take_everybody(talk, &rest);
    const struct member *member = NULL;
    struct homework hw;
    int64_t until;

    if (!all && !(member = who_one(talk, ROLE_TRAINEE, "extend", rest, "homework.extend_how", &rest)))
        return;
    if (!homework_named(talk, &rest, "homework.extend_example", &hw) ||
        !read_until(talk, &hw, rest, &until, &reason))
        return;
    give(talk, &hw, member ? member->id : 0, until, reason);
    if (all) {
        say(talk, "homework.extended_all", "name", homework_name(talk, &hw), "until",
            show_moment(talk, talk->class, until), "because", because(talk, reason), NULL);
        return;
    }
    struct handed handed = homework_handed(talk, hw.id, member->id);

    say(talk, handed.version && !handed.late ? "homework.extended_ontime" : "homework.extended", "who",
        member->name, "name", homework_name(talk, &hw), "until", show_moment(talk, talk->class, until),
        "because", because(talk, reason), NULL);
}

void homework_remind_extended(struct talk *talk, int64_t id, int64_t due)
{
    struct extension e;

    (void)due;
    if (load(talk, id, &e) &&
        store_int(talk->store, 0,
                  "SELECT count(*) FROM homework_owed WHERE homework = ? AND member = ? AND late IS NULL"
                  " AND extended = ? AND due > ?",
                  "iiii", e.homework, e.member, e.until, talk->now))
        homework_remind_member(talk, e.homework, e.member);
}
