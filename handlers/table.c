#include "handlers/table.h"

#include <stddef.h>

extern const struct handler help, join, members, signin;

const struct handler *const handlers[] = {
    &help, &join, &members, &signin, NULL,
};
