#include "bot/school/form_file.h"

#include <string.h>

#include "bot/core/yaml.h"
#include "bot/school/roles.h"

enum { QUESTIONS_MAX = 60, OPTIONS_MAX = 30, TEXT_MAX = 4000, FILES_MAX = 10, LABEL_MAX_BYTES = 120 };

struct reading {
    const char *const *languages;
    struct form_file *form;
};

static void option_free(void *data)
{
    struct form_option *option = data;
    g_hash_table_unref(option->label);
    g_free(option);
}

static void question_free(void *data)
{
    struct form_question *question = data;
    g_clear_pointer(&question->ask, g_hash_table_unref);
    g_clear_pointer(&question->words, g_hash_table_unref);
    g_ptr_array_unref(question->options);
    g_array_unref(question->when_values);
    g_free(question->measure);
    g_free(question->id);
    g_free(question);
}

static void list_free(void *data)
{
    g_ptr_array_unref(data);
}

const char *form_say(const form_sentence *sentence, const char *lang)
{
    const char *text = g_hash_table_lookup((GHashTable *)sentence, lang);
    if (!text)
        text = g_hash_table_lookup((GHashTable *)sentence, "zh-CN");
    return text ? text : "";
}

int form_find(const struct form_file *form, const char *id)
{
    for (guint i = 0; i < form->questions->len; i++)
        if (!strcmp(((const struct form_question *)form->questions->pdata[i])->id, id))
            return (int)i;
    return -1;
}

/* The sentence of a map of languages; what is not in one of them is a fault. `at` is where it should stand.
 */
static form_sentence *sentence_of(const struct reading *r, const struct yaml *map, const struct yaml *at)
{
    form_sentence *sentence = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (const char *const *lang = r->languages; *lang; lang++) {
        const char *text = map ? yaml_text(map, *lang, NULL) : NULL;
        if (text && *text)
            g_hash_table_insert(sentence, g_strdup(*lang), g_strdup(text));
        else
            yaml_fault(map ? map : at, "the text in %s is missing", *lang);
    }
    return sentence;
}

/* A sentence by its key, with nothing but languages in it. */
static form_sentence *take_sentence(const struct reading *r, const struct yaml *map, const char *key)
{
    const struct yaml *texts = yaml_map(map, key);
    if (!texts && !yaml_get(map, key))
        yaml_fault(map, "\"%s\" is missing", key);
    if (texts)
        yaml_allow(texts, r->languages);
    return texts ? sentence_of(r, texts, map)
                 : g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* The words by which an answer is opened in a one-message reply. */
static GHashTable *take_words(const struct reading *r, const struct yaml *map)
{
    const struct yaml *words = yaml_map(map, "words");
    if (!words)
        return NULL;
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_free);
    yaml_allow(words, r->languages);
    for (const char *const *lang = r->languages; *lang; lang++) {
        const struct yaml *list = yaml_list(words, *lang);
        GPtrArray *each = g_ptr_array_new_with_free_func(g_free);
        for (size_t i = 0; i < yaml_count(list); i++)
            g_ptr_array_add(each, g_strdup(yaml_scalar(yaml_at(list, i))));
        g_hash_table_insert(all, g_strdup(*lang), each);
        if (!each->len)
            yaml_fault(words, "the words in %s are missing", *lang);
    }
    return all;
}

/* The options of a choice. */
static void take_options(const struct reading *r, const struct yaml *map, struct form_question *question)
{
    const struct yaml *list = yaml_list(map, "options");
    bool wanted = question->kind == FORM_CHOICE || question->kind == FORM_MANY;
    size_t count = yaml_count(list);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_ptr_array_add(keys, (char *)"value");
    for (const char *const *lang = r->languages; *lang; lang++)
        g_ptr_array_add(keys, (char *)*lang);
    g_ptr_array_add(keys, NULL);
    if (wanted && (count < 2 || count > OPTIONS_MAX))
        yaml_fault(list ? list : map, "2 to %d \"options\" are wanted", OPTIONS_MAX);
    if (!wanted && list)
        yaml_fault(list, "only choice and many have \"options\"");
    for (size_t i = 0; wanted && i < count; i++) {
        const struct yaml *item = yaml_at(list, i);
        if (yaml_kind(item) != YAML_MAP) {
            yaml_fault(item, "an option is a map with a value and a text in each language");
            continue;
        }
        struct form_option *option = g_new0(struct form_option, 1);
        option->value = yaml_int(item, "value", (int64_t)i + 1, -1000000, 1000000);
        option->label = sentence_of(r, item, item);
        yaml_allow(item, (const char *const *)keys->pdata);
        for (guint j = 0; j < question->options->len; j++)
            if (((struct form_option *)question->options->pdata[j])->value == option->value)
                yaml_fault(item, "the value %" G_GINT64_FORMAT " is there twice", option->value);
        for (const char *const *lang = r->languages; *lang; lang++)
            if (strlen(form_say(option->label, *lang)) > LABEL_MAX_BYTES)
                yaml_fault(item, "an option of more than %d bytes fits no button", LABEL_MAX_BYTES);
        g_ptr_array_add(question->options, option);
    }
}

