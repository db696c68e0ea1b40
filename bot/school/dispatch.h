/* What handlers ask of the dispatcher itself: help and menus are made from the table. */
#ifndef BOT_SCHOOL_DISPATCH_H
#define BOT_SCHOOL_DISPATCH_H

#include "bot/school/handler.h"

/* Whether the speaker may give this command somewhere. */
bool dispatch_may(struct talk *, const struct command *);

/* The handler that has a question open for the speaker, parked (older than DIALOG_PARKS) or not; NULL none.
 */
const struct handler *dispatch_asking(struct talk *, bool *ret_parked);

/* Runs a command by its name, without arguments, as if it had been typed. */
void dispatch_command(struct talk *, const char *name);

/* The same with `rest` behind it: what was asked in between is known now. */
void dispatch_command_with(struct talk *, const char *name, int ref, const char *rest);

/* The commands the speaker may give, by rank, at most `max`; gives how many. */
size_t dispatch_ranked(struct talk *, const struct command **ret, size_t max);

/* Fills in who speaks, from talk->update's platform and account. */
void dispatch_speaker(struct talk *);

/* What is done with a text, a file or voice or place, an edit, a pressed button (receive.c calls these). */
void dispatch_text(struct talk *);
bool dispatch_thing(struct talk *); /* false: nobody took it, and that was said */
void dispatch_edited(struct talk *);
void dispatch_action(struct talk *);

/* Offers what the speaker left half done and has been parked, `once` or again; true when there was something.
 */
bool dispatch_offer_parked(struct talk *, bool once);

#endif
