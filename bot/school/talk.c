#include "bot/school/talk.h"

#include <stdarg.h>
#include <string.h>

#include "bot/core/audit.h"
#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/core/locale.h"
#include "bot/core/log.h"
#include "bot/core/outbox.h"
#include "bot/school/file_link.h"
#include "bot/school/school.h"

enum { ROBOT_PICTURE_MAX = 2 << 20 }; /* bytes of a picture that a group robot takes */

/* A message under way to the outbox: buttons may still be added. */
struct saying {
    struct reply reply;
    enum platform_id platform;
    const char *chat, *lang;
    struct button buttons[BUTTONS_MAX];
    struct attachment files[SAYING_FILES];
};

/* --- beginning and end
 * --------------------------------------------------------------------------------------- */

void talk_begin(struct talk *talk, struct school *school, struct pool *pool)
{
    *talk = (struct talk){ .school = school,
                           .store = school->store,
                           .timers = school->timers,
                           .files = school->files,
                           .pool = pool,
                           .now = clock_now(),
                           .lang = LOCALE_DEFAULT,
                           .name = "" };
    talk->moment = talk->now;
    talk->args.rest = "";
    audit_actor(school->audit, AUDIT_PROGRAM);
}

/* Remembers the buttons of a chat's latest message, so that a bare number presses them. */
static void keep_choices(struct talk *talk, const struct saying *saying)
{
    g_autoptr(GString) actions = g_string_new("[");

    for (size_t i = 0; i < saying->reply.button_count; i++) {
        if (i)
            g_string_append_c(actions, ',');
        json_put(actions, saying->buttons[i].action);
    }
    g_string_append_c(actions, ']');
    store_run(talk->store,
              "INSERT INTO choice (platform, chat, actions, shown) VALUES (?1, ?2, ?3, ?4)"
              " ON CONFLICT (platform, chat) DO UPDATE SET actions = ?3, shown = ?4"
              " WHERE actions <> ?3 OR shown < ?4 - 3600", /* a page unchanged is a page not written */
              "issi", (int64_t)saying->platform, saying->chat, actions->str, talk->now);
}

/* Hands what was said last to the outbox; gives its id there, 0 when nothing was. */
static int64_t put_saying(struct talk *talk)
{
    struct saying *saying = talk->saying;

    if (!saying)
        return 0;
    talk->saying = NULL;
    saying->reply.buttons = saying->buttons;
    saying->reply.files = saying->files;
    if (saying->reply.button_count > 0 && !saying->reply.secret)
        keep_choices(talk, saying);
    return outbox_put(talk->school->outbox, saying->platform, saying->chat, &saying->reply, talk->id);
}

void talk_end(struct talk *talk)
{
    put_saying(talk);
    audit_actor(talk->school->audit, AUDIT_COMMAND);
}

/* --- saying
 * ---------------------------------------------------------------------------------------------------- */

/* Begins a new message, after the former is handed over. */
static struct saying *begin(struct talk *talk, enum lane lane, enum platform_id platform, const char *chat,
                            const char *lang, const char *key)
{
    put_saying(talk);
    struct saying *saying = pool_alloc(talk->pool, sizeof *saying);

    saying->platform = platform;
    saying->chat = chat;
    saying->lang = lang;
    saying->reply.lane = lane;
    saying->reply.key = key;
    if (lane == LANE_REPLY && talk->update && talk->update->secret)
        saying->reply.secret = true;
    talk->saying = saying;
    return saying;
}

void say(struct talk *talk, const char *key, ...)
{
    va_list args;

    if (!talk->update)
        BUG("nobody is there to answer: %s", key);
    struct saying *saying = begin(talk, LANE_REPLY, talk->update->platform,
                                  talk->aside ? talk->update->account : talk->update->chat, talk->lang, key);

    va_start(args, key);
    saying->reply.text = locale_textv(talk->pool, talk->lang, key, args);
    va_end(args);
}

void say_unbound(struct talk *talk)
{
    say(talk, "unbound", NULL);
    talk->saying->reply.key = "help";
}

const char *lang_of(struct talk *talk, int64_t person)
{
    if (person == talk->person && person)
        return talk->lang;
    g_autofree char *lang =
        store_text(talk->store,
                   "SELECT coalesce(p.lang, (SELECT c.lang FROM member m JOIN class c ON c.id = m.class"
                   " WHERE m.person = p.id ORDER BY m.id DESC LIMIT 1)) FROM person p WHERE p.id = ?",
                   "i", person);

    return locale_pick(lang);
}

/* Begins a push to the person's account; NULL when none is reachable. */
static struct saying *begin_push(struct talk *talk, int64_t person, const char *key)
{
    g_autoptr(query) q = store_query(talk->store,
                                     "SELECT platform, name FROM account WHERE person = ? AND reachable = 1"
                                     " AND (1 << platform) & ? ORDER BY used DESC, id DESC LIMIT 1",
                                     "ii", person, (int64_t)talk->school->platforms);

    if (!query_next(q))
        return NULL;
    return begin(talk, LANE_PUSH, (enum platform_id)query_int(q, 0),
                 pool_strdup(talk->pool, query_text(q, 1)), lang_of(talk, person), key);
}

bool tell(struct talk *talk, int64_t person, const char *key, ...)
{
    struct saying *saying = begin_push(talk, person, key);
    va_list args;

    if (!saying)
        return false;
    va_start(args, key);
    saying->reply.text = locale_textv(talk->pool, saying->lang, key, args);
    va_end(args);
    return true;
}

