/* Settlement: some working days after the last sitting the results are fixed, with the version of the scheme
 * they were made by; and warnings while they can still help. */
#include <string.h>

#include "bot/school/approval.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"
#include "bot/school/sitting.h"
#include "handlers/marks/marks_private.h"

enum { WORTH = 3 * 86400 };

bool settled(struct talk *talk, int64_t member, const char **ret_text)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT text FROM result WHERE member = ?", "i", member);

    if (!query_next(q))
        return false;
    *ret_text = pool_strdup(talk->pool, query_text(q, 0));
    return true;
}

/* Sets the settlement of a class whose last sitting is not older than the class here. */
static void set_timer(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    const struct scheme *scheme = class ? scheme_of(talk, class) : NULL;
    int64_t imported = store_int(talk->store, 0, "SELECT imported FROM class WHERE id = ?", "i", class_id);

    timers_cancel(talk->timers, "marks.settle", class_id);
    if (scheme && marks_last_end(talk, class) > imported)
        timers_set(talk->timers, "marks.settle", class_id, marks_settle(talk, class, scheme));
}

/* Fixes one member's result. */
static void fix(struct talk *talk, const struct measuring *m, const struct marks *marks)
{
    const char *text = marks_text(talk, m, marks);

    store_run(talk->store,
              "INSERT INTO result (member, class, version, num, den, passed, substandard, text, at)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (member) DO NOTHING",
              "iiiiiiisi", m->member->id, m->class->id, (int64_t)m->scheme->version, marks->total.num,
              marks->total.den, (int64_t)marks->passed, (int64_t)marks->substandard, text, talk->now);
    struct reminder r = { .kind = "marks.settled",
                          .person = m->member->person,
                          .class = m->class,
                          .until = talk->now + WORTH,
                          .must = true };

    if (remind_may(talk, &r) &&
        tell(talk, r.person, "marks.settled_now", "class", m->class->title, "result",
             words_in(talk, lang_of(talk, r.person),
                      marks->passed ? "marks.short_passed" : "marks.short_failed", NULL),
             NULL)) {
        button(talk, "marks.see", "do:marks");
        remind_sent(talk, &r);
    }
}

struct waiting {
    const char *names;
    int count;
};

static bool tell_waiting(struct talk *talk, const struct member *member, void *data)
{
    struct waiting *waiting = data;
    const struct class *class = class_by_id(talk, member->class_id);
    struct reminder r = { .kind = "marks.waiting",
                          .person = member->person,
                          .class = class,
                          .until = talk->now + WORTH,
                          .must = true };

    if (!remind_may(talk, &r) || !tell(talk, r.person, "marks.waiting", "class", class->title, "n",
                                       num(talk, waiting->count), "names", waiting->names, NULL))
        return false;
    remind_sent(talk, &r);
    return true;
}

/* One more who cannot be settled yet, and why. */
static void wait_for(struct talk *talk, struct waiting *waiting, const struct member *member, bool held)
{
    const char *name = held ? words(talk, "marks.held", "name", member->name, NULL) : member->name;

    waiting->names = pool_printf(talk->pool, "%s%s%s", waiting->names, waiting->count ? "、" : "", name);
    waiting->count++;
}

/* Fixes every result that is complete; who waits for a mark or a decision stays open, and the teachers hear
 * of it. */
static void settle_class(struct talk *talk, const struct class *class, const struct scheme *scheme,
                         bool first)
{
    size_t count;
    const struct member *members = members_of(talk, class->id, ROLE_TRAINEE, &count);
    struct waiting waiting = { "", 0 };
    const char *text, *lang = talk->lang;

    for (size_t i = 0; i < count; i++) {
        struct measuring m = measuring_of(talk, class, &members[i], scheme);
        struct marks marks;

        if (settled(talk, members[i].id, &text))
            continue;
        talk->lang = lang_of(talk, members[i].person);
        marks_of(talk, &m, &marks);
        bool held = approval_holds(talk, members[i].id);

        talk->lang = lang;
        if (!marks.complete || held)
            wait_for(talk, &waiting, &members[i], held);
        else
            fix(talk, &m, &marks);
    }
    talk->lang = lang;
    if (waiting.count && first)
        remind_teachers(talk, class->id, tell_waiting, &waiting);
}

