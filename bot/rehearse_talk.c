/* What people say and hear in a rehearsal, and the clock that moves between. */
#include "bot/rehearse_private.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/locale.h"
#include "bot/core/loop.h"
#include "bot/school/codes.h"

enum { STEPS = 40 };

struct act {
    int64_t at, about;
    unsigned number;
    struct actor *who;
    act_run *run;
    char *what;
};

static void free_act(void *data)
{
    struct act *act = data;

    g_free(act->what);
    g_free(act);
}

/* By time, then in the order they were thought of. */
static int by_time(const void *a, const void *b, void *data)
{
    const struct act *one = a, *two = b;

    (void)data;
    if (one->at != two->at)
        return one->at < two->at ? -1 : 1;
    return one->number < two->number ? -1 : one->number > two->number;
}

void act_later(struct play *play, int64_t at, struct actor *who, act_run *run, const char *what,
               int64_t about)
{
    struct act *act = g_new0(struct act, 1);

    *act = (struct act){ MAX(at, clock_now()), about, play->act_count++, who, run, g_strdup(what) };
    if (!play->acts)
        play->acts = g_sequence_new(free_act);
    g_sequence_insert_sorted(play->acts, act, by_time, NULL);
}

bool chance(struct play *play, int in_hundred)
{
    return g_rand_int_range(play->chance, 0, 100) < in_hundred;
}

int64_t between(struct play *play, int64_t least, int64_t most)
{
    return most <= least ? least : g_rand_int_range(play->chance, (gint32)least, (gint32)most + 1);
}

/* --- running
 * ------------------------------------------------------------------------------------------------------- */

static bool is_answered(void *data)
{
    return !((const struct play *)data)->waiting;
}

static bool is_quiet(void *data)
{
    return loop_idle(((const struct play *)data)->school->loop);
}

static void on_moved(void *data, bool ok)
{
    struct play *play = data;

    check(play, CHECK_STORE, ok, "%s", line(play, "rehearse.fault_timer", NULL));
    play->waiting = false;
}

/* Moves the class clock and lets happen what falls due on the way; but not before what was ordered is made:
 * the clock must not outrun a picture that is being drawn. */
static void move_clock(struct play *play, int64_t to)
{
    loop_until(play->school->loop, is_quiet, play);
    play->waiting = true;
    timers_advance(play->school->timers, MAX(to, clock_now()), on_moved, play);
    loop_until(play->school->loop, is_answered, play);
}

/* Hears each line of a message that holds several reminders as the reminder that it is. */
static void hear_many(struct play *play, struct actor *who, const char *text, const cJSON *buttons)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **one = lines; *one; one++) {
        const char *key = reminder_of(play, *one);

        if (key)
            trainee_hears(play, who, key, *one, buttons);
    }
}

/* Lets people hear what was pushed since the last time, in order. */
static void hear(struct play *play)
{
    g_autoptr(query) q =
        store_query(play->school->store,
                    "SELECT id, chat, key, text, buttons, at, cause FROM outbox WHERE id > ? AND lane = ?"
                    " ORDER BY id",
                    "ii", play->seen, (int64_t)LANE_PUSH);

    while (query_next(q)) {
        struct actor *who = g_hash_table_lookup(play->accounts, query_text(q, 1));
        const char *key = query_text(q, 2), *text = query_text(q, 3), *buttons = query_text(q, 4);
        g_autoptr(cJSON) rows = buttons ? cJSON_Parse(buttons) : NULL;

        play->seen = query_int(q, 0);
        play->pushed++;
        if (!who || !key)
            continue;
        check_push(play, who, key, text, query_int(q, 5), query_int(q, 6) == 0);
        if (!who->habit)
            staff_hears(play, who, key, text, rows);
        else if (strcmp(key, "reminder.many") == 0)
            hear_many(play, who, text, rows);
        else
            trainee_hears(play, who, key, text, rows);
    }
}

bool play_until(struct play *play, int64_t until)
{
    while (!loop_stopping(play->school->loop)) {
        GSequenceIter *first = play->acts ? g_sequence_get_begin_iter(play->acts) : NULL;
        bool any = first && !g_sequence_iter_is_end(first);
        int64_t next = any ? ((struct act *)g_sequence_get(first))->at : G_MAXINT64;
        int64_t due = store_int(play->school->store, G_MAXINT64, "SELECT min(due) FROM timer", "");

        if (MIN(MIN(next, due), until) > clock_now() || due <= clock_now())
            move_clock(play, MIN(MIN(next, due), until));
        int64_t before = play->seen;

        hear(play);
        if (MIN(next, due) > until && play->seen == before)
            return true;
        if (play->seen != before || next > MIN(due, until))
            continue; /* what was heard may have brought something that comes first */
        struct act act = *(struct act *)g_sequence_get(first);

        act.what = g_strdup(act.what);
        g_sequence_remove(first);
        if (!act.who || !act.who->left)
            act.run(play, act.who, act.what, act.about);
        g_free(act.what);
    }
    return false;
}

/* --- saying
 * ------------------------------------------------------------------------------------------------------- */

static void on_answer(void *data, int status, const char *text)
{
    struct play *play = data;

    cJSON_Delete(play->answer);
    play->answer = status == 200 ? json_parse(text, strlen(text), 16) : NULL;
    play->waiting = false;
}

/* Whether an answer says that something went wrong on our side. */
static bool is_bad(const char *key)
{
    static const char *const bad[] = { "unknown",   "stale",       "not_allowed",
                                       "slow_down", "cannot_read", "unbound" };

    for (size_t i = 0; key && i < G_N_ELEMENTS(bad); i++)
        if (strcmp(key, bad[i]) == 0)
            return true;
    return !key || g_str_has_prefix(key, "error.");
}

