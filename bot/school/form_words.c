/* A form filled by one message: 周报 完成：… 问题：… 下周：… */
#include <string.h>

#include "bot/school/form_private.h"

enum { MARKS_MAX = 60 };

/* Where an answer is opened in the text. */
struct mark {
    size_t from, to; /* of the word with its colon, in the normalised text */
    int ask;
};

/* Whether a new part of the message may begin here: at its start, behind a blank, a line or a full stop. */
static bool may_begin(const char *text, size_t at)
{
    static const char *const ends[] = { " ", ",", ".", ";", "。", "!", "、", "\n" };

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        size_t len = strlen(ends[i]);

        if (at >= len && strncmp(text + at - len, ends[i], len) == 0)
            return true;
    }
    return at == 0;
}

/* How long a word of the question with its colon is at `at`; 0 when none stands there. */
static size_t opener(struct talk *talk, const struct form_question *question, const char *at)
{
    size_t longest = 0;
    GHashTableIter langs;
    gpointer list;

    if (!question->words)
        return 0;
    g_hash_table_iter_init(&langs, question->words);
    while (g_hash_table_iter_next(&langs, NULL, &list))
        for (guint i = 0; i < ((GPtrArray *)list)->len; i++) {
            struct normal word = text_normal(talk->pool, ((GPtrArray *)list)->pdata[i]);
            size_t len = word.len;

            if (len == 0 || strncmp(at, word.text, len) != 0)
                continue;
            len += strspn(at + len, " ");
            if (at[len] == ':' && len + 1 > longest)
                longest = len + 1;
        }
    return longest;
}

/* All the places where an answer is opened, in the order of the text. */
static size_t find_marks(struct talk *talk, const struct filling *filling, const struct normal *text,
                         struct mark *ret)
{
    size_t count = 0;

    for (size_t at = 0; at < text->len && count < MARKS_MAX; at++) {
        if (!may_begin(text->text, at))
            continue;
        for (int ask = 0; ask < filling->ask_count; ask++) {
            size_t len = opener(talk, filling->asks[ask].question, text->text + at);

            if (len > 0) {
                ret[count++] = (struct mark){ at, at + len, ask };
                at += len - 1;
                break;
            }
        }
    }
    return count;
}

/* Takes one part as the answer of an ask: 无 is none where that may be. */
static bool take_part(struct talk *talk, struct filling *filling, int ask, const struct normal *text,
                      size_t from, size_t to)
{
    static const char *const nothing[] = { "无", "没有", "没", "none", "no", "nothing", "-" };
    const char *typed = text_original(talk->pool, text, from, to);
    struct normal plain = text_normal(talk->pool, typed);

    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
        if (strcmp(plain.text, nothing[i]) == 0 && !filling->asks[ask].question->required) {
            form_put(filling, ask, cJSON_CreateNull());
            return true;
        }
    return !*typed || form_take_text(talk, filling, ask, typed) == FILLED_ON;
}

/* What may be left out is left out. */
static void leave_out(struct filling *filling)
{
    for (int ask = 0; ask < filling->ask_count; ask++)
        if (!filling->asks[ask].question->required &&
            !cJSON_HasObjectItem(filling->answers, filling->asks[ask].id))
            form_put(filling, ask, cJSON_CreateNull());
}

bool filling_take_all(struct talk *talk, struct filling *filling, const char *text)
{
    struct normal normal = text_normal(talk->pool, text);
    struct mark marks[MARKS_MAX];
    size_t count = find_marks(talk, filling, &normal, marks);
    size_t head = count ? marks[0].from : normal.len;
    bool fine = true;

    if (count == 0 || (marks[0].ask != 0 && head > 0))
        fine = take_part(talk, filling, 0, &normal, 0, head);
    for (size_t i = 0; i < count && fine; i++)
        fine = take_part(talk, filling, marks[i].ask, &normal, marks[i].to,
                         i + 1 < count ? marks[i + 1].from : normal.len);
    if (count > 0)
        leave_out(filling);
    form_move_on(filling, -1);
    return fine && filling_complete(filling);
}
