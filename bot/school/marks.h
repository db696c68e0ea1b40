/* Marks: a scheme applied to the figures that capabilities give about a member, exactly as rules.md §2 says.
 * Nothing is kept here: marks are made anew whenever they are asked for, until they are settled.
 *
 * Figures (handler.h, measure):
 *   attendance.points     value: points taken away; whole: sittings that count so far; open: still to come
 *   attendance.absences, attendance.leaves     value: how many
 *   attendance.shifts     value: shifts worked less what lateness costs; whole: shifts owed; open: to come
 *   homework.ontime, plan.ontime, report.ontime     value: on time; whole: fallen due; open: to fall due
 *   attendance.exception  value: 1 when organiser and bureau recorded an exception
 *   mark                  (item) value: the marks rolled up, whole: how many there are; open: weeks to come
 *   indicator             (indicator) value: the score rolled up; whole: periods that have one */
#ifndef BOT_SCHOOL_MARKS_H
#define BOT_SCHOOL_MARKS_H

#include "bot/school/scheme.h"
#include "bot/school/talk.h"

/* What is measured: a member of a class under a scheme, as of a moment. */
struct measuring {
    const struct class *class;
    const struct member *member;
    const struct scheme *scheme;
    const struct scheme_item *item;           /* of "mark" */
    const struct scheme_indicator *indicator; /* of "indicator" */
    int64_t at;                               /* what happened later is not looked at */
    bool ended;                               /* the last sitting is over */
    bool marks_due; /* the first week is over: what is marked each week should have a mark */
};

struct figure {
    struct ratio value, whole, open;
    const char *reasons; /* "3月4日迟到12分钟 −2；3月10日上午请假 −5", "" none; in the pool */
};

enum item_state {
    STATE_COUNTED,
    STATE_NOT_YET, /* nothing of it has fallen due */
    STATE_TO_MARK, /* it should have a mark and has none: blocks the result */
};

struct item_marks {
    const struct scheme_item *item;
    enum item_state state;
    struct ratio points; /* 0 while not counted */
    struct ratio best;   /* what it may still come to */
    bool passed;         /* of ITEM_PASSED */
    const char *reasons;
};

struct limit_marks {
    const struct scheme_limit *limit;
    int64_t count;
    const char *reasons;
};

struct marks {
    const struct scheme *scheme;
    struct item_marks *items;   /* as many as the scheme has items */
    struct limit_marks *limits; /* as many as it has limits */
    struct ratio total, best;   /* rounded as shown */
    int to_mark;                /* items that wait for a mark */
    bool complete;              /* nothing is missing: there is a result */
    bool substandard;           /* 考勤不达标 */
    bool excepted;              /* but organiser and bureau recorded an exception */
    bool failed;                /* no way to pass is left */
    bool passed;                /* complete and passed */
};

/* Adds a reason to a figure. */
void figure_because(struct talk *, struct figure *, const char *reason);

/* What there is to measure of a member now. */
struct measuring measuring_of(struct talk *, const struct class *, const struct member *,
                              const struct scheme *);

/* The marks; everything in the talk's pool, the scheme borrowed. */
void marks_of(struct talk *, const struct measuring *, struct marks *ret);

/* The figure of that name, from the first handler that has it; zeros when none has. */
struct figure marks_measure(struct talk *, const char *name, const struct measuring *);

/* The scheme of a class, the school's; NULL when the class keeps none. */
const struct scheme *scheme_of(struct talk *, const struct class *);

/* The numbers of lateness, absence and leave in a class: its scheme's, else the rulebook's. */
const struct ladder *ladder_in(struct talk *, int64_t class_id);

/* What coming late costs, in words, as the class's scheme counts it: points, a part of the shift, or nothing.
 * In the talk's language and pool. */
const char *lateness_cost(struct talk *, const struct class *, const struct lateness *);

/* The week of a class in which `at` lies: 1 from the Monday of its start on, never below. The week of the
 * last sitting; 0 when it has none. */
int marks_week(struct talk *, const struct class *, int64_t at);
int marks_last_week(struct talk *, const struct class *);

/* When the last sitting of a class ends; 0 without any. */
int64_t marks_last_end(struct talk *, const struct class *);

/* When its results are settled under a scheme: nothing falls due later; 0 without any sitting. */
int64_t marks_settle(struct talk *, const struct class *, const struct scheme *);

#endif
