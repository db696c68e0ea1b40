/* 周评: the whole class, item by item, with last week's marks as a start; may be interrupted and resumed. */
#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/school.h"
#include "bot/school/words.h"
#include "handlers/marks/weekly_private.h"

enum { CHOICES = 5 };

/* --- entering
 * ----------------------------------------------------------------------------------------------------- */

static void keep_draft(struct talk *talk, const struct round *round, int64_t member, struct ratio value)
{
    store_run(
        talk->store,
        "INSERT INTO weekly_draft (person, member, item, week, num, den) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (person, member, item, week) DO UPDATE SET num = ?5, den = ?6",
        "iisiii", talk->person, member, round->item->id, (int64_t)round->week, value.num, value.den);
}

/* Enters what a message says; false when it said why not. */
static bool enter(struct talk *talk, const struct round *round, const struct parsed *parsed)
{
    if (parsed->unknown || !parsed->count) {
        say(talk, parsed->unknown ? "who.unknown" : "weekly.how", "name",
            parsed->unknown ? parsed->unknown : "", NULL);
        return false;
    }
    for (size_t i = 0; i < parsed->count; i++) {
        const struct wanted *w = &parsed->list[i];

        if (w->item != round->item) {
            say(talk, "weekly.how", NULL);
            return false;
        }
        if (!mark_fits(talk, w->item, w))
            return false;
        if (w->count > 1) {
            say(talk, "weekly.which", "name", w->members[0].name, NULL);
            return false;
        }
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < parsed->count; i++) {
            const struct wanted *w = &parsed->list[i];

            if (pass == 0 && w->all)
                for (size_t j = 0; j < round->count; j++)
                    keep_draft(talk, round, round->members[j].id, w->value);
            else if (pass == 1 && !w->all)
                keep_draft(talk, round, w->members[0].id, w->value);
        }
    return true;
}

/* Whether all of several would get the same; nobody without a mark. */
static bool all_same(struct talk *talk, const struct round *round)
{
    struct entry first = round->count ? weekly_entry(talk, round, round->members[0].id) : (struct entry){ 0 };

    for (size_t i = 1; i < round->count; i++)
        if (ratio_cmp(weekly_entry(talk, round, round->members[i].id).value, first.value) != 0)
            return false;
    return round->count > 2;
}

/* Names of those who would get no mark; NULL when there are none. */
static const char *without(struct talk *talk, const struct round *round)
{
    const char *names = NULL;

    for (size_t i = 0; i < round->count; i++)
        if (!weekly_entry(talk, round, round->members[i].id).there)
            names = pool_printf(talk->pool, "%s%s%s", names ? names : "",
                                names ? words(talk, "brief.between", NULL) : "", round->members[i].name);
    return names;
}

/* Confirms an item: its marks are given, and the next one is shown. */
static void confirm(struct talk *talk, const struct round *round, bool sure)
{
    const char *missing = without(talk, round), *text;
    int64_t given = 0;

    if (missing) {
        say(talk, "weekly.missing", "names", missing, NULL);
        return;
    }
    if (!sure && all_same(talk, round)) {
        say(talk, "weekly.all_same", "item", weekly_title(talk, round->item), "points",
            points(talk, weekly_entry(talk, round, round->members[0].id).value), NULL);
        button(talk, "weekly.really_same", "marks:same:%" G_GINT64_FORMAT ":%d:%s", round->class->id,
               round->week, round->item->id);
        button_beside(talk, "weekly.change", "marks:show:%" G_GINT64_FORMAT ":%d:%s", round->class->id,
                      round->week, round->item->id);
        return;
    }
    for (size_t i = 0; i < round->count; i++) {
        struct entry entry = weekly_entry(talk, round, round->members[i].id);

        if ((entry.marked && !entry.draft) || settled(talk, round->members[i].id, &text))
            continue;
        give_mark(talk, round->members[i].id, round->item, round->week, entry.value);
        given++;
    }
    store_run(talk->store, "DELETE FROM weekly_draft WHERE person = ? AND item = ? AND week = ?", "isi",
              talk->person, round->item->id, (int64_t)round->week);
    say(talk, "weekly.kept", "item", weekly_title(talk, round->item), "n", num(talk, given), "week",
        num(talk, round->week), NULL);
    weekly_next(talk, round->class, round->week, NULL);
    settle_late(talk, round->class);
}

