/* The group chat of a class: a chat that a teacher tied to it, in which messages can be edited, or the WeCom
 * group robot of its file, which only posts. What is a person's own is answered beside it, in private. */
#ifndef BOT_SCHOOL_GROUP_H
#define BOT_SCHOOL_GROUP_H

#include "bot/school/talk.h"

enum group_kind { GROUP_NONE, GROUP_ROBOT, GROUP_CHAT };

/* What group a class has. */
enum group_kind group_of(struct talk *, const struct class *);

/* Ties the group in which is being spoken to a class, instead of what was tied before; unties a class. */
void group_tie(struct talk *, const struct class *);
void group_untie(struct talk *, const struct class *);

/* We are no longer in that group. */
void group_gone(struct talk *, enum platform_id, const char *chat);

/* Whether the group hears the nameless digest. */
void group_set_digest(struct talk *, const struct class *, bool on);

/* From here on the speaker is answered in private; the group hears where to look, once for each speaker. */
void group_aside(struct talk *);

#endif
