#include "bot/school/binding.h"

#include "bot/school/invite.h"
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
