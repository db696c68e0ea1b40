/* 查班: a bureau member comes unannounced and has on record who is there; the organiser answers (rules.md
 * A9).
 */
#include "handlers/inspect/inspect.h"

#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/school.h"

enum { PHOTO_WITHIN = 30 * 60, LISTED = 5, ANSWER_MAX = 4000, COUNT_MAX = 2000 };

/* Reads a head-count (实到26, 26人, 26) out of the normalised text and blanks it; -1 when there is none. A
 * number that belongs to a class's name stays, since only one behind 实到 or before the end is taken. */
static int take_count(char *text)
{
    static const char *const heads[] = { "实到", "实际", "到场", "人数", "here", "present", "count" };
    char *at = NULL;

    for (size_t i = 0; !at && i < G_N_ELEMENTS(heads); i++)
        if ((at = strstr(text, heads[i]))) {
            memset(at, ' ', strlen(heads[i]));
            at += strlen(heads[i]);
        }
    if (!at) {
        size_t len = strlen(text);

        if (g_str_has_suffix(text, "人"))
            len -= strlen("人");
        at = text + len;
        while (at > text && g_ascii_isdigit(at[-1]))
            at--;
        if (at > text && at[-1] != ' ')
            return -1;
    }
    for (; *at && strchr(" :=", *at); at++)
        *at = ' ';
    const char *end = at;
    int count = text_number(&end);

    if (count >= 0)
        memset(at, ' ', (size_t)(end - at));
    char *people = count >= 0 ? strstr(at, "人") : NULL;

    if (people)
        memset(people, ' ', strlen("人"));
    return MIN(count, COUNT_MAX);
}

/* Whether a class may be meant by a text: its id, or a part of its title. */
static bool is_meant(struct talk *talk, const struct class *class, const char *text)
{
    struct normal title = text_normal(talk->pool, class->title), slug = text_normal(talk->pool, class->slug);

    return !*text || strstr(title.text, text) || strcmp(slug.text, text) == 0;
}

/* The speaker's classes as bureau that a text may mean; gives how many, the last one in *ret. */
static size_t find_class(struct talk *talk, const char *text, const struct member **ret)
{
    size_t count = 0;

    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].role & ROLE_BUREAU &&
            is_meant(talk, class_by_id(talk, talk->members[i].class_id), text)) {
            *ret = &talk->members[i];
            count++;
        }
    return count;
}

/* Tells organisers and duty teachers what was found. */
static void tell_class(struct talk *talk, int64_t id, const char *record)
{
    size_t count;
    struct member *members = members_of(talk, talk->class->id, ROLE_ORGANISER | ROLE_DUTY, &count);

    for (size_t i = 0; i < count; i++)
        if (tell(talk, members[i].person, "inspect.told", "record", record, NULL) &&
            members[i].role & ROLE_ORGANISER)
            button(talk, "inspect.answer_button", "inspect:answer:%" G_GINT64_FORMAT, id);
}

/* Takes the snapshot and writes it down. */
static void inspect_class(struct talk *talk, const struct member *member, int count)
{
    struct sitting sitting, next;
    struct snapshot snapshot;
    bool right;

    talk_as(talk, member);
    if (!sitting_now(talk, talk->class->id, talk->now, &sitting)) {
        bool more = sitting_next(talk, talk->class->id, talk->now, &next);

        say(talk, "inspect.no_sitting", "class", talk->class->title, "next",
            more ? words(talk, "timetable.next", "title", next.title, "at",
                         show_moment(talk, talk->class, next.starts), NULL)
                 : words(talk, "timetable.no_more", NULL),
            NULL);
        return;
    }
    snapshot_take(talk, &sitting, &snapshot);
    int64_t id = record_write(talk, &sitting, &snapshot, count);
    const char *record = record_show(talk, id, &right);

    say(talk, "inspect.done", "record", record, NULL);
    for (size_t i = 0; i < talk->update->file_count; i++)
        record_note(talk, id, "photo", talk->update->files[i].name,
                    files_add(talk->files, talk->update->platform, &talk->update->files[i], talk->person));
    tell_class(talk, id, record);
    snapshot_clear(&snapshot);
}

