#include "bot/file_pages.h"

#include "bot/core/clock.h"
#include "bot/school/file_link.h"

/* Saved by the browser, never rendered or run. */
static void answer(struct http_request *request, void *data)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    const char *name = "";
    const char *sha256 = file_link_read(pool, school->secret, http_tail(request), clock_now(), &name);

    http_set(request, "Cache-Control", "no-store");
    if (sha256) {
        http_set(request, "Content-Security-Policy", "default-src 'none'; sandbox");
        http_set(request, "Referrer-Policy", "no-referrer");
        http_file(request, files_path(school->files, pool, sha256), "application/octet-stream",
                  *name ? name : "file");
    } else {
        http_error(request, 404, "there is no such file, or its address is over");
    }
    pool_free(pool);
}

struct http_route file_route(struct school *school)
{
    return (struct http_route){ .method = "GET", .path = "/f/*", .handle = answer, .data = school };
}
