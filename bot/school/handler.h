/* A capability: one file in handlers/ ends in one `const struct handler`, and handlers/table.c lists them
 * all. It writes only its own tables. What one needs of another goes through events, views and digest. */
#ifndef BOT_SCHOOL_HANDLER_H
#define BOT_SCHOOL_HANDLER_H

#include "bot/core/audit.h"
#include "bot/core/json.h"
#include "bot/school/brief.h"
#include "bot/school/marks.h"
#include "bot/school/talk.h"

/* What a command or action needs besides roles (roles.h); enforced before it runs. */
enum {
    NEEDS_PRIVATE = 1 << 16, /* not done in a group; the speaker is asked in private to say it there */
    NEEDS_NOBODY = 1 << 17,  /* also for people who have not joined */
    OVER_DIALOG = 1 << 18,   /* goes through while free text is awaited */
    ASIDE = 1 << 19,         /* done in a group too, and answered in private */
};

/* A command: its words stand in the locales under commands.NAME. `args` says what may follow, in any order,
 * REST last: CODE six digits · REF a number (3, 三, 第3次) · INVITE a join code · REST anything, as typed
 * `?` behind a name: may be missing. Text that does not fit is no call of the command. */
struct command {
    const char *name;
    const char *args;
    unsigned needs;
    void (*run)(struct talk *);
    int rank; /* place in 帮助 and quick words: 1 first; 0 not shown there */
};

/* What the button "HANDLER:VERB:args" does. */
struct action {
    const char *verb;
    unsigned needs;
    void (*run)(struct talk *, const char *args);
};

/* What happens when a timer of this kind falls due; the talk has nobody speaking. */
struct due {
    const char *kind;
    void (*run)(struct talk *, int64_t subject, int64_t due);
};

enum event {
    EVENT_JOINED,            /* subject: member; the first account of that person was bound */
    EVENT_LEFT,              /* subject: member */
    EVENT_TIMETABLE_CHANGED, /* subject: class; also after its first import */
    EVENT_SIGNED_IN,         /* subject: sitting; somebody did, by a code */
    EVENT_SITTING_CLOSED,    /* subject: sitting */
    EVENT_LEAVE_CHANGED,     /* subject: sitting; somebody's leave from it was given or taken back */
    EVENT_CORRECTED,         /* subject: sitting; a teacher wrote somebody in, or counted heads */
    EVENT_ERASED,            /* subject: person; is being forgotten (erase.h), the rows are still there */
    EVENT_OBJECTION_DECIDED, /* subject: member; what that one asked to be put right is agreed to or not */
    EVENT_STARTED,           /* subject: 0; the server has just come up */
    EVENT_FILE_HERE, /* subject: a file of files_add that was being fetched: it is here, or never will be */
};

/* What may be wanted of an open question besides an answer. */
enum dialog_word {
    DIALOG_REPEAT, /* after a command went through, or the parked one is taken up again */
    DIALOG_BACK,
    DIALOG_SKIP,
    DIALOG_CANCEL,
};

/* What a page asks of a capability, with nobody speaking. */
struct page_call {
    const char *name;  /* "ballot.cast" */
    int64_t subject;   /* the number in the address; 0 none */
    const cJSON *body; /* NULL: it only asks */
    int status;        /* to be answered: 200, or why not */
    GString *answer;   /* JSON; empty for a 503 */
};

struct approving;
struct correction;
struct paper_order;

/* A free message that is no command: a photo, a link, a voice, a text while something is open. */
enum { TAKES_MAX = 4 };

struct handler {
    const char *name;
    struct command commands[14];
    struct action actions[30];
    struct due timers[12];
    void (*on)(struct talk *, enum event, int64_t subject);
    const char *const *schema; /* numbered migrations, NULL-terminated */

    /* Those of its tables that decide marks, attendance, roles, certificates or settings: whatever is done to
     * them is kept on the audit trail (audit.h). Ended by an entry without table. */
    const struct audited *audited;

    /* What it forgets of person ?1: statements that empty free texts and take drafts and files out of its
     * tables (erase.h); ended by NULL. */
    const char *const *erases;

    /* Takes a message that is no command (files, voice, location, a link, an answer to an open question of
     * this handler); true when it did. Asked in the order of the table. */
    bool (*hears)(struct talk *);

    /* A plain text was edited that may belong to what was given to this handler: says that the edit changes
     * nothing; true when it said so. Asked in the order of the table. */
    bool (*edited)(struct talk *);

    /* Asked before commands are looked for, when dialog.kind is this handler's name: takes free text. */
    bool (*answers)(struct talk *);

    /* Whether it has a question open for the speaker that stands in no dialog row (an anonymous ballot): then
     * .answers and .dialog are asked as if there were one. */
    bool (*asks)(struct talk *);

    /* 上一步 跳过 取消 and repeating its open question. NULL: cancelling closes the dialog, the rest is text
     * for .answers. */
    void (*dialog)(struct talk *, enum dialog_word);

    /* What it asks approval for (approval.h); ended by an entry without kind. */
    const struct approving *approving;

    /* Says a reminder of `kind` about `subject` once more with remind_say(), when it still concerns the
     * person (remind.h); false when the kind is not this handler's. */
    bool (*reminds)(struct talk *, const char *kind, int64_t person, int64_t subject);

    /* Puts back what a correction of this handler changed (correction.h); false when it cannot. */
    bool (*undo)(struct talk *, const struct correction *);

    /* Answers a page, in the talk's language; false when that call is not of this handler. */
    bool (*page)(struct talk *, struct page_call *);

    /* Adds its lines to the digest of a class (brief.h), in the talk's language. */
    void (*digest)(struct talk *, struct brief *);

    /* Named figures about a member, from which marks are made (marks.h says which there are and what they
     * hold): fills *into, which comes as zeros; false when it is not this handler's. */
    bool (*measure)(struct talk *, const char *name, const struct measuring *, struct figure *into);

    /* Its text in the archive of a class (rules.md §10), a file called sheet.archive_NAME, in the talk's
     * language; nothing when it has none. */
    void (*archive)(struct talk *, const struct class *, GString *into);

    /* Puts into a paper (paper.h) what it has for it, in the talk's language; nothing when the kind is none
     * of its. */
    void (*paper)(struct talk *, const struct class *, struct paper_order *);
};

#endif
