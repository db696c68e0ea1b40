#include "bot/rehearse.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bot/core/folder.h"
#include "bot/core/clock.h"
#include "bot/core/inbox.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/pages.h"
#include "bot/rehearse_private.h"
#include "bot/school/invite.h"

enum {
    DONE = 0,
    FAILED = 1,
    MINUTE = 60,
    WAITS = 14 /* days after the last sitting until results must be there */
};

const char *line(struct play *play, const char *key, ...)
{
    va_list args;

    va_start(args, key);
    const char *text = locale_textv(play->pool, play->lang, key, args);

    va_end(args);
    return text;
}

/* --- the stage
 * -------------------------------------------------------------------------------------------------------- */

/* The configuration of the rehearsal: the real one without its data, its platforms and its clock. */
static struct config stage_of(const struct config *real, char *folder)
{
    struct config stage = *real;

    stage.data_dir = folder;
    stage.master_key = NULL; /* a key of its own, in there */
    stage.sandbox.enabled = true;
    stage.sandbox.clock = 1; /* it stands still; where, the class says */
    stage.telegram.enabled = stage.wecom.enabled = false;
    return stage;
}

/* The parts that take messages; the web platform delivers by storing. */
static void open_platform(struct play *play)
{
    struct school *school = play->school;

    sqlite3_exec(store_handle(school->store), "PRAGMA synchronous = OFF", NULL, NULL,
                 NULL); /* it is thrown away */
    play->inbox =
        inbox_new(school->store, school->turn, school->outbox, school_receive, school_apologise, school);
    play->screens.school = school;
    play->web_dir = g_build_filename(play->config->share_dir, "web", NULL);
    play->web = web_new(&(struct web_options){ .web_dir = play->web_dir,
                                               .public_url = play->config->public_url,
                                               .sandbox = true,
                                               .upload = (size_t)play->config->limits.upload,
                                               .zone = play->zone,
                                               .people = pages_people(school),
                                               .screens = screen_pages(&play->screens),
                                               .loop = school->loop,
                                               .store = school->store,
                                               .turn = school->turn,
                                               .inbox = play->inbox,
                                               .outbox = school->outbox,
                                               .files = school->files,
                                               .timers = school->timers });
}

/* Reads what the play has to know of the class. */
static void read_class(struct play *play)
{
    struct store *store = play->school->store;
    g_autofree char *zone = store_text(store, "SELECT zone FROM class WHERE id = ?", "i", play->class);
    g_autofree char *lang = store_text(store, "SELECT lang FROM class WHERE id = ?", "i", play->class);

    g_time_zone_unref(play->zone);
    play->zone = g_time_zone_new_identifier(zone);
    play->title = store_text(store, "SELECT title FROM class WHERE id = ?", "i", play->class);
    play->lang = g_strdup(locale_pick(lang));
    play->signs_out =
        store_int(store, 0, "SELECT signout <> 'off' FROM class WHERE id = ?", "i", play->class) != 0;
}

/* Everybody joins on the day the class is made known, with the code from the slip. */
static void hand_out_codes(struct play *play)
{
    GPtrArray *const lists[] = { play->staff, play->trainees };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint j = 0; j < lists[i]->len; j++) {
            struct actor *actor = lists[i]->pdata[j];
            g_autofree char *code = invite_code(play->school->store, play->school->secret, actor->member);

            act_later(play, clock_now() + (int64_t)j * 10 * 3600 / lists[i]->len + (int64_t)i, actor,
                      trainee_joins, code, 0);
        }
}

/* Class, people and codes, all or nothing. */
static bool set_the_stage(struct play *play, const struct config *real, char **ret_error)
{
    bool ok = store_begin(play->school->store) && cast_class(play, real, ret_error);

    if (ok) {
        read_class(play);
        cast_people(play);
        hand_out_codes(play);
    }
    ok = ok && store_commit(play->school->store);
    if (!ok) {
        store_rollback(play->school->store);
        if (!*ret_error)
            *ret_error = g_strdup("the store refused the class");
    } else if (play->lessons->len == 0 || play->trainees->len == 0) {
        *ret_error = g_strdup("the class has no sittings or no trainees: there is nothing to play");
        ok = false;
    }
    return ok;
}

/* From here on due times happen and messages are delivered. */
static void raise_the_curtain(struct play *play)
{
    timers_start(play->school->timers);
    school_started(play->school);
    files_start(play->school->files);
    outbox_start(play->school->outbox);
}

/* --- the play
 * ------------------------------------------------------------------------------------------------------------
 */

