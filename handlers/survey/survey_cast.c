/* Casting: a ballot comes with a token and from nobody. It is held in memory until there are enough to be
 * counted together. */
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/turn.h"
#include "bot/school/form_page.h"
#include "bot/school/school.h"
#include "handlers/survey/survey_web.h"

static GPtrArray *casts; /* struct cast *: held */

/* Frees a ballot and leaves nothing of it in memory. */
static void wipe(void *data)
{
    struct cast *cast = data;

    explicit_bzero(cast->answers, strlen(cast->answers));
    g_free(cast->answers);
    g_free(cast);
}

static struct cast *find(int64_t survey, const uint8_t *key)
{
    for (guint i = 0; casts && i < casts->len; i++) {
        struct cast *cast = casts->pdata[i];

        if (cast->survey == survey && memcmp(cast->key, key, CAST_KEY) == 0)
            return cast;
    }
    return NULL;
}

static int by_key(gconstpointer a, gconstpointer b)
{
    return memcmp((*(struct cast *const *)a)->key, (*(struct cast *const *)b)->key, CAST_KEY);
}

GPtrArray *casts_held(int64_t survey)
{
    GPtrArray *held = g_ptr_array_new();

    for (guint i = 0; casts && i < casts->len; i++)
        if (((struct cast *)casts->pdata[i])->survey == survey)
            g_ptr_array_add(held, casts->pdata[i]);
    g_ptr_array_sort(held, by_key);
    return held;
}

void casts_forget(const GPtrArray *written)
{
    for (guint i = 0; i < written->len; i++)
        g_ptr_array_remove_fast(casts, written->pdata[i]);
}

/* What holds it is durable. */
static void stays(void *data)
{
    (void)data;
}

/* It is not: the voter hears no "held", and casts again. */
static void take_back(void *data)
{
    g_ptr_array_remove_fast(casts, data);
}

/* Keeps it until it is counted. That anything is held is on disk, so that after a crash all who have a token
 * are told to look whether theirs was. */
static void hold(struct talk *talk, int64_t survey, const uint8_t *key, const char *answers)
{
    struct cast *cast = g_new0(struct cast, 1);

    cast->survey = survey;
    memcpy(cast->key, key, CAST_KEY);
    cast->answers = g_strdup(answers);
    if (!casts)
        casts = g_ptr_array_new_with_free_func(wipe);
    g_ptr_array_add(casts, cast);
    turn_after_commit(talk->school->turn, stays, cast, take_back);
    store_run(talk->store, "INSERT INTO survey_begun (survey, person) VALUES (?, 0) ON CONFLICT DO NOTHING",
              "i", survey);
    survey_count_later(talk, survey, false);
}

/* Answers with the key, by which the voter finds the ballot in the list. */
static void accept(struct page_call *call, const uint8_t *key, const char *state)
{
    g_string_printf(call->answer, "{\"state\":\"%s\",\"key\":\"", state);
    survey_put_hex(call->answer, key, CAST_KEY);
    g_string_append(call->answer, "\"}");
}

/* A token that was used already: the same ballot once more is nothing new, another one is refused. False when
 * it was not used. */
static bool used(struct talk *talk, int64_t survey, const uint8_t *key, const char *answers,
                 struct page_call *call)
{
    const struct cast *held = find(survey, key);
    g_autofree char *counted =
        store_text(talk->store, "SELECT answers FROM survey_ballot WHERE survey = ? AND key = ?", "ib",
                   survey, key, (size_t)CAST_KEY);

    if (!held && !counted)
        return false;
    if (strcmp(counted ? counted : held->answers, answers) == 0)
        accept(call, key, counted ? "counted" : "held");
    else
        survey_refuse(call, 409, "used", "a ballot was cast with this token already, and it stays as it is");
    return true;
}

/* More ballots than tokens cannot be, unless somebody stole the key. */
static bool too_many(struct talk *talk, int64_t survey)
{
    g_autoptr(GPtrArray) held = casts_held(survey);

    if (survey_ballots(talk, survey) + held->len < survey_tokens(talk, survey))
        return false;
    log_error("survey.more_ballots_than_tokens", "survey=%" G_GINT64_FORMAT, survey);
    return true;
}

void survey_page_cast(struct talk *talk, const struct survey *survey, struct page_call *call)
{
    uint8_t prefix[BLIND_PREFIX], signature[BLIND_BYTES], key[CAST_KEY];
    size_t key_len = sizeof key;
    const char *wrong;

    if (!survey_hex(call->body, "token", prefix, sizeof prefix) ||
        !survey_hex(call->body, "signature", signature, sizeof signature)) {
        survey_refuse(call, 400, "token", "token and signature must be 64 and 512 hexadecimal digits");
        return;
    }
    g_autoptr(form_filling) filling = survey_filling(talk, survey, 0, NULL);

    if (!filling) {
        call->status = 503;
        return;
    }
    if (!form_page_take(filling, json_at(call->body, "answers"), &wrong)) {
        survey_refuse(call, 400, "answers",
                      pool_printf(talk->pool, "the answers are not those of the form: %s", wrong));
        return;
    }
    g_autofree char *answers = filling_state(filling);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(sum, prefix, sizeof prefix);
    g_checksum_get_digest(sum, key, &key_len);
    if (!survey_signed(talk, survey->id, prefix, signature)) {
        survey_refuse(call, 403, "forged", "this token was not signed for this survey");
    } else if (used(talk, survey->id, key, answers, call)) {
        /* answered */
    } else if (!survey_takes(talk, survey)) {
        survey_refuse(call, 410, "closed", "the survey has closed, and this ballot was not counted");
    } else if (too_many(talk, survey->id)) {
        survey_refuse(call, 403, "many", "there are as many ballots as tokens already");
    } else {
        hold(talk, survey->id, key, answers);
        accept(call, key, "held");
    }
    explicit_bzero(answers, strlen(answers));
}