/* The limits that a kind of question has when the file says nothing, and the widest it may have. */
static void take_limits(const struct yaml *map, struct form_question *question)
{
    double min = 0, max = 0, least = 0, most = 0;
    switch (question->kind) {
    case FORM_TEXT:
        max = 1000;
        most = TEXT_MAX;
        break;
    case FORM_SCALE:
        min = 1;
        max = most = 10;
        break;
    case FORM_MANY:
        max = most = question->options->len;
        break;
    case FORM_FILE:
        max = 1;
        most = FILES_MAX;
        break;
    case FORM_NUMBER:
        least = -1e12;
        max = most = 1e12;
        break;
    case FORM_CHOICE:
    case FORM_YESNO:
    case FORM_DATE:
        break;
    }
    question->min = yaml_real(map, "min", min);
    question->max = yaml_real(map, "max", max);
    bool given = yaml_get(map, "min") || yaml_get(map, "max");
    if (given && (question->min > question->max || question->min < least || question->max > most))
        yaml_fault(yaml_get(map, "max") ? yaml_get(map, "max") : yaml_get(map, "min"),
                   "\"min\" and \"max\" must be in order and from %g to %g", least, most);
}

/* The condition `when: {question: ID, is: [values]}`. */
static void take_condition(const struct reading *r, const struct yaml *map, struct form_question *question)
{
    static const char *const keys[] = { "question", "is", NULL };
    const struct yaml *when = yaml_map(map, "when");
    if (!when)
        return;
    yaml_allow(when, keys);
    const char *id = yaml_need(when, "question");
    const struct yaml *values = yaml_list(when, "is");
    question->when = id ? form_find(r->form, id) : -1;
    if (id && question->when < 0)
        yaml_fault(yaml_get(when, "question"), "there is no earlier question \"%s\"", id);
    if (question->when >= 0 &&
        ((const struct form_question *)r->form->questions->pdata[question->when])->per_lecturer)
        yaml_fault(yaml_get(when, "question"), "what is asked for each lecturer cannot be a condition");
    if (!yaml_count(values))
        yaml_fault(when, "\"is\" must be a list of values");
    for (size_t i = 0; i < yaml_count(values); i++) {
        const char *text = yaml_scalar(yaml_at(values, i));
        char *end = NULL;
        gint64 value = text ? g_ascii_strtoll(text, &end, 10) : 0;
        if (!text || !*text || *end)
            yaml_fault(yaml_at(values, i), "a value is a whole number; yes is 1, no is 0");
        g_array_append_val(question->when_values, value);
    }
}

/* Reads one question; its faults are all told. */
static struct form_question *read_question(const struct reading *r, const struct yaml *map)
{
    static const char *const keys[] = { "id",      "kind",    "ask", "words", "required", "repeat",
                                        "measure", "options", "min", "max",   "when",     NULL };
    static const char *const kinds[] = { "choice", "many", "scale", "yesno", "text",
                                         "number", "date", "file",  NULL };
    static const char *const repeats[] = { "lecturer", NULL };
    struct form_question *question = g_new0(struct form_question, 1);
    const char *id = yaml_need(map, "id");
    yaml_allow(map, keys);
    yaml_need(map, "kind");
    if (id && form_find(r->form, id) >= 0)
        yaml_fault(yaml_get(map, "id"), "the question \"%s\" is there already", id);
    question->id = g_strdup(id ? id : "");
    question->kind = (enum form_kind)yaml_word(map, "kind", kinds, FORM_TEXT);
    question->ask = take_sentence(r, map, "ask");
    question->words = take_words(r, map);
    question->required = yaml_bool(map, "required", true);
    question->per_lecturer = yaml_word(map, "repeat", repeats, -1) == 0;
    question->measure = g_strdup(yaml_text(map, "measure", NULL));
    question->options = g_ptr_array_new_with_free_func(option_free);
    question->when = -1;
    question->when_values = g_array_new(FALSE, FALSE, sizeof(gint64));
    take_options(r, map, question);
    take_limits(map, question);
    take_condition(r, map, question);
    return question;
}

