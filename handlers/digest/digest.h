/* The digest: what its files share. */
#ifndef HANDLERS_DIGEST_DIGEST_H
#define HANDLERS_DIGEST_DIGEST_H

#include "bot/school/handler.h"

/* What is given to whom. */
struct edition {
    const struct class *class;
    const char *day; /* of a week its Sunday */
    bool week, full;
};

/* digest.c: answers with it (person 0) or tells a person, the picture after it; false when that one cannot be
 * reached. */
bool digest_give(struct talk *, int64_t person, const struct edition *);

/* The line with the audit trail's head, for the organiser to have noted it outside; "" when there is none. */
const char *digest_head(struct talk *, const struct class *);

/* To the class's group, when it has one and wants it: without names. */
bool digest_give_group(struct talk *, const struct edition *);

/* evening.c: when it comes by itself. */
void digest_evening(struct talk *, int64_t class_id, int64_t due);
void digest_monday(struct talk *, int64_t class_id, int64_t due);
void digest_across(struct talk *, int64_t person, int64_t due);
void digest_across_week(struct talk *, int64_t person, int64_t due);
void digest_on(struct talk *, enum event, int64_t subject);

#endif
