#include "bot/school/paper_send.h"

#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"
#include "bot/school/school.h"

enum {
    PICTURE_LIVES = 2 * 60 * 60, /* of the digest: tomorrow there is another */
    RETRY_MS = 1000,             /* after the store failed */
    TRIES = 6,                   /* to make one, when store or disk did not let it be made */
};

/* One wish on its way: ordered, made, laid down, sent. */
struct sending {
    struct turn_job job;
    struct school *school;
    struct paper *paper;
    int64_t wish, person, class_id, subject, size; /* person 0: the class's group */
    enum paper_kind kind;
    int tries; /* earlier ones */
    const char *mime;
    char *sha256; /* NULL: it could not be made */
};

static void discard(void *data)
{
    struct sending *sending = data;

    paper_free(sending->paper);
    if (sending->sha256)
        files_release(sending->school->files, sending->sha256);
    g_free(sending->sha256);
    g_free(sending);
}

/* Says what comes, to whom it is for; false when nobody can be reached. */
static bool announce(struct talk *talk, const struct sending *sending, const char *name)
{
    const struct class *class = class_by_id(talk, sending->class_id);
    bool told;

    if (sending->kind != PAPER_BRIEF)
        return tell(talk, sending->person, "export.ready", "name", name, NULL);
    if (!class)
        return false;
    told = sending->person ? tell(talk, sending->person, "brief.picture", "class", class->title, NULL)
                           : tell_group(talk, class, "brief.picture", "class", class->title, NULL);
    saying_until(talk, talk->now + PICTURE_LIVES);
    return told;
}

/* The row of what is made. Of what is held about a person only the newest copy lies here. */
static void keep(struct talk *talk, const struct sending *sending, const struct attachment *file)
{
    int64_t holder = sending->kind == PAPER_MINE ? sending->person : 0;
    int64_t before = holder
                         ? store_int(talk->store, 0,
                                     "SELECT max(id) FROM file WHERE holder = ? AND person = 0 AND name = ?",
                                     "is", holder, file->name)
                         : 0;

    if (before)
        files_forget(talk->files, talk->store, before);
    files_add_nobodys(talk->files, file, holder);
}

/* In a turn: the file goes out, the wish is fulfilled. */
static void run(struct turn_job *job)
{
    struct sending *sending = (struct sending *)job;
    struct school *school = sending->school;
    struct pool *pool = pool_new();
    struct talk talk;
    struct attachment file = { .name = paper_name(sending->paper),
                               .mime = sending->mime,
                               .size = sending->size,
                               .sha256 = sending->sha256 };

    talk_begin(&talk, school, pool);
    if (sending->sha256) {
        keep(&talk, sending, &file);
        if (announce(&talk, sending, file.name))
            saying_file(&talk, &file);
    } else if (sending->kind != PAPER_BRIEF) {
        tell(&talk, sending->person, "export.failed", NULL);
    }
    talk_end(&talk);
    store_run(school->store, "DELETE FROM paper_wish WHERE id = ?", "i", sending->wish);
    pool_free(pool);
}

/* Tries once more to send what is made. */
static void again(void *data)
{
    struct sending *sending = data;

    turn_add(sending->school->turn, &sending->job);
}

/* After the turn. What the store did not take is tried again; a wish that could not be fulfilled stays for
 * the next start. */
static void done(struct turn_job *job, enum turn_end end)
{
    struct sending *sending = (struct sending *)job;

    if (end == TURN_STORE_FAILED && !loop_stopping(sending->school->loop)) {
        loop_later(sending->school->loop, RETRY_MS, again, sending);
        return;
    }
    log_info("paper.sent", "wish=%" G_GINT64_FORMAT " made=%d end=%d", sending->wish, sending->sha256 != NULL,
             (int)end);
    discard(sending);
}

static void once_more(void *data);

/* The bytes lie on the disk, or were refused. */
static void laid_down(void *data, const char *sha256)
{
    struct sending *sending = data;

    if (!sha256 && paper_passing(sending->paper) && sending->tries + 1 < TRIES) {
        loop_later(sending->school->loop, (int64_t)RETRY_MS << sending->tries, once_more, sending);
        return;
    }
    sending->sha256 = g_strdup(sha256);
    sending->job = (struct turn_job){ .run = run, .done = done };
    turn_add(sending->school->turn, &sending->job);
}

