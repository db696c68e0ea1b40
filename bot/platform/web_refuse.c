/* Addresses that open nothing, or nothing any more: a true status, and the reason in the language of who
 * asks. A browser that shows a page is given one, whose script asks again for the reason; everybody else gets
 * JSON. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/platform/web_private.h"

const char *web_lang(struct web *web, struct http_request *request)
{
    char buffer[64];
    const char *account = web_account(web, request, buffer), *asked = http_query(request, "lang");
    const char *known = account ? web->options.people.lang(web->options.people.data, account) : NULL;
    const char *header = http_header(request, "Accept-Language");
    g_autofree char *first = header ? g_strndup(header, strcspn(header, ",; ")) : NULL;

    return asked ? locale_pick(asked) : known ? known : locale_pick(first);
}

void web_refuse_with(struct web *web, struct http_request *request, int status, const char *page,
                     const char *json)
{
    const char *accept = http_header(request, "Accept");

    http_set(request, "Vary", "Accept");
    if (accept && strstr(accept, "text/html"))
        web_page(request, web, status, page);
    else
        http_json(request, status, json);
}

void web_refuse(struct web *web, struct http_request *request, int status, const char *key)
{
    struct pool *pool = pool_new();
    g_autoptr(GString) json = g_string_new("{\"error\":");

    json_put(json, locale_text(pool, web_lang(web, request), key, NULL));
    g_string_append_c(json, '}');
    web_refuse_with(web, request, status, "lost.html", json->str);
    pool_free(pool);
}
