/* A roster file: 学号,姓名,角色[,手机,小组,企业微信账号]. */
#ifndef BOT_SCHOOL_ROSTER_H
#define BOT_SCHOOL_ROSTER_H

#include <glib.h>

struct roster_row {
    char *number; /* NULL: none given */
    char *name;
    int role;                   /* one bit of enum role */
    char *phone, *team, *wecom; /* NULL: none given, or not to be trusted */
    int line, number_column, name_column, phone_column, wecom_column;
};

/* Reads a roster: struct roster_row * in the file's order, owned by the array. Cells that were hard to read
 * are added to `doubts`; NULL when anything was added to `faults`. */
GPtrArray *roster_read(const char *path, GPtrArray *faults, GPtrArray *doubts);

#endif