/* Back from the worker. */
static void made(void *data)
{
    struct sending *sending = data;
    size_t len;
    char *bytes = paper_bytes(sending->paper, &len);

    if (paper_error(sending->paper) || !bytes) {
        log_error("paper.failed", "wish=%" G_GINT64_FORMAT " why=\"%s\"", sending->wish,
                  paper_error(sending->paper) ? paper_error(sending->paper) : "no bytes");
        g_free(bytes);
        laid_down(sending, NULL);
        return;
    }
    sending->size = (int64_t)len;
    sending->mime = files_type(bytes, len);
    files_write(sending->school->files, bytes, len, laid_down, sending);
}

static void work(void *data)
{
    paper_make(((struct sending *)data)->paper);
}

/* After the commit of the wish, until all is measured; then to a worker. Who stops leaves it to the next
 * start. */
static void begin(void *data)
{
    struct sending *sending = data;

    if (loop_stopping(sending->school->loop))
        discard(sending);
    else if (!paper_slice(sending->paper))
        loop_later(sending->school->loop, 1, begin, sending);
    else
        loop_work(sending->school->loop, work, made, sending);
}

/* Has one wish made once it is durable; tries: how often that was tried. */
static void start(struct talk *talk, int64_t wish, int64_t person, enum paper_kind kind, int64_t class_id,
                  int64_t subject, int tries)
{
    struct sending *sending = g_new0(struct sending, 1);

    sending->school = talk->school;
    sending->wish = wish;
    sending->person = person;
    sending->kind = kind;
    sending->class_id = class_id;
    sending->subject = subject;
    sending->tries = tries;
    sending->paper = paper_new(talk, kind, class_id, subject);
    turn_after_commit(talk->school->turn, begin, sending, discard);
}

/* The language of who it is for. */
static const char *language(struct talk *talk, int64_t person, int64_t class_id)
{
    return person ? lang_of(talk, person) : class_by_id(talk, class_id)->lang;
}

/* In a turn: the wish is begun anew. */
static void run_anew(struct turn_job *job)
{
    struct sending *old = (struct sending *)job;
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, old->school, pool);
    talk.lang = language(&talk, old->person, old->class_id);
    start(&talk, old->wish, old->person, old->kind, old->class_id, old->subject, old->tries + 1);
    talk_end(&talk);
    pool_free(pool);
}

/* After the turn: another is on its way, or the store still refuses. */
static void done_anew(struct turn_job *job, enum turn_end end)
{
    if (end == TURN_DURABLE)
        discard(job);
    else {
        ((struct sending *)job)->tries++;
        laid_down(job, NULL);
    }
}

/* Tries once more to make what store or disk did not let be made. */
static void once_more(void *data)
{
    struct sending *sending = data;

    sending->job = (struct turn_job){ .run = run_anew, .done = done_anew };
    turn_add(sending->school->turn, &sending->job);
}

void paper_send_to(struct talk *talk, int64_t person, enum paper_kind kind, int64_t class_id, int64_t subject)
{
    store_run(talk->store,
              "INSERT INTO paper_wish (person, class, kind, subject) VALUES (nullif(?, 0), ?, ?, ?)", "iiii",
              person, class_id, (int64_t)kind, subject);
    start(talk, store_last_id(talk->store), person, kind, class_id, subject, 0);
}

void paper_send(struct talk *talk, enum paper_kind kind, int64_t subject)
{
    paper_send_to(talk, talk->person, kind, talk->class->id, subject);
}

void paper_resume(struct talk *talk)
{
    paper_sweep(talk->school);
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id, coalesce(person, 0), kind, class, subject FROM paper_wish ORDER BY id", "");

    while (query_next(q)) {
        talk->lang = language(talk, query_int(q, 1), query_int(q, 3));
        start(talk, query_int(q, 0), query_int(q, 1), (enum paper_kind)query_int(q, 2), query_int(q, 3),
              query_int(q, 4), 0);
    }
}
