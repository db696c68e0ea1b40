/* The form of a survey as it was when it opened: a later change of the file changes nothing that is under
 * way. */
#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"
#include "handlers/survey/survey_private.h"

static GHashTable *forms; /* survey id → struct form_file */

static void free_form(void *data)
{
    form_file_free(data);
}

/* The snapshot, read once. */
static const struct form_file *form_of(const struct survey *survey)
{
    static const char *const languages[] = { "zh-CN", "en", NULL };

    if (!forms)
        forms = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_form);
    struct form_file *form = g_hash_table_lookup(forms, &survey->id);

    if (form || !survey->source)
        return form;
    g_autoptr(GPtrArray) faults = faults_new();
    g_autofree char *name = g_strdup_printf("%s.yaml", survey->form_id);

    form = form_file_parse(name, survey->source, strlen(survey->source), languages, faults);
    if (form)
        g_hash_table_insert(forms, g_memdup2(&survey->id, sizeof survey->id), form);
    else
        log_error("survey.form_broken", "survey=%" G_GINT64_FORMAT, survey->id);
    return form;
}

/* The names in the survey's list; gives how many. */
static int lecturers_of(struct talk *talk, const struct survey *survey, const char **ret)
{
    g_autoptr(cJSON) list =
        survey->lecturers ? json_parse(survey->lecturers, strlen(survey->lecturers), 2) : NULL;
    const cJSON *name;
    int count = 0;

    cJSON_ArrayForEach(name, list) if (cJSON_IsString(name) && count < SURVEY_LECTURERS) ret[count++] =
        pool_strdup(talk->pool, name->valuestring);
    return count;
}

struct filling *survey_filling(struct talk *talk, const struct survey *survey, int step, const char *state)
{
    const char **names = pool_alloc(talk->pool, SURVEY_LECTURERS * sizeof *names);
    int count = lecturers_of(talk, survey, names);
    const struct form_file *form = form_of(survey);

    if (!form)
        return NULL;
    struct filling *filling = filling_new(talk, form, "survey", names, count, step, state);

    filling->secret = true;
    return filling;
}

char *survey_plain_name(const char *name)
{
    char *plain = g_strdup(name);

    if (g_str_has_suffix(plain, "老师") && strlen(plain) > strlen("老师"))
        plain[strlen(plain) - strlen("老师")] = 0;
    return plain;
}

/* Who taught the sittings of the unit, most of them first; without any on record the lecturers of the roster.
 */
static char *find_lecturers(struct talk *talk, const struct survey *survey)
{
    g_autoptr(cJSON) list = cJSON_CreateArray();
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT lecturer FROM survey_sitting WHERE survey = ? AND lecturer IS NOT NULL AND lecturer != ''"
        " GROUP BY lecturer ORDER BY count(*) DESC, min(starts) LIMIT ?",
        "ii", survey->id, (int64_t)SURVEY_LECTURERS);

    while (query_next(q)) {
        g_autofree char *name = survey_plain_name(query_text(q, 0));

        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    }
    size_t count = 0;
    const struct member *members =
        cJSON_GetArraySize(list) ? NULL : members_of(talk, survey->class_id, ROLE_LECTURER, &count);

    for (size_t i = 0; i < MIN(count, (size_t)SURVEY_LECTURERS); i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(members[i].name));
    if (cJSON_GetArraySize(list) == 0)
        cJSON_AddItemToArray(list,
                             cJSON_CreateString(words_in(talk, class_by_id(talk, survey->class_id)->lang,
                                                         "survey.lecturer", NULL)));
    char *text = cJSON_PrintUnformatted(list), *mine = g_strdup(text);

    cJSON_free(text);
    return mine;
}

/* One counter, at nothing: rows that are there from the start tell no order. */
static void make_counter(struct talk *talk, int64_t survey, const char *ask, int64_t value)
{
    store_run(talk->store,
              "INSERT INTO survey_count (survey, ask, value, n) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
              "isi", survey, ask, value);
}

static void make_counters(struct talk *talk, int64_t survey, const struct form_ask *ask)
{
    const struct form_question *question = ask->question;

    for (guint i = 0; i < question->options->len; i++)
        make_counter(talk, survey, ask->id, ((const struct form_option *)question->options->pdata[i])->value);
    for (int64_t i = (int64_t)question->min; question->kind == FORM_SCALE && i <= (int64_t)question->max; i++)
        make_counter(talk, survey, ask->id, i);
    for (int i = 0; question->kind == FORM_YESNO && i < 2; i++)
        make_counter(talk, survey, ask->id, i);
}

void survey_snapshot(struct talk *talk, struct survey *survey)
{
    g_autofree char *lecturers = find_lecturers(talk, survey);

    survey->source = form_source(talk, survey->form_id);
    if (!survey->source)
        return;
    survey->lecturers = pool_strdup(talk->pool, lecturers);
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);

    if (!filling || !filling->form->anonymous || !form_opened(talk, filling->form)) {
        log_error("survey.form_unfit", "survey=%" G_GINT64_FORMAT, survey->id);
        survey->source = NULL;
        return;
    }
    for (int i = 0; i < filling->ask_count; i++)
        make_counters(talk, survey->id, &filling->asks[i]);
    store_run(talk->store, "UPDATE survey SET source = ?, lecturers = ? WHERE id = ?", "ssi", survey->source,
              lecturers, survey->id);
}
