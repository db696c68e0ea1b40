/* What a person brings for a homework, and the moment it becomes a submission. */
#include "handlers/homework/homework.h"

#include <string.h>

#include "bot/school/dialog.h"

enum { TEXT_MAX = 16000, FILES_MAX = 50, SHORT = 5, OFFERED = 6, ONE_BURST = 60, EDITED_LASTS = 86400 };

bool brought_load(struct talk *talk, struct brought *ret)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT coalesce(homework, 0), text, album, moment,"
                                     " (SELECT count(*) FROM brought_file f WHERE f.person = b.person)"
                                     " FROM brought b WHERE person = ?",
                                     "i", talk->person);

    if (!query_next(q))
        return false;
    *ret = (struct brought){ .homework = query_int(q, 0),
                             .text = pool_strdup(talk->pool, query_text(q, 1)),
                             .album = pool_strdup(talk->pool, query_text(q, 2)),
                             .moment = query_int(q, 3),
                             .files = (int)query_int(q, 4) };
    return true;
}

static void forget(struct talk *talk)
{
    store_run(talk->store, "DELETE FROM brought WHERE person = ?", "i", talk->person);
    if (store_changes(talk->store) > 0)
        store_run(talk->store, "DELETE FROM brought_file WHERE person = ?", "i", talk->person);
}

void brought_begin(struct talk *talk, int64_t homework)
{
    forget(talk);
    store_run(talk->store, "INSERT INTO brought (person, homework, moment) VALUES (?, nullif(?, 0), ?)",
              "iii", talk->person, homework, talk->moment);
}

void brought_add(struct talk *talk, const char *text)
{
    struct brought now;
    const struct update *update = talk->update;
    GString *whole = g_string_new(NULL);

    if (!brought_load(talk, &now))
        return;
    g_string_append(whole, now.text);
    if (*text && whole->len)
        g_string_append_c(whole, '\n');
    g_string_append(whole, text);
    const char *kept = text_clean(talk->pool, whole->str, whole->len, TEXT_MAX);

    g_string_free(whole, TRUE);
    store_run(talk->store, "UPDATE brought SET text = ?, moment = ?, album = ? WHERE person = ?", "sisi",
              kept, talk->moment, update->album, talk->person);
    for (size_t i = 0; i < update->file_count && now.files < FILES_MAX; i++, now.files++)
        store_run(talk->store, "INSERT INTO brought_file (person, position, file) VALUES (?, ?, ?)", "iii",
                  talk->person, (int64_t)now.files,
                  files_add(talk->files, update->platform, &update->files[i], talk->person));
}

void brought_keep_text(struct talk *talk, const struct homework *hw, struct brought *brought)
{
    struct handed handed = homework_handed(talk, hw->id, talk->member->id);
    g_autofree char *text = NULL;

    if (*brought->text || brought->files == 0 || !handed.version || handed.marked || handed.returned)
        return;
    text = store_text(talk->store, "SELECT text FROM submission WHERE id = ?", "i", handed.id);
    if (!text || !*text)
        return;
    store_run(talk->store, "UPDATE brought SET text = ? WHERE person = ?", "si", text, talk->person);
    brought->text = pool_strdup(talk->pool, text);
    brought->kept_text = true;
}

void brought_give(struct talk *talk, const struct homework *hw)
{
    struct handed handed = homework_handed(talk, hw->id, talk->member->id);
    struct brought brought;

    store_run(talk->store, "UPDATE brought SET homework = ? WHERE person = ?", "ii", hw->id, talk->person);
    if (!brought_load(talk, &brought) || !handed.version || handed.marked || handed.returned ||
        brought.moment - handed.at > ONE_BURST || brought.files == 0)
        return;
    store_run(talk->store,
              "INSERT INTO brought_file (person, position, file) SELECT ?, position - 1000, file"
              " FROM submission_file WHERE submission = ?",
              "ii", talk->person, handed.id);
    store_run(talk->store,
              "UPDATE brought SET text = trim((SELECT text FROM submission WHERE id = ?) || char(10) || text,"
              " char(10)) WHERE person = ?",
              "ii", handed.id, talk->person);
}

void homework_buttons(struct talk *talk)
{
    struct homework *list;
    size_t count = homework_list(talk, talk->class->id, &list), shown = 0;

    for (size_t i = 0; i < count && shown < OFFERED; i++) {
        struct handed handed = homework_handed(talk, list[i].id, talk->member->id);

        homework_for(talk, talk->member->id, &list[i]);
        if (!homework_is_open(&list[i], talk->now) || (handed.version && !handed.returned))
            continue;
        button_named(talk, words(talk, "homework.hand_in_number", "number", num(talk, list[i].number), NULL),
                     "homework:hand:%" G_GINT64_FORMAT, list[i].id);
        shown++;
    }
}

const char *homework_why_closed(struct talk *talk, const struct homework *hw, int64_t moment)
{
    const char *name = homework_name(talk, hw);

    if (homework_handed(talk, hw->id, talk->member->id).marked)
        return words(talk, "homework.why_marked", "name", name, NULL);
    if (homework_is_open(hw, moment))
        return NULL;
    return words(talk, "homework.why_over", "name", name, "cutoff",
                 show_moment(talk, talk->class, hw->cutoff), NULL);
}

