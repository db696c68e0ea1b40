/* A roster or timetable as a file in the organiser's chat, or from the upload page: looked at, told what it
 * would change, changed by a press. */
#include "bot/school/intake.h"

#include <string.h>

#include "bot/school/handler.h"

/* Whether a file may be a table: by its name as long as nothing else is known of it. */
static bool may_be_table(const struct attachment *file)
{
    static const char *const endings[] = { ".xlsx", ".xls", ".csv", ".xlsm", ".et" };
    g_autofree char *name = g_ascii_strdown(file->name ? file->name : "", -1);

    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(name, endings[i]))
            return true;
    return file->sha256 && file->mime &&
           (strstr(file->mime, "spreadsheet") || strstr(file->mime, "ole-storage"));
}

static bool hears(struct talk *talk)
{
    const struct update *update = talk->update;
    bool table = false;

    if (update->kind != UPDATE_FILES || update->group || !talk->class ||
        !speaks_as(talk, ROLE_ORGANISER, talk->class->id))
        return false;
    for (size_t i = 0; i < update->file_count; i++)
        table = table || may_be_table(&update->files[i]);
    if (!table)
        return false;
    if (update->file_count > 1) {
        say(talk, "intake.one", NULL);
        return true;
    }
    struct attachment *file = &talk->update->files[0];

    say(talk, file->sha256 ? "intake.reading" : "intake.coming", "name", file->name ? file->name : "", NULL);
    intake_begin(talk, files_add(talk->files, update->platform, file, talk->person));
    return true;
}

static void press_yes(struct talk *talk, const char *args)
{
    say(talk, intake_confirm(talk, g_ascii_strtoll(args, NULL, 10)) ? "intake.working" : "stale", NULL);
    saying_instead(talk);
}

static void press_no(struct talk *talk, const char *args)
{
    say(talk, intake_drop(talk, g_ascii_strtoll(args, NULL, 10)) ? "intake.dropped" : "stale", NULL);
    saying_instead(talk);
}

static void on(struct talk *talk, enum event event, int64_t subject)
{
    if (event == EVENT_STARTED)
        intake_resume(talk);
    if (event == EVENT_FILE_HERE)
        intake_arrived(talk, subject);
}

static const char *const schema[] = {
    "CREATE TABLE intake ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  file INTEGER NOT NULL," /* of files */
    "  state INTEGER NOT NULL" /* enum intake_state */
    ") STRICT;",
    NULL,
};

const struct handler intake = {
    .name = "intake",
    .actions = { { .verb = "yes", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_yes },
                 { .verb = "no", .needs = ROLE_ORGANISER | NEEDS_PRIVATE, .run = press_no } },
    .hears = hears,
    .on = on,
    .schema = schema,
};
