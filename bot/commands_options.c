#include <stdio.h>

#include "bot/commands_private.h"

/* Which options the command line has. */
static unsigned given_options(const struct call *call)
{
    return (call->renew ? TAKES_RENEW : 0) | (call->force ? TAKES_FORCE : 0) |
           (call->format || call->output ? TAKES_OUTPUT : 0) | (call->heads ? TAKES_HEADS : 0) |
           (call->encrypt ? TAKES_ENCRYPT : 0) | (call->decrypt ? TAKES_DECRYPT : 0) |
           (call->master || call->codes ? TAKES_KEYS : 0) |
           (call->scheme || call->trainees || call->days || call->seed || call->quiet ? TAKES_REHEARSAL : 0);
}

int command_read_options(struct call *call, int argc, char **argv)
{
    gboolean help = FALSE;
    unsigned takes = call->entry->options;
    int plays = takes & TAKES_REHEARSAL ? 0 : G_OPTION_FLAG_HIDDEN;
    const GOptionEntry options[] = {
        { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "say this", NULL },
        { "config", 'c', 0, G_OPTION_ARG_FILENAME, &call->config_file, "the configuration", "FILE" },
        { "renew", 0, takes & TAKES_RENEW ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &call->renew,
          "take the codes back and make new ones", NULL },
        { "force", 0, takes & TAKES_FORCE ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &call->force,
          "move aside what is there", NULL },
        { "format", 'f', takes & TAKES_OUTPUT ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &call->format,
          "xlsx, csv, ics, zip, pdf or png", "FORMAT" },
        { "output", 'o', takes & TAKES_OUTPUT ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME,
          &call->output, "where to write it", "FILE" },
        { "head", 0, takes & TAKES_HEADS ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &call->heads,
          "a head that a digest has shown", "DAY=HEX" },
        { "trainees", 0, plays, G_OPTION_ARG_INT, &call->trainees,
          "so many instead of as many as the roster has; many are a load test", "N" },
        { "scheme", 0, plays, G_OPTION_ARG_FILENAME, &call->scheme, "try this marking scheme", "FILE.yaml" },
        { "days", 0, plays, G_OPTION_ARG_INT, &call->days, "stop after so many days", "N" },
        { "seed", 0, plays, G_OPTION_ARG_INT, &call->seed, "another story; the same number, the same story",
          "N" },
        { "quiet", 'q', plays, G_OPTION_ARG_NONE, &call->quiet, "a line a day instead of the digests", NULL },
        { "encrypt", 0, takes & TAKES_ENCRYPT ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME,
          &call->encrypt, "seal it with what this file says", "KEYFILE" },
        { "decrypt", 0, takes & TAKES_DECRYPT ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME,
          &call->decrypt, "open a sealed one", "KEYFILE" },
        { "master", 0, takes & TAKES_KEYS ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &call->master,
          "the master key too", NULL },
        { "codes", 0, takes & TAKES_KEYS ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &call->codes,
          "the key of join codes and links too: what was given out opens nothing any more", NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &call->rest, "", call->entry->arguments },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GError) error = NULL;
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_summary(context, call->entry->summary);
    g_option_context_add_main_entries(context, options, NULL);
    bool read = g_option_context_parse(context, &argc, &argv, &error);
    g_autofree char *text = read && help ? g_option_context_get_help(context, TRUE, NULL) : NULL;
    g_option_context_free(context);
    int words = call->rest ? (int)g_strv_length(call->rest) : 0;
    if (!read)
        fprintf(stderr, "%s\n", error->message);
    else if (text)
        fputs(text, stdout);
    else if (words < call->entry->least || (call->entry->most >= 0 && words > call->entry->most) ||
             given_options(call) & ~takes)
        fprintf(stderr, "usage: banzhang %s %s [-c FILE]\n", call->entry->name, call->entry->arguments);
    else
        return -1;
    return read && help ? DONE : MISUSED;
}
