/* Which forms there are, and a named form in the person's dialog. */
#include "bot/school/form.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "bot/school/dialog.h"
#include "bot/school/school.h"

static void free_form(void *data)
{
    form_file_free(data);
}

/* Whether people have filled it as anonymous while it is named now, or the other way round. */
static bool was_other(const struct school *school, const struct form_file *form)
{
    return store_int(school->store, form->anonymous, "SELECT anonymous FROM form_opened WHERE form = ?", "s",
                     form->id) != form->anonymous;
}

/* Says where the form turns into the other kind; always false. */
static bool fault_other(const struct form_file *form, const char *path, GPtrArray *faults)
{
    faults_add(faults, path, form->line, form->column, "the form \"%s\" was opened as %s and can never be %s",
               form->id, form->anonymous ? "a named one" : "anonymous",
               form->anonymous ? "anonymous" : "a named one");
    return false;
}

static const char *const languages[] = { "zh-CN", "en", NULL };

/* Where a form's file lies; yours. */
static char *path_of(const struct school *school, const char *id)
{
    return g_strdup_printf("%s/config/forms/%s.yaml", school->share_dir, id);
}

/* Reads a form by its id; NULL with faults told. */
static struct form_file *read_form(const struct school *school, const char *id, GPtrArray *faults)
{
    g_autofree char *path = path_of(school, id);
    struct form_file *form = form_file_read(path, languages, faults);

    if (form && was_other(school, form)) {
        fault_other(form, path, faults);
        g_clear_pointer(&form, form_file_free);
    }
    return form;
}

static GHashTable *new_forms(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_form);
}

const struct form_file *form_by_id(struct talk *talk, const char *id)
{
    struct school *school = talk->school;

    if (!school->forms)
        school->forms = new_forms();
    struct form_file *form = g_hash_table_lookup(school->forms, id);

    if (form)
        return form;
    g_autoptr(GPtrArray) faults = faults_new();

    form = read_form(school, id, faults);
    if (form)
        g_hash_table_insert(school->forms, g_strdup(id), form);
    else
        log_error("form.unreadable", "form=%s faults=%u first=\"%s\"", id, faults->len,
                  faults->len ? (char *)faults->pdata[0] : "");
    return form;
}

/* By id. */
static int by_id(gconstpointer a, gconstpointer b)
{
    return strcmp((*(struct form_file *const *)a)->id, (*(struct form_file *const *)b)->id);
}

GPtrArray *form_all(struct talk *talk)
{
    g_autofree char *folder = g_strdup_printf("%s/config/forms", talk->school->share_dir);
    GPtrArray *forms = g_ptr_array_new();
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *id = g_strndup(name, strlen(name) - MIN(strlen(name), strlen(".yaml")));
        const struct form_file *form = g_str_has_suffix(name, ".yaml") ? form_by_id(talk, id) : NULL;

        if (form)
            g_ptr_array_add(forms, (void *)form);
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(forms, by_id);
    return forms;
}

bool form_known(struct talk *talk, const char *id)
{
    g_autoptr(GPtrArray) forms = form_all(talk);

    for (guint i = 0; i < forms->len; i++)
        if (strcmp(((const struct form_file *)forms->pdata[i])->id, id) == 0)
            return true;
    return false;
}

bool form_opened(struct talk *talk, const struct form_file *form)
{
    if (was_other(talk->school, form)) {
        log_error("form.other_nature", "form=%s line=%d column=%d anonymous=%d", form->id, form->line,
                  form->column, form->anonymous);
        return false;
    }
    store_run(talk->store, "INSERT INTO form_opened (form, anonymous) VALUES (?, ?) ON CONFLICT DO NOTHING",
              "si", form->id, (int64_t)form->anonymous);
    return true;
}

const char *form_source(struct talk *talk, const char *id)
{
    g_autofree char *path = path_of(talk->school, id);
    char *source = NULL;

    if (g_file_get_contents(path, &source, NULL, NULL))
        return pool_take(talk->pool, source);
    log_error("form.unreadable", "form=%s", id);
    return NULL;
}

/* Whether no form that was ever opened is of the other nature now, in use at the moment or not. One that is
 * gone or broken is not in use. */
static bool nature_kept(struct school *school, GPtrArray *faults)
{
    g_autoptr(query) q = store_query(school->store, "SELECT form FROM form_opened", "");
    bool kept = true;

    while (query_next(q)) {
        g_autoptr(GPtrArray) others = faults_new();
        g_autofree char *path = path_of(school, query_text(q, 0));
        g_autoptr(form_file) form = form_file_read(path, languages, others);

        if (form && was_other(school, form))
            kept = fault_other(form, path, faults);
    }
    return kept;
}

bool form_reload_all(struct school *school, GPtrArray *faults)
{
    g_autoptr(GHashTable) fresh = new_forms();
    GHashTableIter iter;
    void *id;

    if (!nature_kept(school, faults))
        return false;
    if (!school->forms)
        return true;
    g_hash_table_iter_init(&iter, school->forms);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        struct form_file *form = read_form(school, id, faults);

        if (!form)
            return false;
        g_hash_table_insert(fresh, g_strdup(id), form);
    }
    form_forget_all(school);
    school->forms = g_steal_pointer(&fresh);
    return true;
}

