/* The languages in memory. Read by locale_load.c, checked by locale_check.c, used by locale.c; nobody
 * else includes this. */
#ifndef BOT_CORE_CATALOGUE_H
#define BOT_CORE_CATALOGUE_H

#include <glib.h>
#include <stdbool.h>

/* A piece of a sentence: words as they stand, or the name of a placeholder. Points into the sentence. */
struct part {
    const char *text;
    guint len;
    bool hole;
};

struct sentence {
    char *raw;
    struct part *parts;
    guint count;
};

/* What a key means. `one` and `other` are its plural forms, and stand under their own full keys as well
 * (alias). */
struct entry {
    struct sentence *plain, *one, *other;
    GPtrArray *holes; /* names of all placeholders of all forms, sorted, each once */
    bool alias;
};

struct language {
    const char *name; /* interned */
    char *file, *source;
    GPtrArray *sentences;
    GHashTable *entries; /* dotted key → struct entry */
    GHashTable *lists;   /* dotted key → GPtrArray of words */
    GArray *variants;    /* gunichar pairs */
};

/* The default language first. */
struct catalogue {
    GPtrArray *languages;
};

/* Reads and checks all of `dir`; NULL and faults when anything is wrong. */
struct catalogue *catalogue_read(const char *dir, GPtrArray *faults);
void catalogue_free(struct catalogue *);

/* Adds to `faults` what is wrong between the languages. */
void catalogue_check(const struct catalogue *, GPtrArray *faults);

/* Adds "file:line:column: what" for a key of the file. */
void catalogue_fault(GPtrArray *faults, const struct language *, const char *key, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);

/* Whether `n` takes the form _one in `lang`, and whether that language has such a form. */
bool catalogue_is_one(const char *lang, const char *n);
bool catalogue_has_one(const char *lang);

#endif
