/* The digest of a class in the making: each capability adds its lines to the parts they belong to. Every line
 * comes twice: with names, for who looks after the class, and without, for the class's group. */
#ifndef BOT_SCHOOL_BRIEF_H
#define BOT_SCHOOL_BRIEF_H

#include "bot/school/talk.h"

/* In the order in which they are read. */
enum brief_part {
    BRIEF_CHANGED, /* since yesterday */
    BRIEF_MISSING, /* who was not there and why */
    BRIEF_LATE,    /* who owes what */
    BRIEF_BLOCKED, /* problems, by age */
    BRIEF_WAITING, /* requests that wait for a decision */
    BRIEF_RISK,    /* who may fail, and by what */
    BRIEF_WELL,    /* what went well */
    BRIEF_OTHER,
    BRIEF_PARTS,
};

enum { BRIEF_BUTTONS = 8 };

struct brief {
    const struct class *class;
    const char *first, *day; /* the days it is about: one, or Monday to Sunday of a week */
    int64_t since;           /* what happened after this is new */
    bool week;
    bool full; /* all of it, not only what fits one screen */

    /* brief.c's: */
    struct brief_line *lines[BRIEF_PARTS]; /* the newest first */
    int64_t counts[BRIEF_PARTS];           /* of people or things */
    struct brief_button {
        const char *label, *action;
        int roles;
        bool beside;
    } buttons[BRIEF_BUTTONS];
    size_t button_count;
    bool cut; /* something is left out that the full one has */
};

/* What all capabilities have to say of a class: of `day`, or of the week that ends with it. In the talk's
 * language and pool. */
struct brief *brief_make(struct talk *, const struct class *, const char *day, bool week, bool full);

/* Adds a line about `count` people or things. `plain` is what may be said before the whole class, without
 * names; NULL: nothing. Lines are not copied. */
void brief_add(struct brief *, struct talk *, enum brief_part, int64_t count, const char *line,
               const char *plain);

/* A list of names as long as the brief has room for; holds const char *. */
const char *brief_names(struct brief *, struct talk *, const GPtrArray *names);

/* Adds a button for readers with one of `roles`. */
void brief_button(struct brief *, struct talk *, int roles, bool beside, const char *label,
                  const char *action_fmt, ...) G_GNUC_PRINTF(6, 7);

/* The whole text below its title; without names for a group. Tells in ->cut whether it left something out. */
const char *brief_text(struct brief *, struct talk *, bool plain);

/* "没到2 · 欠交3", the counts in one line; "" when there is nothing to look at. */
const char *brief_counts(struct brief *, struct talk *);

#endif
