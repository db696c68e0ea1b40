/* A blocker: a problem of a trainee that stays open, with its age, until either side closes it. What the
 * files about it share. */
#ifndef HANDLERS_REPORT_BLOCKED_H
#define HANDLERS_REPORT_BLOCKED_H

#include "bot/school/talk.h"

struct blocker {
    int64_t id;
    const struct member *owner;
    const char *text;
    int64_t opened;
    int64_t asked;    /* since when it waits for an answer: opened, or said to be unsolved again */
    int64_t answered; /* 0: still waiting for one */
    int64_t acked;    /* 0: nobody has said that it was seen */
    int64_t closed;   /* 0: open */
    int stage;        /* whose turn it is to be told next: enum blocker_stage */
};

/* Who is told in turn; each is told once of the same wait for an answer. */
enum blocker_stage { STAGE_MENTOR, STAGE_DUTY, STAGE_ORGANISER, STAGE_ALL };

/* blocker.c: its rows. */
bool blocker_load(struct talk *, int64_t id, struct blocker *ret);
int64_t blocker_open(struct talk *, const struct member *, const char *text);
void blocker_note(struct talk *, int64_t id, const char *what, int64_t person, const char *text);
void blocker_wait(struct talk *, int64_t id); /* waits for an answer from now on; its mentors are told */
void blocker_close(struct talk *, int64_t id, int64_t person);
const char *blocker_line(struct talk *, const struct blocker *); /* "3天 · 还没人回：…" */
const char *blocker_short(struct talk *, const char *text);

/* The open ones of a class (of one member when not 0), oldest first, at most `max` behind the first `from`;
 * in the pool. *ret_total: how many there are. */
struct blocker *blockers_open(struct talk *, int64_t class_id, int64_t member, int from, int max,
                              int *ret_count, int *ret_total);

/* blocked_tell.c: who is told when; the digest's lines. */
void blocked_tell(struct talk *, int64_t id, int64_t due);
void blocked_buttons(struct talk *, int64_t id);

#endif
