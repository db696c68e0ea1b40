/* The audit trail: every row that is written to, changed in or taken from an audited table leaves an act, by
 * triggers, so that no capability can forget it. Acts form a chain: each carries an HMAC, under a key that
 * lies outside the store, over the HMAC before it and a salted digest of its contents. The contents lie apart
 * (audit_content): they can be erased for a person's sake, and the chain still holds.
 *
 *     audit          id, at (class clock), actor, what (table), how, subject (the row's key), digest, mac
 *     audit_content  id, member and person it is about, salt, content
 *
 * How: insert update delete; baseline, as its trail began; restate, as it stands behind an erasure; of the
 * trail itself watch, resume, erase. Content: the row as JSON, after the act (of a delete: before it).
 *
 * An actor is a person's id, AUDIT_PROGRAM for a due time, AUDIT_COMMAND for the command line. */
#ifndef BOT_CORE_AUDIT_H
#define BOT_CORE_AUDIT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/store.h"

enum { AUDIT_MAC = 32, AUDIT_PROGRAM = 0, AUDIT_COMMAND = -1 };

/* A table whose rows are audited: which of its columns, with commas ("role,left"), or NULL: all. */
struct audited {
    const char *table;
    const char *columns;
};

struct audit;

/* Gives a store just opened what its triggers call, before anything is written to it. `secret` is the
 * server's key, of SECRET_BYTES. NULL and *error on failure. Lives as long as the store. */
struct audit *audit_open(struct store *, const uint8_t *secret, GError **error);

/* After every migration: makes the trail's tables, and the triggers of the tables in `list` (ended by an
 * entry without table). What a table holds as its trail begins becomes the baseline. False and *error on
 * failure. */
bool audit_watch(struct store *, const struct audited *list, GError **error);

/* Says whose acts follow, until it is said again. */
void audit_actor(struct audit *, int64_t actor);

/* Adds to `acts` (of int64_t) the ids of acts that have contents: about a member or a person (0: none); about
 * the rows of a table that `where` selects (SQL from the code, in which ?1 is `person`); whose contents hold
 * `text`, as far as holds() finds so. */
void audit_about(struct store *, int64_t member, int64_t person, GArray *acts);
void audit_about_rows(struct store *, const char *table, const char *where, int64_t person, GArray *acts);
void audit_about_text(struct store *, const char *text,
                      bool (*holds)(const char *table, const char *content, const char *text), GArray *acts);

/* In a transaction: takes the contents of these acts away and leaves an act that says so, for `subject`;
 * before it one on each row that stays, as it stands now. Gives how many; orders `acts`. */
int64_t audit_erase(struct store *, const struct audited *list, GArray *acts, const char *subject);

/* What a verification found. */
struct audit_report {
    int64_t acts, erased, faults;
    int64_t last_at;              /* class clock of the last act */
    char head[AUDIT_MAC * 2 + 1]; /* its HMAC in hex; "" none */
};

/* Walks the whole chain with a reader and compares it with the tables: calls fault(data, sentence) for each
 * act that was changed, is missing or was slipped in, each table whose acts are no longer recorded, each row
 * that is not as its last act left it. False when the store could not be read to its end. */
bool audit_verify(struct store *reader, const uint8_t *secret, const struct audited *list,
                  void (*fault)(void *data, const char *sentence), void *data, struct audit_report *ret);

/* The head after the last act before `until` (class clock): writes its HMAC in hex and gives its id; 0 none.
 */
int64_t audit_head(struct store *, int64_t until, char ret_hex[AUDIT_MAC * 2 + 1]);

/* The id of the act between two moments whose HMAC begins with `hex`; 0: there is none. */
int64_t audit_find(struct store *, int64_t from, int64_t until, const char *hex);

#endif
