#include "bot/school/school.h"

#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/turn.h"
#include "bot/school/erase.h"
#include "bot/school/form.h"
#include "bot/school/forgotten.h"
#include "bot/school/phone.h"
#include "bot/school/schema.h"
#include "bot/school/remind_policy.h"
#include "bot/school/scheme.h"
#include "bot/school/words.h"

/* A handler's timer kind with the school it belongs to, for the core that knows neither. */
struct alarm {
    struct school *school;
    const struct due *due;
};

bool school_migrate(struct store *store, const struct handler *const *handlers, GError **error)
{
    if (!store_migrate(store, "school", school_schema, error) ||
        !store_migrate(store, "scheme", scheme_schema, error) || !phone_migrate(store, error) ||
        !forgotten_migrate(store, error))
        return false;
    for (size_t h = 0; handlers[h]; h++)
        if (handlers[h]->schema && !store_migrate(store, handlers[h]->name, handlers[h]->schema, error))
            return false;
    return true;
}

struct audited *school_audits(const struct handler *const *handlers)
{
    GArray *all = g_array_new(TRUE, TRUE, sizeof(struct audited));

    for (const struct audited *table = school_audited; table->table; table++)
        g_array_append_val(all, *table);
    for (size_t h = 0; handlers[h]; h++)
        for (const struct audited *table = handlers[h]->audited; table && table->table; table++)
            g_array_append_val(all, *table);
    return (struct audited *)g_array_free(all, FALSE);
}

/* A due time: a talk with nobody speaking. */
static void fire(void *data, const char *kind, int64_t subject, int64_t due)
{
    struct alarm *alarm = data;
    struct talk talk;

    (void)kind;
    pool_reset(alarm->school->pool);
    talk_begin(&talk, alarm->school, alarm->school->pool);
    alarm->due->run(&talk, subject, due);
    talk_end(&talk);
}

/* An account turned out to be unreachable: pushes go elsewhere until it is heard of again. */
static void on_refused(void *data, enum platform_id platform, const char *chat)
{
    struct school *school = data;

    store_run(school->store, "UPDATE account SET reachable = 0, used = 0 WHERE platform = ? AND name = ?",
              "is", (int64_t)platform, chat);
}

/* Whether a file that was fetched may stay: only now is it sure how large it is. */
static bool keeps_file(void *data, int64_t file, int64_t size)
{
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, data, pool);
    bool keeps = quota_refusal_of(&talk, file, size) == NULL;

    talk_end(&talk);
    pool_free(pool);
    return keeps;
}

/* Tells the sender why the file is not here, with the way that is left. */
static void tell_gone(struct talk *talk, int64_t file, int64_t person, const char *name, int64_t size)
{
    talk->lang = lang_of(talk, person);
    const char *why = size ? quota_refusal_of(talk, file, size) : NULL;

    if (why ? tell(talk, person, "files.refused", "why", why, NULL)
            : tell(talk, person, *name ? "files.lost" : "files.lost_one", "name", name, NULL))
        button(talk, "upload.by_page", "upload:page");
}

/* A file that somebody sent in a chat was fetched, or cannot be any more: then its sender is told. */
static void on_file_end(void *data, int64_t file, enum files_end end)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct talk talk;
    g_autoptr(query) q =
        store_query(school->store, "SELECT person, name, size FROM file WHERE id = ?", "i", file);

    talk_begin(&talk, school, pool);
    school_event(&talk, EVENT_FILE_HERE, file);
    if (end != FILES_CAME && query_next(q))
        tell_gone(&talk, file, query_int(q, 0), pool_strdup(pool, query_text(q, 1)),
                  end == FILES_TOO_MUCH ? query_int(q, 2) : 0);
    talk_end(&talk);
    pool_free(pool);
}

bool school_open(struct school *school, GPtrArray *faults)
{
    school->pool = pool_new();
    school->alarms = g_ptr_array_new_with_free_func(g_free);
    school_forget_classes(school);
    for (size_t h = 0; school->handlers[h]; h++) {
        for (const struct due *due = school->handlers[h]->timers; due->kind; due++) {
            struct alarm *alarm = g_new0(struct alarm, 1);

            g_ptr_array_add(school->alarms, alarm);
            alarm->school = school;
            alarm->due = due;
            timers_kind(school->timers, due->kind, fire, alarm);
        }
    }
    files_on_end(school->files, keeps_file, on_file_end, school);
    outbox_on_refused(school->outbox, on_refused, school);
    return school_reload(school, faults);
}

bool school_reload(struct school *school, GPtrArray *faults)
{
    struct words_table *words = words_compile(school->handlers, faults);

    if (!words)
        return false;
    words_free(school->words);
    school->words = words;
    return form_reload_all(school, faults) && remind_policy_reload(school, faults);
}

void school_close(struct school *school)
{
    words_free(school->words);
    form_forget_all(school);
    school_free_classes(school);
    g_clear_pointer(&school->policies, g_hash_table_unref);
    g_ptr_array_unref(school->alarms);
    pool_free(school->pool);
}

void school_event(struct talk *talk, enum event event, int64_t subject)
{
    for (size_t h = 0; talk->school->handlers[h]; h++)
        if (talk->school->handlers[h]->on)
            talk->school->handlers[h]->on(talk, event, subject);
}

/* The word that the server has come up, as a job. */
struct start {
    struct turn_job job;
    struct school *school;
};

static void run_start(struct turn_job *job)
{
    struct school *school = ((struct start *)job)->school;
    struct talk talk;

    pool_reset(school->pool);
    talk_begin(&talk, school, school->pool);
    school_event(&talk, EVENT_STARTED, 0);
    erase_empty_log(school);
    talk_end(&talk);
}

static void done_start(struct turn_job *job, enum turn_end end)
{
    if (end != TURN_DURABLE)
        log_error("school.start_failed", "end=%d", (int)end);
    g_free(job);
}

void school_started(struct school *school)
{
    struct start *start = g_new0(struct start, 1);

    start->school = school;
    start->job = (struct turn_job){ .run = run_start, .done = done_start };
    turn_add(school->turn, &start->job);
}