bool tell_text(struct talk *talk, int64_t person, const char *key, const char *text)
{
    struct saying *saying = begin_push(talk, person, key);

    if (saying)
        saying->reply.text = pool_strdup(talk->pool, text);
    return saying != NULL;
}

bool tell_group(struct talk *talk, const struct class *class, const char *key, ...)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT group_platform, group_chat, robot FROM class WHERE id = ?", "i", class->id);
    struct saying *saying;
    va_list args;

    if (!query_next(q))
        return false;
    if (!query_null(q, 1))
        saying = begin(talk, LANE_PUSH, (enum platform_id)query_int(q, 0),
                       pool_strdup(talk->pool, query_text(q, 1)), class->lang, key);
    else if (!query_null(q, 2) && talk->school->platforms & 1 << PLATFORM_WECOM)
        saying = begin(talk, LANE_ROBOT, PLATFORM_WECOM,
                       pool_printf(talk->pool, "robot:%s", query_text(q, 2)), class->lang, key);
    else
        return false;
    va_start(args, key);
    saying->reply.text = locale_textv(talk->pool, class->lang, key, args);
    va_end(args);
    return true;
}

/* Adds one button to what was said last. */
static void add_button(struct talk *talk, const char *label, bool same_row, const char *fmt, va_list args)
{
    struct saying *saying = talk->saying;
    char action[ACTION_MAX + 2];

    if (!saying)
        BUG("a button without a message: %s", fmt);
    if (saying->reply.button_count >= BUTTONS_MAX)
        return;
    if (g_vsnprintf(action, sizeof action, fmt, args) > ACTION_MAX)
        BUG("an action longer than %d bytes: %s", ACTION_MAX, action);
    saying->buttons[saying->reply.button_count++] =
        (struct button){ .label = label, .action = pool_strdup(talk->pool, action), .same_row = same_row };
}

/* The language of what was said last. */
static const char *saying_lang(struct talk *talk)
{
    return talk->saying ? talk->saying->lang : talk->lang;
}

void button(struct talk *talk, const char *label_key, const char *action_fmt, ...)
{
    va_list args;

    va_start(args, action_fmt);
    add_button(talk, locale_text(talk->pool, saying_lang(talk), label_key, NULL), false, action_fmt, args);
    va_end(args);
}

void button_beside(struct talk *talk, const char *label_key, const char *action_fmt, ...)
{
    va_list args;

    va_start(args, action_fmt);
    add_button(talk, locale_text(talk->pool, saying_lang(talk), label_key, NULL), true, action_fmt, args);
    va_end(args);
}

void button_named(struct talk *talk, const char *label, const char *action_fmt, ...)
{
    va_list args;

    va_start(args, action_fmt);
    add_button(talk, pool_strdup(talk->pool, label), false, action_fmt, args);
    va_end(args);
}

void button_named_beside(struct talk *talk, const char *label, const char *action_fmt, ...)
{
    va_list args;

    va_start(args, action_fmt);
    add_button(talk, pool_strdup(talk->pool, label), true, action_fmt, args);
    va_end(args);
}

void saying_until(struct talk *talk, int64_t expires)
{
    if (talk->saying)
        talk->saying->reply.expires = expires;
}

void saying_instead(struct talk *talk)
{
    if (talk->saying && talk->update && talk->update->pressed && !talk->aside)
        talk->saying->reply.edits = talk->update->pressed;
}

void saying_replaces(struct talk *talk, int64_t id)
{
    if (talk->saying)
        talk->saying->reply.edits = id;
}

int64_t saying_put(struct talk *talk)
{
    return put_saying(talk);
}

void saying_secret(struct talk *talk)
{
    if (talk->saying)
        talk->saying->reply.secret = true;
}

/* Whether the way a message goes carries the file: a robot takes pictures only. */
static bool carries(const struct saying *saying, const struct attachment *file)
{
    bool picture = g_strcmp0(file->mime, "image/png") == 0 || g_strcmp0(file->mime, "image/jpeg") == 0;

    if (saying->reply.lane == LANE_ROBOT)
        return picture && file->size <= ROBOT_PICTURE_MAX;
    return saying->platform == PLATFORM_WEB || file->size <= FILES_MAX_BYTES;
}

void saying_file(struct talk *talk, const struct attachment *file)
{
    struct saying *saying = talk->saying;

    if (saying && !carries(saying, file))
        saying->reply.text = pool_printf(
            talk->pool, "%s\n%s", saying->reply.text,
            words_in(talk, saying->lang,
                     saying->reply.lane == LANE_ROBOT ? "files.for_group" : "files.by_link", "name",
                     file->name, "link", file_link(talk, file, saying->platform, saying->chat), NULL));
    else if (saying && saying->reply.file_count < SAYING_FILES)
        saying->files[saying->reply.file_count++] = *file;
}

const char *words(struct talk *talk, const char *key, ...)
{
    va_list args;

    va_start(args, key);
    const char *text = locale_textv(talk->pool, talk->lang, key, args);
    va_end(args);
    return text;
}

const char *words_in(struct talk *talk, const char *lang, const char *key, ...)
{
    va_list args;

    va_start(args, key);
    const char *text = locale_textv(talk->pool, lang, key, args);
    va_end(args);
    return text;
}

const char *num(struct talk *talk, int64_t value)
{
    return pool_printf(talk->pool, "%" G_GINT64_FORMAT, value);
}
