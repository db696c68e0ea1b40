/* Marks in chat: what the files of this capability share.
 *
 * mark          what people gave, a row each time; the last one of a member, item and week counts
 * indicator     actual and target of an enterprise indicator in a period; the last row counts
 * weekly_draft  what a person has entered in 周评 and not confirmed yet
 * result        what was settled: fixed, with the version of the scheme it was made by */
#ifndef HANDLERS_MARKS_PRIVATE_H
#define HANDLERS_MARKS_PRIVATE_H

#include "bot/school/handler.h"
#include "bot/school/marks.h"

enum { MARK_DECIMALS = 1, LIST_MAX = 60 };

/* given.c: what people gave. */
struct given_mark {
    bool there;
    struct ratio points;
    const char *by; /* name of who gave it */
};
struct given_mark given_mark(struct talk *, int64_t member, const char *item, int week); /* week 0: once */
void give_mark(struct talk *, int64_t member, const struct scheme_item *, int week, struct ratio points);
bool given_measure(struct talk *, const char *name, const struct measuring *, struct figure *into);
const char *given_period(struct talk *, const struct class *, enum item_each,
                         int64_t at); /* "2026-03", "2026-Q1" */
void give_indicator(struct talk *, int64_t member, const char *indicator, const char *period,
                    struct ratio actual, struct ratio target);
bool given_target(struct talk *, int64_t member, const char *indicator, struct ratio *ret);

/* Points as they are shown in a language: at most two decimals. */
const char *points(struct talk *, struct ratio);

/* parse.c: "推进 全班16 张三12 李四18", "张三 推进 18", "总销售额 张三 8万/10万", in any sensible order. */
struct wanted {
    const struct scheme_item *item;           /* NULL when `indicator` is set, or none was named */
    const struct scheme_indicator *indicator; /* NULL: an item */
    bool all;                                 /* 全班: who else is not named */
    const struct member *members;             /* several when two have the same name */
    size_t count;
    bool negative;
    struct ratio value, target; /* target.den 0: none given */
};
struct parsed {
    struct wanted *list;
    size_t count;
    int week;                       /* 第2周; 0 none */
    const char *unknown;            /* what nobody and nothing is called; NULL none */
    const struct member *who;       /* named without a mark; NULL none */
    const struct scheme_item *item; /* named without a mark; NULL none */
    bool number_left;               /* a number that belongs to nobody */
};
struct parsed parse_marks(struct talk *, const struct class *, const struct scheme *, const char *text,
                          const struct scheme_item *default_item);

/* mark.c: 评分 */
void mark_command(struct talk *);
void mark_press_give(struct talk *, const char *args);

/* Whether a mark fits its item; else says why not and gives false. */
bool mark_fits(struct talk *, const struct scheme_item *, const struct wanted *);
bool mark_may(struct talk *, const struct class *,
              int by); /* the speaker's role gives this one; else says who */
const char *mark_roles(struct talk *, int by);
int mark_week(struct talk *, const struct class *); /* the week that marks are now given of */

/* weekly.c: 周评 */
void weekly_command(struct talk *);
void weekly_press_one(struct talk *, const char *args);
void weekly_press_set(struct talk *, const char *args);
void weekly_press_ok(struct talk *, const char *args);
void weekly_press_same(struct talk *, const char *args);
void weekly_press_skip(struct talk *, const char *args);
void weekly_press_show(struct talk *, const char *args);
bool weekly_answers(struct talk *);
void weekly_dialog(struct talk *, enum dialog_word);

/* show.c: 成绩 */
void marks_command(struct talk *);
void marks_press_of(struct talk *, const char *args);
const char *marks_text(struct talk *, const struct measuring *, const struct marks *);

/* settle.c */
void settle_on(struct talk *, enum event, int64_t subject);
void settle_fall_due(struct talk *, int64_t class_id, int64_t due);
void settle_held(struct talk *, int64_t class_id, int64_t due); /* those who waited for a decision */
void settle_late(struct talk *,
                 const struct class *); /* after a mark: what waited for it may now be settled */
bool settled(struct talk *, int64_t member, const char **ret_text);

/* team.c */
void team_command(struct talk *);

/* brief.c: who is at risk, in the digest. */
void marks_digest(struct talk *, struct brief *);

extern const char *const marks_schema[];

#endif
