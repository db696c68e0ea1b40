#include "bot/school/uploads.h"

#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/school.h"

enum { TOKEN_BYTES = 18, UNSENT_AFTER = 900 };

const char *const uploads_schema[] = {
    "CREATE TABLE upload ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  digest TEXT NOT NULL UNIQUE," /* of the address */
    "  platform INTEGER NOT NULL, account TEXT NOT NULL,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  member INTEGER,"
    "  caption TEXT NOT NULL, label TEXT NOT NULL,"
    "  until INTEGER NOT NULL," /* class clock */
    "  sent INTEGER"
    ") STRICT;"
    "CREATE TABLE upload_part ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  upload INTEGER NOT NULL REFERENCES upload(id),"
    "  key TEXT NOT NULL," /* what the browser calls it: the same file once more is the same part */
    "  name TEXT NOT NULL, size INTEGER NOT NULL, have INTEGER NOT NULL DEFAULT 0,"
    "  sha256 TEXT, type TEXT, renamed INTEGER NOT NULL DEFAULT 0,"
    "  at INTEGER," /* when it was whole */
    "  UNIQUE (upload, key)"
    ") STRICT;",
    "ALTER TABLE upload ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;", /* handed over when nothing was open
                                                                          */
    /* A whole part is a file, nobody's until it is handed over. */
    "ALTER TABLE upload_part ADD COLUMN file INTEGER REFERENCES file(id) ON DELETE SET NULL;"
    "INSERT INTO file (platform, sha256, name, mime, size, person, made, state)"
    " SELECT 0, sha256, name, type, size, 0, at, 1 FROM upload_part WHERE sha256 IS NOT NULL;"
    "UPDATE upload_part SET file = (SELECT max(f.id) FROM file f WHERE f.sha256 = upload_part.sha256"
    " AND f.person = 0) WHERE sha256 IS NOT NULL;",
    NULL,
};

/* Letters for an address, which nobody guesses; yours. */
static char *new_token(void)
{
    uint8_t raw[TOKEN_BYTES];

    secret_random(raw, sizeof raw);
    char *token = g_base64_encode(raw, sizeof raw);

    g_strdelimit(token, "+", '-');
    g_strdelimit(token, "/", '_');
    return token;
}

void uploads_offer(struct talk *talk, const char *caption, const char *label)
{
    g_autofree char *token = new_token();
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, token, -1);
    int64_t until = talk->now + UPLOAD_LIVES;

    store_run(talk->store,
              "INSERT INTO upload (digest, platform, account, person, member, caption, label, until)"
              " VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?)",
              "sisiissi", digest, (int64_t)talk->update->platform, talk->update->account, talk->person,
              talk->member ? talk->member->id : (int64_t)0, caption, label, until);
    timers_set(talk->timers, "upload.over", store_last_id(talk->store), until);
    say(talk, *label ? "upload.page_for" : "upload.page", "label", label, "link",
        pool_printf(talk->pool, "%s/u/%s", talk->school->public_url, token), "until",
        talk->class ? show_moment(talk, talk->class, until) : "", NULL);
    saying_until(talk, until);
}

/* The row a query stands on. */
static void read_upload(query *q, struct pool *pool, struct upload *ret)
{
    *ret = (struct upload){ .id = query_int(q, 0),
                            .platform = (enum platform_id)query_int(q, 1),
                            .account = pool_strdup(pool, query_text(q, 2)),
                            .person = query_int(q, 3),
                            .member = query_int(q, 4),
                            .caption = pool_strdup(pool, query_text(q, 5)),
                            .label = pool_strdup(pool, query_text(q, 6)),
                            .until = query_int(q, 7),
                            .sent = query_int(q, 8) != 0,
                            .refused = query_int(q, 9) };
}

#define UPLOAD_SELECT                                                                                        \
    "SELECT id, platform, account, person, coalesce(member, 0), caption, label, until, sent IS NOT NULL,"    \
    " refused FROM upload WHERE "

bool uploads_find(struct store *store, struct pool *pool, const char *digest, struct upload *ret)
{
    g_autoptr(query) q = store_query(store, UPLOAD_SELECT "digest = ?", "s", digest);

    if (!query_next(q))
        return false;
    read_upload(q, pool, ret);
    return true;
}

bool uploads_by_id(struct store *store, struct pool *pool, int64_t id, struct upload *ret)
{
    g_autoptr(query) q = store_query(store, UPLOAD_SELECT "id = ?", "i", id);

    if (!query_next(q))
        return false;
    read_upload(q, pool, ret);
    return true;
}

bool uploads_holds(struct store *store, const struct upload *upload)
{
    return store_int(store, 0,
                     "SELECT EXISTS (SELECT 1 FROM account WHERE platform = ?1 AND name = ?2 AND person = ?3)"
                     " AND NOT EXISTS (SELECT 1 FROM member WHERE id = ?4 AND left IS NOT NULL)",
                     "isii", (int64_t)upload->platform, upload->account, upload->person, upload->member) != 0;
}

/* The row a query stands on. */
static void read_part(query *q, struct pool *pool, struct upload_part *ret)
{
    *ret = (struct upload_part){ .id = query_int(q, 0),
                                 .name = pool_strdup(pool, query_text(q, 1)),
                                 .size = query_int(q, 2),
                                 .have = query_int(q, 3),
                                 .sha256 = pool_strdup(pool, query_text(q, 4)),
                                 .type = pool_strdup(pool, query_text(q, 5)),
                                 .renamed = query_int(q, 6) != 0 };
}

