#include "bot/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/commands_private.h"
#include "bot/core/faults.h"
#include "bot/core/secret.h"

static const struct entry entries[] = {
    { "serve", "", "run the server", 0, 0, 0, command_run_serve },
    { "check", "[FILE.yaml...]", "validate configuration, classes, forms, schemes, locales", 0, -1, 0,
      command_run_check },
    { "import", "FILE.yaml...", "create or update classes with roster and timetable", 1, -1, 0,
      command_run_words },
    { "invites", "CLASS", "print the join codes of people not yet bound, as CSV, or as slips to cut out", 1,
      1, TAKES_RENEW | TAKES_OUTPUT, command_run_invites },
    { "unbind", "CLASS ID", "take back all accounts of a person, called as by `invites`; print the new code",
      2, 2, 0, command_run_words },
    { "scheme", "preview|apply CLASS NEW.yaml", "show what another marking scheme changes, or use it", 3, 3,
      0, command_run_words },
    { "webhook", "set|show|delete", "tell Telegram where to call, ask it, or end it", 1, 1, 0,
      command_run_webhook },
    { "export", "CLASS", "write marks and sign-in sheets, timetable or archive", 1, 1, TAKES_OUTPUT,
      command_run_export },
    { "backup", "FILE.tar", "copy store and files, also while the server runs", 1, 1, TAKES_ENCRYPT,
      command_run_backup },
    { "backups", "", "list the backups that are known here: when, how large, verified, sealed", 0, 0, 0,
      command_run_backups },
    { "restore", "FILE.tar", "put a backup back, while no server runs", 1, 1, TAKES_FORCE | TAKES_DECRYPT,
      command_run_restore },
    { "keys", "rotate|show", "renew the keys of personal fields, of codes and links, or list them", 1, 1,
      TAKES_KEYS, command_run_words },
    { "outbox", "list|resend ID...|resend all", "show messages that could not be delivered; send them again",
      1, -1, 0, command_run_words },
    { "audit", "verify|head [DAY]|list [COUNT]",
      "prove that nothing on record was changed; show who did what", 1, 2, TAKES_HEADS, command_run_audit },
    { "rehearse", "CLASS", "play the whole class with made-up trainees; touches no real data", 1, 1,
      TAKES_REHEARSAL, command_run_rehearse },
    { "acts", "", "print who may do what: everything that can be typed or pressed, as CSV", 0, 0, 0,
      command_run_acts },
    { "version", "", "print the version", 0, 0, 0, command_run_version },
};

/* What there is, for --help and for those who typed nothing. */
static void print_usage(FILE *to)
{
    fputs("Usage: banzhang COMMAND [-c FILE]\n\n", to);
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        fprintf(to, "  %-8s %-28s %s\n", entries[i].name, entries[i].arguments, entries[i].summary);
    fputs("\nThe configuration is config/banzhang.yaml unless -c names another.\n"
          "`banzhang COMMAND --help` says more about one.\n",
          to);
}

static const struct entry *find_entry(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        if (!strcmp(entries[i].name, name))
            return &entries[i];
    return NULL;
}

/* Says that there is no such command, and which one may have been meant. */
static int unknown(const char *name)
{
    const char *names[G_N_ELEMENTS(entries) + 1] = { NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        names[i] = entries[i].name;
    const char *nearest = faults_nearest(name, names);
    if (nearest)
        fprintf(stderr, "there is no command \"%s\"; did you mean \"%s\"?\n", name, nearest);
    else
        fprintf(stderr, "there is no command \"%s\"; see banzhang --help\n", name);
    return MISUSED;
}

/* What was printed and has not arrived is a failure, whatever the command made of it. */
static int ended(int exit)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit;
    fprintf(stderr, "what was printed could not be written\n");
    return exit == DONE ? FAILED : exit;
}

int commands_main(const struct command_host *host, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_usage(stdout);
        return ended(DONE);
    }
    if (!*name) {
        print_usage(stderr);
        return MISUSED;
    }
    if (!strcmp(name, "--version"))
        name = "version";
    struct call call = { .host = host, .entry = find_entry(name) };
    if (!call.entry)
        return unknown(name);
    g_autofree char *program = g_strdup_printf("banzhang %s", name);
    g_set_prgname(program);
    umask(077); /* what is made holds people's names */
    secret_keep_from_core();
    int exit = command_read_options(&call, argc - 1, argv + 1);
    if (!call.config_file)
        call.config_file = g_strdup("config/banzhang.yaml");
    if (exit < 0)
        exit = call.entry->run(&call);
    g_free(call.config_file);
    g_free(call.format);
    g_free(call.output);
    g_strfreev(call.heads);
    g_free(call.scheme);
    g_free(call.encrypt);
    g_free(call.decrypt);
    g_strfreev(call.rest);
    return call.entry->run == command_run_serve ? exit : ended(exit); /* whose reader may end before it */
}
