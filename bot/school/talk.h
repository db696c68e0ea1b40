/* One message, or one due time, being handled: who speaks, as what, in which class, and what is answered.
 * A handler reads this, writes rows, says things; it never sees a socket, a file, a commit. */
#ifndef BOT_SCHOOL_TALK_H
#define BOT_SCHOOL_TALK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/files.h"
#include "bot/core/message.h"
#include "bot/core/pool.h"
#include "bot/core/store.h"
#include "bot/core/text.h"
#include "bot/core/timers.h"
#include "bot/school/roles.h"

struct school;
struct remind_merge;

/* When a class's survey opens and closes, and from when on it is shown (rules.md section 4). */
struct survey_terms {
    int after; /* minutes after the last sitting of its unit */
    int hours; /* so long it stays open */
    int least; /* ballots from which a result is shown */
    int share; /* per cent of those entitled from which it is */
};

/* A class as its row says; the school's, good until the message is handled. */
struct class
{
    int64_t id;
    const char *slug, *title, *kind, *starts, *zone_name, *lang, *scheme, *survey, *survey_unit, *signout,
        *robot, *ballot, *reminders;
    GTimeZone *zone;
    double place_lat, place_lon; /* where it meets, in degrees */
    int64_t place_radius;        /* metres; 0: it has not said where */
    int class_hour;              /* minutes */
    struct survey_terms terms;
    bool group_digest;      /* its group hears the nameless digest */
    int slot_from, slot_to; /* of a session without a time, in minutes of the day */
    int64_t most_in_file, most_of_person, most_of_class; /* bytes; 0: as the configuration says */
    const uint8_t *secret;                               /* 32 bytes: sign-in codes are made from it */
};

/* One membership: a person in a class as something. */
struct member {
    int64_t id, class_id, person;
    int role;
    const char *number, *name;
    int64_t since;
};

/* What the machinery read behind the command word (handler.h says how it is asked for). */
struct args {
    const char *code;   /* CODE: six digits, NULL none */
    const char *invite; /* INVITE: a join code as typed */
    int ref;            /* REF: a number, 0 none */
    const char *rest;   /* REST: as typed; "" none */
    struct normal text; /* REST again, normalised for matching */
};

struct talk {
    struct school *school;
    struct store *store;
    struct timers *timers;
    struct files *files;
    struct pool *pool;     /* whatever is taken from it lives until the message is handled */
    struct update *update; /* NULL when a due time is handled */
    int64_t id;            /* the inbox id: the cause of what is said */
    int64_t now;           /* class clock */
    int64_t moment;   /* the moment that counts: the platform's own time of the message, never after now */
    bool aside;       /* spoken in a group, answered in private (group.h) */
    const char *lang; /* of the person, or of the one who is being told */
    int64_t account;  /* 0: not bound */
    int64_t used;     /* the day the account was last heard of, before this */
    int64_t person;   /* 0: not bound, or a due time */
    const char *name;
    struct member *members; /* all current memberships of the person */
    size_t member_count;
    const struct member *member; /* the one in which this is said; NULL none */
    const struct class *class;   /* its class; NULL none */
    struct args args;
    bool command;      /* what was typed is a complete command: who asks for a choice lets it through */
    bool dialog_none;  /* the speaker has no dialog row, as far as was asked already */
    bool dialog_moved; /* the open question was asked, changed or closed by this message */
    struct remind_merge *merge; /* remind.c's: reminders that become one message */
    struct saying *saying;      /* talk.c's: what is being said and not yet put into the outbox */
};

/* --- saying
 * ------------------------------------------------------------------------------------------------------ */

/* Answers with the sentence `key`, its placeholders filled from name, value pairs (const char *) ended by
 * NULL. */
void say(struct talk *, const char *key, ...) G_GNUC_NULL_TERMINATED;

/* Answers an account that is nobody's yet: its help is how to join, and under that key it is known. */
void say_unbound(struct talk *);

/* Tells another person (a push); false when that person has no reachable account. The values must already be
 * in the language of lang_of(person); buttons and settings that follow belong to this message. */
bool tell(struct talk *, int64_t person, const char *key, ...) G_GNUC_NULL_TERMINATED;

