/* What must hold, whatever people do. Some of it can be seen as it happens (reminders), the rest at the end,
 * when the record is held against what was done. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/core/audit.h"
#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/school/school.h"

enum { QUIET_FROM = 22 * 60, QUIET_TO = 7 * 60, A_DAY = 4, SOON = 45 * 60 };

bool check_held(struct play *play, enum check which, bool holds)
{
    play->tallies[which].looked++;
    return holds;
}

void check_broken(struct play *play, enum check which, const char *fmt, ...)
{
    struct tally *tally = &play->tallies[which];
    va_list args;

    va_start(args, fmt);
    tally->broken++;
    if (!tally->faults)
        tally->faults = g_ptr_array_new_with_free_func(g_free);
    if (tally->faults->len < FAULTS_SHOWN)
        g_ptr_array_add(tally->faults, g_strdup_vprintf(fmt, args));
    va_end(args);
}

/* --- as it happens
 * ----------------------------------------------------------------------------------------------------- */

void check_new_day(struct play *play)
{
    if (play->today)
        g_hash_table_destroy(play->today);
    play->today = g_hash_table_new(g_direct_hash, g_direct_equal);
}

/* Whether a text names the homework of that number. */
static bool names_homework(struct play *play, const char *text, int number)
{
    g_autofree char *digits = g_strdup_printf("%d", number);
    const char *name =
        locale_text(play->school->pool, play->lang, "homework.name", "number", digits, "title", "\1", NULL);
    g_autofree char *before = g_strndup(name, strcspn(name, "\1"));

    return strstr(text, before) != NULL;
}

/* Whether something has been done of which a message with several reminders reminds; or one of its lines is
 * no reminder at all. */
static bool is_done(struct play *, struct actor *, const char *key, const char *text, int64_t at);
static bool any_is_done(struct play *play, struct actor *actor, const char *text, int64_t at)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **one = *lines ? lines + 1 : lines; *one;
         one++) { /* the first line says that these are several */
        const char *key = reminder_of(play, *one);

        if (!key || is_done(play, actor, key, *one, at))
            return true;
    }
    return false;
}

/* Whether what is reminded of has been done. */
static bool is_done(struct play *play, struct actor *actor, const char *key, const char *text, int64_t at)
{
    const char *what = key + strlen("reminder.");

    if (strcmp(what, "many") == 0)
        return any_is_done(play, actor, text, at);
    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = &g_array_index(play->lessons, struct lesson, i);
        struct deed *deed = &actor->deeds[i];

        if (g_str_has_prefix(what, "missing") && lesson->starts <= at && at < lesson->ends &&
            (deed->came || deed->leave))
            return true;
        if (g_str_has_prefix(what, "before") && at < lesson->starts && lesson->starts <= at + SOON &&
            deed->leave)
            return true;
    }
    GHashTableIter iter;
    void *one;

    g_hash_table_iter_init(&iter, actor->handed);
    while (g_str_has_prefix(what, "homework") && g_hash_table_iter_next(&iter, &one, NULL))
        if (names_homework(play, text, GPOINTER_TO_INT(one)))
            return true;
    const char *digits = strpbrk(text, "0123456789");
    g_autofree char *week =
        g_strdup_printf("%s:%d", what, digits ? (int)g_ascii_strtoll(digits, NULL, 10) : 0);

    return g_hash_table_contains(actor->wrote, week) || (strcmp(what, "survey") == 0 && actor->voted);
}

void check_push(struct play *play, struct actor *actor, const char *key, const char *text, int64_t at,
                bool by_itself)
{
    char day[DAY_SIZE];
    int minutes = days_of(play->zone, at, day);
    g_autofree char *when = g_strdup_printf("%s %02d:%02d", day, minutes / 60, minutes % 60);

    if (by_itself)
        check(play, CHECK_QUIET, minutes >= QUIET_TO && minutes < QUIET_FROM, "%s",
              line(play, "rehearse.fault_quiet", "name", actor->name, "at", when, "key", key, NULL));
    if (!g_str_has_prefix(key, "reminder."))
        return;
    int count = GPOINTER_TO_INT(g_hash_table_lookup(play->today, GINT_TO_POINTER((int)actor->person))) + 1;

    g_hash_table_insert(play->today, GINT_TO_POINTER((int)actor->person), GINT_TO_POINTER(count));
    check(play, CHECK_FEW, count <= A_DAY, "%s",
          line(play, "rehearse.fault_few", "name", actor->name, "at", when, "key", key, NULL));
    if (actor->habit) /* who signed in has a ballot, also after leaving */
        check(play, CHECK_REMINDER,
              (!actor->left || !strcmp(key, "reminder.survey")) && !is_done(play, actor, key, text, at), "%s",
              line(play, "rehearse.fault_reminder", "name", actor->name, "at", when, "key", key, NULL));
}

