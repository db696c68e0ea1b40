/* A marking scheme (config/schemes/NAME.yaml) as plain data: blocks of items, what is automatic and from
 * which figures, what is marked by whom, the pass mark, the ladder, limits and veto. Every decision of the
 * rulebook that a class may change stands here. A class keeps the text it started with (table class_scheme).
 */
#ifndef BOT_SCHOOL_SCHEME_H
#define BOT_SCHOOL_SCHEME_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"
#include "bot/school/ladder.h"
#include "bot/school/ratio.h"

enum item_kind {
    ITEM_DEDUCT, /* max less what the figures take away, never below 0 */
    ITEM_SHARE,  /* max × the figures' share */
    ITEM_MARK,   /* given by people, 0 … max */
    ITEM_PASSED, /* given by people: passed or not, no points */
};
enum rollup { ROLLUP_MEAN, ROLLUP_LAST, ROLLUP_MIN };
enum item_each { EACH_ONCE, EACH_WEEK, EACH_MONTH, EACH_QUARTER };

struct scheme_item {
    char *id;
    GHashTable *title; /* language → text; also the word it is called by */
    enum item_kind kind;
    struct ratio max;
    GPtrArray *measures; /* char *; of deduct and share */
    bool nothing_full;   /* of share: full when nothing ever fell due */
    int by;              /* bits of enum role; of mark and passed */
    enum item_each each;
    enum rollup rollup;
};

struct scheme_block {
    char *id;
    GHashTable *title;
    guint first, count; /* its items in scheme.items */
};

struct scheme_limit {
    char *measure;
    int64_t most; /* more is 考勤不达标 */
};

struct scheme_indicator {
    char *id;
    GHashTable *title;
    struct ratio weight;
    bool lower; /* is better */
};

/* How a class keeps its homework. */
struct homework_rules {
    int due_days, due_minutes; /* post-class: so many days after the last session of its theme, at this time
                                  of the day in minutes */
    int open_days;             /* so long after the due time it may still be handed in */
    int best;                  /* the highest score of a hand-in */
};

/* When plans and reports of a week are due: minutes of the day. Plans on the week's first class day, or on
 * plan_day (1 Monday … 7 Sunday; 0: the first class day); reports on report_day. */
struct weekly_rules {
    int plan_due, plan_day;
    int report_due, report_day;
};

typedef struct scheme marking_scheme;
struct scheme {
    char *id;
    GHashTable *title;
    bool has_pass;
    struct ratio pass;
    int decimals;
    int settle_after; /* working days */
    bool veto;
    struct ladder ladder;
    struct homework_rules homework;
    struct weekly_rules weekly;
    struct ratio late_shift; /* of a shift worked, for each started step late */
    GPtrArray *items, *blocks, *limits;

    GPtrArray *indicators; /* empty: no enterprise part */
    GHashTable *enterprise_title;
    int enterprise_by;
    enum item_each enterprise_each;
    enum rollup enterprise_rollup;

    int team_item;  /* place of the item that teams are ranked by; -1: no teams */
    GArray *prizes; /* int64_t, first place first */
    int version;    /* of the class that keeps it; 0: not kept by one */
};

/* Whether lateness, absence and leave cost points under it. */
bool scheme_takes_points(const struct scheme *);

/* The rulebook's numbers of homework, plans and reports (rules.md §3). */
extern const struct homework_rules homework_rules_default;
extern const struct weekly_rules weekly_rules_default;

/* scheme_file.c: reads and checks; NULL when anything was added to `faults`. `languages` is NULL-terminated.
 */
struct scheme *scheme_read(const char *path, const char *const *languages, GPtrArray *faults);
struct scheme *scheme_parse(const char *name, const char *text, const char *const *languages,
                            GPtrArray *faults);
struct scheme *scheme_new(void); /* empty, for scheme_file.c */
void scheme_free(struct scheme *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(marking_scheme, scheme_free)

extern const char *const scheme_languages[];

/* The text of a title in a language. */
const char *scheme_say(const GHashTable *title, const char *lang);

/* What a value at `target` is worth: weight × actual ÷ target (or the other way round), clamped to 0…weight.
 */
struct ratio indicator_score(const struct scheme_indicator *, struct ratio actual, struct ratio target);

/* The items' points in all, 0 when it has none. */
struct ratio scheme_max(const struct scheme *);

/* scheme.c: what classes keep. */
extern const char *const scheme_schema[];

/* Inside a job: keeps the text as the class's next version, unless it is the current one. The version. */
int64_t scheme_keep(struct store *, int64_t class, const char *text, int64_t now);

/* At import: a class that keeps none yet keeps the file of that name. A fault when it is not there or bad. */
void scheme_start(struct store *, int64_t class, const char *share_dir, const char *name, int64_t now,
                  GPtrArray *faults);

/* The scheme a class keeps, parsed; NULL when it keeps none. Yours. */
struct scheme *scheme_kept(struct store *, int64_t class);

#endif
