#include "bot/school/doors.h"

#include <string.h>

#include "bot/core/clock.h"
#include "bot/school/invite.h"
#include "bot/school/uploads.h"

void doors_key(struct store *store, const uint8_t *secret, uint8_t ret_key[SECRET_BYTES])
{
    g_autofree char *salt = store_text(store, "SELECT lower(hex(salt)) FROM door_key", "");
    g_autofree char *text = salt ? g_strdup_printf("doors:%s", salt) : NULL;

    if (text)
        secret_sign(secret, text, ret_key);
    else
        memcpy(ret_key, secret, SECRET_BYTES);
}

int64_t doors_renew(struct store *store, const uint8_t *secret)
{
    uint8_t salt[SECRET_BYTES];

    secret_random(salt, sizeof salt);
    store_run(store,
              "INSERT INTO door_key (id, made, salt) VALUES (1, ?1, ?2)"
              " ON CONFLICT (id) DO UPDATE SET made = ?1, salt = ?2",
              "ib", clock_machine(), (void *)salt, sizeof salt);
    store_run(store, "UPDATE class SET secret = randomblob(32)", "");
    uploads_close(store);
    return invite_renew_all(store, secret);
}
