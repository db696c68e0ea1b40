/* config/banzhang.yaml, read and checked whole: every fault is told with file, line and column. */
#ifndef BOT_CONFIG_H
#define BOT_CONFIG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum telegram_mode { TELEGRAM_WEBHOOK, TELEGRAM_POLLING };
enum wecom_buttons { WECOM_CARD, WECOM_TEXT, WECOM_BOTH };

struct config {
    char *file;
    char *listen, *metrics_listen, *public_url, *data_dir, *share_dir, *zone, *locale;
    GPtrArray *classes; /* char *, paths as given, relative to the working directory */
    struct {
        bool enabled;
        int64_t clock; /* 0: runs with the machine */
    } sandbox;
    struct {
        bool enabled;
        char *token, *secret, *api_base;
        enum telegram_mode mode;
        int rate; /* messages a second, 0: no limit of ours */
    } telegram;
    struct {
        bool enabled;
        char *corp_id, *secret, *token, *encoding_aes_key, *api_base;
        int64_t agent_id;
        enum wecom_buttons buttons;
        int rate;
    } wecom;
    struct {
        int64_t body;            /* bytes of a webhook */
        int64_t upload;          /* bytes of a page's upload, decoded */
        int64_t header_timeout;  /* seconds a connection may be silent */
        int64_t per_minute;      /* messages of one account before it is told to slow down */
        int64_t inbox_days, outbox_days, sandbox_days;
    } limits;
};

/* Reads, fills ${NAME}s in, checks. Faults are added to `faults` as "file:line:column: what"; NULL when there were any.
 * Also refuses what the server must not start with: an enabled platform without its secret, the sandbox unless `listen`
 * and public_url's host are loopback, or with a platform whose api_base is not loopback. */
struct config *config_read(const char *file, GPtrArray *faults);
void config_free(struct config *);

#endif
