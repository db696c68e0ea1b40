/* 通知 …: a text, with pictures and files when some are sent behind it, to the whole class after one press;
 * who has read it and who has not. */
#include "handlers/notice/notice.h"

#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"
#include "bot/school/words.h"

enum { LISTED = 5, TITLE = 24, NAMES = 12 };

/* --- reading
 * ------------------------------------------------------------------------------------------------------------
 */

bool notice_by_id(struct talk *talk, int64_t id, struct notice *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT n.class, n.text, n.state, coalesce(n.sent, 0), p.name FROM notice n"
                    " JOIN member m ON m.id = n.by JOIN person p ON p.id = m.person"
                    " WHERE n.id = ?",
                    "i", id);

    if (!query_next(q))
        return false;
    *ret = (struct notice){ .id = id,
                            .class = class_by_id(talk, query_int(q, 0)),
                            .text = pool_strdup(talk->pool, query_text(q, 1)),
                            .state = (enum notice_state)query_int(q, 2),
                            .sent = query_int(q, 3),
                            .by = pool_strdup(talk->pool, query_text(q, 4)) };
    return ret->class != NULL;
}

bool notice_pressed(struct talk *talk, const char *args, struct notice *ret)
{
    const struct member *member = NULL;

    if (notice_by_id(talk, g_ascii_strtoll(args, NULL, 10), ret))
        member = speaks_as(talk, NOTICE_GIVERS, ret->class->id);
    if (member)
        talk_as(talk, member);
    else
        say(talk, "stale", NULL);
    return member != NULL;
}

struct notice_readers notice_readers(struct talk *talk, const struct notice *notice)
{
    struct notice_readers readers = { .unread = g_ptr_array_new() };
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT p.name, r.read IS NOT NULL FROM member m JOIN person p ON p.id = m.person"
                    " LEFT JOIN notice_reader r ON r.notice = ? AND r.person = m.person"
                    " WHERE m.class = ? AND m.role = ? AND m.left IS NULL"
                    " ORDER BY length(m.number), m.number, m.id",
                    "iii", notice->id, notice->class->id, (int64_t)ROLE_TRAINEE);

    for (; query_next(q); readers.all++) {
        if (query_int(q, 1))
            readers.read++;
        else
            g_ptr_array_add(readers.unread, pool_strdup(talk->pool, query_text(q, 0)));
    }
    return readers;
}

/* Its beginning, on one line. */
static const char *title(struct talk *talk, const struct notice *notice)
{
    g_autofree char *start = g_utf8_substring(notice->text, 0, MIN(g_utf8_strlen(notice->text, -1), TITLE));

    g_strdelimit(start, "\n\t", ' ');
    return pool_printf(talk->pool, "%s%s", start, strlen(start) < strlen(notice->text) ? "…" : "");
}

/* --- writing one
 * ------------------------------------------------------------------------------------------------------- */

void notice_preview(struct talk *talk, const struct notice *notice)
{
    struct notice_readers readers = notice_readers(talk, notice);
    int64_t files =
        store_int(talk->store, 0, "SELECT count(*) FROM notice_file WHERE notice = ?", "i", notice->id);

    g_ptr_array_unref(readers.unread);
    say(talk, "notice.preview", "class", notice->class->title, "n", num(talk, readers.all), "text",
        notice->text, "files", files ? words(talk, "notice.files", "n", num(talk, files), NULL) : "", NULL);
    if (remind_quiet(talk, notice->class, talk->now)) {
        button(talk, "notice.morning", "notice:morning:%" G_GINT64_FORMAT, notice->id);
        button_beside(talk, "notice.now", "notice:now:%" G_GINT64_FORMAT, notice->id);
    } else {
        button(talk, "notice.send", "notice:send:%" G_GINT64_FORMAT, notice->id);
    }
    button_beside(talk, "notice.drop", "notice:drop:%" G_GINT64_FORMAT, notice->id);
}

