#include "bot/school/remind.h"

#include <string.h>

#include "bot/core/log.h"
#include "bot/school/days.h"
#include "bot/school/remind_policy.h"
#include "bot/school/school.h"

enum { MERGED_MAX = 8, KEPT = 14 * 86400, SPREAD_FROM = 1, SPREAD_TO = 5, LATER_LEAST = 90 * 60 };

const struct remind_kind remind_kinds[] = {
    { "sitting", ROLE_TRAINEE },
    { "homework", ROLE_TRAINEE },
    { "plan", ROLE_TRAINEE },
    { "report", ROLE_TRAINEE },
    { "survey", ROLE_TRAINEE },
    { "digest", ROLE_MENTOR | ROLE_ORGANISER },
    { NULL, 0 },
};

bool remind_is_off(struct talk *talk, int64_t person, const char *kind)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM reminder_off WHERE person = ? AND kind = ?", "is",
                     person, kind) > 0;
}

void remind_switch(struct talk *talk, int64_t person, const char *kind, bool on)
{
    if (on)
        store_run(talk->store, "DELETE FROM reminder_off WHERE person = ? AND kind = ?", "is", person, kind);
    else
        store_run(talk->store, "INSERT OR IGNORE INTO reminder_off (person, kind) VALUES (?, ?)", "is",
                  person, kind);
}

bool remind_quiet(struct talk *talk, const struct class *class, int64_t at)
{
    return remind_awake(talk, class, at) != at;
}

int64_t remind_awake(struct talk *talk, const struct class *class, int64_t at)
{
    const struct remind_policy *policy = remind_policy(talk, class);
    const char *day = day_of(talk, class, at);
    int64_t begins = days_moment(class->zone, day, policy->quiet_to);

    if (at < begins)
        return begins;
    if (at >= days_moment(class->zone, day, policy->quiet_from))
        return days_moment(class->zone, day_plus(talk, day, 1), policy->quiet_to);
    return at;
}

/* How many pushes the person has had today. */
static int64_t pushes(struct talk *talk, int64_t person, const char *day)
{
    return store_int(talk->store, 0, "SELECT pushes FROM push_count WHERE person = ? AND day = ?", "is",
                     person, day);
}

/* Reminders that are being said together to one person. */
struct remind_merge {
    struct reminder first;
    int64_t until; /* of the one that keeps longest */
    bool put_off;
    int count;
    struct remind_line {
        const char *key, *text, *label, *action;
        int64_t until;
    } lines[MERGED_MAX];
};

/* Whether the person has switched its kind off. */
static bool switched_off(struct talk *talk, const struct reminder *r)
{
    for (const struct remind_kind *kind = remind_kinds; kind->name; kind++)
        if (strcmp(kind->name, r->kind) == 0)
            return remind_is_off(talk, r->person, r->kind);
    return false;
}

bool remind_may(struct talk *talk, const struct reminder *r)
{
    const char *why = NULL;

    if (talk->now >= r->until)
        why = "late";
    else if (remind_quiet(talk, r->class, talk->now))
        why = "quiet";
    else if (switched_off(talk, r))
        why = "off";
    else if (!r->must && !(talk->merge && talk->merge->put_off) &&
             pushes(talk, r->person, day_of(talk, r->class, talk->now)) >=
                 remind_policy(talk, r->class)->a_day - r->spare)
        why = "enough";
    if (why) {
        log_info("remind.skipped", "kind=%s person=%" G_GINT64_FORMAT " why=%s", r->kind, r->person, why);
        return false;
    }
    talk->lang = lang_of(talk, r->person);
    return true;
}

void remind_sent(struct talk *talk, const struct reminder *r)
{
    const char *day = day_of(talk, r->class, talk->now);

    saying_until(talk, r->until);
    store_run(talk->store,
              "INSERT INTO push_count (person, day, pushes) VALUES (?1, ?2, 1) ON CONFLICT (person) DO UPDATE"
              " SET pushes = CASE WHEN day = ?2 THEN pushes + 1 ELSE 1 END, day = ?2",
              "is", r->person, day);
}

int64_t remind_spread(struct talk *talk, int64_t person, int64_t due, int from, int to)
{
    bool wecom;

    if (due % (30 * 60) != 0)
        return due;
    wecom = store_int(talk->store, 0,
                      "SELECT count(*) > 0 AND min(platform) = ?1 AND max(platform) = ?1 FROM account"
                      " WHERE person = ?2 AND reachable = 1",
                      "ii", (int64_t)PLATFORM_WECOM, person) != 0;
    return wecom ? due + 60 * (from + person % (to - from + 1)) : due;
}

