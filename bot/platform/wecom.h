/* WeCom (企业微信), an application of one's own: encrypted callbacks in, message/send out. */
#ifndef BOT_PLATFORM_WECOM_H
#define BOT_PLATFORM_WECOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/http.h"

struct fetch;
struct files;
struct inbox;
struct loop;
struct outbox;
struct wecom;

/* How buttons are shown. WeCom's plug-in inside WeChat shows no cards, so numbers can stand below the text.
 */
enum wecom_show { WECOM_SHOW_CARD, WECOM_SHOW_TEXT, WECOM_SHOW_BOTH };

struct wecom_options { /* texts are copied */
    const char *corp_id, *secret, *token, *encoding_aes_key, *api_base;
    int64_t agent_id;
    enum wecom_show show;
    double per_second; /* messages of the whole application, 0: no limit of ours */
    size_t max_body;   /* bytes of a callback; never more than a stranger may send */
    const char *lang;  /* of the menu and of the word on a pressed card */
    struct loop *loop;
    struct fetch *fetch;
    struct inbox *inbox;
    struct outbox *outbox;
    struct files *files;
    /* alarm(data, what): only a person can mend it. what: token_refused, ip_not_trusted, app_refused. Comes
     * again as long as it lasts. */
    void (*alarm)(void *data, const char *what);
    void *alarm_data;
};

/* Makes the platform known to outbox and files. NULL when encoding_aes_key is no EncodingAESKey. */
struct wecom *wecom_new(const struct wecom_options *);

/* After the loop has ended; before outbox, files and fetch are freed. What is on its way is forgotten. */
void wecom_free(struct wecom *);

/* GET and POST /wecom/callback; borrowed from the wecom. */
const struct http_route *wecom_routes(struct wecom *, size_t *ret_count);

/* Creates the menu; it does not matter when WeCom cannot be reached or forbids it. Before outbox_start. */
void wecom_start(struct wecom *);

#endif
