#include "handlers/table.h"

#include <stddef.h>

extern const struct handler help, join, members, dialogs;
extern const struct handler signin, leave, corrections, approvals, quit, exception, attendance_remind;
extern const struct handler sittings, group, signout, flags;
extern const struct handler lecturer, notice;
extern const struct handler reminders;
extern const struct handler screen;
extern const struct handler evaluate, payment, export, sheet, inspect, upload;
extern const struct handler intake, mydata, erasure, retention;
extern const struct handler items, answer;
extern const struct handler marks, homework, report, blocked, survey, timetable, digest;

const struct handler *const handlers[] = {
    &help,              /* 帮助, languages */
    &join,              /* 加入 */
    &members,           /* 班级, 邀请码, 解绑 */
    &dialogs,           /* 取消, 上一步, 跳过 */
    &signin,            /* 签到, 未到 */
    &sittings,          /* 推迟, 停课, 调课, 结束签到 */
    &group,             /* 本群: what the class's group hears */
    &flags,             /* 疑点, 抽查 */
    &signout,           /* 签退 */
    &screen,            /* 投屏 */
    &leave,             /* 请假 */
    &corrections,       /* 撤销 */
    &approvals,         /* 待办, 同意, 驳回, 撤回 */
    &quit,              /* 退班 */
    &exception,         /* 特批 */
    &attendance_remind, /* before a sitting, and to those missing */
    &reminders,         /* 提醒, and what is on a person's list of reminders */
    &lecturer,          /* 到场 */
    &marks,             /* 成绩, 评分, 周评, 小组 */
    &homework,          /* 作业, 交作业, 未交 */
    &report,            /* 周报, 周计划 */
    &answer,            /* 回复 to a plan or report */
    &items,             /* what a plan sets out to do */
    &blocked,           /* 卡住了 */
    &survey,            /* 问卷, 发布问卷, 问卷结果 */
    &timetable,         /* 课表, 今天 */
    &notice,            /* 通知 */
    &digest,            /* 班情 */
    &evaluate,          /* 评价, 企业反馈, 评价结果 */
    &payment,           /* 付款依据 */
    &export,            /* 导出, calendars */
    &sheet,             /* 上传签到表 */
    &upload,            /* 上传 */
    &mydata,            /* 我的数据 */
    &erasure,           /* 删除我的数据 */
    &retention,         /* 保留期限 */
    &intake,            /* rosters and timetables as files */
    &inspect,           /* 查班, 整改 */
    NULL,
};
