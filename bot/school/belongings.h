/* Everything that the store holds about a person, found by the schema itself, so that no table can be
 * forgotten: the rows that carry the person, one of the person's memberships or accounts, and all that hangs
 * on such a row by a foreign key. Of rows about others that the person only entered it tells the number.
 *
 *     struct belongings *all = belongings_new(reader, person);
 *     while ((table = belongings_table(all)))
 *         while (belongings_row(all)) use(belongings_cell(all, 0));
 */
#ifndef BOT_SCHOOL_BELONGINGS_H
#define BOT_SCHOOL_BELONGINGS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "bot/core/store.h"

typedef struct belongings belongings;

/* One value of a row; texts and blobs are borrowed until the next row. */
struct belonging {
    enum { BELONGING_NOTHING, BELONGING_NUMBER, BELONGING_REAL, BELONGING_TEXT, BELONGING_BYTES } kind;
    int64_t number;
    double real;
    const char *text;
    const void *bytes;
    size_t len;
};

/* Never NULL; free it. On any thread, with that thread's connection. */
struct belongings *belongings_new(struct store *, int64_t person);
void belongings_free(struct belongings *);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(belongings, belongings_free)

/* The next table that holds something of the person, its name borrowed; NULL at the end. */
const char *belongings_table(struct belongings *);

/* Of that table: how many rows, how many about others the person entered, its columns. */
int64_t belongings_count(const struct belongings *);
int64_t belongings_entered(const struct belongings *);
int belongings_columns(const struct belongings *);
const char *belongings_column(const struct belongings *, int column);

/* SQL for its rows that are about the person ?1 (the web's number is ?2); borrowed, NULL: only entered ones.
 */
const char *belongings_where(const struct belongings *);

/* Its next row, and a value of it. Where a row names several members, the list is left out: it names others.
 */
bool belongings_row(struct belongings *);
struct belonging belongings_cell(const struct belongings *, int column);

/* Whether the store could not be read. */
bool belongings_failed(const struct belongings *);

#endif