void remind_put(struct talk *talk, const char *kind, int64_t person, int64_t subject)
{
    int64_t at = remind_spread(talk, person, talk->now, SPREAD_FROM, SPREAD_TO);

    store_run(talk->store, "DELETE FROM reminder WHERE at < ?", "i", talk->now - KEPT);
    store_run(talk->store, "INSERT INTO reminder (person, kind, subject, at) VALUES (?, ?, ?, ?)", "isii",
              person, kind, subject, at);
    timers_set(talk->timers, "to_person.remind", person, at);
}

void remind_say(struct talk *talk, const struct reminder *r, const char *key, const char *text,
                const char *label, const char *action)
{
    struct remind_merge *merge = talk->merge;

    if (!merge || merge->count == MERGED_MAX)
        return;
    if (merge->count == 0)
        merge->first = *r;
    merge->until = MAX(merge->until, r->until);
    merge->lines[merge->count++] = (struct remind_line){ key, text, label, action, r->until };
}

/* Says what has been gathered as one message; gives whether it went out. */
static bool say_merged(struct talk *talk, int64_t person, const struct remind_merge *merge, int64_t said)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct reminder r = merge->first;

    for (int i = 0; i < merge->count; i++)
        g_string_append_printf(text, "%s%s", i ? "\n" : "", merge->lines[i].text);
    bool one = merge->count == 1;

    if (!tell_text(talk, person, one ? merge->lines[0].key : "reminder.many",
                   one ? text->str : words(talk, "reminder.many", "lines", text->str, NULL)))
        return false;
    r.until = merge->until;
    remind_sent(talk, &r);
    for (int i = 0; i < merge->count; i++)
        if (merge->lines[i].label)
            button_named(talk, merge->lines[i].label, "%s", merge->lines[i].action);
    if (merge->until > talk->now + LATER_LEAST)
        button(talk, "reminder.later", "reminders:later:%" G_GINT64_FORMAT, said);
    return true;
}

/* Asks the handlers to say one; what none of them knows is nothing. */
static void ask_handlers(struct talk *talk, const char *kind, int64_t person, int64_t subject)
{
    for (const struct handler *const *handler = talk->school->handlers; *handler; handler++)
        if ((*handler)->reminds && (*handler)->reminds(talk, kind, person, subject))
            return;
}

void remind_say_all(struct talk *talk, int64_t person, int64_t due)
{
    struct remind_merge merge = { .count = 0 };
    int64_t said = 0;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT min(id), kind, subject, max(put_off) FROM reminder WHERE person = ?"
                    " AND at <= ? AND said IS NULL GROUP BY kind, subject ORDER BY 1 LIMIT ?",
                    "iii", person, talk->now, (int64_t)MERGED_MAX);

    (void)due;
    talk->merge = &merge;
    while (query_next(q)) {
        int before = merge.count;

        merge.put_off = query_int(q, 3) != 0;
        ask_handlers(talk, pool_strdup(talk->pool, query_text(q, 1)), person, query_int(q, 2));
        if (merge.count == before)
            continue;
        said = said ? said : query_int(q, 0);
        store_run(talk->store, "UPDATE reminder SET said = ?, until = ? WHERE id = ?", "iii", said,
                  merge.lines[before].until, query_int(q, 0));
    }
    talk->merge = NULL;
    if (merge.count > 0)
        say_merged(talk, person, &merge, said);
    store_run(talk->store, "DELETE FROM reminder WHERE person = ? AND at <= ? AND said IS NULL", "ii", person,
              talk->now);
}

int64_t remind_until(struct talk *talk, int64_t said)
{
    return store_int(talk->store, 0, "SELECT max(until) FROM reminder WHERE person = ? AND said = ?", "ii",
                     talk->person, said);
}

bool remind_put_off(struct talk *talk, int64_t said, int64_t at)
{
    at = remind_spread(talk, talk->person, at, SPREAD_FROM, SPREAD_TO);
    store_run(talk->store,
              "UPDATE reminder SET at = ?, said = NULL, put_off = 1 WHERE person = ? AND said = ?", "iii", at,
              talk->person, said);
    if (store_changes(talk->store) == 0)
        return false;
    timers_set(talk->timers, "to_person.remind", talk->person, at);
    return true;
}

bool remind_teachers(struct talk *talk, int64_t class_id,
                     bool (*tell_one)(struct talk *, const struct member *, void *), void *data)
{
    static const int in_order[] = { ROLE_DUTY, ROLE_ORGANISER | ROLE_LEADER, ROLE_MENTOR };
    const char *lang = talk->lang;
    bool told = false;

    for (size_t i = 0; i < G_N_ELEMENTS(in_order) && !told; i++) {
        size_t count;
        struct member *members = members_of(talk, class_id, in_order[i], &count);

        for (size_t j = 0; j < count; j++)
            told |= tell_one(talk, &members[j], data);
    }
    talk->lang = lang;
    return told;
}
