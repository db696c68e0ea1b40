/* When people are reminded and how often: config/reminders/NAME.yaml, named in the class file. */
#ifndef BOT_SCHOOL_REMIND_POLICY_H
#define BOT_SCHOOL_REMIND_POLICY_H

#include <glib.h>

#include "bot/school/talk.h"

/* Times of the day are minutes from midnight; the others are seconds but for `survey`. */
struct remind_policy {
    int a_day;                /* pushes to a person in a day */
    int quiet_from, quiet_to; /* over midnight, or within a day */
    int evening;              /* "the evening before" */
    int before, early, missing;
    int homework, weekly;
    int survey; /* percent of the time it is open */
};

/* Reads one; false when anything was added to `faults`. */
bool remind_policy_read(const char *path, struct remind_policy *ret, GPtrArray *faults);

/* The policy of a class; the standard one where its file cannot be read (that is logged). Good until the
 * message is handled. */
const struct remind_policy *remind_policy(struct talk *, const struct class *);

/* Reads those in use anew. False with faults told: then they stay as they were. */
bool remind_policy_reload(struct school *, GPtrArray *faults);

#endif
