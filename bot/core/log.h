/* One structured line an event on stderr: `2026-03-02T08:40:00.123Z info inbox.failed platform=telegram
 * id=7`. Lines carry ids and counts, never texts, names or tokens; registered secrets are blanked out as a
 * last line of defence, and this is the only place where that happens. */
#ifndef BOT_CORE_LOG_H
#define BOT_CORE_LOG_H

#include <glib.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below this level are not written; LOG_INFO at the start. */
void log_set_level(enum log_level level);

/* From now on every occurrence of `secret` (at least 6 bytes) in a line is written as `***`. Copies it. */
void log_hide(const char *secret);

/* Writes one line. `event` is a dotted literal, `fmt` gives "key=value key=value"; control characters become
 * '?'. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

#define log_info(...)  log_event(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_event(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)

/* A programmer's mistake: says where and aborts. */
#define BUG(...) log_bug(__FILE__, __LINE__, __VA_ARGS__)
void log_bug(const char *file, int line, const char *fmt, ...) G_GNUC_PRINTF(3, 4) G_GNUC_NORETURN;

#endif