/* --- attendance
 * -------------------------------------------------------------------------------------------------------- */

/* What should be on record of one sitting. */
static const char *state_of(const struct lesson *lesson, const struct deed *deed, const struct scheme *scheme,
                            bool practical, struct lateness *ret)
{
    *ret = (struct lateness){ 0 };
    if (deed->came) {
        *ret = ladder_by(&scheme->ladder, deed->came - lesson->starts);
        return ret->absent ? "absent" : "present";
    }
    return deed->leave ? "leave" : deed->asked ? "pending" : practical ? "truant" : "absent";
}

/* One outcome for each sitting that the trainee was expected at, and the one that is true. */
static void check_attendance(struct play *play, struct talk *talk, struct actor *actor,
                             const struct scheme *scheme)
{
    bool practical = strcmp(class_by_id(talk, play->class)->kind, "practical") == 0;

    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = &g_array_index(play->lessons, struct lesson, i);
        bool expected = lesson->ends <= talk->now && lesson->confirmed && !lesson->cancelled &&
                        (!actor->left || lesson->ends <= actor->left);
        g_autoptr(query) q = store_query(
            talk->store,
            "SELECT state, minutes, early_minutes FROM attendance_all WHERE sitting = ? AND member = ?", "ii",
            lesson->id, actor->member);
        g_autofree char *state = query_next(q) ? g_strdup(query_text(q, 0)) : NULL;
        int64_t minutes = state ? query_int(q, 1) : 0, early = state ? query_int(q, 2) : 0;
        bool second = state && query_next(q);
        struct lateness late;
        const char *truth = state_of(lesson, &actor->deeds[i], scheme, practical, &late);

        if (actor->left && lesson->starts < actor->left && actor->left < lesson->ends)
            continue; /* left while it ran: either is right */
        check(play, CHECK_OUTCOME, !second && (state != NULL) == expected, "%s",
              line(play, "rehearse.fault_outcome", "name", actor->name, "day", lesson->day, "title",
                   lesson->title, "state", state ? state : "-", NULL));
        if (expected && state)
            check(play, CHECK_TRUTH,
                  strcmp(state, truth) == 0 && minutes == late.minutes &&
                      early == ladder_by(&scheme->ladder, actor->deeds[i].early).minutes,
                  "%s",
                  line(play, "rehearse.fault_truth", "name", actor->name, "day", lesson->day, "title",
                       lesson->title, "state", state, "minutes", num(talk, minutes), "truth", truth, "late",
                       num(talk, late.minutes), NULL));
    }
}

/* What the sittings cost by the ladder, from what was done. */
static int64_t cost_of(struct play *play, struct talk *talk, const struct actor *actor,
                       const struct scheme *scheme)
{
    int64_t cost = 0;

    for (guint i = 0; i < play->lessons->len; i++) {
        struct lesson *lesson = &g_array_index(play->lessons, struct lesson, i);
        struct lateness late;
        const char *truth = state_of(lesson, &actor->deeds[i], scheme, false, &late);

        if (lesson->ends > talk->now || !lesson->confirmed || lesson->cancelled || !actor->deeds[i].owed)
            continue;
        cost += strcmp(truth, "leave") == 0 ? scheme->ladder.leave_points
                : strcmp(truth, "absent") == 0
                    ? scheme->ladder.absence_points
                    : late.points + ladder_by(&scheme->ladder, actor->deeds[i].early).points;
    }
    return cost;
}

/* --- marks
 * -------------------------------------------------------------------------------------------------------------
 */

/* The sum of what the reasons take away: every number behind a minus sign. */
static struct ratio sum_of(const char *reasons)
{
    struct ratio sum = { 0, 1 }, one;

    for (const char *at = reasons ? strstr(reasons, "−") : NULL; at; at = strstr(at, "−")) {
        at += strlen("−");
        if (ratio_read(&at, &one))
            sum = ratio_add(sum, one);
    }
    return sum;
}

/* How many reasons there are. */
static int64_t count_of(struct talk *talk, const char *reasons)
{
    const char *between_ = words(talk, "marks.between", NULL);
    int64_t count = reasons && *reasons ? 1 : 0;

    for (const char *at = count ? strstr(reasons, between_) : NULL; at;
         at = strstr(at + strlen(between_), between_))
        count++;
    return count;
}

