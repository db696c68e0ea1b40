/* The rows of blockers, and the problem that a weekly report names. */
#include "handlers/report/blocked.h"

#include <string.h>

#include "bot/school/days.h"
#include "handlers/report/report_private.h"

enum { TEXT_MAX = 500, SHORT = 60 };

/* A text cut at so many characters. */
static const char *cut(struct talk *talk, const char *text, glong max)
{
    return g_utf8_strlen(text, -1) <= max
               ? text
               : pool_printf(talk->pool, "%.*s…", (int)(g_utf8_offset_to_pointer(text, max) - text), text);
}

const char *blocker_short(struct talk *talk, const char *text)
{
    return cut(talk, text, SHORT);
}

/* Takes the row that a query of blocker's columns stands at; false when its owner is unknown. */
static bool take(struct talk *talk, query *q, struct blocker *ret)
{
    *ret = (struct blocker){ .id = query_int(q, 0),
                             .owner = member_by_id(talk, query_int(q, 1)),
                             .text = pool_strdup(talk->pool, query_text(q, 2)),
                             .opened = query_int(q, 3),
                             .asked = query_int(q, 4),
                             .answered = query_int(q, 5),
                             .acked = query_int(q, 6),
                             .closed = query_int(q, 7),
                             .stage = (int)query_int(q, 8) };
    return ret->owner != NULL;
}

bool blocker_load(struct talk *talk, int64_t id, struct blocker *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT id, member, text, opened, ifnull(asked, opened), ifnull(answered, 0), ifnull(acked, 0),"
        " ifnull(closed, 0), stage FROM blocker WHERE id = ?",
        "i", id);

    return query_next(q) && take(talk, q, ret);
}

struct blocker *blockers_open(struct talk *talk, int64_t class_id, int64_t member, int from, int max,
                              int *ret_count, int *ret_total)
{
    struct blocker *list = pool_alloc(talk->pool, (size_t)max * sizeof *list);
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT b.id, b.member, b.text, b.opened, ifnull(b.asked, b.opened), ifnull(b.answered, 0),"
        " ifnull(b.acked, 0), 0, b.stage, count(*) OVER () FROM blocker b JOIN member m ON m.id = b.member"
        " WHERE m.class = ?1 AND (?2 = 0 OR m.id = ?2) AND m.left IS NULL AND b.closed IS NULL"
        " ORDER BY b.opened, b.id LIMIT ?3 OFFSET ?4",
        "iiii", class_id, member, (int64_t)max, (int64_t)from);

    *ret_count = *ret_total = 0;
    while (query_next(q)) {
        *ret_total = (int)query_int(q, 9);
        *ret_count += take(talk, q, &list[*ret_count]);
    }
    return list;
}

void blocker_note(struct talk *talk, int64_t id, const char *what, int64_t person, const char *text)
{
    store_run(talk->store,
              "INSERT INTO blocker_event (blocker, at, what, person, text) VALUES (?, ?, ?, nullif(?, 0), ?)",
              "iisis", id, talk->now, what, person, text);
}

int64_t blocker_open(struct talk *talk, const struct member *member, const char *text)
{
    store_run(talk->store, "INSERT INTO blocker (member, text, opened) VALUES (?, ?, ?)", "isi", member->id,
              cut(talk, text, TEXT_MAX), talk->now);
    int64_t id = store_last_id(talk->store);

    blocker_wait(talk, id);
    return id;
}

void blocker_wait(struct talk *talk, int64_t id)
{
    store_run(talk->store,
              "UPDATE blocker SET asked = ?2, answered = NULL, closed = NULL, closed_by = NULL, stage = 0"
              " WHERE id = ?1",
              "ii", id, talk->now);
    blocker_note(talk, id, "asked", talk->person, NULL);
    timers_cancel(talk->timers, "blocked.tell", id);
    blocked_tell(talk, id, talk->now);
}

void blocker_close(struct talk *talk, int64_t id, int64_t person)
{
    store_run(talk->store, "UPDATE blocker SET closed = ?, closed_by = ? WHERE id = ? AND closed IS NULL",
              "iii", talk->now, person, id);
    if (store_changes(talk->store) == 0)
        return;
    blocker_note(talk, id, "closed", person, NULL);
    timers_cancel(talk->timers, "blocked.tell", id);
}

const char *blocker_line(struct talk *talk, const struct blocker *blocker)
{
    const struct class *class = class_by_id(talk, blocker->owner->class_id);
    int days = days_between(day_of(talk, class, blocker->opened), day_of(talk, class, talk->now));
    const char *age = words(talk, days > 0 ? "blocked.days" : "blocked.today", "n", num(talk, days), NULL);
    const char *how = blocker->answered ? "blocked.is_answered"
                      : blocker->acked  ? "blocked.is_seen"
                                        : "blocked.is_waiting";

    return words(talk, "blocked.line", "age", age, "how", words(talk, how, NULL), "text",
                 blocker_short(talk, blocker->text), NULL);
}

/* 没有问题 in the answer's place of a problem: report.nothing lists the ways to say so, parted by |. */
bool weekly_says_nothing(struct talk *talk, const char *text)
{
    g_auto(GStrv) ways = g_strsplit(words(talk, "report.nothing", NULL), "|", 0);
    char *said = text_normal(talk->pool, text).text;

    while (*said && strchr(".!~ ", said[strlen(said) - 1]))
        said[strlen(said) - 1] = 0;
    if (g_str_has_suffix(said, "。"))
        said[strlen(said) - strlen("。")] = 0;
    return g_strv_contains((const char *const *)ways, said);
}

/* The report names no problem any more: its owner has closed it. */
static void none_named(struct talk *talk, const struct member *member, int week)
{
    int64_t id =
        store_int(talk->store, 0, "SELECT id FROM blocker WHERE member = ? AND week = ? AND closed IS NULL",
                  "ii", member->id, (int64_t)week);

    if (id)
        blocker_close(talk, id, member->person);
}

void blocked_from_report(struct talk *talk, const struct member *member, int week, const char *typed)
{
    if (!typed || weekly_says_nothing(talk, typed)) {
        none_named(talk, member, week);
        return;
    }
    const char *text = cut(talk, typed, TEXT_MAX);
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id, text, closed FROM blocker WHERE member = ? AND week = ?", "ii",
                    member->id, (int64_t)week);

    if (!query_next(q)) {
        int64_t id = blocker_open(talk, member, text);

        store_run(talk->store, "UPDATE blocker SET week = ? WHERE id = ?", "ii", (int64_t)week, id);
        return;
    }
    int64_t id = query_int(q, 0);
    bool same = strcmp(query_text(q, 1), text) == 0, closed = !query_null(q, 2);

    if (same)
        return;
    store_run(talk->store, "UPDATE blocker SET text = ? WHERE id = ?", "si", text, id);
    if (closed)
        blocker_wait(talk, id);
}
