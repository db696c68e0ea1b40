/* The key of all that opens by being known: join codes, codes for another account, calendar addresses, links
 * to files, ballot tickets. It is the server's own until it is renewed; from then on it is made of that and
 * of random bytes in the store, so that whoever once took copies of both makes none of what is given out
 * since. */
#ifndef BOT_SCHOOL_DOORS_H
#define BOT_SCHOOL_DOORS_H

#include <stdint.h>

#include "bot/core/secret.h"
#include "bot/core/store.h"

/* The key as it is now, made from the server's. */
void doors_key(struct store *, const uint8_t *secret, uint8_t ret_key[SECRET_BYTES]);

/* Inside a job: another key from here on. What was given out opens nothing any more, upload pages among it;
 * join codes not yet used are made anew, and sign-in codes are others (classes that were read must be read
 * again). Gives how many join codes. */
int64_t doors_renew(struct store *, const uint8_t *secret);

#endif
