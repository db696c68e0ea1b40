/* A class file with the tables it names, read and checked whole. */
#ifndef BOT_SCHOOL_CLASS_FILE_H
#define BOT_SCHOOL_CLASS_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/school/roster.h"
#include "bot/school/syllabus.h"
#include "bot/school/talk.h"
#include "bot/school/timetable.h"

typedef struct class_file class_file;
struct class_file {
    char *path, *timetable_path, *roster_path, *syllabus_path; /* syllabus_path NULL: none */
    char *slug, *title, *kind, *starts, *zone, *locale, *scheme;
    char *survey; /* NULL: none */
    char *survey_unit, *unit, *signout;
    char *ballot;     /* how survey ballots are cast: chat | web */
    int group_digest; /* whether its group hears the digest; -1: the file does not say (with a robot it does)
                       */
    char *robot;      /* key of the WeCom group robot; NULL: none */
    char *reminders;  /* the policy, config/reminders/ */
    double place_lat, place_lon;                         /* degrees */
    int place_radius;                                    /* metres; 0: the class has no place */
    int slot_from, slot_to;                              /* minutes of the day */
    int64_t most_in_file, most_of_person, most_of_class; /* bytes; 0: as the configuration says */
    int class_hour;                                      /* minutes */
    struct survey_terms terms;                           /* of the survey */
    int retention; /* months after its end for which its people are kept; 0: for good */
    int midday_from, midday_to;
    GPtrArray *sessions; /* struct timetable_row * */
    GPtrArray *people;   /* struct roster_row * */
    GPtrArray *themes;   /* struct syllabus_row *; empty without a syllabus */
};

struct class_defaults {
    const char *zone, *locale; /* of the installation */
    const char *share_dir;     /* where schemes and forms are found */
    bool plain_http;           /* its pages are reached over http from elsewhere: no blind signatures there */
    bool tries_out;            /* everybody may read its secrets */
};

/* Reads it; what was hard to read is added to `doubts`. NULL when anything was added to `faults`. */
struct class_file *class_file_read(const char *path, const struct class_defaults *, GPtrArray *faults,
                                   GPtrArray *doubts);
void class_file_free(struct class_file *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(class_file, class_file_free)

#endif