size_t uploads_parts(struct store *store, struct pool *pool, int64_t upload, bool whole,
                     struct upload_part *ret)
{
    g_autoptr(query) q =
        store_query(store,
                    "SELECT id, name, size, have, sha256, type, renamed FROM upload_part"
                    " WHERE upload = ?1 AND (sha256 IS NOT NULL OR NOT ?2) ORDER BY id LIMIT ?3",
                    "iii", upload, (int64_t)whole, (int64_t)UPLOAD_FILES);
    size_t count = 0;

    while (query_next(q))
        read_part(q, pool, &ret[count++]);
    return count;
}

bool uploads_part(struct store *store, struct pool *pool, int64_t upload, int64_t part,
                  struct upload_part *ret)
{
    g_autoptr(query) q = store_query(
        store,
        "SELECT id, name, size, have, sha256, type, renamed FROM upload_part WHERE upload = ? AND id = ?",
        "ii", upload, part);

    if (!query_next(q))
        return false;
    read_part(q, pool, ret);
    return true;
}

int64_t uploads_coming(struct store *store, int64_t person)
{
    return store_int(store, 0,
                     "SELECT coalesce(sum(p.size), 0) FROM upload_part p JOIN upload u ON u.id = p.upload"
                     " WHERE u.person = ? AND p.sha256 IS NULL",
                     "i", person);
}

/* The file that the browser calls `key`; 0 none. */
static int64_t part_named(struct store *store, int64_t upload, const char *key)
{
    return store_int(store, 0, "SELECT id FROM upload_part WHERE upload = ? AND key = ?", "is", upload, key);
}

bool uploads_has(struct store *store, int64_t upload, const char *key)
{
    return part_named(store, upload, key) != 0;
}

int64_t uploads_begin(struct store *store, int64_t upload, const char *key, const char *name, int64_t size)
{
    g_autofree char *clean = files_named(name, NULL);
    int64_t known = part_named(store, upload, key);

    if (known)
        return known;
    if (store_int(store, 0, "SELECT count(*) FROM upload_part WHERE upload = ?", "i", upload) >= UPLOAD_FILES)
        return 0;
    store_run(store, "INSERT INTO upload_part (upload, key, name, size) VALUES (?, ?, ?, ?)", "issi", upload,
              key, clean, size);
    return store_last_id(store);
}

void uploads_wrote(struct store *store, int64_t part, int64_t have)
{
    store_run(store, "UPDATE upload_part SET have = ? WHERE id = ? AND sha256 IS NULL", "ii", have, part);
}

void uploads_whole(struct talk *talk, int64_t upload, int64_t part, const char *sha256, const char *type)
{
    struct upload_part known;

    if (!uploads_part(talk->store, talk->pool, upload, part, &known))
        return;
    g_autofree char *name = files_named(known.name, type);
    struct attachment file = { .name = name, .mime = type, .size = known.size, .sha256 = sha256 };
    int64_t whose = store_int(talk->store, 0, "SELECT person FROM upload WHERE id = ?", "i", upload);

    store_run(
        talk->store,
        "UPDATE upload_part SET have = size, sha256 = ?, type = ?, name = ?, renamed = ?, at = ?, file = ?"
        " WHERE id = ?",
        "sssiiii", sha256, type, name, (int64_t)(strcmp(name, known.name) != 0), talk->now,
        files_add_nobodys(talk->files, &file, whose), part);
    timers_set(talk->timers, "upload.unsent", upload, talk->now + UNSENT_AFTER);
}

/* Puts away what lies here of a part: its file, 0 none, or its pieces. */
static void put_away(struct talk *talk, int64_t part, int64_t file)
{
    if (file)
        files_forget(talk->files, talk->store, file);
    else
        files_part_drop(talk->files, part);
}

void uploads_drop(struct talk *talk, int64_t upload, int64_t part)
{
    int64_t file = store_int(talk->store, 0, "SELECT file FROM upload_part WHERE id = ?", "i", part);

    store_run(talk->store, "DELETE FROM upload_part WHERE upload = ? AND id = ?", "ii", upload, part);
    if (store_changes(talk->store) > 0)
        put_away(talk, part, file);
}

void uploads_sent(struct talk *talk, int64_t upload)
{
    store_run(talk->store, "UPDATE upload SET sent = ? WHERE id = ?", "ii", talk->now, upload);
}

void uploads_refused(struct talk *talk, int64_t upload)
{
    store_run(talk->store, "UPDATE upload SET refused = refused + 1 WHERE id = ?", "i", upload);
}

void uploads_forget(struct talk *talk, int64_t upload)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.id, coalesce(p.file, 0) FROM upload_part p JOIN upload u ON u.id = p.upload WHERE u.id = ?"
        " AND (u.sent IS NULL OR p.file IS NULL)", /* what was handed over may still be asked about */
        "i", upload);

    while (query_next(q))
        put_away(talk, query_int(q, 0), query_int(q, 1));
    store_run(talk->store, "DELETE FROM upload_part WHERE upload = ?", "i", upload);
    store_run(talk->store, "DELETE FROM upload WHERE id = ?", "i", upload);
}

void uploads_close(struct store *store)
{
    store_run(store, "UPDATE upload SET until = 0 WHERE sent IS NULL", "");
}

void uploads_sweep(struct talk *talk)
{
    g_autoptr(GArray) parts = files_part_list(talk->files);

    for (guint i = 0; i < parts->len; i++) {
        int64_t part = g_array_index(parts, int64_t, i);

        if (store_int(talk->store, 0, "SELECT count(*) FROM upload_part WHERE id = ? AND sha256 IS NULL", "i",
                      part) == 0)
            files_part_drop(talk->files, part);
    }
}
