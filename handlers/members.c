/* 班级: in which class one speaks. 解绑 and 邀请码: what an organiser does for people who lost their account.
 */
#include "bot/school/binding.h"
#include "bot/school/invite.h"
#include "bot/school/names.h"
#include "bot/school/paper_send.h"
#include "bot/school/school.h"
#include "bot/school/who.h"

enum { LISTED = 40 };

static void show_classes(struct talk *talk)
{
    if (talk->member_count == 0) {
        say(talk, "classes.none", NULL);
        return;
    }
    say(talk, "classes.list", "class", talk->class->title, NULL);
    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = &talk->members[i];
        const char *role = role_label(talk, member->role);
        const char *mark = member->id == talk->member->id ? "✓ " : "";

        button_named(
            talk,
            pool_printf(talk->pool, "%s%s · %s", mark, class_by_id(talk, member->class_id)->title, role),
            "members:class:%" G_GINT64_FORMAT, member->id);
    }
}

static void press_class(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);

    for (size_t i = 0; i < talk->member_count; i++) {
        if (talk->members[i].id != id)
            continue;
        store_run(talk->store, "UPDATE account SET member = ? WHERE id = ?", "ii", id, talk->account);
        talk_as(talk, &talk->members[i]);
        say(talk, "classes.now", "class", talk->class->title, NULL);
        saying_instead(talk);
        return;
    }
    say(talk, "stale", NULL);
}

static void unbind(struct talk *talk)
{
    struct who who;

    if (!who_read(talk, ROLE_ALL, talk->args.rest, &who)) {
        say(talk, "who.unknown", "name", talk->args.rest, NULL);
        return;
    }
    size_t open = 0;

    for (size_t i = 0; i < who.count; i++)
        if (binding_may(talk->store, talk->person, who.list[i].person))
            who.list[open++] = who.list[i];
    if (open == 0) {
        say(talk, "unbind.elsewhere", "name", who.list[0].name, NULL);
        return;
    }
    say(talk, open > 1 ? "who.several" : "unbind.ask", "name", who.list[0].name, NULL);
    for (size_t i = 0; i < open; i++)
        button_named(
            talk,
            pool_printf(talk->pool, "%s %s", who.list[i].number ? who.list[i].number : "", who.list[i].name),
            "members:unbind:%" G_GINT64_FORMAT, who.list[i].id);
}

static void press_unbind(struct talk *talk, const char *args)
{
    const struct member *member = member_by_id(talk, g_ascii_strtoll(args, NULL, 10));

    if (!member || !speaks_as(talk, ROLE_ORGANISER, member->class_id)) {
        say(talk, "stale", NULL);
        return;
    }
    if (!binding_may(talk->store, talk->person, member->person)) {
        say(talk, "unbind.elsewhere", "name", member->name, NULL);
        saying_instead(talk);
        return;
    }
    g_autofree char *code = binding_end(talk, member);

    say(talk, "unbind.done", "name", member->name, "code", code, "link",
        pool_printf(talk->pool, "%s/j/%s", talk->school->public_url, code), NULL);
    saying_instead(talk);
}

/* 邀请码: who has not joined yet, with codes to pass on; those whose code is not the speaker's to give by
 * name. */
static void show_invites(struct talk *talk)
{
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    size_t count, open = 0;
    struct member *members = members_of(talk, talk->class->id, ROLE_ALL, &count);

    if (invite_class_over(talk->store, talk->class->id, talk->now)) {
        say(talk, "invites.over", NULL);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!invite_wanted(talk->store, members[i].person))
            continue;
        if (!binding_may(talk->store, talk->person, members[i].person)) {
            g_ptr_array_add(others, (void *)members[i].name);
            continue;
        }
        g_autofree char *code = invite_code(talk->store, talk->school->secret, members[i].id);

        if (open++ < LISTED)
            g_string_append_printf(list, "\n%s %s", members[i].name, code);
    }
    const char *elsewhere =
        others->len ? words(talk, "invites.elsewhere", "names", names_join(talk, others, LISTED), NULL) : "";

    if (open == 0)
        say(talk, "invites.none", "elsewhere", elsewhere, NULL);
    else
        say(talk, "invites.list", "n", num(talk, (int64_t)open), "list", pool_strdup(talk->pool, list->str),
            "link", talk->school->public_url, "elsewhere", elsewhere, NULL);
    if (open > 0)
        button(talk, "invites.slips", "members:slips");
}

/* The codes as slips to be printed and cut. */
static void press_slips(struct talk *talk, const char *args)
{
    (void)args;
    paper_send(talk, PAPER_SLIPS, talk->person);
    say(talk, "export.making", "what", words(talk, "invites.slips", NULL), NULL);
    saying_instead(talk);
}

/* Adds the names that a query has; frees it. */
static void add_names(struct talk *talk, struct brief *brief, const char *key, query *rows)
{
    g_autoptr(query) q = rows;
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    while (query_next(q))
        g_ptr_array_add(names, pool_strdup(talk->pool, query_text(q, 0)));
    if (names->len > 0)
        brief_add(brief, talk, BRIEF_CHANGED, 0,
                  words(talk, key, "names", brief_names(brief, talk, names), NULL), NULL);
}

/* Who joined and who left since yesterday. */
static void digest(struct talk *talk, struct brief *brief)
{
    add_names(talk, brief, "members.joined",
              store_query(talk->store,
                          "SELECT p.name FROM member m JOIN person p ON p.id = m.person"
                          " JOIN class c ON c.id = m.class WHERE m.class = ? AND m.role = ?"
                          " AND m.left IS NULL AND m.since > max(?, c.imported) ORDER BY m.id",
                          "iii", brief->class->id, (int64_t)ROLE_TRAINEE, brief->since));
    add_names(talk, brief, "members.left",
              store_query(talk->store,
                          "SELECT p.name FROM member m JOIN person p ON p.id = m.person"
                          " WHERE m.class = ? AND m.role = ? AND m.left > ? ORDER BY m.left",
                          "iii", brief->class->id, (int64_t)ROLE_TRAINEE, brief->since));
}

const struct handler members = {
    .name = "members",
    .commands = { { .name = "classes", .run = show_classes, .rank = 70 },
                  { .name = "invites",
                    .needs = ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = show_invites,
                    .rank = 40 },
                  { .name = "unbind",
                    .args = "REST",
                    .needs = ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = unbind,
                    .rank = 85 } },
    .actions = { { .verb = "slips", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_slips },
                 { .verb = "class", .run = press_class },
                 { .verb = "unbind", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_unbind } },
    .digest = digest,
};