static void inspect_run(struct talk *talk)
{
    const struct member *member = NULL;
    char *text = pool_strdup(talk->pool, talk->args.text.text ? talk->args.text.text : "");
    int count = take_count(text);
    const char *name = g_strstrip(text);
    size_t found = find_class(talk, name, &member);

    if (found == 1) {
        inspect_class(talk, member, count);
        return;
    }
    say(talk, found ? "inspect.which" : "inspect.unknown", "name", name, NULL);
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].role & ROLE_BUREAU)
            button_named(talk, class_by_id(talk, talk->members[i].class_id)->title,
                         "inspect:class:%" G_GINT64_FORMAT ":%d", talk->members[i].id, count);
}

static void press_class(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);
    const char *count = strchr(args, ':');

    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].id == id && talk->members[i].role & ROLE_BUREAU) {
            inspect_class(talk, &talk->members[i], count ? (int)g_ascii_strtoll(count + 1, NULL, 10) : -1);
            return;
        }
    say(talk, "stale", NULL);
}

/* A photo from a bureau member who has just inspected belongs to that record. */
static bool hears(struct talk *talk)
{
    const struct update *update = talk->update;

    if (update->kind != UPDATE_FILES || update->group || update->file_count == 0)
        return false;
    int64_t id = store_int(talk->store, 0,
                           "SELECT i.id FROM inspection i JOIN member m ON m.id = i.member"
                           " WHERE m.person = ? AND i.at > ? ORDER BY i.id DESC LIMIT 1",
                           "ii", talk->person, talk->now - PHOTO_WITHIN);
    const struct member *member =
        id ? speaks_as(talk, ROLE_BUREAU,
                       store_int(talk->store, 0, "SELECT class FROM inspection WHERE id = ?", "i", id))
           : NULL;

    if (!member)
        return false;
    talk_as(talk, member);
    for (size_t i = 0; i < update->file_count; i++) {
        const struct attachment *file = &update->files[i];

        record_note(talk, id, "photo", file->sha256 ? file->sha256 : file->name,
                    files_add(talk->files, update->platform, file, talk->person));
    }
    say(talk, "inspect.photo_kept", "n", num(talk, (int64_t)update->file_count), NULL);
    return true;
}

/* --- 整改
 * ----------------------------------------------------------------------------------------------------------
 */

/* Writes the organiser's answer, and tells who inspected. */
static void answer(struct talk *talk, int64_t id, const char *typed)
{
    const char *text = text_clean(talk->pool, typed, strlen(typed), ANSWER_MAX);

    record_note(talk, id, "answer", text, 0);
    say(talk, "inspect.answered", NULL);
    tell(talk,
         store_int(talk->store, 0,
                   "SELECT m.person FROM inspection i JOIN member m ON m.id = i.member WHERE i.id = ?", "i",
                   id),
         "inspect.answer_told", "class", talk->class->title, "id", num(talk, id), "text", text, NULL);
}

/* 整改 …: to the latest inspection that has no answer yet, else the latest. */
static void answer_run(struct talk *talk)
{
    int64_t id =
        store_int(talk->store, 0,
                  "SELECT i.id FROM inspection i WHERE i.class = ? ORDER BY EXISTS (SELECT 1"
                  " FROM inspection_note n WHERE n.inspection = i.id AND n.kind = 'answer'), i.id DESC"
                  " LIMIT 1",
                  "i", talk->class->id);

    if (id)
        answer(talk, id, talk->args.rest);
    else
        say(talk, "inspect.none", NULL);
}

