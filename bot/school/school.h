/* Everything that people and classes need, put together once at start. Handlers get it through the talk. */
#ifndef BOT_SCHOOL_SCHOOL_H
#define BOT_SCHOOL_SCHOOL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/files.h"
#include "bot/core/inbox.h"
#include "bot/core/outbox.h"
#include "bot/core/store.h"
#include "bot/core/timers.h"
#include "bot/school/handler.h"
#include "bot/school/quota.h"

struct loop;

struct school {
    struct store *store;
    struct loop *loop; /* for slow work */
    struct outbox *outbox;
    struct timers *timers;
    struct files *files;
    struct turn *turn;
    const struct handler *const *handlers; /* NULL-terminated: handlers/table.c */
    const char *public_url;                /* without a slash at the end */
    const char *share_dir;                 /* where config/forms, config/holidays … are found */
    const uint8_t *secret;                 /* SECRET_BYTES: the server's key */
    struct vault *vault;                   /* opens what is sealed at rest */
    struct audit *audit;                   /* the trail of what is done to marks, attendance, roles */
    bool sandbox;
    struct quota quota;   /* how much people may leave here */
    unsigned platforms;   /* 1 << enum platform_id of those that are on: a person is told on one of these */
    GHashTable *classes;  /* id → struct class as loaded; school_forget_classes() after writing one */
    struct class *unread; /* stands for one that cannot be read (people.c) */
    GHashTable *forms;    /* id → struct form_file as loaded (form.c) */
    struct flood *flood;  /* NULL: nobody is told to slow down (commands of the machine) */
    GHashTable *policies; /* name → struct remind_policy as loaded (remind_policy.c) */
    GHashTable *schemes;  /* class id → struct scheme as kept; forgotten with the classes */
    struct words_table *words; /* dispatch: the commands' pattern */
    GPtrArray *alarms;         /* struct alarm: what the timers were given */
    struct pool *pool;         /* of due times and commands without a message */
    int log_tries;             /* left to empty the store's log (erase.c); 0: nothing to be done */
};

/* Creates the tables of the school and of every handler. */
bool school_migrate(struct store *, const struct handler *const *handlers, GError **error);

/* All tables that the audit trail watches, ended by an entry without table; yours. */
struct audited *school_audits(const struct handler *const *handlers);

/* Registers the handlers' timers and compiles the commands. False with faults told. */
bool school_open(struct school *, GPtrArray *faults);
void school_close(struct school *);

/* The commands' words anew, after the locales were reloaded. */
bool school_reload(struct school *, GPtrArray *faults);

/* For inbox_new: handles an update inside its savepoint; says that it failed. */
void school_receive(void *school, struct update *, int64_t id);
void school_apologise(void *school, struct update *, int64_t id);

/* A talk with nobody speaking, for due times, commands of the machine and imports. End it with talk_end. */
void talk_begin(struct talk *, struct school *, struct pool *);
void talk_end(struct talk *); /* puts what is being said into the outbox */

/* The class rows are read anew: after an import, or whoever writes one. */
void school_forget_classes(struct school *);
void school_free_classes(struct school *); /* when all is over */

/* The server has come up: EVENT_STARTED in a job of its own. */
void school_started(struct school *);

/* Tells every handler. */
void school_event(struct talk *, enum event, int64_t subject);

#endif
