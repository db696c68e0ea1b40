/* 推迟, 提前下课, 停课, 调课, 确认时间, 结束签到: a timetable changed by a word, on record with its reason.
 */
#include "handlers/sittings/sittings.h"

#include "bot/school/screens.h"
#include "bot/school/sitting.h"

/* 结束签到 only puts the code away (A12): who comes later still signs in, with a code read out. */
static void close_code(struct talk *talk)
{
    struct sitting sitting;

    if (!sitting_now(talk, talk->class->id, talk->now, &sitting)) {
        say(talk, "sittings.none_open", NULL);
        return;
    }
    store_run(talk->store,
              "INSERT INTO code_hidden (sitting, at, by) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", "iii",
              sitting.id, talk->now, talk->member->id);
    screens_stop(talk, sitting.id);
    say(talk, "sittings.code_hidden", "title", sitting.title, NULL);
    button(talk, "sittings.show_code", "do:open");
    button_beside(talk, "sittings.read_code", "do:spoken_code");
}

static const char *const schema[] = {
    "CREATE TABLE timetable_change ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  session INTEGER NOT NULL REFERENCES session(id),"
    "  kind TEXT NOT NULL," /* delay | early_end | cancel | move | confirm */
    "  by INTEGER NOT NULL REFERENCES member(id),"
    "  asked INTEGER NOT NULL, made INTEGER,"        /* null: its button was not pressed yet */
    "  made_session INTEGER REFERENCES session(id)," /* of a move: the session that is held instead */
    "  was_starts INTEGER NOT NULL, was_ends INTEGER NOT NULL," /* before */
    "  starts INTEGER NOT NULL, ends INTEGER NOT NULL,"         /* after */
    "  reason TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX timetable_change_class ON timetable_change(class, made);"
    "CREATE TABLE code_hidden ("
    "  sitting INTEGER PRIMARY KEY REFERENCES sitting(id), at INTEGER NOT NULL, by INTEGER NOT NULL"
    ") STRICT;",

    "ALTER TABLE timetable_change ADD COLUMN part INTEGER NOT NULL DEFAULT 0;" /* struct change */
    "ALTER TABLE timetable_change ADD COLUMN batch INTEGER;", /* the first of those asked in one question */
    NULL,
};

#define TEACHER (ROLE_TEACHERS | NEEDS_PRIVATE)

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "timetable_change", NULL }, { NULL, NULL } };

const struct handler sittings = {
    .name = "sittings",
    .commands = { { .name = "delay", .args = "REST?", .needs = TEACHER, .run = sittings_delay, .rank = 40 },
                  { .name = "early_end",
                    .args = "REST?",
                    .needs = TEACHER,
                    .run = sittings_early_end,
                    .rank = 41 },
                  { .name = "cancel_session",
                    .args = "REST?",
                    .needs = TEACHER,
                    .run = sittings_cancel,
                    .rank = 42 },
                  { .name = "move_session",
                    .args = "REST?",
                    .needs = TEACHER,
                    .run = sittings_move,
                    .rank = 43 },
                  { .name = "confirm_time",
                    .args = "REST?",
                    .needs = TEACHER,
                    .run = sittings_confirm,
                    .rank = 44 },
                  { .name = "changes",
                    .needs = ROLE_STAFF | ROLE_LECTURER | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = sittings_past,
                    .rank = 46 },
                  { .name = "close", .needs = TEACHER, .run = close_code, .rank = 45 } },
    .actions = { { .verb = "go", .needs = ROLE_TEACHERS, .run = sittings_press_go },
                 { .verb = "rest", .needs = ROLE_TEACHERS, .run = sittings_press_rest },
                 { .verb = "drop", .needs = ROLE_TEACHERS, .run = sittings_press_drop } },
    .timers = { { .kind = "sittings.announce", .run = sittings_announce } },
    .schema = schema,
    .digest = sittings_digest,
    .archive = sittings_archive,
    .audited = audited,
};
