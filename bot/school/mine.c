#include "bot/school/mine.h"

#include <glib.h>
#include <string.h>

enum { TABLES_MAX = 14 };

static const struct {
    const char *name, *seen, *kept;
    const char *tables[TABLES_MAX];
} kinds[MINE_KINDS] = {
    [MINE_PROFILE] = { "sheet.mine_profile",
                       "sheet.mine_seen_staff",
                       "sheet.mine_kept_class",
                       { "person", "account", "member" } },
    [MINE_ATTENDANCE] = { "sheet.mine_attendance",
                          "sheet.mine_seen_staff",
                          "sheet.mine_kept_class",
                          { "attendance", "early_leave", "attendance_request", "flag", "spotcheck_one",
                            "signout", "correction", "lecturer_arrival", "sheet_photo", "sheet_mismatch" } },
    [MINE_MARKS] = { "sheet.mine_marks",
                     "sheet.mine_seen_staff",
                     "sheet.mine_kept_class",
                     { "mark", "indicator", "result", "limit_told", "attendance_exception" } },
    [MINE_HOMEWORK] = { "sheet.mine_homework",
                        "sheet.mine_seen_staff",
                        "sheet.mine_kept_class",
                        { "submission", "submission_file", "marking", "remark", "extension", "sharing",
                          "brought", "brought_file", "homework", "assignment" } },
    [MINE_REPORTS] = { "sheet.mine_reports",
                       "sheet.mine_seen_staff",
                       "sheet.mine_kept_class",
                       { "weekly", "blocker", "blocker_event", "plan_item" } },
    [MINE_REQUESTS] = { "sheet.mine_requests",
                        "sheet.mine_seen_deciders",
                        "sheet.mine_kept_class",
                        { "leave", "leave_sitting", "approval", "approval_step", "departure" } },
    [MINE_MESSAGES] = { "sheet.mine_messages",
                        "sheet.mine_seen_nobody",
                        "sheet.mine_kept_messages",
                        { "inbox", "outbox", "notice_reader", "reminder" } },
    [MINE_FILES] = { "sheet.mine_files",
                     "sheet.mine_seen_staff",
                     "sheet.mine_kept_class",
                     { "file", "upload" } },
    [MINE_SURVEYS] = { "sheet.mine_surveys",
                       "sheet.mine_seen_surveys",
                       "sheet.mine_kept_class",
                       { "survey_begun", "survey_part", "survey_token", "signed_form" } },
    [MINE_TRAIL] = { "sheet.mine_trail",
                     "sheet.mine_seen_operator",
                     "sheet.mine_kept_class",
                     { "audit", "audit_content" } },
    [MINE_OTHER] = { "sheet.mine_rest", "sheet.mine_seen_nobody", "sheet.mine_kept_short", { NULL } },
};

enum mine_kind mine_kind_of(const char *table)
{
    for (int kind = 0; kind < MINE_KINDS; kind++)
        for (size_t i = 0; i < TABLES_MAX && kinds[kind].tables[i]; i++)
            if (!strcmp(kinds[kind].tables[i], table))
                return (enum mine_kind)kind;
    return MINE_OTHER;
}

const char *mine_name(enum mine_kind kind)
{
    return kinds[kind].name;
}

const char *mine_seen(enum mine_kind kind)
{
    return kinds[kind].seen;
}

const char *mine_kept(enum mine_kind kind)
{
    return kinds[kind].kept;
}
