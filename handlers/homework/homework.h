/* Homework: what its files share. A homework is a draft made from a syllabus theme until a teacher publishes
 * it; its number within the class never changes. */
#ifndef HANDLERS_HOMEWORK_H
#define HANDLERS_HOMEWORK_H

#include "bot/school/marks.h"
#include "bot/school/brief.h"
#include "bot/school/talk.h"
#include "bot/school/when.h"

enum homework_state { HOMEWORK_DRAFT, HOMEWORK_OPEN, HOMEWORK_NONE /* 不留 */ };

struct homework {
    int64_t id, class_id;
    int number;
    enum homework_state state;
    const char *title, *task; /* what is to be done; "" nothing said */
    int64_t taught;           /* the end of the last session of its theme, 0 not in the timetable */
    int64_t due, cutoff;      /* 0 not known yet; what comes after `cutoff` is refused */
};

/* What a trainee handed in last, if anything. */
struct handed {
    int64_t id;
    int version; /* 0: nothing yet */
    int64_t at;
    bool late;
    bool returned; /* for rework: the next one counts as in when this one was */
    bool marked;   /* is not replaced any more */
    int64_t score;
};

enum homework_step { STEP_HAND = 1, STEP_WRITE = 2, STEP_GRADE = 3, STEP_RETURN = 4, STEP_ASSIGN = 5 };

extern const char *const homework_schema[]; /* schema.c */

/* store.c */
bool homework_load(struct talk *, int64_t id, struct homework *ret);
bool homework_numbered(struct talk *, int64_t class_id, int number, struct homework *ret);
size_t homework_list(struct talk *, int64_t class_id,
                     struct homework **ret); /* all that are not HOMEWORK_NONE */
struct handed homework_handed(struct talk *, int64_t homework, int64_t member);
void homework_for(struct talk *, int64_t member,
                  struct homework *);                       /* its due and cutoff are that member's */
bool homework_is_open(const struct homework *, int64_t at); /* may be handed in */
GPtrArray *homework_missing(struct talk *, const struct homework *, int *ret_expected); /* names; unref it */
const char *homework_name(struct talk *, const struct homework *);                      /* "3《选品》" */

/* The homework a button is about, when the speaker has one of `roles` in its class, which becomes the talk's;
 * else says that the button is stale and gives false. */
bool homework_pressed(struct talk *, const char *args, int roles, struct homework *ret);

/* homework.c: the published homework a teacher means, by its number or because only one is open; else asks,
 * with buttons of `verb`, and gives false. */
bool homework_meant(struct talk *, const char *verb, struct homework *ret);

/* nudge.c */
void homework_nudge(struct talk *);
void homework_press_nudge(struct talk *, const char *args);

/* due.c: the class's rules of when it is due */
const struct homework_rules *homework_rules(struct talk *, const struct class *);
int64_t homework_settled(struct talk *, const struct class *, int64_t at); /* not after the results are */
int64_t homework_due_after(struct talk *, const struct class *, int64_t taught);
int64_t homework_cutoff_of(struct talk *, const struct class *, int64_t due);
int64_t homework_cutoff_at(struct talk *, const struct class *, int64_t due, int64_t said); /* 0: not said */

/* When one that was assigned before or after a session is due by the timetable as it is now; 0 when that
 * session is no more. */
int64_t homework_due_by_session(struct talk *, const struct class *, bool pre, int64_t session,
                                int64_t *ret_taught);
void homework_sync_assigned(struct talk *, const struct class *);

/* A moment that a person names for homework: a day without a time is meant to its end. */
enum when_reading homework_when(struct talk *, const struct normal *, struct when *ret, int64_t *ret_at);

/* extend.c */
void homework_extend(struct talk *);
void homework_tell_extended(struct talk *, int64_t extension, int64_t due);

/* The published homework that a teacher's words are about: by the number before them or at the front of *rest
 * (taken off then), or because only one is open; else says how it is typed (the sentence `how`). */
bool homework_named(struct talk *, const char **rest, const char *how, struct homework *ret);
void homework_remind_extended(struct talk *, int64_t extension, int64_t due);

/* share.c: the best work, nameless, when its author agrees */
void homework_press_share(struct talk *, const char *args);
void homework_press_may_share(struct talk *, const char *args);
void homework_press_no_share(struct talk *, const char *args);
void homework_press_best(struct talk *, const char *args);
void homework_ask_author(struct talk *, int64_t submission, int64_t due);
void homework_tell_shared(struct talk *, int64_t submission, int64_t due);
bool homework_has_best(struct talk *, int64_t homework);

