#include "bot/link_pages.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/secret.h"
#include "bot/school/file_link.h"
#include "bot/school/ics.h"
#include "bot/school/invite.h"
#include "bot/school/paper.h"

/* Saved by the browser, never rendered or run. */
static void answer_file(struct http_request *request, void *data)
{
    struct link_host *host = data;
    struct school *school = host->school;
    struct pool *pool = pool_new();
    const char *name = "";
    const char *sha256 =
        file_link_read(pool, school->store, school->secret, http_tail(request), clock_now(), &name);
    const char *path = sha256 ? files_path(school->files, pool, sha256) : NULL;

    http_set(request, "Cache-Control", "no-store");
    if (path && g_file_test(path, G_FILE_TEST_EXISTS)) {
        http_set(request, "Content-Security-Policy", "default-src 'none'; sandbox");
        http_set(request, "Referrer-Policy", "no-referrer");
        http_file(request, path, "application/octet-stream", *name ? name : "file");
    } else {
        web_refuse(host->web, request, 404, "lost.file");
    }
    pool_free(pool);
}

/* Whose calendar it is; 0 when the address is none, or opens nothing any more. */
static int64_t person_of(struct school *school, const char *tail)
{
    g_autofree char *token = g_strdup(tail);

    if (!g_str_has_suffix(token, ".ics"))
        return 0;
    token[strlen(token) - strlen(".ics")] = 0;
    int64_t person = ics_person(school->store, school->secret, token);

    return person && invite_holds(school->store, person, clock_now()) ? person : 0;
}

static void answer_calendar(struct http_request *request, void *data)
{
    struct link_host *host = data;
    struct school *school = host->school;
    int64_t person = person_of(school, http_tail(request));

    if (!person) {
        web_refuse(host->web, request, 404, "lost.calendar");
        return;
    }
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, school, pool);
    talk.lang = lang_of(&talk, person);
    const struct ics ics = { .store = school->store,
                             .tag = paper_tag(school),
                             .name = words(&talk, "export.calendar_name", NULL),
                             .lang = talk.lang,
                             .lecturer = words(&talk, "sheet.lecturer", "lecturer", "{lecturer}", NULL),
                             .tbc = words(&talk, "sheet.calendar_tbc", NULL),
                             .now = talk.now };
    g_autoptr(GString) text = ics_calendar(&ics, 0, person);

    g_free((char *)ics.tag);
    http_set(request, "Cache-Control", "private, max-age=900");
    http_answer(request, 200, "text/calendar; charset=utf-8", text->str, text->len);
    pool_free(pool);
}

void link_routes(struct link_host *host, struct http_route ret[LINK_ROUTES])
{
    ret[0] = (struct http_route){ .method = "GET", .path = "/f/*", .handle = answer_file, .data = host };
    ret[1] =
        (struct http_route){ .method = "GET", .path = "/cal/*", .handle = answer_calendar, .data = host };
}
