#include "bot/commands.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/commands_files.h"
#include "bot/control.h"
#include "bot/core/faults.h"
#include "bot/platform/telegram.h"
#include "bot/rehearse.h"

enum { DONE = 0, FAILED = 1, MISUSED = 2, LOCK_TRIES = 20, LOCK_WAIT_MS = 500, TRAINEES_MOST = 4000 };

struct entry;

struct call {
    const struct command_host *host;
    const struct entry *entry;
    char *config_file;
    gboolean renew, force;
    char *format, *output;   /* of export */
    char **heads;            /* of audit */
    char *encrypt, *decrypt; /* of a sealed backup: the file with its key */
    gboolean master;         /* of keys */
    char *scheme;            /* of rehearse, as what follows */
    int trainees, days, seed;
    gboolean quiet;
    char **rest; /* words that are no options */
};

/* One command: how it is called, what it does. */
struct entry {
    const char *name, *arguments, *summary;
    int least, most;  /* words it takes; -1: any number */
    unsigned options; /* which it takes besides -c */
    int (*run)(struct call *);
};

enum {
    TAKES_RENEW = 1,
    TAKES_FORCE = 2,
    TAKES_OUTPUT = 4,
    TAKES_HEADS = 8,
    TAKES_ENCRYPT = 16,
    TAKES_DECRYPT = 32,
    TAKES_MASTER = 64,
    TAKES_REHEARSAL = 128
};

/* The configuration, or NULL with its faults on stderr. */
static struct config *read_config(const char *file)
{
    g_autoptr(GPtrArray) faults = faults_new();
    struct config *config = config_read(file, faults);
    for (guint i = 0; i < faults->len; i++)
        fprintf(stderr, "%s\n", (char *)faults->pdata[i]);
    return config;
}

/* Works on the store itself, because no server has it. */
static int run_alone(struct call *call, struct config *config, int argc, char **argv, GString *out,
                     GString *err)
{
    g_autofree char *error = NULL;
    struct school *school = call->host->open(config, &error);
    if (!school) {
        g_string_append_printf(err, "%s\n", error);
        return FAILED;
    }
    struct command_place place = { school, config };
    g_autofree char *cwd = g_get_current_dir();
    int exit = FAILED;
    struct control_later later = { 0 };
    if (store_begin(school->store))
        exit = command_execute(&place, cwd, argc, argv, out, err, &later);
    bool durable = store_commit(school->store);
    exit = control_finish(&later, exit, out, err);
    if (!durable) {
        g_string_truncate(out, 0);
        g_string_assign(err, "the store refused it; nothing was changed\n");
        exit = FAILED;
    }
    call->host->close(school);
    return exit;
}

/* Has a command that needs the store done: by itself when nobody holds data_dir, else by the server that
 * does. What it says is in `out` and `err`. */
static int run_stored(struct call *call, struct config *config, int argc, char **argv, GString *out,
                      GString *err)
{
    int exit = -1;
    for (int try = 0; exit < 0 && try < LOCK_TRIES; try++) {
        g_autofree char *error = NULL;
        int lock = control_lock(config->data_dir, try ? LOCK_WAIT_MS : 0, &error);
        if (lock >= 0) {
            exit = run_alone(call, config, argc, argv, out, err);
            close(lock);
        } else if (error) {
            g_string_append_printf(err, "%s\n", error);
            exit = FAILED;
        } else {
            exit = control_call(config->data_dir, argc, argv, out, err);
        }
    }
    if (exit < 0) {
        g_string_append_printf(err, "%s is in use, and whoever uses it does not answer\n", config->data_dir);
        exit = FAILED;
    }
    return exit;
}

