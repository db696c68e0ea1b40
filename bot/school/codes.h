/* Sign-in codes: six digits bound to a class and a sitting, new every 30 s on the screen. */
#ifndef BOT_SCHOOL_CODES_H
#define BOT_SCHOOL_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/school/talk.h"

/* A code stands CODE_STEP seconds on the screen and is good for CODE_GRACE more after it left it
 * (contract.md). */
enum { CODE_STEP = 30, CODE_GRACE = 120 };

/* Writes the six digits of the code that is on the screen at `at`. */
void code_at(const struct class *, int64_t sitting, int64_t at, char ret_code[7]);

/* Until when a code shown at `at` is good. */
int64_t code_good_until(int64_t at);

enum code_verdict { CODE_GOOD, CODE_OLD, CODE_WRONG };

/* What a typed code is at `moment`: CODE_OLD is one that was on this sitting's screen since `opened`, and no
 * guess. */
enum code_verdict code_check(const struct class *, int64_t sitting, int64_t opened, int64_t moment,
                             const char *code);

#endif
