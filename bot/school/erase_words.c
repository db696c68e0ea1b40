#include "bot/school/erase_words.h"

#include <sqlite3.h>
#include <string.h>

#include "bot/core/audit.h"
#include "bot/core/json.h"

/* Texts of the class's files. `but`: rows in which it is somebody's own words; `line`: a line that names
 * people.
 */
static const struct filed {
    const char *table, *column; /* no column: all of them */
    const char *but;
    int line;
} filed[] = {
    { "class", NULL, NULL, 0 },
    { "class_scheme", NULL, NULL, 0 },
    { "indicator", NULL, NULL, 0 },
    { "theme", NULL, NULL, 0 },
    { "mark", "item", NULL, 0 },
    { "member", "team", NULL, 0 },
    { "session", "title", NULL, 0 },
    { "session", "place", NULL, 0 },
    { "session", "kind", NULL, 0 },
    { "session", "team", NULL, 0 },
    { "session", "origin", NULL, 3 }, /* times, title, lecturer, … */
    { "homework", "theme", NULL, 0 },
    { "homework", "title", "title IS NOT theme", 0 },
    { "homework", "task", "NOT EXISTS (SELECT 1 FROM theme t WHERE t.outline = task)", 0 },
    { "survey", "form", NULL, 0 },
    { "survey", "title", "unit = 'lecturer'", 0 },
};

/* The entry of a column; NULL: people's own words. */
static const struct filed *filed_of(const char *table, const char *column)
{
    for (size_t i = 0; i < G_N_ELEMENTS(filed); i++)
        if (!strcmp(filed[i].table, table) && (!filed[i].column || !strcmp(filed[i].column, column)))
            return &filed[i];
    return NULL;
}

/* --- where a word stands ----------------------------------------------------------------------------------
 */

/* Whether a letter makes one word with the letter beside it: all but those of scripts written without blanks.
 */
static bool joins(gunichar c)
{
    return (g_unichar_isalpha(c) || g_unichar_ismark(c)) && !g_unichar_iswide(c);
}

/* Whether the letter before `at` belongs to an escape, as in the JSON of "line\nAli". */
static bool escaped(const char *text, const char *at)
{
    return at - text >= 2 && at[-2] == '\\' && strchr("nrtbf", at[-1]);
}

/* The next place at or behind `from` where the word stands by itself; NULL none. */
static const char *next_place(const char *text, const char *from, const char *word)
{
    size_t len = strlen(word);
    bool first = joins(g_utf8_get_char(word)), last = joins(g_utf8_get_char(g_utf8_prev_char(word + len)));

    for (const char *at = strstr(from, word); at; at = strstr(at + 1, word)) {
        bool before =
            first && at > text && joins(g_utf8_get_char(g_utf8_prev_char(at))) && !escaped(text, at);

        if (!before && !(last && joins(g_utf8_get_char(at + len))))
            return at;
    }
    return NULL;
}

/* The bounds of a line of a text (from 1), of the whole with 0. */
static void line_of(const char *text, int line, const char **ret_from, const char **ret_until)
{
    const char *end = text + strlen(text);

    *ret_from = text;
    for (int i = 1; i < line && *ret_from < end; i++) {
        const char *next = strchr(*ret_from, '\n');

        *ret_from = next ? next + 1 : end;
    }
    *ret_until = line ? *ret_from + strcspn(*ret_from, "\n") : end;
}

/* A text with `neutral` for the word; yours, NULL when it does not stand there. */
static char *put(const char *text, const char *word, const char *neutral, int line)
{
    const char *from, *until, *at;
    g_autoptr(GString) into = g_string_new(NULL);

    line_of(text, line, &from, &until);
    at = next_place(text, from, word);
    if (!at || at >= until)
        return NULL;
    g_string_append_len(into, text, from - text);
    for (; at && at < until; at = next_place(text, from, word)) {
        g_string_append_len(into, from, at - from);
        g_string_append(into, neutral);
        from = at + strlen(word);
    }
    g_string_append(into, from);
    return g_string_free(g_steal_pointer(&into), FALSE);
}

