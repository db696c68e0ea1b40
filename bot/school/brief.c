#include "bot/school/brief.h"

#include <string.h>

#include "bot/school/names.h"
#include "bot/school/school.h"

enum {
    EVENING = 20,
    NAMES = 8,       /* in one line of a brief one */
    NAMES_FULL = 60, /* a class */
    LINES = 3,       /* of one part of a brief one */
    SCREEN = 1700,   /* bytes that one screen takes; a WeCom message 2048 */
};

struct brief_line {
    struct brief_line *before;
    const char *text, *plain;
};

/* How the parts are called. */
static const char *const names_of_parts[BRIEF_PARTS] = {
    [BRIEF_CHANGED] = "changed", [BRIEF_MISSING] = "missing", [BRIEF_LATE] = "late",
    [BRIEF_BLOCKED] = "blocked", [BRIEF_WAITING] = "waiting", [BRIEF_RISK] = "risk",
    [BRIEF_WELL] = "well",       [BRIEF_OTHER] = "other",
};

struct brief *brief_make(struct talk *talk, const struct class *class, const char *day, bool week, bool full)
{
    struct brief *brief = pool_alloc(talk->pool, sizeof *brief);

    brief->class = class;
    brief->day = day;
    brief->first = week ? day_plus(talk, day, -6) : day;
    brief->since =
        week ? time_of(class, brief->first, 0, 0) : time_of(class, day_plus(talk, day, -1), EVENING, 0);
    brief->week = week;
    brief->full = full;
    for (const struct handler *const *handler = talk->school->handlers; *handler; handler++)
        if ((*handler)->digest)
            (*handler)->digest(talk, brief);
    return brief;
}

void brief_add(struct brief *brief, struct talk *talk, enum brief_part part, int64_t count, const char *line,
               const char *plain)
{
    struct brief_line *one = pool_alloc(talk->pool, sizeof *one);

    *one = (struct brief_line){ brief->lines[part], line, plain };
    brief->lines[part] = one;
    brief->counts[part] += count;
}

const char *brief_names(struct brief *brief, struct talk *talk, const GPtrArray *names)
{
    size_t most = brief->full ? NAMES_FULL : NAMES;

    brief->cut = brief->cut || names->len > most;
    return names_join(talk, names, most);
}

void brief_button(struct brief *brief, struct talk *talk, int roles, bool beside, const char *label,
                  const char *action_fmt, ...)
{
    va_list args;

    if (brief->button_count == BRIEF_BUTTONS)
        return;
    va_start(args, action_fmt);
    g_autofree char *action = g_strdup_vprintf(action_fmt, args);
    va_end(args);
    brief->buttons[brief->button_count++] = (struct brief_button){
        .label = label, .action = pool_strdup(talk->pool, action), .roles = roles, .beside = beside
    };
}

/* Appends one part, the first `most` of its lines; gives whether it left some out. */
static bool put_part(struct brief *brief, struct talk *talk, enum brief_part part, bool plain, size_t most,
                     GString *into)
{
    const char *heading = words(talk, pool_printf(talk->pool, "brief.%s", names_of_parts[part]), NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();

    for (struct brief_line *one = brief->lines[part]; one; one = one->before)
        if (!plain || one->plain)
            g_ptr_array_insert(lines, 0, (char *)(plain ? one->plain : one->text));
    for (size_t i = 0; i < lines->len && i < most; i++)
        g_string_append_printf(into, "%s%s\n", i ? "" : heading, (const char *)lines->pdata[i]);
    if (lines->len > most)
        g_string_append_printf(
            into, "%s\n", words(talk, "brief.left_out", "n", num(talk, lines->len - (int64_t)most), NULL));
    return lines->len > most;
}

const char *brief_text(struct brief *brief, struct talk *talk, bool plain)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool cut = false;

    for (size_t most = brief->full ? G_MAXSIZE : LINES; most > 0; most--) {
        g_string_truncate(text, 0);
        cut = false;
        for (int part = 0; part < BRIEF_PARTS; part++)
            cut |= put_part(brief, talk, (enum brief_part)part, plain, most, text);
        if (brief->full || text->len <= SCREEN)
            break;
    }
    brief->cut = brief->cut || cut;
    g_strchomp(text->str);
    return *text->str ? pool_strdup(talk->pool, text->str) : words(talk, "brief.nothing", NULL);
}

const char *brief_counts(struct brief *brief, struct talk *talk)
{
    static const enum brief_part counted[] = { BRIEF_MISSING, BRIEF_LATE, BRIEF_BLOCKED, BRIEF_WAITING,
                                               BRIEF_RISK };
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(counted); i++) {
        const char *key = pool_printf(talk->pool, "brief.count_%s", names_of_parts[counted[i]]);

        if (brief->counts[counted[i]] > 0)
            g_string_append_printf(text, "%s%s", text->len ? " · " : "",
                                   words(talk, key, "n", num(talk, brief->counts[counted[i]]), NULL));
    }
    return pool_strdup(talk->pool, text->str);
}
