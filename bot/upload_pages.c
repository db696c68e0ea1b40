#include "bot/upload_pages.h"

#include "bot/core/json.h"
#include "bot/school/uploads.h"

/* A question of a page: the talk in which it is answered, and the page. */
struct asking {
    struct pool *pool;
    struct talk talk;
    struct upload upload;
};

/* Appends {"error":sentence}. */
static int refuse(int status, const char *sentence, GString *into)
{
    g_string_append(into, "{\"error\":");
    json_put(into, sentence);
    g_string_append_c(into, '}');
    return status;
}

/* Finds the page; its status as long as it takes files. End with finish(). */
static int begin_asking(struct asking *asking, struct school *school, const char *page, GString *into)
{
    *asking = (struct asking){ .pool = pool_new() };
    talk_begin(&asking->talk, school, asking->pool);
    if (!uploads_find(school->store, asking->pool, page, &asking->upload))
        return refuse(404, words(&asking->talk, "upload.unknown", NULL), into);
    asking->talk.lang = lang_of(&asking->talk, asking->upload.person);
    if (asking->upload.sent)
        return refuse(409, words(&asking->talk, "upload.sent_already", NULL), into);
    if (asking->upload.until <= asking->talk.now)
        return refuse(410, words(&asking->talk, "upload.over", NULL), into);
    if (!uploads_holds(school->store, &asking->upload))
        return refuse(410, words(&asking->talk, "upload.taken_back", NULL), into);
    return 200;
}

static void finish(struct asking *asking)
{
    talk_end(&asking->talk);
    pool_free(asking->pool);
}

/* The class the page's files count for; 0 none. */
static int64_t class_of(struct asking *asking)
{
    const struct member *member = member_by_id(&asking->talk, asking->upload.member);

    return member ? member->class_id : 0;
}

/* Appends ,"name":value. */
static void put(GString *into, const char *name, const char *value)
{
    g_string_append_printf(into, ",\"%s\":", name);
    json_put(into, value);
}

/* The files of the page as a list. */
static void put_parts(struct asking *asking, GString *into)
{
    struct upload_part parts[UPLOAD_FILES];
    size_t count = uploads_parts(asking->talk.store, asking->pool, asking->upload.id, false, parts);

    g_string_append(into, ",\"files\":[");
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(into,
                               "%s{\"id\":%" G_GINT64_FORMAT ",\"size\":%" G_GINT64_FORMAT
                               ",\"have\":%" G_GINT64_FORMAT ",\"done\":%s,\"renamed\":%s",
                               i ? "," : "", parts[i].id, parts[i].size, parts[i].have,
                               parts[i].sha256 ? "true" : "false", parts[i].renamed ? "true" : "false");
        put(into, "name", parts[i].name);
        g_string_append_c(into, '}');
    }
    g_string_append_c(into, ']');
}

static int look(void *data, const char *page, GString *into)
{
    struct asking asking;
    int status = begin_asking(&asking, data, page, into);

    if (status == 200) {
        const struct class *class = class_by_id(&asking.talk, class_of(&asking));
        g_autofree char *name =
            store_text(asking.talk.store, "SELECT name FROM person WHERE id = ?", "i", asking.upload.person);

        g_string_append_printf(into, "{\"most\":%" G_GINT64_FORMAT ",\"count\":%d",
                               quota_of(&asking.talk, class_of(&asking)).file, UPLOAD_FILES);
        put(into, "name", name);
        put(into, "label", asking.upload.label);
        put(into, "class", class ? class->title : "");
        put(into, "until", class ? show_moment(&asking.talk, class, asking.upload.until) : "");
        put(into, "lang", asking.talk.lang);
        put_parts(&asking, into);
        g_string_append_c(into, '}');
    }
    finish(&asking);
    return status;
}

/* Announces a file on a page that takes files; the status. */
static int announce(struct asking *asking, const char *key, const char *name, int64_t size, GString *into)
{
    struct talk *talk = &asking->talk;
    struct upload_part known;
    const char *why = NULL;

    if (!uploads_has(talk->store, asking->upload.id, key)) /* else it was let in already */
        why = quota_refusal(talk, asking->upload.person, class_of(asking), size,
                            size + uploads_coming(talk->store, asking->upload.person));
    if (!why)
        why = quota_no_room(talk, size);
    if (why)
        return refuse(413, why, into);
    int64_t part = uploads_begin(talk->store, asking->upload.id, key, name, size);

    if (!part || !uploads_part(talk->store, asking->pool, asking->upload.id, part, &known))
        return refuse(413, words(talk, "upload.too_many", "count", num(talk, UPLOAD_FILES), NULL), into);
    if (known.size != size)
        return refuse(400, "this key is of a file of another size", into);
    g_string_append_printf(into, "{\"id\":%" G_GINT64_FORMAT ",\"have\":%" G_GINT64_FORMAT ",\"done\":%s}",
                           known.id, known.have, known.sha256 ? "true" : "false");
    return 200;
}

static int begin(void *data, const char *page, const char *key, const char *name, int64_t size, GString *into)
{
    struct asking asking;
    int status = begin_asking(&asking, data, page, into);

    if (status == 200)
        status = announce(&asking, key, name, size, into);
    finish(&asking);
    return status;
}

static int part(void *data, const char *page, int64_t id, int64_t *ret_have, int64_t *ret_size, GString *into)
{
    struct asking asking;
    struct upload_part known;
    int status = begin_asking(&asking, data, page, into);

    if (status == 200 && !uploads_part(asking.talk.store, asking.pool, asking.upload.id, id, &known))
        status = refuse(404, "there is no such file", into);
    if (status == 200 && known.sha256)
        status = refuse(409, "this file is whole already", into);
    if (status == 200) {
        *ret_have = known.have;
        *ret_size = known.size;
    }
    finish(&asking);
    return status;
}

static void wrote(void *data, int64_t id, int64_t have)
{
    uploads_wrote(((struct school *)data)->store, id, have);
}

static void whole(void *data, const char *page, int64_t id, const char *sha256, const char *type)
{
    struct asking asking;
    g_autoptr(GString) why = g_string_new(NULL);

    if (begin_asking(&asking, data, page, why) == 200)
        uploads_whole(&asking.talk, asking.upload.id, id, sha256, type);
    finish(&asking);
}

static void drop(void *data, const char *page, int64_t id)
{
    struct asking asking;
    g_autoptr(GString) why = g_string_new(NULL);

    if (begin_asking(&asking, data, page, why) == 200)
        uploads_drop(&asking.talk, asking.upload.id, id);
    finish(&asking);
}

static int sender(void *data, const char *page, struct pool *pool, struct update *into, GString *why)
{
    struct asking asking;
    int status = begin_asking(&asking, data, page, why);

    if (status == 200) {
        into->platform = asking.upload.platform;
        into->account = pool_strdup(pool, asking.upload.account);
        into->key = pool_printf(pool, "upload\x1f%s\x1f%" G_GINT64_FORMAT, page, asking.upload.refused);
        into->action = pool_printf(pool, "upload:send:%" G_GINT64_FORMAT, asking.upload.id);
    }
    finish(&asking);
    return status;
}

struct web_uploads upload_pages(struct school *school)
{
    return (struct web_uploads){ .look = look,
                                 .begin = begin,
                                 .part = part,
                                 .wrote = wrote,
                                 .whole = whole,
                                 .drop = drop,
                                 .sender = sender,
                                 .data = school };
}
