/* From the syllabus to what trainees are told: drafts, the offer after the session, publishing. */
#include "handlers/homework/homework.h"

#include <string.h>

#include "bot/core/log.h"
#include "bot/school/dialog.h"
#include "bot/school/remind.h"

enum {
    DAY = 24 * 60 * 60,
    LEAST_NOTICE =
        2 * 60 * 60, /* published later than this before its default due time, it is due a day later */
    OFFER_LASTS = 3 * DAY,
    TASK_MAX = 3000,
    PRE_HOUR = 20,
};

struct session {
    int64_t starts, ends;
    const char *title; /* normalised, without blanks */
};

struct theme {
    const char *title, *plain, *outline; /* plain: as session.title */
    bool pre;                            /* its row in the syllabus says that it is done before class */
};

/* A title as it is compared: normalised, without blanks. */
static const char *plain_title(struct talk *talk, const char *title)
{
    struct normal normal = text_normal(talk->pool, title);
    char *to = normal.text;

    for (const char *from = normal.text; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = 0;
    return normal.text;
}

/* True when every character of `part` stands in `whole`: 上架产品 in 产品上架. */
static bool made_from(const char *part, const char *whole)
{
    for (const char *at = part; *at; at = g_utf8_next_char(at)) {
        char one[8] = { 0 };

        memcpy(one, at, (size_t)(g_utf8_next_char(at) - at));
        if (!strstr(whole, one))
            return false;
    }
    return true;
}

/* Whether a session goes on with a theme by teaching a point of its outline: 运费模板设置指导 of
 * 速卖通运费模板设置. */
static bool goes_on_with(struct talk *talk, const struct theme *theme, const char *session)
{
    const char *guided = g_str_has_suffix(session, "指导")
                             ? pool_strndup(talk->pool, session, strlen(session) - strlen("指导"))
                             : session;
    g_auto(GStrv) points = g_strsplit_set(plain_title(talk, theme->outline), ";,\n", 0); /* ； is ; there */

    if (g_utf8_strlen(guided, -1) < 3)
        return false;
    for (size_t i = 0; points[i]; i++)
        if (*points[i] && made_from(guided, points[i]))
            return true;
    return false;
}

/* Whether the session bears the title of a theme. */
static bool is_titled(const GArray *themes, const char *session)
{
    for (guint i = 0; i < themes->len; i++)
        if (strcmp(g_array_index(themes, struct theme, i).plain, session) == 0)
            return true;
    return false;
}

/* When a theme's last session ends; 0 when the timetable has none. Sessions of its title count, and those
 * after them, up to the next theme, that teach a point of its outline. */
static int64_t taught_by(struct talk *talk, const GArray *themes, const struct theme *theme,
                         const GArray *sessions)
{
    int64_t taught = 0;
    guint i = 0, last = 0;

    for (i = 0; i < sessions->len; i++) {
        const struct session *session = &g_array_index(sessions, struct session, i);

        if (strcmp(session->title, theme->plain) == 0) {
            taught = session->ends;
            last = i;
        }
    }
    if (!taught)
        return 0;
    for (i = last + 1; i < sessions->len; i++) {
        const struct session *session = &g_array_index(sessions, struct session, i);

        if (is_titled(themes, session->title))
            break;
        if (goes_on_with(talk, theme, session->title))
            taught = session->ends;
    }
    return taught;
}

/* Writes when it is due, and until when it may be handed in. */
static void set_due(struct talk *talk, const struct class *class, int64_t id, int64_t taught, int64_t due)
{
    store_run(
        talk->store,
        "UPDATE homework SET taught = nullif(?, 0), due = nullif(?, 0), cutoff = nullif(?, 0) WHERE id = ?",
        "iiii", taught, due, due ? homework_cutoff_of(talk, class, due) : 0, id);
}

/* Brings homework that is done before class in line with the timetable: due when the first session of its
 * theme begins, offered when the one before that is over, or the evening before its day. */
static void sync_pre(struct talk *talk, const struct class *class, const struct theme *theme,
                     const GArray *sessions, int64_t id)
{
    int64_t due = 0, offered = 0;
    struct homework hw;

    for (guint i = 0; i < sessions->len && !due; i++) {
        const struct session *session = &g_array_index(sessions, struct session, i);

        if (strcmp(session->title, theme->plain) == 0)
            due = session->starts;
        else
            offered = session->ends;
    }
    if (!homework_load(talk, id, &hw) || hw.state == HOMEWORK_NONE || due == hw.due ||
        (hw.state == HOMEWORK_OPEN && MIN(hw.due, due) <= talk->now))
        return;
    store_run(talk->store, "UPDATE homework SET kind = 'pre' WHERE id = ?", "i", id);
    set_due(talk, class, id, 0, due);
    if (hw.state == HOMEWORK_OPEN && homework_load(talk, id, &hw))
        homework_set_reminders(talk, class, &hw);
    timers_cancel(talk->timers, "homework.offer", id);
    if (hw.state == HOMEWORK_DRAFT && due > talk->now)
        timers_set(talk->timers, "homework.offer", id,
                   MAX(talk->now,
                       offered ? offered
                               : time_of(class, day_plus(talk, day_of(talk, class, due), -1), PRE_HOUR, 0)));
}

/* Brings one theme's homework in line with the timetable; makes its draft when it has none. */
static void sync_theme(struct talk *talk, const struct class *class, const struct theme *theme,
                       const GArray *sessions, int64_t taught)
{
    int64_t id = store_int(talk->store, 0, "SELECT id FROM homework WHERE class = ? AND theme = ?", "is",
                           class->id, theme->title);
    bool fresh = id == 0;
    struct homework hw;

    if (fresh) {
        store_run(talk->store,
                  "INSERT INTO homework (class, number, theme, title, task)"
                  " SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?2, ?3 FROM homework WHERE class = ?1",
                  "iss", class->id, theme->title, theme->outline);
        id = store_last_id(talk->store);
    }
    if (theme->pre) {
        sync_pre(talk, class, theme, sessions, id);
        return;
    }
    if (!homework_load(talk, id, &hw) || hw.state == HOMEWORK_NONE)
        return;
    if (taught == hw.taught || (hw.state == HOMEWORK_OPEN && taught <= talk->now))
        return;
    set_due(talk, class, id, taught, taught ? homework_due_after(talk, class, taught) : 0);
    if (hw.state == HOMEWORK_OPEN && homework_load(talk, id, &hw))
        homework_set_reminders(talk, class, &hw);
    if (hw.state == HOMEWORK_DRAFT && taught && (taught > talk->now || !fresh)) {
        timers_cancel(talk->timers, "homework.offer", id);
        timers_set(talk->timers, "homework.offer", id, taught);
    }
}

/* Whether how a theme is taught or assessed says that its homework is done before class: 课前, pre,
 * pre-class. */
static bool says_pre(struct talk *talk, const char *text)
{
    const char *plain = text_normal(talk->pool, text).text, *at = strstr(plain, "pre");

    return strstr(plain, "课前") ||
           (at && (at == plain || !g_ascii_isalpha(at[-1])) && !g_ascii_isalpha(at[3]));
}

void homework_sync(struct talk *talk, int64_t class_id)
{
    const struct class *class = class_by_id(talk, class_id);
    g_autoptr(GArray) themes = g_array_new(FALSE, FALSE, sizeof(struct theme));
    g_autoptr(GArray) sessions = g_array_new(FALSE, FALSE, sizeof(struct session));
    g_autoptr(query) t =
        store_query(talk->store,
                    "SELECT title, outline, coalesce(mode, '') || ' ' || coalesce(assessment, '') FROM theme "
                    "WHERE class = ? ORDER BY position, id",
                    "i", class_id);
    g_autoptr(query) s = store_query(
        talk->store,
        "SELECT starts, ends, title FROM session WHERE class = ? AND state = 'on' ORDER BY starts, id", "i",
        class_id);

    while (query_next(t)) {
        const char *title = pool_strdup(talk->pool, query_text(t, 0)), *outline = query_text(t, 1);
        struct theme theme = { title, plain_title(talk, title),
                               pool_strdup(talk->pool, outline ? outline : ""),
                               says_pre(talk, query_text(t, 2)) };

        g_array_append_val(themes, theme);
    }
    while (query_next(s)) {
        struct session session = { query_int(s, 0), query_int(s, 1), plain_title(talk, query_text(s, 2)) };

        g_array_append_val(sessions, session);
    }
    for (guint i = 0; i < themes->len; i++) {
        const struct theme *theme = &g_array_index(themes, struct theme, i);

        sync_theme(talk, class, theme, sessions, taught_by(talk, themes, theme, sessions));
    }
    homework_sync_assigned(talk, class);
}

const char *homework_task_line(struct talk *talk, const struct homework *hw)
{
    return *hw->task ? words(talk, "homework.task", "task", hw->task, NULL) : "";
}

/* Offers a draft to one of those who may publish it. */
static bool offer_to(struct talk *talk, const struct member *member, void *data)
{
    const struct homework *hw = data;
    const struct class *class = class_by_id(talk, hw->class_id);
    struct reminder r = { .kind = "homework.offer",
                          .person = member->person,
                          .class = class,
                          .until = talk->now + OFFER_LASTS,
                          .must = true };

    if (!(member->role & ROLE_TEACHERS) || !remind_may(talk, &r) ||
        !tell(talk, member->person, hw->taught ? "homework.offer" : "homework.offer_pre", "name",
              homework_name(talk, hw), "task", homework_task_line(talk, hw), "due",
              show_moment(talk, class, hw->due), NULL))
        return false;
    remind_sent(talk, &r);
    button(talk, "homework.as_drafted", "homework:publish:%" G_GINT64_FORMAT, hw->id);
    button(talk, "homework.write", "homework:write:%" G_GINT64_FORMAT, hw->id);
    button_beside(talk, "homework.no_homework", "homework:none:%" G_GINT64_FORMAT, hw->id);
    return true;
}

void homework_offer(struct talk *talk, int64_t id, int64_t due)
{
    struct homework hw;

    if (!homework_load(talk, id, &hw) || hw.state != HOMEWORK_DRAFT || hw.taught > talk->now ||
        (!hw.taught && hw.due <= talk->now))
        return;
    const struct class *class = class_by_id(talk, hw.class_id);
    int64_t awake = remind_awake(talk, class, talk->now);

    if (awake > talk->now) {
        timers_set(talk->timers, "homework.offer", id, awake);
        return;
    }
    if (remind_teachers(talk, hw.class_id, offer_to, &hw))
        store_run(talk->store, "UPDATE homework SET offered = ? WHERE id = ?", "ii", talk->now, id);
    else
        log_info("homework.unoffered", "id=%" G_GINT64_FORMAT " due=%" G_GINT64_FORMAT, id, due);
}

/* Tells the class's trainees of a homework, once, outside the quiet hours. */
void homework_announce(struct talk *talk, int64_t id, int64_t due)
{
    struct homework hw;
    size_t count;
    const char *lang = talk->lang;

    (void)due;
    if (!homework_load(talk, id, &hw) || !homework_is_open(&hw, talk->now))
        return;
    const struct class *class = class_by_id(talk, hw.class_id);
    int64_t awake = remind_awake(talk, class, talk->now);

    if (awake > talk->now) {
        timers_set(talk->timers, "homework.announce", id, awake);
        return;
    }
    struct member *trainees = members_of(talk, hw.class_id, ROLE_TRAINEE, &count);

    for (size_t i = 0; i < count; i++) {
        struct reminder r = { .kind = "homework.news",
                              .person = trainees[i].person,
                              .class = class,
                              .until = hw.cutoff,
                              .must = true };

        if (!remind_may(talk, &r) ||
            !tell(talk, r.person, "homework.news", "name", homework_name(talk, &hw), "task",
                  homework_task_line(talk, &hw), "due", show_moment(talk, class, hw.due), NULL))
            continue;
        remind_sent(talk, &r);
        button(talk, "homework.hand_in", "homework:hand:%" G_GINT64_FORMAT, id);
        homework_add_files(talk, &hw);
    }
    talk->lang = lang;
}

/* Publishes a draft with its default due time, or a fair one when that is near or past. */
static void publish(struct talk *talk, struct homework *hw)
{
    const struct class *class = talk->class;

    if (!hw->due || talk->now > hw->due - LEAST_NOTICE)
        set_due(talk, class, hw->id, hw->taught, homework_due_after(talk, class, talk->now));
    store_run(talk->store, "UPDATE homework SET state = ?, published = ?, giver = ? WHERE id = ?", "iiii",
              (int64_t)HOMEWORK_OPEN, talk->now, talk->member->id, hw->id);
    if (!homework_load(talk, hw->id, hw))
        return;
    timers_cancel(talk->timers, "homework.offer", hw->id);
    homework_set_reminders(talk, class, hw);
    homework_announce(talk, hw->id, 0);
    say(talk, "homework.published", "name", homework_name(talk, hw), "due", show_moment(talk, class, hw->due),
        NULL);
    saying_instead(talk);
}

/* The draft a button is about; false after saying that it is decided already. */
static bool pressed_draft(struct talk *talk, const char *args, struct homework *ret)
{
    if (!homework_pressed(talk, args, ROLE_TEACHERS, ret))
        return false;
    if (ret->state == HOMEWORK_DRAFT)
        return true;
    say(talk, ret->state == HOMEWORK_OPEN ? "homework.already_published" : "homework.already_none", "name",
        homework_name(talk, ret), NULL);
    saying_instead(talk);
    return false;
}

void homework_press_publish(struct talk *talk, const char *args)
{
    struct homework hw;

    if (pressed_draft(talk, args, &hw))
        publish(talk, &hw);
}

void homework_press_none(struct talk *talk, const char *args)
{
    struct homework hw;

    if (!pressed_draft(talk, args, &hw))
        return;
    store_run(talk->store, "UPDATE homework SET state = ? WHERE id = ?", "ii", (int64_t)HOMEWORK_NONE, hw.id);
    timers_cancel(talk->timers, "homework.offer", hw.id);
    say(talk, "homework.left_out", "name", homework_name(talk, &hw), NULL);
    saying_instead(talk);
}

void homework_press_write(struct talk *talk, const char *args)
{
    struct homework hw;

    if (!pressed_draft(talk, args, &hw))
        return;
    dialog_set(talk, talk->person, "homework", hw.id, talk->member->id, STEP_WRITE, "");
    say(talk, "homework.write_now", "name", homework_name(talk, &hw), NULL);
    saying_instead(talk);
}

void homework_written(struct talk *talk, int64_t id)
{
    struct homework hw;
    const char *text = talk->update->text;

    if (!text_says_something(text)) {
        say(talk, "homework.write_words", NULL);
        return;
    }
    dialog_close(talk, talk->person);
    if (!pressed_draft(talk, num(talk, id), &hw))
        return;
    store_run(talk->store, "UPDATE homework SET task = ? WHERE id = ?", "si",
              text_clean(talk->pool, text, strlen(text), TASK_MAX), id);
    publish(talk, &hw);
}