void form_forget_all(struct school *school)
{
    g_clear_pointer(&school->forms, g_hash_table_unref);
}

/* Keeps the draft, so that it survives a restart, and asks on. */
static void keep_and_ask(struct talk *talk, const struct filling *filling, int64_t subject)
{
    g_autofree char *state = filling_state(filling);

    dialog_set(talk, talk->person, filling->owner, subject, talk->member ? talk->member->id : 0,
               filling->step, state);
    filling_ask(talk, filling);
}

/* A filling of the owner's form, with the lecturers it asks about. */
static struct filling *fill(struct talk *talk, const struct form_owner *owner, const struct form_file *form,
                            int64_t subject, int step, const char *state)
{
    const char **names = pool_alloc(talk->pool, FORM_LECTURERS * sizeof *names);
    int count = owner->lecturers ? owner->lecturers(talk, subject, names) : 0;

    return filling_new(talk, form, owner->name, names, count, step, state);
}

/* The draft in the speaker's dialog, in the class it was begun in; NULL when another question, or none, is
 * open. */
static struct filling *open_draft(struct talk *talk, const struct form_owner *owner, struct dialog *dialog)
{
    if (!dialog_of(talk, talk->person, dialog) || g_strcmp0(dialog->kind, owner->name) != 0)
        return NULL;
    const struct form_file *form = form_by_id(talk, owner->form(talk, dialog->subject));

    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].id == dialog->member)
            talk_as(talk, &talk->members[i]);
    return form ? fill(talk, owner, form, dialog->subject, dialog->step, dialog->state) : NULL;
}

/* Another form of the same owner that lay below is asked again, unless it has been waiting for long. */
static void ask_below(struct talk *talk, const struct form_owner *owner)
{
    struct dialog dialog;
    g_autoptr(form_filling) filling = open_draft(talk, owner, &dialog);

    if (filling && talk->now - dialog.asked <= DIALOG_PARKS)
        filling_ask(talk, filling);
}

/* What follows from an answer; false when it is to go through to others. */
static bool follow(struct talk *talk, const struct form_owner *owner, struct filling *filling,
                   const struct dialog *dialog, enum filled end)
{
    switch (end) {
    case FILLED_ON:
        keep_and_ask(talk, filling, dialog->subject);
        return true;
    case FILLED_WRONG:
        talk->dialog_moved = true;
        return true;
    case FILLED_PASS:
        return false;
    case FILLED_SENT:
        dialog_close(talk, talk->person);
        owner->done(talk, dialog->subject, filling);
        ask_below(talk, owner);
        return true;
    case FILLED_CANCELLED:
        dialog_close(talk, talk->person);
        say(talk, "form.cancelled", NULL);
        saying_instead(talk);
        ask_below(talk, owner);
        return true;
    }
    return false;
}

/* The speaker's draft of this subject, open or below another question; false when there is none. */
static bool find_draft(struct talk *talk, const struct form_owner *owner, int64_t subject, struct dialog *ret,
                       bool *ret_open)
{
    *ret_open =
        dialog_of(talk, talk->person, ret) && strcmp(ret->kind, owner->name) == 0 && ret->subject == subject;
    return *ret_open || dialog_take(talk, talk->person, owner->name, subject, ret);
}

void form_open(struct talk *talk, const struct form_owner *owner, int64_t subject, const char *text,
               const char *answers)
{
    const struct form_file *form = form_by_id(talk, owner->form(talk, subject));
    struct dialog draft;
    bool is_open;

    if (!form || form->anonymous ||
        !form_opened(talk, form)) { /* what was promised to be anonymous is never asked with a name */
        say(talk, "form.unreadable", NULL);
        return;
    }
    bool begun = find_draft(talk, owner, subject, &draft, &is_open);
    g_autoptr(form_filling) filling =
        fill(talk, owner, form, subject, begun ? draft.step : 0, begun ? draft.state : answers);

    if (*text && filling_take_all(talk, filling, text)) {
        if (is_open)
            dialog_close(talk, talk->person);
        owner->done(talk, subject, filling);
        return;
    }
    if (answers && !begun && !*text)
        filling->step = filling->ask_count;
    keep_and_ask(talk, filling, subject);
}

bool form_answers(struct talk *talk, const struct form_owner *owner)
{
    struct dialog dialog;
    g_autoptr(form_filling) filling = open_draft(talk, owner, &dialog);

    return filling && follow(talk, owner, filling, &dialog, filling_answer(talk, filling));
}

void form_pressed(struct talk *talk, const struct form_owner *owner, const char *args)
{
    struct dialog dialog;
    g_autoptr(form_filling) filling = open_draft(talk, owner, &dialog);

    if (!filling)
        say(talk, "stale", NULL);
    else
        follow(talk, owner, filling, &dialog, filling_press(talk, filling, args));
}

void form_dialog(struct talk *talk, const struct form_owner *owner, enum dialog_word word)
{
    struct dialog dialog;
    g_autoptr(form_filling) filling = open_draft(talk, owner, &dialog);

    if (!filling) {
        dialog_close(talk, talk->person);
        say(talk, "form.cancelled", NULL);
    } else if (word == DIALOG_REPEAT) {
        filling_ask(talk, filling);
    } else {
        follow(talk, owner, filling, &dialog, filling_word(talk, filling, word));
    }
}
