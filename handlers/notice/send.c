/* A notice goes out: at once, at seven in the morning, or once more to those who have not read it. */
#include "bot/school/dialog.h"
#include "bot/school/names.h"
#include "bot/school/remind.h"
#include "handlers/notice/notice.h"

enum { MORNING = 7, WORTH = 3 * 86400, NAMES = 12, PAUSE = 600 };

/* The files that go with it; in the pool. False while one of them is still on its way here. */
static bool files_of(struct talk *talk, const struct notice *notice, struct attachment files[NOTICE_FILES],
                     size_t *ret_count)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT file FROM notice_file WHERE notice = ? ORDER BY position", "i", notice->id);

    *ret_count = 0;
    while (query_next(q) && *ret_count < NOTICE_FILES) {
        switch (files_get(talk->files, talk->pool, query_int(q, 0), &files[*ret_count])) {
        case FILES_HERE:
            ++*ret_count;
            break;
        case FILES_COMING:
            return false;
        case FILES_GONE:
            break;
        }
    }
    return true;
}

/* Adds the files to what was said last. */
static void add_files(struct talk *talk, const struct attachment *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        saying_file(talk, &files[i]);
}

/* Tells one trainee; whether that one can be reached. */
static bool tell_one(struct talk *talk, const struct notice *notice, const struct member *member,
                     const struct attachment *files, size_t count)
{
    struct reminder r = {
        .kind = "notice", .person = member->person, .class = notice->class, .until = talk->now + WORTH
    };
    bool told = tell(talk, member->person, "notice.told", "class", notice->class->title, "by", notice->by,
                     "text", notice->text, NULL);

    if (told) {
        button(talk, "notice.have_read", "notice:read:%" G_GINT64_FORMAT, notice->id);
        add_files(talk, files, count);
        remind_sent(talk, &r);
    }
    store_run(talk->store,
              "INSERT INTO notice_reader (notice, person, told) VALUES (?1, ?2, nullif(?3, 0))"
              " ON CONFLICT (notice, person) DO UPDATE SET told = coalesce(nullif(?3, 0), told)",
              "iii", notice->id, member->person, told ? talk->now : (int64_t)0);
    return told;
}

int64_t notice_send(struct talk *talk, const struct notice *notice, bool again, GPtrArray *missed)
{
    struct attachment files[NOTICE_FILES];
    size_t file_count, count;
    const struct member *members = members_of(talk, notice->class->id, ROLE_TRAINEE, &count);
    const char *lang = talk->lang;
    int64_t told = 0;

    files_of(talk, notice, files, &file_count);
    for (size_t i = 0; i < count; i++) {
        if (again &&
            store_int(
                talk->store, 0,
                "SELECT count(*) FROM notice_reader WHERE notice = ? AND person = ? AND read IS NOT NULL",
                "ii", notice->id, members[i].person))
            continue;
        if (tell_one(talk, notice, &members[i], files, file_count))
            told++;
        else
            g_ptr_array_add(missed, (char *)members[i].name);
    }
    if (!again && tell_group(talk, notice->class, "notice.group", "class", notice->class->title, "by",
                             notice->by, "text", notice->text, NULL))
        add_files(talk, files, file_count);
    talk->lang = lang;
    store_run(talk->store,
              "UPDATE notice SET state = ?, sent = CASE WHEN ? THEN sent ELSE ? END WHERE id = ?", "iiii",
              (int64_t)NOTICE_SENT, (int64_t)again, talk->now, notice->id);
    return told;
}

/* " 还没加入，收不到：…", or nothing. */
static const char *missed_words(struct talk *talk, const GPtrArray *missed)
{
    if (missed->len == 0)
        return "";
    return words(talk, "notice.missed", "n", num(talk, missed->len), "names", names_join(talk, missed, NAMES),
                 NULL);
}

/* Sends it for the speaker and says to how many. */
static void send_now(struct talk *talk, const struct notice *notice, bool again)
{
    struct attachment files[NOTICE_FILES];
    size_t count;

    if (!files_of(talk, notice, files, &count)) {
        say(talk, "notice.files_coming", NULL);
        button(talk, "notice.send", "notice:%s:%" G_GINT64_FORMAT, again ? "again" : "now", notice->id);
        return;
    }
    g_autoptr(GPtrArray) missed = g_ptr_array_new();
    int64_t told = notice_send(talk, notice, again, missed);

    if (!again)
        dialog_close(talk, talk->person);
    say(talk, again ? "notice.sent_again" : "notice.sent", "n", num(talk, told), "missed",
        missed_words(talk, missed), NULL);
    if (!again)
        saying_instead(talk);
}