/* The membership as organiser in the class of a record; NULL when the speaker has none. */
static const struct member *organiser_of(struct talk *talk, int64_t id)
{
    int64_t class = store_int(talk->store, 0, "SELECT class FROM inspection WHERE id = ?", "i", id);

    return class ? speaks_as(talk, ROLE_ORGANISER, class) : NULL;
}

static void press_answer(struct talk *talk, const char *args)
{
    int64_t id = g_ascii_strtoll(args, NULL, 10);
    const struct member *member = organiser_of(talk, id);

    if (!member) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, member);
    dialog_set(talk, talk->person, "inspect", id, member->id, 0, "");
    say(talk, "inspect.answer_ask", NULL);
}

static bool answers(struct talk *talk)
{
    struct dialog dialog;

    if (talk->update->kind != UPDATE_TEXT || !*talk->update->text || !dialog_of(talk, talk->person, &dialog))
        return false;
    const struct member *member = organiser_of(talk, dialog.subject);

    dialog_close(talk, talk->person);
    if (!member)
        return false;
    talk_as(talk, member);
    answer(talk, dialog.subject, talk->update->text);
    return true;
}

/* 查班记录: the latest, each with its notes and whether its signatures are right. */
static void list_run(struct talk *talk)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT id FROM inspection WHERE class = ? ORDER BY id DESC LIMIT ?", "ii",
                    talk->class->id, (int64_t)LISTED);
    bool any = false;

    for (; query_next(q); any = true) {
        bool right;
        const char *record = record_show(talk, query_int(q, 0), &right);

        say(talk, right ? "inspect.record" : "inspect.record_broken", "record", record, NULL);
    }
    if (!any)
        say(talk, "inspect.none", NULL);
}

#define UNCHANGEABLE(table)                                                                                  \
    "CREATE TRIGGER " table "_kept BEFORE UPDATE ON " table " BEGIN SELECT RAISE(ABORT,"                     \
    " 'a record of an inspection cannot be changed'); END;"                                                  \
    "CREATE TRIGGER " table "_stays BEFORE DELETE ON " table " BEGIN SELECT RAISE(ABORT,"                    \
    " 'a record of an inspection cannot be removed'); END;"

static const char *const schema[] = {
    "CREATE TABLE inspection ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id)," /* the inspector */
    "  at INTEGER NOT NULL,"
    "  record TEXT NOT NULL,"   /* all that is said, and what is signed */
    "  signature TEXT NOT NULL" /* HMAC-SHA256 with the server's key */
    ") STRICT;"
    "CREATE INDEX inspection_class ON inspection(class, id);"
    "CREATE TABLE inspection_note ("
    "  id INTEGER PRIMARY KEY,"
    "  inspection INTEGER NOT NULL REFERENCES inspection(id),"
    "  kind TEXT NOT NULL," /* photo | answer */
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL,"
    "  text TEXT NOT NULL,"
    "  file INTEGER,"
    "  signature TEXT NOT NULL" /* over the text and the signature before it */
    ") STRICT;"
    "CREATE INDEX inspection_note_of ON inspection_note(inspection, id);" UNCHANGEABLE("inspection")
        UNCHANGEABLE("inspection_note"),
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "inspection", NULL },
                                          { "inspection_note", NULL },
                                          { NULL, NULL } };

const struct handler inspect = {
    .name = "inspect",
    .commands = { { .name = "inspect",
                    .args = "REST?",
                    .needs = ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = inspect_run,
                    .rank = 1 },
                  { .name = "inspections",
                    .needs = ROLE_BUREAU | ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = list_run,
                    .rank = 60 },
                  { .name = "rectify",
                    .args = "REST",
                    .needs = ROLE_ORGANISER | NEEDS_PRIVATE,
                    .run = answer_run } },
    .actions = { { .verb = "class", .needs = ROLE_BUREAU | NEEDS_PRIVATE, .run = press_class },
                 { .verb = "answer", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_answer } },
    .hears = hears,
    .answers = answers,
    .schema = schema,
    .audited = audited,
};
