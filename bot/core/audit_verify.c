/* Verifying the trail: the chain by itself, then the chain against the tables. */
#include <cjson/cJSON.h>
#include <stdarg.h>
#include <string.h>

#include "bot/core/audit_private.h"
#include "bot/core/store_private.h"

struct verifying {
    struct store *store;
    uint8_t key[AUDIT_MAC];
    GHashTable *last;    /* "table\x1fsubject" → id of its last act, negative when that took the row away */
    GHashTable *bare;    /* ids whose contents are not there */
    GHashTable *excused; /* ids whose contents an act of erasure names */
    bool restates;       /* written by a program that tells anew how rows stand whose acts it erases */
    void (*fault)(void *data, const char *sentence);
    void *data;
    struct audit_report *report;
};

static void fault(struct verifying *v, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(struct verifying *v, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    v->report->faults++;
    v->fault(v->data, sentence);
}

/* A number as the key of a table of ids. */
static gpointer id_key(int64_t id)
{
    return GSIZE_TO_POINTER((gsize)id);
}

/* --- the chain ---------------------------------------------------------------------------------------------
 */

/* One row of the chain joined with its contents, as the query in `walk` gives it. */
struct link {
    struct audit_act act;
    const uint8_t *mac, *salt;
    size_t salt_len;
    const char *content;
};

/* A blob of AUDIT_MAC bytes, or NULL. */
static const uint8_t *whole(query *q, int column)
{
    size_t len = 0;
    const uint8_t *bytes = query_blob(q, column, &len);

    return len == AUDIT_MAC ? bytes : NULL;
}

static struct link link_of(query *q, const uint8_t *before)
{
    struct link link = { .act = { .before = before,
                                  .id = query_int(q, 0),
                                  .at = query_int(q, 1),
                                  .actor = query_int(q, 2),
                                  .what = query_text(q, 3),
                                  .how = query_text(q, 4),
                                  .subject = query_text(q, 5),
                                  .digest = whole(q, 6) },
                         .mac = whole(q, 7),
                         .content = query_text(q, 9) };

    link.salt = query_blob(q, 8, &link.salt_len);
    return link;
}

/* Notes whose contents an erasure took. */
static void excuse(struct verifying *v, const char *content)
{
    cJSON *json = cJSON_Parse(content);
    const cJSON *id;

    cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(json, "acts"))
        g_hash_table_add(v->excused, id_key((int64_t)id->valuedouble));
    cJSON_Delete(json);
}

/* The contents of an act: as digested, or taken away. */
static void check_content(struct verifying *v, const struct link *link)
{
    uint8_t digest[AUDIT_MAC];

    if (!link->content) {
        g_hash_table_add(v->bare, id_key(link->act.id));
        return;
    }
    audit_digest(link->salt, link->salt_len, link->content, strlen(link->content), digest);
    if (memcmp(digest, link->act.digest, AUDIT_MAC) != 0)
        fault(v, "the contents of act %" G_GINT64_FORMAT " (%s %s) were changed", link->act.id,
              link->act.what, link->act.subject);
    else if (!strcmp(link->act.what, "audit") && !strcmp(link->act.how, "erase"))
        excuse(v, link->content);
}

/* Remembers the last act on each row. */
static void note_last(struct verifying *v, const struct audit_act *act)
{
    char *key = g_strdup_printf("%s\x1f%s", act->what, act->subject);
    bool gone = !strcmp(act->how, "delete");

    if (!strcmp(act->how, "baseline") && g_hash_table_contains(v->last, key))
        fault(v, "act %" G_GINT64_FORMAT " begins the trail of %s %s a second time", act->id, act->what,
              act->subject);
    if (!strcmp(act->how, "resume"))
        fault(v, "for a while before act %" G_GINT64_FORMAT " nothing done to %s was recorded", act->id,
              act->subject);
    v->restates = v->restates || (!strcmp(act->what, "audit") && !strcmp(act->how, "watch"));
    g_hash_table_insert(v->last, key, id_key(gone ? -act->id : act->id));
}

static void check_link(struct verifying *v, const struct link *link, int64_t expected, bool after_gap)
{
    uint8_t mac[AUDIT_MAC];

    if (link->act.id != expected)
        fault(v, "acts %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " are missing", expected, link->act.id - 1);
    if (!link->act.digest || !link->mac) {
        fault(v, "act %" G_GINT64_FORMAT " is damaged", link->act.id);
        return;
    }
    audit_mac(v->key, &link->act, mac);
    /* Behind a gap the HMAC before is not known: then the act can be right and still not fit. */
    if (!after_gap && memcmp(mac, link->mac, AUDIT_MAC) != 0)
        fault(v, "act %" G_GINT64_FORMAT " (%s %s %s) was changed or slipped in", link->act.id,
              link->act.what, link->act.how, link->act.subject);
    check_content(v, link);
}

static void walk(struct verifying *v)
{
    uint8_t before[AUDIT_MAC];
    int64_t expected = 1;
    g_autoptr(query) q =
        store_query(v->store,
                    "SELECT a.id, a.at, a.actor, a.what, a.how, a.subject, a.digest, a.mac, c.salt,"
                    " c.content FROM audit a LEFT JOIN audit_content c ON c.id = a.id ORDER BY a.id",
                    "");

    while (query_next(q)) {
        struct link link = link_of(q, expected > 1 ? before : NULL);

        check_link(v, &link, expected, link.act.id != expected);
        note_last(v, &link.act);
        expected = link.act.id + 1;
        v->report->acts++;
        v->report->last_at = link.act.at;
        for (int i = 0; link.mac && i < AUDIT_MAC; i++)
            g_snprintf(v->report->head + (gsize)i * 2, 3, "%02x", link.mac[i]);
        if (link.mac)
            memcpy(before, link.mac, AUDIT_MAC);
    }
}

/* Contents may be missing only where an erasure says so. */
static void check_erased(struct verifying *v)
{
    GHashTableIter iter;
    gpointer id;

    g_hash_table_iter_init(&iter, v->bare);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        if (g_hash_table_contains(v->excused, id))
            v->report->erased++;
        else
            fault(v, "the contents of act %" G_GINT64_FORMAT " were taken away",
                  (int64_t)GPOINTER_TO_SIZE(id));
    }
}

