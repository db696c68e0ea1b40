#include "bot/operations.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/metrics.h"
#include "bot/core/reserve.h"

enum {
    CARE_MS = 10000,      /* how often retention and the alarms are looked after */
    PRUNE_ROWS = 2000,    /* at most so many rows of each table at a time */
    BACKLOG = 5000,       /* this many waiting messages are worth an alarm */
    DISK_LOW = 256 << 20, /* bytes left */
    ALARM_MS = 3600000,   /* between two alarms of one kind */
};

struct operations {
    struct operations_options options;
    struct http_route routes[3];
    bool ready;
    GHashTable *alarms; /* what → when it was last told, monotonic ms */
    GHashTable *untold; /* what nobody could be told yet */
    unsigned steps;     /* of the machine's clock, that were told */
    int64_t watchdog_ms;
};

/* --- systemd
 * ------------------------------------------------------------------------------------------------------- */

/* Sends one state to systemd when it is there. */
static void notify(const char *state)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (!path || strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (*path == '@')
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        log_warn("systemd.unheard", "errno=%d", errno);
    close(fd);
}

/* --- routes
 * ----------------------------------------------------------------------------------------------------------
 */

static void answer_health(struct http_request *request, void *data)
{
    const struct operations *operations = data;
    const char *text = reserve_spent(operations->options.reserve)
                           ? "ok\ndisk full: the reserve is given up, make room\n"
                           : "ok\n";

    http_answer(request, 200, "text/plain; charset=utf-8", text, strlen(text));
}

/* Ready: the store takes a write and we are not stopping. */
static void answer_ready(struct http_request *request, void *data)
{
    struct operations *operations = data;
    bool ok = operations->ready &&
              store_int(operations->options.school->store, 0, "SELECT count(*) FROM migration", "") > 0;

    if (ok)
        http_answer(request, 200, "text/plain; charset=utf-8", "ready\n", 6);
    else
        http_busy(request, 2);
}

/* Seconds by which the machine's clock is off the time that is believed. */
static double clock_off(void *data)
{
    int64_t off;

    (void)data;
    clock_steps(&off);
    return (double)off;
}

static void answer_metrics(struct http_request *request, void *data)
{
    g_autoptr(GString) text = g_string_new(NULL);

    (void)data;
    metrics_write(text);
    http_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", text->str, text->len);
}

const struct http_route *operations_routes(struct operations *operations, size_t *ret_count)
{
    *ret_count = G_N_ELEMENTS(operations->routes);
    return operations->routes;
}

const struct http_route *operations_metrics(void)
{
    static const struct http_route route = { .method = "GET", .path = "/metrics", .handle = answer_metrics };

    return &route;
}

/* --- alarms
 * --------------------------------------------------------------------------------------------------------------
 */

struct alarm_job {
    struct turn_job job;
    struct operations *operations;
    char *what;
    bool over; /* good news */
    int told;  /* organisers who were reached */
};

/* Tells every organiser, in their own language. */
static void run_alarm(struct turn_job *job)
{
    struct alarm_job *alarm = (struct alarm_job *)job;
    struct school *school = alarm->operations->options.school;
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, school, pool);
    alarm->told = 0;
    g_autoptr(query) q = store_query(
        school->store, "SELECT DISTINCT person FROM member WHERE role = ? AND left IS NULL LIMIT 20", "i",
        (int64_t)ROLE_ORGANISER);

    while (query_next(q)) {
        int64_t person = query_int(q, 0);
        g_autofree char *key = g_strdup_printf("alarm.%s", alarm->what);

        alarm->told += tell(&talk, person, alarm->over ? "alarm.over" : "alarm.told", "what",
                            words_in(&talk, lang_of(&talk, person), key, NULL), NULL);
    }
    talk_end(&talk);
    pool_free(pool);
}

static void done_alarm(struct turn_job *job, enum turn_end end)
{
    struct alarm_job *alarm = (struct alarm_job *)job;

    if (!alarm->over && (end != TURN_DURABLE || alarm->told == 0))
        /* nobody knows yet: told again when somebody can be reached */
        g_hash_table_add(alarm->operations->untold, g_strdup(alarm->what));
    g_free(alarm->what);
    g_free(alarm);
}

/* Queues telling the organisers. */
static void tell_alarm(struct operations *operations, const char *what, bool over)
{
    struct alarm_job *alarm = g_new0(struct alarm_job, 1);

    alarm->job = (struct turn_job){ .run = run_alarm, .done = done_alarm };
    alarm->operations = operations;
    alarm->what = g_strdup(what);
    alarm->over = over;
    turn_add(operations->options.school->turn, &alarm->job);
}

void operations_alarm(void *data, const char *what)
{
    struct operations *operations = data;
    int64_t *last = g_hash_table_lookup(operations->alarms, what);
    g_autofree char *labels = g_strdup_printf("what=\"%s\"", what);

    metric_add(metric_counter("banzhang_alarms_total", labels), 1);
    log_error("alarm", "what=%s", what);
    if (last && *last + ALARM_MS > clock_monotonic_ms())
        return;
    last = g_new(int64_t, 1);
    *last = clock_monotonic_ms();
    g_hash_table_insert(operations->alarms, g_strdup(what), last);
    tell_alarm(operations, what, false);
}