/* --- commands and buttons
 * ----------------------------------------------------------------------------------------- */

/* The first weekly item that is the speaker's. */
static const struct scheme_item *first_mine(struct talk *talk, const struct scheme *scheme)
{
    for (guint i = 0; i < scheme->items->len; i++)
        if (weekly_is_mine(talk, talk->class, scheme->items->pdata[i]))
            return scheme->items->pdata[i];
    return NULL;
}

void weekly_command(struct talk *talk)
{
    const struct scheme *scheme = scheme_of(talk, talk->class);
    const struct scheme_item *first = scheme ? first_mine(talk, scheme) : NULL;
    int now = mark_week(talk, talk->class);
    struct round round;

    if (!first) {
        say(talk, scheme ? "weekly.nothing" : "marks.no_scheme", NULL);
        return;
    }
    if (!*talk->args.rest) {
        weekly_next(talk, talk->class, now, NULL);
        return;
    }
    struct parsed parsed = parse_marks(talk, talk->class, scheme, talk->args.rest, NULL);
    const struct scheme_item *item = parsed.count  ? parsed.list[0].item
                                     : parsed.item ? parsed.item
                                     : parsed.week ? first
                                                   : NULL;
    int week = parsed.week ? parsed.week : now;

    if (week > now) {
        say(talk, "mark.future", "week", num(talk, week), NULL);
    } else if (parsed.unknown || !item || !weekly_load(talk, talk->class->id, week, item->id, &round)) {
        say(talk, parsed.unknown ? "who.unknown" : "weekly.how", "name", parsed.unknown ? parsed.unknown : "",
            NULL);
    } else if (!parsed.count) {
        weekly_show(talk, &round);
    } else if (enter(talk, &round, &parsed)) {
        if (without(talk, &round))
            weekly_show(talk, &round);
        else
            confirm(talk, &round, false);
    }
}

/* The round a button is of: "class:week:item[:member[:num:den]]"; says that it is stale when it is none. */
static bool pressed_round(struct talk *talk, const char *args, struct round *ret, char ***ret_parts)
{
    g_auto(GStrv) part = g_strsplit(args, ":", 6);
    bool ok = g_strv_length(part) >= 3 && weekly_load(talk, g_ascii_strtoll(part[0], NULL, 10),
                                                      (int)g_ascii_strtoll(part[1], NULL, 10), part[2], ret);

    if (!ok)
        say(talk, "stale", NULL);
    else if (ret_parts)
        *ret_parts = g_steal_pointer(&part);
    return ok;
}

void weekly_press_show(struct talk *talk, const char *args)
{
    struct round round;

    if (pressed_round(talk, args, &round, NULL)) {
        weekly_show(talk, &round);
        saying_instead(talk);
    }
}

/* The member of a round that a button names; NULL with "stale" said. */
static const struct member *pressed_member(struct talk *talk, const struct round *round, char **part)
{
    int64_t id = g_strv_length(part) > 3 ? g_ascii_strtoll(part[3], NULL, 10) : 0;

    for (size_t i = 0; i < round->count; i++)
        if (round->members[i].id == id)
            return &round->members[i];
    say(talk, "stale", NULL);
    return NULL;
}

static void button_value(struct talk *talk, const struct round *round, int64_t member, struct ratio value,
                         bool beside)
{
    (beside ? button_named_beside : button_named)(
        talk, points(talk, value),
        "marks:set:%" G_GINT64_FORMAT ":%d:%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT,
        round->class->id, round->week, round->item->id, member, value.num, value.den);
}

void weekly_press_one(struct talk *talk, const char *args)
{
    g_auto(GStrv) part = NULL;
    struct round round;
    const struct member *member;

    if (!pressed_round(talk, args, &round, &part) || !(member = pressed_member(talk, &round, part)))
        return;
    struct entry entry = weekly_entry(talk, &round, member->id);
    struct ratio down = ratio_mul(round.item->max, ratio_of(1, 10));

    weekly_keep(talk, &round, STEP_ONE, member->id);
    say(talk, "weekly.one", "name", member->name, "item", weekly_title(talk, round.item), "max",
        points(talk, round.item->max), "before",
        entry.there ? words(talk, "weekly.before", "points", points(talk, entry.value), NULL) : "", NULL);
    for (int i = 0; i < CHOICES; i++)
        button_value(talk, &round, member->id,
                     ratio_rounded(ratio_sub(round.item->max, ratio_mul(down, ratio_of(i, 1))), 1), i > 0);
    saying_instead(talk);
}

