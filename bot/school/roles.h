/* What a person is in a class. A role is one bit, so that a command can name all that may give it. */
#ifndef BOT_SCHOOL_ROLES_H
#define BOT_SCHOOL_ROLES_H

#include <stddef.h>

enum role {
    ROLE_TRAINEE = 1,    /* 学员 */
    ROLE_MENTOR = 2,     /* 导师 */
    ROLE_DUTY = 4,       /* 带班老师 */
    ROLE_LEADER = 8,     /* 带队老师 */
    ROLE_LECTURER = 16,  /* 讲师 */
    ROLE_ORGANISER = 32, /* 承办 */
    ROLE_BUREAU = 64,    /* 商务局 */
};
enum {
    ROLE_TEACHERS = ROLE_DUTY | ROLE_LEADER | ROLE_ORGANISER, /* who runs sittings, leave, corrections */
    ROLE_STAFF = ROLE_TEACHERS | ROLE_MENTOR, /* who looks after the class, and is asked to decide */
    ROLE_ALL = ROLE_STAFF | ROLE_TRAINEE | ROLE_LECTURER | ROLE_BUREAU,
};

/* "trainee", "mentor", "duty-teacher", "school-leader", "lecturer", "organiser", "bureau"; "" for no single
 * role. */
const char *role_name(int role);

/* The role of a Chinese or English name, any case, blanks around and - or _ or blank between words; 0
 * unknown. */
int role_parse(const char *name, size_t len);

#endif
