/* Times as people type them, into the reader of natural times. */
#include <stddef.h>
#include <stdint.h>

#include "bot/core/log.h"
#include "bot/school/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("Asia/Shanghai");
    struct pool *pool = pool_new();
    const char *typed = text_clean(pool, (const char *)data, size, 400);
    struct normal text = text_normal(pool, typed);
    struct when when;
    int minutes;

    if (when_read(zone, 1772589600, text.text, &when) == WHEN_READ) {
        if (when.count == 0 || when.count > WHEN_SPANS || when.from > when.to || when.to > text.len)
            BUG("a time outside its text");
        for (size_t i = 0; i < when.count; i++)
            if (when.spans[i].starts > when.spans[i].ends)
                BUG("a time that ends before it begins");
        when_rest(pool, &text, &when);
        when_covers(&when, 1772589600, 1772600000);
    }
    when_clock(text.text, &minutes);
    pool_free(pool);
    return 0;
}
