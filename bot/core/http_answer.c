#include "bot/core/http_private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/core/json.h"
#include "bot/core/log.h"

/* --- about a request
 * -------------------------------------------------------------------------------------------------- */

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_tail(const struct http_request *request)
{
    size_t len = strlen(request->route->path);

    return request->route->path[len - 1] == '*' ? request->path + len - 1 : "";
}

const char *http_header(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_cookie(struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

const char *http_body(const struct http_request *request, size_t *ret_len)
{
    *ret_len = request->body ? request->body->len : 0;
    return request->body ? (const char *)request->body->data : "";
}

/* --- answering
 * ----------------------------------------------------------------------------------------------------------
 */

void http_set(struct http_request *request, const char *header, const char *value)
{
    if (!request->headers)
        request->headers = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(request->headers, g_strdup(header));
    g_ptr_array_add(request->headers, g_strdup(value));
}

/* The headers that every answer carries unless its owner has said something else: nothing is guessed from
 * bytes, nothing runs, nothing is framed, no address is told to others; and a browser that came by https
 * comes so for a year. */
static void protect(struct http_request *request, struct MHD_Response *response)
{
    static const char *const usual[][2] = { { "X-Content-Type-Options", "nosniff" },
                                            { "Content-Security-Policy",
                                              "default-src 'none'; form-action 'none'; "
                                              "frame-ancestors 'none'" },
                                            { "Referrer-Policy", "no-referrer" } };

    for (guint i = 0; request->headers && i + 1 < request->headers->len; i += 2)
        MHD_add_response_header(response, request->headers->pdata[i], request->headers->pdata[i + 1]);
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (!MHD_get_response_header(response, usual[i][0]))
            MHD_add_response_header(response, usual[i][0], usual[i][1]);
    if (request->http->secure)
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
}

/* Gives the response its headers and either keeps it for the callback we are in or queues the request for
 * resuming. */
static void answer_with(struct http_request *request, int status, struct MHD_Response *response)
{
    struct http *http = request->http;

    protect(request, response);
    if (request->answer)
        BUG("a request was answered twice: %s", request->route ? request->route->path : "?");
    request->answer = response;
    request->status = status;
    if (request->in_callback || request->queued)
        return;
    request->queued = true;
    request->next = NULL;
    *http->answered_last = request;
    http->answered_last = &request->next;
}

void http_answer(struct http_request *request, int status, const char *content_type, const char *body,
                 size_t len)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        len, (void *)(len ? body : ""), len ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
    request->answer_len = len;

    if (content_type)
        MHD_add_response_header(response, "Content-Type", content_type);
    answer_with(request, status, response);
}

void http_json(struct http_request *request, int status, const char *json)
{
    http_set(request, "Cache-Control", "no-store");
    http_answer(request, status, "application/json; charset=utf-8", json, strlen(json));
}

void http_error(struct http_request *request, int status, const char *error)
{
    g_autoptr(GString) json = g_string_new("{\"error\":");

    json_put(json, error);
    g_string_append(json, "}");
    http_json(request, status, json->str);
}

void http_busy(struct http_request *request, int retry_after_seconds)
{
    char seconds[16];

    g_snprintf(seconds, sizeof seconds, "%d", retry_after_seconds);
    http_set(request, "Retry-After", seconds);
    http_error(request, 503, "the store cannot take more just now");
}

void http_take_back(struct http_request *request)
{
    MHD_destroy_response(request->answer);
    request->answer = NULL;
    if (request->headers)
        g_ptr_array_set_size(request->headers, 0);
    http_busy(request, 1);
}

/* Answers with the bytes of a file; 404 when there is none. */
static void answer_file(struct http_request *request, int status, const char *path, const char *content_type,
                        const char *download_name)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        http_error(request, 404, "nothing is here");
        return;
    }
    struct MHD_Response *response = MHD_create_response_from_fd64((uint64_t)st.st_size, fd);

    request->answer_len = (size_t)st.st_size;

    MHD_add_response_header(response, "Content-Type", content_type);
    if (download_name) {
        g_autofree char *quoted = g_uri_escape_string(download_name, NULL, FALSE);
        g_autofree char *value = g_strdup_printf("attachment; filename*=UTF-8''%s", quoted);

        MHD_add_response_header(response, "Content-Disposition", value);
    }
    answer_with(request, status, response);
}

void http_file(struct http_request *request, const char *path, const char *content_type,
               const char *download_name)
{
    answer_file(request, 200, path, content_type, download_name);
}

void http_page(struct http_request *request, int status, const char *path, const char *content_type)
{
    answer_file(request, status, path, content_type, NULL);
}