/* The roles of `by`: who may fill a named form with 评价. */
static int take_roles(const struct yaml *top, bool anonymous)
{
    const struct yaml *list = yaml_list(top, "by");
    int roles = 0;
    if (list && anonymous)
        yaml_fault(list, "an anonymous form is filled by who was there; \"by\" is for named ones");
    for (size_t i = 0; i < yaml_count(list); i++) {
        const char *name = yaml_scalar(yaml_at(list, i));
        int role = name ? role_parse(name, strlen(name)) : 0;
        if (!role)
            yaml_fault(yaml_at(list, i), "there is no role \"%s\"", name ? name : "");
        roles |= role;
    }
    return roles;
}

/* A file lies on the disk with who sent it, so no anonymous form asks for one. */
static void refuse_files(const struct form_file *form, const struct yaml *questions)
{
    for (guint i = 0; form->anonymous && i < form->questions->len; i++)
        if (((const struct form_question *)form->questions->pdata[i])->kind == FORM_FILE)
            yaml_fault(questions, "an anonymous form asks for no file, which would be kept with its sender");
}

/* The form in a tree that was read from `path`, where faults are added behind the first `before`. */
static struct form_file *read_form(const struct yaml_root *root, const char *path,
                                   const char *const *languages, const GPtrArray *faults, guint before)
{
    static const char *const keys[] = { "id", "title", "anonymous", "by", "questions", NULL };
    const struct yaml *top = yaml_top(root);
    struct form_file *form = g_new0(struct form_file, 1);
    struct reading r = { languages, form };
    g_autofree char *base = g_path_get_basename(path);
    const char *id = yaml_need(top, "id");
    const struct yaml *questions = yaml_list(top, "questions");
    yaml_allow(top, keys);
    form->questions = g_ptr_array_new_with_free_func(question_free);
    form->id = g_strdup(id ? id : "");
    if (id && (!g_str_has_prefix(base, id) || strcmp(base + strlen(id), ".yaml") != 0))
        yaml_fault(yaml_get(top, "id"), "\"id\" must be the name of the file, without .yaml");
    form->title = take_sentence(&r, top, "title");
    form->anonymous = yaml_bool(top, "anonymous", false);
    const struct yaml *nature = yaml_get(top, "anonymous") ? yaml_get(top, "anonymous") : top;
    form->line = yaml_line(nature);
    form->column = yaml_column(nature);
    form->by = take_roles(top, form->anonymous);
    size_t count = yaml_count(questions);
    if (count < 1 || count > QUESTIONS_MAX)
        yaml_fault(questions ? questions : top, "1 to %d \"questions\" are wanted", QUESTIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *item = yaml_at(questions, i);
        if (yaml_kind(item) == YAML_MAP)
            g_ptr_array_add(form->questions, read_question(&r, item));
        else
            yaml_fault(item, "a question is a map of keys and values");
    }
    refuse_files(form, questions);
    if (faults->len == before)
        return form;
    form_file_free(form);
    return NULL;
}

struct form_file *form_file_read(const char *path, const char *const *languages, GPtrArray *faults)
{
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_read(path, faults);
    return root ? read_form(root, path, languages, faults, before) : NULL;
}

struct form_file *form_file_parse(const char *name, const char *text, size_t len,
                                  const char *const *languages, GPtrArray *faults)
{
    guint before = faults->len;
    g_autoptr(yaml_root) root = yaml_parse(name, text, len, faults);
    return root ? read_form(root, name, languages, faults, before) : NULL;
}

void form_file_free(struct form_file *form)
{
    if (!form)
        return;
    g_ptr_array_unref(form->questions);
    g_hash_table_unref(form->title);
    g_free(form->id);
    g_free(form);
}
