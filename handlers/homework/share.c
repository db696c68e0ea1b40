/* The best work, without its author's name, and only when the author says yes; the author may take it back.
 * The class is told when the due time is over: nobody copies it. What is sent is a button, so that what is
 * taken back is not shown any more. */
#include <string.h>

#include "bot/school/remind.h"
#include "handlers/homework/grade.h"

enum { WORTH = 7 * 24 * 60 * 60, FILES_SHOWN = 12, AFTER_DUE = 60, SHOWN = 3 };

/* --- asking the author
 * -------------------------------------------------------------------------------------------- */

void homework_press_share(struct talk *talk, const char *args)
{
    struct handin in;
    struct homework hw;

    if (!handin_pressed(talk, g_ascii_strtoll(args, NULL, 10), &in, &hw))
        return;
    store_run(talk->store,
              "INSERT INTO sharing (submission, asker, asked) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", "iii",
              in.id, talk->member->id, talk->now);
    if (store_changes(talk->store) == 0) {
        say(talk, "homework.share_again", "who", in.name, NULL);
        return;
    }
    say(talk, "homework.share_asked", "who", in.name, "name", homework_name(talk, &hw), NULL);
    homework_ask_author(talk, in.id, talk->now);
}

void homework_ask_author(struct talk *talk, int64_t id, int64_t due)
{
    struct handin in;
    struct homework hw;
    const char *lang = talk->lang;

    (void)due;
    if (!handin_load(talk, id, &in) || !homework_load(talk, in.homework, &hw))
        return;
    const struct class *class = class_by_id(talk, hw.class_id);
    struct reminder r = { .kind = "homework.share",
                          .person = in.person,
                          .class = class,
                          .until = talk->now + WORTH,
                          .must = true };
    int64_t awake = remind_awake(talk, class, talk->now);

    if (awake > talk->now) {
        timers_set(talk->timers, "homework.share", id, awake);
    } else if (remind_may(talk, &r) &&
               tell(talk, r.person, "homework.share_may", "name", homework_name(talk, &hw), NULL)) {
        remind_sent(talk, &r);
        button(talk, "homework.share_yes", "homework:mayshare:%" G_GINT64_FORMAT, id);
        button_beside(talk, "homework.share_no", "homework:noshare:%" G_GINT64_FORMAT, id);
    }
    talk->lang = lang;
}

/* The speaker's own hand-in that a button of the question is about; false after saying that it is stale. */
static bool own(struct talk *talk, const char *args, struct homework *ret, int64_t *ret_id)
{
    *ret_id = g_ascii_strtoll(args, NULL, 10);
    int64_t id =
        store_int(talk->store, 0,
                  "SELECT s.homework FROM sharing h JOIN submission s ON s.id = h.submission"
                  " JOIN member m ON m.id = s.member WHERE s.id = ? AND m.person = ? AND m.left IS NULL",
                  "ii", *ret_id, talk->person);

    return homework_pressed(talk, num(talk, id), ROLE_TRAINEE, ret);
}

/* Writes the author's answer. */
static void answer(struct talk *talk, int64_t id, bool agreed)
{
    store_run(talk->store, "UPDATE sharing SET agreed = ?, answered = ? WHERE submission = ?", "iii",
              (int64_t)agreed, talk->now, id);
}

void homework_press_may_share(struct talk *talk, const char *args)
{
    struct homework hw;
    int64_t id;

    if (!own(talk, args, &hw, &id))
        return;
    int64_t class_due = store_int(talk->store, 0, "SELECT due FROM homework WHERE id = ?", "i", hw.id);

    answer(talk, id, true);
    say(talk, talk->now > class_due ? "homework.share_now" : "homework.share_later", "name",
        homework_name(talk, &hw), "due", show_moment(talk, talk->class, class_due), NULL);
    saying_instead(talk);
    button(talk, "homework.share_back", "homework:noshare:%" G_GINT64_FORMAT, id);
    timers_set(talk->timers, "homework.shared", id, MAX(talk->now, class_due + AFTER_DUE));
}

