/* One key for each survey, and one token for each person who may vote: signed blindly (RFC 9474), so that
 * nobody, the server included, knows whose it is when it is shown. */
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"
#include "bot/school/doors.h"
#include "bot/school/school.h"
#include "handlers/survey/survey_web.h"

/* What is signed besides the 32 random bytes that make a token: the same for everybody. */
static const char message[] = "banzhang ballot";

/* --- the key
 * ---------------------------------------------------------------------------------------------------- */

/* A key on its way: wished for, made on a worker, kept. */
struct making {
    struct turn_job job;
    struct school *school;
    int64_t survey;
    GBytes *private, *modulus; /* NULL: there was no randomness */
};

static void discard(void *data)
{
    struct making *making = data;

    g_clear_pointer(&making->private, g_bytes_unref);
    g_clear_pointer(&making->modulus, g_bytes_unref);
    g_free(making);
}

static void work(void *data)
{
    struct making *making = data;

    if (!blind_make_key(&making->private, &making->modulus))
        making->private = making->modulus = NULL;
}

/* The first key stays: whoever has looked at it must not get another. Once the survey has closed none is
 * kept. */
static void keep_key(struct turn_job *job)
{
    struct making *making = (struct making *)job;

    store_run(making->school->store,
              "INSERT INTO survey_key (survey, modulus, private) SELECT id, ?2, ?3 FROM survey"
              " WHERE id = ?1 AND state = 'open' ON CONFLICT DO NOTHING",
              "ibb", making->survey, g_bytes_get_data(making->modulus, NULL),
              g_bytes_get_size(making->modulus), g_bytes_get_data(making->private, NULL),
              g_bytes_get_size(making->private));
}

static void key_kept(struct turn_job *job, enum turn_end end)
{
    struct making *making = (struct making *)job;

    if (end != TURN_DURABLE)
        log_error("survey.key_not_kept", "survey=%" G_GINT64_FORMAT, making->survey);
    discard(making);
}

/* Back from the worker. */
static void made(void *data)
{
    struct making *making = data;

    if (!making->modulus) {
        log_error("survey.no_key", "survey=%" G_GINT64_FORMAT, making->survey);
        discard(making);
        return;
    }
    making->job = (struct turn_job){ .run = keep_key, .done = key_kept };
    turn_add(making->school->turn, &making->job);
}

static void begin(void *data)
{
    loop_work(((struct making *)data)->school->loop, work, made, data);
}

void survey_make_key(struct talk *talk, int64_t survey)
{
    struct making *making = g_new0(struct making, 1);

    making->school = talk->school;
    making->survey = survey;
    turn_after_commit(talk->school->turn, begin, making, discard);
}

void survey_end_tokens(struct talk *talk, const struct survey *survey)
{
    store_run(talk->store, "UPDATE survey_key SET private = NULL WHERE survey = ?", "i", survey->id);
    store_run(talk->store, "UPDATE survey_token SET blinded = NULL, signature = NULL WHERE survey = ?", "i",
              survey->id);
    if (survey_is_web(survey) && survey_may_show(talk, survey))
        survey_tell_holders(talk, survey, "survey.listed");
}

int64_t survey_tokens(struct talk *talk, int64_t survey)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM survey_token WHERE survey = ?", "i", survey);
}

void survey_tell_holders(struct talk *talk, const struct survey *survey, const char *key)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT person FROM survey_token WHERE survey = ? ORDER BY person", "i", survey->id);

    while (query_next(q))
        tell(talk, query_int(q, 0), key, "title", survey->title, "url", survey_address(talk, survey->id),
             NULL);
}

bool survey_signed(struct talk *talk, int64_t survey, const uint8_t *prefix, const uint8_t *signature)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT modulus FROM survey_key WHERE survey = ?", "i", survey);
    uint8_t prepared[BLIND_PREFIX + sizeof message - 1];
    size_t len = 0;
    const void *modulus = query_next(q) ? query_blob(q, 0, &len) : NULL;

    memcpy(prepared, prefix, BLIND_PREFIX);
    memcpy(prepared + BLIND_PREFIX, message, sizeof message - 1);
    return modulus && blind_verify(modulus, len, prepared, sizeof prepared, signature, BLIND_BYTES);
}

/* --- a person's token
 * ------------------------------------------------------------------------------------------- */

