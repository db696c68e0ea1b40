/* The anonymous satisfaction survey: what its files share. See docs/anonymity.md for the argument. */
#ifndef HANDLERS_SURVEY_PRIVATE_H
#define HANDLERS_SURVEY_PRIVATE_H

#include "bot/school/form.h"

enum {
    SURVEY_BATCH = 5, /* ballots that are counted together, but for the last batch */
    SURVEY_LECTURERS = 3,
};

struct survey {
    int64_t id, class_id;
    const char *unit, *subject, *title, *form_id;
    const char *state;  /* planned | open | closed */
    const char *ballot; /* chat | web: how its ballots are cast, fixed when it opens */
    int64_t opens, closes;
    int64_t least, share;  /* ballots, and per cent of those entitled, from which it is shown */
    const char *source;    /* the form as it was when it opened; NULL before */
    const char *lecturers; /* JSON list of names; NULL before */
};

/* survey.c */
bool survey_by_id(struct talk *, int64_t id, struct survey *ret);
bool survey_entitled(struct talk *, int64_t survey, int64_t person);
bool survey_took_part(struct talk *, int64_t survey, int64_t person); /* counted, or has a token */
int64_t survey_ballots(struct talk *, int64_t survey);                /* the valid ones, counted */

/* survey_form.c: the form of an open survey with its lecturers; a filling of it. NULL when the snapshot is
 * broken. */
struct filling *survey_filling(struct talk *, const struct survey *, int step, const char *state);
void survey_snapshot(struct talk *,
                     struct survey *);     /* at opening: keeps form and lecturers, makes the counters */
char *survey_plain_name(const char *name); /* 王老师 → 王, because 老师 follows; yours */

/* survey_plan.c: when which survey opens, reminds, closes. */
void survey_plan(struct talk *, const struct class *);
void survey_open_due(struct talk *, int64_t survey, int64_t due);
void survey_tell_due(struct talk *, int64_t survey, int64_t due);
bool survey_reminds(struct talk *, const char *kind, int64_t person, int64_t survey);
void survey_counted_due(struct talk *, int64_t person, int64_t due);
void survey_remind_due(struct talk *, int64_t survey, int64_t due);
void survey_last_due(struct talk *, int64_t survey, int64_t due);
void survey_close_due(struct talk *, int64_t survey, int64_t due);
bool survey_open(struct talk *, struct survey *); /* now; false when its form cannot be used */
void survey_publish(struct talk *);
void survey_restarted(struct talk *); /* ballots that were held are gone: who had begun is asked again */

/* survey_fill.c: the conversation. */
void survey_command(struct talk *);
void survey_start(struct talk *, const char *args);
void survey_press(struct talk *, const char *args);
bool survey_asks(struct talk *);
bool survey_answers(struct talk *);
void survey_dialog(struct talk *, enum dialog_word);

/* survey_count.c: held ballots become counters and texts. After the commit of the running job all held
 * ballots of the survey are counted when they are SURVEY_BATCH, or any number when `closing`, which also
 * closes it. */
void survey_count_later(struct talk *, int64_t survey, bool closing);

/* survey_settle.c: what a survey comes to. survey_settle works it out once, when it has closed. */
struct survey_figures {
    int64_t expected, entitled, made_up, ballots; /* what stands beside every result */
    bool settled, shown;                          /* shown: it may be published */
};
struct survey_item {
    int64_t n, sum, squares, top; /* answers, their values, those in the top two options */
};
void survey_settle(struct talk *, const struct survey *);
struct survey_figures survey_figures_of(struct talk *, const struct survey *);
int64_t survey_counted(struct talk *, int64_t survey, const char *ask, int64_t value);
struct survey_item survey_item_of(struct talk *, int64_t survey, const struct form_ask *);
bool survey_item_measured(const struct form_ask *); /* it has a mean and a rate */
bool survey_item_few(struct talk *, const struct survey *, const struct filling *, int ask); /* not shown */
double survey_mean_of(const struct survey_item *);
double survey_spread_of(const struct survey_item *); /* standard deviation of all ballots */
const char *survey_rate(struct talk *, const struct survey_item *);
const char *survey_mean(struct talk *, const struct survey_item *);
const char *survey_spread(struct talk *, const struct survey_item *);
const char *survey_present_line(struct talk *, const struct survey_figures *);

/* ballot: web (survey_web.h). */
bool survey_page(struct talk *, struct page_call *);
bool survey_is_web(const struct survey *);
const char *survey_address(struct talk *, int64_t survey);    /* of the page where ballots are cast */
void survey_link(struct talk *, const struct survey *);       /* says the statement and where the token is */
int64_t survey_tokens(struct talk *, int64_t survey);         /* how many there are */
void survey_make_key(struct talk *, int64_t survey);          /* on a worker, after the commit */
void survey_end_tokens(struct talk *, const struct survey *); /* closed: nothing is signed any more */
void survey_tell_holders(struct talk *, const struct survey *, const char *key); /* who has a token */
struct cast;
GPtrArray *casts_held(int64_t survey);       /* by key; borrowed; free the array */
void casts_forget(const GPtrArray *written); /* struct cast *: they are counted */

/* survey_results.c: survey_append_item adds one question and what was answered to it. */
void survey_results(struct talk *);
void survey_results_of(struct talk *, const char *args);
bool survey_may_show(struct talk *, const struct survey *); /* closed, and enough have taken part */
void survey_archive(struct talk *, const struct class *, GString *into);
void survey_append_item(struct talk *, const struct survey *, const struct filling *, int ask, GString *into);

struct survey_option {
    const char *label;
    int64_t n; /* how often it was chosen */
};
bool survey_option_at(struct talk *, int64_t survey, const struct form_ask *, guint place,
                      struct survey_option *ret); /* false behind the last, and when it has none */
struct query *survey_texts(struct talk *, int64_t survey, const char *ask); /* in an order drawn now */
const char *survey_rate_of(struct talk *, const struct survey *); /* of all that measures satisfaction */

/* survey_paper.c: as a workbook and as a picture. */
void survey_paper(struct talk *, const struct class *, struct paper_order *);
void survey_paper_buttons(struct talk *, const struct survey *);
void survey_file(struct talk *, const char *args);

/* survey_term.c: over several surveys, and a lecturer's own. */
void survey_by(struct talk *, const char *args);
void survey_by_buttons(struct talk *);
void survey_own(struct talk *, const struct member *lecturer);

/* survey_ballots.c: ballots in memory, and nowhere else (design.md, "Privacy"). What a job changes is undone
 * when the job is not durable. */
struct ballot {
    int64_t survey, person, touched;
    int step;
    char *state; /* answers as JSON */
    bool held;
    uint64_t change; /* which change made it */
};
const struct ballot *ballot_of(int64_t survey, int64_t person); /* NULL none */
const struct ballot *ballot_open(int64_t person);               /* the one being filled; NULL none */
void ballot_keep(struct talk *, int64_t survey, int64_t person, int step, const char *state, bool held);
void ballot_drop(struct talk *, int64_t survey, int64_t person);
GPtrArray *ballots_held(int64_t survey); /* by person; borrowed ballots; free the array */
void ballots_forget(int64_t survey, const GPtrArray *persons); /* int64_t *: they are counted */

#endif
