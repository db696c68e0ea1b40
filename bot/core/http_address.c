/* From where a request came, for whoever counts by address. */
#include "bot/core/http_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* An address as 16 bytes, IPv4 mapped into IPv6; false when the text is none. */
static bool read_address(const char *text, size_t len, guint8 ret[16])
{
    g_autofree char *copy = g_strndup(text, len);

    memset(ret, 0, 16);
    ret[10] = ret[11] = 0xFF;
    return inet_pton(AF_INET, g_strstrip(copy), ret + 12) == 1 || inet_pton(AF_INET6, copy, ret) == 1;
}

static bool is_v4(const guint8 address[16])
{
    static const guint8 mapped[12] = { [10] = 0xFF, [11] = 0xFF };

    return memcmp(address, mapped, sizeof mapped) == 0;
}

static bool is_loopback(const guint8 address[16])
{
    static const guint8 six[16] = { [15] = 1 };

    return is_v4(address) ? address[12] == 127 : memcmp(address, six, sizeof six) == 0;
}

/* Whether it is this machine, or one of a private network: where a proxy may stand. */
static bool is_near(const guint8 address[16])
{
    const guint8 *v4 = address + 12;

    if (!is_v4(address))
        return is_loopback(address) || (address[0] & 0xFE) == 0xFC;
    return v4[0] == 127 || v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xF0) == 16) ||
           (v4[0] == 192 && v4[1] == 168);
}

/* The address at the other end of the connection. */
static bool peer_of(struct http_request *request, guint8 ret[16])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info ? info->client_addr : NULL;

    if (!peer)
        return false;
    memset(ret, 0, 16);
    ret[10] = ret[11] = 0xFF;
    if (peer->sa_family == AF_INET)
        memcpy(ret + 12, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
    else if (peer->sa_family == AF_INET6)
        memcpy(ret, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 16);
    else
        return false;
    return true;
}

bool http_address(struct http_request *request, char ret[HTTP_ADDRESS])
{
    guint8 address[16];
    const char *through = http_header(request, "X-Forwarded-For"), *last;

    if (!peer_of(request, address))
        return false;
    if (through && is_near(address)) {
        last = strrchr(through, ',');
        last = last ? last + 1 : through;
        if (!read_address(last, strlen(last), address))
            return false;
    }
    if (is_loopback(address))
        return false;
    if (is_v4(address))
        return inet_ntop(AF_INET, address + 12, ret, HTTP_ADDRESS) != NULL;
    memset(address + 8, 0, 8); /* a household has a whole network of them */
    return inet_ntop(AF_INET6, address, ret, HTTP_ADDRESS) != NULL;
}
