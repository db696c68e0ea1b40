/* The pages of ballots that nobody can join to people. /token is where a person gets a token signed;
 * everything under /ballot/ is asked without identity: no cookie is read or set there, no address is looked
 * at, and nothing is logged. What is asked is counted by the minute, of all browsers together. */
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/turn.h"
#include "bot/platform/web_private.h"

enum { ASKED_A_MINUTE = 1200, CAST_A_MINUTE = 6000, SIGN_BODY = 4096, CAST_BODY = 65536 };

/* One call on its way through a turn. */
struct asking {
    struct turn_job job;
    struct web *web;
    struct http_request *request;
    const char *name;
    int64_t subject;
    char *lang;
    cJSON *body;
    GString *answer;
    int status;
};

static void run(struct turn_job *job)
{
    struct asking *asking = (struct asking *)job;
    const struct web_calls *calls = &asking->web->options.calls;

    g_string_truncate(asking->answer, 0);
    asking->status =
        calls->call(calls->data, asking->name, asking->subject, asking->lang, asking->body, asking->answer);
}

static void done(struct turn_job *job, enum turn_end end)
{
    struct asking *asking = (struct asking *)job;

    if (end != TURN_DURABLE || asking->status == 503)
        http_busy(asking->request, 2);
    else if (asking->answer->len == 0)
        http_error(asking->request, asking->status, "nothing is here");
    else
        http_json(asking->request, asking->status, asking->answer->str);
    g_free(asking->lang);
    cJSON_Delete(asking->body);
    g_string_free(asking->answer, TRUE);
    g_free(asking);
}

/* Whether too much was asked, or cast, this minute; counts one. A cast costs a tenth of a millisecond, and
 * who could be told from whom is nobody's business here: so its limit is wide, and a flood is for the proxy.
 */
static bool too_many(struct web *web, struct http_request *request, bool cast)
{
    int64_t minute = clock_machine() / 60;

    if (web->ballot_minute != minute) {
        web->ballot_minute = minute;
        web->ballots_asked = web->ballots_cast = 0;
    }
    if (cast ? web->ballots_cast++ < CAST_A_MINUTE : web->ballots_asked++ < ASKED_A_MINUTE)
        return false;
    http_set(request, "Retry-After", "20");
    http_error(request, 429, "too much is asked of the ballots this minute: try again");
    return true;
}

/* Hands a call to the capabilities; takes `body` (NULL: it only asks). */
static void ask(struct web *web, struct http_request *request, const char *name, int64_t subject, cJSON *body)
{
    struct asking *asking = g_new0(struct asking, 1);

    asking->job = (struct turn_job){ .run = run, .done = done };
    asking->web = web;
    asking->request = request;
    asking->name = name;
    asking->subject = subject;
    asking->lang = g_strdup(http_query(request, "lang"));
    asking->body = body;
    asking->answer = g_string_new(NULL);
    http_set(request, "Cache-Control", "no-store");
    http_set(request, "Referrer-Policy", "no-referrer");
    turn_add(web->options.turn, &asking->job);
}

/* Reads "7/form" as 7 and "form"; false when there is no number in front. */
static bool read_tail(struct http_request *request, int64_t *ret_subject, const char **ret_what)
{
    const char *tail = http_tail(request);
    size_t digits = strspn(tail, "0123456789");

    if (digits == 0 || digits > 15 || (tail[digits] && tail[digits] != '/'))
        return false;
    *ret_subject = g_ascii_strtoll(tail, NULL, 10);
    *ret_what = tail[digits] ? tail + digits + 1 : "";
    return true;
}

/* One page: its script looks at the address. */
static void ballot_page(struct http_request *request, void *data)
{
    web_page(request, data, 200, "ballot.html");
}

static void token_sign(struct http_request *request, void *data)
{
    cJSON *body = too_many(data, request, false) ? NULL : web_body(request);

    if (body)
        ask(data, request, "ballot.sign", 0, body);
}

static void ballot_get(struct http_request *request, void *data)
{
    int64_t subject;
    const char *what;
    bool known = read_tail(request, &subject, &what);

    if (known && (strcmp(what, "") == 0 || strcmp(what, "list") == 0))
        ballot_page(request, data);
    else if (!known || (strcmp(what, "form") != 0 && strcmp(what, "list.json") != 0))
        http_error(request, 404, "nothing is here");
    else if (!too_many(data, request, false))
        ask(data, request, strcmp(what, "form") == 0 ? "ballot.form" : "ballot.list", subject, NULL);
}

static void ballot_post(struct http_request *request, void *data)
{
    int64_t subject;
    const char *what;

    if (!read_tail(request, &subject, &what) || strcmp(what, "cast") != 0) {
        http_error(request, 404, "nothing is here");
        return;
    }
    cJSON *body = too_many(data, request, true) ? NULL : web_body(request);

    if (body)
        ask(data, request, "ballot.cast", subject, body);
}

void web_ballot_routes(struct web *web)
{
    const struct http_route routes[] = {
        { .method = "GET", .path = "/token", .quick = true, .handle = ballot_page, .data = web },
        { .method = "POST",
          .path = "/token/sign",
          .json = true,
          .max_body = SIGN_BODY,
          .handle = token_sign,
          .data = web },
        { .method = "GET", .path = "/ballot/*", .handle = ballot_get, .data = web },
        { .method = "POST",
          .path = "/ballot/*",
          .json = true,
          .max_body = CAST_BODY,
          .handle = ballot_post,
          .data = web },
    };

    g_array_append_vals(web->routes, routes, G_N_ELEMENTS(routes));
}
