/* Our messages to the Bot API: plain text without parse_mode, inline keyboards, files by multipart. */
#include "bot/platform/telegram_private.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/core/log.h"
#include "bot/core/text.h"

enum {
    PER_CHAT_BURST = 5,
    PER_CHAT_MINUTE = 60,
    PER_GROUP_MINUTE = 18,
    TOAST_UNITS = 200,
    UPLOAD_MS = 120000
};

/* One delivery on its way. */
struct sending {
    struct telegram *t;
    struct delivery *d;
    enum telegram_method method;
    enum outcome outcome; /* of what ends without a request */
    char *path, *bytes;   /* of a file: read on a worker */
    size_t len;
    GList link; /* in t->sending.all */
};

static void start(struct sending *);

static void sending_free(struct sending *s)
{
    g_queue_unlink(&s->t->sending.all, &s->link);
    g_free(s->path);
    g_free(s->bytes);
    g_free(s);
}

static void end_now(void *data)
{
    struct sending *s = data;
    struct outcome_detail detail = { 0 };
    outbox_outcome(s->t->at.outbox, &s->t->platform, s->d, s->outcome, &detail);
    sending_free(s);
}

/* Ends a delivery that needs no request, on the loop's next round. */
static void end_soon(struct sending *s, enum outcome outcome)
{
    s->outcome = outcome;
    loop_later(s->t->at.loop, 0, end_now, s);
}

/* How long nobody is sent anything after a failure that concerns everybody: requests that failed together
 * count once. */
static int64_t pause_of(struct telegram *t)
{
    int64_t now = clock_monotonic_ms();
    if (now >= t->sending.paused_until)
        t->sending.paused_until = now + telegram_back_off(++t->sending.failures);
    return t->sending.paused_until - now;
}

/* Turns an answer into the one outcome of the delivery. */
static void answered(void *data, const struct fetch_answer *answer)
{
    struct sending *s = data;
    struct telegram *t = s->t;
    struct telegram_verdict v = telegram_judge(answer);

    if (v.nothing_to_edit && s->method == TELEGRAM_EDIT_TEXT) {
        s->method = TELEGRAM_SEND; /* the words still have to be heard */
        start(s);
        return;
    }
    if (v.outcome == OUTCOME_INVALID && s->method == TELEGRAM_SEND_PHOTO) {
        s->method = TELEGRAM_SEND_DOCUMENT; /* too large a picture, or none: a file all the same */
        start(s);
        return;
    }
    if (*v.moved_to)
        v.wait_ms = 1; /* to the new place at once */
    struct outcome_detail detail = { .ref = *v.ref ? v.ref : s->d->edits_ref,
                                     .wait_ms = v.everybody ? pause_of(t) : v.wait_ms,
                                     .everybody = v.everybody,
                                     .moved_to = *v.moved_to ? v.moved_to : NULL };
    if (v.token_refused && !t->token_refused)
        telegram_alarm(t, "token_refused");
    t->token_refused = v.token_refused;
    if (!v.everybody)
        t->sending.failures = 0;
    if (v.outcome == OUTCOME_INVALID)
        log_error("telegram.invalid", "id=%" G_GINT64_FORMAT " method=%d code=%d", s->d->id, (int)s->method,
                  v.code);
    outbox_outcome(t->at.outbox, &t->platform, s->d, v.outcome, &detail);
    sending_free(s);
}

/* The keyboard as JSON; an empty one takes the buttons away. */
static void put_keyboard(GString *body, const struct reply *reply)
{
    g_string_append(body, "{\"inline_keyboard\":[");
    for (size_t i = 0; i < reply->button_count; i++) {
        const struct button *b = &reply->buttons[i];
        if (i == 0)
            g_string_append_c(body, '[');
        else
            g_string_append(body, b->same_row ? "," : "],[");
        g_string_append(body, "{\"text\":");
        json_put(body, b->label);
        g_string_append(body, ",\"callback_data\":");
        json_put(body, b->action);
        g_string_append_c(body, '}');
    }
    g_string_append(body, reply->button_count ? "]]}" : "]}");
}

