/* Marking homework: what its files share. A hand-in is always the last version of its homework and trainee.
 */
#ifndef HANDLERS_HOMEWORK_GRADE_H
#define HANDLERS_HOMEWORK_GRADE_H

#include "bot/school/dialog.h"
#include "handlers/homework/homework.h"

enum { GRADERS = ROLE_STAFF, SCORE_BUTTONS = 8 };

struct handin {
    int64_t id, homework, member, person, at, score;
    int version;
    bool late, returned, marked;
    const char *name, *text; /* of the author; what was written */
    int64_t giver;           /* member who marked or returned it; 0 nobody */
};

/* The last version of whatever hand-in `id` is a version of; false when there is none. */
bool handin_load(struct talk *, int64_t id, struct handin *ret);

/* The same for a button, when the speaker may mark in its class, which becomes the talk's; else says that the
 * button is stale and gives false. */
bool handin_pressed(struct talk *, int64_t id, struct handin *ret, struct homework *ret_hw);

/* grade.c */
void homework_show(struct talk *, const struct homework *, const struct handin *);
void homework_grade_next(struct talk *, const struct homework *,
                         const struct handin *after); /* NULL: from the first */
int64_t homework_unmarked(struct talk *, int64_t homework);
bool homework_answers_grade(struct talk *, const struct dialog *);

/* The hand-in that "张三 3 …" or, with the number read already, "张三 …" names; *rest is what follows. False
 * after saying why not; `how` is the sentence that shows how `command` is typed. */
bool homework_of_trainee(struct talk *, const char *command, const char *how, const char **rest,
                         struct homework *ret_hw, struct handin *ret);

/* judge.c: what becomes of a hand-in. Reads "85 图片清楚" and marks; false when the text has no score. A mark
 * that somebody else has given is changed only when `meant`. */
bool homework_judge(struct talk *, const struct homework *, const struct handin *, const char *typed,
                    bool meant);
void homework_return(struct talk *, const struct homework *, const struct handin *, const char *reason);

/* Keeps what was said of it, words or the files of the message, until it has a score. */
void homework_remark(struct talk *, const struct handin *, const char *comment);

/* same.c: "相同文件：…", or nothing, about one hand-in; about all of a homework. */
const char *homework_same_of(struct talk *, const struct homework *, int64_t submission);
const char *homework_same_all(struct talk *, const struct homework *);

#endif
