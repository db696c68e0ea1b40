#include "bot/platform/wecom.h"

#include <string.h>

#include "bot/core/files.h"
#include "bot/core/inbox.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/platform/wecom_api.h"
#include "bot/platform/wecom_crypto.h"
#include "bot/platform/wecom_decode.h"
#include "bot/platform/wecom_menu.h"
#include "bot/platform/wecom_send.h"
#include "bot/platform/wecom_xml.h"

enum { RETRY_S = 2, ROUTES = 2, MEDIA_MS = 120 * 1000, MENU_AGAIN_MS = 60 * 1000 };

struct wecom {
    struct loop *loop;
    struct wecom_crypto *crypto;
    struct wecom_xml *xml;
    struct wecom_api *api;
    struct wecom_send *send;
    struct inbox *inbox;
    struct files *files;
    char *corp, *lang;
    int64_t agent;
    struct http_route routes[ROUTES];
};

/* A file on its way from WeCom. */
struct media {
    struct wecom *wecom;
    int64_t file;
};

/* Opens what was signed and sealed for us; otherwise answers 403 or 400 and gives NULL. Old or repeated
 * envelopes are let through: the inbox knows their keys, or that they are older than the keys it has
 * forgotten, so a replay changes nothing. */
static const char *open_envelope(struct wecom *w, struct http_request *rq, const char *encrypt,
                                 size_t *ret_len)
{
    const char *plain = NULL;
    switch (wecom_crypto_open(w->crypto, http_query(rq, "msg_signature"), http_query(rq, "timestamp"),
                              http_query(rq, "nonce"), encrypt, &plain, ret_len)) {
    case WECOM_OPENED:
        return plain;
    case WECOM_UNSIGNED:
        log_warn("wecom.refused", "why=signature");
        http_error(rq, 403, "wrong signature");
        break;
    case WECOM_FOREIGN:
        log_warn("wecom.refused", "why=receiveid");
        http_error(rq, 403, "meant for another corp");
        break;
    case WECOM_BROKEN:
        log_warn("wecom.refused", "why=envelope");
        http_error(rq, 400, "malformed envelope");
        break;
    }
    return NULL;
}

/* GET: WeCom's admin page asks whether we hold the key; the answer is what the echo says, and not a byte
 * more. */
static void verify(struct http_request *rq, void *data)
{
    struct wecom *w = data;
    const char *echo = http_query(rq, "echostr");
    g_autofree char *text = g_strdup(echo ? echo : "");
    g_strdelimit(text, " ", '+'); /* a sender that forgot to encode the plus */
    size_t len = 0;
    const char *plain = open_envelope(w, rq, text, &len);
    if (plain)
        http_answer(rq, 200, "text/plain", plain, len);
}

/* After the commit. */
static void on_receipt(void *data, const struct receipt *receipt)
{
    switch (receipt->end) {
    case INBOX_NEW:
    case INBOX_REPEAT:
    case INBOX_FAILED:
        http_answer(data, 200, "text/plain", "", 0);
        break;
    case INBOX_STORE_FAILED:
        http_busy(data, RETRY_S);
        break;
    }
}

/* POST: one message or event. */
static void receive(struct http_request *rq, void *data)
{
    struct wecom *w = data;
    size_t len = 0;
    const char *body = http_body(rq, &len);
    if (!wecom_xml_parse(w->xml, body, len)) {
        http_error(rq, 400, "malformed XML");
        return;
    }
    const char *encrypt = wecom_xml_get(w->xml, "Encrypt");
    if (!encrypt) {
        log_warn("wecom.refused", "why=plaintext");
        http_error(rq, 403, "not encrypted");
        return;
    }
    const char *plain = open_envelope(w, rq, encrypt, &len);
    if (!plain)
        return;
    struct pool *pool;
    struct update *u = inbox_draft(w->inbox, &pool);
    if (!wecom_decode(w->xml, w->corp, plain, len, pool, u)) {
        inbox_drop(w->inbox, u);
        log_warn("wecom.refused", "why=message");
        http_error(rq, 400, "malformed message");
        return;
    }
    inbox_submit(w->inbox, u, NULL, on_receipt, rq);
}

