/* outbox list | resend ID... | resend all: messages that could not be delivered. Their texts are personal and
 * not shown. */
#include <string.h>

#include "bot/commands.h"
#include "bot/core/outbox.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2, SHOWN = 500 };

/* The dead messages, newest first. */
static query *dead_ones(struct store *store, int limit)
{
    return store_query(store,
                       "SELECT id, platform, chat, key, outcome, tries, made, count(*) OVER () FROM outbox"
                       " WHERE state = 2 ORDER BY id DESC LIMIT ?",
                       "i", (int64_t)limit);
}

/* A line each: which, when, where to, what sentence, why not. */
static int list(struct store *store, GString *out)
{
    g_autoptr(query) q = dead_ones(store, SHOWN);
    int64_t all = 0;

    while (query_next(q)) {
        g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(query_int(q, 6));
        g_autofree char *when = g_date_time_format(made, "%F %H:%M UTC");

        all = query_int(q, 7);
        g_string_append_printf(out,
                               "%" G_GINT64_FORMAT "  %s  %s %s  %s  %s after %" G_GINT64_FORMAT " tries\n",
                               query_int(q, 0), when, platform_name((enum platform_id)query_int(q, 1)),
                               query_text(q, 2), query_null(q, 3) ? "-" : query_text(q, 3),
                               query_null(q, 4) ? "?" : query_text(q, 4), query_int(q, 5));
    }
    g_string_append_printf(out, "%" G_GINT64_FORMAT " could not be delivered%s\n", all,
                           all > SHOWN ? "; the newest are shown" : "");
    return DONE;
}

/* The ids that are meant; NULL after saying what is wrong. */
static GArray *ids_of(struct store *store, int argc, char **argv, GString *err)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    gint64 id;

    if (argc == 1 && !strcmp(argv[0], "all")) {
        g_autoptr(query) q = store_query(store, "SELECT id FROM outbox WHERE state = 2 ORDER BY id", "");

        while (query_next(q)) {
            id = query_int(q, 0);
            g_array_append_val(ids, id);
        }
        return g_steal_pointer(&ids);
    }
    for (int i = 0; i < argc; i++) {
        if (!g_ascii_string_to_signed(argv[i], 10, 1, G_MAXINT64, &id, NULL)) {
            g_string_append_printf(err, "\"%s\" is no message: banzhang outbox list shows their numbers\n",
                                   argv[i]);
            return NULL;
        }
        g_array_append_val(ids, id);
    }
    return g_steal_pointer(&ids);
}

/* Says them once more, in their old order. */
static int resend(const struct command_place *place, int argc, char **argv, GString *out, GString *err)
{
    g_autoptr(GArray) ids = ids_of(place->school->store, argc, argv, err);
    int sent = 0, exit = ids ? DONE : MISUSED;

    for (guint i = 0; ids && i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);

        if (outbox_resend(place->school->outbox, id)) {
            sent++;
        } else if (strcmp(argv[0], "all") != 0) {
            g_string_append_printf(err, "%" G_GINT64_FORMAT " is not among what could not be delivered\n",
                                   id);
            exit = FAILED;
        }
    }
    if (ids)
        g_string_append_printf(out, "%d will be sent again\n", sent);
    return exit;
}

int command_outbox(const struct command_place *place, int argc, char **argv, GString *out, GString *err)
{
    if (argc == 1 && !strcmp(argv[0], "list"))
        return list(place->school->store, out);
    if (argc >= 2 && !strcmp(argv[0], "resend"))
        return resend(place, argc - 1, argv + 1, out, err);
    g_string_append(err, "usage: banzhang outbox list | resend ID... | resend all\n");
    return MISUSED;
}
