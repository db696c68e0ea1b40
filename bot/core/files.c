#include "bot/core/files.h"

#include <errno.h>
#include <ev.h>
#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/files_private.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/reserve.h"
#include "bot/core/turn.h"

enum {
    FETCHES_MAX = 2,             /* at once: each may take FILES_MAX_BYTES of memory */
    GIVE_UP_SECONDS = 3 * 86400, /* platforms forget a file by then */
    RETRY_MAX_SECONDS = 300,
    LOOK_SECONDS = 60,
};

enum file_state { FILE_WANTED, FILE_HERE, FILE_GONE };

/* A file on its way here: fetched, laid down, recorded. */
struct arrival {
    int64_t id; /* 0: free */
    bool gone;
    size_t size;
    char *sha256, *name;
    const char *type;
    struct files *files;
    struct turn_job job;
};

struct fetcher {
    void (*fetch)(void *, int64_t, const char *);
    void *self;
};

struct files {
    struct store *store;
    struct turn *turn;
    struct loop *loop;
    char *dir;
    struct held *held;
    struct reserve *reserve; /* NULL: none */
    struct fetcher fetchers[PLATFORM_COUNT];
    bool (*keeps)(void *, int64_t file, int64_t size); /* both may be NULL */
    void (*ended)(void *, int64_t file, enum files_end);
    void *ended_data;
    struct arrival arrivals[FETCHES_MAX];
    ev_timer alarm;
    bool started, dirty, settling;
    int writing;  /* pieces on workers */
    bool closing; /* the last of them frees */
};

static const char *const schema[] = {
    "CREATE TABLE file ("
    "  id INTEGER PRIMARY KEY,"
    "  platform INTEGER NOT NULL,"
    "  remote TEXT," /* the platform's handle */
    "  sha256 TEXT," /* once it lies here */
    "  name TEXT NOT NULL,"
    "  mime TEXT," /* told by content */
    "  size INTEGER NOT NULL,"
    "  person INTEGER NOT NULL,"
    "  made INTEGER NOT NULL," /* machine clock, as not_before */
    "  state INTEGER NOT NULL,"
    "  tries INTEGER NOT NULL DEFAULT 0,"
    "  not_before INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX file_wanted ON file(platform, id) WHERE state = 0;"
    "CREATE INDEX file_sha256 ON file(sha256) WHERE sha256 IS NOT NULL;",
    "CREATE INDEX file_person ON file(person);",
    "CREATE TABLE file_drop (sha256 TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;", /* bytes to be removed
                                                                                         */
    "ALTER TABLE file ADD COLUMN holder INTEGER NOT NULL DEFAULT 0;" /* for whom one of nobody's lies here */
    "CREATE INDEX file_holder ON file(holder) WHERE holder > 0;",
    NULL,
};

bool files_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "files", schema, error);
}

/* Work on a worker and what follows it. */
struct work {
    struct files *files;
    void (*work)(void *);
    void (*done)(void *, bool closing);
    void *data;
};

/* On a worker. */
static void run_work(void *data)
{
    struct work *w = data;
    w->work(w->data);
}

/* Back on the loop. */
static void work_done(void *data)
{
    struct work *w = data;
    struct files *f = w->files;
    f->writing--;
    w->done(w->data, f->closing);
    if (f->closing && f->writing == 0)
        files_free(f);
    g_free(w);
}

void files_work(struct files *f, void (*work)(void *), void (*done)(void *, bool), void *data)
{
    struct work *w = g_new0(struct work, 1);
    *w = (struct work){ .files = f, .work = work, .done = done, .data = data };
    f->writing++;
    loop_work(f->loop, run_work, work_done, w);
}

const char *files_dir(const struct files *f)
{
    return f->dir;
}

struct held *files_held(const struct files *f)
{
    return f->held;
}

struct store *files_store(const struct files *f)
{
    return f->store;
}

struct turn *files_turn(const struct files *f)
{
    return f->turn;
}

bool files_settling(const struct files *f)
{
    return f->settling;
}

void files_set_settling(struct files *f, bool settling)
{
    f->settling = settling;
}

void files_reserve(struct files *f, struct reserve *reserve)
{
    f->reserve = reserve;
}

bool files_admit(const struct files *f, int64_t size)
{
    return reserve_admits(f->reserve, size);
}

bool files_make_room(const struct files *f, int64_t size, int why)
{
    return (why == ENOSPC || why == EDQUOT) && size <= RESERVE_SMALL && reserve_give_up(f->reserve);
}

void files_after_commit(struct files *f, void (*fn)(void *), void *data, void (*free_data)(void *))
{
    turn_after_commit(f->turn, fn, data, free_data);
}

/* After the commit: there may be something to fetch. */
static void look(void *data)
{
    ((struct files *)data)->dirty = true;
}

