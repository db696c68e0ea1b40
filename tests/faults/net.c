/* curl with faults: its functions refuse (FAULT_CURL), the peer's port is closed (FAULT_REFUSED), or a
 * request that went out whole ends as VALUE_RESULT says (FAULT_LOST). What must not be said twice is then
 * known to nobody. */
#include <curl/curl.h>
#include <stdarg.h>

#include "tests/faults/plan.h"

#undef curl_easy_setopt /* a macro, which looks at the types */

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap names them so
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLcode __real_curl_easy_setopt(CURL *, CURLoption, ...);
CURLcode __wrap_curl_easy_setopt(CURL *, CURLoption, ...);
curl_mime *__real_curl_mime_init(CURL *);
curl_mime *__wrap_curl_mime_init(CURL *);
curl_mimepart *__real_curl_mime_addpart(curl_mime *);
curl_mimepart *__wrap_curl_mime_addpart(curl_mime *);
CURLcode __real_curl_mime_data(curl_mimepart *, const char *, size_t);
CURLcode __wrap_curl_mime_data(curl_mimepart *, const char *, size_t);
CURLMcode __real_curl_multi_add_handle(CURLM *, CURL *);
CURLMcode __wrap_curl_multi_add_handle(CURLM *, CURL *);
CURLMcode __real_curl_multi_socket_action(CURLM *, curl_socket_t, int, int *);
CURLMcode __wrap_curl_multi_socket_action(CURLM *, curl_socket_t, int, int *);
CURLMsg *__real_curl_multi_info_read(CURLM *, int *);
CURLMsg *__wrap_curl_multi_info_read(CURLM *, int *);
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

CURL *__wrap_curl_easy_init(void)
{
    return fault_due(FAULT_CURL) ? NULL : __real_curl_easy_init();
}

/* All that is handed over here fits one register. */
CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    va_list args;

    va_start(args, option);
    void *value = va_arg(args, void *);
    va_end(args);
    return fault_due(FAULT_CURL) ? CURLE_OUT_OF_MEMORY : __real_curl_easy_setopt(easy, option, value);
}

curl_mime *__wrap_curl_mime_init(CURL *easy)
{
    return fault_due(FAULT_CURL) ? NULL : __real_curl_mime_init(easy);
}

curl_mimepart *__wrap_curl_mime_addpart(curl_mime *mime)
{
    return fault_due(FAULT_CURL) ? NULL : __real_curl_mime_addpart(mime);
}

CURLcode __wrap_curl_mime_data(curl_mimepart *part, const char *data, size_t len)
{
    return fault_due(FAULT_CURL) ? CURLE_OUT_OF_MEMORY : __real_curl_mime_data(part, data, len);
}

CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    fault_point(POINT_SEND_BEFORE);
    if (fault_due(FAULT_CURL))
        return CURLM_OUT_OF_MEMORY;
    __real_curl_easy_setopt(easy, CURLOPT_PORT, fault_due(FAULT_REFUSED) ? 1L : 0L);
    CURLMcode code = __real_curl_multi_add_handle(multi, easy);

    fault_point(POINT_SEND_AFTER);
    return code;
}

CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int which, int *running)
{
    return fault_due(FAULT_CURL) ? CURLM_INTERNAL_ERROR
                                 : __real_curl_multi_socket_action(multi, fd, which, running);
}

CURLMsg *__wrap_curl_multi_info_read(CURLM *multi, int *left)
{
    CURLMsg *message = __real_curl_multi_info_read(multi, left);

    if (message && message->msg == CURLMSG_DONE && fault_due(FAULT_LOST))
        message->data.result = (CURLcode)fault_value(VALUE_RESULT);
    return message;
}
