/* From what was typed to a command: one PCRE2 pattern over the words of all commands in all languages, built
 * from the table and the locales; arguments in any sensible order; the nearest commands when nothing fits. */
#ifndef BOT_SCHOOL_WORDS_H
#define BOT_SCHOOL_WORDS_H

#include <glib.h>
#include <stdbool.h>

#include "bot/core/pool.h"
#include "bot/core/text.h"
#include "bot/school/handler.h"

struct words_table;

/* Compiles the words of all commands. NULL with faults told. */
struct words_table *words_compile(const struct handler *const *handlers, GPtrArray *faults);
void words_free(struct words_table *);

/* The six digits of a text that is nothing but a code, marks and brackets around; NULL when it is more. In
 * the pool. */
const char *words_bare_code(struct pool *, const struct normal *text);

/* The commands that `text` may be a call of, best first, at most `max`; each with its arguments read. 0:
 * none. *ret_slash tells whether it was typed with a slash. */
struct call {
    const struct handler *handler;
    const struct command *command;
    struct args args;
};
size_t words_match(struct words_table *, struct pool *, const struct normal *text, struct call *ret_calls,
                   size_t max, bool *ret_slash);

/* The commands whose words come nearest to `text`, best first, at most `max`, of those that `fits` lets
 * through. */
size_t words_nearest(struct words_table *, const struct normal *text,
                     bool (*fits)(void *, const struct command *), void *data, const struct command **ret,
                     size_t max);

/* A command and its handler by name; NULL none. */
const struct command *words_command(struct words_table *, const char *name,
                                    const struct handler **ret_handler);

/* The first word of a command in a language: how help and buttons call it. */
const char *words_title(struct words_table *, const struct command *, const char *lang);

#endif
