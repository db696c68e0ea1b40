/* Brings a class file with its roster, timetable and syllabus into the store: all of it or nothing, and the
 * same file a second time changes nothing. People, sessions and themes missing from a new file are told and
 * never removed. What was changed in chat since (a session moved, a time confirmed) stays until the file says
 * something new about it. */
#ifndef BOT_SCHOOL_IMPORT_H
#define BOT_SCHOOL_IMPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"
#include "bot/school/class_file.h"

struct import {
    struct store *store;
    struct vault *vault;
    struct class_defaults defaults;
    void (*changed)(void *data, int64_t class); /* inside the same job, after a class changed; may be NULL */
    void *data;
};

/* Inside a job or between store_begin and store_commit. What changed, every doubtful cell and what is missing
 * are appended to `out`, one line each. False when anything was added to `faults` or the store failed: then
 * nothing has changed. */
bool import_class(const struct import *, const char *path, GString *out, GPtrArray *faults);

/* A roster (people) or a timetable (sessions) that an organiser sends for a class that is there already. It
 * knows the people of that class alone, and changes nobody who is not the organiser's (binding.h): a
 * telephone number is noted, and finds nobody in other classes, now or later. */
struct import_table {
    struct store *store;
    struct vault *vault;
    int64_t class, organiser;       /* organiser: a person */
    const char *slug, *zone, *path; /* of the class; of the file, for doubts and faults */
    GPtrArray *people, *sessions;   /* of roster_read or timetable_read; the other is NULL */
    bool apply;                     /* false: nothing stays changed */
    GPtrArray *doubts, *faults;
    int changes;                /* filled in: how much it changes */
    GString *changed, *missing; /* and what, as import_class says it; yours */
    GArray *bound;              /* int64_t: people who were given an account; yours */
};

/* Inside a job: tries the table, or applies it whole. False when anything was added to `faults` or the store
 * failed: then nothing has changed. */
bool import_table(struct import_table *);

#endif
