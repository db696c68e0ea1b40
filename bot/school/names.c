#include "bot/school/names.h"

const char *names_join(struct talk *talk, const GPtrArray *names, size_t max)
{
    const char *between = words(talk, "brief.between", NULL);
    GString *list = g_string_new(NULL);

    for (size_t i = 0; i < names->len && i < max; i++)
        g_string_append_printf(list, "%s%s", i ? between : "", (const char *)names->pdata[i]);
    const char *shown = pool_take(talk->pool, g_string_free(list, FALSE));

    if (names->len <= max)
        return shown;
    return words(talk, "brief.and_more", "names", shown, "total", num(talk, names->len), NULL);
}
