/* YAML that people write: a tree in which every node knows its line and column, so that all faults can be
 * told at once. One document, no anchors, aliases or tags; a key twice in a map is a fault. Getters take a
 * map and a key; what has the wrong type adds a fault and gives what was to be given when it is missing.
 * ${NAME} in a value stands for an environment variable; one that is not set is a fault when the value is
 * asked for. */
#ifndef BOT_CORE_YAML_H
#define BOT_CORE_YAML_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml;                        /* a node; all live as long as their root */
typedef struct yaml_root yaml_root; /* what was read */

/* Reads a file of at most 1 MiB, or the text of one called `name`. Faults are added to `faults`, which must
 * outlive the root; NULL when it cannot be read as YAML at all or is no map. Free with yaml_free. */
struct yaml_root *yaml_read(const char *file, GPtrArray *faults);
struct yaml_root *yaml_parse(const char *name, const char *text, size_t len, GPtrArray *faults);
void yaml_free(struct yaml_root *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(yaml_root, yaml_free)

/* The map at the top. */
const struct yaml *yaml_top(const struct yaml_root *);

/* Adds a fault at this node. */
void yaml_fault(const struct yaml *, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

enum yaml_kind yaml_kind(const struct yaml *);
int yaml_line(const struct yaml *);
int yaml_column(const struct yaml *);
const char *yaml_file(const struct yaml *);

/* A fault for each key of the map that is not among `keys` (NULL-terminated), with the nearest one that is.
 */
void yaml_allow(const struct yaml *map, const char *const *keys);

/* The value of a key, or NULL when it is missing or null; the key itself, for faults about it. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);

/* Typed values; texts are borrowed from the root. */
const char *yaml_text(const struct yaml *map, const char *key, const char *missing);
const char *yaml_need(const struct yaml *map, const char *key); /* a fault and NULL when missing or empty */

/* A fault when the value, a secret, stands in the file itself and people besides its owner and group may read
 * that file. */
void yaml_guard(const struct yaml *value);
int64_t yaml_int(const struct yaml *map, const char *key, int64_t missing, int64_t min, int64_t max);
double yaml_real(const struct yaml *map, const char *key, double missing);
bool yaml_bool(const struct yaml *map, const char *key, bool missing); /* true or false */
int yaml_word(const struct yaml *map, const char *key, const char *const *words,
              int missing);                                          /* its place among them */
int yaml_time(const struct yaml *map, const char *key, int missing); /* "HH:MM" as minutes of the day */
bool yaml_span(const struct yaml *map, const char *key, int *ret_from,
               int *ret_to); /* "HH:MM-HH:MM", from < to */
const char *yaml_date(const struct yaml *map, const char *key,
                      const char *missing);                            /* "YYYY-MM-DD", a day that exists */
const struct yaml *yaml_map(const struct yaml *map, const char *key);  /* NULL when missing */
const struct yaml *yaml_list(const struct yaml *map, const char *key); /* NULL when missing */

/* Entries of a map or list, in the file's order. yaml_key is NULL for a list. */
size_t yaml_count(const struct yaml *);
const struct yaml *yaml_at(const struct yaml *, size_t index);
const char *yaml_key(const struct yaml *, size_t index);
const char *yaml_scalar(const struct yaml *); /* the text of a text node; a fault and NULL for others */

#endif
