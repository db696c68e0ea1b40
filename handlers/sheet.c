/* 上传签到表: the photograph of the sheet that was signed with ink (rules.md A7), kept with its sitting, and
 * the names that a teacher found to differ from what is on record. */
#include <string.h>

#include "bot/school/dialog.h"
#include "bot/school/handler.h"
#include "bot/school/names.h"
#include "bot/school/sitting.h"
#include "bot/school/who.h"

enum { STEP_PHOTO, STEP_NAMES };
enum { OFFERED = 5, NAMES_MAX = 60 };

/* Photographs that are kept of a sitting. */
static int64_t photos_of(struct talk *talk, int64_t sitting)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM sheet_photo WHERE sitting = ?", "i", sitting);
}

/* Earlier sittings that have no photograph yet, as buttons. */
static void offer_others(struct talk *talk, int64_t but)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT s.id, s.starts, n.title FROM sitting s JOIN session n ON n.id = s.session WHERE s.class = ?"
        " AND n.state = 'on' AND s.starts <= ? AND s.ends > s.starts AND s.id <> ?"
        " AND NOT EXISTS (SELECT 1 FROM sheet_photo p WHERE p.sitting = s.id) ORDER BY s.starts DESC LIMIT ?",
        "iiii", talk->class->id, talk->now, but, (int64_t)OFFERED);

    while (query_next(q))
        button_named(talk,
                     pool_printf(talk->pool, "%s %s", show_moment(talk, talk->class, query_int(q, 1)),
                                 query_text(q, 2)),
                     "sheet:of:%" G_GINT64_FORMAT, query_int(q, 0));
}

/* Waits for the photograph of this sitting. */
static void ask(struct talk *talk, const struct sitting *sitting)
{
    dialog_set(talk, talk->person, "sheet", sitting->id, talk->member->id, STEP_PHOTO, "");
    say(talk, "sheet_photo.ask", "title", sitting->title, "when",
        show_moment(talk, talk->class, sitting->starts), NULL);
    offer_others(talk, sitting->id);
    button(talk, "upload.by_page", "upload:page");
}

static void upload(struct talk *talk)
{
    struct sitting sitting;

    if (sitting_last(talk, talk->class->id, talk->now, &sitting))
        ask(talk, &sitting);
    else
        say(talk, "sheet_photo.too_early", NULL);
}

static void press_of(struct talk *talk, const char *args)
{
    struct sitting sitting;
    const struct member *member = NULL;

    if (sitting_by_id(talk, g_ascii_strtoll(args, NULL, 10), &sitting))
        member = speaks_as(talk, ROLE_TEACHERS, sitting.class_id);
    if (!member) {
        say(talk, "stale", NULL);
        return;
    }
    talk_as(talk, member);
    ask(talk, &sitting);
}

/* Keeps what was sent, and asks who differs. */
static void keep(struct talk *talk, const struct dialog *dialog)
{
    struct sitting sitting;
    const struct update *update = talk->update;

    if (!sitting_by_id(talk, dialog->subject, &sitting)) {
        dialog_close(talk, talk->person);
        say(talk, "stale", NULL);
        return;
    }
    for (size_t i = 0; i < update->file_count; i++)
        store_run(talk->store, "INSERT INTO sheet_photo (sitting, file, member, at) VALUES (?, ?, ?, ?)",
                  "iiii", sitting.id,
                  files_add(talk->files, update->platform, &update->files[i], talk->person), dialog->member,
                  talk->now);
    dialog_set(talk, talk->person, "sheet", sitting.id, dialog->member, STEP_NAMES, "");
    say(talk, "sheet_photo.kept", "title", sitting.title, "when",
        show_moment(talk, talk->class, sitting.starts), "n", num(talk, photos_of(talk, sitting.id)), NULL);
    button(talk, "sheet_photo.same", "sheet:same:%" G_GINT64_FORMAT, sitting.id);
}

/* What is on record of a trainee at a sitting, in words. */
static const char *on_record(struct talk *talk, int64_t sitting, int64_t member)
{
    static const char *const known[] = { "present", "leave", "pending", "absent", "truant" };
    g_autofree char *state =
        store_text(talk->store, "SELECT state FROM attendance_all WHERE sitting = ? AND member = ?", "ii",
                   sitting, member);

    for (size_t i = 0; state && i < G_N_ELEMENTS(known); i++)
        if (strcmp(state, known[i]) == 0)
            return words(talk, pool_printf(talk->pool, "sheet_photo.%s", known[i]), NULL);
    return words(talk, "sheet_photo.nothing", NULL);
}

