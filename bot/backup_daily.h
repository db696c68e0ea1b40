/* A backup a day, or every few hours, as `backup:` of the configuration says: made by the running server,
 * verified by unpacking it, the oldest beyond `keep` removed; organisers hear it when none could be made. */
#ifndef BOT_BACKUP_DAILY_H
#define BOT_BACKUP_DAILY_H

#include "bot/config.h"
#include "bot/operations.h"

struct backup_daily;

/* NULL when the configuration wants none. All is borrowed; from now on it looks at the hour by itself. */
struct backup_daily *backup_daily_new(const struct config *, struct school *, struct operations *);

/* Once the loop is gone and before the store is closed. */
void backup_daily_free(struct backup_daily *);

#endif
