#include "bot/school/intake.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"
#include "bot/school/cell.h"
#include "bot/school/csv_file.h"
#include "bot/school/import.h"
#include "bot/school/import_words.h"
#include "bot/school/school.h"

enum { SHOWN = 12 };

/* One table on its way: read on a worker, then tried or applied in a job. */
struct intake {
    struct turn_job job;
    struct school *school;
    int64_t id, person, class;
    bool apply;
    char *path, *starts;
    int slot_from, slot_to;
    bool in_letters;              /* columns are those of a sheet, not characters of a line */
    GPtrArray *people, *sessions; /* one of them, once it is read */
    GPtrArray *faults, *doubts;
};

static void intake_free(void *data)
{
    struct intake *in = data;

    if (in->people)
        g_ptr_array_unref(in->people);
    if (in->sessions)
        g_ptr_array_unref(in->sessions);
    g_ptr_array_unref(in->faults);
    g_ptr_array_unref(in->doubts);
    g_free(in->path);
    g_free(in->starts);
    g_free(in);
}

/* --- reading, on a worker
 * ------------------------------------------------------------------------------------------ */

/* Whether the header has one of these columns. */
static bool has_column(const csv_file *file, const char *const *names)
{
    for (guint i = 0; i < file->header.count; i++) {
        g_autofree char *plain = cell_plain(file->header.cells[i].text);

        if (g_strv_contains(names, plain))
            return true;
    }
    return false;
}

static void read_table(void *data)
{
    static const char *const people[] = { "姓名", "名字", "name", NULL };
    static const char *const sessions[] = { "课程", "课程名称", "课程主题", "课题",
                                            "主题", "title",    "course",   NULL };
    struct intake *in = data;
    const struct timetable_rules rules = { in->starts, in->slot_from, in->slot_to };
    g_autoptr(csv_file) file = csv_read(in->path, in->faults);

    if (!file)
        return;
    in->in_letters = file->is_workbook;
    if (has_column(file, people))
        in->people = roster_read(in->path, in->faults, in->doubts);
    else if (has_column(file, sessions))
        in->sessions = timetable_read(in->path, &rules, in->faults, in->doubts);
    else
        faults_add(in->faults, in->path, file->header.line, 1,
                   "this is neither a roster (学号, 姓名, 角色) nor a timetable (周次, 星期, 课程, 时间)");
}

/* --- saying
 * -------------------------------------------------------------------------------------------------------- */

/* "C" of 3. */
static const char *letter(struct talk *talk, int64_t column)
{
    return column > 26 ? pool_printf(talk->pool, "%c%c", (char)('A' + (column - 1) / 26 - 1),
                                     (char)('A' + (column - 1) % 26))
                       : pool_printf(talk->pool, "%c", (char)('A' + MAX(column, 1) - 1));
}

/* "path:5:2: what" as a person reads it. */
static const char *cell_words(struct talk *talk, const struct intake *in, const char *fault)
{
    const char *at = g_str_has_prefix(fault, in->path) ? fault + strlen(in->path) : fault;
    char *end;
    int64_t row = *at == ':' ? g_ascii_strtoll(at + 1, &end, 10) : 0;
    int64_t column = row && *end == ':' ? g_ascii_strtoll(end + 1, &end, 10) : 0;
    const char *colon = strstr(row ? end : at, ": "), *what = import_words(talk, colon ? colon + 2 : at);

    if (!row || (row == 1 && column == 1 && !in->people && !in->sessions))
        return what;
    if (!in->in_letters || !column)
        return words(talk, "intake.row", "row", num(talk, row), "what", what, NULL);
    return words(talk, "intake.cell", "row", num(talk, row), "column", letter(talk, column), "what", what,
                 NULL);
}

/* The first of them, a line each. */
static const char *listed(struct talk *talk, const struct intake *in, const GPtrArray *faults)
{
    g_autoptr(GString) list = g_string_new(NULL);

    for (guint i = 0; i < faults->len && i < SHOWN; i++)
        g_string_append_printf(list, "%s%s", i ? "\n" : "", cell_words(talk, in, faults->pdata[i]));
    if (faults->len > SHOWN)
        g_string_append_printf(list, "\n%s",
                               words(talk, "intake.more", "count", num(talk, faults->len - SHOWN), NULL));
    return pool_strdup(talk->pool, list->str);
}

