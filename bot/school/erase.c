#include "bot/school/erase.h"

#include <sqlite3.h>
#include <string.h>

#include "bot/core/log.h"
#include "bot/core/loop.h"
#include "bot/core/turn.h"
#include "bot/school/belongings.h"
#include "bot/school/erase_words.h"
#include "bot/school/forgotten.h"
#include "bot/school/phone.h"
#include "bot/school/school.h"

enum { EMPTY_MS = 50, EMPTY_TRIES = 200 };

#define ACCOUNTS "(SELECT a.platform, a.name FROM account a WHERE a.person = ?1)"

/* What the machinery keeps of a person; the accounts last, by which the rest is found. */
static const char *const erases[] = {
    "DELETE FROM dialog WHERE person = ?1",
    "DELETE FROM dialog_below WHERE person = ?1",
    "DELETE FROM link_code WHERE person = ?1",
    "DELETE FROM push_count WHERE person = ?1",
    "DELETE FROM reminder WHERE person = ?1",
    "DELETE FROM reminder_off WHERE person = ?1",
    "DELETE FROM invite WHERE member IN " ERASED_MEMBERS,
    "DELETE FROM join_try WHERE (platform, account) IN " ACCOUNTS,
    "DELETE FROM choice WHERE (platform, chat) IN " ACCOUNTS,
    "UPDATE inbox SET account = NULL, text = NULL, files = NULL WHERE (platform, account) IN " ACCOUNTS,
    "DELETE FROM outbox WHERE state > 0 AND (platform, chat) IN " ACCOUNTS, /* 0: it waits to be sent */
    "DELETE FROM web_browser WHERE account IN (SELECT a.name FROM account a WHERE a.person = ?1 AND"
    " a.platform = 0)", /* the web's */
    "UPDATE file SET holder = 0 WHERE holder = ?1",
    "UPDATE member SET number = NULL WHERE person = ?1",
    "DELETE FROM account WHERE person = ?1",
    NULL,
};

static void run_all(struct talk *talk, const char *const *statements, int64_t person)
{
    for (; statements && *statements; statements++)
        store_run_(talk->store, *statements, "i", person);
}

/* --- files -------------------------------------------------------------------------------------------------
 */

/* The files that the person sent or uploaded, or that stand in the person's rows or among the answers to the
 * person. */
static GArray *files_of(struct talk *talk, int64_t person)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(belongings) all = belongings_new(talk->store, person);
    g_autoptr(query) shown =
        store_query(talk->store,
                    "SELECT f.id FROM file f WHERE f.person = 0 AND f.sha256 IS NOT NULL AND (f.sha256 IN"
                    " (SELECT m.sha256 FROM file m WHERE m.person = ?1) OR EXISTS"
                    " (SELECT 1 FROM outbox o"
                    " WHERE instr(o.files, f.sha256) > 0 AND (o.platform, o.chat) IN " ACCOUNTS "))",
                    "i", person);
    const char *table;

    while ((table = belongings_table(all)))
        while (!strcmp(table, "file") && belongings_row(all)) {
            int64_t id = belongings_cell(all, 0).number;

            g_array_append_val(files, id);
        }
    while (query_next(shown)) {
        int64_t id = query_int(shown, 0);

        g_array_append_val(files, id);
    }
    if (belongings_failed(all))
        store_fail(talk->store);
    return files;
}

/* Whether a row of any table still names the file. */
static bool referred(struct talk *talk, int64_t file)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        " AND c.name = 'file' AND c.type = 'INTEGER'",
        "");
    bool found = false;

    while (!found && query_next(q)) {
        g_autofree char *sql = g_strdup_printf("SELECT 1 FROM \"%s\" WHERE file = ?1", query_text(q, 0));
        sqlite3_stmt *statement = NULL;

        if (sqlite3_prepare_v2(store_handle(talk->store), sql, -1, &statement, NULL) != SQLITE_OK)
            store_fail(talk->store);
        else
            sqlite3_bind_int64(statement, 1, file);
        found = !statement || sqlite3_step(statement) != SQLITE_DONE;
        sqlite3_finalize(statement);
    }
    return found;
}

