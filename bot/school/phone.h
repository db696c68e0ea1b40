/* People's telephone numbers: sealed at rest (vault.h), found by their index. The only place that reads or
 * writes them. */
#ifndef BOT_SCHOOL_PHONE_H
#define BOT_SCHOOL_PHONE_H

#include "bot/core/vault.h"

/* Makes the columns; after those of the school. False and *error on failure. */
bool phone_migrate(struct store *, GError **error);

/* The number of a person, from the row's sealed bytes; yours, NULL none. */
char *phone_open(struct vault *, int64_t person, const void *sealed, size_t len);

/* The person who has this number; 0: nobody. */
int64_t phone_find(struct store *, struct vault *, const char *phone);

/* Gives a person a number; NULL takes it away. */
void phone_set(struct store *, struct vault *, int64_t person, const char *phone);

/* The same of a number that somebody only says is the person's: phone_find does not know it. */
void phone_note(struct store *, struct vault *, int64_t person, const char *phone);

/* Seals what an older program left readable; in a transaction of its own. False and *error on failure. */
bool phone_seal_all(struct store *, struct vault *, GError **error);

#endif