/* Points taken away: the reasons say how many, and what was done agrees. */
static bool deduct_adds_up(struct play *play, struct talk *talk, const struct actor *actor,
                           const struct scheme *scheme, const struct item_marks *item)
{
    struct ratio none = { 0, 1 }, max = item->item->max, said = sum_of(item->reasons);
    bool own =
        item->item->measures->len == 1 && strcmp(item->item->measures->pdata[0], "attendance.points") == 0;

    if (own && ratio_cmp(said, ratio_of(cost_of(play, talk, actor, scheme), 1)) != 0)
        return false;
    return ratio_cmp(ratio_clamp(ratio_sub(max, said), none, max), item->points) == 0;
}

/* A share: as many reasons as things that were not on time. */
static bool share_adds_up(struct talk *talk, const struct measuring *m, const struct item_marks *item)
{
    struct ratio value = { 0, 1 }, whole = { 0, 1 };

    for (guint i = 0; i < item->item->measures->len; i++) {
        struct figure figure = marks_measure(talk, item->item->measures->pdata[i], m);

        value = ratio_add(value, figure.value);
        whole = ratio_add(whole, figure.whole);
    }
    if (whole.num == 0)
        return count_of(talk, item->reasons) == 0;
    if (item->item->measures->len &&
        strncmp(item->item->measures->pdata[0], "attendance.", strlen("attendance.")) == 0)
        return ratio_cmp(ratio_mul(item->item->max, ratio_div(value, whole)), item->points) == 0;
    return ratio_cmp(ratio_mul(item->item->max, ratio_div(value, whole)), item->points) == 0 &&
           ratio_cmp(ratio_sub(whole, value), ratio_of(count_of(talk, item->reasons), 1)) == 0;
}

/* What people gave: rolled up again from the rows. */
static bool given_adds_up(struct talk *talk, const struct actor *actor, const struct item_marks *item)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT num, den FROM mark a WHERE member = ?1 AND item = ?2 AND id = (SELECT max(id)"
                    " FROM mark b WHERE b.member = ?1 AND b.item = ?2 AND b.week = a.week) ORDER BY week",
                    "is", actor->member, item->item->id);
    struct ratio sum = { 0, 1 }, least = { 0, 1 }, last = { 0, 1 };
    int64_t count = 0;

    while (query_next(q)) {
        last = ratio_of(query_int(q, 0), query_int(q, 1));
        least = count == 0 || ratio_cmp(last, least) < 0 ? last : least;
        sum = ratio_add(sum, last);
        count++;
    }
    if (count == 0)
        return item->state != STATE_COUNTED;
    switch (item->item->rollup) {
    case ROLLUP_MEAN:
        return ratio_cmp(ratio_div(sum, ratio_of(count, 1)), item->points) == 0;
    case ROLLUP_LAST:
        return ratio_cmp(last, item->points) == 0;
    case ROLLUP_MIN:
        return ratio_cmp(least, item->points) == 0;
    }
    return false;
}

static bool adds_up(struct play *play, struct talk *talk, const struct actor *actor,
                    const struct measuring *m, const struct item_marks *item)
{
    if (item->state != STATE_COUNTED && item->item->kind != ITEM_MARK)
        return true;
    switch (item->item->kind) {
    case ITEM_DEDUCT:
        return deduct_adds_up(play, talk, actor, m->scheme, item);
    case ITEM_SHARE:
        return share_adds_up(talk, m, item);
    case ITEM_MARK:
        return given_adds_up(talk, actor, item);
    case ITEM_PASSED:
        return true;
    }
    return false;
}

/* Every mark by its reasons, the total by the marks, and what the trainee was told. */
static void check_marks(struct play *play, struct talk *talk, struct actor *actor, const struct measuring *m)
{
    struct ratio total = { 0, 1 };
    struct marks marks;

    marks_of(talk, m, &marks);
    for (guint i = 0; i < m->scheme->items->len; i++) {
        const struct item_marks *item = &marks.items[i];

        if (item->state == STATE_COUNTED)
            total = ratio_add(total, item->points);
        check(play, CHECK_EXPLAINED, adds_up(play, talk, actor, m, item), "%s",
              line(play, "rehearse.fault_explained", "name", actor->name, "item",
                   scheme_say(item->item->title, play->lang), "points",
                   ratio_text(talk->pool, item->points, 3), "reasons", item->reasons ? item->reasons : "",
                   NULL));
    }
    const char *shown = ratio_text(talk->pool, marks.total, m->scheme->decimals);
    bool told = actor->marks && scheme_max(m->scheme).num > 0; /* without points no total is shown */
    bool same = ratio_cmp(ratio_rounded(total, m->scheme->decimals), marks.total) == 0;

    check(play, CHECK_TOTAL, same && (!told || strstr(actor->marks, shown)), "%s",
          line(play, "rehearse.fault_total", "name", actor->name, "total", shown, "sum",
               ratio_text(talk->pool, total, 3), NULL));
}

/* --- the rest
 * ------------------------------------------------------------------------------------------------------------
 */

