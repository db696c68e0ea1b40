/* What a weekly plan sets out to do, thing by thing: each comes back once the week's report is in, to be said
 * done, carried over into the next week's plan, or dropped with a reason. */
#include <string.h>

#include "bot/school/dialog.h"
#include "handlers/report/report_private.h"

enum { ITEM_OPEN, ITEM_DONE, ITEM_CARRIED, ITEM_DROPPED };
enum { ITEMS_MAX = 12, ITEM_CHARS = 120, REASON_MAX = 200, WEEKS_AHEAD = 6 };

/* One line of a plan without what numbers it: "1. ", "（2）", "- ", "③". */
static const char *bare(struct talk *talk, const char *line)
{
    static const char marks[] = "0123456789.()（）、）．-*·•①②③④⑤⑥⑦⑧⑨⑩ \t";
    const char *at = line;

    while (*at && g_utf8_strchr(marks, -1, g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    return text_clean(talk->pool, at, strlen(at), ITEM_CHARS);
}

void items_from_plan(struct talk *talk, const struct member *member, int week, const char *steps)
{
    g_autofree char *lines = g_strdup(steps ? steps : "");
    g_autoptr(GString) plain = g_string_new(NULL);
    int count = 0;

    for (const char *at = lines; *at; at = g_utf8_next_char(at)) {
        gunichar one = g_utf8_get_char(at);

        if (one == 0xFF1B || one == ';' || one == 0x3002)
            g_string_append_c(plain, '\n');
        else
            g_string_append_unichar(plain, one);
    }
    g_auto(GStrv) parts = g_strsplit(plain->str, "\n", -1);

    /* What was written before and is not decided yet gives way to what is written now. */
    store_run(talk->store,
              "DELETE FROM plan_item WHERE member = ? AND week = ? AND carried_from IS NULL AND state = 0",
              "ii", member->id, (int64_t)week);
    for (char **part = parts; *part && count < ITEMS_MAX; part++) {
        const char *text = bare(talk, *part);

        if (!text_says_something(text) || weekly_says_nothing(talk, text))
            continue;
        store_run(talk->store,
                  "INSERT INTO plan_item (member, week, text) SELECT ?1, ?2, ?3 WHERE NOT EXISTS"
                  " (SELECT 1 FROM plan_item WHERE member = ?1 AND week = ?2 AND text = ?3)",
                  "iis", member->id, (int64_t)week, text);
        count++;
    }
}

const char *items_list(struct talk *talk, const struct member *member, int week)
{
    static const char *const keys[] = { "items.open", "items.done", "items.carried", "items.dropped" };
    GString *list = g_string_new(NULL);
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT text, state, ifnull(reason, ''), carried_from IS NOT NULL"
                                     " FROM plan_item WHERE member = ? AND week = ?"
                                     " ORDER BY carried_from IS NULL, id",
                                     "ii", member->id, (int64_t)week);

    while (query_next(q))
        g_string_append_printf(list, "\n%s%s",
                               words(talk, keys[query_int(q, 1) & 3], "text", query_text(q, 0), "reason",
                                     query_text(q, 2), NULL),
                               query_int(q, 3) ? words(talk, "items.from_before", NULL) : "");
    return pool_take(talk->pool, g_string_free(list, FALSE));
}

/* The next week of the class in which plans are made; 0 none. */
static int next_week(struct talk *talk, const struct class *class, int week)
{
    for (int number = week + 1; number <= MIN(week + WEEKS_AHEAD, WEEKS_MAX); number++)
        if (week_number(talk, class, WEEKLY_PLAN, number).due)
            return number;
    return 0;
}

bool items_ask(struct talk *talk, const struct member *member, int week)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT id, text, count(*) OVER () FROM plan_item WHERE member = ? AND week = ? AND state = 0"
        " ORDER BY carried_from IS NULL, id LIMIT 1",
        "ii", member->id, (int64_t)week);

    if (!query_next(q))
        return false;
    int64_t id = query_int(q, 0);

    say(talk, "items.ask", "text", query_text(q, 1), "n", num(talk, query_int(q, 2)), NULL);
    button(talk, "items.yes", "items:done:%" G_GINT64_FORMAT, id);
    if (next_week(talk, talk->class, week))
        button_beside(talk, "items.carry", "items:carry:%" G_GINT64_FORMAT, id);
    button(talk, "items.drop", "items:drop:%" G_GINT64_FORMAT, id);
    return true;
}

