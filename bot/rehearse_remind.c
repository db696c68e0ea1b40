/* Which reminders a message is made of: several that fall together go out as one. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/rehearse_private.h"

/* Whether a text is what a template makes: its fixed parts, in order. */
static bool is_made_of(const char *template, const char *text)
{
    g_auto(GStrv) parts = g_regex_split_simple("\\{[a-z]+\\}", template, 0, 0);
    const char *at = text;

    for (char **part = parts; at && *part; part++) {
        at = strstr(at, *part);
        if (at && part == parts && at != text)
            return false; /* it begins otherwise */
        at = at ? at + strlen(*part) : NULL;
    }
    return at != NULL;
}

const char *reminder_of(struct play *play, const char *text)
{
    static const char *const keys[] = { "reminder.survey",   "reminder.plan",
                                        "reminder.report",   "reminder.before",
                                        "reminder.tomorrow", "reminder.before_unconfirmed",
                                        "reminder.missing",  "reminder.missing_unconfirmed",
                                        "reminder.homework" };

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (is_made_of(locale_raw(play->lang, keys[i]), text))
            return keys[i];
    return NULL;
}
