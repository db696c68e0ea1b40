/* The server: everything put together, run, and taken apart in order. */
#ifndef BOT_SERVER_H
#define BOT_SERVER_H

#include "bot/commands.h"

/* How the commands of the machine come to a server, or to the school without one. */
extern const struct command_host server_host;

#endif
