/* What the command line's parts share: the table and main (commands.c), the options (commands_options.c),
 * what each command does in the process that was called (commands_run.c). */
#ifndef BOT_COMMANDS_PRIVATE_H
#define BOT_COMMANDS_PRIVATE_H

#include "bot/commands.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2 };

struct entry;

struct call {
    const struct command_host *host;
    const struct entry *entry;
    char *config_file;
    gboolean renew, force;
    char *format, *output;   /* of export */
    char **heads;            /* of audit */
    char *encrypt, *decrypt; /* of a sealed backup: the file with its key */
    gboolean master, codes;  /* of keys */
    char *scheme;            /* of rehearse, as what follows */
    int trainees, days, seed;
    gboolean quiet;
    char **rest; /* words that are no options */
};

/* One command: how it is called, what it does. */
struct entry {
    const char *name, *arguments, *summary;
    int least, most;  /* words it takes; -1: any number */
    unsigned options; /* which it takes besides -c */
    int (*run)(struct call *);
};

enum {
    TAKES_RENEW = 1,
    TAKES_FORCE = 2,
    TAKES_OUTPUT = 4,
    TAKES_HEADS = 8,
    TAKES_ENCRYPT = 16,
    TAKES_DECRYPT = 32,
    TAKES_KEYS = 64,
    TAKES_REHEARSAL = 128
};

/* Reads the options of a command into the call; -1 to go on, else the exit code. */
int command_read_options(struct call *, int argc, char **argv);

/* What each does; the exit code. */
int command_run_words(struct call *);
int command_run_backup(struct call *);
int command_run_backups(struct call *);
int command_run_export(struct call *);
int command_run_invites(struct call *);
int command_run_restore(struct call *);
int command_run_audit(struct call *);
int command_run_serve(struct call *);
int command_run_check(struct call *);
int command_run_webhook(struct call *);
int command_run_rehearse(struct call *);
int command_run_acts(struct call *);
int command_run_version(struct call *);

#endif
