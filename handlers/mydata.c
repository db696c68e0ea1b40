/* 我的数据: what is recorded about the speaker, by kind, in a few lines; all of it follows as a file. */
#include "bot/school/belongings.h"
#include "bot/school/mine.h"
#include "bot/school/handler.h"
#include "bot/school/paper_send.h"

/* The class in whose name the file is made: the one that is spoken in, else the last one; 0 none. */
static int64_t class_of(struct talk *talk)
{
    return talk->class ? talk->class->id
                       : store_int(talk->store, 0, "SELECT max(class) FROM member WHERE person = ?", "i",
                                   talk->person);
}

/* How many rows of each kind there are; those in all. */
static int64_t count_kinds(struct talk *talk, int64_t ret_counts[MINE_KINDS])
{
    g_autoptr(belongings) all = belongings_new(talk->store, talk->person);
    int64_t sum = 0;
    const char *table;

    while ((table = belongings_table(all))) {
        ret_counts[mine_kind_of(table)] += belongings_count(all);
        sum += belongings_count(all);
    }
    if (belongings_failed(all))
        store_fail(talk->store);
    return sum;
}

static void show(struct talk *talk)
{
    int64_t counts[MINE_KINDS] = { 0 }, sum = count_kinds(talk, counts), class_id = class_of(talk);
    g_autoptr(GString) lines = g_string_new(NULL);

    for (int kind = 0; kind < MINE_KINDS; kind++)
        if (counts[kind])
            g_string_append_printf(lines, "\n%s",
                                   words(talk, "mydata.line", "kind", words(talk, mine_name(kind), NULL), "n",
                                         num(talk, counts[kind]), "seen", words(talk, mine_seen(kind), NULL),
                                         "kept", words(talk, mine_kept(kind), NULL), NULL));
    say(talk, "mydata.summary", "n", num(talk, sum), "lines", lines->str, NULL);
    button(talk, "mydata.erase", "do:erase_me");
    if (class_id)
        paper_send_to(talk, talk->person, PAPER_MINE, class_id, talk->person);
}

const struct handler mydata = {
    .name = "mydata",
    .commands = { { .name = "mydata", .needs = NEEDS_PRIVATE, .run = show, .rank = 75 } },
};
