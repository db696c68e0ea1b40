/* 评价: forms that are filled in and signed with one's name (config/forms, `by`): course evaluation, the
 * enterprise's feedback, the assessments of the bureau's and of the centre's head. Organiser and bureau read
 * them beside the anonymous result; nothing of them is ever counted into that. */
#include <string.h>

#include "bot/school/erase.h"
#include "bot/school/form.h"
#include "handlers/evaluate/signed.h"

enum { LECTURERS = 3, SHOWN_BYTES = 6000, FORMS = 12 };

#define ENTERPRISE "enterprise-feedback"

/* --- which form, of whom
 * -------------------------------------------------------------------------------------- */

/* The form of a signed row. */
static const char *form_of(struct talk *talk, int64_t subject)
{
    char *form = store_text(talk->store, "SELECT form FROM signed_form WHERE id = ?", "i", subject);

    return form ? pool_take(talk->pool, form) : "";
}

/* The lecturers it asks about, as they were when it was begun; gives how many. */
static int lecturers_of(struct talk *talk, int64_t subject, const char **ret_names)
{
    char *list = store_text(talk->store, "SELECT lecturers FROM signed_form WHERE id = ?", "i", subject);
    char **names = g_strsplit(list ? list : "", "\n", FORM_LECTURERS);
    int count = 0;

    for (; names[count] && *names[count]; count++)
        ret_names[count] = pool_strdup(talk->pool, names[count]);
    g_strfreev(names);
    g_free(list);
    return count;
}

/* Who taught the class, most first; without any on record the lecturers of the roster. One in a line. */
static const char *lecturers_now(struct talk *talk)
{
    char *taught = store_text(talk->store,
                              "SELECT group_concat(lecturer, char(10)) FROM (SELECT lecturer FROM session"
                              " WHERE class = ? AND state = 'on' AND lecturer != '' GROUP BY lecturer"
                              " ORDER BY count(*) DESC, min(starts) LIMIT ?)",
                              "ii", talk->class->id, (int64_t)LECTURERS);
    char *listed = taught ? NULL
                          : store_text(talk->store,
                                       "SELECT group_concat(name, char(10)) FROM (SELECT p.name FROM member m"
                                       " JOIN person p ON p.id = m.person WHERE m.class = ? AND m.role = ?"
                                       " AND m.left IS NULL ORDER BY m.id LIMIT ?)",
                                       "iii", talk->class->id, (int64_t)ROLE_LECTURER, (int64_t)LECTURERS);

    if (taught)
        return pool_take(talk->pool, taught);
    return listed ? pool_take(talk->pool, listed) : words(talk, "survey.lecturer", NULL);
}

/* The form is complete: it is signed with name, role and time, in the words that were read. */
static void done(struct talk *talk, int64_t subject, const struct filling *filling)
{
    g_autofree char *answers = filling_state(filling);
    const struct member *member = speaks_as(talk, filling->form->by, talk->class->id);

    if (!member) {
        say(talk, "stale", NULL);
        return;
    }
    signed_keep(talk, &(struct signing){ subject, talk->person, (int64_t)member->role, answers,
                                         filling_show(talk, filling) });
    say(talk, "evaluate.done", "title", form_say(filling->form->title, talk->lang), "name", talk->name,
        "when", show_moment(talk, talk->class, talk->moment), NULL);
    button(talk, "evaluate.change", "evaluate:open:%s", filling->form->id);
}

static const struct form_owner owner = {
    .name = "evaluate", .form = form_of, .lecturers = lecturers_of, .done = done
};

/* Opens a form for the speaker, with what was signed before; not_allowed when it is not the speaker's. */
static void open_form(struct talk *talk, const char *id)
{
    const struct form_file *form = form_by_id(talk, id);
    const struct member *member = form && form->by ? speaks_as(talk, form->by, talk->class->id) : NULL;

    if (!member) {
        say(talk, form ? "not_allowed" : "form.unreadable", NULL);
        return;
    }
    talk_as(talk, member);
    store_run(talk->store,
              "INSERT INTO signed_form (class, form, person, lecturers) VALUES (?, ?, ?, ?)"
              " ON CONFLICT (class, form, person) DO NOTHING",
              "isis", talk->class->id, id, talk->person, lecturers_now(talk));
    int64_t row =
        store_int(talk->store, 0, "SELECT id FROM signed_form WHERE class = ? AND form = ? AND person = ?",
                  "isi", talk->class->id, id, talk->person);

    form_open(talk, &owner, row, "", signed_answers(talk, row));
}

