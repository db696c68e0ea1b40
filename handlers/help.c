/* 帮助: what this person can do now, made from the table; the language; and the words that are left alone. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/dispatch.h"
#include "bot/school/school.h"
#include "bot/school/words.h"

enum { ALL_MAX = 80, FIRST = 8 /* on the first page */, KIN = 10 /* ranks of one group */ };

/* One line for each: its word, and what it does (help_lines.NAME in the locales); with an empty line between
 * groups when `grouped`. */
static const char *lines_of(struct talk *talk, const struct command **commands, size_t count, bool grouped)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int group = -1;

    for (size_t i = 0; i < count; i++) {
        const char *key = pool_printf(talk->pool, "help_lines.%s", commands[i]->name);
        const char *staff = pool_printf(talk->pool, "help_staff.%s", commands[i]->name);

        if (talk->member && talk->member->role & ROLE_STAFF && locale_raw(talk->lang, staff))
            key = staff;
        if (!locale_raw(talk->lang, key))
            continue;
        if (grouped && group >= 0 && commands[i]->rank / KIN != group)
            g_string_append_c(text, '\n');
        group = commands[i]->rank / KIN;
        g_string_append_printf(text, "\n%s", words(talk, key, NULL));
    }
    return pool_strdup(talk->pool, text->str);
}

static void show_help(struct talk *talk);

/* What the speaker can do now, the most usual first; help itself is what is being read. */
static size_t ranked(struct talk *talk, const struct command *ret[ALL_MAX])
{
    size_t count = dispatch_ranked(talk, ret, ALL_MAX);

    for (size_t i = 0; i < count; i++)
        if (ret[i]->run == show_help) {
            memmove(&ret[i], &ret[i + 1], (count - i - 1) * sizeof(const struct command *));
            count--;
        }
    return count;
}

static void show_help(struct talk *talk)
{
    const struct command *commands[ALL_MAX];

    if (!talk->account) {
        say_unbound(talk);
        return;
    }
    size_t all = ranked(talk, commands), count = MIN(all, (size_t)FIRST);

    say(talk, "help", "name", talk->name, "class", talk->class ? talk->class->title : "", "lines",
        lines_of(talk, commands, count, false), NULL);
    if (talk->update->group)
        return;
    for (size_t i = 0; i < count; i++) {
        const char *label = words_title(talk->school->words, commands[i], talk->lang);

        if (i % 2)
            button_named_beside(talk, label, "do:%s", commands[i]->name);
        else
            button_named(talk, label, "do:%s", commands[i]->name);
    }
    if (all > count)
        button(talk, "buttons.more", "help:more");
}

/* The rest of it, in groups. */
static void show_rest(struct talk *talk, const char *args)
{
    const struct command *commands[ALL_MAX];
    size_t all = ranked(talk, commands), from = MIN(all, (size_t)FIRST);

    (void)args;
    say(talk, "help_more.rest", "lines", lines_of(talk, commands + from, all - from, true), NULL);
}

/* 谢谢 and 好的 are left alone. */
static void leave_alone(struct talk *talk)
{
    (void)talk;
}

/* The language somebody names: 中文, en, English; NULL when we do not have it. */
static const char *language_named(const char *wanted)
{
    if (strstr(wanted, "中") || strstr(wanted, "汉") || g_str_has_prefix(wanted, "zh"))
        return LOCALE_DEFAULT;
    if (strstr(wanted, "英") || g_str_has_prefix(wanted, "en"))
        return "en";
    return NULL;
}

static void set_language(struct talk *talk, const char *wanted)
{
    const char *lang = language_named(wanted);

    if (!lang) {
        say(talk, "lang.ask", NULL);
        button_named(talk, "中文", "help:lang:zh-CN");
        button_named_beside(talk, "English", "help:lang:en");
        return;
    }
    store_run(talk->store, "UPDATE person SET lang = ? WHERE id = ?", "si", lang, talk->person);
    talk->lang = lang;
    say(talk, "lang.set", NULL);
}

static void choose_language(struct talk *talk)
{
    set_language(talk, *talk->args.rest ? talk->args.text.text : "");
}

const struct handler help = {
    .name = "help",
    .commands = { { .name = "help", .needs = NEEDS_NOBODY | OVER_DIALOG, .run = show_help, .rank = 90 },
                  { .name = "lang", .args = "REST?", .run = choose_language },
                  { .name = "thanks", .needs = NEEDS_NOBODY, .run = leave_alone } },
    .actions = { { .verb = "lang", .run = set_language }, { .verb = "more", .run = show_rest } },
};
