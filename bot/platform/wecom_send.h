/* Deliveries to WeCom: one is one or a few calls, and ends in one outcome. */
#ifndef BOT_PLATFORM_WECOM_SEND_H
#define BOT_PLATFORM_WECOM_SEND_H

#include "bot/platform/wecom.h"
#include "bot/platform/wecom_api.h"

struct wecom_send;

/* Registers the platform with the outbox. */
struct wecom_send *wecom_send_new(const struct wecom_options *, struct wecom_api *);
void wecom_send_free(struct wecom_send *);

/* A group robot's key: "robot:KEY" or the address that WeCom shows for it, of which only the key is used.
 * NULL when it is none; yours. */
char *wecom_send_robot_key(const char *chat);

/* A member's userid, and never "@all" or several of them. */
bool wecom_send_valid_member(const char *chat);

#endif
