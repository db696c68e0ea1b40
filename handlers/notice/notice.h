/* 通知: what its files share. */
#ifndef HANDLERS_NOTICE_NOTICE_H
#define HANDLERS_NOTICE_NOTICE_H

#include "bot/school/handler.h"

enum { NOTICE_MAX = 1000, NOTICE_FILES = 4 }; /* characters; files */
enum { NOTICE_GIVERS = ROLE_TEACHERS | ROLE_MENTOR };

enum notice_state { NOTICE_DRAFT, NOTICE_WAITING, NOTICE_SENT, NOTICE_DROPPED };

struct notice {
    int64_t id, sent; /* sent: when; of one that waits, when it will be */
    const struct class *class;
    enum notice_state state;
    const char *text, *by;
};

/* False when there is none of that number. */
bool notice_by_id(struct talk *, int64_t id, struct notice *ret);

/* The notice a button is about, when the speaker may give notices to its class; else says that it is stale.
 */
bool notice_pressed(struct talk *, const char *args, struct notice *ret);

/* How many have read it, and by name who has not; of all trainees. */
struct notice_readers {
    int64_t all, read;
    GPtrArray *unread; /* const char *, yours */
};
struct notice_readers notice_readers(struct talk *, const struct notice *);

/* send.c: to all trainees, or to those who have not read it (`again`); gives how many were told and in
 * *ret_missed by name who cannot be reached. */
int64_t notice_send(struct talk *, const struct notice *, bool again, GPtrArray *missed);
void notice_fall_due(struct talk *, int64_t id, int64_t due);
void notice_press_send(struct talk *, const char *args);
void notice_press_now(struct talk *, const char *args);
void notice_press_morning(struct talk *, const char *args);
void notice_press_again(struct talk *, const char *args);
void notice_press_drop(struct talk *, const char *args);
void notice_press_read(struct talk *, const char *args);

/* notice.c: what it will look like, and how it can be sent. */
void notice_preview(struct talk *, const struct notice *);

#endif