/* Writes one name down. */
static void note(struct talk *talk, const struct dialog *dialog, const struct member *member,
                 GPtrArray *names)
{
    const char *record = on_record(talk, dialog->subject, member->id);

    store_run(talk->store,
              "INSERT INTO sheet_mismatch (sitting, member, record, teller, at) VALUES (?, ?, ?, ?, ?)",
              "iisii", dialog->subject, member->id, record, dialog->member, talk->now);
    g_ptr_array_add(names,
                    (gpointer)words(talk, "sheet_photo.one", "name", member->name, "record", record, NULL));
}

/* Reads the names that differ. A name that is nobody's, or two people's, is asked for again; nothing is kept
 * then. */
static void take_names(struct talk *talk, const struct dialog *dialog)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new(), names = g_ptr_array_new();
    const char *at = talk->update->text;

    while (*at && found->len < NAMES_MAX) {
        struct who who;

        at += strspn(at, " ,;\t\n");
        while (g_str_has_prefix(at, "、") || g_str_has_prefix(at, "，") || g_str_has_prefix(at, "；"))
            at += strlen("、");
        if (!*at)
            break;
        if (!who_read(talk, ROLE_TRAINEE, at, &who) || who.count != 1) {
            say(talk, who.count > 1 ? "sheet_photo.several" : "who.unknown", "name", at, NULL);
            return;
        }
        g_ptr_array_add(found, who.list);
        at = who.rest;
    }
    for (guint i = 0; i < found->len; i++)
        note(talk, dialog, found->pdata[i], names);
    dialog_close(talk, talk->person);
    say(talk, "sheet_photo.noted", "names", names_join(talk, names, NAMES_MAX), NULL);
}

/* Whatever comes while a photograph, or names, are waited for. */
static bool answers(struct talk *talk)
{
    struct dialog dialog;

    if (!dialog_of(talk, talk->person, &dialog))
        return false;
    const struct member *member = member_by_id(talk, dialog.member);

    if (member && (member = speaks_as(talk, ROLE_TEACHERS, member->class_id)))
        talk_as(talk, member);
    if (!member)
        return false;
    if (talk->update->file_count > 0)
        keep(talk, &dialog);
    else if (dialog.step == STEP_NAMES && *talk->update->text)
        take_names(talk, &dialog);
    else
        say(talk, "sheet_photo.wait", NULL);
    return true;
}

static void press_same(struct talk *talk, const char *args)
{
    (void)args;
    dialog_close(talk, talk->person);
    say(talk, "sheet_photo.thanks", NULL);
    saying_instead(talk);
}

static const char *const schema[] = {
    "CREATE TABLE sheet_photo ("
    "  id INTEGER PRIMARY KEY,"
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  file INTEGER NOT NULL,"                         /* of files */
    "  member INTEGER NOT NULL REFERENCES member(id)," /* who sent it */
    "  at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX sheet_photo_sitting ON sheet_photo(sitting);"
    "CREATE TABLE sheet_mismatch (" /* signed but not on record, or the other way round */
    "  id INTEGER PRIMARY KEY,"
    "  sitting INTEGER NOT NULL REFERENCES sitting(id),"
    "  member INTEGER NOT NULL REFERENCES member(id),"
    "  record TEXT NOT NULL," /* what was on record when it was told, in words */
    "  teller INTEGER NOT NULL REFERENCES member(id),"
    "  at INTEGER NOT NULL"
    ") STRICT;",
    NULL,
};

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "sheet_photo", NULL },
                                          { "sheet_mismatch", NULL },
                                          { NULL, NULL } };

const struct handler sheet = {
    .name = "sheet",
    .commands = { { .name = "upload_sheet",
                    .needs = ROLE_TEACHERS | NEEDS_PRIVATE,
                    .run = upload,
                    .rank = 50 } },
    .actions = { { .verb = "of", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = press_of },
                 { .verb = "same", .needs = ROLE_TEACHERS | NEEDS_PRIVATE, .run = press_same } },
    .answers = answers,
    .schema = schema,
    .audited = audited,
};
