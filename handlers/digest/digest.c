/* 班情: how the class stands now, what changed first; all of it behind a button, a picture below. The lines
 * come from all handlers of the table. */
#include "handlers/digest/digest.h"

#include <string.h>

#include "bot/school/days.h"
#include "bot/school/paper_send.h"

/* What the person is in the class, the speaker when 0. */
static int roles_in(struct talk *talk, int64_t person, const struct class *class)
{
    return (int)store_int(talk->store, 0,
                          "SELECT coalesce(sum(DISTINCT role), 0) FROM member WHERE class = ? AND person = ?"
                          " AND left IS NULL",
                          "ii", class->id, person ? person : talk->person);
}

/* The decisions that wait for this reader, and the way to the rest. */
static void put_buttons(struct talk *talk, const struct brief *brief, const struct edition *e, int roles)
{
    for (size_t i = 0; i < brief->button_count; i++) {
        const struct brief_button *one = &brief->buttons[i];

        if (!(one->roles & roles))
            continue;
        (one->beside ? button_named_beside : button_named)(talk, one->label, "%s", one->action);
    }
    if (brief->cut && !e->full)
        button(talk, "brief.more", "digest:more:%" G_GINT64_FORMAT ":%s%s", e->class->id, e->day,
               e->week ? ":w" : "");
}

/* What stands above the lines: "3月2日 周一", or of a week its first and last day. */
static const char *when(struct talk *talk, const struct brief *brief)
{
    if (!brief->week)
        return show_day(talk, brief->day);
    return words(talk, "brief.week", "first", show_day(talk, brief->first), "last",
                 show_day(talk, brief->day), NULL);
}

const char *digest_head(struct talk *talk, const struct class *class)
{
    enum { SHOWN = 16 }; /* digits: what `audit verify --head` is content with and a person can copy */
    char hex[AUDIT_MAC * 2 + 1];
    int64_t id = audit_head(talk->store, talk->now + 1, hex);
    int64_t at = store_int(talk->store, 0, "SELECT at FROM audit WHERE id = ?", "i", id);

    if (!id)
        return "";
    return words(talk, "brief.head", "day", day_of(talk, class, at), "head",
                 pool_printf(talk->pool, "%.*s", SHOWN, hex), NULL);
}

bool digest_give(struct talk *talk, int64_t person, const struct edition *e)
{
    struct brief *brief = brief_make(talk, e->class, e->day, e->week, e->full);
    int roles = roles_in(talk, person, e->class);
    const char *lines = brief_text(brief, talk, false),
               *head = roles & ROLE_ORGANISER ? digest_head(talk, e->class) : "";

    if (*head)
        lines = pool_printf(talk->pool, "%s\n%s", lines, head);

    if (!person)
        say(talk, "digest", "class", e->class->title, "day", when(talk, brief), "lines", lines, NULL);
    else if (!tell(talk, person, "digest", "class", e->class->title, "day", when(talk, brief), "lines", lines,
                   NULL))
        return false;
    put_buttons(talk, brief, e, roles);
    if (!e->full)
        paper_send_to(talk, person ? person : talk->person, PAPER_BRIEF, e->class->id, 0);
    return true;
}

bool digest_give_group(struct talk *talk, const struct edition *e)
{
    struct brief *brief;

    talk->lang = e->class->lang;
    brief = brief_make(talk, e->class, e->day, e->week, false);
    if (!tell_group(talk, e->class, "brief.group", "class", e->class->title, "day", when(talk, brief),
                    "lines", brief_text(brief, talk, true), NULL))
        return false;
    paper_send_to(talk, 0, PAPER_BRIEF, e->class->id, 0);
    return true;
}

static void show(struct talk *talk)
{
    struct edition e = { .class = talk->class, .day = day_of(talk, talk->class, talk->now) };

    digest_give(talk, 0, &e);
}

/* The class a button is about, when the speaker is of its staff. */
static const struct class *class_of(struct talk *talk, int64_t id)
{
    const struct member *member = speaks_as(talk, ROLE_STAFF, id);

    if (!member)
        return NULL;
    talk_as(talk, member);
    return talk->class;
}

/* "7:2026-03-02", "7:2026-03-08:w": all of it. */
static void press_more(struct talk *talk, const char *args)
{
    g_auto(GStrv) parts = g_strsplit(args, ":", 3);
    guint count = g_strv_length(parts);
    const struct class *class = count >= 2 ? class_of(talk, g_ascii_strtoll(parts[0], NULL, 10)) : NULL;

    if (!class || !days_weekday(parts[1])) {
        say(talk, "stale", NULL);
        return;
    }
    struct edition e = {
        .class = class, .day = pool_strdup(talk->pool, parts[1]), .week = count == 3, .full = true
    };

    digest_give(talk, 0, &e);
}

/* One class of several, as it stands now or, "7:2026-03-08", its week. */
static void press_of(struct talk *talk, const char *args)
{
    const struct class *class = class_of(talk, g_ascii_strtoll(args, NULL, 10));
    const char *sunday = strchr(args, ':');

    if (!class || (sunday && !days_weekday(sunday + 1))) {
        say(talk, "stale", NULL);
        return;
    }
    struct edition e = { .class = class, .day = sunday ? sunday + 1 : "", .week = true };

    if (sunday)
        digest_give(talk, 0, &e);
    else
        show(talk);
}

const struct handler digest = {
    .name = "digest",
    .commands = { { .name = "digest", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = show, .rank = 3 } },
    .actions = { { .verb = "more", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = press_more },
                 { .verb = "of", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = press_of } },
    .timers = { { .kind = "digest", .run = digest_evening },
                { .kind = "digest.week", .run = digest_monday },
                { .kind = "digest.across", .run = digest_across },
                { .kind = "digest.across_week", .run = digest_across_week } },
    .on = digest_on,
};
