/* A form file (config/forms/NAME.yaml) as plain data: plan, report, survey and the like are lists of
 * questions. */
#ifndef BOT_SCHOOL_FORM_FILE_H
#define BOT_SCHOOL_FORM_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum form_kind {
    FORM_CHOICE,
    FORM_MANY,
    FORM_SCALE,
    FORM_YESNO,
    FORM_TEXT,
    FORM_NUMBER,
    FORM_DATE,
    FORM_FILE
};

/* A sentence in each language: language code → text. */
typedef GHashTable form_sentence;

struct form_option {
    int64_t value;
    form_sentence *label;
};

struct form_question {
    char *id;
    enum form_kind kind;
    form_sentence *ask;
    GHashTable
        *words; /* language → GPtrArray of char *: what opens this answer in a one-message reply; NULL none */
    bool required;     /* false: may be skipped */
    bool per_lecturer; /* asked once for each lecturer; {lecturer} in `ask` is the name */
    char *measure;     /* the figure its answers go into; NULL none */
    double min,
        max; /* text: characters · number: the value · scale: its ends · many: how many · file: how many */
    GPtrArray *options;  /* struct form_option *, of choice and many, in the order shown; else empty */
    int when;            /* place of the earlier question it depends on; -1: always asked */
    GArray *when_values; /* int64_t: asked when that answer is one of these */
};

typedef struct form_file form_file;
struct form_file {
    char *id;
    form_sentence *title;
    bool anonymous;       /* its prompts and answers are kept nowhere */
    int line, column;     /* where it says so, or where it begins */
    int by;               /* roles that may fill it when it is a named one of 评价; 0 none */
    GPtrArray *questions; /* struct form_question * */
};

/* Reads one; NULL when anything was added to `faults`. Every sentence must be there in each of `languages`.
 */
struct form_file *form_file_read(const char *path, const char *const *languages, GPtrArray *faults);
/* The same from the text of a file called `name`. */
struct form_file *form_file_parse(const char *name, const char *text, size_t len,
                                  const char *const *languages, GPtrArray *faults);
void form_file_free(struct form_file *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(form_file, form_file_free)

/* The sentence in a language, else in Chinese; never NULL. */
const char *form_say(const form_sentence *, const char *lang);

/* The place of a question by its id; -1 when there is none. */
int form_find(const struct form_file *, const char *id);

#endif
