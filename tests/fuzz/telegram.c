/* Any bytes as the body of a Telegram webhook. */
#include <string.h>

#include "bot/core/json.h"
#include "bot/platform/telegram_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parses and decodes as the webhook does; what was decoded must be bounded and complete. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct telegram_self us = { .id = 7000000001, .name = "banzhang_bot" };
    g_autofree char *body = g_strndup((const char *)data, size);
    g_autoptr(cJSON) json = json_parse(body, size, TELEGRAM_DEPTH);
    struct pool *pool = pool_new();
    struct update u = { 0 };
    const char *what;

    if (json && telegram_decode(&us, json, pool, &u, &what) &&
        (!*u.key || strlen(u.text) > UPDATE_TEXT_MAX || u.file_count > UPDATE_FILES_MAX || !u.account ||
         !u.chat))
        abort();
    pool_free(pool);
    return 0;
}
