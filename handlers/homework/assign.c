/* 布置作业: title, task, files, due and cut-off; a preview that grows with what is sent; published by one
 * press. */
#include "handlers/homework/assign.h"

#include <string.h>

#include "bot/school/dialog.h"

enum { FILES_MAX = 12 };

/* What the speaker is assigning in the talk's class; false when nothing. */
static bool load(struct talk *talk, struct assigning *ret)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT title, task, kind, coalesce(session, 0), coalesce(taught, 0),"
                    " coalesce(due, 0), coalesce(cutoff, 0) FROM assignment WHERE member = ?",
                    "i", talk->member->id);

    if (!query_next(q))
        return false;
    *ret = (struct assigning){ .title = pool_strdup(talk->pool, query_text(q, 0)),
                               .task = pool_strdup(talk->pool, query_text(q, 1)),
                               .kind = pool_strdup(talk->pool, query_text(q, 2)),
                               .session = query_int(q, 3),
                               .taught = query_int(q, 4),
                               .due = query_int(q, 5),
                               .cutoff = query_int(q, 6) };
    return true;
}

static void save(struct talk *talk, const struct assigning *a)
{
    store_run(talk->store,
              "INSERT INTO assignment (member, title, task, kind, session, taught, due, cutoff)"
              " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), nullif(?6, 0), nullif(?7, 0), nullif(?8, 0))"
              " ON CONFLICT (member) DO UPDATE SET title = ?2, task = ?3, kind = ?4, session = nullif(?5, 0),"
              " taught = nullif(?6, 0), due = nullif(?7, 0), cutoff = nullif(?8, 0)",
              "isssiiii", talk->member->id, a->title, a->task, a->kind, a->session, a->taught, a->due,
              a->cutoff);
}

static void forget(struct talk *talk)
{
    struct dialog dialog;

    store_run(talk->store, "DELETE FROM assignment_file WHERE member = ?", "i", talk->member->id);
    store_run(talk->store, "DELETE FROM assignment WHERE member = ?", "i", talk->member->id);
    if (dialog_of(talk, talk->person, &dialog) && strcmp(dialog.kind, "homework") == 0 &&
        dialog.step == STEP_ASSIGN)
        dialog_close(talk, talk->person);
}

/* Keeps the files of this message. */
static void add_files(struct talk *talk)
{
    const struct update *update = talk->update;
    int64_t count = store_int(talk->store, 0, "SELECT count(*) FROM assignment_file WHERE member = ?", "i",
                              talk->member->id);

    for (size_t i = 0; i < update->file_count && count < FILES_MAX; i++, count++)
        store_run(talk->store, "INSERT INTO assignment_file (member, position, file) VALUES (?, ?, ?)", "iii",
                  talk->member->id, count,
                  files_add(talk->files, update->platform, &update->files[i], talk->person));
}

/* The two usual due times, as buttons. */
static void time_buttons(struct talk *talk)
{
    struct assigning post = { 0 }, pre = { 0 };

    if (assigning_by_session(talk, &post, false))
        button_named(
            talk, words(talk, "homework.assign_post", "due", show_moment(talk, talk->class, post.due), NULL),
            "homework:due:post");
    if (assigning_by_session(talk, &pre, true))
        button_named(talk,
                     words(talk, "homework.assign_pre", "due", show_moment(talk, talk->class, pre.due), NULL),
                     "homework:due:pre");
    button(talk, "homework.assign_drop", "homework:unassign:0");
}

/* Why the time that was said cannot be, with what to type. */
static void say_fault(struct talk *talk, const struct assigning *a)
{
    const char *time = a->said ? show_moment(talk, talk->class, a->said) : "";

    switch (a->fault) {
    case ASSIGNING_FINE:
        return;
    case ASSIGNING_PAST:
        say(talk, "homework.assign_past", "time", time, NULL);
        break;
    case ASSIGNING_IMPOSSIBLE:
        say(talk, "homework.assign_no_time", NULL);
        break;
    case ASSIGNING_CUTOFF:
        say(talk, "homework.assign_cutoff", "time", time, "due", show_moment(talk, talk->class, a->due),
            NULL);
        break;
    }
    time_buttons(talk);
}

/* Shows what there is, or asks for what is missing. */
static void preview(struct talk *talk, const struct assigning *a)
{
    int64_t files = store_int(talk->store, 0, "SELECT count(*) FROM assignment_file WHERE member = ?", "i",
                              talk->member->id);
    int64_t cutoff = a->due ? homework_cutoff_at(talk, talk->class, a->due, a->cutoff) : 0;

    if (a->fault) {
        say_fault(talk, a);
        return;
    }
    if (!*a->title) {
        say(talk, "homework.assign_how", NULL);
        button(talk, "homework.assign_drop", "homework:unassign:0");
        return;
    }
    if (!a->due) {
        say(talk, "homework.assign_when", "title", a->title, NULL);
        time_buttons(talk);
        return;
    }
    say(talk, "homework.assign_preview", "title", a->title, "task",
        *a->task ? words(talk, "homework.task", "task", a->task, NULL) : "", "files", num(talk, files), "due",
        show_moment(talk, talk->class, a->due), "cutoff", show_moment(talk, talk->class, cutoff), "kind",
        words(talk, strcmp(a->kind, "pre") == 0 ? "homework.kind_pre" : "homework.kind_post", NULL), NULL);
    button(talk, "homework.assign_publish", "homework:assign:%" G_GINT64_FORMAT, a->due);
    button_beside(talk, "homework.assign_drop", "homework:unassign:0");
}

