#include "bot/screen_pages.h"

#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/school/screens.h"
#include "bot/school/turnout.h"

static int open_screen(void *data, const char *token, const char *browser)
{
    struct screen_host *host = data;

    return screens_open(host->school->store, clock_now(), token, browser);
}

static void put(GString *into, const char *name, const char *value)
{
    g_string_append_printf(into, ",\"%s\":", name);
    json_put(into, value);
}

/* Code, numbers and names of a sitting, in the language of its class. */
static bool put_sitting(struct talk *talk, int64_t id, GString *into)
{
    struct sitting sitting;
    struct turnout_now now;
    char code[7];

    if (!sitting_by_id(talk, id, &sitting))
        return false;
    const struct class *class = class_by_id(talk, sitting.class_id);
    bool begun = talk->now >= sitting.starts;

    talk->lang = class->lang;
    bool waits = talk->now < sitting.starts - SITTING_OPENS;
    int64_t check = screens_check(talk, sitting.id);

    code_at(class, sitting.id, talk->now, code);
    turnout_now(talk, &sitting, &now);
    g_string_append(into, "{\"state\":\"on\"");
    put(into, "class", class->title);
    put(into, "title", sitting.title);
    put(into, "code", waits ? "" : code);
    put(into, "opens", waits ? show_time(talk, class, sitting.starts - SITTING_OPENS) : NULL);
    put(into, "check", check < 0 ? NULL : num(talk, check));
    put(into, "lang", class->lang);
    put(into, "starts", show_time(talk, class, sitting.starts));
    put(into, "now", show_time(talk, class, talk->now));
    g_string_append_printf(into, ",\"left\":%" G_GINT64_FORMAT ",\"good\":%" G_GINT64_FORMAT,
                           CODE_STEP - talk->now % CODE_STEP, code_good_until(talk->now) - talk->now);
    g_string_append_printf(into, ",\"stopped\":%s,\"begun\":%s", clock_stopped() ? "true" : "false",
                           begun ? "true" : "false");
    g_string_append_printf(into,
                           ",\"expected\":%" G_GINT64_FORMAT ",\"here\":%" G_GINT64_FORMAT
                           ",\"leave\":%" G_GINT64_FORMAT ",\"missing\":%" G_GINT64_FORMAT ",\"names\":[",
                           now.expected, now.here, now.leave, now.missing);
    for (int64_t i = 0, shown = 0; begun && i < now.expected && shown < SCREEN_NAMES; i++)
        if (now.list[i].state == PRESENCE_MISSING) {
            g_string_append(into, shown++ ? "," : "");
            json_put(into, now.list[i].name);
        }
    g_string_append(into, "]}");
    return true;
}

static enum web_screen_view look(void *data, const char *token, const char *browser, GString *into)
{
    struct screen_host *host = data;
    struct pool *pool = pool_new();
    struct talk talk;
    struct screen screen;
    enum web_screen_view view = WEB_SCREEN_UNKNOWN;

    talk_begin(&talk, host->school, pool);
    switch (screens_look(&talk, token, browser, &screen)) {
    case SCREEN_UNKNOWN:
        break;
    case SCREEN_ELSEWHERE:
        view = screen.report ? WEB_SCREEN_REPORT : WEB_SCREEN_ELSEWHERE;
        break;
    case SCREEN_PAIRING:
        g_string_append_printf(into,
                               "{\"state\":\"pairing\",\"number\":\"%04d\",\"left\":%" G_GINT64_FORMAT "}",
                               screen.number, screen.left);
        view = WEB_SCREEN_SHOWN;
        break;
    case SCREEN_ON:
        if (put_sitting(&talk, screen.sitting, into))
            view = WEB_SCREEN_SHOWN;
        break;
    }
    pool_free(pool);
    return view;
}

static void report(void *data, const char *token)
{
    struct screen_host *host = data;
    struct talk talk;

    pool_reset(host->school->pool);
    talk_begin(&talk, host->school, host->school->pool);
    screens_report(&talk, token);
    talk_end(&talk);
}

static const char *address(void *data)
{
    return ((struct screen_host *)data)->school->public_url;
}

/* How somebody who scanned can go on: {"telegram":address or null,"wecom":bool}. */
static void ways(void *data, const char *code, GString *into)
{
    struct screen_host *host = data;
    const char *bot = host->telegram ? telegram_name(host->telegram) : NULL;
    g_autofree char *link = bot ? g_strdup_printf("https://t.me/%s?start=s_%s", bot, code) : NULL;

    g_string_append(into, "{\"telegram\":");
    json_put(into, link);
    g_string_append_printf(into, ",\"wecom\":%s}", host->wecom ? "true" : "false");
}

struct web_screens screen_pages(struct screen_host *host)
{
    return (struct web_screens){
        .open = open_screen, .look = look, .report = report, .address = address, .ways = ways, .data = host
    };
}
