#include "bot/platform/wecom_send.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/files.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/text.h"
#include "bot/platform/wecom_card.h"
#include "bot/platform/wecom_decode.h"

/* A member sees at most 30 messages a minute and never learns of the rest; a card that WeCom would not have
 * costs one more. A robot takes 20. */
enum { MEMBER_BURST = 14, MEMBER_PER_MINUTE = 28, ROBOT_PER_MINUTE = 18 };
enum {
    IMAGE_MAX = 10 << 20,
    ROBOT_IMAGE_MAX = 2 << 20,
    MEDIA_MIN = 6,
    PARTS_MAX = 16,
    UPLOAD_MS = 120 * 1000
};

/* The platform's name for a message is "card:CODE#SUM" or "#SUM": the response code that can still change the
 * card, and a sum of the text, which tells an edit that only takes the buttons away from one that has
 * something new to say. */
#define CARD_REF "card:"

struct wecom_send {
    struct platform platform;
    struct wecom_api *api;
    struct loop *loop;
    struct outbox *outbox;
    struct files *files;
    int64_t agent;
    enum wecom_show show;
    char *lang, *boot;
    GHashTable *hidden; /* robot keys that log lines are free of */
    GQueue under_way;   /* struct sending * */
};

/* One delivery under way. */
struct sending {
    struct wecom_send *owner;
    struct delivery *delivery;
    struct pool *pool;
    struct wecom_address address;
    GList link;
    struct reply parts[PARTS_MAX]; /* one, but for what was said while no server knew how to cut it */
    const struct reply *part;      /* the one under way */
    size_t parts_left;             /* behind it */
    bool robot, card;
    bool nothing_new; /* an edit that takes away buttons and leaves the text as it was */
    const char *media_type, *retired_word;
    struct loading *loading;
};

/* A file being read on a worker, which sees nothing else. */
struct loading {
    struct sending *sending; /* NULL: forgotten meanwhile */
    char *path;
    char *bytes;
    size_t len;
};

char *wecom_send_robot_key(const char *chat)
{
    const char *key = strstr(chat, "key=");
    key = key ? key + 4 : g_str_has_prefix(chat, "robot:") ? chat + 6 : NULL;
    size_t len = key ? strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") : 0;
    return len > 0 && len <= 128 && (key[len] == '\0' || key[len] == '&') ? g_strndup(key, len) : NULL;
}

