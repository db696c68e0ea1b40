#include "handlers/table.h"

#include <stddef.h>

extern const struct handler help, join, members;
extern const struct handler signin, attendance_remind;
extern const struct handler homework, timetable, digest;

const struct handler *const handlers[] = {
    &help,              /* 帮助, languages */
    &join,              /* 加入 */
    &members,           /* 班级, 邀请码, 解绑 */
    &signin,            /* 签到, 未到 */
    &attendance_remind, /* before a sitting, and to those missing */
    &homework,          /* 作业, 交作业, 未交 */
    &timetable,         /* 课表, 今天 */
    &digest,            /* 班情 */
    NULL,
};