/* What was handed in, is there; what was not, is missing. */
static void check_homework(struct play *play, struct talk *talk, struct actor *actor)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT number, late IS NOT NULL, title FROM homework_owed WHERE class = ? AND member = ?", "ii",
        play->class, actor->member);

    while (query_next(q))
        check(play, CHECK_HOMEWORK,
              (query_int(q, 1) != 0) ==
                  g_hash_table_contains(actor->handed, GINT_TO_POINTER((int)query_int(q, 0))),
              "%s",
              line(play, "rehearse.fault_homework", "name", actor->name, "title", query_text(q, 2), NULL));
}

/* As many counted as filled in, and nobody who may not. */
static void check_survey(struct play *play, struct store *store)
{
    int64_t open = store_int(store, 0, "SELECT count(*) FROM survey WHERE class = ? AND state = 'open'", "i",
                             play->class);
    int64_t strangers = store_int(store, 0,
                                  "SELECT count(*) FROM survey_part p WHERE NOT EXISTS (SELECT 1 FROM "
                                  "survey_present e WHERE e.survey = p.survey AND"
                                  " e.person = p.person AND e.personally)",
                                  "");

    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *actor = play->trainees->pdata[i];
        bool counted =
            store_int(store, 0, "SELECT count(*) FROM survey_part WHERE person = ?", "i", actor->person) > 0;

        check(play, CHECK_SURVEY, open > 0 || counted == actor->voted, "%s",
              line(play, "rehearse.fault_survey", "name", actor->name, NULL));
    }
    check(play, CHECK_SURVEY, strangers == 0, "%s", line(play, "rehearse.fault_strangers", NULL));
}

/* Nothing is left behind. */
static void check_store(struct play *play, struct store *store)
{

    g_autofree char *sound = store_text(store, "PRAGMA integrity_check", "");

    check(play, CHECK_STORE, store_int(store, 0, "SELECT count(*) FROM outbox WHERE state = 0", "") == 0,
          "%s", line(play, "rehearse.fault_waiting", NULL));
    check(play, CHECK_STORE, store_int(store, 0, "SELECT count(*) FROM outbox WHERE state = 2", "") == 0,
          "%s", line(play, "rehearse.fault_dead", NULL));
    check(play, CHECK_STORE, store_int(store, 0, "SELECT count(*) FROM inbox WHERE failed <> 0", "") == 0,
          "%s", line(play, "rehearse.fault_failed", NULL));
    check(play, CHECK_STORE,
          store_int(store, 0, "SELECT count(*) FROM timer WHERE due < ?", "i", clock_now()) == 0, "%s",
          line(play, "rehearse.fault_timer", NULL));
    check(play, CHECK_STORE, store_int(store, 0, "SELECT count(*) FROM pragma_foreign_key_check", "") == 0,
          "%s", line(play, "rehearse.fault_keys", NULL));
    check(play, CHECK_STORE, g_strcmp0(sound, "ok") == 0, "%s", line(play, "rehearse.fault_unsound", NULL));
}

static void note_break(void *data, const char *sentence)
{
    check_broken(data, CHECK_AUDIT, "%s", sentence);
}

/* The trail of acts is whole, and the tables are as it says. */
static void check_audit(struct play *play, struct store *store)
{
    g_autofree struct audited *audited = school_audits(play->school->handlers);
    struct audit_report report = { 0 };
    bool read = audit_verify(store, play->school->secret, audited, note_break, play, &report);

    play->tallies[CHECK_AUDIT].looked += report.acts;
    check(play, CHECK_AUDIT, read, "%s", line(play, "rehearse.fault_unsound", NULL));
}

void check_end(struct play *play, bool settled)
{
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, play->school, pool);
    const struct class *class = class_by_id(&talk, play->class);
    const struct scheme *scheme = scheme_of(&talk, class);

    talk.lang = class->lang;
    for (guint i = 0; scheme && i < play->trainees->len; i++) {
        struct actor *actor = play->trainees->pdata[i];

        check_attendance(play, &talk, actor, scheme);
        if (actor->left)
            continue;
        const struct member *member = member_by_id(&talk, actor->member);
        struct measuring m = measuring_of(&talk, class, member, scheme);

        check_marks(play, &talk, actor, &m);
        check_homework(play, &talk, actor);
        if (settled)
            check(play, CHECK_TOTAL,
                  store_int(talk.store, 0, "SELECT count(*) FROM result WHERE member = ?", "i",
                            actor->member) == 1,
                  "%s", line(play, "rehearse.fault_result", "name", actor->name, NULL));
    }
    check_survey(play, talk.store);
    talk_end(&talk);
    pool_free(pool);
    check_store(play, play->school->store);
    check_audit(play, play->school->store);
}