bool wecom_send_valid_member(const char *chat)
{
    size_t len = strlen(chat);
    return len >= 1 && len <= 64 && g_ascii_isalnum(chat[0]) &&
           strspn(chat, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") == len;
}

static bool is_group(const char *chat)
{
    return g_str_has_prefix(chat, "robot:") || strstr(chat, "key=") != NULL;
}

static size_t split(struct platform *platform, struct pool *pool, const struct reply *reply,
                    struct reply *ret_parts, size_t max)
{
    struct wecom_send *s = platform->self;
    return wecom_card_split(s->show, pool, reply, ret_parts, max);
}

static void send_part(struct sending *g);

/* The one end of every delivery, and of every part of it. */
static void report(struct sending *g, enum outcome outcome, const struct outcome_detail *detail)
{
    struct wecom_send *s = g->owner;
    struct delivery *d = g->delivery;
    struct outcome_detail copy = *detail;
    if (outcome == OUTCOME_SENT && g->parts_left > 0) {
        g->part++;
        g->parts_left--;
        send_part(g);
        return;
    }
    if (g->robot)
        copy.everybody = false; /* a robot's limits are its own */
    g_queue_unlink(&s->under_way, &g->link);
    outbox_outcome(s->outbox, &s->platform, d, outcome, &copy);
    pool_free(g->pool);
    g_free(g);
}

static void report_nothing(void *data)
{
    report(data, OUTCOME_SENT, &(struct outcome_detail){ 0 });
}

static void report_invalid(void *data)
{
    report(data, OUTCOME_INVALID, &(struct outcome_detail){ 0 });
}

static void on_sent(void *data, const struct wecom_result *result);

static guint text_sum(const struct sending *g)
{
    return g_str_hash(g->part->text);
}

/* Posts one body to WeCom. */
static void post(struct sending *g, const char *path, GString *json,
                 void (*done)(void *, const struct wecom_result *))
{
    wecom_api_call(
        g->owner->api,
        &(struct wecom_call){ .path = path, .json = json->str, .bare = g->robot, .done = done, .data = g });
}

/* The reply as a card, or as text; also when WeCom would not have the card. */
static void send_message(struct sending *g)
{
    g_autoptr(GString) json = g_string_new(NULL);
    if (g->card) {
        wecom_card_buttons(json, &g->address, g->pool, g->part);
    } else {
        const char *text = wecom_card_numbered(g->pool, g->part);
        outbox_split_text(g->pool, text, WECOM_TEXT_BYTES, text_bytes, &text, 1);
        wecom_card_text(json, &g->address, text);
    }
    post(g, "/cgi-bin/message/send", json, on_sent);
}

static void on_sent(void *data, const struct wecom_result *result)
{
    struct sending *g = data;
    if (g->card && wecom_api_card_refused(result)) {
        log_error("wecom.card_refused", "id=%" G_GINT64_FORMAT " errcode=%" G_GINT64_FORMAT, g->delivery->id,
                  result->errcode);
        g->card = false;
        send_message(g);
        return;
    }
    struct outcome_detail detail;
    enum outcome outcome = wecom_api_outcome(g->owner->api, result, g->delivery->chat, &detail);
    if (outcome == OUTCOME_SENT && !g->robot) {
        const char *code = g->card ? json_text(result->json, "response_code") : NULL;
        detail.ref = pool_printf(g->pool, "%s%s#%08x", code ? CARD_REF : "", code ? code : "", text_sum(g));
    }
    report(g, outcome, &detail);
}

static void send_robot(struct sending *g, const char *key)
{
    g_autoptr(GString) json = g_string_new("{\"msgtype\":\"text\",\"text\":{\"content\":");
    const char *text = g->part->text;
    outbox_split_text(g->pool, text, WECOM_TEXT_BYTES, text_bytes, &text, 1);
    json_put(json, text);
    g_string_append(json, "}}");
    if (g_hash_table_add(g->owner->hidden, g_strdup(key)))
        log_hide(key);
    post(g, pool_printf(g->pool, "/cgi-bin/webhook/send?key=%s", key), json, on_sent);
}

/* A robot takes a picture inside the message, and no other file of ours: that one is left out. */
static void send_robot_image(struct sending *g, GBytes *bytes, bool image)
{
    gsize len;
    const guchar *data = g_bytes_get_data(bytes, &len);
    g_autofree char *key = wecom_send_robot_key(g->delivery->chat);
    if (!image || len > ROBOT_IMAGE_MAX) {
        loop_later(g->owner->loop, 0, report_nothing, g);
        return;
    }
    g_autofree char *text = g_base64_encode(data, len);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, data, len);
    g_autoptr(GString) json = g_string_new(NULL);
    g_string_printf(json, "{\"msgtype\":\"image\",\"image\":{\"base64\":\"%s\",\"md5\":\"%s\"}}", text, sum);
    post(g, pool_printf(g->pool, "/cgi-bin/webhook/send?key=%s", key), json, on_sent);
}

/* The buttons of a card become a word, so that nobody presses them again. */
static void retire_card(struct sending *g, const char *code, const char *word,
                        void (*done)(void *, const struct wecom_result *))
{
    g_autoptr(GString) json = g_string_new(NULL);
    wecom_card_retire(json, &g->address, code, word);
    post(g, "/cgi-bin/message/update_template_card", json, done);
}

/* The answer to a press is a word on the pressed card. A press on nothing of ours needs none. */
static void answer_press(struct sending *g)
{
    const char *code = g->part->callback;
    if (!code)
        loop_later(g->owner->loop, 0, report_nothing, g);
    else
        retire_card(g, code, *g->part->text ? g->part->text : g->retired_word, on_sent);
}

