#include "bot/school/flood.h"

#include <glib.h>
#include <string.h>

#include "bot/core/clock.h"

enum { ROWS = 2, SLOTS = 16384 };

/* A count-min sketch: an account has a slot in each row, and the smaller count is its own or more. Constant
 * in size however many accounts write; somebody honest is counted too high only by sharing both slots with
 * floods. */
struct flood {
    int64_t per_minute, minute;
    guint16 counts[ROWS][SLOTS];
};

struct flood *flood_new(int64_t per_minute)
{
    struct flood *flood = g_new0(struct flood, 1);

    flood->per_minute = MIN(per_minute, G_MAXUINT16 - 2);
    return flood;
}

void flood_free(struct flood *flood)
{
    g_free(flood);
}

/* Counts in every row; gives the smallest. */
static guint count(struct flood *flood, guint hash)
{
    guint smallest = G_MAXUINT16;

    for (int row = 0; row < ROWS; row++) {
        guint16 *slot = &flood->counts[row][hash % SLOTS];

        if (*slot < G_MAXUINT16)
            ++*slot;
        smallest = MIN(smallest, *slot);
        hash = hash * 2654435761U >> 7;
    }
    return smallest;
}

enum flood_verdict flood_count(struct flood *flood, enum platform_id platform, const char *account)
{
    int64_t minute = clock_machine() / 60;

    if (flood->per_minute == 0)
        return FLOOD_FINE;
    if (minute != flood->minute) {
        flood->minute = minute;
        memset(flood->counts, 0, sizeof flood->counts);
    }
    guint messages = count(flood, g_str_hash(account) * 31 + platform);

    if (messages <= flood->per_minute)
        return FLOOD_FINE;
    return messages == flood->per_minute + 1 ? FLOOD_TELL : FLOOD_SILENT;
}