/* Sends {field: words} and waits for the answer. */
static void send(struct play *play, struct actor *who, const char *field, const char *words)
{
    g_autoptr(cJSON) body = cJSON_CreateObject();

    cJSON_AddStringToObject(body, field, words);
    play->said++;
    play->waiting = true;
    web_play(play->web, body, who->account, on_answer, play);
    loop_until(play->school->loop, is_answered, play);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(play->answer, "replies"), 0);
    const char *key = json_text(first, "key");

    check(
        play, CHECK_ANSWERED, !is_bad(key), "%s",
        line(play, "rehearse.fault_answer", "name", who->name, "said", words, "key", key ? key : "-", NULL));
}

void says(struct play *play, struct actor *who, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);

    va_end(args);
    send(play, who, "text", text);
}

void presses(struct play *play, struct actor *who, const char *action)
{
    send(play, who, "action", action);
}

const cJSON *answered(struct play *play, const char *key)
{
    const cJSON *one, *replies = cJSON_GetObjectItemCaseSensitive(play->answer, "replies");
    bool prefix = g_str_has_suffix(key, ".");

    cJSON_ArrayForEach(one, replies)
    {
        const char *its = json_text(one, "key");

        if (its && (prefix ? g_str_has_prefix(its, key) : strcmp(its, key) == 0))
            return one;
    }
    return NULL;
}

const char *answered_text(struct play *play, const char *key)
{
    const cJSON *one = answered(play, key);
    const char *text = one ? json_text(one, "text") : NULL;

    return text ? text : "";
}

const char *action_of(struct play *play, const cJSON *buttons, const char *label_key)
{
    const char *label = locale_raw(play->lang, label_key);
    const cJSON *row, *one;

    cJSON_ArrayForEach(row, buttons)
    {
        cJSON_ArrayForEach(one, row)
        {
            const char *text = json_text(one, "text");

            if (text && label && strcmp(text, label) == 0)
                return json_text(one, "action");
        }
    }
    return NULL;
}

/* The last answer that has buttons or a key of its own. */
static const cJSON *last_answer(struct play *play)
{
    const cJSON *replies = cJSON_GetObjectItemCaseSensitive(play->answer, "replies");

    return cJSON_GetArrayItem(replies, cJSON_GetArraySize(replies) - 1);
}

bool presses_label(struct play *play, struct actor *who, const char *label_key)
{
    const cJSON *one, *replies = cJSON_GetObjectItemCaseSensitive(play->answer, "replies");

    cJSON_ArrayForEach(one, replies)
    {
        const char *action = action_of(play, cJSON_GetObjectItemCaseSensitive(one, "buttons"), label_key);

        if (action) {
            g_autofree char *copy = g_strdup(action);

            presses(play, who, copy);
            return true;
        }
    }
    return false;
}

/* --- answering what is asked
 * ----------------------------------------------------------------------------------------- */

/* Presses one of the choices of a question: the better, the higher up. False when it has none. */
static bool chooses(struct play *play, struct actor *who, const cJSON *buttons, int merit)
{
    static const char *const no_choice[] = { "buttons.back", "buttons.skip", "buttons.cancel" };
    const char *actions[8], *found;
    const cJSON *row, *one;
    int count = 0;

    cJSON_ArrayForEach(row, buttons)
    {
        cJSON_ArrayForEach(one, row)
        {
            bool choice = count < (int)G_N_ELEMENTS(actions);

            found = json_text(one, "action");
            for (size_t i = 0; i < G_N_ELEMENTS(no_choice); i++)
                choice = choice && g_strcmp0(found, action_of(play, buttons, no_choice[i])) != 0;
            if (choice)
                actions[count++] = found;
        }
    }
    if (count == 0)
        return false;
    int best = merit >= 60 ? 0 : count / 3;
    g_autofree char *action = g_strdup(actions[MIN(count - 1, best + (int)between(play, 0, 1))]);

    presses(play, who, action);
    return true;
}

void follows(struct play *play, struct actor *who, const char *text, int merit)
{
    static const char *const enough[] = { "form.send", "homework.done", "homework.as_it_is",
                                          "homework.replace" };

    for (int step = 0; step < STEPS; step++) {
        const cJSON *reply = last_answer(play);
        const char *key = reply ? json_text(reply, "key") : NULL;
        bool pressed = false;

        for (size_t i = 0; !pressed && i < G_N_ELEMENTS(enough); i++)
            pressed = presses_label(play, who, enough[i]);
        if (pressed)
            continue;
        if (!key || strcmp(key, "form.ask") != 0)
            return;
        const cJSON *buttons = cJSON_GetObjectItemCaseSensitive(reply, "buttons");
        bool may_skip = action_of(play, buttons, "buttons.skip") != NULL;

        if (chooses(play, who, buttons, merit))
            continue;
        if (may_skip && chance(play, 60))
            presses_label(play, who, "buttons.skip");
        else
            says(play, who, "%s", text);
    }
}

struct wanted {
    const char *lang, *word;
};

static void take_word(void *data, const char *lang, const char *word_)
{
    struct wanted *wanted = data;

    if (!wanted->word && strcmp(lang, wanted->lang) == 0)
        wanted->word = word_;
}

const char *word(struct play *play, const char *command)
{
    g_autofree char *key = g_strdup_printf("commands.%s", command);
    struct wanted wanted = { play->lang, NULL };

    locale_words(key, take_word, &wanted);
    return wanted.word ? wanted.word : command;
}