/* Keeps it, waits for more and shows it. */
static void go_on(struct talk *talk, const struct assigning *a)
{
    const char *album = talk->update->album;

    save(talk, a);
    dialog_set(talk, talk->person, "homework", 0, talk->member->id, STEP_ASSIGN, album ? album : "");
    preview(talk, a);
}

void homework_assign(struct talk *talk)
{
    struct assigning a = { .title = "", .task = "", .kind = "post" };

    forget(talk);
    assigning_read(talk, &a, talk->args.rest, false);
    add_files(talk);
    go_on(talk, &a);
}

void homework_answers_assign(struct talk *talk, const struct dialog *dialog)
{
    const struct update *update = talk->update;
    const struct member *member = member_by_id(talk, dialog->member);
    struct assigning a;

    if (member)
        member = speaks_as(talk, ASSIGNERS, member->class_id);
    if (member)
        talk_as(talk, member);
    if (!member || !load(talk, &a)) {
        dialog_close(talk, talk->person);
        say(talk, "stale", NULL);
        return;
    }
    if (update->kind == UPDATE_TEXT && homework_says(talk, update->text, "homework.publish_words") && a.due) {
        homework_press_assign(talk, num(talk, a.due));
        return;
    }
    assigning_read(talk, &a, update->text, *a.title && !a.due);
    add_files(talk);
    if (update->album && g_strcmp0(update->album, dialog->state) == 0)
        save(talk, &a);
    else
        go_on(talk, &a);
}

/* What the speaker is assigning, whatever class is the talk's now; false after saying that nothing is. */
static bool pressed(struct talk *talk, struct assigning *ret)
{
    for (size_t i = 0; i < talk->member_count; i++) {
        const struct member *member = speaks_as(talk, ASSIGNERS, talk->members[i].class_id);

        if (!member ||
            !store_int(talk->store, 0, "SELECT count(*) FROM assignment WHERE member = ?", "i", member->id))
            continue;
        talk_as(talk, member);
        return load(talk, ret);
    }
    say(talk, "stale", NULL);
    saying_instead(talk);
    return false;
}

void homework_press_due(struct talk *talk, const char *args)
{
    struct assigning a;

    if (!pressed(talk, &a))
        return;
    if (!assigning_by_session(talk, &a, strcmp(args, "pre") == 0)) {
        say(talk, "stale", NULL);
        return;
    }
    go_on(talk, &a);
    saying_instead(talk);
}

void homework_press_unassign(struct talk *talk, const char *args)
{
    struct assigning a;

    (void)args;
    if (!pressed(talk, &a))
        return;
    forget(talk);
    say(talk, "homework.assign_dropped", NULL);
    saying_instead(talk);
}

/* Makes the homework of it. */
static int64_t create(struct talk *talk, const struct assigning *a)
{
    const struct class *class = talk->class;

    store_run(talk->store,
              "INSERT INTO homework (class, number, title, task, kind, state, session, taught, due, cutoff,"
              " published, giver) SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, 1, nullif(?5, 0),"
              " nullif(?6, 0), ?7, ?8, ?9, ?10 FROM homework WHERE class = ?1",
              "isssiiiiii", class->id, a->title, a->task, a->kind, a->session, a->taught, a->due,
              homework_cutoff_at(talk, class, a->due, a->cutoff), talk->now, talk->member->id);
    int64_t id = store_last_id(talk->store);

    store_run(talk->store,
              "INSERT INTO homework_file (homework, position, file) SELECT ?, position, file FROM"
              " assignment_file WHERE member = ?",
              "ii", id, talk->member->id);
    return id;
}

void homework_press_assign(struct talk *talk, const char *args)
{
    struct assigning a;
    struct homework hw;

    if (!pressed(talk, &a))
        return;
    if (!*a.title || a.due != g_ascii_strtoll(args, NULL, 10)) { /* an older preview */
        go_on(talk, &a);
        return;
    }
    if (a.due <= talk->now) {
        a = (struct assigning){
            .title = a.title, .task = a.task, .kind = "post", .fault = ASSIGNING_PAST, .said = a.due
        };
        go_on(talk, &a);
        return;
    }
    int64_t id = create(talk, &a);

    forget(talk);
    if (!homework_load(talk, id, &hw))
        return;
    homework_set_reminders(talk, talk->class, &hw);
    homework_announce(talk, id, 0);
    say(talk, "homework.published", "name", homework_name(talk, &hw), "due",
        show_moment(talk, talk->class, hw.due), NULL);
    saying_instead(talk);
}
