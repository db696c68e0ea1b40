#include "bot/school/phone.h"

#define PLACE "person.phone_sealed"

static const char *const schema[] = {
    "ALTER TABLE person ADD COLUMN phone_sealed BLOB;" /* `phone` itself is null since */
    "ALTER TABLE person ADD COLUMN phone_index BLOB;"
    "CREATE UNIQUE INDEX person_phone ON person(phone_index) WHERE phone_index IS NOT NULL;",
    NULL,
};

bool phone_migrate(struct store *store, GError **error)
{
    return store_migrate(store, "phone", schema, error);
}

char *phone_open(struct vault *vault, int64_t person, const void *sealed, size_t len)
{
    return sealed ? vault_text(vault, PLACE, person, sealed, len) : NULL;
}

int64_t phone_find(struct store *store, struct vault *vault, const char *phone)
{
    uint8_t index[VAULT_INDEX];

    vault_index(vault, PLACE, phone, index);
    return store_int(store, 0, "SELECT id FROM person WHERE phone_index = ?", "b", (void *)index,
                     sizeof index);
}

/* Writes a number, and with `found` its index. */
static void write_phone(struct store *store, struct vault *vault, int64_t person, const char *phone,
                        bool found)
{
    uint8_t index[VAULT_INDEX];
    size_t len = 0;
    g_autofree uint8_t *sealed = phone ? vault_seal(vault, store, PLACE, person, phone, &len) : NULL;

    found = found && sealed;
    if (found)
        vault_index(vault, PLACE, phone, index);
    store_run(store, "UPDATE person SET phone = NULL, phone_sealed = ?, phone_index = ? WHERE id = ?", "bbi",
              (void *)sealed, len, found ? (void *)index : NULL, found ? sizeof index : 0, person);
}

void phone_set(struct store *store, struct vault *vault, int64_t person, const char *phone)
{
    write_phone(store, vault, person, phone, true);
}

void phone_note(struct store *store, struct vault *vault, int64_t person, const char *phone)
{
    write_phone(store, vault, person, phone, false);
}

bool phone_seal_all(struct store *store, struct vault *vault, GError **error)
{
    int64_t person;

    if (!store_int(store, 0, "SELECT 1 FROM person WHERE phone IS NOT NULL LIMIT 1", ""))
        return true;
    bool ok = store_begin(store);

    while (ok &&
           (person = store_int(store, 0, "SELECT id FROM person WHERE phone IS NOT NULL LIMIT 1", "")) != 0) {
        g_autofree char *phone = store_text(store, "SELECT phone FROM person WHERE id = ?", "i", person);

        phone_set(store, vault, person, phone);
        ok = store_state(store) == STORE_FINE;
    }
    if (ok && store_commit(store))
        return true;
    store_rollback(store);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "%s: telephone numbers cannot be sealed",
                store_path(store));
    return false;
}
