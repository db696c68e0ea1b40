/* 请假: asked for before the sittings it covers, decided by the teachers, shortened by coming back. */
#include "handlers/leave/leave.h"

const struct handler leave = {
    .name = "leave",
    .schema = leave_schema,
};
