/* The parts of a rehearsal: rehearse.c sets the stage and takes it down, _class finds the class, _cast its
 * people, _talk moves the clock and speaks, _trainee and _staff are the actors, _events what breaks into
 * their days, _check looks whether all is right, _print shows it. */
#ifndef BOT_REHEARSE_PRIVATE_H
#define BOT_REHEARSE_PRIVATE_H

#include "bot/core/json.h"
#include "bot/platform/web.h"
#include "bot/rehearse.h"
#include "bot/school/days.h"
#include "bot/school/marks.h"
#include "bot/screen_pages.h"

/* How somebody lives through a class. All but share and merit are chances in a hundred. */
struct habit {
    const char *id; /* its name stands in the locales under rehearse.habit */
    int share;      /* so many of a hundred trainees */
    int late;       /* comes late to a sitting … */
    int late_most;  /* … by at most so many minutes */
    int forgets;    /* is there and does not sign in by itself */
    int absent;     /* stays away without a word */
    int ill;        /* asks for leave, on a class day */
    int heeds;      /* does what a reminder says */
    int plans;      /* writes plan and report by itself */
    int works;      /* hands homework in by itself, in time */
    int tardy;      /* hands it in late */
    int stuck;      /* asks for help, on a class day */
    int rates;      /* fills the survey */
    int merit;      /* what mentors give, in hundredths of the maximum */
    bool leaves;    /* gives up in the middle */
};

/* What somebody did about one sitting: the truth that the record is held against. */
struct deed {
    bool owed;     /* is expected there: the sitting is everybody's or of the own team */
    int64_t came;  /* when it was signed in, or the time a teacher wrote down; 0 never */
    bool personal; /* by the code */
    bool asked;    /* leave was asked for and not yet decided */
    bool leave;    /* leave was granted */
    bool makeup;   /* a make-up was asked for */
    int64_t early; /* seconds that it was left before its end, as a teacher wrote down */
};

struct actor {
    int64_t member, person;
    int role;
    char *name, *number, *account;
    const struct habit *habit; /* NULL: staff */
    struct deed *deeds;        /* one for each lesson */
    GHashTable *handed;        /* numbers of homework handed in */
    GHashTable *wrote;         /* "plan:3", "report:3" */
    int64_t left;              /* when the class was left; 0 never */
    bool voted;
    char *marks; /* what 成绩 said last */
};

struct lesson {
    int64_t id, session, starts, ends;
    bool confirmed, cancelled;
    const char *change; /* the command that changes its session on its day; NULL none */
    char day[DAY_SIZE];
    char *title;
    int week; /* from 1 */
};

enum check {
    CHECK_ANSWERED,  /* every message got an answer, and one that was understood */
    CHECK_OUTCOME,   /* one outcome for each trainee and sitting */
    CHECK_TRUTH,     /* and it is what they did */
    CHECK_HOMEWORK,  /* each published homework: on time, late or missing, as handed in */
    CHECK_EXPLAINED, /* every mark is the sum of its reasons, and of the rows behind them */
    CHECK_TOTAL,     /* every total is the sum of its marks, and what the trainee was told */
    CHECK_REMINDER,  /* nobody is reminded of what was done */
    CHECK_QUIET,     /* nothing by night */
    CHECK_FEW,       /* at most four reminders a day */
    CHECK_SURVEY,    /* as many ballots as people who filled one in, all entitled */
    CHECK_AUDIT,     /* the audit trail holds and agrees with the tables */
    CHECK_STORE,     /* nothing waits, nothing is dead, the store is sound */
};
enum { CHECKS = CHECK_STORE + 1, FAULTS_SHOWN = 5 };

struct tally {
    int64_t looked, broken;
    GPtrArray *faults; /* the first ones, in words */
};

struct play {
    const struct rehearse_options *options;
    struct config *config;
    struct school *school;
    struct inbox *inbox;
    struct web *web;
    struct screen_host screens;
    char *web_dir;
    int64_t class;
    char *title, *lang;
    bool signs_out;  /* the class has sign-out */
    bool web_ballot; /* its survey is cast on a page, by a browser: here it is filled in chat instead */
    GTimeZone *zone;
    struct pool *pool; /* of sentences; lives as long as the play */
    GRand *chance;
    GPtrArray *trainees, *staff; /* struct actor */
    GHashTable *accounts;        /* account → struct actor */
    GArray *lessons;             /* struct lesson, by time */
    GSequence *acts;
    unsigned act_count;
    int64_t seen;         /* outbox id up to which pushes were heard */
    cJSON *answer;        /* what was answered to the last message */
    bool waiting;         /* for that answer, or for the clock */
    GHashTable *today;    /* person → reminders of the day */
    struct actor *reader; /* whose digest is printed */
    char *digest;
    int64_t said, pushed, night;
    int days;
    struct tally tallies[CHECKS];
};

