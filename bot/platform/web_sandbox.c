/* The sandbox: anybody as the sender, and the clock. Its routes are local, so nobody outside reaches them. */
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/timers.h"
#include "bot/platform/web_private.h"

enum { WHO_MAX = 64, FILES_MAX = 8 << 20 };

/* A name of somebody or of a group: 1 to 64 bytes without control characters or blanks at its ends. */
static bool good_name(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (len == 0 || len > WHO_MAX || name[0] == ' ' || name[len - 1] == ' ')
        return false;
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

void web_sandbox_say(struct http_request *request, void *data)
{
    g_autoptr(cJSON) body = web_body(request);

    if (!body)
        return;
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(body, "group");
    const char *from = json_text(body, "from"), *group = json_text(body, "group");

    if (!good_name(from))
        http_error(request, 400, "from is a string of 1 to 64 bytes");
    else if (given && !cJSON_IsNull(given) && !good_name(group))
        http_error(request, 400, "group is a string of 1 to 64 bytes");
    else
        web_take_message(data, request, body, from, group, FILES_MAX);
}

void web_sandbox_read(struct http_request *request, void *data)
{
    const char *to = http_query(request, "to"), *mine = http_query(request, "mine");

    if (!good_name(to) || !g_utf8_validate(to, -1, NULL))
        http_error(request, 400, "to is a string of 1 to 64 bytes");
    else
        web_answer_messages(data, request, to, mine && strcmp(mine, "1") == 0);
}

void web_sandbox_people(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(GString) json = g_string_new(NULL);

    web->options.people.everybody(web->options.people.data, json);
    http_json(request, 200, json->str);
}

/* --- the clock
 * --------------------------------------------------------------------------------------------------- */

static void answer_clock(struct web *web, struct http_request *request, int status, const char *error)
{
    g_autoptr(GString) json = g_string_new("{");
    g_autofree char *now = web_iso(web, clock_now());
    int64_t next = web->options.people.next_sitting(web->options.people.data);
    g_autofree char *sitting = next ? web_iso(web, next) : NULL;

    if (error) {
        g_string_append(json, "\"error\":");
        json_put(json, error);
        g_string_append_c(json, ',');
    }
    g_string_append_printf(json, "\"now\":\"%s\",\"next_sitting\":", now);
    json_put(json, sitting);
    g_string_append_c(json, '}');
    http_json(request, status, json->str);
}

void web_sandbox_clock(struct http_request *request, void *data)
{
    answer_clock(data, request, 200, NULL);
}

struct move {
    struct web *web;
    struct http_request *request;
};

static void on_moved(void *data, bool ok)
{
    struct move *move = data;

    if (ok)
        answer_clock(move->web, move->request, 200, NULL);
    else
        http_busy(move->request, 1);
    g_free(move);
}

void web_sandbox_move(struct http_request *request, void *data)
{
    struct web *web = data;
    g_autoptr(cJSON) body = web_body(request);

    if (!body)
        return;
    if (web->options.clock_fixed) {
        http_error(request, 403, "the clock stays with the machine while a real platform is on");
        return;
    }
    const char *text = json_text(body, "now");
    g_autoptr(GDateTime) to = text ? g_date_time_new_from_iso8601(text, web->options.zone) : NULL;

    if (!to) {
        http_error(request, 400, "now is a time like 2026-03-02T08:40:00+08:00");
        return;
    }
    int64_t at = g_date_time_to_unix(to);
    struct move *move = g_new0(struct move, 1);

    *move = (struct move){ web, request };
    if (at < clock_now()) {
        answer_clock(web, request, 409, "the clock only moves forward");
        g_free(move);
    } else if (!timers_advance(web->options.timers, at, on_moved, move)) {
        answer_clock(web, request, 409, "the clock is being moved already");
        g_free(move);
    }
}
