#include "bot/calendar.h"

#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/ics.h"
#include "bot/school/paper.h"

/* Whose calendar it is; 0 when the address is none. */
static int64_t person_of(struct school *school, const char *tail)
{
    g_autofree char *token = g_strdup(tail);

    if (!g_str_has_suffix(token, ".ics"))
        return 0;
    token[strlen(token) - strlen(".ics")] = 0;
    return ics_person(school->store, school->secret, token);
}

static void answer(struct http_request *request, void *data)
{
    struct school *school = data;
    int64_t person = person_of(school, http_tail(request));

    if (!person) {
        http_error(request, 404, "there is no such calendar");
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

struct http_route calendar_route(struct school *school)
{
    return (struct http_route){ .method = "GET", .path = "/cal/*", .handle = answer, .data = school };
}