/* Lines of English as people read them, the first of them; `slug: ` in front of each goes. */
static void put_lines(struct talk *talk, const struct class *class, const char *lines, GString *into)
{
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);
    size_t count = g_strv_length(each), skip = strlen(class->slug) + 2;

    for (size_t i = 0; i < count && i < SHOWN; i++)
        if (strlen(each[i]) > skip)
            g_string_append_printf(into, "· %s\n", import_words(talk, each[i] + skip));
    if (count > SHOWN + 1)
        g_string_append_printf(
            into, "%s\n", words(talk, "intake.more", "count", num(talk, (int64_t)(count - 1 - SHOWN)), NULL));
}

/* What is doubtful, or nothing. */
static const char *doubt_words(struct talk *talk, const struct intake *in)
{
    return in->doubts->len == 0 ? ""
                                : words(talk, "intake.doubts", "count", num(talk, in->doubts->len), "list",
                                        listed(talk, in, in->doubts), NULL);
}

/* --- the job
 * ------------------------------------------------------------------------------------------------------- */

static void set_state(struct talk *talk, int64_t id, enum intake_state state)
{
    store_run(talk->store, "UPDATE intake SET state = ? WHERE id = ?", "ii", (int64_t)state, id);
}

static void forget(struct talk *talk, int64_t id)
{
    store_run(talk->store, "DELETE FROM intake WHERE id = ?", "i", id);
}

/* Tells what the table would change, with the button that does. */
static void ask(struct talk *talk, struct intake *in, const struct class *class,
                const struct import_table *table)
{
    g_autoptr(GString) changes = g_string_new(NULL);
    const char *what = words(talk, in->people ? "intake.roster" : "intake.timetable", NULL);

    if (table->changes == 0) {
        forget(talk, in->id);
        tell(talk, in->person, "intake.nothing", "what", what, "class", class->title, "doubts",
             doubt_words(talk, in), NULL);
        return;
    }
    put_lines(talk, class, table->changed->str, changes);
    put_lines(talk, class, table->missing->str, changes);
    set_state(talk, in->id, INTAKE_ASKED);
    if (tell(talk, in->person, "intake.preview", "what", what, "class", class->title, "count",
             num(talk, table->changes), "changes", pool_strdup(talk->pool, changes->str), "doubts",
             doubt_words(talk, in), NULL)) {
        button(talk, "intake.yes", "intake:yes:%" G_GINT64_FORMAT, in->id);
        button_beside(talk, "intake.no", "intake:no:%" G_GINT64_FORMAT, in->id);
    }
}

/* Tries the table, or applies it. */
static void use(struct talk *talk, struct intake *in, const struct class *class)
{
    struct import_table table = { .store = talk->store,
                                  .vault = talk->school->vault,
                                  .class = class->id,
                                  .organiser = in->person,
                                  .slug = class->slug,
                                  .zone = class->zone_name,
                                  .path = in->path,
                                  .people = in->people,
                                  .sessions = in->sessions,
                                  .apply = in->apply,
                                  .doubts = in->doubts,
                                  .faults = in->faults };
    bool ok = import_table(&table);

    if (ok && in->apply) {
        int64_t id = class->id;
        const char *title = pool_strdup(talk->pool, class->title);

        forget(talk, in->id);
        school_forget_classes(talk->school);
        school_event(talk, EVENT_TIMETABLE_CHANGED, id);
        for (guint i = 0; i < table.bound->len; i++)
            tell(talk, g_array_index(table.bound, int64_t, i), "bind.by_roster", "class", title, NULL);
        tell(talk, in->person, "intake.done", "what",
             words(talk, in->people ? "intake.roster" : "intake.timetable", NULL), "class", title, "count",
             num(talk, table.changes), NULL);
    } else if (ok) {
        ask(talk, in, class, &table);
    }
    g_string_free(table.changed, TRUE);
    g_string_free(table.missing, TRUE);
    g_array_unref(table.bound);
}

