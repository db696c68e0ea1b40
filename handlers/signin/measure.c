/* What attendance comes to under a class's scheme: points taken away, absences, leaves, shifts worked, each
 * with its day and reason. Counted anew from what was recorded, so that a changed scheme shows its effect. */
#include <string.h>

#include "bot/school/days.h"
#include "handlers/signin/signin.h"

enum kind { KIND_PRESENT, KIND_ABSENT, KIND_TRUANT, KIND_LEAVE, KIND_PENDING };

/* One sitting as it counts. */
struct turnout {
    enum kind kind;
    int64_t starts;
    struct lateness late, early;
};

/* A row of attendance_all under the scheme's ladder: lateness is kept in started minutes, which is all that a
 * ladder of whole minutes needs. */
static struct turnout read_turnout(query *row, const struct ladder *ladder)
{
    const char *state = query_text(row, 0);
    int64_t minutes = query_int(row, 2);
    struct turnout t = { .kind = KIND_PRESENT, .starts = query_int(row, 1) };

    t.late = ladder_by(ladder, minutes * 60);
    t.early = ladder_by(ladder, query_int(row, 3) * 60);
    if (strcmp(state, "leave") == 0)
        t.kind = KIND_LEAVE;
    else if (strcmp(state, "pending") == 0)
        t.kind = KIND_PENDING;
    else if (strcmp(state, "truant") == 0)
        t.kind = KIND_TRUANT;
    else if (t.late.absent || t.early.absent ||
             (strcmp(state, "absent") == 0 && minutes * 60 <= LADDER_ABSENT))
        t.kind = KIND_ABSENT;
    return t;
}

/* "3月4日", and of one that is not a whole session the half of the day. */
static const char *day_short(struct talk *talk, const struct class *class, int64_t at)
{
    char day[DAY_SIZE];

    days_of(class->zone, at, day);
    return words(
        talk, "marks.day", "month",
        words(talk, pool_printf(talk->pool, "time.month%d", (int)g_ascii_strtoll(day + 5, NULL, 10)), NULL),
        "day", num(talk, g_ascii_strtoll(day + 8, NULL, 10)), NULL);
}

static const char *half(struct talk *talk, const struct class *class, int64_t at)
{
    char day[DAY_SIZE];

    return words(talk, days_of(class->zone, at, day) < 12 * 60 ? "marks.morning" : "marks.afternoon", NULL);
}

/* Adds "3月4日迟到12分钟 −2". */
static void because(struct talk *talk, const struct measuring *m, const struct turnout *t, const char *what,
                    int64_t minutes, struct ratio cost, struct figure *into)
{
    const char *key = pool_printf(talk->pool, "marks.was_%s", what);
    const char *costs =
        cost.num ? words(talk, "marks.costs", "points", ratio_text(talk->pool, cost, 2), NULL) : "";

    figure_because(talk, into,
                   words(talk, key, "day", day_short(talk, m->class, t->starts), "half",
                         half(talk, m->class, t->starts), "n", num(talk, minutes), "costs", costs, NULL));
}

/* Sittings still to come for this member. */
static int64_t still_open(struct talk *talk, const struct measuring *m)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM sitting s JOIN session n ON n.id = s.session"
                     " JOIN expected e ON e.sitting = s.id AND e.member = ?3 WHERE s.class = ?1 AND n.state "
                     "= 'on' AND s.ends > s.starts AND s.ends > ?2"
                     " AND NOT EXISTS (SELECT 1 FROM attendance_all a WHERE a.sitting = s.id"
                     " AND a.member = ?3)",
                     "iii", m->class->id, m->at, m->member->id);
}

static void count_points(struct talk *talk, const struct measuring *m, const struct turnout *t,
                         struct figure *into)
{
    const struct ladder *l = &m->scheme->ladder;
    int64_t cost = 0;

