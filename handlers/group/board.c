/* Sign-in as the group sees it: one message with how many are there, which is edited while people come; by a
 * robot, which cannot edit, one post when it opens and one at the close. Counts only: nobody is shamed. */
#include <string.h>

#include "bot/school/group.h"
#include "bot/school/remind.h"
#include "bot/school/turnout.h"
#include "handlers/group/group.h"

enum {
    OPENS = 25 * 60, /* before the start: WeCom asks to leave the full and half hour alone */
    PAUSE = 15,      /* seconds between two edits */
};

const char *const group_schema[] = {
    "CREATE TABLE group_board ("
    "  sitting INTEGER PRIMARY KEY REFERENCES sitting(id),"
    "  message INTEGER NOT NULL," /* ours, as the outbox calls it */
    "  text TEXT NOT NULL, edited INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TABLE group_hint (" /* bot/school/group.c: who was told in a group to write in private */
    "  platform INTEGER NOT NULL, chat TEXT NOT NULL, account TEXT NOT NULL,"
    "  PRIMARY KEY (platform, chat, account)"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

/* The sitting and its class; false when it is not held. */
static bool load(struct talk *talk, int64_t id, struct sitting *ret, const struct class **ret_class)
{
    if (!sitting_by_id(talk, id, ret) ||
        !store_int(talk->store, 0, "SELECT state = 'on' FROM session WHERE id = ?", "i", ret->session))
        return false;
    *ret_class = class_by_id(talk, ret->class_id);
    return *ret_class != NULL;
}

/* What stands on the board now: key and text say the same. */
static bool say_board(struct talk *talk, const struct class *class, const struct sitting *sitting,
                      const char *key)
{
    struct turnout_now now;

    turnout_now(talk, sitting, &now);
    talk->lang = class->lang;
    return tell_group(talk, class, key, "title", sitting->title, "from",
                      show_time(talk, class, sitting->starts), "to", show_time(talk, class, sitting->ends),
                      "here", num(talk, now.here), "expected", num(talk, now.expected), "leave",
                      now.leave ? words(talk, "group.leave", "n", num(talk, now.leave), NULL) : "", NULL);
}

/* What it would say, to see whether it changed. */
static const char *fingerprint(struct talk *talk, const struct sitting *sitting)
{
    struct turnout_now now;

    turnout_now(talk, sitting, &now);
    return pool_printf(talk->pool, "%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, now.here,
                       now.expected, now.leave);
}

void group_open(struct talk *talk, int64_t id, int64_t due)
{
    const struct class *class;
    struct sitting sitting;

    (void)due;
    if (!load(talk, id, &sitting, &class) || talk->now >= sitting.ends ||
        store_int(talk->store, 0, "SELECT count(*) FROM group_board WHERE sitting = ?", "i", id))
        return;
    bool chat = group_of(talk, class) == GROUP_CHAT;

    if (!say_board(talk, class, &sitting, chat ? "group.board" : "group.opened"))
        return;
    saying_until(talk, sitting.ends);
    store_run(talk->store, "INSERT INTO group_board (sitting, message, text, edited) VALUES (?, ?, ?, ?)",
              "iisi", id, saying_put(talk), fingerprint(talk, &sitting), talk->now);
}

/* Brings the board up to date, at most once in so many seconds. */
static void refresh(struct talk *talk, int64_t id, bool closing)
{
    const struct class *class;
    struct sitting sitting;
    g_autoptr(query) q = store_query(
        talk->store, "SELECT message, text, edited FROM group_board WHERE sitting = ? AND closed = 0", "i",
        id);

    if (!query_next(q) || !load(talk, id, &sitting, &class))
        return;
    int64_t message = query_int(q, 0), edited = query_int(q, 2);
    const char *lang = talk->lang, *now = fingerprint(talk, &sitting);
    bool chat = group_of(talk, class) == GROUP_CHAT;

    if (!closing && (!chat || strcmp(query_text(q, 1), now) == 0))
        return;
    if (!closing && talk->now - edited < PAUSE) {
        timers_set(talk->timers, "group.refresh", id, edited + PAUSE);
        return;
    }
    if (say_board(talk, class, &sitting, closing ? "group.closed" : "group.board")) {
        if (chat) {
            saying_replaces(talk, message);
            message = saying_put(talk);
        }
        store_run(talk->store,
                  "UPDATE group_board SET message = ?, text = ?, edited = ?, closed = ? WHERE sitting = ?",
                  "isiii", message, now, talk->now, (int64_t)closing, id);
    }
    talk->lang = lang;
}

void group_refresh(struct talk *talk, int64_t id, int64_t due)
{
    (void)due;
    refresh(talk, id, false);
}

/* When each sitting of a class that is to come is opened to its group. */
static void set_all(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id, starts, ends FROM sitting WHERE class = ? AND ends > ?", "ii",
                    class_id, talk->now);

    while (class && query_next(q)) {
        int64_t at = remind_awake(talk, class, query_int(q, 1) - OPENS);

        timers_cancel(talk->timers, "group.open", query_int(q, 0));
        if (at > talk->now && at < query_int(q, 2))
            timers_set(talk->timers, "group.open", query_int(q, 0), at);
    }
}

void group_on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_TIMETABLE_CHANGED)
        set_all(talk, subject);
    else if (event == EVENT_SITTING_CLOSED)
        refresh(talk, subject, true);
    else if (event == EVENT_SIGNED_IN || event == EVENT_CORRECTED || event == EVENT_LEAVE_CHANGED)
        refresh(talk, subject, false);
}
