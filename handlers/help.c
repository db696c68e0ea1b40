/* 帮助: what this person can do now, made from the table; the language; and the words that are left alone. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/dispatch.h"
#include "bot/school/school.h"
#include "bot/school/words.h"

enum { SHOWN_MAX = 12, BUTTONS_SHOWN = 8 };

/* One line for each: its word, and what it does (help_lines.NAME in the locales). */
static const char *lines_of(struct talk *talk, const struct command **commands, size_t count)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; i < count; i++) {
        const char *key = pool_printf(talk->pool, "help_lines.%s", commands[i]->name);

        if (locale_raw(talk->lang, key))
            g_string_append_printf(text, "\n%s", words(talk, key, NULL));
    }
    return pool_strdup(talk->pool, text->str);
}

static void show_help(struct talk *talk)
{
    const struct command *commands[SHOWN_MAX];

    if (!talk->account) {
        say_unbound(talk);
        return;
    }
    size_t count = dispatch_ranked(talk, commands, SHOWN_MAX);

    for (size_t i = 0; i < count; i++) /* help itself is what is being read */
        if (commands[i]->run == show_help) {
            memmove(&commands[i], &commands[i + 1], (count - i - 1) * sizeof *commands);
            count--;
        }

    say(talk, "help", "name", talk->name, "class", talk->class ? talk->class->title : "", "lines",
        lines_of(talk, commands, count), NULL);
    for (size_t i = 0; i < MIN(count, (size_t)BUTTONS_SHOWN) && !talk->update->group; i++) {
        const char *label = words_title(talk->school->words, commands[i], talk->lang);

        if (i % 2)
            button_named_beside(talk, label, "do:%s", commands[i]->name);
        else
            button_named(talk, label, "do:%s", commands[i]->name);
    }
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
    .actions = { { .verb = "lang", .run = set_language } },
};