/* --- the tables --------------------------------------------------------------------------------------------
 */

static void check_triggers(struct verifying *v, const struct audited *table)
{
    for (int kind = 0; kind < AUDIT_TRIGGERS; kind++) {
        g_autofree char *name = audit_trigger_name(table, kind),
                        *wanted = audit_trigger_sql(v->store->db, table, kind);
        g_autofree char *present = store_text(
            v->store, "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", "s", name);

        if (g_strcmp0(wanted, present) != 0)
            fault(v, "what is done to %s is not recorded: the trigger %s is %s", table->table, name,
                  present ? "not ours" : "missing");
    }
}

/* Columns made since are new. */
bool audit_same_row(const char *then, const char *now)
{
    cJSON *before = cJSON_Parse(then), *after = cJSON_Parse(now);
    const cJSON *field;
    bool same = before && after;

    cJSON_ArrayForEach(field, before)
    {
        const cJSON *present = cJSON_GetObjectItemCaseSensitive(after, field->string);

        same = same && (!present || cJSON_Compare(field, present, true));
    }
    cJSON_Delete(before);
    cJSON_Delete(after);
    return same;
}

static void check_row(struct verifying *v, const char *table, const char *subject, const char *now)
{
    g_autofree char *key = g_strdup_printf("%s\x1f%s", table, subject);
    int64_t id = (int64_t)GPOINTER_TO_SIZE(g_hash_table_lookup(v->last, key));
    g_autofree char *then =
        id > 0 ? store_text(v->store, "SELECT content FROM audit_content WHERE id = ?", "i", id) : NULL;

    if (id <= 0)
        fault(v, "%s %s was put in without an act", table, subject);
    else if (!then && v->restates)
        fault(v, "nothing says how %s %s stood: the contents of act %" G_GINT64_FORMAT " were erased", table,
              subject, id);
    else if (then && !audit_same_row(then, now))
        fault(v, "%s %s is not as act %" G_GINT64_FORMAT " left it", table, subject, id);
    g_hash_table_remove(v->last, key);
}

/* Each row of a table as its last act left it. */
static bool check_rows(struct verifying *v, const struct audited *table)
{
    struct audit_shape row;
    sqlite3_stmt *statement = NULL;

    if (!audit_shape_of(v->store->db, table, table->table, &row))
        return false;
    g_autofree char *sql = g_strdup_printf("SELECT %s, %s FROM %s", row.subject, row.content, table->table);
    int step = sqlite3_prepare_v2(v->store->db, sql, -1, &statement, NULL);

    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW)
            check_row(v, table->table, (const char *)sqlite3_column_text(statement, 0),
                      (const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    audit_shape_clear(&row);
    return step == SQLITE_DONE;
}

/* What was not found in its table, and is not known to have been taken away. */
static void check_vanished(struct verifying *v, const struct audited *list)
{
    GHashTableIter iter;
    gpointer key, id;

    g_hash_table_iter_init(&iter, v->last);
    while (g_hash_table_iter_next(&iter, &key, &id)) {
        g_auto(GStrv) parts = g_strsplit(key, "\x1f", 2);

        for (const struct audited *table = list; table->table; table++)
            if (!strcmp(table->table, parts[0]) && (int64_t)GPOINTER_TO_SIZE(id) > 0)
                fault(v, "%s %s was taken out without an act", parts[0], parts[1]);
    }
}

bool audit_verify(struct store *reader, const uint8_t *secret, const struct audited *list,
                  void (*say)(void *data, const char *sentence), void *data, struct audit_report *ret)
{
    struct verifying v = { .store = reader,
                           .last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                           .bare = g_hash_table_new(NULL, NULL),
                           .excused = g_hash_table_new(NULL, NULL),
                           .fault = say,
                           .data = data,
                           .report = ret };
    bool read = audit_add_row(reader->db);

    *ret = (struct audit_report){ 0 };
    audit_key(secret, v.key);
    walk(&v);
    check_erased(&v);
    for (const struct audited *table = list; read && table->table; table++) {
        check_triggers(&v, table);
        read = check_rows(&v, table);
    }
    if (read)
        check_vanished(&v, list);
    g_hash_table_destroy(v.last);
    g_hash_table_destroy(v.bare);
    g_hash_table_destroy(v.excused);
    return read && store_state(reader) == STORE_FINE;
}

int64_t audit_head(struct store *store, int64_t until, char ret_hex[AUDIT_MAC * 2 + 1])
{
    g_autoptr(query) q =
        store_query(store,
                    "SELECT id, lower(hex(mac)) FROM audit WHERE id = (SELECT max(id) FROM audit"
                    " WHERE at < ?)",
                    "i", until);

    *ret_hex = '\0';
    if (!query_next(q))
        return 0;
    g_strlcpy(ret_hex, query_text(q, 1), AUDIT_MAC * 2 + 1);
    return query_int(q, 0);
}

int64_t audit_find(struct store *store, int64_t from, int64_t until, const char *hex)
{
    return store_int(
        store, 0,
        "SELECT id FROM audit WHERE at >= ?1 AND at < ?2 AND substr(lower(hex(mac)), 1, length(?3)) ="
        " lower(?3) ORDER BY id LIMIT 1",
        "iis", from, until, hex);
}
