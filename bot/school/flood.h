/* A flood from one account: after so many messages in a minute it is told once to slow down, then not heard
 * until the minute is over. Kept in memory only: a restart forgives. */
#ifndef BOT_SCHOOL_FLOOD_H
#define BOT_SCHOOL_FLOOD_H

#include <stdint.h>

#include "bot/core/message.h"

struct flood;

/* At most `per_minute` messages of one account in a minute of the machine's clock; 0: no limit. */
struct flood *flood_new(int64_t per_minute);
void flood_free(struct flood *);

enum flood_verdict { FLOOD_FINE, FLOOD_TELL, FLOOD_SILENT };

/* Counts one message of an account. */
enum flood_verdict flood_count(struct flood *, enum platform_id, const char *account);

#endif
