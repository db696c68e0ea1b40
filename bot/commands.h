/* The commands of the machine: `banzhang COMMAND [-c FILE]`. Each exits with 0 done, 1 failed (one plain
 * sentence on stderr), 2 misused. Those that need the store work in the server while one runs (control.h),
 * else by themselves. */
#ifndef BOT_COMMANDS_H
#define BOT_COMMANDS_H

#include <glib.h>
#include <stdbool.h>

#include "bot/config.h"
#include "bot/control.h"
#include "bot/school/school.h"

/* What main gives: how to serve, and how to have the whole school without a loop for one command. */
struct command_host {
    int (*serve)(struct config *);
    struct school *(*open)(struct config *, char **ret_error); /* NULL and *ret_error (yours) on failure */
    void (*close)(struct school *);
};

/* Reads the command line, does what it says, gives the exit code. */
int commands_main(const struct command_host *, int argc, char **argv);

/* What a command works with. */
struct command_place {
    struct school *school;
    const struct config *config;
};

/* Runs one command that needs the store, inside a job or transaction: a control_run whose data is a
 * command_place. */
int command_execute(void *place, const char *cwd, int argc, char **argv, GString *out, GString *err,
                    struct control_later *later);

/* Imports one class file inside a job or transaction and tells the handlers; for the start too. What changed
 * is appended to `out`; false when anything was added to `faults`. */
bool command_import_class(const struct command_place *, const char *path, GString *out, GPtrArray *faults);

/* scheme preview|apply CLASS NEW.yaml, from argv behind "scheme". */
int command_scheme(const struct command_place *, const char *cwd, char **argv, GString *out, GString *err);

/* outbox list | resend ID... | resend all: what could not be delivered. */
int command_outbox(const struct command_place *, int argc, char **argv, GString *out, GString *err);

/* keys rotate [--master] [--codes] | show, from argv behind "keys". */
int command_keys(const struct command_place *, int argc, char **argv, GString *out, GString *err,
                 struct control_later *later);

/* audit verify|head|list: reads the trail itself, beside a server or without one. */
struct command_audit {
    const char *verb, *word; /* NULL: no second word */
    char **heads;            /* "DAY=HEX", NULL-terminated; NULL none */
};
int command_audit(const struct config *, const struct command_audit *);

/* `check`: every fault of the configuration and of all it names, on stdout. */
int command_check(const char *config_file, char *const *class_files);

#endif