/* assign.c: 布置作业 */
struct dialog;
void homework_assign(struct talk *);
void homework_answers_assign(struct talk *, const struct dialog *);
void homework_press_assign(struct talk *, const char *args);
void homework_press_unassign(struct talk *, const char *args);
void homework_press_due(struct talk *, const char *args);

/* task.c: the files of the task go with what was said last; 看要求 */
void homework_add_files(struct talk *, const struct homework *);
void homework_press_task(struct talk *, const char *args);
const char *homework_task_line(struct talk *,
                               const struct homework *); /* "要求：…" on a line of its own, or "" */

/* grade.c, judge.c: 批改, 退回 */
void homework_grade(struct talk *);
void homework_press_grade(struct talk *, const char *args);
void homework_press_next(struct talk *, const char *args);
void homework_rework(struct talk *);
void homework_press_score(struct talk *, const char *args);
void homework_press_change(struct talk *, const char *args);
void homework_press_return(struct talk *, const char *args);
void homework_tell_marked(struct talk *, int64_t marking, int64_t due);

/* draft.c: from the syllabus to what is published */
void homework_sync(struct talk *, int64_t class_id);
void homework_offer(struct talk *, int64_t id, int64_t due);
void homework_announce(struct talk *, int64_t id, int64_t due);
void homework_press_publish(struct talk *, const char *args);
void homework_press_none(struct talk *, const char *args);
void homework_press_write(struct talk *, const char *args);
void homework_written(struct talk *, int64_t id);

/* hand.c: the conversation of handing in */
void homework_submit(struct talk *);
bool homework_hears(struct talk *);
bool homework_answers(struct talk *);
void homework_press_hand(struct talk *, const char *args);
void homework_press_done(struct talk *, const char *args);
void homework_press_page(struct talk *, const char *args);
void homework_press_sure(struct talk *, const char *args);
void homework_press_more(struct talk *, const char *args);
void homework_press_give(struct talk *, const char *args);
void homework_press_drop(struct talk *, const char *args);
bool homework_edited(struct talk *); /* take.c: a text was edited after it was handed in */

/* said.c: whether the text says no more than one of the words of that list in the locales. */
bool homework_says(struct talk *, const char *text, const char *list);

/* Whether a text that is typed while something is being written is a command of its own: a word that stands
 * alone (班情), with its number too (同意 12). */
bool homework_leaves(struct talk *, bool with_number);

/* Where one of those words stands in a normalised text, the first and longest; its bytes in *ret_len, 0:
 * none. */
size_t homework_finds(struct talk *, const char *text, const char *list, size_t *ret_len);

/* Bytes of a normalised text that are one of the words of that list in the locales, at its front; 0: none. */
size_t homework_begins(struct talk *, const char *text, const char *list);

/* take.c: what was brought and what is kept of it */
struct brought {
    int64_t homework; /* 0: nobody asked for it yet */
    const char *text, *album;
    int files;
    bool kept_text; /* files came alone: the text is that of the version before */
    int64_t moment; /* of its last message: that counts, not the press of the button */
};
bool brought_load(struct talk *, struct brought *ret);
void brought_begin(struct talk *, int64_t homework);
void brought_add(struct talk *, const char *text);
/* Files that come alone (from the page of a receipt) do not take away the text that was handed in before. */
void brought_keep_text(struct talk *, const struct homework *, struct brought *);
/* What was brought is for this homework; what was handed in of the same burst stays with it. */
void brought_give(struct talk *, const struct homework *);
void brought_end(struct talk *); /* forgets it, and awaits no more of it */
void homework_take(struct talk *, const struct homework *, const struct brought *, bool sure);
const char *homework_why_closed(struct talk *, const struct homework *,
                                int64_t moment); /* NULL: it is open */
void homework_refuse(struct talk *, const char *why);
void homework_buttons(struct talk *); /* one for each open homework of the talk's class */

/* remind.c */
void homework_set_reminders(struct talk *, const struct class *, const struct homework *);
void homework_remind(struct talk *, int64_t subject, int64_t due);
void homework_remind_member(struct talk *, int64_t homework, int64_t member);
bool homework_reminds(struct talk *, const char *kind, int64_t person, int64_t subject);

/* digest.c */
void homework_digest(struct talk *, struct brief *);

/* measure.c */
bool homework_measure(struct talk *, const char *name, const struct measuring *, struct figure *into);

#endif
