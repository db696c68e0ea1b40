/* Held ballots become counters and texts: a batch in one transaction of its own, followed by a checkpoint, so
 * that no pair of snapshots of the disk tells fewer people apart than a batch (rules.md §4, design.md
 * "Privacy"). */
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/secret.h"
#include "bot/core/turn.h"
#include "bot/school/remind.h"
#include "bot/school/school.h"
#include "handlers/survey/survey_web.h"

enum { KEY_BYTES = 16, EMPTY_TRIES = 600, EMPTY_MS = 100 };

/* One batch on its way through a turn. */
struct batch {
    struct turn_job job;
    struct school *school;
    int64_t survey;
    bool closing;
    GPtrArray *persons; /* int64_t *: whose ballots are in it */
    GPtrArray *casts;   /* struct cast *: those that came without a person */
};

/* What the ballots of a batch say together. */
struct tally {
    GHashTable *counts; /* "ask\tvalue" → int */
    GPtrArray *texts;   /* struct text * */
};

struct text {
    guint8 key[KEY_BYTES];
    char *ask, *text;
};

/* A request for a count that waits for the commit of the job that asked. */
struct wish {
    struct school *school;
    int64_t survey;
    bool closing;
};

/* --- adding up
 * -------------------------------------------------------------------------------------------------- */

static void free_text(void *data)
{
    struct text *text = data;

    explicit_bzero(text->text, strlen(text->text));
    g_free(text->ask);
    g_free(text->text);
    g_free(text);
}

static void add_count(struct tally *tally, const char *ask, const cJSON *value)
{
    char *key = g_strdup_printf("%s\t%d", ask, (int)value->valuedouble);
    int n = GPOINTER_TO_INT(g_hash_table_lookup(tally->counts, key));

    g_hash_table_replace(tally->counts, key, GINT_TO_POINTER(n + 1));
}

static void add_text(struct tally *tally, const char *ask, const char *words)
{
    struct text *text = g_new0(struct text, 1);

    secret_random(text->key, sizeof text->key);
    text->ask = g_strdup(ask);
    text->text = g_strdup(words);
    g_ptr_array_add(tally->texts, text);
}

/* Adds one answer: options are counted, words and figures are texts, what was skipped is nothing. */
static void add_answer(struct tally *tally, const struct form_ask *ask, const cJSON *answer)
{
    const cJSON *item;

    switch (ask->question->kind) {
    case FORM_CHOICE:
    case FORM_SCALE:
    case FORM_YESNO:
        if (cJSON_IsNumber(answer))
            add_count(tally, ask->id, answer);
        break;
    case FORM_MANY:
        cJSON_ArrayForEach(item, answer) add_count(tally, ask->id, item);
        break;
    case FORM_TEXT:
    case FORM_DATE:
        if (cJSON_IsString(answer))
            add_text(tally, ask->id, answer->valuestring);
        break;
    case FORM_NUMBER:
        if (cJSON_IsNumber(answer)) {
            g_autofree char *figure = g_strdup_printf("%.15g", answer->valuedouble);

            add_text(tally, ask->id, figure);
        }
        break;
    case FORM_FILE:
        break;
    }
}

/* Adds one ballot, its answers as JSON. */
static void add_ballot(struct talk *talk, struct tally *tally, const struct survey *survey,
                       const char *answers)
{
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, answers);

    if (!filling)
        return;
    filling_complete(filling);
    for (int i = 0; i < filling->ask_count; i++)
        add_answer(tally, &filling->asks[i],
                   cJSON_GetObjectItemCaseSensitive(filling->answers, filling->asks[i].id));
}

/* --- writing
 * ------------------------------------------------------------------------------------------------------ */

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* By key, which is random: neither rows nor bytes of a page tell which texts came together. */
static int by_key(gconstpointer a, gconstpointer b)
{
    return memcmp((*(struct text *const *)a)->key, (*(struct text *const *)b)->key, KEY_BYTES);
}

