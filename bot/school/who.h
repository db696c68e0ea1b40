/* People named in a command: 补签 张三 8:55 …. Two of one name are chosen by buttons, and the command goes on
 * with the rest of what was typed. */
#ifndef BOT_SCHOOL_WHO_H
#define BOT_SCHOOL_WHO_H

#include "bot/school/talk.h"

struct who {
    struct member *list; /* several when they have the same name */
    size_t count;
    const char *rest;  /* what was typed behind the name */
    const char *named; /* the name as typed, for an answer */
};

/* Reads the people of the talk's class with one of `roles` that `typed` begins with, by name or number. False
 * when there is none: then .named is the first word. */
bool who_read(struct talk *, int roles, const char *typed, struct who *ret);

/* The one that `typed` begins with, and what follows. NULL after saying why: nobody of that name, or which of
 * them, whereupon the command `command` is run again with the choice. `example` is a sentence's key that
 * shows how. */
const struct member *who_one(struct talk *, int roles, const char *command, const char *typed,
                             const char *example, const char **ret_rest);

#endif
