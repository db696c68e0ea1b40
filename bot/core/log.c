#include "bot/core/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bot/core/clock.h"

enum { LINE_MAX_BYTES = 4096, SECRET_MIN = 6 };

static GMutex secrets_lock;
static GPtrArray *secrets;
static enum log_level lowest = LOG_INFO;

/* Sets the lowest level that is written. */
void log_set_level(enum log_level level)
{
    lowest = level;
}

/* Registers a secret. */
void log_hide(const char *secret)
{
    if (!secret || strlen(secret) < SECRET_MIN)
        return;
    g_mutex_lock(&secrets_lock);
    if (!secrets)
        secrets = g_ptr_array_new_with_free_func(g_free);
    if (!g_ptr_array_find_with_equal_func(secrets, secret, g_str_equal, NULL))
        g_ptr_array_add(secrets, g_strdup(secret));
    g_mutex_unlock(&secrets_lock);
}

/* Writes every registered secret in `line` as ***. */
static void blank_out(char *line)
{
    g_mutex_lock(&secrets_lock);
    for (guint i = 0; secrets && i < secrets->len; i++) {
        const char *secret = g_ptr_array_index(secrets, i);
        size_t len = strlen(secret);
        for (char *at = strstr(line, secret); at; at = strstr(at + 3, secret)) {
            // NOLINTNEXTLINE(bugprone-not-null-terminated-result): the rest of the line follows
            memcpy(at, "***", 3);
            memmove(at + 3, at + len, strlen(at + len) + 1);
        }
    }
    g_mutex_unlock(&secrets_lock);
}

/* The word for a level. */
static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARN:
        return "warn";
    case LOG_ERROR:
        return "error";
    }
    return "?";
}

/* One line with one write(2), so that lines of several threads never mix. */
static void write_line(enum log_level level, const char *event, const char *fmt, va_list args)
{
    int64_t now = clock_machine_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm tm;
    char stamp[32];
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);

    g_autoptr(GString) line = g_string_sized_new(256);
    g_string_printf(line, "%s.%03dZ %s %s ", stamp, (int)(now % 1000), level_name(level), event);
    g_string_append_vprintf(line, fmt, args);
    blank_out(line->str);
    size_t len = strlen(line->str);
    if (len > LINE_MAX_BYTES) {
        len = LINE_MAX_BYTES;
        while (len > 0 && ((unsigned char)line->str[len] & 0xC0) == 0x80)
            len--;
    }
    while (len > 0 && line->str[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line->str[i] < ' ' || line->str[i] == 0x7F)
            line->str[i] = '?';
    }
    g_string_truncate(line, len);
    g_string_append_c(line, '\n');
    int saved = errno;
    ssize_t written;
    do {
        written = write(STDERR_FILENO, line->str, line->len);
    } while (written < 0 && errno == EINTR);
    errno = saved;
}

/* Writes one line when its level is high enough. */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    if (level < lowest)
        return;
    va_list args;
    va_start(args, fmt);
    write_line(level, event, fmt, args);
    va_end(args);
}

/* Says where the mistake is and aborts. */
void log_bug(const char *file, int line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    log_event(LOG_ERROR, "bug", "at=%s:%d what=\"%s\"", file, line, what);
    abort();
}