void weekly_press_set(struct talk *talk, const char *args)
{
    g_auto(GStrv) part = NULL;
    struct round round;
    const struct member *member;

    if (!pressed_round(talk, args, &round, &part) || !(member = pressed_member(talk, &round, part)))
        return;
    struct wanted w = { .value = { -1, 1 } };

    if (g_strv_length(part) == 6 && g_ascii_strtoll(part[5], NULL, 10) > 0)
        w.value = ratio_of(g_ascii_strtoll(part[4], NULL, 10), g_ascii_strtoll(part[5], NULL, 10));
    if (!mark_fits(talk, round.item, &w))
        return;
    keep_draft(talk, &round, member->id, w.value);
    weekly_show(talk, &round);
    saying_instead(talk);
}

void weekly_press_ok(struct talk *talk, const char *args)
{
    struct round round;

    if (pressed_round(talk, args, &round, NULL))
        confirm(talk, &round, false);
}

void weekly_press_same(struct talk *talk, const char *args)
{
    struct round round;

    if (pressed_round(talk, args, &round, NULL))
        confirm(talk, &round, true);
}

void weekly_press_skip(struct talk *talk, const char *args)
{
    struct round round;

    if (pressed_round(talk, args, &round, NULL))
        weekly_next(talk, round.class, round.week, round.item);
}

/* --- the dialog
 * --------------------------------------------------------------------------------------------------- */

/* The round that is open in the speaker's dialog. */
static bool dialog_round(struct talk *talk, struct dialog *dialog, struct round *ret)
{
    if (!dialog_of(talk, talk->person, dialog))
        return false;
    g_auto(GStrv) part = g_strsplit(dialog->state, ":", 2);

    return g_strv_length(part) == 2 &&
           weekly_load(talk, dialog->subject, (int)g_ascii_strtoll(part[0], NULL, 10), part[1], ret);
}

/* Whether the text is a command: those go through, and the round stays. */
static bool is_command(struct talk *talk)
{
    struct normal text = text_normal(talk->pool, talk->update->text);
    struct call call;
    bool slash;

    return words_match(talk->school->words, talk->pool, &text, &call, 1, &slash) > 0;
}

bool weekly_answers(struct talk *talk)
{
    struct dialog dialog;
    struct round round;

    if (talk->update->kind != UPDATE_TEXT || is_command(talk) || !dialog_round(talk, &dialog, &round))
        return false;
    struct parsed parsed = parse_marks(talk, round.class, round.scheme, talk->update->text, round.item);

    if (dialog.step == STEP_ONE && parsed.number_left && !parsed.count && !parsed.unknown) {
        const struct member *member = member_by_id(talk, dialog.member);
        const char *text = member ? pool_printf(talk->pool, "%s %s", member->name, talk->update->text) : "";

        parsed = parse_marks(talk, round.class, round.scheme, text, round.item);
        if (member && parsed.count == 1 && mark_fits(talk, round.item, &parsed.list[0])) {
            keep_draft(talk, &round, member->id, parsed.list[0].value);
            weekly_show(talk, &round);
        } else if (parsed.count != 1) {
            say(talk, "weekly.how", NULL);
        }
        return true;
    }
    if (!parsed.count)
        return false;
    if (enter(talk, &round, &parsed))
        weekly_show(talk, &round);
    return true;
}

void weekly_dialog(struct talk *talk, enum dialog_word word)
{
    struct dialog dialog;
    struct round round;

    if (word == DIALOG_CANCEL || !dialog_round(talk, &dialog, &round)) {
        dialog_close(talk, talk->person);
        say(talk, "weekly.paused", NULL);
        button(talk, "weekly.begin", "do:weekly");
        return;
    }
    if (word == DIALOG_SKIP)
        weekly_next(talk, round.class, round.week, round.item);
    else
        weekly_show(talk, &round);
}
