/* The tree behind yaml.h, shared by its reader (yaml.c) and its getters (yaml_get.c). */
#ifndef BOT_CORE_YAML_PRIVATE_H
#define BOT_CORE_YAML_PRIVATE_H

#include "bot/core/yaml.h"

struct yaml {
    struct yaml_root *root;
    enum yaml_kind kind;
    int line, column;
    char *text;       /* YAML_TEXT */
    char *unset;      /* the first environment variable it names that is not set */
    bool filled;      /* an environment variable stands in it */
    bool quoted;      /* written as a text: no number, no truth value */
    bool null;        /* nothing, ~ or null */
    GPtrArray *items; /* struct yaml *, of a list or map */
    GPtrArray *keys;  /* struct yaml *, beside the items of a map */
};

struct yaml_root {
    char *file;
    struct yaml *top;
    GPtrArray *nodes;  /* all, for freeing */
    GPtrArray *faults; /* borrowed */
    bool told;         /* a fault says already why reading stopped */
};

/* The value of a key, null or not; NULL when missing. */
const struct yaml *yaml_find(const struct yaml *map, const char *key);

#endif
