/* Marks: 成绩, 评分, 周评, 小组 and settlement. The arithmetic is bot/school/marks.c. */
#include "bot/school/erase.h"
#include "handlers/marks/marks_private.h"

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = {
    { "mark", NULL }, { "indicator", NULL }, { "result", NULL }, { NULL, NULL }
};

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "DELETE FROM weekly_draft WHERE person = ?1",
    NULL,
};

const struct handler marks = {
    .name = "marks",
    .commands = { { .name = "marks",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | ROLE_TEACHERS | ROLE_MENTOR | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = marks_command,
                    .rank = 9 },
                  { .name = "mark",
                    .args = "REST?",
                    .needs = ROLE_STAFF | NEEDS_PRIVATE,
                    .run = mark_command,
                    .rank = 21 },
                  { .name = "weekly",
                    .args = "REST?",
                    .needs = ROLE_STAFF | NEEDS_PRIVATE,
                    .run = weekly_command,
                    .rank = 20 },
                  { .name = "team",
                    .needs = ROLE_TRAINEE | ROLE_STAFF | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = team_command,
                    .rank = 60 } },
    .actions = { { .verb = "of", .needs = NEEDS_PRIVATE, .run = marks_press_of },
                 { .verb = "give", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = mark_press_give },
                 { .verb = "one", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_one },
                 { .verb = "set", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_set },
                 { .verb = "ok", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_ok },
                 { .verb = "same", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_same },
                 { .verb = "skip", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_skip },
                 { .verb = "show", .needs = ROLE_STAFF | NEEDS_PRIVATE, .run = weekly_press_show } },
    .timers = { { .kind = "marks.settle", .run = settle_fall_due },
                { .kind = "marks.held", .run = settle_held } },
    .on = settle_on,
    .schema = marks_schema,
    .audited = audited,
    .answers = weekly_answers,
    .dialog = weekly_dialog,
    .measure = given_measure,
    .digest = marks_digest,
    .erases = erases,
};