static void run(struct turn_job *job)
{
    struct intake *in = (struct intake *)job;
    struct pool *pool = pool_new();
    struct talk talk;
    guint doubts = in->doubts->len;

    talk_begin(&talk, in->school, pool);
    audit_actor(in->school->audit, in->person);
    talk.lang = lang_of(&talk, in->person);
    const struct class *class = class_by_id(&talk, in->class);

    if (class && in->faults->len == 0)
        use(&talk, in, class);
    if (in->faults->len > 0) {
        forget(&talk, in->id);
        tell(&talk, in->person, "intake.faulty", "count", num(&talk, in->faults->len), "list",
             listed(&talk, in, in->faults), NULL);
    }
    talk_end(&talk);
    pool_free(pool);
    g_ptr_array_set_size(in->doubts, (gint)doubts); /* the job may run once more */
}

/* After the turn. What could not be done is done at the next start. */
static void done(struct turn_job *job, enum turn_end end)
{
    struct intake *in = (struct intake *)job;

    log_info("intake.done", "intake=%" G_GINT64_FORMAT " faults=%u end=%d", in->id, in->faults->len,
             (int)end);
    intake_free(in);
}

/* Back from the worker. */
static void was_read(void *data)
{
    struct intake *in = data;

    in->job = (struct turn_job){ .run = run, .done = done };
    turn_add(in->school->turn, &in->job);
}

/* After the commit. */
static void start(void *data)
{
    loop_work(((struct intake *)data)->school->loop, read_table, was_read, data);
}

/* Has a table read whose file is here; says so when it never will be. */
static void begin_reading(struct talk *talk, int64_t id, int64_t person, int64_t class_id, int64_t file,
                          bool apply)
{
    struct attachment there;
    const struct class *class = class_by_id(talk, class_id);
    enum files_state state = files_get(talk->files, talk->pool, file, &there);

    if (state == FILES_COMING && class)
        return;
    if (state == FILES_GONE || !class) {
        forget(talk, id);
        tell(talk, person, "intake.gone", NULL);
        return;
    }
    struct intake *in = g_new0(struct intake, 1);

    set_state(talk, id, apply ? INTAKE_WRITING : INTAKE_READING);
    *in = (struct intake){ .school = talk->school,
                           .id = id,
                           .person = person,
                           .class = class_id,
                           .apply = apply,
                           .path = g_strdup(files_path(talk->files, talk->pool, there.sha256)),
                           .starts = g_strdup(class->starts),
                           .slot_from = class->slot_from,
                           .slot_to = class->slot_to,
                           .faults = faults_new(),
                           .doubts = faults_new() };
    turn_after_commit(talk->school->turn, start, in, intake_free);
}

void intake_begin(struct talk *talk, int64_t file)
{
    store_run(talk->store, "INSERT INTO intake (person, class, file, state) VALUES (?, ?, ?, 0)", "iii",
              talk->person, talk->class->id, file);
    begin_reading(talk, store_last_id(talk->store), talk->person, talk->class->id, file, false);
}

/* Whether the speaker is asked about that table. */
static bool is_asked(struct talk *talk, int64_t id)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM intake WHERE id = ? AND person = ? AND state = ?",
                     "iii", id, talk->person, (int64_t)INTAKE_ASKED) > 0;
}

bool intake_confirm(struct talk *talk, int64_t id)
{
    g_autoptr(query) q = store_query(talk->store, "SELECT class, file FROM intake WHERE id = ?", "i", id);

    if (!is_asked(talk, id) || !query_next(q) || !speaks_as(talk, ROLE_ORGANISER, query_int(q, 0)))
        return false;
    begin_reading(talk, id, talk->person, query_int(q, 0), query_int(q, 1), true);
    return true;
}

bool intake_drop(struct talk *talk, int64_t id)
{
    if (!is_asked(talk, id))
        return false;
    forget(talk, id);
    return true;
}

/* Goes on with all rows that a query gives. */
static void go_on(struct talk *talk, const char *where, int64_t subject)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT id, person, class, file, state FROM intake WHERE %s", where);
    g_autoptr(query) q = store_query_(talk->store, sql, "i", subject);

    while (query_next(q))
        begin_reading(talk, query_int(q, 0), query_int(q, 1), query_int(q, 2), query_int(q, 3),
                      query_int(q, 4) == INTAKE_WRITING);
}

void intake_arrived(struct talk *talk, int64_t file)
{
    go_on(talk, "file = ? AND state = 0", file);
}

void intake_resume(struct talk *talk)
{
    go_on(talk, "state <> ?", INTAKE_ASKED);
}