int64_t files_add(struct files *f, enum platform_id platform, const struct attachment *a, int64_t person)
{
    g_autofree char *name = files_named(a->name, a->sha256 ? a->mime : NULL);
    enum file_state state = a->sha256 ? FILE_HERE : a->remote ? FILE_WANTED : FILE_GONE;
    store_run(f->store,
              "INSERT INTO file (platform, remote, sha256, name, mime, size, person, made, state)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
              "issssiiii", (int64_t)platform, a->remote, a->sha256, name, a->mime, a->size, person,
              clock_machine(), (int64_t)state);
    if (state == FILE_WANTED)
        turn_after_commit(f->turn, look, f, NULL);
    return store_last_id(f->store);
}

int64_t files_add_nobodys(struct files *f, const struct attachment *a, int64_t holder)
{
    int64_t file = files_add(f, PLATFORM_WEB, a, 0);

    store_run(f->store, "UPDATE file SET holder = ? WHERE id = ?", "ii", holder, file);
    return file;
}

enum files_state files_get(struct files *f, struct pool *pool, int64_t id, struct attachment *ret_file)
{
    g_autoptr(query) q =
        store_query(f->store, "SELECT name, mime, size, sha256, state FROM file WHERE id = ?", "i", id);
    if (!query_next(q))
        return FILES_GONE;
    *ret_file = (struct attachment){ .name = pool_strdup(pool, query_text(q, 0)),
                                     .mime = pool_strdup(pool, query_text(q, 1)),
                                     .size = query_int(q, 2),
                                     .sha256 = pool_strdup(pool, query_text(q, 3)) };
    switch ((enum file_state)query_int(q, 4)) {
    case FILE_WANTED:
        return FILES_COMING;
    case FILE_HERE:
        return FILES_HERE;
    case FILE_GONE:
        return FILES_GONE;
    }
    return FILES_GONE;
}

void files_fetcher(struct files *f, enum platform_id platform, void (*fetch)(void *, int64_t, const char *),
                   void *self)
{
    f->fetchers[platform] = (struct fetcher){ fetch, self };
}

void files_on_end(struct files *f, bool (*keeps)(void *, int64_t file, int64_t size),
                  void (*ended)(void *, int64_t file, enum files_end), void *data)
{
    f->keeps = keeps;
    f->ended = ended;
    f->ended_data = data;
}

/* The arrival is over, one way or the other. */
static void arrival_end(struct arrival *a)
{
    if (a->sha256)
        files_release(a->files, a->sha256);
    g_free(a->sha256);
    g_free(a->name);
    a->files->dirty = true;
    *a = (struct arrival){ .files = a->files };
}

static struct arrival *arrival_of(struct turn_job *job)
{
    return (struct arrival *)((char *)job - G_STRUCT_OFFSET(struct arrival, job));
}

/* In the turn: tells who keeps the file what became of it. */
static void tell_end(const struct arrival *a, enum files_end end)
{
    if (a->files->ended)
        a->files->ended(a->files->ended_data, a->id, end);
}

/* In the turn: the bytes are here, under a name that tells their type truly; or there were too many. */
static void run_here(const struct arrival *a)
{
    struct files *f = a->files;
    struct store *store = f->store;
    if (f->keeps && !f->keeps(f->ended_data, a->id, (int64_t)a->size)) {
        store_run(store, "UPDATE file SET state = 2, size = ? WHERE id = ?", "ii", (int64_t)a->size, a->id);
        files_unlink_unused(f, a->sha256);
        tell_end(a, FILES_TOO_MUCH);
        return;
    }
    g_autofree char *given = store_text(store, "SELECT name FROM file WHERE id = ?", "i", a->id);
    g_autofree char *name = files_named(given && *given ? given : a->name, a->type);
    store_run(store, "UPDATE file SET state = 1, sha256 = ?, size = ?, mime = ?, name = ? WHERE id = ?",
              "sissi", a->sha256, (int64_t)a->size, a->type, name, a->id);
    tell_end(a, FILES_CAME);
}

/* In the turn: the file is here, or will be tried again, or never; then who keeps it is told. */
static void run(struct turn_job *job)
{
    struct arrival *a = arrival_of(job);
    struct files *f = a->files;
    int64_t now = clock_machine();
    if (a->sha256) {
        run_here(a);
        return;
    }
    int64_t tries = store_int(f->store, 0, "SELECT tries FROM file WHERE id = ?", "i", a->id);
    store_run(f->store,
              "UPDATE file SET tries = tries + 1, not_before = ?2,"
              " state = CASE WHEN ?3 OR made < ?4 THEN 2 ELSE 0 END WHERE id = ?1",
              "iiii", a->id, now + MIN((int64_t)1 << MIN(tries, 20), RETRY_MAX_SECONDS), (int64_t)a->gone,
              now - GIVE_UP_SECONDS);
    if (store_int(f->store, 0, "SELECT state FROM file WHERE id = ?", "i", a->id) == FILE_GONE)
        tell_end(a, FILES_LOST);
}

/* After the turn. What could not be recorded is still wanted and fetched again. */
static void done(struct turn_job *job, enum turn_end end)
{
    struct arrival *a = arrival_of(job);
    log_info("files.fetched", "file=%" G_GINT64_FORMAT " here=%d gone=%d recorded=%d", a->id,
             a->sha256 != NULL, a->gone, end == TURN_DURABLE);
    arrival_end(a);
}