/* The latest, with who has not read them. */
static void list(struct talk *talk)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT id FROM notice WHERE class = ? AND state = ? ORDER BY sent DESC, id DESC LIMIT ?",
                    "iii", talk->class->id, (int64_t)NOTICE_SENT, (int64_t)LISTED);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int number = 0;

    for (struct notice notice; query_next(q) && notice_by_id(talk, query_int(q, 0), &notice);) {
        struct notice_readers readers = notice_readers(talk, &notice);

        g_string_append_printf(lines, "\n%s",
                               words(talk, readers.unread->len ? "notice.line" : "notice.line_all", "number",
                                     num(talk, ++number), "at", show_moment(talk, notice.class, notice.sent),
                                     "title", title(talk, &notice), "read", num(talk, readers.read), "all",
                                     num(talk, readers.all), "names", names_join(talk, readers.unread, NAMES),
                                     NULL));
        g_array_append_val(ids, notice.id);
        if (!readers.unread->len)
            g_array_index(ids, int64_t, ids->len - 1) = 0;
        g_ptr_array_unref(readers.unread);
    }
    say(talk, ids->len ? "notice.list" : "notice.how", "lines", lines->str, NULL);
    for (guint i = 0; i < ids->len; i++)
        if (g_array_index(ids, int64_t, i))
            button_named(talk, words(talk, "notice.again", "number", num(talk, i + 1), NULL),
                         "notice:again:%" G_GINT64_FORMAT, g_array_index(ids, int64_t, i));
}

/* Adds the files of this message to a notice; false, and said, when they are too many. */
static bool take_files(struct talk *talk, const struct notice *notice)
{
    const struct update *update = talk->update;
    int64_t have =
        store_int(talk->store, 0, "SELECT count(*) FROM notice_file WHERE notice = ?", "i", notice->id);

    if (have + (int64_t)update->file_count > NOTICE_FILES) {
        say(talk, "notice.too_many", "most", num(talk, NOTICE_FILES), NULL);
        return false;
    }
    for (size_t i = 0; i < update->file_count; i++)
        store_run(talk->store, "INSERT INTO notice_file (notice, position, file) VALUES (?, ?, ?)", "iii",
                  notice->id, have + (int64_t)i,
                  files_add(talk->files, update->platform, &update->files[i], talk->person));
    return true;
}

static void run(struct talk *talk)
{
    const char *text = talk->args.rest;
    struct notice notice;
    glong len = g_utf8_strlen(text, -1);

    if (!*text) {
        list(talk);
        return;
    }
    if (len > NOTICE_MAX) {
        say(talk, "notice.too_long", "n", num(talk, len), "most", num(talk, NOTICE_MAX), NULL);
        return;
    }
    store_run(talk->store, "INSERT INTO notice (class, by, text, made) VALUES (?, ?, ?, ?)", "iisi",
              talk->class->id, talk->member->id, text, talk->now);
    if (!notice_by_id(talk, store_last_id(talk->store), &notice))
        return;
    dialog_set(talk, talk->person, "notice", notice.id, talk->member->id, 0, "");
    if (take_files(talk, &notice))
        notice_preview(talk, &notice);
}

/* Pictures and files that are sent while a notice waits for its press go with it. */
static bool answers(struct talk *talk)
{
    struct dialog dialog;
    struct notice notice;

    if (talk->update->kind != UPDATE_FILES || !dialog_of(talk, talk->person, &dialog) ||
        strcmp(dialog.kind, "notice") != 0)
        return false;
    if (!notice_by_id(talk, dialog.subject, &notice) || notice.state != NOTICE_DRAFT) {
        dialog_close(talk, talk->person);
        return false;
    }
    if (take_files(talk, &notice))
        notice_preview(talk, &notice);
    return true;
}