/* After the buttons of the old card ended, or were found to be spent or too old for that. */
static void on_retired(void *data, const struct wecom_result *result)
{
    struct sending *g = data;
    struct outcome_detail detail;
    enum outcome outcome = wecom_api_outcome(g->owner->api, result, g->delivery->chat, &detail);
    if (outcome != OUTCOME_SENT && outcome != OUTCOME_INVALID)
        report(g, outcome, &detail);
    else if (g->nothing_new)
        report_nothing(g);
    else
        send_message(g);
}

/* A message of ours is replaced: its buttons end, and what is new follows as a message. A response code is
 * good once, so a card changed in place could never be changed again; and a pressed one is being changed by
 * the answer to the press. */
static void edit(struct sending *g)
{
    const char *ref = g->delivery->edits_ref, *sum = strrchr(ref, '#');
    g_autofree char *ours = g_strdup_printf("#%08x", text_sum(g));
    g->nothing_new = !g->card && sum && !strcmp(sum, ours);
    if (sum && g_str_has_prefix(ref, CARD_REF)) {
        const char *code = ref + strlen(CARD_REF);
        retire_card(g, pool_strndup(g->pool, code, (size_t)(sum - code)), g->retired_word, on_retired);
    } else if (g->nothing_new) {
        loop_later(g->owner->loop, 0, report_nothing, g);
    } else {
        send_message(g);
    }
}

/* Worker: reads a whole file; bytes stay NULL when it cannot. */
static void load(void *data)
{
    struct loading *l = data;
    gsize len = 0;
    if (g_file_get_contents(l->path, &l->bytes, &len, NULL))
        l->len = len;
}

static void on_uploaded(void *data, const struct wecom_result *result)
{
    struct sending *g = data;
    const char *media = result->judged && result->errcode == 0 ? json_text(result->json, "media_id") : NULL;
    if (!media) {
        struct outcome_detail detail;
        enum outcome outcome = wecom_api_outcome(g->owner->api, result, g->delivery->chat, &detail);
        report(g, outcome == OUTCOME_SENT ? OUTCOME_INVALID : outcome, &detail);
        return;
    }
    g_autoptr(GString) json = g_string_new(NULL);
    wecom_card_media(json, &g->address, g->media_type, media);
    post(g, "/cgi-bin/message/send", json, on_sent);
}

static void on_loaded(void *data)
{
    g_autofree struct loading *l = data;
    struct sending *g = l->sending;
    g_free(l->path);
    if (!g) {
        g_free(l->bytes);
        return;
    }
    const struct attachment *file = &g->part->files[0];
    g->loading = NULL;
    if (!l->bytes || l->len < MEDIA_MIN || l->len > FILES_MAX_BYTES) {
        log_error("wecom.file", "id=%" G_GINT64_FORMAT " bytes=%zu", g->delivery->id, l->len);
        g_free(l->bytes);
        report_invalid(g);
        return;
    }
    const char *type = files_type(l->bytes, l->len);
    bool image = (!strcmp(type, "image/png") || !strcmp(type, "image/jpeg")) && l->len <= IMAGE_MAX;
    g->media_type = image ? "image" : "file";
    g_autoptr(GBytes) bytes = g_bytes_new_take(l->bytes, l->len);
    if (g->robot) {
        send_robot_image(g, bytes, image);
        return;
    }
    wecom_api_call(g->owner->api,
                   &(struct wecom_call){
                       .path = image ? "/cgi-bin/media/upload?type=image" : "/cgi-bin/media/upload?type=file",
                       .file = bytes,
                       .file_name = file->name && *file->name ? file->name
                                    : image                   ? "image"
                                                              : "file",
                       .file_type = type,
                       .timeout_ms = UPLOAD_MS,
                       .done = on_uploaded,
                       .data = g,
                   });
}

static void send_file(struct sending *g)
{
    const char *sha256 = g->part->files[0].sha256;
    if (!sha256) {
        loop_later(g->owner->loop, 0, report_invalid, g);
        return;
    }
    struct loading *l = g->loading = g_new0(struct loading, 1);
    l->sending = g;
    l->path = g_strdup(files_path(g->owner->files, g->pool, sha256));
    loop_work(g->owner->loop, load, on_loaded, l);
}