/* Queues the record of what became of the file. */
static void record(struct arrival *a)
{
    a->job = (struct turn_job){ .run = run, .done = done };
    turn_add(a->files->turn, &a->job);
}

/* The bytes lie on the disk, or the disk refused them. */
static void laid_down(void *data, const char *sha256)
{
    struct arrival *a = data;
    a->sha256 = g_strdup(sha256);
    record(a);
}

void files_fetched(struct files *f, int64_t file, bool ok, bool gone, const char *bytes, size_t len,
                   const char *name, const char *mime)
{
    struct arrival *a = NULL;
    (void)mime; /* never trusted */
    for (int i = 0; i < FETCHES_MAX; i++)
        if (f->arrivals[i].id == file)
            a = &f->arrivals[i];
    if (!a || a->sha256)
        BUG("file %" G_GINT64_FORMAT " was not asked for", file);
    a->gone = gone && !ok;
    if (!ok) {
        record(a);
        return;
    }
    a->size = len;
    a->type = files_type(bytes, len);
    a->name = g_strdup(name);
    files_write(f, g_memdup2(len ? bytes : "", len ? len : 1), len, laid_down, a);
}

/* Starts the next fetch of one platform; false when nothing is due. A moment beyond every wait was kept by a
 * machine's clock that was wrong: it is due. */
static bool fetch_next(struct files *f, int platform, struct arrival *a)
{
    int64_t now = clock_machine();
    g_autoptr(query) q = store_query(
        f->store,
        "SELECT id, remote FROM file WHERE state = 0 AND platform = ?"
        " AND not_before NOT BETWEEN ? AND ? AND id NOT IN (?, ?) ORDER BY id LIMIT 1",
        "iiiii", (int64_t)platform, now + 1, now + RETRY_MAX_SECONDS, f->arrivals[0].id, f->arrivals[1].id);
    G_STATIC_ASSERT(FETCHES_MAX == 2);
    if (!query_next(q))
        return false;
    a->id = query_int(q, 0);
    g_autofree char *remote = g_strdup(query_text(q, 1));
    f->fetchers[platform].fetch(f->fetchers[platform].self, a->id, remote);
    return true;
}

/* Sets the alarm for the next retry, or for a look at the clock, which may be set meanwhile. */
static void set_alarm(struct files *f)
{
    int64_t now = clock_machine();
    int64_t next = store_int(f->store, 0,
                             "SELECT min(not_before) FROM file WHERE state = 0 AND not_before > ?", "i", now);
    ev_timer_stop(loop_ev(f->loop), &f->alarm);
    if (next == 0)
        return;
    ev_now_update(loop_ev(f->loop));
    ev_timer_set(&f->alarm, (double)CLAMP(next - now, 1, LOOK_SECONDS), 0.0);
    ev_timer_start(loop_ev(f->loop), &f->alarm);
}

/* Before the loop sleeps: fetches what is wanted. */
static bool pump(void *data)
{
    struct files *f = data;
    if (!f->started || !f->dirty || loop_stopping(f->loop))
        return false;
    f->dirty = false;
    for (int i = 0; i < FETCHES_MAX; i++)
        for (int p = 0; p < PLATFORM_COUNT && f->arrivals[i].id == 0; p++)
            if (f->fetchers[p].fetch)
                fetch_next(f, p, &f->arrivals[i]);
    set_alarm(f);
    return false;
}

/* libev: a retry is due. */
static void on_alarm(EV_P_ ev_timer *timer, int events)
{
    (void)loop, (void)events;
    look(timer->data);
}

struct files *files_new(struct store *store, struct turn *turn, struct loop *loop, const char *dir,
                        GError **error)
{
    if (!files_prepare(dir, error))
        return NULL;
    struct files *f = g_new0(struct files, 1);
    f->store = store;
    f->turn = turn;
    f->loop = loop;
    f->dir = g_strdup(dir);
    f->held = held_new();
    for (int i = 0; i < FETCHES_MAX; i++)
        f->arrivals[i].files = f;
    ev_timer_init(&f->alarm, on_alarm, 0.0, 0.0);
    f->alarm.data = f;
    if (loop)
        loop_before_sleep(loop, pump, f);
    return f;
}

void files_free(struct files *f)
{
    if (!f)
        return;
    f->closing = true;
    if (f->writing > 0)
        return;
    if (f->loop)
        ev_timer_stop(loop_ev(f->loop), &f->alarm);
    for (int i = 0; i < FETCHES_MAX; i++)
        arrival_end(&f->arrivals[i]);
    held_free(f->held);
    g_free(f->dir);
    g_free(f);
}

void files_start(struct files *f)
{
    f->started = f->dirty = true;
}

const char *files_path(struct files *f, struct pool *pool, const char *sha256)
{
    bool is_one = sha256 && strlen(sha256) == 64 && strspn(sha256, "0123456789abcdef") == 64;
    return is_one ? pool_printf(pool, "%s/%.2s/%s", f->dir, sha256, sha256)
                  : pool_printf(pool, "%s/none", f->dir);
}