void homework_refuse(struct talk *talk, const char *why)
{
    say(talk, "submit.refused", "why", why, NULL);
    homework_buttons(talk);
}

/* Free text is not awaited any more: what comes is a command, or the number of a button. */
static void stop_listening(struct talk *talk)
{
    struct dialog dialog;

    if (dialog_of(talk, talk->person, &dialog) && strcmp(dialog.kind, "homework") == 0)
        dialog_close(talk, talk->person);
}

void brought_end(struct talk *talk)
{
    forget(talk);
    stop_listening(talk);
}

/* Keeps what was typed in one message until a question about it is answered. */
static void keep(struct talk *talk, const struct homework *hw, const struct brought *brought)
{
    struct brought kept;

    stop_listening(talk);
    if (brought_load(talk, &kept) && kept.homework == hw->id && kept.moment == brought->moment)
        return;
    brought_begin(talk, hw->id);
    brought_add(talk, brought->text);
}

/* Asks before something is taken that is hardly meant; true when a question was asked. */
static bool asked(struct talk *talk, const struct homework *hw, const struct brought *brought, bool late)
{
    struct handed handed = { 0 };

    if (brought->files == 0 && text_chars(brought->text) < SHORT) {
        keep(talk, hw, brought);
        say(talk, "homework.short", "text", brought->text, "name", homework_name(talk, hw), NULL);
        button(talk, "homework.as_it_is", "homework:sure:%" G_GINT64_FORMAT, hw->id);
        button_beside(talk, "homework.add_more", "homework:more:%" G_GINT64_FORMAT, hw->id);
        return true;
    }
    if (late)
        handed = homework_handed(talk, hw->id, talk->member->id);
    if (handed.version && !handed.late && !handed.returned) {
        keep(talk, hw, brought);
        say(talk, "homework.replace_late", "name", homework_name(talk, hw), NULL);
        button(talk, "homework.keep_ontime", "homework:drop:%" G_GINT64_FORMAT, hw->id);
        button_beside(talk, "homework.replace", "homework:sure:%" G_GINT64_FORMAT, hw->id);
        return true;
    }
    return false;
}

/* Writes the next version. After a return for rework the time of the one that was returned stands. */
static void write_submission(struct talk *talk, const struct homework *hw, const struct brought *brought)
{
    store_run(talk->store,
              "INSERT INTO submission (homework, member, version, at, text, counted) SELECT ?1, ?2,"
              " coalesce(max(version), 0) + 1, ?3, ?4, (SELECT coalesce(s.counted, s.at) FROM homework_each e"
              "  JOIN submission s ON s.id = e.submission WHERE e.homework = ?1 AND e.member = ?2"
              "  AND e.returned = 1) FROM submission WHERE homework = ?1 AND member = ?2",
              "iiis", hw->id, talk->member->id, brought->moment, brought->text);
    if (brought->files == 0)
        return;
    store_run(
        talk->store,
        "INSERT INTO submission_file (submission, position, file) SELECT ?1, position, file FROM brought_file"
        " WHERE person = ?2",
        "ii", store_last_id(talk->store), talk->person);
}

void homework_take(struct talk *talk, const struct homework *hw, const struct brought *brought, bool sure)
{
    const char *name = homework_name(talk, hw), *closed = homework_why_closed(talk, hw, brought->moment);

    if (!closed && brought->files == 0 && !text_says_something(brought->text))
        closed = words(talk, "homework.why_empty", NULL);
    if (closed) {
        brought_end(talk);
        homework_refuse(talk, closed);
        return;
    }
    if (!sure && asked(talk, hw, brought, brought->moment > hw->due))
        return;
    write_submission(talk, hw, brought);
    brought_end(talk);
    bool late = homework_handed(talk, hw->id, talk->member->id).late;
    const char *what = brought->files == 0
                           ? words(talk, "homework.with_text", NULL)
                           : words(talk, brought->kept_text ? "homework.with_kept" : "homework.with_files",
                                   "files", num(talk, brought->files), NULL);
    say(talk, late ? "submit.late" : "submit.ontime", "name", name, "time",
        show_moment(talk, talk->class, brought->moment), "due", show_moment(talk, talk->class, hw->due),
        "cutoff", show_moment(talk, talk->class, hw->cutoff), "what", what, "number", num(talk, hw->number),
        NULL);
    saying_instead(talk);
    button(talk, "upload.by_page", "homework:page:%" G_GINT64_FORMAT, hw->id);
}

bool homework_edited(struct talk *talk)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT s.id, s.homework, s.edited IS NOT NULL FROM submission s JOIN member m ON m.id = s.member"
        " WHERE m.person = ? AND s.text <> '' AND s.at > ? ORDER BY s.id DESC LIMIT 1",
        "ii", talk->person, talk->now - EDITED_LASTS);
    struct homework hw;

    if (!query_next(q) || !homework_load(talk, query_int(q, 1), &hw))
        return false;
    if (query_int(q, 2))
        return true;
    store_run(talk->store, "UPDATE submission SET edited = ? WHERE id = ?", "ii", talk->now, query_int(q, 0));
    say(talk, "homework.edited", "name", homework_name(talk, &hw), NULL);
    if (homework_is_open(&hw, talk->now))
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, hw.id);
    return true;
}
