#include "bot/platform/wecom_decode.h"

#include <glib.h>
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/text.h"

/* What is read from and filled while one message is decoded. */
struct reading {
    const struct wecom_xml *xml;
    struct pool *pool;
    struct update *into;
};

enum { SHORT_MAX = 512 }; /* names, labels, handles */

/* The text at `path`, "" when missing, borrowed from the XML. */
static const char *field(const struct reading *r, const char *path)
{
    const char *text = wecom_xml_get(r->xml, path);
    return text ? text : "";
}

/* The text at `path` in the pool, cut at `max` bytes. */
static const char *keep(const struct reading *r, const char *path, size_t max)
{
    const char *text = field(r, path);
    return text_clean(r->pool, text, strlen(text), max);
}

/* A whole number of at most 18 digits, else `missing`. */
static int64_t number(const char *text, int64_t missing)
{
    size_t len = strlen(text);
    if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
        return missing;
    return g_ascii_strtoll(text, NULL, 10);
}

/* A coordinate within ±limit. */
static bool coordinate(const char *text, double limit, double *ret)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    if (end == text || *end || !(value >= -limit && value <= limit))
        return false;
    *ret = value;
    return true;
}

/* One attachment that has to be fetched by its media id. */
static bool attach(const struct reading *r, enum update_kind kind, const char *mime)
{
    const char *media = keep(r, "MediaId", SHORT_MAX);
    if (!*media)
        return false;
    r->into->kind = kind;
    r->into->files[0] = (struct attachment){ .name = "", .mime = mime, .size = -1, .remote = media };
    r->into->file_count = 1;
    return true;
}

static bool read_text(const struct reading *r)
{
    r->into->kind = UPDATE_TEXT;
    r->into->text = keep(r, "Content", UPDATE_TEXT_MAX);
    return wecom_xml_get(r->xml, "Content") != NULL;
}

static bool read_image(const struct reading *r)
{
    return attach(r, UPDATE_FILES, "image/jpeg");
}

static bool read_voice(const struct reading *r)
{
    bool speex = g_ascii_strcasecmp(field(r, "Format"), "speex") == 0;
    return attach(r, UPDATE_VOICE, speex ? "audio/speex" : "audio/amr");
}

static bool read_video(const struct reading *r)
{
    return attach(r, UPDATE_FILES, "video/mp4");
}

static bool read_location(const struct reading *r)
{
    r->into->kind = UPDATE_LOCATION;
    r->into->text = keep(r, "Label", SHORT_MAX);
    return coordinate(field(r, "Location_X"), 90, &r->into->lat) &&
           coordinate(field(r, "Location_Y"), 180, &r->into->lon);
}

/* A shared link becomes its address and title; the address first, so that no title is taken for a command. */
static bool read_link(const struct reading *r)
{
    const char *url = keep(r, "Url", 2048), *title = keep(r, "Title", SHORT_MAX);
    r->into->kind = UPDATE_TEXT;
    r->into->text = *title ? pool_printf(r->pool, "%s\n%s", url, title) : url;
    return *url != '\0';
}

/* A press in the menu says the command that is its key. */
static bool read_click(const struct reading *r)
{
    r->into->text = keep(r, "EventKey", SHORT_MAX);
    r->into->kind = *r->into->text ? UPDATE_TEXT : UPDATE_NOISE;
    return true;
}

static bool read_scan(const struct reading *r)
{
    r->into->kind = UPDATE_SCAN;
    r->into->text = keep(r, "ScanCodeInfo/ScanResult", UPDATE_TEXT_MAX);
    return wecom_xml_get(r->xml, "ScanCodeInfo/ScanResult") != NULL;
}

static bool read_started(const struct reading *r)
{
    r->into->kind = UPDATE_STARTED;
    return true;
}

static bool read_gone(const struct reading *r)
{
    r->into->kind = UPDATE_GONE;
    return true;
}

static bool read_noise(const struct reading *r)
{
    r->into->kind = UPDATE_NOISE;
    return true;
}

/* What was ticked on a card, by blanks. The platform's own samples have both spellings of the option
 * elements. */
static const char *ticked(const struct reading *r)
{
    static const char *const spelling[] = {
        "SelectedItems/SelectedItem/OptionIds/OptionId",
        "SelectedItems/SelectedItem/OpitonIds/OpitonId",
        "SelectedItems/SelectedItem/OptionIds/OpitonId",
        "SelectedItems/SelectedItem/OpitonIds/OptionId",
    };
    g_autoptr(GString) all = g_string_new(NULL);
    for (size_t s = 0; s < G_N_ELEMENTS(spelling); s++) {
        const char *id;
        for (size_t n = 0; all->len < SHORT_MAX && (id = wecom_xml_nth(r->xml, spelling[s], n)); n++)
            g_string_append_printf(all, "%s%s", all->len ? " " : "", id);
    }
    return text_clean(r->pool, all->str, all->len, SHORT_MAX);
}

