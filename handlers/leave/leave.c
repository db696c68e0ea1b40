/* 请假: asked for before the sittings it covers, decided by the teachers, shortened by coming back. */
#include "bot/school/erase.h"
#include "handlers/leave/leave.h"

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "leave", NULL }, { "leave_sitting", NULL }, { NULL, NULL } };

/* What goes with a person who is forgotten. */
static const char *const erases[] = {
    "UPDATE leave SET reason = '' WHERE member IN " ERASED_MEMBERS,
    NULL,
};

const struct handler leave = {
    .name = "leave",
    .commands = { { .name = "leave",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = leave_ask,
                    .rank = 5 },
                  { .name = "unleave",
                    .args = "REST?",
                    .needs = ROLE_TRAINEE | NEEDS_PRIVATE,
                    .run = leave_back },
                  { .name = "excuse",
                    .args = "REST?",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = leave_excuse,
                    .rank = 30 } },
    .actions = { { .verb = "pick", .needs = ROLE_TRAINEE, .run = leave_press_pick },
                 { .verb = "send", .needs = ROLE_TRAINEE, .run = leave_press_send },
                 { .verb = "drop", .needs = ROLE_TRAINEE, .run = leave_press_drop },
                 { .verb = "back", .needs = ROLE_TRAINEE, .run = leave_press_back } },
    .on = leave_on,
    .schema = leave_schema,
    .audited = audited,
    .hears = leave_hears,
    .answers = leave_answers,
    .dialog = leave_dialog,
    .approving = leave_approving,
    .undo = leave_undo,
    .erases = erases,
};