/* The notice of a button that has not been sent yet. */
static bool unsent(struct talk *talk, const char *args, struct notice *ret)
{
    if (!notice_pressed(talk, args, ret))
        return false;
    if (ret->state == NOTICE_DRAFT || ret->state == NOTICE_WAITING)
        return true;
    say(talk, ret->state == NOTICE_SENT ? "notice.was_sent" : "stale", NULL);
    return false;
}

void notice_press_send(struct talk *talk, const char *args)
{
    struct notice notice;

    if (!unsent(talk, args, &notice))
        return;
    if (remind_quiet(talk, notice.class, talk->now))
        notice_preview(talk, &notice);
    else
        send_now(talk, &notice, false);
}

void notice_press_now(struct talk *talk, const char *args)
{
    struct notice notice;

    if (unsent(talk, args, &notice))
        send_now(talk, &notice, false);
}

void notice_press_morning(struct talk *talk, const char *args)
{
    struct notice notice;

    if (!unsent(talk, args, &notice))
        return;
    int64_t at = remind_awake(talk, notice.class, talk->now);

    store_run(talk->store, "UPDATE notice SET state = ?, sent = ? WHERE id = ?", "iii",
              (int64_t)NOTICE_WAITING, at, notice.id);
    timers_set(talk->timers, "notice.send", notice.id, at);
    dialog_close(talk, talk->person);
    say(talk, "notice.waits", "at", show_moment(talk, notice.class, at), NULL);
    saying_instead(talk);
    button(talk, "notice.now", "notice:now:%" G_GINT64_FORMAT, notice.id);
    button_beside(talk, "notice.drop", "notice:drop:%" G_GINT64_FORMAT, notice.id);
}

void notice_press_drop(struct talk *talk, const char *args)
{
    struct notice notice;

    if (!unsent(talk, args, &notice))
        return;
    store_run(talk->store, "UPDATE notice SET state = ? WHERE id = ?", "ii", (int64_t)NOTICE_DROPPED,
              notice.id);
    dialog_close(talk, talk->person);
    say(talk, "notice.dropped", NULL);
    saying_instead(talk);
}

void notice_press_again(struct talk *talk, const char *args)
{
    struct notice notice;

    if (!notice_pressed(talk, args, &notice))
        return;
    int64_t last =
        store_int(talk->store, 0, "SELECT max(told) FROM notice_reader WHERE notice = ?", "i", notice.id);

    if (notice.state != NOTICE_SENT)
        say(talk, "stale", NULL);
    else if (remind_quiet(talk, notice.class, talk->now))
        say(talk, "notice.quiet", NULL);
    else if (last && talk->now - last < PAUSE)
        say(talk, "notice.just_sent", "at", show_time(talk, notice.class, last), NULL);
    else
        send_now(talk, &notice, true);
}

void notice_fall_due(struct talk *talk, int64_t id, int64_t due)
{
    g_autoptr(GPtrArray) missed = g_ptr_array_new();
    struct notice notice;

    if (notice_by_id(talk, id, &notice) && notice.state == NOTICE_WAITING && notice.sent == due)
        notice_send(talk, &notice, false, missed);
}

void notice_press_read(struct talk *talk, const char *args)
{
    struct notice notice;

    if (!notice_by_id(talk, g_ascii_strtoll(args, NULL, 10), &notice)) {
        say(talk, "stale", NULL);
        return;
    }
    store_run(talk->store,
              "UPDATE notice_reader SET read = coalesce(read, ?) WHERE notice = ? AND person = ?", "iii",
              talk->now, notice.id, talk->person);
    if (store_changes(talk->store) == 0) {
        say(talk, "stale", NULL);
        return;
    }
    say(talk, "notice.noted", "class", notice.class->title, "by", notice.by, "text", notice.text, NULL);
    saying_instead(talk);
}