static void on_media(void *data, const struct wecom_result *result)
{
    g_autofree struct media *m = data;
    const struct fetch_answer *a = result->answer;
    bool ok = a && a->status == 200 && !result->judged && a->len > 0;
    bool gone = wecom_api_media_gone(result);
    if (!ok)
        log_warn("wecom.media", "file=%" G_GINT64_FORMAT " status=%d errcode=%" G_GINT64_FORMAT, m->file,
                 a ? a->status : 0, result->errcode);
    files_fetched(m->wecom->files, m->file, ok, gone, ok ? a->body : NULL, ok ? a->len : 0,
                  ok ? a->name : NULL, ok ? a->type : NULL);
}

/* Fetches what somebody sent, at once: after three days it is gone. */
static void fetch_media(void *self, int64_t file, const char *remote)
{
    struct wecom *w = self;
    struct media *m = g_new(struct media, 1);
    *m = (struct media){ w, file };
    g_autofree char *id = g_uri_escape_string(remote, NULL, false);
    g_autofree char *path = g_strdup_printf("/cgi-bin/media/get?media_id=%s", id);
    wecom_api_call(w->api, &(struct wecom_call){
                               .path = path,
                               .max_answer = FILES_MAX_BYTES,
                               .timeout_ms = MEDIA_MS,
                               .done = on_media,
                               .drop = g_free,
                               .data = m,
                           });
}

struct wecom *wecom_new(const struct wecom_options *options)
{
    struct wecom_crypto *crypto =
        wecom_crypto_new(options->token, options->encoding_aes_key, options->corp_id);
    if (!crypto)
        return NULL;
    struct wecom *w = g_new0(struct wecom, 1);
    log_hide(options->secret);
    log_hide(options->token);
    log_hide(options->encoding_aes_key);
    w->crypto = crypto;
    w->loop = options->loop;
    w->xml = wecom_xml_new();
    w->inbox = options->inbox;
    w->files = options->files;
    w->corp = g_strdup(options->corp_id);
    w->lang = g_strdup(options->lang);
    w->agent = options->agent_id;
    w->api = wecom_api_new(options->loop, options->fetch, options->api_base, options->corp_id,
                           options->secret, options->alarm, options->alarm_data);
    w->send = wecom_send_new(options, w->api);
    files_fetcher(w->files, PLATFORM_WECOM, fetch_media, w);
    w->routes[0] = (struct http_route){
        .method = "GET", .path = "/wecom/callback", .max_body = 0, .quick = true, .handle = verify, .data = w
    };
    w->routes[1] = (struct http_route){ .method = "POST",
                                        .path = "/wecom/callback",
                                        .max_body = MIN(options->max_body, HTTP_STRANGER),
                                        .handle = receive,
                                        .data = w };
    return w;
}

void wecom_free(struct wecom *w)
{
    if (!w)
        return;
    wecom_send_free(w->send);
    wecom_api_free(w->api);
    wecom_xml_free(w->xml);
    wecom_crypto_free(w->crypto);
    g_free(w->corp);
    g_free(w->lang);
    g_free(w);
}

const struct http_route *wecom_routes(struct wecom *w, size_t *ret_count)
{
    *ret_count = ROUTES;
    return w->routes;
}

static void make_menu(void *data);

/* Whoever said no stays with the menu there is; no answer is asked again. */
static void on_menu(void *data, const struct wecom_result *result)
{
    struct wecom *w = data;
    log_info("wecom.menu", "made=%s errcode=%" G_GINT64_FORMAT,
             result->judged && result->errcode == 0 ? "yes" : "no", result->errcode);
    if (!result->judged)
        loop_later(w->loop, MENU_AGAIN_MS, make_menu, w);
}

static void make_menu(void *data)
{
    struct wecom *w = data;
    g_autoptr(GString) json = g_string_new(NULL);
    wecom_menu(json, w->lang);
    g_autofree char *path = g_strdup_printf("/cgi-bin/menu/create?agentid=%" G_GINT64_FORMAT, w->agent);
    wecom_api_call(w->api,
                   &(struct wecom_call){ .path = path, .json = json->str, .done = on_menu, .data = w });
}

void wecom_start(struct wecom *w)
{
    make_menu(w);
}