    switch (t->kind) {
    case KIND_PRESENT:
        cost = t->late.points + t->early.points;
        if (t->late.minutes > 0)
            because(talk, m, t, "late", t->late.minutes, ratio_of(t->late.points, 1), into);
        if (t->early.minutes > 0)
            because(talk, m, t, "early", t->early.minutes, ratio_of(t->early.points, 1), into);
        break;
    case KIND_ABSENT:
    case KIND_TRUANT:
        cost = l->absence_points;
        because(talk, m, t, t->kind == KIND_TRUANT ? "truant" : "absent", 0, ratio_of(cost, 1), into);
        break;
    case KIND_LEAVE:
        cost = l->leave_points;
        because(talk, m, t, "leave", 0, ratio_of(cost, 1), into);
        break;
    case KIND_PENDING:
        because(talk, m, t, "pending", 0, ratio_of(0, 1), into);
        return;
    }
    into->value = ratio_add(into->value, ratio_of(cost, 1));
    into->whole = ratio_add(into->whole, ratio_of(1, 1));
}

/* Shifts of practical training: approved rest is not owed, truancy and absence count 0. */
static void count_shifts(struct talk *talk, const struct measuring *m, const struct turnout *t,
                         struct figure *into)
{
    struct ratio one = ratio_of(1, 1), none = ratio_of(0, 1), lost;

    switch (t->kind) {
    case KIND_PRESENT:
        lost = ratio_mul(m->scheme->late_shift, ratio_of(t->late.steps + t->early.steps, 1));
        if (t->late.minutes > 0)
            because(talk, m, t, "late", t->late.minutes,
                    ratio_mul(m->scheme->late_shift, ratio_of(t->late.steps, 1)), into);
        if (t->early.minutes > 0)
            because(talk, m, t, "early", t->early.minutes,
                    ratio_mul(m->scheme->late_shift, ratio_of(t->early.steps, 1)), into);
        into->value = ratio_add(into->value, ratio_clamp(ratio_sub(one, lost), none, one));
        break;
    case KIND_ABSENT:
    case KIND_TRUANT:
        because(talk, m, t, t->kind == KIND_TRUANT ? "truant" : "absent", 0, one, into);
        break;
    case KIND_LEAVE:
        because(talk, m, t, "leave", 0, none, into);
        return;
    case KIND_PENDING:
        because(talk, m, t, "pending", 0, none, into);
        return;
    }
    into->whole = ratio_add(into->whole, one);
}

/* One more of what a limit counts. */
static void count_one(struct talk *talk, const struct measuring *m, const struct turnout *t, const char *what,
                      struct figure *into)
{
    into->value = ratio_add(into->value, ratio_of(1, 1));
    because(talk, m, t, what, 0, ratio_of(0, 1), into);
}

bool signin_measure(struct talk *talk, const char *name, const struct measuring *m, struct figure *into)
{
    bool points = strcmp(name, "attendance.points") == 0, shifts = strcmp(name, "attendance.shifts") == 0,
         absences = strcmp(name, "attendance.absences") == 0, leaves = strcmp(name, "attendance.leaves") == 0;

    if (!points && !shifts && !absences && !leaves)
        return false;
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT state, starts, minutes, early_minutes FROM attendance_all"
                                     " WHERE member = ? AND starts <= ? ORDER BY starts",
                                     "ii", m->member->id, m->at);

    while (query_next(q)) {
        struct turnout t = read_turnout(q, &m->scheme->ladder);

        if (points)
            count_points(talk, m, &t, into);
        else if (shifts)
            count_shifts(talk, m, &t, into);
        else if (absences && (t.kind == KIND_ABSENT || t.kind == KIND_TRUANT))
            count_one(talk, m, &t, t.kind == KIND_TRUANT ? "truant" : "absent", into);
        else if (leaves && t.kind == KIND_LEAVE)
            count_one(talk, m, &t, "leave", into);
    }
    into->open = ratio_of(still_open(talk, m), 1);
    return true;
}