/* Passes the words on, with the options that concern the work. */
static int run_words(struct call *call)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)call->entry->name);
    if (call->renew)
        g_ptr_array_add(words, (char *)"--renew");
    if (call->master)
        g_ptr_array_add(words, (char *)"--master");
    for (char **word = call->rest; word && *word; word++)
        g_ptr_array_add(words, *word);
    g_ptr_array_add(words, NULL);
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    g_autoptr(GString) out = g_string_new(NULL), err = g_string_new(NULL);
    int exit = run_stored(call, config, (int)words->len - 1, (char **)words->pdata, out, err);
    config_free(config);
    fwrite(out->str, 1, out->len, stdout);
    fwrite(err->str, 1, err->len, stderr);
    return fflush(stdout) == 0 ? exit : FAILED;
}

/* The server copies its store; the tar is made here. */
static int run_backup(struct call *call)
{
    char *words[] = { (char *)"backup", NULL };
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    g_autoptr(GString) out = g_string_new(NULL), err = g_string_new(NULL);
    int exit = run_stored(call, config, 1, words, out, err);
    fwrite(err->str, 1, err->len, stderr);
    if (exit == DONE) {
        /* The copy lies in data_dir as this process names it, which need not be the server's way. */
        g_autofree char *name = g_path_get_basename(g_strchomp(out->str));
        g_autofree char *copy = g_build_filename(config->data_dir, name, NULL);
        exit = command_backup(config, copy, call->rest[0], call->encrypt);
    }
    config_free(config);
    return exit;
}

/* Which format a file's name asks for; NULL none. */
static const char *format_of(const struct call *call)
{
    const char *dot = call->output ? strrchr(call->output, '.') : NULL;
    return call->format ? call->format : dot ? dot + 1 : NULL;
}

/* The server makes it; the file is written here. */
static int run_export(struct call *call)
{
    const char *format = format_of(call);
    if (!format || !call->output) {
        fprintf(stderr, "usage: banzhang export CLASS -f xlsx|csv|ics|zip|pdf|png -o FILE [-c FILE]\n");
        return MISUSED;
    }
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    char *words[] = { (char *)"export", call->rest[0], (char *)format, NULL };
    g_autoptr(GString) out = g_string_new(NULL), err = g_string_new(NULL);
    int exit = run_stored(call, config, 3, words, out, err);
    fwrite(err->str, 1, err->len, stderr);
    if (exit == DONE)
        exit = command_export(config, out, strcmp(format, "zip") == 0, call->output);
    config_free(config);
    return exit;
}

/* The server makes the slips; the file is written here. */
static int run_slips(struct call *call)
{
    if (call->renew || call->format) {
        fprintf(stderr, "usage: banzhang invites CLASS [--renew | -o FILE.pdf] [-c FILE]\n");
        return MISUSED;
    }
    call->format = g_strdup("slips");
    return run_export(call);
}

/* invites: as CSV, or with -o as slips to print. */
static int run_invites(struct call *call)
{
    return call->output || call->format ? run_slips(call) : run_words(call);
}

static int run_restore(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = command_restore(config, call->rest[0], call->decrypt, call->force);
    config_free(config);
    return exit;
}

static int run_audit(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = command_audit(config, &(struct command_audit){ call->rest[0], call->rest[1], call->heads });
    config_free(config);
    return exit;
}

static int run_serve(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = call->host->serve(config);
    config_free(config);
    return exit;
}

static int run_check(struct call *call)
{
    return command_check(call->config_file, call->rest);
}

/* Talks to Telegram, not to the store: works whether a server runs or not. */
static int run_webhook(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = FAILED;
    if (config->telegram.enabled)
        exit = telegram_webhook_command(
            &(struct telegram_options){ .token = config->telegram.token,
                                        .secret = config->telegram.secret,
                                        .polling = config->telegram.mode == TELEGRAM_POLLING,
                                        .api_base = config->telegram.api_base,
                                        .public_url = config->public_url },
            call->rest[0]);
    else
        fprintf(stderr, "telegram is not configured in %s\n", call->config_file);
    config_free(config);
    return exit;
}

