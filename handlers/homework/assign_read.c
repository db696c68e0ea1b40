/* What is read from 布置作业: title, task, due time and cut-off, in any order that people write them. */
#include "handlers/homework/assign.h"

#include <string.h>

enum { TITLE_MAX = 180, TASK_MAX = 3000, LEAST_TIME = 2 * 60 * 60 };

/* Notes a due time that was said, or why it cannot be. */
static void take_due(struct talk *talk, struct assigning *a, int64_t at)
{
    a->said = at;
    if (at <= talk->now) {
        a->fault = ASSIGNING_PAST;
        return;
    }
    a->due = homework_settled(talk, talk->class, at);
    a->session = a->taught = 0;
}

/* The words behind 截止 or 补交到: the time, and what is no part of it, for the task. */
static const char *take_time(struct talk *talk, struct assigning *a, const char *words_of_time, bool cutoff)
{
    struct normal text = text_normal(talk->pool, words_of_time);
    struct when when;
    int64_t at = 0;

    switch (homework_when(talk, &text, &when, &at)) {
    case WHEN_NONE:
        return words_of_time;
    case WHEN_IMPOSSIBLE:
        a->fault = ASSIGNING_IMPOSSIBLE;
        return "";
    case WHEN_READ:
        break;
    }
    if (cutoff)
        a->cutoff = at;
    else
        take_due(talk, a, at);
    return when_rest(talk->pool, &text, &when);
}

/* Two pieces of a text with a blank between. */
static const char *joined(struct talk *talk, const char *a, const char *b)
{
    return *a && *b ? pool_printf(talk->pool, "%s %s", a, b) : *a ? a : b;
}

/* Cuts the word of `list` out of a line with what follows it up to `end`, where it stands; *ret_behind is
 * what followed. Gives what stood before it, NULL when it does not stand there. */
static const char *cut(struct talk *talk, const char *line, const char *list, const char **ret_behind)
{
    struct normal text = text_normal(talk->pool, line);
    size_t len, at = homework_finds(talk, text.text, list, &len);

    if (len == 0)
        return NULL;
    *ret_behind = at + len < text.len ? text_original(talk->pool, &text, at + len, text.len) : "";
    return at > 0 ? text_original(talk->pool, &text, 0, at) : "";
}

/* A time without a word before it: 布置作业 上架产品 周五20:00. It has to end the line, or be a time of the
 * clock. */
static const char *take_bare_time(struct talk *talk, struct assigning *a, const char *line)
{
    struct normal text = text_normal(talk->pool, line);
    struct when when;
    int64_t at = 0;
    enum when_reading reading = homework_when(talk, &text, &when, &at);

    if (reading != WHEN_READ || (when.to < text.len && !when.spans[0].clock))
        return line;
    take_due(talk, a, at);
    return when_rest(talk->pool, &text, &when);
}

/* Takes the times out of a line; gives what is left of it. */
static const char *take_times(struct talk *talk, struct assigning *a, const char *line, bool times_only)
{
    const char *behind = "", *before = cut(talk, line, "homework.cutoff_words", &behind);

    if (before)
        line = joined(talk, before, take_time(talk, a, behind, true));
    before = cut(talk, line, "homework.due_words", &behind);
    if (before)
        return joined(talk, before, take_time(talk, a, behind, false));
    if (a->due || a->fault)
        return line;
    before = cut(talk, line, "homework.pre_words", &behind);
    if (before && assigning_by_session(talk, a, true))
        return joined(talk, before, behind);
    before = cut(talk, line, "homework.post_words", &behind);
    if (before && assigning_by_session(talk, a, false))
        return joined(talk, before, behind);
    return times_only || !*a->title ? take_bare_time(talk, a, line) : line;
}

void assigning_read(struct talk *talk, struct assigning *a, const char *text, bool times_only)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

    a->fault = ASSIGNING_FINE;
    for (size_t i = 0; lines[i]; i++) {
        const char *line = pool_strdup(talk->pool, g_strstrip(lines[i]));
        const char *left = take_times(talk, a, line, times_only);

        if (!text_says_something(left))
            continue;
        if (!*a->title)
            a->title = text_clean(talk->pool, left, strlen(left), TITLE_MAX);
        else
            a->task = *a->task ? pool_printf(talk->pool, "%s\n%s", a->task, left) : left;
    }
    a->task = text_clean(talk->pool, a->task, strlen(a->task), TASK_MAX);
    if (a->cutoff && a->due && a->cutoff < a->due) {
        a->fault = ASSIGNING_CUTOFF;
        a->said = a->cutoff;
        a->cutoff = 0;
    }
}

/* The first session the query gives, as this homework's; false when it is due too soon or there is none. */
static bool by(struct talk *talk, struct assigning *a, bool pre, int64_t session)
{
    int64_t taught = 0, due = session ? homework_due_by_session(talk, talk->class, pre, session, &taught) : 0;

    if (due <= talk->now + (pre ? 0 : LEAST_TIME))
        return false;
    a->kind = pre ? "pre" : "post";
    a->session = session;
    a->taught = taught;
    a->due = due;
    return true;
}

bool assigning_by_session(struct talk *talk, struct assigning *a, bool pre)
{
    int64_t next = store_int(talk->store, 0,
                             "SELECT id FROM session WHERE class = ? AND state = 'on' AND starts > ?"
                             " ORDER BY starts LIMIT 1",
                             "ii", talk->class->id, talk->now);
    int64_t last = store_int(talk->store, 0,
                             "SELECT id FROM session WHERE class = ? AND state = 'on' AND starts <= ?"
                             " ORDER BY starts DESC LIMIT 1",
                             "ii", talk->class->id, talk->now);

    if (pre)
        return by(talk, a, true, next);
    return by(talk, a, false, last) || by(talk, a, false, next);
}
