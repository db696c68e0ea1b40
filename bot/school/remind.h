/* What may be pushed to whom and when. Every push that nobody asked for goes through here: the caller first
 * makes sure that it still concerns the person, then
 *
 *     struct reminder r = { .kind = "digest", .person = p, .class = c, .until = end };
 *     if (remind_may(talk, &r) && tell(talk, p, "digest", …))
 *         remind_sent(talk, &r);
 *
 * No more pushes a day to a person than the class's policy allows, none in its quiet hours, nothing that is
 * too late to be of use or that the person has switched off; what is left out is logged as remind.skipped.
 *
 * Reminders of what a person still has to do are put on that person's list instead:
 *
 *     remind_put(talk, "homework", person, homework_id);
 *
 * When their moment comes (off the full and half hour on WeCom) the handler that .reminds of them is asked to
 * say each: it makes sure that it still concerns the person and calls remind_may() and remind_say(). What is
 * said at one moment becomes one message, with one button to put it off. */
#ifndef BOT_SCHOOL_REMIND_H
#define BOT_SCHOOL_REMIND_H

#include "bot/school/talk.h"

struct reminder {
    const char *kind; /* for the log, and what may be switched off (remind_kinds) */
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

/* Puts a reminder on the person's list to be said at this moment. */
void remind_put(struct talk *, const char *kind, int64_t person, int64_t subject);

/* In .reminds, after remind_may(): adds the sentence to what is being said, with a button of that label
 * (NULL: none). */
void remind_say(struct talk *, const struct reminder *, const char *key, const char *text, const char *label,
                const char *action);

/* Due time: says what is on the person's list. */
void remind_say_all(struct talk *, int64_t person, int64_t due);

/* Puts off everything that was said together as `said` until `at`, for the speaker; false when none of it is
 * the speaker's. */
int64_t remind_until(struct talk *, int64_t said); /* how long that is of use; 0: nothing of the speaker's */
bool remind_put_off(struct talk *, int64_t said, int64_t at);

/* Kinds that a person with one of these roles may switch off; ended by one without name. */
struct remind_kind {
    const char *name;
    int roles;
};
extern const struct remind_kind remind_kinds[];
bool remind_is_off(struct talk *, int64_t person, const char *kind);
void remind_switch(struct talk *, int64_t person, const char *kind, bool on);

/* Whether `at` lies in the quiet hours of the class; the first moment at or after `at` that does not. */
bool remind_quiet(struct talk *, const struct class *, int64_t at);
int64_t remind_awake(struct talk *, const struct class *, int64_t at);

/* The due time for this person: `due`, but for one reached only through WeCom when `due` is on the full or
 * half hour (everybody sends then) `from` to `to` whole minutes later, the same minute for the same person.
 */
int64_t remind_spread(struct talk *, int64_t person, int64_t due, int from, int to);

/* Tells those who look after a class: its duty teachers, else organisers and school leaders, else mentors,
 * whoever is first reachable. tell_one(talk, member, data) tells one of them; true when that one was reached.
 */
bool remind_teachers(struct talk *, int64_t class_id,
                     bool (*tell_one)(struct talk *, const struct member *, void *), void *data);

#endif
