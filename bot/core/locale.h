/* Every sentence and every word a command may be called by, from locales/LANG.json. Sentences have named
 * {placeholders}; a key with plural forms has the suffixes _one and _other, chosen by the placeholder {n}.
 * Checked whole at load. */
#ifndef BOT_CORE_LOCALE_H
#define BOT_CORE_LOCALE_H

#include <glib.h>
#include <stdbool.h>

#include "bot/core/pool.h"

#define LOCALE_DEFAULT "zh-CN"

/* Loads (or reloads) all languages of `dir`; faults are added as "file:line:column: what". On faults the old
 * catalogue stays. */
bool locale_load(const char *dir, GPtrArray *faults);
void locale_unload(void);

/* The language we have that fits a platform's or a person's language code best, LOCALE_DEFAULT when none
 * does. The string lives for good.
 */
const char *locale_pick(const char *lang);
bool locale_has(const char *lang);

/* The sentence `key` with its placeholders filled from name, value pairs (const char *) ended by NULL. A
 * missing key or placeholder is a programmer's mistake: logged, and the key itself is given. A NULL value
 * counts as missing. In the pool. */
const char *locale_text(struct pool *, const char *lang, const char *key, ...) G_GNUC_NULL_TERMINATED;
const char *locale_textv(struct pool *, const char *lang, const char *key, va_list);

/* The sentence as it stands in the file, or NULL; borrowed until the next load. */
const char *locale_raw(const char *lang, const char *key);

/* A copy of the sentences of `lang` whose keys begin with `prefix`, key → sentence as it stands in the file:
 * for workers, since the catalogue is the loop's. Yours. */
GHashTable *locale_copy(const char *lang, const char *prefix);

/* Calls fn for each word of the list at `key` ("commands.signin", "polite") in each language, in the file's
 * order. Words are borrowed until the next load. */
void locale_words(const char *key, void (*fn)(void *data, const char *lang, const char *word), void *data);

/* Calls fn for each pair of characters that mean the same (traditional, simplified) in commands. locale_load
 * has given them to text.h already. */
void locale_variants(void (*fn)(void *data, gunichar from, gunichar to), void *data);

#endif
