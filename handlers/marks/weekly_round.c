/* A round of 周评: which item of which week, what everybody would get, and how it is shown. */
#include <string.h>

#include "bot/school/dialog.h"
#include "handlers/marks/weekly_private.h"

enum { PER_ROW = 3, BUTTONS_FOR_PEOPLE = 36 };

const char *weekly_title(struct talk *talk, const struct scheme_item *item)
{
    return pool_strdup(talk->pool, scheme_say(item->title, talk->lang));
}

/* Whether this person marks that item each week. */
bool weekly_is_mine(struct talk *talk, const struct class *class, const struct scheme_item *item)
{
    return item->kind == ITEM_MARK && item->each == EACH_WEEK && mark_may(talk, class, item->by);
}

struct entry weekly_entry(struct talk *talk, const struct round *round, int64_t member)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT num, den FROM weekly_draft WHERE person = ? AND member = ?"
                                     " AND item = ? AND week = ?",
                                     "iisi", talk->person, member, round->item->id, (int64_t)round->week);
    struct given_mark now = given_mark(talk, member, round->item->id, round->week);

    if (query_next(q))
        return (struct entry){ true, true, now.there, ratio_of(query_int(q, 0), query_int(q, 1)) };
    if (now.there)
        return (struct entry){ true, false, true, now.points };
    for (int week = round->week - 1; week >= 1; week--) {
        struct given_mark before = given_mark(talk, member, round->item->id, week);

        if (before.there)
            return (struct entry){ true, false, false, before.points };
    }
    return (struct entry){ .value = { 0, 1 } };
}

/* Whether everybody has a mark of this week. */
static bool is_done(struct talk *talk, const struct round *round)
{
    for (size_t i = 0; i < round->count; i++)
        if (!given_mark(talk, round->members[i].id, round->item->id, round->week).there)
            return false;
    return true;
}

/* The round of a class, week and item id; false when there is none or it is not the speaker's. */
bool weekly_load(struct talk *talk, int64_t class_id, int week, const char *item, struct round *ret)
{
    *ret = (struct round){ .class = class_by_id(talk, class_id), .week = week };
    ret->scheme = ret->class ? scheme_of(talk, ret->class) : NULL;
    for (guint i = 0; ret->scheme && i < ret->scheme->items->len; i++) {
        const struct scheme_item *one = ret->scheme->items->pdata[i];

        if (strcmp(one->id, item) == 0 && weekly_is_mine(talk, ret->class, one))
            ret->item = one;
    }
    if (!ret->item || week < 1 || week > mark_week(talk, ret->class))
        return false;
    talk_as(talk, speaks_as(talk, ret->item->by, class_id));
    ret->members = members_of(talk, class_id, ROLE_TRAINEE, &ret->count);
    return true;
}

/* --- showing
 * ------------------------------------------------------------------------------------------------------ */

void weekly_keep(struct talk *talk, const struct round *round, int step, int64_t member)
{
    dialog_set(talk, talk->person, "marks", round->class->id, member, step,
               pool_printf(talk->pool, "%d:%s", round->week, round->item->id));
}

/* "张三 16、李四 –（上周 18）". */
static const char *lines(struct talk *talk, const struct round *round)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < round->count; i++) {
        struct entry entry = weekly_entry(talk, round, round->members[i].id);
        const char *key = !entry.there                  ? "weekly.none"
                          : entry.draft || entry.marked ? "weekly.entered"
                                                        : "weekly.last_week";

        g_string_append_printf(
            text, "\n%s",
            words(talk, key, "name", round->members[i].name, "points", points(talk, entry.value), NULL));
    }
    return pool_take(talk->pool, g_string_free(text, FALSE));
}

void weekly_show(struct talk *talk, const struct round *round)
{
    weekly_keep(talk, round, STEP_LIST, 0);
    say(talk, "weekly.list", "week", num(talk, round->week), "item", weekly_title(talk, round->item), "max",
        points(talk, round->item->max), "lines", lines(talk, round), NULL);
    button(talk, "weekly.ok", "marks:ok:%" G_GINT64_FORMAT ":%d:%s", round->class->id, round->week,
           round->item->id);
    button_beside(talk, "weekly.skip", "marks:skip:%" G_GINT64_FORMAT ":%d:%s", round->class->id, round->week,
                  round->item->id);
    for (size_t i = 0; i < round->count && i < BUTTONS_FOR_PEOPLE; i++) {
        struct entry entry = weekly_entry(talk, round, round->members[i].id);
        const char *label = pool_printf(talk->pool, "%s %s", round->members[i].name,
                                        entry.there ? points(talk, entry.value) : "–");

        (i % PER_ROW ? button_named_beside
                     : button_named)(talk, label, "marks:one:%" G_GINT64_FORMAT ":%d:%s:%" G_GINT64_FORMAT,
                                     round->class->id, round->week, round->item->id, round->members[i].id);
    }
}

/* The next item of the week that is not done, after `after` (NULL: from the first); else it is all done. */
void weekly_next(struct talk *talk, const struct class *class, int week, const struct scheme_item *after)
{
    const struct scheme *scheme = scheme_of(talk, class);
    bool passed = after == NULL;

    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];
        struct round round;

        if (passed && weekly_is_mine(talk, class, item) &&
            weekly_load(talk, class->id, week, item->id, &round) && !is_done(talk, &round)) {
            weekly_show(talk, &round);
            return;
        }
        passed = passed || item == after;
    }
    dialog_close(talk, talk->person);
    say(talk, "weekly.all_done", "week", num(talk, week), NULL);
    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        if (weekly_is_mine(talk, class, item))
            button_named(talk, weekly_title(talk, item), "marks:show:%" G_GINT64_FORMAT ":%d:%s", class->id,
                         week, item->id);
    }
}
