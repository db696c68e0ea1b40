/* What each command does in the process that was called: by itself, or through the server that has the store.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bot/backup.h"
#include "bot/commands_files.h"
#include "bot/commands_private.h"
#include "bot/core/faults.h"
#include "bot/platform/telegram.h"
#include "bot/rehearse.h"

enum { LOCK_WAIT_MS = 500, TOLD_AFTER_S = 5, TRAINEES_MOST = 4000 };

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
 * does. Who holds it lives, for a lock ends with its process, but may be busy before or without listening: a
 * server that starts, changes its tables or stops, a restore, other commands in a row. So it is asked again
 * as long as an answer may take, and the person is told. What the command says is in `out` and `err`. */
static int run_stored(struct call *call, struct config *config, int argc, char **argv, GString *out,
                      GString *err)
{
    gint64 begun = g_get_monotonic_time(), waited = 0;
    int exit = -1, wait_ms = 0;
    bool told = false;
    do {
        g_autofree char *error = NULL;
        int lock = control_lock(config->data_dir, wait_ms, &error);
        wait_ms = LOCK_WAIT_MS;
        if (lock >= 0) {
            exit = run_alone(call, config, argc, argv, out, err);
            close(lock);
        } else if (error) {
            g_string_append_printf(err, "%s\n", error);
            exit = FAILED;
        } else {
            exit = control_call(config->data_dir, argc, argv, out, err);
        }
        waited = (g_get_monotonic_time() - begun) / G_USEC_PER_SEC;
        if (exit < 0 && !told && waited >= TOLD_AFTER_S) {
            fprintf(stderr, "%s is in use; waiting for whoever uses it\n", config->data_dir);
            told = true;
        }
    } while (exit < 0 && waited < CONTROL_PATIENCE_S);
    if (exit < 0) {
        g_string_append_printf(err, "%s is in use, and whoever uses it has not answered for %d minutes\n",
                               config->data_dir, CONTROL_PATIENCE_S / 60);
        exit = FAILED;
    }
    return exit;
}

/* Passes the words on, with the options that concern the work. */
int command_run_words(struct call *call)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)call->entry->name);
    if (call->renew)
        g_ptr_array_add(words, (char *)"--renew");
    if (call->master)
        g_ptr_array_add(words, (char *)"--master");
    if (call->codes)
        g_ptr_array_add(words, (char *)"--codes");
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
int command_run_backup(struct call *call)
{
    char *words[] = { (char *)"backup", NULL };
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    g_autoptr(GString) out = g_string_new(NULL), err = g_string_new(NULL);
    int hold = backup_hold(config->data_dir);
    int exit = run_stored(call, config, 1, words, out, err);
    fwrite(err->str, 1, err->len, stderr);
    if (exit == DONE) {
        /* The copy lies in data_dir as this process names it, which need not be the server's way. */
        g_autofree char *name = g_path_get_basename(g_strchomp(out->str));
        g_autofree char *copy = g_build_filename(config->data_dir, name, NULL);
        exit = command_backup(config, copy, call->rest[0], call->encrypt);
    }
    if (hold >= 0)
        close(hold);
    config_free(config);
    return exit;
}

int command_run_backups(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = command_backups(config);
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
int command_run_export(struct call *call)
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
    return command_run_export(call);
}

/* invites: as CSV, or with -o as slips to print. */
int command_run_invites(struct call *call)
{
    return call->output || call->format ? run_slips(call) : command_run_words(call);
}

int command_run_restore(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = command_restore(config, call->rest[0], call->decrypt, call->force);
    config_free(config);
    return exit;
}

int command_run_audit(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = command_audit(config, &(struct command_audit){ call->rest[0], call->rest[1], call->heads });
    config_free(config);
    return exit;
}

int command_run_serve(struct call *call)
{
    struct config *config = read_config(call->config_file);
    if (!config)
        return FAILED;
    int exit = call->host->serve(config);
    config_free(config);
    return exit;
}

int command_run_check(struct call *call)
{
    return command_check(call->config_file, call->rest);
}

/* Talks to Telegram, not to the store: works whether a server runs or not. */
int command_run_webhook(struct call *call)
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
int command_run_rehearse(struct call *call)
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

int command_run_version(struct call *call)
{
    (void)call;
    printf("banzhang %s\n", BANZHANG_VERSION);
    return DONE;
}
