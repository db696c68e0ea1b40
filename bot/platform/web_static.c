/* Pages, their parts, and files of people. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/core/files.h"
#include "bot/platform/web_private.h"

/* Where Debian's libjs-bootstrap5 lies, by release. */
static const char *const bootstrap[] = { "/usr/share/javascript/bootstrap5/css/bootstrap.min.css",
                                         "/usr/share/bootstrap-html/css/bootstrap.min.css",
                                         "/usr/share/nodejs/bootstrap/dist/css/bootstrap.min.css" };

/* The type of a page's part by its ending; NULL: not served. */
static const char *type_of(const char *name)
{
    static const char *const types[][2] = { { ".js", "text/javascript; charset=utf-8" },
                                            { ".css", "text/css; charset=utf-8" },
                                            { ".html", "text/html; charset=utf-8" },
                                            { ".svg", "image/svg+xml" },
                                            { ".png", "image/png" },
                                            { ".webmanifest", "application/manifest+json" } };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_has_suffix(name, types[i][0]))
            return types[i][1];
    return NULL;
}

/* The headers of everything a browser shows. */
static void protect(struct http_request *request)
{
    http_set(request, "Content-Security-Policy",
             "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
             "form-action 'self'; frame-ancestors 'none'");
    http_set(request, "Referrer-Policy", "no-referrer");
    http_set(request, "Cache-Control", "no-cache");
}

void web_page(struct http_request *request, struct web *web, int status, const char *name)
{
    g_autofree char *path = g_build_filename(web->options.web_dir, name, NULL);

    protect(request);
    http_page(request, status, path, type_of(name));
}

void web_static(struct http_request *request, void *data)
{
    const char *name = http_tail(request);

    if (strcmp(name, "vendor/bootstrap.min.css") == 0) {
        size_t at = 0;

        while (at + 1 < G_N_ELEMENTS(bootstrap) && access(bootstrap[at], R_OK) != 0)
            at++;
        protect(request);
        http_file(request, bootstrap[at], "text/css; charset=utf-8", NULL);
    } else if (*name == '.' || strchr(name, '/') || !type_of(name)) {
        http_error(request, 404, "nothing is here");
    } else {
        web_page(request, data, 200, name);
    }
}

/* Shown in the page only when the bytes are a picture; everything else is saved, never rendered. */
static const char *shown_type(const char *path)
{
    char head[64];
    FILE *file = fopen(path, "rbe");
    size_t len = file ? fread(head, 1, sizeof head, file) : 0;

    if (file)
        fclose(file);
    const char *type = files_type(head, len);

    return g_str_has_prefix(type, "image/") && !strstr(type, "svg") ? type : NULL;
}

void web_file(struct http_request *request, void *data)
{
    struct web *web = data;
    const char *tail = http_tail(request);
    g_autofree char *sha256 = g_strndup(tail, strcspn(tail, "/"));
    const char *name = tail + strlen(sha256);
    char account[64];
    const char *who = web_account(web, request, account);

    if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64 ||
        !web->options.people.may_see(web->options.people.data, who, sha256)) {
        web_refuse(web, request, 404, "lost.file");
        return;
    }
    struct pool *pool = pool_new();
    const char *path = files_path(web->options.files, pool, sha256), *type = shown_type(path);

    http_set(request, "Content-Security-Policy", "default-src 'none'; sandbox");
    http_set(request, "Cache-Control", "private, max-age=86400");
    http_file(request, path, type ? type : "application/octet-stream",
              type    ? NULL
              : *name ? name + 1
                      : sha256);
    pool_free(pool);
}
