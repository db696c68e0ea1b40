#include "bot/pages.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/core/json.h"
#include "bot/core/locale.h"
#include "bot/school/dispatch.h"
#include "bot/school/invite.h"
#include "bot/school/words.h"

/* Appends ,"name":"value" (without the comma at the beginning of an object). */
static void put(GString *into, const char *name, const char *value)
{
    g_string_append_printf(into, "%s\"%s\":", into->str[into->len - 1] == '{' ? "" : ",", name);
    json_put(into, value);
}

/* Whom a join code is for, and what we ask them to agree to. */
static int who(void *data, const char *code, const char *lang, GString *into)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct talk talk;
    enum invite_state state;
    int status = 404;

    talk_begin(&talk, school, pool);
    const struct member *member =
        member_by_id(&talk, invite_member(school->store, school->secret, code, talk.now, &state));

    if (!member) {
        g_string_append_c(into, '{');
        put(into, "error", locale_text(pool, lang, invite_why(state), NULL));
        g_string_append_c(into, '}');
        status = state == INVITE_NONE ? 404 : 410;
    } else {
        const struct class *class = class_by_id(&talk, member->class_id);

        talk.lang = lang_of(&talk, member->person);
        g_string_append_printf(into, "{\"member\":%" G_GINT64_FORMAT, member->id);
        put(into, "name", member->name);
        put(into, "class", class->title);
        put(into, "role", role_label(&talk, member->role));
        put(into, "lang", talk.lang);
        put(into, "text", words(&talk, "join.records", "class", class->title, NULL));
        g_string_append_c(into, '}');
        status = 200;
    }
    pool_free(pool);
    return status;
}

/* The commands a page offers as quick words, by rank. */
static void put_quick(struct talk *talk, GString *into)
{
    const struct command *commands[8];
    size_t count = dispatch_ranked(talk, commands, G_N_ELEMENTS(commands));

    g_string_append(into, ",\"quick\":[");
    for (size_t i = 0; i < count; i++) {
        const char *title = words_title(talk->school->words, commands[i], talk->lang);

        g_string_append(into, i ? ",{" : "{");
        put(into, "label", title);
        put(into, "text", title);
        g_string_append_c(into, '}');
    }
    g_string_append_c(into, ']');
}

/* The language of whoever a web account is bound to. */
static const char *lang(void *data, const char *account)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, school, pool);
    int64_t person = store_int(school->store, 0, "SELECT person FROM account WHERE platform = ? AND name = ?",
                               "is", (int64_t)PLATFORM_WEB, account);
    const char *found = person ? locale_pick(lang_of(&talk, person)) : NULL;

    pool_free(pool);
    return found;
}

static bool profile(void *data, const char *account, GString *into)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct talk talk;
    struct update update = { .platform = PLATFORM_WEB, .account = account, .chat = account };

    talk_begin(&talk, school, pool);
    talk.update = &update;
    dispatch_speaker(&talk);
    bool known = talk.account != 0;

    if (known) {
        g_string_append_c(into, '{');
        put(into, "name", talk.name);
        put(into, "account", account);
        put(into, "class", talk.class ? talk.class->title : "");
        put(into, "role", talk.member ? role_label(&talk, talk.member->role) : "");
        put(into, "lang", talk.lang);
        put_quick(&talk, into);
        g_string_append_c(into, '}');
    }
    pool_free(pool);
    return known;
}

/* Everybody who can be played; a code for those who have no account on the web yet. */
static void everybody(void *data, GString *into)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct talk talk;

    talk_begin(&talk, school, pool);
    g_autoptr(query) q = store_query(
        school->store,
        "SELECT m.id, p.name, m.role, c.slug, c.lang, (SELECT a.name FROM account a WHERE a.person = p.id"
        " AND a.platform = 0 ORDER BY a.id LIMIT 1) FROM member m JOIN person p ON p.id = m.person"
        " JOIN class c ON c.id = m.class WHERE m.left IS NULL ORDER BY c.id, m.id LIMIT ?",
        "i", (int64_t)2000);

    g_string_append(into, "{\"people\":[");
    for (bool first = true; query_next(q); first = false) {
        int role = (int)query_int(q, 2);
        const char *from = query_text(q, 5);
        g_autofree char *code = from ? NULL : invite_code(school->store, school->secret, query_int(q, 0));

        talk.lang = query_text(q, 4);
        g_string_append_printf(into, "%s{\"member\":%" G_GINT64_FORMAT, first ? "" : ",", query_int(q, 0));
        put(into, "name", query_text(q, 1));
        put(into, "role", role_name(role));
        put(into, "role_name", role_label(&talk, role));
        put(into, "class", query_text(q, 3));
        put(into, "code", code);
        put(into, "from", from);
        g_string_append_c(into, '}');
    }
    g_string_append(into, "]}");
    pool_free(pool);
}

static int64_t next_sitting(void *data)
{
    struct school *school = data;

    return store_int(school->store, 0,
                     "SELECT min(s.starts) FROM sitting s JOIN session n ON n.id = s.session"
                     " WHERE s.starts > ? AND n.state = 'on'",
                     "i", clock_now());
}

/* In the sandbox anybody may be played, so its files are open there; those of browsers that joined are not.
 */
static bool sandbox_file(struct school *school, const char *sha256)
{
    return school->sandbox &&
           store_int(school->store, 0,
                     "SELECT EXISTS (SELECT 1 FROM inbox WHERE platform = 0 AND account IS NOT NULL"
                     " AND account NOT GLOB 'me.*' AND instr(files, ?1))"
                     " OR EXISTS (SELECT 1 FROM outbox WHERE platform = 0 AND chat NOT GLOB 'me.*' AND "
                     "instr(files, ?1))",
                     "s", sha256) > 0;
}

/* A person sees the files of the own chat, said by either side, and those kept of the person. */
static bool may_see(void *data, const char *account, const char *sha256)
{
    struct school *school = data;

    if (!account)
        return sandbox_file(school, sha256);
    return store_int(
               school->store, 0,
               "SELECT EXISTS (SELECT 1 FROM account a JOIN file f ON f.person = a.person"
               " WHERE a.platform = 0 AND a.name = ?1 AND f.sha256 = ?2)"
               " OR EXISTS (SELECT 1 FROM inbox WHERE platform = 0 AND account = ?1 AND instr(files, ?2))"
               " OR EXISTS (SELECT 1 FROM outbox WHERE platform = 0 AND chat = ?1 AND instr(files, ?2))",
               "ss", account, sha256) > 0 ||
           sandbox_file(school, sha256);
}

/* One call of a page, answered by the first handler that knows it. */
static int call(void *data, const char *name, int64_t subject, const char *lang, const cJSON *body,
                GString *into)
{
    struct school *school = data;
    struct pool *pool = pool_new();
    struct page_call asked = {
        .name = name, .subject = subject, .body = body, .status = 200, .answer = into
    };
    struct talk talk;
    bool known = false;

    talk_begin(&talk, school, pool);
    talk.lang = locale_pick(lang);
    for (size_t h = 0; !known && school->handlers[h]; h++)
        known = school->handlers[h]->page && school->handlers[h]->page(&talk, &asked);
    talk_end(&talk);
    pool_free(pool);
    return known ? asked.status : 404;
}

struct web_calls pages_calls(struct school *school)
{
    return (struct web_calls){ .call = call, .data = school };
}

struct web_people pages_people(struct school *school)
{
    return (struct web_people){ .who = who,
                                .profile = profile,
                                .lang = lang,
                                .everybody = everybody,
                                .next_sitting = next_sitting,
                                .may_see = may_see,
                                .data = school };
}