/* --- the write-ahead log -----------------------------------------------------------------------------------
 */

/* Until nobody reads: then nothing of what was erased is in the log. */
static void empty_log(void *data)
{
    struct school *school = data;

    if (store_checkpoint(school->store))
        school->log_tries = 0;
    else if (--school->log_tries > 0)
        loop_later(school->loop, EMPTY_MS, empty_log, school);
    else
        log_warn("erase.log_not_emptied", "tries=%d", EMPTY_TRIES);
}

/* After the commit; the turn that commits is over by then. */
static void begin_emptying(void *data)
{
    struct school *school = data;
    bool on_its_way = school->log_tries > 0;

    school->log_tries = EMPTY_TRIES;
    if (!on_its_way)
        loop_later(school->loop, 1, empty_log, school);
}

void erase_empty_log(struct school *school)
{
    turn_after_commit(school->turn, begin_emptying, school, NULL);
}

/* --- all of it ---------------------------------------------------------------------------------------------
 */

/* Takes the contents of the acts found before, of those whose rows are about the person by a foreign key
 * alone, and of those that say so themselves. */
static void erase_acts(struct talk *talk, int64_t person, GArray *acts)
{
    g_autoptr(belongings) all = belongings_new(talk->store, person);
    g_autoptr(query) members =
        store_query(talk->store, "SELECT id FROM member WHERE person = ?", "i", person);
    g_autofree struct audited *audited = school_audits(talk->school->handlers);
    const char *table;

    while ((table = belongings_table(all)))
        if (belongings_where(all))
            audit_about_rows(talk->store, table, belongings_where(all), person, acts);
    while (query_next(members))
        audit_about(talk->store, query_int(members, 0), 0, acts);
    audit_about(talk->store, 0, person, acts);
    audit_erase(talk->store, audited, acts, pool_printf(talk->pool, "person %" G_GINT64_FORMAT, person));
}

/* What whoever was no trainee anywhere is called is another word. */
static const char *neutral_key(struct talk *talk, int64_t person)
{
    return store_int(talk->store, 0, "SELECT count(*) FROM member WHERE person = ? AND role = ?", "ii",
                     person, (int64_t)ROLE_TRAINEE)
               ? "erasure.neutral"
               : "erasure.neutral_staff";
}

/* The last that is said to the person is on its way; texts that still wait are sent, and pruned later. */
void erase_person(struct talk *talk, int64_t person)
{
    g_autofree char *name = store_text(talk->store, "SELECT name FROM person WHERE id = ?", "i", person);
    g_autoptr(query) sealed =
        store_query(talk->store, "SELECT phone_sealed FROM person WHERE id = ?", "i", person);
    size_t len = 0;
    const void *bytes = query_next(sealed) ? query_blob(sealed, 0, &len) : NULL;
    g_autofree char *phone = phone_open(talk->school->vault, person, bytes, len);
    g_autoptr(GArray) files = files_of(talk, person), acts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const char *neutral = words(talk, neutral_key(talk, person), "n", num(talk, person), NULL);

    if (name)
        forgotten_keep(talk->store, talk->school->vault, person, name);
    for (size_t h = 0; talk->school->handlers[h]; h++)
        run_all(talk, talk->school->handlers[h]->erases, person);
    school_event(talk, EVENT_ERASED, person);
    run_all(talk, erases, person);
    store_run(talk->store, "UPDATE person SET name = ?, lang = NULL, erased = ? WHERE id = ?", "sii", neutral,
              talk->now, person);
    phone_set(talk->store, talk->school->vault, person, NULL);
    if (name)
        erase_words_in_chat(talk, name);
    if (name && erase_words_own(talk, name, person))
        erase_words_replace(talk, name, neutral, acts);
    if (phone)
        erase_words_replace(talk, phone, "", acts);
    for (guint i = 0; i < files->len; i++)
        if (!referred(talk, g_array_index(files, int64_t, i)))
            files_forget(talk->files, talk->store, g_array_index(files, int64_t, i));
    erase_acts(talk, person, acts);
    log_info("person.erased", "person=%" G_GINT64_FORMAT, person);
    erase_empty_log(talk->school);
}