/* At most `units` UTF-16 units of a text, whole characters. */
static char *cut(const char *text, size_t units)
{
    const char *end = text;
    for (size_t n; *end; end = g_utf8_next_char(end), units -= n)
        if ((n = (unsigned char)*end >= 0xf0 ? 2 : 1) > units)
            break;
    return g_strndup(text, (gsize)(end - text));
}

static void put_body(GString *body, const struct sending *s)
{
    const struct reply *reply = &s->d->reply;

    g_string_truncate(body, 0);
    if (s->method == TELEGRAM_ANSWER) {
        g_string_append(body, "{\"callback_query_id\":");
        json_put(body, reply->callback);
        if (reply->text && *reply->text) {
            g_autofree char *toast = cut(reply->text, TOAST_UNITS);
            g_string_append(body, ",\"text\":");
            json_put(body, toast);
        }
        g_string_append_c(body, '}');
        return;
    }
    g_string_append(body, "{\"chat_id\":");
    g_string_append(body, s->d->chat);
    if (s->method == TELEGRAM_EDIT_TEXT || s->method == TELEGRAM_EDIT_BUTTONS) {
        g_string_append(body, ",\"message_id\":");
        g_string_append(body, s->d->edits_ref);
    }
    if (s->method != TELEGRAM_EDIT_BUTTONS) {
        g_string_append(body, ",\"text\":");
        json_put(body, reply->text);
        g_string_append(body, ",\"link_preview_options\":{\"is_disabled\":true}");
    }
    if (reply->button_count || s->method != TELEGRAM_SEND) {
        g_string_append(body, ",\"reply_markup\":");
        put_keyboard(body, reply);
    }
    g_string_append_c(body, '}');
}

/* On a worker: the bytes of the file. */
static void read_file(void *data)
{
    struct sending *s = data;
    if (!g_file_get_contents(s->path, &s->bytes, &s->len, NULL))
        s->bytes = NULL;
}

/* Sends the file that was read, its words as the caption. */
static void upload(void *data)
{
    struct sending *s = data;
    const struct reply *reply = &s->d->reply;
    const struct attachment *file = &reply->files[0];
    bool photo = s->method == TELEGRAM_SEND_PHOTO;

    if (!s->bytes) {
        log_error("telegram.file_missing", "id=%" G_GINT64_FORMAT, s->d->id);
        s->outcome = OUTCOME_INVALID;
        end_now(s);
        return;
    }
    g_autoptr(GString) keyboard = g_string_new(NULL);
    put_keyboard(keyboard, reply);
    struct fetch_part parts[4];
    size_t n = 0;
    parts[n++] = (struct fetch_part){ .name = "chat_id", .data = s->d->chat, .len = strlen(s->d->chat) };
    parts[n++] =
        (struct fetch_part){ .name = photo ? "photo" : "document",
                             .file_name = file->name && *file->name ? file->name : "file",
                             .type = file->mime && *file->mime ? file->mime : "application/octet-stream",
                             .data = s->bytes,
                             .len = s->len };
    if (reply->text && *reply->text)
        parts[n++] =
            (struct fetch_part){ .name = "caption", .data = reply->text, .len = strlen(reply->text) };
    if (reply->button_count)
        parts[n++] =
            (struct fetch_part){ .name = "reply_markup", .data = keyboard->str, .len = keyboard->len };
    fetch_start(s->t->at.fetch, &(struct fetch_request){ .url = s->t->urls[s->method],
                                                         .parts = parts,
                                                         .parts_count = n,
                                                         .timeout_ms = UPLOAD_MS,
                                                         .done = answered,
                                                         .data = s });
    g_clear_pointer(&s->bytes, g_free);
}

static void start(struct sending *s)
{
    if (s->method == TELEGRAM_SEND_DOCUMENT || s->method == TELEGRAM_SEND_PHOTO) {
        struct pool *pool = pool_new();
        g_free(s->path);
        s->path = g_strdup(files_path(s->t->at.files, pool, s->d->reply.files[0].sha256));
        pool_free(pool);
        loop_work(s->t->at.loop, read_file, upload, s);
        return;
    }
    put_body(s->t->body, s);
    telegram_call(s->t, s->method, s->t->body->str, s->t->body->len, 0, answered, s);
}

static bool is_number(const char *text)
{
    size_t sign = text && *text == '-';
    return text && text[sign] && !text[sign + strspn(text + sign, "0123456789")];
}

