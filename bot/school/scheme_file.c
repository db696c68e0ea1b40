#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/yaml.h"
#include "bot/school/roles.h"
#include "bot/school/scheme.h"

enum {
    ITEMS_MAX = 40,
    BLOCKS_MAX = 12,
    INDICATORS_MAX = 40,
    PRIZES_MAX = 20,
    ID_MAX = 20,
    POINTS_MAX = 1000
};

const char *const scheme_languages[] = { "zh-CN", "en", NULL };

/* The figures that capabilities offer. */
static const char *const measures[] = { "attendance.points", "attendance.absences",
                                        "attendance.leaves", "attendance.shifts",
                                        "homework.ontime",   "plan.ontime",
                                        "report.ontime",     NULL };
static const char *const eachs[] = { "once", "week", "month", "quarter", NULL };
static const char *const rollups[] = { "mean", "last", "min", NULL };

struct reading {
    const char *const *languages;
    struct scheme *scheme;
    GHashTable *ids;
};

/* --- values
 * ------------------------------------------------------------------------------------------------------- */

/* A title in every language. */
static GHashTable *take_title(const struct reading *r, const struct yaml *map)
{
    GHashTable *title = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const struct yaml *texts = yaml_map(map, "title");

    if (!texts) {
        if (!yaml_get(map, "title"))
            yaml_fault(map, "\"title\" is missing");
        return title;
    }
    yaml_allow(texts, r->languages);
    for (const char *const *lang = r->languages; *lang; lang++) {
        const char *text = yaml_need(texts, *lang);

        if (text)
            g_hash_table_insert(title, g_strdup(*lang), g_strdup(text));
    }
    return title;
}

/* An id, once in the whole scheme, short enough for a button. */
static char *take_id(const struct reading *r, const struct yaml *map, bool unique)
{
    const char *id = yaml_need(map, "id");

    if (id && (strlen(id) > ID_MAX || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(id)))
        yaml_fault(yaml_get(map, "id"), "\"id\" must be up to %d of a-z 0-9 - _", ID_MAX);
    if (id && unique && !g_hash_table_add(r->ids, g_strdup(id)))
        yaml_fault(yaml_get(map, "id"), "the id \"%s\" is there already", id);
    return g_strdup(id ? id : "");
}

/* A number with at most four decimals, `least` to `most`. */
static struct ratio take_number(const struct yaml *map, const char *key, struct ratio missing, int64_t most)
{
    const char *text = yaml_text(map, key, NULL), *at = text;
    struct ratio value;

    if (!text)
        return missing;
    if (ratio_read(&at, &value) && !*at && ratio_cmp(value, ratio_of(most, 1)) <= 0)
        return value;
    yaml_fault(yaml_get(map, key), "\"%s\" must be a number from 0 to %" G_GINT64_FORMAT, key, most);
    return missing;
}

/* A number that must be given and above 0. */
static struct ratio need_number(const struct yaml *map, const char *key, int64_t most)
{
    struct ratio value = take_number(map, key, ratio_of(1, 1), most);

    if (!yaml_get(map, key))
        yaml_fault(map, "\"%s\" is missing", key);
    else if (value.num == 0)
        yaml_fault(yaml_get(map, key), "\"%s\" must be above 0", key);
    return value;
}

/* A time span: "0s", "10m", "1h". */
static int64_t take_span(const struct yaml *map, const char *key, int64_t missing)
{
    const char *text = yaml_text(map, key, NULL);
    char *end;

    if (!text)
        return missing;
    gint64 value = g_ascii_strtoll(text, &end, 10);
    int64_t unit = !strcmp(end, "s") ? 1 : !strcmp(end, "m") ? 60 : !strcmp(end, "h") ? 3600 : 0;

    if (unit && end > text && g_ascii_isdigit(*text) && value <= 86400)
        return value * unit;
    yaml_fault(yaml_get(map, key), "\"%s\" must be a time like 0s, 10m or 1h", key);
    return missing;
}

/* The roles that may give a mark. */
static int take_roles(const struct yaml *map, const char *key)
{
    const struct yaml *list = yaml_list(map, key);
    int roles = 0;

    for (size_t i = 0; i < yaml_count(list); i++) {
        const char *name = yaml_scalar(yaml_at(list, i));
        int role = name ? role_parse(name, strlen(name)) : 0;

        if (name && !(role & ROLE_STAFF))
            yaml_fault(yaml_at(list, i), "\"%s\" is no role that can mark", name);
        roles |= role;
    }
    if (!roles && !yaml_get(map, key))
        yaml_fault(map, "\"%s\" is missing: who marks it, a list of roles", key);
    return roles;
}

