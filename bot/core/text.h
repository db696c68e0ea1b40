/* Text of people: valid, bounded, comparable. */
#ifndef BOT_CORE_TEXT_H
#define BOT_CORE_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "bot/core/pool.h"

/* A normalised copy for matching, with the way back to what was typed. */
struct normal {
    char *text; /* NFKC, lower case, simplified, runs of blanks as one, no blanks at the ends */
    size_t len;
    const char *source; /* the original, borrowed */
    size_t *back; /* back[i] = the byte of `source` that byte i of `text` came from; back[len] = its end */
};

/* Normalises valid UTF-8; everything in the pool. Invisible characters (zero width, direction, variation) are
 * dropped. */
struct normal text_normal(struct pool *, const char *source);

/* The same without blanks between two characters that are not ASCII (签 到 1 → 签到 1); its len is the given
 * one's when there are none. In the pool. */
struct normal text_squeezed(struct pool *, const struct normal *);

/* Makes `from` (a traditional character) read as `to` (its simplified one) in text_normal; both of
 * U+4E00–9FFF, else false. The locale sets them at load. */
bool text_set_variant(gunichar from, gunichar to);
void text_forget_variants(void);

/* What was typed for bytes [from, to) of the normalised text, without blanks and separators (,，、:：;；)
 * around, nor a 。 before it. */
const char *text_original(struct pool *, const struct normal *, size_t from, size_t to);

/* A copy with at most `max` bytes, cut at a character, invalid bytes as '?', control characters but \n and \t
 * gone. In the pool. */
char *text_clean(struct pool *, const char *text, size_t len, size_t max);

/* Lengths as the platforms count: bytes, and UTF-16 units (Telegram). */
size_t text_bytes(const char *, size_t len);
size_t text_utf16(const char *, size_t len);

/* How many characters, and whether there is at least one letter or digit. */
size_t text_chars(const char *);
bool text_says_something(const char *);

/* Reads "YYYY-MM-DD": a day that exists, written in digits alone; false, and nothing set, for all else. */
bool text_day(const char *text, int *ret_year, int *ret_month, int *ret_day);

/* A number written in digits or Chinese (三, 十二, 二十三) at `*at`; moves `*at` behind it. -1 and unmoved
 * when none. */
int text_number(const char **at);

/* Compares in a time that depends on the length of `given` only; NULL and an empty
 * secret are equal to nothing. */
bool text_same_secret(const char *given, const char *secret);

/* Turns bytes of a CSV (UTF-8 with or without BOM, GB18030, UTF-16) into UTF-8; NULL when it is none of them
 * or has a NUL character. Yours (g_free). */
char *text_to_utf8(const char *data, size_t len);

#endif
