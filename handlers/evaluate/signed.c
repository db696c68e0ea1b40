#include "handlers/evaluate/signed.h"

#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/school.h"

enum { HEX = 2 * SECRET_BYTES + 1 };

/* One version as it stands in the store. */
struct version {
    int64_t number, at;
    struct signing what;
    const char *name, *signature;
};

/* The signature of a version that follows another ("" none). */
static const char *sign(struct talk *talk, const char *before, const struct version *v)
{
    char hex[HEX];

    secret_sign_hex(talk->school->secret,
                    pool_printf(talk->pool,
                                "signed form\n%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                                " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n%s\n%s",
                                before, v->what.sheet, v->number, v->what.person, v->what.role, v->at,
                                v->what.answers, v->what.shown),
                    hex);
    return pool_strdup(talk->pool, hex);
}

/* The versions of a sheet, the first one first. */
static query *versions_of(struct talk *talk, int64_t sheet)
{
    return store_query(talk->store,
                       "SELECT s.version, s.at, s.person, s.role, s.answers, s.shown, p.name, s.signature"
                       " FROM signed_version s JOIN person p ON p.id = s.person WHERE s.sheet = ?"
                       " ORDER BY s.version",
                       "i", sheet);
}

/* The row the query stands on; in the pool. */
static struct version version_at(struct talk *talk, struct query *q, int64_t sheet)
{
    return (struct version){ .number = query_int(q, 0),
                             .at = query_int(q, 1),
                             .what = { .sheet = sheet,
                                       .person = query_int(q, 2),
                                       .role = query_int(q, 3),
                                       .answers = pool_strdup(talk->pool, query_text(q, 4)),
                                       .shown = pool_strdup(talk->pool, query_text(q, 5)) },
                             .name = pool_strdup(talk->pool, query_text(q, 6)),
                             .signature = pool_strdup(talk->pool, query_text(q, 7)) };
}

void signed_keep(struct talk *talk, const struct signing *what)
{
    g_autoptr(query) q = versions_of(talk, what->sheet);
    struct version last = { .signature = "" };

    while (query_next(q))
        last = version_at(talk, q, what->sheet);
    struct version v = { .number = last.number + 1, .at = talk->moment, .what = *what };

    store_run(talk->store,
              "INSERT INTO signed_version (sheet, version, at, person, role, answers, shown, signature)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
              "iiiiisss", what->sheet, v.number, v.at, what->person, what->role, what->answers, what->shown,
              sign(talk, last.signature, &v));
}

const char *signed_answers(struct talk *talk, int64_t sheet)
{
    char *answers = store_text(
        talk->store, "SELECT answers FROM signed_version WHERE sheet = ? ORDER BY version DESC LIMIT 1", "i",
        sheet);

    return answers ? pool_take(talk->pool, answers) : NULL;
}

/* One version in words. */
static const char *show(struct talk *talk, const struct class *class, const struct version *v)
{
    const char *when = show_moment(talk, class, v->at);

    if (v->number > 1)
        when = words(talk, "evaluate.version", "when", when, "n", num(talk, v->number), NULL);
    return words(talk, "evaluate.signed", "name", v->name, "role", role_label(talk, (int)v->what.role),
                 "when", when, "answers", v->what.shown, NULL);
}

void signed_append(struct talk *talk, const struct class *class, int64_t sheet, bool all, GString *into)
{
    g_autoptr(query) q = versions_of(talk, sheet);
    const char *before = "", *last = NULL;
    bool right = true;

    while (query_next(q)) {
        struct version v = version_at(talk, q, sheet);

        right = right && strcmp(sign(talk, before, &v), v.signature) == 0;
        before = v.signature;
        last = show(talk, class, &v);
        if (all)
            g_string_append_printf(into, "\n\n%s", last);
    }
    if (!all && last)
        g_string_append_printf(into, "\n\n%s", last);
    if (!right)
        g_string_append_printf(into, "\n%s", words(talk, "evaluate.broken", NULL));
}

const char *const signed_schema[] = {
    "CREATE TABLE signed_form ("
    "  id INTEGER PRIMARY KEY,"
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  form TEXT NOT NULL,"
    "  person INTEGER NOT NULL REFERENCES person(id),"
    "  role INTEGER NOT NULL,"   /* as what it was signed */
    "  lecturers TEXT NOT NULL," /* whom it asks about, one in a line */
    "  at INTEGER,"              /* when it was signed last; null: begun, not signed */
    "  answers TEXT,"            /* JSON */
    "  shown TEXT,"              /* questions and answers in the words that were signed */
    "  UNIQUE (class, form, person)"
    ") STRICT;",

    /* Signing again is a version beside the old. One that was signed before there were versions has no
     * signature, and is shown as one that cannot be proved. */
    "CREATE TABLE signed_version ("
    "  sheet INTEGER NOT NULL REFERENCES signed_form(id), version INTEGER NOT NULL," /* from 1 */
    "  at INTEGER NOT NULL, person INTEGER NOT NULL REFERENCES person(id), role INTEGER NOT NULL,"
    "  answers TEXT NOT NULL,"   /* JSON */
    "  shown TEXT NOT NULL,"     /* questions and answers in the words that were signed */
    "  signature TEXT NOT NULL," /* HMAC-SHA256 with the server's key, over the signature before it too */
    "  PRIMARY KEY (sheet, version)"
    ") STRICT;"
    "INSERT INTO signed_version SELECT id, 1, at, person, role, answers, shown, '' FROM signed_form"
    " WHERE at IS NOT NULL;"
    "ALTER TABLE signed_form DROP COLUMN role; ALTER TABLE signed_form DROP COLUMN at;"
    "ALTER TABLE signed_form DROP COLUMN answers; ALTER TABLE signed_form DROP COLUMN shown;"
    "CREATE TRIGGER signed_version_kept BEFORE UPDATE ON signed_version BEGIN SELECT RAISE(ABORT,"
    " 'what was signed cannot be changed'); END;"
    "CREATE TRIGGER signed_version_stays BEFORE DELETE ON signed_version BEGIN SELECT RAISE(ABORT,"
    " 'what was signed cannot be removed'); END;",
    NULL,
};
