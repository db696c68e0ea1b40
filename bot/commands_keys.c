/* keys rotate [--master] | show: the keys that personal fields are sealed with. */
#include <string.h>

#include "bot/commands.h"
#include "bot/core/vault.h"
#include "bot/school/schema.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2 };

/* The data keys there are; the newest seals. */
static int show(const struct command_place *place, GString *out)
{
    int64_t newest = store_int(place->school->store, 0, "SELECT max(id) FROM vault_key", "");
    g_autoptr(query) q = store_query(place->school->store, "SELECT id, made FROM vault_key ORDER BY id", "");

    g_autofree char *master = config_master_key(place->config);

    g_string_append_printf(out, "master key: %s\n", master);
    while (query_next(q)) {
        int64_t id = query_int(q, 0);
        g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(query_int(q, 1));
        g_autofree char *when = g_date_time_format(made, "%F %H:%M UTC");

        g_string_append_printf(out, "key %" G_GINT64_FORMAT ", made %s%s\n", id, when,
                               id == newest ? ": seals"
                               : id == 1    ? ": for looking up"
                                            : "");
    }
    return DONE;
}

/* A new master key becomes the master key once the store is known to have taken it. */
static int settle(void *data, GString *out, GString *err)
{
    const struct command_place *place = data;
    g_autofree char *why = NULL, *master = config_master_key(place->config);

    if (vault_settle(place->school->vault, place->school->store, &why)) {
        g_string_append_printf(
            out, "%s is new; keep a copy of it apart, the older ones open only older backups\n", master);
        return DONE;
    }
    g_string_append_printf(err, "%s\n", why);
    return FAILED;
}

int command_keys(const struct command_place *place, int argc, char **argv, GString *out, GString *err,
                 struct control_later *later)
{
    bool master = argc == 2 && !strcmp(argv[0], "--master");
    const char *verb = argv[master ? 1 : 0];

    if (argc == 1 && !strcmp(verb, "show"))
        return show(place, out);
    if ((argc != 1 && !master) || strcmp(verb, "rotate") != 0) {
        g_string_append(err, "usage: banzhang keys rotate [--master] | show\n");
        return MISUSED;
    }
    int64_t fields = vault_rotate(place->school->vault, place->school->store, school_sealed);

    if (fields < 0 || (master && !vault_rotate_master(place->school->vault, place->school->store))) {
        g_string_append(err, "the keys could not be renewed; nothing was changed\n");
        return FAILED;
    }
    g_string_append_printf(out, "%" G_GINT64_FORMAT " fields are sealed under a new key\n", fields);
    if (master)
        *later = (struct control_later){ .end = settle, .data = (void *)place };
    return DONE;
}
