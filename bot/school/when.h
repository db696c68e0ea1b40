/* Natural times, Chinese and English: 明天上午, 下周一, 3月4日到3月6日, 周三至周五, 2026-03-04 am, 9点半. A
 * pure reader over a "now" and a zone; what it did not use of the text is the reason. */
#ifndef BOT_SCHOOL_WHEN_H
#define BOT_SCHOOL_WHEN_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/pool.h"
#include "bot/core/text.h"
#include "bot/school/days.h"

enum when_reading {
    WHEN_NONE,       /* the text names no time */
    WHEN_READ,       /* it does */
    WHEN_IMPOSSIBLE, /* it names one that there is not: 2月30日, 25:00, 3月6日到3月4日 */
};

/* One stretch of time, [starts, ends). */
struct when_span {
    char first[DAY_SIZE], last[DAY_SIZE];
    int64_t starts, ends;
    bool clock; /* said by the clock (9:00-11:00): what overlaps it is meant; else (上午, 全天) what begins in
                   it */
    bool point; /* one time (9点), starts = ends */
    bool dated; /* its day was said */
};

enum { WHEN_SPANS = 8 }; /* 周三、周五: several in one text */
struct when {
    struct when_span spans[WHEN_SPANS];
    size_t count;
    size_t from, to; /* the bytes of the normalised text that said it */
};

/* Reads the first time that a normalised text names, wherever it stands. */
enum when_reading when_read(GTimeZone *, int64_t now, const char *text, struct when *ret);

/* The same, and days that follow it with nothing but blanks between: 今天 明天 发烧. */
enum when_reading when_read_days(GTimeZone *, int64_t now, const char *text, struct when *ret);

/* A time of the day at the very beginning of a normalised text, as minutes: 8:55, 16点20, 下午4点半, 9am;
 * bytes used, 0 when there is none. */
size_t when_clock(const char *text, int *ret_minutes);

/* The first length of time that a normalised text names (30分钟, 半小时, 1 hour), in minutes, and where it
 * stands; 0 none. */
int when_length(const char *text, size_t *ret_from, size_t *ret_to);

/* Whether a sitting from `starts` to `ends` is meant. */
bool when_covers(const struct when *, int64_t starts, int64_t ends);

/* What was typed around the time, without the words that only lead to it (因为, 的, because): in the pool. */
const char *when_rest(struct pool *, const struct normal *, const struct when *);

#endif