/* Plays a class over a store of its own; the real one is at most read. */
static int run_rehearse(struct call *call)
{
    if (call->trainees < 0 || call->trainees > TRAINEES_MOST || call->days < 0) {
        fprintf(stderr, "--trainees takes 1 to %d, --days at least 1\n", TRAINEES_MOST);
        return MISUSED;
    }
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = rehearse(call->host, config,
                        &(struct rehearse_options){ .class = call->rest[0],
                                                    .scheme = call->scheme,
                                                    .trainees = call->trainees,
                                                    .days = call->days,
                                                    .seed = call->seed ? call->seed : 1,
                                                    .quiet = call->quiet });
    config_free(config);
    return exit;
}

static int run_version(struct call *call)
{
    (void)call;
    printf("banzhang %s\n", BANZHANG_VERSION);
    return DONE;
}

static const struct entry entries[] = {
    { "serve", "", "run the server", 0, 0, 0, run_serve },
    { "check", "[FILE.yaml...]", "validate configuration, classes, forms, schemes, locales", 0, -1, 0,
      run_check },
    { "import", "FILE.yaml...", "create or update classes with roster and timetable", 1, -1, 0, run_words },
    { "invites", "CLASS", "print the join codes of people not yet bound, as CSV, or as slips to cut out", 1,
      1, TAKES_RENEW | TAKES_OUTPUT, run_invites },
    { "scheme", "preview|apply CLASS NEW.yaml", "show what another marking scheme changes, or use it", 3, 3,
      0, run_words },
    { "webhook", "set|show|delete", "tell Telegram where to call, ask it, or end it", 1, 1, 0, run_webhook },
    { "export", "CLASS", "write marks and sign-in sheets, timetable or archive", 1, 1, TAKES_OUTPUT,
      run_export },
    { "backup", "FILE.tar", "copy store and files, also while the server runs", 1, 1, TAKES_ENCRYPT,
      run_backup },
    { "restore", "FILE.tar", "put a backup back, while no server runs", 1, 1, TAKES_FORCE | TAKES_DECRYPT,
      run_restore },
    { "keys", "rotate|show", "renew the keys that personal fields are sealed with, or list them", 1, 1,
      TAKES_MASTER, run_words },
    { "audit", "verify|head [DAY]|list [COUNT]",
      "prove that nothing on record was changed; show who did what", 1, 2, TAKES_HEADS, run_audit },
    { "rehearse", "CLASS", "play the whole class with made-up trainees; touches no real data", 1, 1,
      TAKES_REHEARSAL, run_rehearse },
    { "version", "", "print the version", 0, 0, 0, run_version },
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

/* Which options the command line has. */
static unsigned given_options(const struct call *call)
{
    return (call->renew ? TAKES_RENEW : 0) | (call->force ? TAKES_FORCE : 0) |
           (call->format || call->output ? TAKES_OUTPUT : 0) | (call->heads ? TAKES_HEADS : 0) |
           (call->encrypt ? TAKES_ENCRYPT : 0) | (call->decrypt ? TAKES_DECRYPT : 0) |
           (call->master ? TAKES_MASTER : 0) |
           (call->scheme || call->trainees || call->days || call->seed || call->quiet ? TAKES_REHEARSAL : 0);
}

/* Reads the options of a command; -1 to go on, else the exit code. */
static int read_options(struct call *call, int argc, char **argv)
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
        { "master", 0, takes & TAKES_MASTER ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &call->master,
          "the master key too", NULL },
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
    else if (help)
        fputs(text, stdout);
    else if (words < call->entry->least || (call->entry->most >= 0 && words > call->entry->most) ||
             given_options(call) & ~takes)
        fprintf(stderr, "usage: banzhang %s %s [-c FILE]\n", call->entry->name, call->entry->arguments);
    else
        return -1;
    return read && help ? DONE : MISUSED;
}

int commands_main(const struct command_host *host, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_usage(stdout);
        return DONE;
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
    int exit = read_options(&call, argc - 1, argv + 1);
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
    return exit;
}