void settle_fall_due(struct talk *talk, int64_t class_id, int64_t due)
{
    const struct class *class = class_by_id(talk, class_id);
    const struct scheme *scheme = class ? scheme_of(talk, class) : NULL;

    if (scheme && marks_settle(talk, class, scheme) == due)
        settle_class(talk, class, scheme, true);
}

void settle_late(struct talk *talk, const struct class *class)
{
    const struct scheme *scheme = scheme_of(talk, class);
    int64_t due = scheme ? marks_settle(talk, class, scheme) : 0;

    if (due && talk->now >= due &&
        store_int(talk->store, 0, "SELECT imported FROM class WHERE id = ?", "i", class->id) <
            marks_last_end(talk, class))
        settle_class(talk, class, scheme, false);
}

void settle_held(struct talk *talk, int64_t class_id, int64_t due)
{
    const struct class *class = class_by_id(talk, class_id);

    (void)due;
    if (class)
        settle_late(talk, class);
}

/* --- warnings in time
 * ------------------------------------------------------------------------------------------------- */

/* Warns who stands at a limit that the next one breaks it; once for each count. */
static void warn(struct talk *talk, const struct measuring *m, const struct scheme_limit *limit)
{
    int64_t count = marks_measure(talk, limit->measure, m).value.num;
    int64_t told = store_int(talk->store, -1, "SELECT count FROM limit_told WHERE member = ? AND measure = ?",
                             "is", m->member->id, limit->measure);
    const char *key = pool_printf(talk->pool, "marks.%s_%s", count > limit->most ? "over" : "next",
                                  limit->measure + strlen("attendance."));
    struct reminder r = { .kind = "marks.limit",
                          .person = m->member->person,
                          .class = m->class,
                          .until = talk->now + WORTH,
                          .must = true };

    if (count < limit->most || count == 0 || count == told || count > limit->most + 1 ||
        !remind_may(talk, &r))
        return;
    if (!tell(talk, r.person, "marks.warning", "class", m->class->title, "what",
              words_in(talk, lang_of(talk, r.person), key, "n", num(talk, count), "most",
                       num(talk, limit->most), NULL),
              NULL))
        return;
    button(talk, "marks.see", "do:marks");
    remind_sent(talk, &r);
    store_run(talk->store,
              "INSERT INTO limit_told (member, measure, count) VALUES (?1, ?2, ?3)"
              " ON CONFLICT (member, measure) DO UPDATE SET count = ?3",
              "isi", m->member->id, limit->measure, count);
}

/* Looks at everybody who was missed at a sitting. */
static void warn_after(struct talk *talk, int64_t sitting)
{
    struct sitting at;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));

    if (!sitting_by_id(talk, sitting, &at))
        return;
    const struct class *class = class_by_id(talk, at.class_id);
    const struct scheme *scheme = class ? scheme_of(talk, class) : NULL;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT a.member FROM attendance_all a JOIN member m ON m.id = a.member"
                                     " WHERE a.sitting = ? AND a.state <> 'present' AND m.left IS NULL",
                                     "i", sitting);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        g_array_append_val(ids, id);
    }
    for (guint i = 0; scheme && i < ids->len; i++) {
        const struct member *member = member_by_id(talk, g_array_index(ids, int64_t, i));

        if (!member) /* the store does not answer any more */
            return;
        struct measuring m = measuring_of(talk, class, member, scheme);

        for (guint j = 0; !m.ended && j < scheme->limits->len; j++)
            warn(talk, &m, scheme->limits->pdata[j]);
    }
}

/* What was objected to is decided: who waited for that is settled now, or after there was time to mend it. */
static void decided(struct talk *talk, int64_t class_id)
{
    settle_held(talk, class_id, talk->now);
    timers_cancel(talk->timers, "marks.held", class_id);
    timers_set(talk->timers, "marks.held", class_id, talk->now + APPROVAL_MENDING);
}

void settle_on(struct talk *talk, enum event event, int64_t subject)
{
    struct sitting at;
    const struct member *objected = event == EVENT_OBJECTION_DECIDED ? member_by_id(talk, subject) : NULL;

    if (objected)
        decided(talk, objected->class_id);
    else if (event == EVENT_CORRECTED && sitting_by_id(talk, subject, &at))
        settle_held(talk, at.class_id, talk->now);
    if (event == EVENT_TIMETABLE_CHANGED)
        set_timer(talk, subject);
    else if (event == EVENT_SITTING_CLOSED || event == EVENT_LEAVE_CHANGED)
        warn_after(talk, subject);
}
