/* One-time join codes. A code is made from the key of doors.h, the member and a serial number, so that it
 * need not be kept: the store holds a digest that tells nothing without the key. `secret` is the server's
 * key, of SECRET_BYTES. */
#ifndef BOT_SCHOOL_INVITE_H
#define BOT_SCHOOL_INVITE_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"

enum { INVITE_LINK_LIVES = 600 }; /* seconds a code for another account is good */

/* Whether the person is to be invited: known by no account yet, and not forgotten. */
bool invite_wanted(struct store *, int64_t person);

/* Inside a job: the code of a member, yours; the same until it is used or renewed. A used one is followed by
 * a new one. */
char *invite_code(struct store *, const uint8_t *secret, int64_t member);

/* Inside a job: takes the member's code back and gives the next. */
char *invite_renew(struct store *, const uint8_t *secret, int64_t member);

/* Inside a job, with another key: the same for all codes that nobody has used; those of invite_link are over.
 * Gives how many. */
int64_t invite_renew_all(struct store *, const uint8_t *secret);

/* Inside a job: a code with which a person who has joined binds another account, good until `until`; yours. A
 * new one replaces the last. */
char *invite_link(struct store *, const uint8_t *secret, int64_t person, int64_t now, int64_t until);

/* What has become of a code. */
enum invite_state {
    INVITE_NONE, /* there is none like it, or it was renewed, or its person is forgotten */
    INVITE_OPEN,
    INVITE_USED,
    INVITE_LATE, /* one of invite_link whose time is over, or that was used */
    INVITE_LEFT, /* who it is for is no longer in the class */
    INVITE_OVER, /* the class has ended, and CLASS_OVER_AFTER with it */
};

/* The sentence that tells somebody why a code is refused. */
const char *invite_why(enum invite_state);

/* From so many seconds after a class's last session, or its import when that was later, nobody joins it and
 * no address given out in it opens: the six months of follow-up (rules.md section 8). */
enum { CLASS_OVER_AFTER = 183 * 86400 };

/* The member that a code is for as somebody typed it (case, blanks, dashes and a leading "j_" do not matter),
 * a join code or one of invite_link, at `now`; 0 none, and *ret_state says why. Does not use it. */
int64_t invite_member(struct store *, const uint8_t *secret, const char *typed, int64_t now,
                      enum invite_state *ret_state);

/* Whether a code that leads to the member is still good at `now`. */
bool invite_is_open(struct store *, int64_t member, int64_t now);

/* Whether the class is over at `now`. One without any session is not. */
bool invite_class_over(struct store *, int64_t class_id, int64_t now);

/* Whether an address that a person was once given still opens at `now`: for who is bound to an account and is
 * a member of a class that is not over. */
bool invite_holds(struct store *, int64_t person, int64_t now);

/* Inside a job: the person's codes of invite_link are over. */
void invite_unlink(struct store *, int64_t person);

/* Inside a job: from now on the member's code finds nobody, nor do those of the same person in other classes;
 * false when all were used already. */
bool invite_use(struct store *, int64_t member, int64_t now);

#endif
