/* The parts of the sign-in capability, for its own files only. */
#ifndef HANDLERS_SIGNIN_SIGNIN_H
#define HANDLERS_SIGNIN_SIGNIN_H

#include "bot/school/handler.h"
#include "bot/school/sitting.h"

/* teacher.c: 开始签到, 口令, 未到. */
void signin_open(struct talk *);
void signin_spoken(struct talk *);
void signin_missing(struct talk *);

/* close.c: absences are written when a sitting ends; its lines in the digest. */
void signin_close(struct talk *, int64_t sitting, int64_t due);
void signin_on(struct talk *, enum event, int64_t subject);
void signin_digest(struct talk *, const struct class *, const char *day, GString *into);

#endif
