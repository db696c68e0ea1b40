/* Banzhang, the class monitor that lives in a chat. Read on in server.c (what runs), then bot/core/turn.h
 * (how a message is kept), bot/school/dispatch.c (how it is understood) and handlers/table.c (what it can
 * do). */
#include "bot/server.h"

int main(int argc, char **argv)
{
    return commands_main(&server_host, argc, argv);
}
