#include "bot/school/remind.h"

#include "bot/core/log.h"

enum { QUIET_FROM = 22, QUIET_TO = 7 };

bool remind_quiet(struct talk *talk, const struct class *class, int64_t at)
{
    return remind_awake(talk, class, at) != at;
}

int64_t remind_awake(struct talk *talk, const struct class *class, int64_t at)
{
    const char *day = day_of(talk, class, at);

    if (at < time_of(class, day, QUIET_TO, 0))
        return time_of(class, day, QUIET_TO, 0);
    if (at >= time_of(class, day, QUIET_FROM, 0))
        return time_of(class, day_plus(talk, day, 1), QUIET_TO, 0);
    return at;
}

/* How many pushes the person has had today. */
static int64_t pushes(struct talk *talk, int64_t person, const char *day)
{
    return store_int(talk->store, 0, "SELECT pushes FROM push_count WHERE person = ? AND day = ?", "is",
                     person, day);
}

bool remind_may(struct talk *talk, const struct reminder *r)
{
    const char *why = NULL;

    if (talk->now >= r->until)
        why = "late";
    else if (remind_quiet(talk, r->class, talk->now))
        why = "quiet";
    else if (!r->must &&
             pushes(talk, r->person, day_of(talk, r->class, talk->now)) >= REMIND_A_DAY - r->spare)
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

int64_t remind_unspread(int64_t person, int64_t at, int from, int to)
{
    return at - 60 * (from + person % (to - from + 1));
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