/* Names of figures that are known. */
static void take_measures(const struct yaml *list, GPtrArray *into)
{
    for (size_t i = 0; i < yaml_count(list); i++) {
        const char *name = yaml_scalar(yaml_at(list, i));

        if (name && !g_strv_contains(measures, name)) {
            const char *near = faults_nearest(name, measures);

            yaml_fault(yaml_at(list, i), "there is no measure \"%s\"%s%s%s", name,
                       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        }
        g_ptr_array_add(into, g_strdup(name ? name : ""));
    }
    if (!yaml_count(list))
        yaml_fault(list, "at least one measure is wanted");
}

/* --- parts
 * -------------------------------------------------------------------------------------------------------- */

/* What kind of item it is, by the one of four keys it has. */
static void take_kind(const struct yaml *map, struct scheme_item *item)
{
    const struct yaml *deduct = yaml_list(map, "deduct"), *share = yaml_list(map, "share");
    bool passed = yaml_bool(map, "passed", false);
    int kinds = (deduct != NULL) + (share != NULL) + passed + (!passed && yaml_get(map, "by") != NULL);
    static const char *const nothings[] = { "full", "none", NULL };

    item->kind = deduct ? ITEM_DEDUCT : share ? ITEM_SHARE : passed ? ITEM_PASSED : ITEM_MARK;
    if (kinds != 1)
        yaml_fault(map, "an item has one of \"deduct\", \"share\", \"by\", or \"passed: true\" with \"by\"");
    if (deduct || share) {
        take_measures(deduct ? deduct : share, item->measures);
        item->nothing_full = yaml_word(map, "nothing", nothings, 0) == 0;
        return;
    }
    item->by = take_roles(map, "by");
    item->each = (enum item_each)yaml_word(map, "each", eachs, EACH_ONCE);
    item->rollup = (enum rollup)yaml_word(map, "rollup", rollups, ROLLUP_MEAN);
    if (item->each > EACH_WEEK)
        yaml_fault(yaml_get(map, "each"), "\"each\" must be once or week");
}

static void take_item(struct reading *r, const struct yaml *map)
{
    static const char *const keys[] = { "id",     "title", "max",  "deduct", "share", "nothing",
                                        "passed", "by",    "each", "rollup", NULL };
    struct scheme_item *item = g_new0(struct scheme_item, 1);

    yaml_allow(map, keys);
    item->id = take_id(r, map, true);
    item->title = take_title(r, map);
    item->measures = g_ptr_array_new_with_free_func(g_free);
    take_kind(map, item);
    item->max = ratio_of(0, 1);
    if (item->kind != ITEM_PASSED)
        item->max = need_number(map, "max", POINTS_MAX);
    else if (yaml_get(map, "max"))
        yaml_fault(yaml_get(map, "max"), "what is passed or not has no points");
    g_ptr_array_add(r->scheme->items, item);
}

static void take_blocks(struct reading *r, const struct yaml *top)
{
    static const char *const keys[] = { "id", "title", "items", NULL };
    const struct yaml *list = yaml_list(top, "blocks");
    size_t count = yaml_count(list);

    if (count < 1 || count > BLOCKS_MAX)
        yaml_fault(list ? list : top, "1 to %d \"blocks\" are wanted", BLOCKS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *map = yaml_at(list, i), *items;

        if (yaml_kind(map) != YAML_MAP) {
            yaml_fault(map, "a block is a map of id, title and items");
            continue;
        }
        struct scheme_block *block = g_new0(struct scheme_block, 1);

        yaml_allow(map, keys);
        block->id = take_id(r, map, false);
        block->title = take_title(r, map);
        block->first = r->scheme->items->len;
        g_ptr_array_add(r->scheme->blocks, block);
        items = yaml_list(map, "items");
        if (!yaml_count(items))
            yaml_fault(items ? items : map, "a block has \"items\"");
        for (size_t j = 0; j < yaml_count(items); j++) {
            if (yaml_kind(yaml_at(items, j)) == YAML_MAP)
                take_item(r, yaml_at(items, j));
            else
                yaml_fault(yaml_at(items, j), "an item is a map of keys and values");
        }
        block->count = r->scheme->items->len - block->first;
    }
    if (r->scheme->items->len > ITEMS_MAX)
        yaml_fault(list, "more than %d items", ITEMS_MAX);
}

static void take_ladder(struct scheme *scheme, const struct yaml *top)
{
    static const char *const keys[] = { "grace",          "step",         "step_points", "absent_after",
                                        "absence_points", "leave_points", "late_shift",  NULL };
    const struct yaml *map = yaml_map(top, "attendance");
    struct ladder *l = &scheme->ladder;

    *l = ladder_default;
    scheme->late_shift = ratio_of(0, 1);
    if (!map)
        return;
    yaml_allow(map, keys);
    l->grace = take_span(map, "grace", l->grace);
    l->step = take_span(map, "step", l->step);
    l->absent_after = take_span(map, "absent_after", l->absent_after);
    l->step_points = yaml_int(map, "step_points", l->step_points, 0, POINTS_MAX);
    l->absence_points = yaml_int(map, "absence_points", l->absence_points, 0, POINTS_MAX);
    l->leave_points = yaml_int(map, "leave_points", l->leave_points, 0, POINTS_MAX);
    scheme->late_shift = take_number(map, "late_shift", scheme->late_shift, 1);
    if (l->step < 1) {
        yaml_fault(yaml_get(map, "step"), "a step lasts at least 1s");
        l->step = LADDER_STEP;
    }
    if (l->absent_after <= l->grace)
        yaml_fault(map, "\"absent_after\" must be later than \"grace\"");
}

const struct homework_rules homework_rules_default = {
    .due_days = 1, .due_minutes = 19 * 60 + 30, .open_days = 7, .best = 100
};

static void take_homework(struct scheme *scheme, const struct yaml *top)
{
    static const char *const keys[] = { "due", "days", "open", "best", NULL };
    const struct yaml *map = yaml_map(top, "homework");
    struct homework_rules *h = &scheme->homework;

    *h = homework_rules_default;
    if (!map)
        return;
    yaml_allow(map, keys);
    h->due_minutes = yaml_time(map, "due", h->due_minutes);
    h->due_days = (int)yaml_int(map, "days", h->due_days, 0, 30);
    h->open_days = (int)yaml_int(map, "open", h->open_days, 0, 365);
    h->best = (int)yaml_int(map, "best", h->best, 1, POINTS_MAX);
}

const struct weekly_rules weekly_rules_default = {
    .plan_due = 20 * 60, .plan_day = 0, .report_due = 20 * 60, .report_day = 7
};

static void take_weekly(struct scheme *scheme, const struct yaml *top)
{
    static const char *const keys[] = { "plan", "plan_day", "report", "report_day", NULL };
    static const char *const days[] = { "first",  "monday",   "tuesday", "wednesday", "thursday",
                                        "friday", "saturday", "sunday",  NULL };
    const struct yaml *map = yaml_map(top, "weekly");
    struct weekly_rules *w = &scheme->weekly;

    *w = weekly_rules_default;
    if (!map)
        return;
    yaml_allow(map, keys);
    w->plan_due = yaml_time(map, "plan", w->plan_due);
    w->report_due = yaml_time(map, "report", w->report_due);
    w->plan_day = yaml_word(map, "plan_day", days, w->plan_day);
    w->report_day = yaml_word(map, "report_day", days, w->report_day);
    if (w->report_day == 0) {
        yaml_fault(yaml_get(map, "report_day"), "a report is due on a day of the week, monday to sunday");
        w->report_day = weekly_rules_default.report_day;
    }
}

static void take_limits(struct scheme *scheme, const struct yaml *top)
{
    static const char *const keys[] = { "measure", "most", NULL };
    static const char *const counts[] = { "attendance.absences", "attendance.leaves", NULL };
    const struct yaml *list = yaml_list(top, "limits");

    for (size_t i = 0; i < yaml_count(list); i++) {
        const struct yaml *map = yaml_at(list, i);

        if (yaml_kind(map) != YAML_MAP) {
            yaml_fault(map, "a limit is a map of measure and most");
            continue;
        }
        yaml_allow(map, keys);
        int which = yaml_word(map, "measure", counts, 0);
        struct scheme_limit *limit = g_new0(struct scheme_limit, 1);

        yaml_need(map, "measure");
        yaml_need(map, "most");
        limit->measure = g_strdup(counts[MAX(which, 0)]);
        limit->most = yaml_int(map, "most", 0, 0, 1000);
        g_ptr_array_add(scheme->limits, limit);
    }
}

static void take_enterprise(struct reading *r, const struct yaml *top)
{
    static const char *const keys[] = { "title", "by", "each", "rollup", "indicators", NULL };
    static const char *const indicator_keys[] = { "id", "title", "weight", "direction", NULL };
    static const char *const directions[] = { "higher", "lower", NULL };
    const struct yaml *map = yaml_map(top, "enterprise"), *list;

    if (!map)
        return;
    yaml_allow(map, keys);
    r->scheme->enterprise_title = take_title(r, map);
    r->scheme->enterprise_by = take_roles(map, "by");
    r->scheme->enterprise_each = (enum item_each)yaml_word(map, "each", eachs, EACH_MONTH);
    r->scheme->enterprise_rollup = (enum rollup)yaml_word(map, "rollup", rollups, ROLLUP_MEAN);
    list = yaml_list(map, "indicators");
    if (yaml_count(list) < 1 || yaml_count(list) > INDICATORS_MAX)
        yaml_fault(list ? list : map, "1 to %d \"indicators\" are wanted", INDICATORS_MAX);
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct reading own = { r->languages, r->scheme, ids };

    for (size_t i = 0; i < yaml_count(list); i++) {
        const struct yaml *one = yaml_at(list, i);

        if (yaml_kind(one) != YAML_MAP) {
            yaml_fault(one, "an indicator is a map of id, title, weight and direction");
            continue;
        }
        struct scheme_indicator *indicator = g_new0(struct scheme_indicator, 1);

        yaml_allow(one, indicator_keys);
        indicator->id = take_id(&own, one, true);
        indicator->title = take_title(&own, one);
        indicator->weight = need_number(one, "weight", POINTS_MAX);
        indicator->lower = yaml_word(one, "direction", directions, 0) == 1;
        g_ptr_array_add(r->scheme->indicators, indicator);
    }
}

static void take_teams(struct scheme *scheme, const struct yaml *top)
{
    static const char *const keys[] = { "item", "prizes", NULL };
    const struct yaml *map = yaml_map(top, "teams"), *list;
    const char *id = map ? yaml_need(map, "item") : NULL;

    scheme->team_item = -1;
    if (!map)
        return;
    yaml_allow(map, keys);
    for (guint i = 0; id && i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        if (!strcmp(item->id, id) && item->kind == ITEM_MARK)
            scheme->team_item = (int)i;
    }
    if (id && scheme->team_item < 0)
        yaml_fault(yaml_get(map, "item"), "there is no marked item \"%s\"", id);
    list = yaml_list(map, "prizes");
    if (yaml_count(list) > PRIZES_MAX)
        yaml_fault(list, "more than %d prizes", PRIZES_MAX);
    for (size_t i = 0; i < yaml_count(list); i++) {
        const char *text = yaml_scalar(yaml_at(list, i)), *at = text;
        struct ratio prize;
        int64_t value = 0;

        if (text && ratio_read(&at, &prize) && !*at && prize.den == 1)
            value = prize.num;
        else if (text)
            yaml_fault(yaml_at(list, i), "a prize is a whole number");
        g_array_append_val(scheme->prizes, value);
    }
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------- */

static struct scheme *read_top(const struct yaml *top, const char *const *languages, GPtrArray *faults,
                               guint before)
{
    static const char *const keys[] = { "id",     "title",  "pass",       "decimals", "settle_after",
                                        "veto",   "limits", "attendance", "homework", "weekly",
                                        "blocks", "teams",  "enterprise", NULL };
    g_autoptr(marking_scheme) scheme = scheme_new();
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct reading r = { languages, scheme, ids };

    yaml_allow(top, keys);
    scheme->id = take_id(&r, top, false);
    scheme->title = take_title(&r, top);
    scheme->has_pass = yaml_get(top, "pass") != NULL;
    scheme->pass = take_number(top, "pass", ratio_of(0, 1), 100 * POINTS_MAX);
    scheme->decimals = (int)yaml_int(top, "decimals", 1, 0, 4);
    scheme->settle_after = (int)yaml_int(top, "settle_after", 3, 0, 60);
    scheme->veto = yaml_bool(top, "veto", true);
    take_ladder(scheme, top);
    take_homework(scheme, top);
    take_weekly(scheme, top);
    take_limits(scheme, top);
    take_blocks(&r, top);
    take_enterprise(&r, top);
    take_teams(scheme, top);
    if (scheme->has_pass && ratio_cmp(scheme->pass, scheme_max(scheme)) > 0)
        yaml_fault(yaml_get(top, "pass"), "nobody can pass: the items give less in all");
    return faults->len == before ? g_steal_pointer(&scheme) : NULL;
}

struct scheme *scheme_read(const char *path, const char *const *languages, GPtrArray *faults)
{
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_read(path, faults);

    return root ? read_top(yaml_top(root), languages, faults, before) : NULL;
}

struct scheme *scheme_parse(const char *name, const char *text, const char *const *languages,
                            GPtrArray *faults)
{
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_parse(name, text, strlen(text), faults);

    return root ? read_top(yaml_top(root), languages, faults, before) : NULL;
}