/* Whether every trainee who is still there has a result. */
static bool is_settled(struct play *play)
{
    return store_int(play->school->store, 0,
                     "SELECT count(*) FROM member m WHERE class = ? AND role = ? AND left IS NULL"
                     " AND NOT EXISTS (SELECT 1 FROM result r WHERE r.member = m.id)",
                     "ii", play->class, (int64_t)ROLE_TRAINEE) == 0;
}

/* One day from its night to the next. */
static bool play_day(struct play *play, const char *day)
{
    check_new_day(play);
    if (!play_until(play, moment_of(play, day, 5, 30)))
        return false;
    for (guint i = 0; i < play->trainees->len; i++)
        trainee_plans_day(play, play->trainees->pdata[i], day);
    staff_plans_day(play, day);
    return play_until(play, moment_of(play, day, 23, 59));
}

/* Day after day until all is settled; false when it was told to stop. */
static bool play_all(struct play *play)
{
    const struct lesson *last = &g_array_index(play->lessons, struct lesson, play->lessons->len - 1);
    char day[DAY_SIZE], next[DAY_SIZE];
    int all = 0;

    days_of(play->zone, clock_now(), day);
    all = days_between(day, last->day) + 6;
    for (play->days = 1; play->options->days == 0 || play->days <= play->options->days; play->days++) {
        if (!play_day(play, day))
            return false;
        print_day(play, day, play->days, play->options->days ? play->options->days : MAX(all, play->days));
        if (strcmp(day, last->day) > 0 && (is_settled(play) || days_between(last->day, day) >= WAITS))
            return true;
        days_add(day, 1, next);
        g_strlcpy(day, next, DAY_SIZE);
    }
    return true;
}

/* Everybody who is still there asks for the marks once more. */
static void ask_for_marks(struct play *play)
{
    for (guint i = 0; i < play->trainees->len; i++) {
        struct actor *actor = play->trainees->pdata[i];

        if (!actor->left)
            trainee_looks_at_marks(play, actor, NULL, 0);
    }
}

static bool is_idle(void *data)
{
    return outbox_idle(((struct play *)data)->school->outbox);
}

/* Plays and prints; the exit code. */
static int perform(struct play *play)
{
    gint64 begun = g_get_monotonic_time();

    print_head(play);
    if (!play_all(play)) {
        fprintf(stderr, "banzhang: stopped\n");
        return FAILED;
    }
    ask_for_marks(play);
    loop_drain(play->school->loop, 10000, is_idle, play);
    if (play->options->meddle)
        play->options->meddle(play->school->store);
    check_end(play, play->options->days == 0);
    print_marks(play);
    int exit = print_checks(play);

    fflush(stdout);
    fprintf(stderr,
            "%d days, %u trainees, %" G_GINT64_FORMAT " messages, %" G_GINT64_FORMAT " pushes in %.1f s\n",
            play->options->days ? play->options->days : play->days, play->trainees->len, play->said,
            play->pushed, (double)(g_get_monotonic_time() - begun) / 1e6);
    return exit;
}

/* --- taking it down
 * ------------------------------------------------------------------------------------------------------ */

static void close_play(struct play *play, const struct command_host *host)
{
    cast_free(play);
    if (play->acts)
        g_sequence_free(play->acts);
    if (play->today)
        g_hash_table_destroy(play->today);
    for (int i = 0; i < CHECKS; i++)
        if (play->tallies[i].faults)
            g_ptr_array_free(play->tallies[i].faults, TRUE);
    cJSON_Delete(play->answer);
    outbox_hold(play->school->outbox);
    web_free(play->web);
    inbox_free(play->inbox);
    host->close(play->school);
    g_free(play->web_dir);
    g_free(play->title);
    g_free(play->lang);
    g_free(play->digest);
    g_time_zone_unref(play->zone);
    g_rand_free(play->chance);
    pool_free(play->pool);
}

int rehearse(const struct command_host *host, struct config *config, const struct rehearse_options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL, *folder = g_dir_make_tmp("banzhang-rehearse-XXXXXX", &error);

    if (!folder) {
        fprintf(stderr, "%s\n", error->message);
        return FAILED;
    }
    struct config stage = stage_of(config, folder);
    struct play play = { .options = options,
                         .config = &stage,
                         .zone = g_time_zone_new_identifier(config->zone) };
    int exit = FAILED;

    log_set_level(LOG_ERROR);
    play.school = host->open(&stage, &why);
    if (play.school) {
        play.lang = NULL;
        play.pool = pool_new();
        play.chance = g_rand_new_with_seed((guint32)options->seed);
        open_platform(&play);
        if (set_the_stage(&play, config, &why)) {
            raise_the_curtain(&play);
            exit = perform(&play);
        }
        close_play(&play, host);
    }
    if (why)
        fprintf(stderr, "%s\n", why);
    folder_remove(folder);
    return exit;
}