/* A picture or file below which 通知 … stands is a notice that has it already. */
static bool hears(struct talk *talk)
{
    const struct update *update = talk->update;
    const struct member *giver =
        talk->class && !update->group ? speaks_as(talk, NOTICE_GIVERS, talk->class->id) : NULL;
    struct normal caption;
    struct call calls[4];
    bool slash;

    if (!giver || update->kind != UPDATE_FILES || !*update->text)
        return false;
    caption = text_normal(talk->pool, update->text);
    size_t count = words_match(talk->school->words, talk->pool, &caption, calls, G_N_ELEMENTS(calls), &slash);

    for (size_t i = 0; i < count; i++)
        if (strcmp(calls[i].command->name, "notice") == 0 && *calls[i].args.rest) {
            talk_as(talk, giver);
            talk->args = calls[i].args;
            run(talk);
            return true;
        }
    return false;
}

/* --- elsewhere
 * ----------------------------------------------------------------------------------------------------------
 */

/* All that were sent, with who read them. */
static void archive(struct talk *talk, const struct class *class, GString *into)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id FROM notice WHERE class = ? AND state = ? ORDER BY sent, id",
                    "ii", class->id, (int64_t)NOTICE_SENT);

    for (struct notice notice; query_next(q) && notice_by_id(talk, query_int(q, 0), &notice);) {
        struct notice_readers readers = notice_readers(talk, &notice);

        g_string_append_printf(into, "%s\n\n",
                               words(talk, "notice.record", "at", show_moment(talk, class, notice.sent), "by",
                                     notice.by, "read", num(talk, readers.read), "all",
                                     num(talk, readers.all), "text", notice.text, NULL));
        g_ptr_array_unref(readers.unread);
    }
}

/* What was sent since yesterday and by whom it is not read yet. */
static void digest(struct talk *talk, struct brief *brief)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT id FROM notice WHERE class = ? AND state = ? AND sent > ? ORDER BY sent", "iii",
        brief->class->id, (int64_t)NOTICE_SENT, brief->since);

    for (struct notice notice; query_next(q) && notice_by_id(talk, query_int(q, 0), &notice);) {
        struct notice_readers readers = notice_readers(talk, &notice);

        if (readers.unread->len)
            brief_add(brief, talk, BRIEF_OTHER, 0,
                      words(talk, "notice.unread", "title", title(talk, &notice), "names",
                            brief_names(brief, talk, readers.unread), NULL),
                      NULL);
        g_ptr_array_unref(readers.unread);
    }
}

static const char *const schema[] = {
    "CREATE TABLE notice ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  by INTEGER NOT NULL REFERENCES member(id),"
    "  text TEXT NOT NULL, made INTEGER NOT NULL,"
    "  state INTEGER NOT NULL DEFAULT 0," /* enum notice_state */
    "  sent INTEGER"                      /* when it was, or is to be, sent */
    ") STRICT;"
    "CREATE INDEX notice_class ON notice(class, sent);"
    "CREATE TABLE notice_file ("
    "  notice INTEGER NOT NULL REFERENCES notice(id), position INTEGER NOT NULL, file INTEGER NOT NULL,"
    "  PRIMARY KEY (notice, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE notice_reader (" /* told: the last time; null: could not be reached */
    "  notice INTEGER NOT NULL REFERENCES notice(id), person INTEGER NOT NULL REFERENCES person(id),"
    "  told INTEGER, read INTEGER,"
    "  PRIMARY KEY (notice, person)"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

#define GIVERS (NOTICE_GIVERS | NEEDS_PRIVATE)

const struct handler notice = {
    .name = "notice",
    .commands = { { .name = "notice", .args = "REST?", .needs = GIVERS, .run = run, .rank = 25 } },
    .actions = { { .verb = "send", .needs = GIVERS, .run = notice_press_send },
                 { .verb = "now", .needs = GIVERS, .run = notice_press_now },
                 { .verb = "morning", .needs = GIVERS, .run = notice_press_morning },
                 { .verb = "drop", .needs = GIVERS, .run = notice_press_drop },
                 { .verb = "again", .needs = GIVERS, .run = notice_press_again },
                 { .verb = "read", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = notice_press_read } },
    .timers = { { .kind = "notice.send", .run = notice_fall_due } },
    .schema = schema,
    .hears = hears,
    .answers = answers,
    .archive = archive,
    .digest = digest,
};
