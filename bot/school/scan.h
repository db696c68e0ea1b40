/* The sign-in code in the address that the screen's QR opens. */
#ifndef BOT_SCHOOL_SCAN_H
#define BOT_SCHOOL_SCAN_H

#include "bot/core/pool.h"
#include "bot/core/text.h"

/* The six digits of `{public_url}/s/CODE`, typed or scanned, or of Telegram's `/start s_CODE`; NULL when the
 * text is neither. In the pool. */
const char *scan_code(struct pool *, const struct normal *text, const char *public_url);

#endif