/* 评价: what the speaker may fill; the only one at once. */
static void list_forms(struct talk *talk)
{
    GPtrArray *forms = form_all(talk);
    const char *ids[FORMS];
    size_t count = 0;

    for (guint i = 0; i < forms->len && count < FORMS; i++) {
        const struct form_file *form = forms->pdata[i];

        if (form->by && speaks_as(talk, form->by, talk->class->id))
            ids[count++] = form->id;
    }
    if (count == 1) {
        open_form(talk, ids[0]);
    } else if (count == 0) {
        say(talk, "evaluate.none", NULL);
    } else {
        say(talk, "evaluate.which", NULL);
        for (size_t i = 0; i < count; i++)
            button_named(talk, form_say(form_by_id(talk, ids[i])->title, talk->lang), "evaluate:open:%s",
                         ids[i]);
    }
    g_ptr_array_unref(forms);
}

static void enterprise(struct talk *talk)
{
    open_form(talk, ENTERPRISE);
}

static void press_open(struct talk *talk, const char *args)
{
    if (form_known(talk, args))
        open_form(talk, args);
    else
        say(talk, "stale", NULL);
}

/* --- reading
 * -------------------------------------------------------------------------------------------------- */

/* What one form's signed sheets say: how many, then each with name, role and time; `all` versions of it, or
 * the newest as far as there is room. */
static void append_form(struct talk *talk, const struct class *class, const char *id, bool all, GString *into)
{
    const struct form_file *form = form_by_id(talk, id);
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT f.id FROM signed_form f JOIN signed_version s ON s.sheet = f.id"
                                     " WHERE f.class = ? AND f.form = ? GROUP BY f.id"
                                     " ORDER BY max(s.at), f.id",
                                     "is", class->id, id);
    g_autoptr(GString) sheets = g_string_new(NULL);
    int64_t n = 0, left_out = 0;

    for (; query_next(q); n++) {
        if (all || into->len + sheets->len < SHOWN_BYTES)
            signed_append(talk, class, query_int(q, 0), all, sheets);
        else
            left_out++;
    }
    g_string_append_printf(into, "\n\n%s%s",
                           words(talk, "evaluate.form", "title",
                                 form ? form_say(form->title, talk->lang) : id, "n", num(talk, n), NULL),
                           sheets->str);
    if (left_out)
        g_string_append_printf(into, "\n%s", words(talk, "evaluate.more", NULL));
}

/* What was signed in a class, form by form; false when nothing was. */
static bool append_all(struct talk *talk, const struct class *class, bool all, GString *into)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT DISTINCT f.form FROM signed_form f JOIN signed_version s"
                                     " ON s.sheet = f.id WHERE f.class = ? ORDER BY f.form",
                                     "i", class->id);
    bool any = false;

    for (; query_next(q); any = true)
        append_form(talk, class, query_text(q, 0), all, into);
    return any;
}

/* 评价结果, for organiser and bureau. */
static void read_all(struct talk *talk)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (append_all(talk, talk->class, false, text))
        say(talk, "evaluate.shown", "class", talk->class->title, "forms", text->str, NULL);
    else
        say(talk, "evaluate.nothing", NULL);
}

static void archive(struct talk *talk, const struct class *class, GString *into)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (append_all(talk, class, true, text))
        g_string_append_printf(
            into, "%s\n\n", words(talk, "evaluate.shown", "class", class->title, "forms", text->str, NULL));
}

static void press(struct talk *talk, const char *args)
{
    form_pressed(talk, &owner, args);
}

static bool answers(struct talk *talk)
{
    return form_answers(talk, &owner);
}

static void dialog(struct talk *talk, enum dialog_word word)
{
    form_dialog(talk, &owner, word);
}

/* Whose acts are kept on the audit trail. */
static const struct audited audited[] = { { "signed_form", NULL },
                                          { "signed_version", NULL },
                                          { NULL, NULL } };

const struct handler evaluate = {
    .name = "evaluate",
    .commands = { { .name = "evaluate", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = list_forms, .rank = 47 },
                  { .name = "enterprise_feedback", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = enterprise },
                  { .name = "evaluations",
                    .needs = ROLE_ORGANISER | ROLE_BUREAU | NEEDS_PRIVATE,
                    .run = read_all,
                    .rank = 48 } },
    .actions = { { .verb = "q", .run = press },
                 { .verb = "open", .needs = ROLE_ALL | NEEDS_PRIVATE, .run = press_open } },
    .schema = signed_schema,
    .audited = audited,
    .answers = answers,
    .dialog = dialog,
    .archive = archive,
};