/* The same with a text that is ready, in that person's language; `key` is what it is known by. */
bool tell_text(struct talk *, int64_t person, const char *key, const char *text);

/* Tells a class's group (Telegram group, WeCom group robot); false when it has none. In the class's language.
 */
bool tell_group(struct talk *, const struct class *, const char *key, ...) G_GNUC_NULL_TERMINATED;

/* Adds a button to what was said or told last: its label is the sentence `label_key` (or, with button_named,
 * the words given), its action "handler:verb:args", at most 60 bytes. button_beside puts it into the row of
 * the one before. */
void button(struct talk *, const char *label_key, const char *action_fmt, ...) G_GNUC_PRINTF(3, 4);
void button_beside(struct talk *, const char *label_key, const char *action_fmt, ...) G_GNUC_PRINTF(3, 4);
void button_named(struct talk *, const char *label, const char *action_fmt, ...) G_GNUC_PRINTF(3, 4);
void button_named_beside(struct talk *, const char *label, const char *action_fmt, ...) G_GNUC_PRINTF(3, 4);

/* The message said last: is worthless after `expires` (class clock); replaces the message whose button was
 * pressed (so that what is decided cannot be pressed again); is secret: goes nowhere on disk. */
void saying_until(struct talk *, int64_t expires);
void saying_instead(struct talk *);
void saying_secret(struct talk *);

/* The message said last replaces that one of ours; goes into the outbox now and has this id there. */
void saying_replaces(struct talk *, int64_t id);
int64_t saying_put(struct talk *);

/* Sends a file that lies in files/ with what was said last; at most SAYING_FILES. Borrowed until talk_end.
 * One that the platform does not carry (too large; for a group robot all but pictures) is told by an address
 * that expires. */
enum { SAYING_FILES = 4 };
void saying_file(struct talk *, const struct attachment *);

/* The sentence `key` in the talk's language, or in `lang`; in the pool. */
const char *words(struct talk *, const char *key, ...) G_GNUC_NULL_TERMINATED;
const char *words_in(struct talk *, const char *lang, const char *key, ...) G_GNUC_NULL_TERMINATED;

/* A number as text; in the pool. */
const char *num(struct talk *, int64_t);

/* The language of a person. */
const char *lang_of(struct talk *, int64_t person);

/* --- people and classes
 * --------------------------------------------------------------------------------------------- */

/* The class with this id, NULL none. When the store cannot be read, whose turn is rolled back then, one that
 * stands for it: so far nobody needs to look. */
const struct class *class_by_id(struct talk *, int64_t id);
const struct class *class_by_slug(struct talk *, const char *slug);

/* Makes `member` the membership in which the rest of this talk is said (class and all). */
void talk_as(struct talk *, const struct member *);

/* Whether the speaker has one of `roles` in the talk's class; that membership, or NULL. */
const struct member *speaks_as(struct talk *, int roles, int64_t class_id);

/* What a role is called in the talk's language. */
const char *role_label(struct talk *, int role);

/* Current members of a class with one of `roles`, by number; *ret_count of them, in the pool. */
struct member *members_of(struct talk *, int64_t class_id, int roles, size_t *ret_count);
const struct member *member_by_id(struct talk *, int64_t id); /* NULL when unknown; also of those who left */

/* Ends a membership at `at`, or takes that back (0), and tells every handler. */
void member_left(struct talk *, int64_t member, int64_t at);

/* --- class time
 * ---------------------------------------------------------------------------------------------------------
 */

/* "YYYY-MM-DD" of an instant; 08:30 of a day as an instant; a day plus n days; 1 Monday … 7 Sunday. */
const char *day_of(struct talk *, const struct class *, int64_t at);
int64_t time_of(const struct class *, const char *day, int hour, int minute);
const char *day_plus(struct talk *, const char *day, int days);
int weekday_of(const char *day);

/* As people write it in the talk's language: "3月4日 周三", "09:00", "3月4日 周三 09:00"; today's and
 * tomorrow's day by that word. */
const char *show_day(struct talk *, const char *day);
const char *show_date(struct talk *, const char *day); /* with its year: "2027年3月4日" */
const char *show_time(struct talk *, const struct class *, int64_t at);
const char *show_moment(struct talk *, const struct class *, int64_t at);

#endif