/* An item as a button means it, when it is the speaker's and may still be said: until the report is due, or
 * as long as nothing was said. */
struct item {
    int64_t id;
    int week;
    const char *text;
};

/* Finds it, the speaker's membership becoming the talk's; says what is wrong and gives false otherwise. */
static bool find(struct talk *talk, const char *args, struct item *ret)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id, week, text, member, state FROM plan_item WHERE id = ?", "i",
                    g_ascii_strtoll(args, NULL, 10));
    const struct member *owner = query_next(q) ? member_by_id(talk, query_int(q, 3)) : NULL;
    const struct member *mine = owner ? speaks_as(talk, ROLE_TRAINEE, owner->class_id) : NULL;

    if (!mine || mine->id != owner->id) {
        say(talk, "stale", NULL);
        return false;
    }
    talk_as(talk, mine);
    *ret = (struct item){ query_int(q, 0), (int)query_int(q, 1), pool_strdup(talk->pool, query_text(q, 2)) };
    struct week week = week_number(talk, talk->class, WEEKLY_REPORT, ret->week);

    if (query_int(q, 4) == ITEM_OPEN || talk->moment <= week.due)
        return true;
    say(talk, "items.locked", NULL);
    return false;
}

/* Writes what became of it; what it was carried into before goes. Then the next one is asked. */
static void decide(struct talk *talk, const struct item *item, int state, const char *reason)
{
    store_run(talk->store, "DELETE FROM plan_item WHERE carried_from = ? AND state = 0", "i", item->id);
    store_run(talk->store, "UPDATE plan_item SET state = ?, reason = ?, at = ? WHERE id = ?", "isii",
              (int64_t)state, reason, talk->moment, item->id);
    int next = state == ITEM_CARRIED ? next_week(talk, talk->class, item->week) : 0;

    if (next)
        store_run(talk->store, "INSERT INTO plan_item (member, week, text, carried_from) VALUES (?, ?, ?, ?)",
                  "iisi", talk->member->id, (int64_t)next, item->text, item->id);
    say(talk, "items.all", "week", num(talk, item->week), "list", items_list(talk, talk->member, item->week),
        NULL);
    saying_instead(talk);
    if (!items_ask(talk, talk->member, item->week))
        report_after_items(talk, item->week);
}

static void done(struct talk *talk, const char *args)
{
    struct item item;

    if (find(talk, args, &item))
        decide(talk, &item, ITEM_DONE, NULL);
}

static void carry(struct talk *talk, const char *args)
{
    struct item item;

    if (find(talk, args, &item))
        decide(talk, &item, ITEM_CARRIED, NULL);
}

/* 不做了: the next text is the reason. */
static void drop(struct talk *talk, const char *args)
{
    struct item item;

    if (!find(talk, args, &item))
        return;
    dialog_set(talk, talk->person, "items", item.id, talk->member->id, 0, "{}");
    say(talk, "items.why", "text", item.text, NULL);
    button(talk, "buttons.cancel", "do:cancel");
}

static bool answers(struct talk *talk)
{
    struct dialog dialog;
    struct item item;
    const char *text;

    if (!dialog_words(talk, REASON_MAX, &dialog, &text))
        return false;
    if (!text)
        return true;
    if (find(talk, num(talk, dialog.subject), &item))
        decide(talk, &item, ITEM_DROPPED, text);
    return true;
}

const struct handler items = {
    .name = "items",
    .actions = { { .verb = "done", .needs = ROLE_TRAINEE, .run = done },
                 { .verb = "carry", .needs = ROLE_TRAINEE, .run = carry },
                 { .verb = "drop", .needs = ROLE_TRAINEE | NEEDS_PRIVATE, .run = drop } },
    .answers = answers,
};
