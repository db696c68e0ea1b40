/* How long a class keeps its people: so many months after its end (`retention` of the class file) they are
 * forgotten (erase.h). Not before all classes that a person was ever in are that far; a class without
 * `retention` keeps its people for good, as do an organiser's and a bureau's office and a request that nobody
 * has decided. Organisers are told RETENTION_NOTICE days before, and may put it off.
 *
 * The days are kept as rows, so that a restart or an older backup changes nothing: what is due is done at the
 * next start. handlers/retention.c is the chat side; the tables are written here only. */
#ifndef BOT_SCHOOL_RETENTION_H
#define BOT_SCHOOL_RETENTION_H

#include "bot/school/handler.h"

enum { RETENTION_NOTICE = 30 /* days */, RETENTION_PUT_OFF = 12 /* months */ };

extern const char *const retention_schema[]; /* of handlers/retention.c's entry */

struct retention {
    int months;          /* 0: for good */
    const char *end;     /* the day the class ends; "" it has no sessions */
    const char *planned; /* the day from which its people are due, as setting and put-offs say; "" never */
    const char *day;   /* the same as organisers were told, never earlier; "" they have to be told (again) */
    int64_t forgotten; /* when that began to be done; 0 not yet */
    int64_t erased, told; /* how many people were erased with it; of how many of them organisers know */
};

/* How it stands with a class; texts in the pool. */
void retention_of(struct talk *, const struct class *, struct retention *ret);

/* Of its people: who is due on `day`, how many of those have a request open that has to be decided first, and
 * whom another class keeps longer. Organisers and bureau are in none of them. */
struct retention_people {
    int64_t due, held, elsewhere;
};
struct retention_people retention_people(struct talk *, const struct class *, const char *day);

/* Works out anew when its people are due, and sets the due times for it. */
void retention_plan(struct talk *, const struct class *);

/* Settles the day that organisers are told, which is at least RETENTION_NOTICE days away; in the pool. */
const char *retention_announce(struct talk *, const struct class *);

/* Erases a few of those who are due in this class; true while there are more. Organisers are to be told. */
bool retention_erase(struct talk *, const struct class *);

/* Organisers know of all that were erased so far. */
void retention_reported(struct talk *, const struct class *);

/* Who put off which announced day until when. */
struct put_off {
    const char *by, *until;
    int64_t at;
};

/* Puts off the announced day in the speaker's name; gives until when. */
const char *retention_put_off(struct talk *, const struct class *, const char *day);

/* The put-off of that day, or of the last one that was ("" any); false when there was none. */
bool retention_was_put_off(struct talk *, const struct class *, const char *day, struct put_off *ret);

#endif
