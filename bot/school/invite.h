/* One-time join codes. A code is made from the server's key, the member and a serial number, so that it need
 * not be kept: the store holds a digest that tells nothing without the key. 10 characters of 32, 50 bits,
 * never digits only. */
#ifndef BOT_SCHOOL_INVITE_H
#define BOT_SCHOOL_INVITE_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/core/secret.h"
#include "bot/core/store.h"

enum { INVITE_LENGTH = 10 };

/* Inside a job: the code of a member, yours; the same until it is used or renewed. A used one is followed by
 * a new one. */
char *invite_code(struct store *, const struct secret *, int64_t member);

/* Inside a job: takes the member's code back and gives the next. */
char *invite_renew(struct store *, const struct secret *, int64_t member);

/* The member of an unused code as somebody typed it (case, blanks, dashes and a leading "j_" do not matter);
 * 0 when there is none. Does not use it. */
int64_t invite_find(struct store *, const struct secret *, const char *typed);

/* Inside a job: from now on the member's code finds nobody; false when it was used already. */
bool invite_use(struct store *, int64_t member);

/* True when the text, blanks and dashes aside, has the form of a code; so that a bare code is taken for one.
 */
bool invite_looks_like(const char *typed);

#endif