static void write_counts(struct talk *talk, int64_t survey, const struct tally *tally)
{
    guint len;
    g_autofree char **keys = (char **)g_hash_table_get_keys_as_array(tally->counts, &len);

    qsort(keys, len, sizeof *keys, (int (*)(const void *, const void *))by_name);
    for (guint i = 0; i < len; i++) {
        g_auto(GStrv) parts = g_strsplit(keys[i], "\t", 2);

        store_run(talk->store,
                  "INSERT INTO survey_count (survey, ask, value, n) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT (survey, ask, value) DO UPDATE SET n = n + ?4",
                  "isii", survey, parts[0], (int64_t)g_ascii_strtoll(parts[1], NULL, 10),
                  (int64_t)GPOINTER_TO_INT(g_hash_table_lookup(tally->counts, keys[i])));
    }
}

static void write_texts(struct talk *talk, int64_t survey, const struct tally *tally)
{
    g_ptr_array_sort(tally->texts, by_key);
    for (guint i = 0; i < tally->texts->len; i++) {
        const struct text *text = tally->texts->pdata[i];

        store_run(talk->store, "INSERT INTO survey_text (survey, ask, key, text) VALUES (?, ?, ?, ?)", "isbs",
                  survey, text->ask, text->key, sizeof text->key, text->text);
    }
}

/* Says that a ballot is counted; whom the fifth ballot of somebody else would wake hears it in the morning.
 */
static void tell_counted(struct talk *talk, const struct survey *survey, int64_t person)
{
    const struct class *class = class_by_id(talk, survey->class_id);

    if (class && remind_quiet(talk, class, talk->now))
        timers_set(talk->timers, "survey.counted", person, remind_awake(talk, class, talk->now));
    else
        tell(talk, person, "survey.counted", "title", survey->title, NULL);
}

void survey_counted_due(struct talk *talk, int64_t person, int64_t due)
{
    g_autofree char *title = store_text(talk->store,
                                        "SELECT v.title FROM survey_part p JOIN survey v ON v.id = p.survey"
                                        " WHERE p.person = ? ORDER BY v.id DESC LIMIT 1",
                                        "i", person);

    (void)due;
    if (title)
        tell(talk, person, "survey.counted", "title", title, NULL);
}

/* That they took part, and the word to each, in the order of the persons and not of the ballots. */
static void write_parts(struct talk *talk, const struct survey *survey, const GPtrArray *persons)
{
    for (guint i = 0; i < persons->len; i++) {
        int64_t person = *(const int64_t *)persons->pdata[i];

        store_run(talk->store, "INSERT INTO survey_part (survey, person) VALUES (?, ?)", "ii", survey->id,
                  person);
        store_run(talk->store, "DELETE FROM survey_begun WHERE survey = ? AND person = ?", "ii", survey->id,
                  person);
        tell_counted(talk, survey, person);
    }
}

/* Ballots filled in chat: who has taken part already is left out. */
static void take_ballots(struct talk *talk, struct batch *batch, const struct survey *survey,
                         struct tally *tally)
{
    g_autoptr(GPtrArray) held = ballots_held(survey->id);

    for (guint i = 0; i < held->len; i++) {
        const struct ballot *ballot = held->pdata[i];

        if (survey_took_part(talk, survey->id, ballot->person))
            continue;
        add_ballot(talk, tally, survey, ballot->state);
        g_ptr_array_add(batch->persons, g_memdup2(&ballot->person, sizeof ballot->person));
    }
}

/* Ballots cast with a token: whole rows, in the order of their keys. */
static void take_casts(struct talk *talk, struct batch *batch, const struct survey *survey,
                       struct tally *tally)
{
    g_autoptr(GPtrArray) held = casts_held(survey->id);

    for (guint i = 0; i < held->len; i++) {
        const struct cast *cast = held->pdata[i];

        store_run(talk->store, "INSERT INTO survey_ballot (survey, key, answers) VALUES (?, ?, ?)", "ibs",
                  survey->id, cast->key, sizeof cast->key, cast->answers);
        add_ballot(talk, tally, survey, cast->answers);
        g_ptr_array_add(batch->casts, held->pdata[i]);
    }
    store_run(talk->store, "DELETE FROM survey_begun WHERE survey = ? AND person = 0", "i", survey->id);
}

