/* The world that the targets talk into: the whole server with the demo class, in a folder of its own, without
 * sending anything; some of each role have joined. Every input finds it as it was at first. */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include "bot/server_private.h"

#define WORLD_TELEGRAM "telegram-secret"
#define WORLD_WECOM    "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"

enum {
    WORLD_PEOPLE = 8,
    WORLD_MONDAY = 1772413200 /* 2026-03-02 09:00 in Shanghai: the first sitting has begun */
};

struct world {
    struct server *server;
    struct school *school;
    char *accounts[WORLD_PEOPLE]; /* of the web; the last ones are strangers */
    char *action;                 /* of the last answer's first button */
};

/* Opens it, once for the process; ends the process when it cannot. */
struct world *world_open(void);

/* From now on this is what every input finds; everything as it was then. */
void world_keep(struct world *);
void world_restore(struct world *);

/* Says something and waits for the answer; a whole request body, or one field of it. */
void world_send(struct world *, const cJSON *body, const char *account);
void world_say(struct world *, const char *account, const char *field, const char *text);

/* The code of a trainee who has not joined; yours. */
char *world_code(struct world *);

#endif
