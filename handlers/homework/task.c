/* What a teacher gave with a task: shown with the news and whenever it is asked for. */
#include "handlers/homework/homework.h"

enum { FILES_MAX = 12 };

/* The files of a task that lie here; *ret_all of them there are. */
static size_t files_of(struct talk *talk, int64_t id, struct attachment ret[FILES_MAX], size_t *ret_all)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT file FROM homework_file WHERE homework = ? ORDER BY position", "i", id);
    size_t count = 0;

    for (*ret_all = 0; query_next(q) && count < FILES_MAX; ++*ret_all)
        if (files_get(talk->files, talk->pool, query_int(q, 0), &ret[count]) == FILES_HERE)
            count++;
    return count;
}

void homework_add_files(struct talk *talk, const struct homework *hw)
{
    struct attachment files[FILES_MAX];
    size_t all, count = files_of(talk, hw->id, files, &all), sent = MIN(count, (size_t)SAYING_FILES);

    for (size_t i = 0; i < sent; i++)
        saying_file(talk, &files[i]);
    if (sent < all)
        button(talk, "homework.see_task", "homework:task:%" G_GINT64_FORMAT, hw->id);
}

void homework_press_task(struct talk *talk, const char *args)
{
    struct attachment files[FILES_MAX];
    struct homework hw;
    size_t all;

    if (!homework_pressed(talk, args, ROLE_TRAINEE | ROLE_STAFF, &hw) || hw.state != HOMEWORK_OPEN)
        return;
    size_t count = files_of(talk, hw.id, files, &all);

    for (size_t from = SAYING_FILES; from < count; from += SAYING_FILES) {
        say(talk, "homework.task_files", "name", homework_name(talk, &hw), NULL);
        for (size_t i = from; i < MIN(count, from + SAYING_FILES); i++)
            saying_file(talk, &files[i]);
    }
    say(talk, count < all ? "homework.task_coming" : "homework.task_shown", "name", homework_name(talk, &hw),
        "task", homework_task_line(talk, &hw), "due", show_moment(talk, talk->class, hw.due), NULL);
    for (size_t i = 0; i < MIN(count, (size_t)SAYING_FILES); i++)
        saying_file(talk, &files[i]);
    if (talk->member->role & ROLE_TRAINEE)
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw.id);
}
