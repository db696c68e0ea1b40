/* Signed sheets: every signing is a version of its own under the server's key, and none can be changed or
 * removed. */
#ifndef HANDLERS_SIGNED_H
#define HANDLERS_SIGNED_H

#include "bot/school/handler.h"

/* What is signed: a sheet (signed_form), by whom, as what, and the words that were read. */
struct signing {
    int64_t sheet, person, role;
    const char *answers; /* JSON */
    const char *shown;
};

/* Keeps it as the newest version beside those before it, at the message's moment. */
void signed_keep(struct talk *, const struct signing *);

/* The answers that were signed last; NULL: nothing was. In the pool. */
const char *signed_answers(struct talk *, int64_t sheet);

/* Appends a sheet's newest version, or all of them, each with name, role and time; warns where a signature
 * does not fit what stands there. */
void signed_append(struct talk *, const struct class *, int64_t sheet, bool all, GString *into);

extern const char *const signed_schema[];

#endif
