/* One decrypted WeCom message or event as an update. */
#ifndef BOT_PLATFORM_WECOM_DECODE_H
#define BOT_PLATFORM_WECOM_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/message.h"
#include "bot/core/pool.h"
#include "bot/platform/wecom_xml.h"

/* The task_id of a card carries our outbox id: WECOM_TASK_PREFIX id "-" anything. */
#define WECOM_TASK_PREFIX "bz-"

/* Fills `into` from the plain text of an envelope sent to `corp`; everything is in the pool. False when it is
 * no XML of WeCom's or lacks a field it must have. Kinds we do not know are no error. */
bool wecom_decode(struct wecom_xml *, const char *corp, const char *plain, size_t len, struct pool *,
                  struct update *into);

#endif
