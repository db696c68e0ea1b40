/* The class's group: what its files share. */
#ifndef HANDLERS_GROUP_GROUP_H
#define HANDLERS_GROUP_GROUP_H

#include "bot/school/handler.h"

/* board.c: who is there, for all to see, without names. */
extern const char *const group_schema[];
void group_open(struct talk *, int64_t sitting, int64_t due);
void group_refresh(struct talk *, int64_t sitting, int64_t due);
void group_on(struct talk *, enum event, int64_t subject);

#endif
