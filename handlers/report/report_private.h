/* Weekly plans and reports, and the problems that come up in them: what the files of this capability share.
 */
#ifndef HANDLERS_REPORT_PRIVATE_H
#define HANDLERS_REPORT_PRIVATE_H

#include "bot/school/form.h"
#include "bot/school/marks.h"

enum weekly { WEEKLY_REPORT, WEEKLY_PLAN };
enum { WEEKS_MAX = 120 };

/* A week of a class: 1 begins on the Monday of `starts`. */
struct week {
    int number;
    const char *monday, *sunday;
    int64_t due; /* 0: no sitting in it, so nothing is due */
};

/* report_week.c: when what is due (rules.md §3). */
const char *weekly_name(enum weekly); /* "report", "plan": form, command, locale object */
struct week week_number(struct talk *, const struct class *, enum weekly, int number);
int week_at(struct talk *, const struct class *, int64_t at); /* below 1: before it starts */

/* Whether what is due then may still be handed in, late if need be. */
bool weekly_takes(const struct week *, int64_t at);

/* The week that a trainee owes or may write now; number 0 none. */
struct week week_to_write(struct talk *, const struct member *, enum weekly);

/* Whether it is in; *ret_answers (pool) when wanted. */
bool weekly_in(struct talk *, enum weekly, int64_t member, int week, const char **ret_answers);

/* "report.done" or "plan.done". */
const char *weekly_key(struct talk *, enum weekly, const char *name);

/* attach.c: voice sent while one is being written. */
void attach(struct talk *, enum weekly, int64_t member, int week); /* those of the talk's update */
const char *attached_line(struct talk *, enum weekly, int64_t member, int week); /* "" none */
void attached_show(struct talk *, enum weekly, int64_t member, int week);        /* with what was said last */
void attached_drop(struct talk *, enum weekly, int64_t member, int week);        /* unless it is in */

/* read.c: 周报, 周报 张三 of those who look after a class, and the buttons to it. */
void weekly_read(struct talk *, enum weekly);
void weekly_read_press(struct talk *, const char *args); /* ID */
void weekly_list_press(struct talk *, const char *args); /* KIND:CLASS:WEEK */
int weekly_unanswered(struct talk *, const struct class *, enum weekly, int week);

/* Adds a button to the next of that week but this one that nobody has answered, if there is one. */
void weekly_next_button(struct talk *, enum weekly, int week, int64_t but);

/* report_due.c: reminders and the digest. */
void report_on(struct talk *, enum event, int64_t subject);
bool report_reminds(struct talk *, const char *kind, int64_t person, int64_t subject);
void report_remind(struct talk *, int64_t subject, int64_t due);
void plan_remind(struct talk *, int64_t subject, int64_t due);
void report_due(struct talk *, int64_t subject, int64_t due); /* to the mentors, on a day without a digest */
void report_digest(struct talk *, struct brief *);

/* Names of those of whom it is missing (free with g_ptr_array_unref), and how many are expected. */
GPtrArray *weekly_missing(struct talk *, const struct class *, enum weekly, const struct week *,
                          int *ret_expected);

/* blocker.c, blocked_tell.c: the problem named in a report stays open until somebody closes it. `text` NULL:
 * none is named any more. */
void blocked_from_report(struct talk *, const struct member *, int week, const char *text);
void blocked_digest(struct talk *, struct brief *);
bool weekly_says_nothing(struct talk *, const char *text); /* 没有问题 */

/* items.c: what a plan sets out to do, thing by thing. */
void items_from_plan(struct talk *, const struct member *, int week, const char *steps);
bool items_ask(struct talk *, const struct member *,
               int week); /* the next one of which nothing was said; false when there is none */
void report_after_items(struct talk *, int week); /* report.c: the report, unless it is in */
const char *items_list(struct talk *, const struct member *, int week); /* a line each; "" none */

/* measure.c */
bool report_measure(struct talk *, const char *name, const struct measuring *, struct figure *into);

#endif