/* A press on a card: the button's key is our action, the task id names our message. */
static bool read_press(const struct reading *r)
{
    const char *task = field(r, "TaskId"), *code = keep(r, "ResponseCode", SHORT_MAX);
    struct update *u = r->into;
    u->kind = UPDATE_ACTION;
    u->action = keep(r, "EventKey", SHORT_MAX);
    u->text = ticked(r);
    u->callback = *code ? code : NULL;
    if (g_str_has_prefix(task, WECOM_TASK_PREFIX)) {
        const char *id = task + strlen(WECOM_TASK_PREFIX), *end = strchr(id, '-');
        u->pressed = end ? number(pool_strndup(r->pool, id, (size_t)(end - id)), 0) : 0;
    }
    return true;
}

struct kind {
    const char *name;
    bool (*read)(const struct reading *); /* false: a field is missing */
};

static const struct kind messages[] = {
    { "text", read_text },   { "image", read_image },       { "voice", read_voice },
    { "video", read_video }, { "location", read_location }, { "link", read_link },
};

/* pic_* and location_select are followed by the picture or place as a message of its own. enter_agent comes
 * whenever somebody opens the app: greeting it would be a nuisance. */
static const struct kind events[] = {
    { "subscribe", read_started },
    { "unsubscribe", read_gone },
    { "enter_agent", read_noise },
    { "click", read_click },
    { "view", read_noise },
    { "view_miniprogram", read_noise },
    { "scancode_waitmsg", read_scan },
    { "scancode_push", read_scan },
    { "template_card_event", read_press },
    { "template_card_menu_event", read_press },
    { "LOCATION", read_noise },
    { "location_select", read_noise },
    { "pic_sysphoto", read_noise },
    { "pic_photo_or_album", read_noise },
    { "pic_weixin", read_noise },
    { "batch_job_result", read_noise },
    { "change_contact", read_noise },
    { "open_approval_change", read_noise },
    { "close_inactive_agent", read_noise },
    { "reopen_inactive_agent", read_noise },
};

/* Finds a kind by name, in any case: older documents write CLICK and VIEW. */
static const struct kind *find(const struct kind *kinds, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (g_ascii_strcasecmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* The update's key. Messages have an id. Events have none, and who and when (WeCom's own recipe) are the same
 * for two events of one second: so everything that names the event goes in, and the body as well, with a code
 * that is good once. Both are digests: a key tells neither whether somebody typed or pressed, nor what. */
static const char *key_of(const struct reading *r, const char *corp, const char *plain, size_t len)
{
    static const char *const names[] = { "AgentID", "FromUserName", "CreateTime",
                                         "Event",   "EventKey",     "TaskId" };
    const char *id = field(r, "MsgId");
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, (const guchar *)corp, (gssize)strlen(corp) + 1);
    if (*id && strlen(id) <= 20 && strspn(id, "0123456789") == strlen(id)) {
        g_checksum_update(sum, (const guchar *)id, (gssize)strlen(id));
        return pool_strdup(r->pool, g_checksum_get_string(sum));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = field(r, names[i]);
        g_checksum_update(sum, (const guchar *)value, (gssize)strlen(value) + 1);
    }
    g_checksum_update(sum, (const guchar *)plain, (gssize)len);
    return pool_strdup(r->pool, g_checksum_get_string(sum));
}

bool wecom_decode(struct wecom_xml *xml, const char *corp, const char *plain, size_t len, struct pool *pool,
                  struct update *into)
{
    if (!wecom_xml_parse(xml, plain, len))
        return false;
    struct reading r = { .xml = xml, .pool = pool, .into = into };
    const char *type = field(&r, "MsgType"), *event = field(&r, "Event");
    bool is_event = g_ascii_strcasecmp(type, "event") == 0;
    into->platform = PLATFORM_WECOM;
    into->account = into->chat = keep(&r, "FromUserName", SHORT_MAX);
    into->text = into->name = "";
    into->at = number(field(&r, "CreateTime"), 0);
    into->replayable = true;
    into->key = key_of(&r, corp, plain, len);
    if (!*type || (is_event && !*event))
        return false;
    const struct kind *kind =
        is_event ? find(events, G_N_ELEMENTS(events), event) : find(messages, G_N_ELEMENTS(messages), type);
    if (!kind) {
        log_info("wecom.unknown_kind", "type=%.40s event=%.40s", type, event);
        into->kind = is_event ? UPDATE_NOISE : UPDATE_OTHER;
    } else if (!kind->read(&r)) {
        return false;
    }
    return *into->account || into->kind == UPDATE_NOISE;
}