/* How many are held; a survey has them of one kind only. */
static guint held_of(int64_t survey)
{
    g_autoptr(GPtrArray) ballots = ballots_held(survey), cast = casts_held(survey);

    return ballots->len + cast->len;
}

/* The batch itself. */
static void write_batch(struct talk *talk, struct batch *batch, const struct survey *survey)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(free_text);
    struct tally tally = { counts, texts };

    g_ptr_array_set_size(batch->persons, 0);
    g_ptr_array_set_size(batch->casts, 0);
    if (held_of(survey->id) < SURVEY_BATCH && !batch->closing)
        return;
    take_ballots(talk, batch, survey, &tally);
    take_casts(talk, batch, survey, &tally);
    write_counts(talk, survey->id, &tally);
    write_texts(talk, survey->id, &tally);
    write_parts(talk, survey, batch->persons);
}

static void run(struct turn_job *job)
{
    struct batch *batch = (struct batch *)job;
    struct pool *pool = pool_new();
    struct talk talk;
    struct survey survey;

    talk_begin(&talk, batch->school, pool);
    if (survey_by_id(&talk, batch->survey, &survey) && strcmp(survey.state, "open") == 0) {
        write_batch(&talk, batch, &survey);
        if (batch->closing) {
            store_run(talk.store, "UPDATE survey SET state = 'closed' WHERE id = ?", "i", survey.id);
            store_run(talk.store, "DELETE FROM survey_begun WHERE survey = ?", "i", survey.id);
            survey.state = "closed";
            survey_settle(&talk, &survey);
            survey_end_tokens(&talk, &survey);
        }
    }
    talk_end(&talk);
    pool_free(pool);
}

static int tries_left; /* to empty the write-ahead log; 0: nothing waits */

/* Once more, until nobody reads. */
static void empty_again(void *data)
{
    struct school *school = data;

    if (store_checkpoint(school->store))
        tries_left = 0;
    else if (--tries_left > 0)
        loop_later(school->loop, EMPTY_MS, empty_again, school);
    else
        log_warn("survey.log_not_emptied", "tries=%d", EMPTY_TRIES);
}

/* Moves what was written into the store, so that no log tells what was written together; soon again when
 * somebody reads. */
static void empty_log(struct school *school)
{
    bool waits = tries_left > 0;

    if (store_checkpoint(school->store))
        return;
    tries_left = EMPTY_TRIES;
    if (!waits)
        loop_later(school->loop, EMPTY_MS, empty_again, school);
}

/* What is counted is forgotten, and nothing of it stays in the write-ahead log. */
static void done(struct turn_job *job, enum turn_end end)
{
    struct batch *batch = (struct batch *)job;

    guint written = batch->persons->len + batch->casts->len;

    if (end == TURN_DURABLE && (written > 0 || batch->closing)) {
        ballots_forget(batch->survey, batch->persons);
        casts_forget(batch->casts);
        empty_log(batch->school);
        log_info("survey.counted", "survey=%" G_GINT64_FORMAT " ballots=%u", batch->survey, written);
    } else if (end != TURN_DURABLE) {
        log_error("survey.not_counted", "survey=%" G_GINT64_FORMAT, batch->survey);
    }
    g_ptr_array_unref(batch->persons);
    g_ptr_array_unref(batch->casts);
    g_free(batch);
}

/* The job that wished for it is durable: the batch gets a turn of its own. */
static void grant(void *data)
{
    struct wish *wish = data;

    if (wish->closing || held_of(wish->survey) >= SURVEY_BATCH) {
        struct batch *batch = g_new0(struct batch, 1);

        batch->job = (struct turn_job){ .run = run, .done = done, .alone = true };
        batch->school = wish->school;
        batch->survey = wish->survey;
        batch->closing = wish->closing;
        batch->persons = g_ptr_array_new_with_free_func(g_free);
        batch->casts = g_ptr_array_new();
        turn_add(wish->school->turn, &batch->job);
    }
    g_free(wish);
}

void survey_count_later(struct talk *talk, int64_t survey, bool closing)
{
    struct wish *wish = g_new0(struct wish, 1);

    *wish = (struct wish){ talk->school, survey, closing };
    turn_after_commit(talk->school->turn, grant, wish, g_free);
}