typedef void act_run(struct play *, struct actor *, const char *what, int64_t about);

/* --- rehearse_class.c */

/* Finds the class and brings it into the store of the rehearsal: from the file that is named so or holds that
 * id, else as it stands in the real store. False with a sentence in *ret_error (yours). */
bool cast_class(struct play *, const struct config *real, char **ret_error);

/* --- rehearse_cast.c */

/* Gives every trainee a made-up name and a habit, adds or takes away trainees, and a teacher or mentor where
 * there is none. In a transaction. */
void cast_people(struct play *);
void cast_free(struct play *);

/* --- rehearse_talk.c: the clock, what is said and heard */

/* Puts an act into the play; `what` is copied. */
void act_later(struct play *, int64_t at, struct actor *, act_run *, const char *what, int64_t about);

/* Plays all acts and due times until `until`; false when the server was told to stop. */
bool play_until(struct play *, int64_t until);

/* Says it, or presses the button of an action; the answer is in play->answer. */
void says(struct play *, struct actor *, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
void presses(struct play *, struct actor *, const char *action);

/* Whether one of the answers has that key, or begins with it when it ends in '.'; that answer, else NULL. */
const cJSON *answered(struct play *, const char *key);
const char *answered_text(struct play *, const char *key); /* "" when there is none */

/* Presses the button with the label of that key in the last answer; false when there is none. */
bool presses_label(struct play *, struct actor *, const char *label_key);

/* The action of the button with the label of that key among a message's buttons; NULL none. */
const char *action_of(struct play *, const cJSON *buttons, const char *label_key);

/* Answers whatever is asked (forms, "is that all?") until nothing is; free text is `text`, choices by merit.
 */
void follows(struct play *, struct actor *, const char *text, int merit);

/* The first word that a command is called by in the class's language. */
const char *word(struct play *, const char *command);

/* A chance of so many in a hundred; a number from least to most. */
bool chance(struct play *, int in_hundred);
int64_t between(struct play *, int64_t least, int64_t most);

/* --- the actors */

void trainee_plans_day(struct play *, struct actor *, const char *day);
void trainee_hears(struct play *, struct actor *, const char *key, const char *text, const cJSON *buttons);
void trainee_joins(struct play *, struct actor *, const char *what, int64_t about);
void trainee_looks_at_marks(struct play *, struct actor *, const char *what, int64_t about);
void staff_plans_day(struct play *, const char *day);
void staff_hears(struct play *, struct actor *, const char *key, const char *text, const cJSON *buttons);

/* Somebody of the staff with one of the roles; NULL none. */
struct actor *staff_as(struct play *, int roles);

/* The place of the lesson of a sitting; -1 none. */
int lesson_of(struct play *, int64_t sitting);

/* The moment of a day's clock. */
int64_t moment_of(struct play *, const char *day, int hour, int minute);

/* --- rehearse_events.c */

/* Chooses the sessions that will be put off, moved and cancelled. */
void events_choose(struct play *);

/* Plans what else happens around the lesson at `place`; `first` and `last` of its day. */
void events_plan_lesson(struct play *, struct actor *duty, guint place, bool first, bool last);

/* --- rehearse_remind.c */

/* Which reminder a line of a merged one is: "reminder.plan"; NULL when none says so. */
const char *reminder_of(struct play *, const char *text);

/* --- rehearse_check.c */

/* A push that just went out: by night, too many, about what was done? */
void check_push(struct play *, struct actor *, const char *key, const char *text, int64_t at, bool by_itself);
void check_new_day(struct play *);

/* Everything that can only be seen at the end, in a talk of its own. */
void check_end(struct play *, bool settled);

/* It holds, or it is broken as said; the words are only made when it is. */
#define check(play, which, holds, ...)                                                                       \
    do {                                                                                                     \
        if (!check_held(play, which, holds))                                                                 \
            check_broken(play, which, __VA_ARGS__);                                                          \
    } while (0)
bool check_held(struct play *, enum check, bool holds);
void check_broken(struct play *, enum check, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* --- rehearse_print.c */

void print_head(struct play *);
void print_day(struct play *, const char *day, int done, int all);
void print_marks(struct play *);
int print_checks(struct play *); /* the exit code */

/* A sentence of the locales; name, value pairs ended by NULL. */
const char *line(struct play *, const char *key, ...) G_GNUC_NULL_TERMINATED;

#endif