/* Chooses the way of one part. */
static void send_part(struct sending *g)
{
    struct wecom_send *s = g->owner;
    struct delivery *d = g->delivery;
    bool empty = !*g->part->text;
    g_autofree char *key = g->robot ? wecom_send_robot_key(d->chat) : NULL;
    g->card = g->part->button_count > 0 && s->show != WECOM_SHOW_TEXT;
    if (g->robot ? !key || (empty && !g->part->file_count) : !wecom_send_valid_member(d->chat))
        loop_later(s->loop, 0, report_invalid, g);
    else if (g->robot && !empty)
        send_robot(g, key);
    else if (g->part->lane == LANE_CALLBACK)
        answer_press(g);
    else if (g->part->edits && d->edits_ref && !empty)
        edit(g);
    else if (g->part->file_count > 0)
        send_file(g);
    else if (empty && !g->card)
        loop_later(s->loop, 0, report_nothing, g);
    else
        send_message(g);
}

/* Cuts what nobody has cut yet. What has been cut must not be cut again: with numbers and a card, that would
 * give the numbers twice. */
static void take_parts(struct sending *g)
{
    const struct reply *r = &g->delivery->reply;
    bool mixed = r->file_count > 1 || (r->file_count == 1 && (*r->text || r->button_count)) ||
                 (r->button_count > 0 && g->owner->show == WECOM_SHOW_TEXT);
    size_t count = 1;
    g->parts[0] = *r;
    if (r->lane != LANE_CALLBACK && (mixed || strlen(r->text) > WECOM_TEXT_BYTES))
        count = wecom_card_split(g->owner->show, g->pool, r, g->parts, PARTS_MAX);
    g->part = g->parts;
    g->parts_left = count - 1;
}

static void begin(struct platform *platform, struct delivery *d)
{
    struct wecom_send *s = platform->self;
    struct sending *g = g_new0(struct sending, 1);
    g->owner = s;
    g->delivery = d;
    g->link.data = g;
    g->pool = pool_new();
    if (!d->reply.text)
        d->reply.text = "";
    g->retired_word = locale_text(g->pool, s->lang, "wecom.pressed", NULL);
    g->robot = d->reply.lane == LANE_ROBOT;
    g->address = (struct wecom_address){
        .to = d->chat,
        .agent = s->agent,
        .lane = d->reply.lane,
        .task = pool_printf(g->pool, WECOM_TASK_PREFIX "%" G_GINT64_FORMAT "-%s", d->id, s->boot),
    };
    take_parts(g);
    g_queue_push_tail_link(&s->under_way, &g->link);
    send_part(g);
}

struct wecom_send *wecom_send_new(const struct wecom_options *options, struct wecom_api *api)
{
    struct wecom_send *s = g_new0(struct wecom_send, 1);
    s->api = api;
    s->loop = options->loop;
    s->outbox = options->outbox;
    s->files = options->files;
    s->agent = options->agent_id;
    s->show = options->show;
    s->lang = g_strdup(options->lang);
    s->boot = g_strdup_printf("%" G_GINT64_MODIFIER "x", clock_machine());
    s->hidden = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&s->under_way);
    s->platform = (struct platform){
        .id = PLATFORM_WECOM,
        .per_second = options->per_second,
        .chat_burst = MEMBER_BURST,
        .chat_per_minute = MEMBER_PER_MINUTE,
        .group_per_minute = ROBOT_PER_MINUTE,
        .split = split,
        .send = begin,
        .is_group = is_group,
        .self = s,
    };
    outbox_platform(s->outbox, &s->platform);
    return s;
}

void wecom_send_free(struct wecom_send *s)
{
    if (!s)
        return;
    GList *link;
    while ((link = g_queue_pop_head_link(&s->under_way))) {
        struct sending *g = link->data;
        if (g->loading)
            g->loading->sending = NULL;
        pool_free(g->pool);
        g_free(g);
    }
    g_hash_table_unref(s->hidden);
    g_free(s->lang);
    g_free(s->boot);
    g_free(s);
}
