#include "bot/school/forgotten.h"

#define NAME   "person.forgotten"
#define NUMBER "member.forgotten"

static const char *const schema[] = {
    "ALTER TABLE person ADD COLUMN forgotten BLOB;"  /* the index of the name */
    "ALTER TABLE member ADD COLUMN forgotten BLOB;", /* of the number; of "" when there was none */
    NULL,
};

bool forgotten_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "forgotten", schema, error);
}

void forgotten_keep(struct store *store, struct vault *vault, int64_t person, const char *name)
{
    uint8_t index[VAULT_INDEX];
    g_autoptr(query) q = store_query(store, "SELECT id, number FROM member WHERE person = ?", "i", person);

    vault_index(vault, NAME, name, index);
    store_run(store, "UPDATE person SET forgotten = ? WHERE id = ?", "bi", (void *)index, sizeof index,
              person);
    while (query_next(q)) {
        const char *number = query_text(q, 1);

        vault_index(vault, NUMBER, number ? number : "", index);
        store_run(store, "UPDATE member SET forgotten = ? WHERE id = ?", "bi", (void *)index, sizeof index,
                  query_int(q, 0));
    }
}

bool forgotten_row(struct store *store, struct vault *vault, int64_t class, const char *name,
                   const char *number)
{
    uint8_t by_name[VAULT_INDEX], by_number[VAULT_INDEX];

    vault_index(vault, NAME, name, by_name);
    vault_index(vault, NUMBER, number ? number : "", by_number);
    return store_int(store, 0,
                     "SELECT count(*) FROM member m JOIN person p ON p.id = m.person WHERE m.class = ?"
                     " AND p.forgotten = ? AND (? OR m.forgotten = ?)",
                     "ibib", class, (void *)by_name, sizeof by_name, (int64_t)!number, (void *)by_number,
                     sizeof by_number) > 0;
}

char *forgotten_called(struct store *store, struct vault *vault, int64_t class, const char *name)
{
    uint8_t by_name[VAULT_INDEX];

    vault_index(vault, NAME, name, by_name);
    return store_text(store,
                      "SELECT p.name FROM member m JOIN person p ON p.id = m.person WHERE m.class = ?1"
                      " AND p.forgotten = ?2 AND NOT EXISTS (SELECT 1 FROM member o JOIN person q"
                      " ON q.id = o.person WHERE o.class = ?1 AND q.name = ?3) LIMIT 1",
                      "ibs", class, (void *)by_name, sizeof by_name, name);
}