void operations_disk(void *data, bool full)
{
    struct operations *operations = data;

    if (full) {
        operations_alarm(operations, "disk_full");
        return;
    }
    bool known = !g_hash_table_remove(operations->untold, "disk_full");

    g_hash_table_remove(operations->alarms, "disk_full"); /* the next time is news again */
    if (known)
        tell_alarm(operations, "disk_again", true);
}

/* Tells what nobody could be told before. */
static void tell_untold(struct operations *operations)
{
    g_autoptr(GHashTable) untold = operations->untold;
    GHashTableIter iter;
    void *what;

    operations->untold = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_iter_init(&iter, untold);
    while (g_hash_table_iter_next(&iter, &what, NULL))
        tell_alarm(operations, what, false);
}

/* --- looking after the store
 * --------------------------------------------------------------------------------------------- */

struct care {
    struct turn_job job;
    struct operations *operations;
};

/* How long a message that shows a file may be kept, and a day. */
static int64_t kept_days(const struct operations *operations)
{
    const struct config *config = operations->options.config;

    return MAX(config->limits.outbox_days, config->limits.sandbox_days) + 1;
}

/* Forgets what is old, a little at a time. */
static void run_care(struct turn_job *job)
{
    struct operations *operations = ((struct care *)job)->operations;

    inbox_prune(operations->options.inbox, operations->options.config->limits.inbox_days * 86400, PRUNE_ROWS);
    outbox_prune(operations->options.school->outbox, operations->options.config->limits.outbox_days * 86400,
                 operations->options.config->limits.sandbox_days * 86400, PRUNE_ROWS);
    files_prune(operations->options.school->files, operations->options.school->store,
                kept_days(operations) * 86400, PRUNE_ROWS);
}

static void done_care(struct turn_job *job, enum turn_end end)
{
    (void)end;
    g_free(job);
}

/* Raises the alarms that can be seen from here. */
static void look_round(struct operations *operations)
{
    struct statvfs disk;
    int64_t off;
    unsigned steps = clock_steps(&off);

    if (steps != operations->steps) {
        log_warn("clock.step", "steps=%u off=%" G_GINT64_FORMAT, steps, off);
        operations_alarm(operations, "clock");
    }
    operations->steps = steps;
    if (outbox_waiting(operations->options.school->outbox) > BACKLOG)
        operations_alarm(operations, "backlog");
    if (statvfs(operations->options.config->data_dir, &disk) == 0 &&
        (guint64)disk.f_bavail * disk.f_frsize < (guint64)DISK_LOW)
        operations_alarm(operations, "disk");
}

static void take_care(void *data)
{
    struct operations *operations = data;
    struct care *care = g_new0(struct care, 1);

    if (loop_stopping(operations->options.loop)) {
        g_free(care);
        return;
    }
    care->job = (struct turn_job){ .run = run_care, .done = done_care };
    care->operations = operations;
    turn_add(operations->options.school->turn, &care->job);
    tell_untold(operations);
    look_round(operations);
    loop_later(operations->options.loop, CARE_MS, take_care, operations);
}

static void feed_watchdog(void *data)
{
    struct operations *operations = data;

    notify("WATCHDOG=1");
    loop_later(operations->options.loop, operations->watchdog_ms, feed_watchdog, operations);
}

/* --- life
 * ------------------------------------------------------------------------------------------------------------------
 */

struct operations *operations_new(const struct operations_options *options)
{
    struct operations *operations = g_new0(struct operations, 1);
    const char *watchdog = g_getenv("WATCHDOG_USEC");

    operations->options = *options;
    operations->alarms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    operations->untold = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    operations->watchdog_ms = watchdog ? g_ascii_strtoll(watchdog, NULL, 10) / 2000 : 0;
    metric_help("banzhang_clock_off_seconds",
                "What the machine's clock says minus the time that is believed.");
    metric_gauge("banzhang_clock_off_seconds", "", clock_off, operations);
    operations->routes[0] = (struct http_route){
        .method = "GET", .path = "/healthz", .quick = true, .handle = answer_health, .data = operations
    };
    operations->routes[1] =
        (struct http_route){ .method = "GET", .path = "/readyz", .handle = answer_ready, .data = operations };
    operations->routes[2] =
        (struct http_route){ .method = "GET", .path = "/metrics", .local = true, .handle = answer_metrics };
    return operations;
}

void operations_free(struct operations *operations)
{
    if (!operations)
        return;
    g_hash_table_destroy(operations->alarms);
    g_hash_table_destroy(operations->untold);
    g_free(operations);
}

void operations_ready(struct operations *operations)
{
    operations->ready = true;
    notify("READY=1");
    if (operations->watchdog_ms > 0)
        feed_watchdog(operations);
    take_care(operations);
}

void operations_stopping(struct operations *operations)
{
    operations->ready = false;
    notify("STOPPING=1");
}
