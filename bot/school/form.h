/* Asking the questions of a form in chat, one by one, with buttons, numbers and words: back, skip, cancel,
 * conditions, limits, a summary before it is sent. The same engine fills a named form, whose draft is a
 * dialog row, and an anonymous one, whose draft its owner keeps in memory only. */
#ifndef BOT_SCHOOL_FORM_H
#define BOT_SCHOOL_FORM_H

#include "bot/core/json.h"
#include "bot/school/form_file.h"
#include "bot/school/handler.h"

/* The form of this id under config/forms; NULL (and logged once) when it cannot be read. Good until the
 * message is handled. */
const struct form_file *form_by_id(struct talk *, const char *id);

/* Its file as it stands, for who must keep the form as it is now; NULL (and logged) when it cannot be read.
 */
const char *form_source(struct talk *, const char *id);

/* All forms that can be read, by id; free the array. Whether there is one of this id. */
GPtrArray *form_all(struct talk *);
bool form_known(struct talk *, const char *id);

/* Keeps on record that the form was opened as anonymous or as named; false (and logged) when it was opened as
 * the other before. */
bool form_opened(struct talk *, const struct form_file *);

/* Reads all forms in use anew. False with faults told when one cannot be read: then all of them stay as they
 * were. */
bool form_reload_all(struct school *, GPtrArray *faults);
void form_forget_all(struct school *); /* at the end */

/* --- one form being filled ---------------------------------------------------------------------------------
 */

/* One question as it is asked: some are asked once for each lecturer. */
struct form_ask {
    const struct form_question *question;
    const char *id;       /* "knowledge.0" of the first lecturer: the key of its answer */
    const char *lecturer; /* NULL: of nobody */
};

typedef struct filling form_filling;
struct filling {
    const struct form_file *form;
    const char *owner; /* the handler whose action "q" its buttons press */
    bool secret;       /* what it says goes nowhere on disk */
    struct form_ask *asks;
    int ask_count;
    int step;       /* the open question; ask_count: the summary; ask_count + 1: which answer to change */
    cJSON *answers; /* ask id → number, text, list of numbers (many) or file ids, or null when skipped */
};

/* Begins one (state NULL) or goes on from filling_state(). A state that does not fit the form begins anew.
 * Everything but the answers is in the talk's pool. */
struct filling *filling_new(struct talk *, const struct form_file *, const char *owner,
                            const char *const *lecturers, int lecturer_count, int step, const char *state);
void filling_free(struct filling *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(form_filling, filling_free)

/* The answers so far as JSON; yours. */
char *filling_state(const struct filling *);

/* Asks the open question, or shows the summary. */
void filling_ask(struct talk *, const struct filling *);

enum filled {
    FILLED_ON,    /* the open question is another now: keep the state, then filling_ask */
    FILLED_WRONG, /* what to answer instead has been said */
    FILLED_PASS,  /* is no answer but a command, or nothing for this form: let it through */
    FILLED_SENT,  /* complete, and the person wants it sent */
    FILLED_CANCELLED,
};

/* Takes what the talk's update brings (text, files), the argument of the action "q", or a word. */
enum filled filling_answer(struct talk *, struct filling *);
enum filled filling_press(struct talk *, struct filling *, const char *args);
enum filled filling_word(struct talk *, struct filling *, enum dialog_word);

/* Fills from a one-message reply: `words` of the questions open their answers; text before the first of them,
 * or without any, answers the first question. Moves to the first question that still needs an answer; true
 * when none does. */
bool filling_take_all(struct talk *, struct filling *, const char *text);

/* The question of one ask with the lecturer's name in it. */
const char *filling_question(struct talk *, const struct filling *, int ask);

/* Each question with its answer, a line or two each, in the talk's language. In the pool. */
const char *filling_show(struct talk *, const struct filling *);

/* Forgets answers whose condition no longer holds; true when nothing that is required is missing. */
bool filling_complete(struct filling *);

/* --- a named form in the person's dialog
 * --------------------------------------------------------------------- */

enum { FORM_LECTURERS = 3 };
struct form_owner {
    const char *name; /* the handler's */
    const char *(*form)(struct talk *, int64_t subject);
    int (*lecturers)(struct talk *, int64_t subject,
                     const char **ret_names); /* NULL: of nobody; at most FORM_LECTURERS, gives how many */
    void (*done)(struct talk *, int64_t subject, const struct filling *); /* rows and the receipt */
};

/* Opens the form for the speaker: asks its first question, or takes all of `text` ("" none). `answers` (JSON,
 * NULL none) are those of an earlier time, to be changed. */
void form_open(struct talk *, const struct form_owner *, int64_t subject, const char *text,
               const char *answers);

/* What the owner's .answers, action "q" and .dialog do. */
bool form_answers(struct talk *, const struct form_owner *);
void form_pressed(struct talk *, const struct form_owner *, const char *args);
void form_dialog(struct talk *, const struct form_owner *, enum dialog_word);

#endif
