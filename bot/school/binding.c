#include "bot/school/binding.h"

#include "bot/school/invite.h"
#include "bot/school/phone.h"
#include "bot/school/school.h"

bool binding_may(struct store *store, int64_t organiser, int64_t person)
{
    return store_int(store, 1,
                     "SELECT EXISTS (SELECT 1 FROM member WHERE person = ?2 AND (role = ?3 OR class NOT IN"
                     " (SELECT class FROM member WHERE person = ?1 AND role = ?4 AND left IS NULL)))",
                     "iiii", organiser, person, (int64_t)ROLE_BUREAU, (int64_t)ROLE_ORGANISER) == 0;
}

char *binding_end(struct talk *talk, const struct member *member)
{
    tell(talk, member->person, "unbind.told", "class", class_by_id(talk, member->class_id)->title, NULL);
    store_run(talk->store, "DELETE FROM account WHERE person = ?", "i", member->person);
    invite_unlink(talk->store, member->person);
    return invite_renew(talk->store, talk->school->secret, member->id);
}

/* --- one person of two -------------------------------------------------------------------------------------
 */

bool binding_fits(struct talk *talk, const struct member *member)
{
    return talk->person && member->person != talk->person &&
           store_int(talk->store, 0,
                     "SELECT count(*) FROM person p WHERE p.id = ?1 AND p.name = ?3 AND p.consented IS NULL"
                     " AND p.erased IS NULL AND NOT EXISTS (SELECT 1 FROM account WHERE person = ?1)"
                     " AND NOT EXISTS (SELECT 1 FROM member a JOIN member b ON b.class = a.class"
                     " AND b.role = a.role WHERE a.person = ?1 AND b.person = ?2)",
                     "iis", member->person, talk->person, talk->name) > 0;
}

/* The rows of every table that name the one name the other; those that the other has already go. */
static void move_rows(struct talk *talk, int64_t from, int64_t to)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        " AND c.name = 'person' AND t.name <> 'audit_content'",
        "");

    while (query_next(q)) {
        g_autofree char *move =
            g_strdup_printf("UPDATE OR IGNORE \"%s\" SET person = ?2 WHERE person = ?1", query_text(q, 0));
        g_autofree char *drop = g_strdup_printf("DELETE FROM \"%s\" WHERE person = ?", query_text(q, 0));

        store_run_(talk->store, move, "ii", from, to);
        store_run_(talk->store, drop, "i", from);
    }
}

/* The telephone number of the one, where the other has none, is the other's. */
static void move_phone(struct talk *talk, int64_t from, int64_t to)
{
    struct vault *vault = talk->school->vault;
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT phone_sealed, phone_index IS NOT NULL FROM person WHERE id = ?1 AND phone_sealed IS NOT NULL"
        " AND (SELECT phone_sealed FROM person WHERE id = ?2) IS NULL",
        "ii", from, to);
    size_t len = 0;
    bool there = query_next(q), found = there && query_int(q, 1);
    const void *sealed = there ? query_blob(q, 0, &len) : NULL;
    g_autofree char *phone = phone_open(vault, from, sealed, len);

    phone_set(talk->store, vault, from, NULL);
    if (phone)
        (found ? phone_set : phone_note)(talk->store, vault, to, phone);
}

void binding_attach(struct talk *talk, const struct member *member)
{
    int64_t from = member->person;
    g_autoptr(GArray) acts = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autofree struct audited *audited = school_audits(talk->school->handlers);

    move_rows(talk, from, talk->person);
    move_phone(talk, from, talk->person);
    store_run(talk->store, "UPDATE person SET name = ?, erased = ? WHERE id = ?", "sii",
              words(talk, "erasure.neutral_staff", "n", num(talk, from), NULL), talk->now, from);
    audit_about_rows(talk->store, "person", "id = ?1", from, acts);
    audit_erase(talk->store, audited, acts, pool_printf(talk->pool, "person %" G_GINT64_FORMAT, from));
}
