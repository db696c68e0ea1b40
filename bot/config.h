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
    char *listen;
    char *metrics_listen; /* NULL: metrics are for this machine only */
    char *public_url;     /* without a slash at its end; without the key "http://" and `listen` */
    char *data_dir, *share_dir, *zone, *locale;
    char *master_key;   /* the file; NULL: config_master_key() says */
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
    struct { /* backups by themselves (backup_daily.h); folder NULL: none */
        char *folder, *at, *key_file;
        int64_t every; /* hours: a divisor of 24 */
        int64_t keep;
    } backup;
    struct {
        int64_t body;                                  /* bytes of a webhook */
        int64_t upload;                                /* bytes of a page's upload, decoded */
        int64_t file, files_of_person, files_of_class; /* bytes that people may leave here */
        int64_t bodies;                                /* bytes of all bodies that are on their way */
        int64_t header_timeout;                        /* seconds a connection may be silent */
        int64_t reserve;                               /* bytes kept back for a full disk */
        int64_t per_minute; /* messages of one account before it is told to slow down */
        int64_t inbox_days, outbox_days, sandbox_days;
    } limits;
};

/* Reads, fills ${NAME}s in, checks. Faults are added to `faults` as "file:line:column: what"; NULL when there
 * were any. A platform is on when its section is there, unless that says `enabled: false`. Also refuses what
 * the server must not start with: an enabled platform without its secrets, the sandbox unless `listen` and
 * public_url's host are loopback. Secrets are registered with log_hide. */
struct config *config_read(const char *file, GPtrArray *faults);
/* Where the master key lies; yours. */
char *config_master_key(const struct config *);

void config_free(struct config *);

/* True when a platform that is on talks to somebody outside this machine: then the class clock must not be
 * moved. */
bool config_reaches_out(const struct config *);

/* Whether this is a machine where somebody tries things out: with the sandbox, or a WeCom of its own. A class
 * file that everybody reads may have a robot's key there. */
bool config_tries_out(const struct config *);

/* True for localhost, 127.x.x.x and ::1, with or without brackets. */
bool config_loopback(const char *host);

/* Whether people's browsers reach the pages over http, and not from this machine alone. */
bool config_plain_http(const struct config *);

/* `share_dir` when nothing is said: the tree the program was built in while it is there, else the installed
 * one. */
const char *config_share_default(void);

#endif
