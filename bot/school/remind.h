/* What may be pushed to whom and when. Every push that nobody asked for goes through here: the caller first
 * makes sure that it still concerns the person, then
 *
 *     struct reminder r = { .kind = "homework", .person = p, .class = c, .due = due, .until = end };
 *     if (remind_may(talk, &r) && tell(talk, p, "reminder.homework", …))
 *         remind_sent(talk, &r);
 *
 * At most REMIND_A_DAY pushes a day to a person, none from 22:00 to 7:00, nothing that is too late to be of
 * use; what is left out is logged as remind.skipped. */
#ifndef BOT_SCHOOL_REMIND_H
#define BOT_SCHOOL_REMIND_H

#include "bot/school/talk.h"

enum { REMIND_A_DAY = 4 };

struct reminder {
    const char *kind; /* for the log */
    int64_t person;
    const struct class *class;
    int64_t until; /* worthless from then on */
    int spare;     /* so many of the day's pushes are left for what is more urgent */
    bool must;     /* news that are said once: counted, but not left out because of the count */
};

/* Whether it may be sent now. When it may, the talk's language is the person's from here on. */
bool remind_may(struct talk *, const struct reminder *);

/* Counts what tell() has just said, and gives it its expiry. */
void remind_sent(struct talk *, const struct reminder *);

/* Whether `at` lies in the quiet hours of the class; the first moment at or after `at` that does not. */
bool remind_quiet(struct talk *, const struct class *, int64_t at);
int64_t remind_awake(struct talk *, const struct class *, int64_t at);

/* The due time for this person: `due`, but for one reached only through WeCom when `due` is on the full or
 * half hour (everybody sends then) `from` to `to` whole minutes later, the same minute for the same person.
 */
int64_t remind_spread(struct talk *, int64_t person, int64_t due, int from, int to);

/* What `due` was before remind_spread moved it to `at`. */
int64_t remind_unspread(int64_t person, int64_t at, int from, int to);

/* Tells those who look after a class: its duty teachers, else organisers and school leaders, else mentors,
 * whoever is first reachable. tell_one(talk, member, data) tells one of them; true when that one was reached.
 */
bool remind_teachers(struct talk *, int64_t class_id,
                     bool (*tell_one)(struct talk *, const struct member *, void *), void *data);

#endif
