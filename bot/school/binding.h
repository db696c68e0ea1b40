/* Which accounts speak for whom, and who may change that. What an organiser does about accounts reaches no
 * further than the own classes: who also belongs to another one, and who comes from the bureau, is changed by
 * whoever runs the server, or by the person. */
#ifndef BOT_SCHOOL_BINDING_H
#define BOT_SCHOOL_BINDING_H

#include "bot/school/talk.h"

/* Whether every membership that the person has, or had, is in a class of this organiser (a person), and none
 * is the bureau's. */
bool binding_may(struct store *, int64_t organiser, int64_t person);

/* Inside a job: tells the person, takes all accounts away and gives the code for the next; yours. */
char *binding_end(struct talk *, const struct member *);

/* Whether the speaker, who has joined already, may also take what a code for this member opens: it is that of
 * somebody of the same name whom nobody has ever joined as (from a roster sent in chat), and who is nothing
 * in a class that the speaker is there already. */
bool binding_fits(struct talk *, const struct member *);

/* Inside a job, after binding_fits: all memberships of the member's person are the speaker's; the other is
 * nobody any more. */
void binding_attach(struct talk *, const struct member *);

#endif
