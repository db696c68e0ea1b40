/* 卡住了: a problem is told to the mentors at once and stays open, with its age, until somebody closes it. */
#include "bot/school/names.h"
#include "handlers/report/report_private.h"

enum { TEXT_MAX = 500, LISTED = 5 };

/* A text cut at so many characters. */
static const char *shortened(struct talk *talk, const char *text, glong max)
{
    return g_utf8_strlen(text, -1) <= max
               ? text
               : pool_printf(talk->pool, "%.*s…", (int)(g_utf8_offset_to_pointer(text, max) - text), text);
}

/* Tells those who look after the class's progress; gives how many were reached. */
static int tell_mentors(struct talk *talk, const struct member *member, int64_t blocker, const char *text)
{
    const struct class *class = class_by_id(talk, member->class_id);
    static const int in_order[] = { ROLE_MENTOR, ROLE_DUTY, ROLE_ORGANISER | ROLE_LEADER };
    int told = 0;

    for (size_t r = 0; r < G_N_ELEMENTS(in_order) && told == 0; r++) {
        size_t count;
        const struct member *mentors = members_of(talk, class->id, in_order[r], &count);

        for (size_t i = 0; i < count; i++) {
            if (!tell(talk, mentors[i].person, "blocked.told", "name", member->name, "class", class->title,
                      "text", text, NULL))
                continue;
            button(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, blocker);
            told++;
        }
    }
    return told;
}

/* 卡住了 with words. */
static void open_blocker(struct talk *talk, const char *typed)
{
    const char *text = shortened(talk, typed, TEXT_MAX);

    store_run(talk->store, "INSERT INTO blocker (member, text, opened) VALUES (?, ?, ?)", "isi",
              talk->member->id, text, talk->now);
    int64_t id = store_last_id(talk->store);

    say(talk, "blocked.taken", "text", text, NULL);
    button(talk, "blocked.solved", "blocked:close:%" G_GINT64_FORMAT, id);
    tell_mentors(talk, talk->member, id, text);
}

/* 卡住了 without words: what is open, and how to say more. */
static void list_own(struct talk *talk)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id, text FROM blocker WHERE member = ? AND closed IS NULL ORDER BY id LIMIT ?",
        "ii", talk->member->id, (int64_t)LISTED);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GString) list = g_string_new(NULL);

    while (query_next(q)) {
        int64_t id = query_int(q, 0);

        g_array_append_val(ids, id);
        g_string_append_printf(list, "\n%u. %s", ids->len, shortened(talk, query_text(q, 1), 60));
    }
    say(talk, ids->len ? "blocked.open" : "blocked.how", "list", list->str, NULL);
    for (guint i = 0; i < ids->len; i++)
        button_named(talk, words(talk, "blocked.solved_one", "n", num(talk, i + 1), NULL),
                     "blocked:close:%" G_GINT64_FORMAT, g_array_index(ids, int64_t, i));
}

static void run(struct talk *talk)
{
    if (text_says_something(talk->args.rest))
        open_blocker(talk, talk->args.rest);
    else
        list_own(talk);
}

/* 已解决: by the trainee or by who looks after the class. */
static void close_blocker(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);
    g_autoptr(query) q =
        store_query(talk->store, "SELECT member, text, closed FROM blocker WHERE id = ?", "i", id);
    const struct member *owner = query_next(q) ? member_by_id(talk, query_int(q, 0)) : NULL;
    bool mine = owner && owner->person == talk->person;

    if (!owner || (!mine && !speaks_as(talk, ROLE_STAFF, owner->class_id))) {
        say(talk, "stale", NULL);
        return;
    }
    const char *text = shortened(talk, pool_strdup(talk->pool, query_text(q, 1)), 60);
    bool was_open = query_null(q, 2);

    store_run(talk->store, "UPDATE blocker SET closed = ?, closed_by = ? WHERE id = ? AND closed IS NULL",
              "iii", talk->now, talk->person, id);
    say(talk, "blocked.closed", "name", owner->name, "text", text, NULL);
    saying_instead(talk);
    if (was_open && !mine)
        tell(talk, owner->person, "blocked.closed_by", "text", text, "who", talk->name, NULL);
}

/* 没有问题 in the answer's place of a problem: report.nothing lists the ways to say so, parted by |. */
static bool says_nothing(struct talk *talk, const char *text)
{
    g_auto(GStrv) ways = g_strsplit(words(talk, "report.nothing", NULL), "|", 0);
    char *said = text_normal(talk->pool, text).text;

    while (*said && strchr(".!~ ", said[strlen(said) - 1]))
        said[strlen(said) - 1] = 0;
    if (g_str_has_suffix(said, "。"))
        said[strlen(said) - strlen("。")] = 0;
    return g_strv_contains((const char *const *)ways, said);
}

void blocked_from_report(struct talk *talk, const struct member *member, int week, const char *text)
{
    if (!text || says_nothing(talk, text)) {
        store_run(talk->store, "DELETE FROM blocker WHERE member = ? AND week = ? AND closed IS NULL", "ii",
                  member->id, (int64_t)week);
        return;
    }
    store_run(talk->store,
              "INSERT INTO blocker (member, week, text, opened) VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (member, week) DO UPDATE SET text = ?3",
              "iisi", member->id, (int64_t)week, shortened(talk, text, TEXT_MAX), talk->now);
}

void blocked_digest(struct talk *talk, struct brief *brief)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.name, min(b.opened) FROM blocker b JOIN member m ON m.id = b.member"
        " JOIN person p ON p.id = m.person WHERE m.class = ? AND b.closed IS NULL AND m.left IS NULL"
        " GROUP BY m.id ORDER BY min(b.opened)",
        "i", brief->class->id);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    while (query_next(q)) {
        int64_t days = (talk->now - query_int(q, 1)) / 86400;

        g_ptr_array_add(names, (char *)words(talk, days > 0 ? "blocked.since" : "blocked.today", "name",
                                             query_text(q, 0), "n", num(talk, days), NULL));
    }
    if (names->len > 0)
        brief_add(brief, talk, BRIEF_BLOCKED, names->len,
                  words(talk, "blocked.digest", "names", brief_names(brief, talk, names), NULL),
                  words(talk, "blocked.digest_plain", "n", num(talk, names->len), NULL));
}

const struct handler blocked = {
    .name = "blocked",
    .commands = { { .name = "blocked",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = run,
                    .rank = 9 } },
    .actions = { { .verb = "close", .run = close_blocker } },
};
