/* JSON in by path and wanted type, JSON out by appending. Over cJSON; numbers must be whole and below 2^53.
 */
#ifndef BOT_CORE_JSON_H
#define BOT_CORE_JSON_H

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    JSON_VALUES =
        10000, /* values in a document of strangers: each costs a hundred bytes, two bytes have one */
    JSON_LONGER = 400000, /* in one that we have asked for, or that is ours */
};

/* Parses one whole document of at most `depth` levels and JSON_VALUES values; NULL when malformed, too deep,
 * too many, not UTF-8, followed by garbage, with a key twice in one object or with a NUL in a string. Free
 * with cJSON_Delete. */
cJSON *json_parse(const char *text, size_t len, int depth);

/* The same with at most JSON_LONGER values. */
cJSON *json_parse_longer(const char *text, size_t len, int depth);

/* A value by path: "message.chat.id", "photo[-1].file_id" ([-1] the last). NULL when missing. */
const cJSON *json_at(const cJSON *, const char *path);
const char *json_text(const cJSON *, const char *path);       /* NULL when missing or no string */
bool json_int(const cJSON *, const char *path, int64_t *ret); /* false when missing, fractional or >= 2^53 */
bool json_real(const cJSON *, const char *path, double *ret);
bool json_true(const cJSON *, const char *path);

/* Appends a quoted, escaped string ("null" for NULL). */
void json_put(GString *, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cJSON, cJSON_Delete)

#endif