void survey_ticket(struct talk *talk, int64_t survey, int64_t person, uint8_t ret[SECRET_BYTES])
{
    /* since when the person is bound: whose accounts were taken back gets another one after joining again */
    int64_t bound = store_int(talk->store, 0, "SELECT min(bound) FROM account WHERE person = ?", "i", person);

    uint8_t key[SECRET_BYTES];

    doors_key(talk->store, talk->school->secret, key);
    secret_sign(key,
                pool_printf(talk->pool,
                            "ballot ticket %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                            survey, person, bound),
                ret);
}

/* Reads "7.12.f00d…" and believes it when it is ours. */
static bool read_ticket(struct talk *talk, const char *text, int64_t *ret_survey, int64_t *ret_person)
{
    uint8_t mac[SECRET_BYTES];
    g_auto(GStrv) parts = g_strsplit(text ? text : "", ".", 4);
    g_autoptr(GString) wanted = g_string_new(NULL);
    int differs = 0;

    if (g_strv_length(parts) != 3 || strlen(parts[2]) != 2 * TICKET_BYTES)
        return false;
    *ret_survey = g_ascii_strtoll(parts[0], NULL, 10);
    *ret_person = g_ascii_strtoll(parts[1], NULL, 10);
    survey_ticket(talk, *ret_survey, *ret_person, mac);
    survey_put_hex(wanted, mac, TICKET_BYTES);
    for (size_t i = 0; i < 2 * TICKET_BYTES; i++)
        differs |= wanted->str[i] ^ parts[2][i];
    return differs == 0;
}

/* The signature that was given before to this very message: a bad line costs nobody the ballot. False when
 * nothing was; *ret_other when it was for another one. */
static bool given_before(struct talk *talk, const struct survey *survey, int64_t person,
                         const uint8_t *blinded, GString *ret_signature, bool *ret_other)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT blinded, signature FROM survey_token WHERE survey = ? AND person = ?", "ii",
        survey->id, person);
    size_t len, signature_len;

    if (!query_next(q))
        return false;
    const void *before = query_blob(q, 0, &len);
    const void *signature = query_blob(q, 1, &signature_len);

    *ret_other = !before || !signature || len != BLIND_BYTES || memcmp(before, blinded, len) != 0;
    if (!*ret_other)
        survey_put_hex(ret_signature, signature, signature_len);
    return true;
}

/* Signs, and keeps that this person has a token. */
static void sign(struct talk *talk, const struct survey *survey, int64_t person, const uint8_t *blinded,
                 struct page_call *call)
{
    g_autoptr(query) q =
        store_query(talk->store, "SELECT private FROM survey_key WHERE survey = ?", "i", survey->id);
    size_t len = 0;
    const void *private = query_next(q) ? query_blob(q, 0, &len) : NULL;
    g_autoptr(GBytes) signature = private ? blind_sign(private, len, blinded, BLIND_BYTES) : NULL;

    if (!private) {
        call->status = 503; /* it is being made */
    } else if (!signature) {
        survey_refuse(call, 400, "blinded", "blinded is no number below the key's");
    } else {
        store_run(talk->store,
                  "INSERT INTO survey_token (survey, person, blinded, signature) VALUES (?, ?, ?, ?)", "iibb",
                  survey->id, person, blinded, (size_t)BLIND_BYTES, g_bytes_get_data(signature, NULL),
                  g_bytes_get_size(signature));
        g_string_assign(call->answer, "{\"signature\":\"");
        survey_put_hex(call->answer, g_bytes_get_data(signature, NULL), g_bytes_get_size(signature));
        g_string_append(call->answer, "\"}");
    }
}

void survey_page_sign(struct talk *talk, struct page_call *call)
{
    uint8_t blinded[BLIND_BYTES];
    struct survey survey;
    int64_t id, person;
    g_autoptr(GString) signature = g_string_new(NULL);
    bool other = false;

    if (!survey_hex(call->body, "blinded", blinded, sizeof blinded)) {
        survey_refuse(call, 400, "blinded", "blinded must be 512 hexadecimal digits");
    } else if (!read_ticket(talk, json_text(call->body, "ticket"), &id, &person) ||
               !survey_by_id(talk, id, &survey) || !survey_is_web(&survey)) {
        survey_refuse(call, 403, "ticket", "this ticket is not one of ours");
    } else if (!survey_takes(talk, &survey)) {
        survey_refuse(call, 410, "closed", "the survey has closed");
    } else if (!store_int(talk->store, 0, "SELECT count(*) FROM account WHERE person = ?", "i", person)) {
        survey_refuse(call, 403, "ticket",
                      "whose ticket this was is forgotten, or the account was taken back");
    } else if (!survey_entitled(talk, id, person)) {
        survey_refuse(call, 403, "absent", "only who signed in personally has a ballot");
    } else if (!given_before(talk, &survey, person, blinded, signature, &other)) {
        sign(talk, &survey, person, blinded, call);
    } else if (other) {
        survey_refuse(call, 409, "issued", "this person's token was signed already");
    } else {
        g_string_printf(call->answer, "{\"signature\":\"%s\"}", signature->str);
    }
}
