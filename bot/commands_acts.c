/* `acts`: all that can be typed or pressed and who may, as CSV. What .needs says is what dispatch enforces.
 */
#include <stdio.h>

#include "bot/commands_private.h"
#include "bot/school/roles.h"
#include "handlers/table.h"

/* In the order of the columns. */
static const int roles[] = { ROLE_TRAINEE,  ROLE_MENTOR,    ROLE_DUTY,  ROLE_LEADER,
                             ROLE_LECTURER, ROLE_ORGANISER, ROLE_BUREAU };

/* Where it is done when it is said in a group. */
static const char *place(unsigned needs)
{
    return needs & NEEDS_PRIVATE ? "private" : needs & ASIDE ? "answered in private" : "anywhere";
}

/* One line: what it is, who may, where. */
static void print_act(const struct handler *handler, const char *how, const char *act, unsigned needs)
{
    bool anybody = (needs & ROLE_ALL) == 0;

    printf("%s,%s,%s,%s", handler->name, act, how, needs & NEEDS_NOBODY ? "yes" : "-");
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        printf(",%s", anybody || needs & (unsigned)roles[i] ? "yes" : "-");
    printf(",%s,%s\n", place(needs), needs & OVER_DIALOG ? "yes" : "-");
}

int command_run_acts(struct call *call)
{
    (void)call;
    fputs("capability,act,how,stranger", stdout);
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++)
        printf(",%s", role_name(roles[i]));
    fputs(",where,between questions\n", stdout);
    for (size_t h = 0; handlers[h]; h++) {
        for (const struct command *command = handlers[h]->commands; command->name; command++)
            print_act(handlers[h], "typed", command->name, command->needs);
        for (const struct action *action = handlers[h]->actions; action->verb; action++)
            print_act(handlers[h], "pressed", action->verb, action->needs);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
