/* One-time join codes. A code is made from the server's key, the member and a serial number, so that it need
 * not be kept: the store holds a digest that tells nothing without the key. `key` is SECRET_BYTES of
 * secret.h. */
#ifndef BOT_SCHOOL_INVITE_H
#define BOT_SCHOOL_INVITE_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"

/* Inside a job: the code of a member, yours; the same until it is used or renewed. A used one is followed by
 * a new one. */
char *invite_code(struct store *, const uint8_t *key, int64_t member);

/* Inside a job: takes the member's code back and gives the next. */
char *invite_renew(struct store *, const uint8_t *key, int64_t member);

/* The member of an unused code as somebody typed it (case, blanks, dashes and a leading "j_" do not matter);
 * 0 when there is none. Does not use it. */
int64_t invite_find(struct store *, const uint8_t *key, const char *typed);

/* Inside a job: a code with which a person who has joined binds another account, good until `until`; yours. A
 * new one replaces the last. */
char *invite_link(struct store *, const uint8_t *key, int64_t person, int64_t now, int64_t until);

/* The member a typed code is for, a join code or one of invite_link, at `now`; 0 none. */
int64_t invite_member(struct store *, const uint8_t *key, const char *typed, int64_t now);

/* Inside a job: the person's codes of invite_link find nobody any more. */
void invite_unlink(struct store *, int64_t person);

/* Inside a job: from now on the member's code finds nobody; false when it was used already. */
bool invite_use(struct store *, int64_t member, int64_t now);

#endif
