/* Voice sent while a plan or report is being written: it stands below it. */
#include "handlers/report/report_private.h"

/* As many as one message can carry. */
enum { ATTACHED_MAX = SAYING_FILES };

/* How many there are. */
static int count_of(struct talk *talk, enum weekly kind, int64_t member, int week)
{
    return (int)store_int(talk->store, 0,
                          "SELECT count(*) FROM weekly_file WHERE kind = ? AND member = ? AND week = ?",
                          "iii", (int64_t)kind, member, (int64_t)week);
}

void attach(struct talk *talk, enum weekly kind, int64_t member, int week)
{
    struct update *update = talk->update;
    int count = count_of(talk, kind, member, week);

    if (count + (int)update->file_count > ATTACHED_MAX) {
        say(talk, "report.attach_full", "n", num(talk, ATTACHED_MAX), NULL);
        return;
    }
    for (size_t i = 0; i < update->file_count; i++)
        store_run(talk->store,
                  "INSERT OR IGNORE INTO weekly_file (kind, member, week, file) VALUES (?, ?, ?, ?)", "iiii",
                  (int64_t)kind, member, (int64_t)week,
                  files_add(talk->files, update->platform, &update->files[i], talk->person));
    say(talk, "report.attached", "n", num(talk, count + (int64_t)update->file_count), NULL);
}

const char *attached_line(struct talk *talk, enum weekly kind, int64_t member, int week)
{
    int count = count_of(talk, kind, member, week);

    return count ? words(talk, "report.attached_line", "n", num(talk, count), NULL) : "";
}

void attached_show(struct talk *talk, enum weekly kind, int64_t member, int week)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT file FROM weekly_file WHERE kind = ? AND member = ? AND week = ? ORDER BY file",
        "iii", (int64_t)kind, member, (int64_t)week);

    while (query_next(q)) {
        struct attachment file;

        if (files_get(talk->files, talk->pool, query_int(q, 0), &file) == FILES_HERE)
            saying_file(talk, &file);
    }
}

void attached_drop(struct talk *talk, enum weekly kind, int64_t member, int week)
{
    if (!weekly_in(talk, kind, member, week, NULL))
        store_run(talk->store, "DELETE FROM weekly_file WHERE kind = ? AND member = ? AND week = ?", "iii",
                  (int64_t)kind, member, (int64_t)week);
}