void homework_press_no_share(struct talk *talk, const char *args)
{
    struct homework hw;
    int64_t id;

    if (!own(talk, args, &hw, &id))
        return;
    bool told =
        store_int(talk->store, 0, "SELECT coalesce(told, 0) FROM sharing WHERE submission = ?", "i", id) > 0;

    answer(talk, id, false);
    say(talk, told ? "homework.share_taken_back" : "homework.share_refused", NULL);
    saying_instead(talk);
}

/* --- the class
 * ----------------------------------------------------------------------------------------------------- */

void homework_tell_shared(struct talk *talk, int64_t id, int64_t due)
{
    struct handin in;
    struct homework hw;
    size_t count;
    const char *lang = talk->lang;

    (void)due;
    if (!handin_load(talk, id, &in) || !homework_load(talk, in.homework, &hw) ||
        !store_int(talk->store, 0, "SELECT agreed = 1 AND told IS NULL FROM sharing WHERE submission = ?",
                   "i", id))
        return;
    const struct class *class = class_by_id(talk, hw.class_id);
    int64_t awake = remind_awake(talk, class, MAX(talk->now, hw.due + 1));

    if (awake > talk->now) {
        timers_set(talk->timers, "homework.shared", id, awake);
        return;
    }
    store_run(talk->store, "UPDATE sharing SET told = ? WHERE submission = ?", "ii", talk->now, id);
    struct member *trainees = members_of(talk, hw.class_id, ROLE_TRAINEE, &count);

    for (size_t i = 0; i < count; i++) {
        struct reminder r = { .kind = "homework.shared",
                              .person = trainees[i].person,
                              .class = class,
                              .until = talk->now + WORTH };

        if (trainees[i].person == in.person || !remind_may(talk, &r) ||
            !tell(talk, r.person, "homework.shared_news", "name", homework_name(talk, &hw), NULL))
            continue;
        remind_sent(talk, &r);
        button(talk, "homework.see_best", "homework:best:%" G_GINT64_FORMAT, hw.id);
    }
    talk->lang = lang;
}

bool homework_has_best(struct talk *talk, int64_t homework)
{
    return store_int(talk->store, 0,
                     "SELECT count(*) FROM sharing h JOIN submission s ON s.id = h.submission"
                     " WHERE s.homework = ? AND h.agreed = 1 AND h.told IS NOT NULL",
                     "i", homework) > 0;
}

/* What was written, without the author's own name in it. */
static const char *nameless(struct talk *talk, const char *text, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(text, name, 0);
    g_autofree char *whole = g_strjoinv("＊＊", parts);

    return pool_strdup(talk->pool, whole);
}

/* Shows one of them: its text and files, under names that tell nothing. */
static void show_one(struct talk *talk, const struct homework *hw, int64_t id, const char *text,
                     const char *author)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT file FROM submission_file WHERE submission = ? ORDER BY position LIMIT ?", "ii",
        id, (int64_t)FILES_SHOWN);
    const char *said = nameless(talk, text, author);
    int count = 0;

    say(talk, "homework.example_of", "name", homework_name(talk, hw), "text", said, NULL);
    while (query_next(q)) {
        struct attachment file;

        if (files_get(talk->files, talk->pool, query_int(q, 0), &file) != FILES_HERE)
            continue;
        if (count > 0 && count % SAYING_FILES == 0)
            say(talk, "homework.example_more", "name", homework_name(talk, hw), NULL);
        const char *dot = strrchr(file.name, '.');

        file.name =
            pool_printf(talk->pool, "%d-%d%s", hw->number, ++count, dot && strlen(dot) < 8 ? dot : "");
        saying_file(talk, &file);
    }
}

void homework_press_best(struct talk *talk, const char *args)
{
    struct homework hw;

    if (!homework_pressed(talk, args, ROLE_ALL, &hw))
        return;
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT s.id, s.text, p.name FROM sharing h JOIN submission s ON s.id = h.submission"
                    " JOIN member m ON m.id = s.member JOIN person p ON p.id = m.person"
                    " WHERE s.homework = ? AND h.agreed = 1 AND h.told IS NOT NULL ORDER BY h.told LIMIT ?",
                    "ii", hw.id, (int64_t)SHOWN);
    bool any = false;

    for (; query_next(q); any = true)
        show_one(talk, &hw, query_int(q, 0), query_text(q, 1), query_text(q, 2));
    if (!any)
        say(talk, "homework.example_none", "name", homework_name(talk, &hw), NULL);
}
