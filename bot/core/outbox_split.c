#include <string.h>

#include "bot/core/outbox.h"

/* Whether a text must not be cut before this character: it belongs to the one before. */
static bool clings(gunichar c)
{
    return g_unichar_ismark(c) || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f) ||
           (c >= 0x1f3fb && c <= 0x1f3ff);
}

/* Where the first part of `text` ends: the whole of it, or behind a line, a blank or a character. */
static const char *part_end(const char *text, size_t max, size_t (*measure)(const char *, size_t))
{
    const char *line = NULL, *blank = NULL, *whole = text, *at = text;
    size_t used = 0, early = max / 3; /* a break before that would leave a stump */
    gunichar before = 0;

    while (*at) {
        const char *next = g_utf8_next_char(at);
        gunichar c = g_utf8_get_char(at);
        size_t size = measure(at, (size_t)(next - at));
        if (!clings(c) && before != 0x200d)
            whole = at;
        if (used + size > max)
            return line ? line : blank ? blank : whole > text ? whole : at > text ? at : next;
        used += size;
        if (used > early && c == '\n')
            line = next;
        else if (used > early && g_unichar_isspace(c))
            blank = next;
        before = c;
        at = next;
    }
    return at;
}

size_t outbox_split_text(struct pool *pool, const char *text, size_t max,
                         size_t (*measure)(const char *, size_t), const char **ret_parts, size_t max_parts)
{
    size_t count = 0;
    do {
        const char *end = part_end(text, max, measure), *trimmed = end;
        while (*end && trimmed > text && g_ascii_isspace(trimmed[-1]))
            trimmed--;
        if (trimmed > text || count == 0) /* platforms refuse blank messages */
            ret_parts[count++] = pool_strndup(pool, text, (size_t)(trimmed - text));
        text = end;
    } while (*text && count < max_parts);
    return count;
}
