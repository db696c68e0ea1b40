/* 周评: what its two files share. */
#ifndef HANDLERS_MARKS_WEEKLY_PRIVATE_H
#define HANDLERS_MARKS_WEEKLY_PRIVATE_H

#include "handlers/marks/marks_private.h"

enum { STEP_LIST = 1, STEP_ONE = 2 };

/* One round: an item of a week, the class, and what each would get. */
struct round {
    const struct class *class;
    const struct scheme *scheme;
    const struct scheme_item *item;
    int week;
    const struct member *members;
    size_t count;
};

/* What a member's mark in this round is, and where it comes from. */
struct entry {
    bool there, draft, marked; /* marked: confirmed this week already */
    struct ratio value;
};

/* weekly_round.c */
const char *weekly_title(struct talk *, const struct scheme_item *);

/* Whether the speaker marks that item each week. */
bool weekly_is_mine(struct talk *, const struct class *, const struct scheme_item *);
struct entry weekly_entry(struct talk *, const struct round *, int64_t member);

/* The round of a class, week and item id; false when there is none or it is not the speaker's. */
bool weekly_load(struct talk *, int64_t class_id, int week, const char *item, struct round *ret);

/* Opens the dialog of a round, at its list or at one member. */
void weekly_keep(struct talk *, const struct round *, int step, int64_t member);
void weekly_show(struct talk *, const struct round *);

/* Shows the next item of the week that is not done, after `after` (NULL: from the first); else that all is.
 */
void weekly_next(struct talk *, const struct class *, int week, const struct scheme_item *after);

#endif