static bool is_photo(const struct attachment *file)
{
    return file->mime && (!strcmp(file->mime, "image/jpeg") || !strcmp(file->mime, "image/png")) &&
           file->size <= TELEGRAM_PHOTO_MAX;
}

static void send_one(struct platform *platform, struct delivery *d)
{
    struct telegram *t = platform->self;
    struct sending *s = g_new0(struct sending, 1);
    const struct reply *reply = &d->reply;
    bool words = reply->text && *reply->text;

    *s = (struct sending){ .t = t, .d = d, .method = TELEGRAM_SEND };
    s->link.data = s;
    g_queue_push_tail_link(&t->sending.all, &s->link);
    if (reply->lane == LANE_CALLBACK) {
        s->method = TELEGRAM_ANSWER;
        if (!reply->callback) {
            end_soon(s, OUTCOME_INVALID);
            return;
        }
        // NOLINTNEXTLINE(bugprone-branch-clone): each refusal stands where its question is asked
    } else if (!is_number(d->chat) || (reply->edits && d->edits_ref && !is_number(d->edits_ref))) {
        end_soon(s, OUTCOME_INVALID);
        return;
    } else if (reply->edits && d->edits_ref) {
        s->method = words ? TELEGRAM_EDIT_TEXT : TELEGRAM_EDIT_BUTTONS;
    } else if (reply->edits && !words) { /* the buttons of a message that was never seen */
        end_soon(s, OUTCOME_EXPIRED);
        return;
    } else if (reply->file_count) {
        s->method = is_photo(&reply->files[0]) ? TELEGRAM_SEND_PHOTO : TELEGRAM_SEND_DOCUMENT;
    } else if (!words) {
        end_soon(s, OUTCOME_INVALID);
        return;
    }
    start(s);
}

size_t telegram_split(struct platform *platform, struct pool *pool, const struct reply *reply,
                      struct reply *parts, size_t max)
{
    (void)platform;
    const char *text = reply->text ? reply->text : "";
    size_t len = strlen(text), n = 0, from;
    bool caption =
        reply->file_count == 1 && !reply->button_count && text_utf16(text, len) <= TELEGRAM_CAPTION_MAX;

    if (reply->lane == LANE_CALLBACK || max < 2 ||
        (!reply->file_count && text_utf16(text, len) <= TELEGRAM_TEXT_MAX) || (caption && !reply->edits)) {
        parts[0] = *reply;
        return 1;
    }
    struct reply plain = *reply;
    plain.text = "";
    plain.buttons = NULL;
    plain.files = NULL;
    plain.button_count = plain.file_count = 0;
    plain.edits = 0;
    for (size_t i = 0; i < reply->file_count && n < max - 1; i++) {
        parts[n] = plain;
        parts[n].files = &reply->files[i];
        parts[n++].file_count = 1;
    }
    from = n;
    if (*text) {
        const char **texts = pool_alloc(pool, (max - n) * sizeof *texts);
        size_t count = outbox_split_text(pool, text, TELEGRAM_TEXT_MAX, text_utf16, texts, max - n);
        for (size_t i = 0; i < count; i++) {
            parts[n] = plain;
            parts[n++].text = texts[i];
        }
        parts[from].edits = reply->edits;
    }
    parts[n - 1].buttons = reply->buttons;
    parts[n - 1].button_count = reply->button_count;
    return n;
}

static bool is_group(const char *chat)
{
    return *chat == '-';
}

void telegram_send_init(struct telegram *t)
{
    bool limits = t->options.rate > 0;
    t->platform = (struct platform){ .id = PLATFORM_TELEGRAM,
                                     .per_second = t->options.rate,
                                     .chat_burst = limits ? PER_CHAT_BURST : 0,
                                     .chat_per_minute = limits ? PER_CHAT_MINUTE : 0,
                                     .group_per_minute = limits ? PER_GROUP_MINUTE : 0,
                                     .split = telegram_split,
                                     .send = send_one,
                                     .is_group = is_group,
                                     .self = t };
    outbox_platform(t->at.outbox, &t->platform);
}

void telegram_send_end(struct telegram *t)
{
    while (t->sending.all.head)
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it takes itself out of the queue
        sending_free(t->sending.all.head->data);
}
