/* keys rotate [--master] [--codes] | show: the keys that personal fields are sealed with, and the one that
 * codes and links are made with. */
#include <string.h>

#include "bot/commands.h"
#include "bot/core/vault.h"
#include "bot/school/doors.h"
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

/* All that opens by being known is another from now on. */
static void renew_doors(const struct command_place *place, GString *out)
{
    int64_t codes = doors_renew(place->school->store, place->school->secret);

    school_forget_classes(place->school);
    g_string_append_printf(out,
                           "what was given out opens nothing any more; %" G_GINT64_FORMAT
                           " join codes are new: banzhang invites CLASS tells them\n",
                           codes);
}

/* What was read of the classes may be what the store refused. */
static int forget(void *data, GString *out, GString *err)
{
    const struct command_place *place = data;

    (void)out, (void)err;
    school_forget_classes(place->school);
    return DONE;
}

/* A new master key becomes the master key once the store is known to have taken it. */
static int settle(void *data, GString *out, GString *err)
{
    const struct command_place *place = data;
    g_autofree char *why = NULL, *master = config_master_key(place->config);

    forget(data, out, err);
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
    struct school *school = place->school;
    g_autoptr(GError) error = NULL;
    bool master = false, codes = false;

    for (; argc > 1 && g_str_has_prefix(*argv, "--"); argc--, argv++) {
        master = master || !strcmp(*argv, "--master");
        codes = codes || !strcmp(*argv, "--codes");
    }
    if (argc == 1 && !strcmp(*argv, "show") && !master && !codes)
        return show(place, out);
    if (argc != 1 || strcmp(*argv, "rotate") != 0) {
        g_string_append(err, "usage: banzhang keys rotate [--master] [--codes] | show\n");
        return MISUSED;
    }
    if (master && !vault_make_master(school->vault, &error)) {
        g_string_append_printf(err, "%s; nothing was changed\n", error->message);
        return FAILED;
    }
    *later = (struct control_later){ .end = master ? settle : forget, .data = (void *)place };
    int64_t fields = vault_rotate(school->vault, school->store, school_sealed);

    if (fields < 0 || (master && !vault_rotate_master(school->vault, school->store))) {
        g_string_append(err, "the keys could not be renewed; nothing was changed\n");
        return FAILED;
    }
    g_string_append_printf(out, "%" G_GINT64_FORMAT " fields are sealed under a new key\n", fields);
    if (codes)
        renew_doors(place, out);
    return DONE;
}