/* --- in the store -----------------------------------------------------------------------------------------
 */

/* put_word(text, word, neutral, line): the text, or NULL when the word does not stand there. */
static void sql_put(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const char *text = (const char *)sqlite3_value_text(argv[0]),
               *word = (const char *)sqlite3_value_text(argv[1]),
               *neutral = (const char *)sqlite3_value_text(argv[2]);

    (void)argc;
    if (text && word && *word && neutral)
        sqlite3_result_text(context, put(text, word, neutral, sqlite3_value_int(argv[3])), -1, g_free);
}

/* Runs SQL made here, which may call put_word, with one text for ?1 and one for ?2; frees it. */
static void run_made(struct talk *talk, char *sql, const char *first, const char *second)
{
    sqlite3 *db = store_handle(talk->store);
    sqlite3_stmt *statement = NULL;
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    bool ok = store_state(talk->store) == STORE_FINE &&
              (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK ||
               (sqlite3_create_function_v2(db, "put_word", 4, flags, NULL, sql_put, NULL, NULL, NULL) ==
                    SQLITE_OK &&
                sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK)) &&
              sqlite3_bind_text(statement, 1, first, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(statement, 2, second, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_DONE;

    sqlite3_finalize(statement);
    g_free(sql);
    if (!ok)
        store_fail(talk->store);
}

bool erase_words_own(struct talk *talk, const char *name, int64_t person)
{
    g_autoptr(query) q = store_query(
        talk->store, "SELECT name FROM person WHERE id <> ?1 AND instr(name, ?2) > 0", "is", person, name);
    bool own = g_utf8_strlen(name, -1) >= 2;

    while (own && query_next(q))
        own = !next_place(query_text(q, 0), query_text(q, 0), name);
    return own;
}

void erase_words_in_chat(struct talk *talk, const char *name)
{
    run_made(talk,
             g_strdup("UPDATE outbox SET text = ?2, buttons = NULL, files = NULL WHERE state > 0"
                      " AND instr(text, ?1) > 0 AND put_word(text, ?1, '', 0) IS NOT NULL"),
             name, words(talk, "erasure.cleared", NULL));
    run_made(talk,
             g_strdup("UPDATE inbox SET text = NULL WHERE instr(text, ?1) > 0"
                      " AND put_word(text, ?1, ?2, 0) IS NOT NULL"),
             name, "");
}

/* Whether a word stands in the contents of an act, as somebody's own words. */
static bool act_holds(const char *table, const char *content, const char *word)
{
    g_autoptr(cJSON) row = cJSON_Parse(content);
    const cJSON *field;
    bool holds = !row;

    cJSON_ArrayForEach(field, row)
    {
        const struct filed *of = filed_of(table, field->string);

        if (cJSON_IsString(field) && (!of || of->but || of->line))
            holds = holds || next_place(field->valuestring, field->valuestring, word);
    }
    return holds;
}

void erase_words_replace(struct talk *talk, const char *word, const char *neutral, GArray *acts)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        " AND c.type = 'TEXT' AND c.pk = 0 AND t.name NOT IN ('audit', 'audit_content', 'migration')",
        "");

    while (query_next(q)) {
        const char *table = query_text(q, 0), *column = query_text(q, 1);
        const struct filed *of = filed_of(table, column);

        if (of && !of->but && !of->line)
            continue;
        run_made(talk,
                 g_strdup_printf("UPDATE \"%1$s\" SET \"%2$s\" = put_word(\"%2$s\", ?1, ?2, %3$d)"
                                 " WHERE instr(\"%2$s\", ?1) > 0 AND put_word(\"%2$s\", ?1, ?2, %3$d)"
                                 " IS NOT NULL AND (%4$s)",
                                 table, column, of ? of->line : 0, of && of->but ? of->but : "1"),
                 word, neutral);
    }
    audit_about_text(talk->store, word, act_holds, acts);
}
