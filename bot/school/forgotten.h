/* Who was forgotten and still stands in a file: a roster that lies there must not bring anybody back. What is
 * kept of a name and a number is a keyed index each (vault.h), by which the same words are known again and
 * from which nobody can read them. */
#ifndef BOT_SCHOOL_FORGOTTEN_H
#define BOT_SCHOOL_FORGOTTEN_H

#include "bot/core/vault.h"

/* Makes the columns; after those of the school. False and *error on failure. */
bool forgotten_migrate(struct store *, GError **error);

/* Inside the job that forgets a person, while the numbers in the classes still stand. */
void forgotten_keep(struct store *, struct vault *, int64_t person, const char *name);

/* Whether a roster's row is about somebody whom this class has forgotten: the name with the number of then,
 * or with none (NULL). Another number is another person. */
bool forgotten_row(struct store *, struct vault *, int64_t class, const char *name, const char *number);

/* What somebody of this name is called since this class has forgotten them; yours, NULL when there is none,
 * or when somebody else of the class has that name. */
char *forgotten_called(struct store *, struct vault *, int64_t class, const char *name);

#endif
