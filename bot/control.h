/* Who owns data_dir, and how a command of the machine reaches the server that does. The owner holds a lock
 * file: the server, or a command that works while no server runs. Otherwise a command sends one JSON line
 * through the socket data_dir/control.sock, {"args":["invites","demo"],"cwd":"/home/a"}, and gets "EXIT OUT
 * ERR\n", then OUT bytes for its stdout and ERR bytes for its stderr. The socket is for the same user and
 * root. */
#ifndef BOT_CONTROL_H
#define BOT_CONTROL_H

#include <glib.h>
#include <stdbool.h>

/* How long a command waits for whoever holds data_dir: long enough for an upgrade of the tables or the
 * archive of a large class, short enough that one who is stuck is told of. */
enum { CONTROL_PATIENCE_S = 300 };

struct control;
struct loop;
struct turn;

/* Makes data_dir when it is missing and takes its lock, trying for `wait_ms`; a descriptor to hold (close
 * gives it up). -1 with *ret_error (yours) NULL when somebody else holds it, else a sentence. */
int control_lock(const char *data_dir, int wait_ms, char **ret_error);

/* What a command leaves to be done once its job is durable. All but `end` may be NULL; `end` NULL: nothing.
 */
struct control_later {
    bool (*slice)(void *data); /* on the loop, again and again with turns between, until it gives true */
    void (*work)(void *data);  /* then on a worker: must not touch the store */
    int (*end)(void *data, GString *out, GString *err); /* then, always: what is said, the exit code; frees */
    void *data;
};

/* Runs one command inside a job of the turn; gives its exit code. What it says goes out after the commit, and
 * after what it put into `later`. */
typedef int control_run(void *data, const char *cwd, int argc, char **argv, GString *out, GString *err,
                        struct control_later *later);

/* Does what is left at once, for a command that works without a server; gives the exit code, or `exit` when
 * nothing is left. */
int control_finish(struct control_later *, int exit, GString *out, GString *err);

/* Listens; NULL and *ret_error (yours) when it cannot. */
struct control *control_start(struct loop *loop, struct turn *turn, const char *data_dir, control_run *run,
                              void *data, char **ret_error);

/* Takes the socket away; commands that wait for a turn are answered by it or not at all. */
void control_stop(struct control *);

/* Sends a command to the server and collects what it says; its exit code, or -1 when no server answers. */
int control_call(const char *data_dir, int argc, char **argv, GString *out, GString *err);

#endif
