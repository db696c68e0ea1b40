#include "bot/school/group.h"

#include "bot/school/school.h"

enum group_kind group_of(struct talk *talk, const struct class *class)
{
    if (store_int(talk->store, 0, "SELECT count(*) FROM class WHERE id = ? AND group_chat IS NOT NULL", "i",
                  class->id))
        return GROUP_CHAT;
    return class->robot && talk->school->platforms & 1 << PLATFORM_WECOM ? GROUP_ROBOT : GROUP_NONE;
}

void group_tie(struct talk *talk, const struct class *class)
{
    store_run(talk->store, "UPDATE class SET group_platform = ?, group_chat = ? WHERE id = ?", "isi",
              (int64_t)talk->update->platform, talk->update->chat, class->id);
}

void group_untie(struct talk *talk, const struct class *class)
{
    store_run(talk->store, "UPDATE class SET group_platform = NULL, group_chat = NULL WHERE id = ?", "i",
              class->id);
}

void group_gone(struct talk *talk, enum platform_id platform, const char *chat)
{
    store_run(talk->store,
              "UPDATE class SET group_platform = NULL, group_chat = NULL WHERE group_platform = ? AND"
              " group_chat = ?",
              "is", (int64_t)platform, chat);
}

void group_set_digest(struct talk *talk, const struct class *class, bool on)
{
    store_run(talk->store, "UPDATE class SET group_digest = ? WHERE id = ?", "ii", (int64_t)on, class->id);
    school_forget_classes(talk->school);
}

void group_aside(struct talk *talk)
{
    struct update *update = talk->update;

    if (!update->group || talk->aside)
        return;
    store_run(talk->store, "INSERT OR IGNORE INTO group_hint (platform, chat, account) VALUES (?, ?, ?)",
              "iss", (int64_t)update->platform, update->chat, update->account);
    if (store_changes(talk->store) > 0)
        say(talk, "group.hint", NULL);
    talk->aside = true;
}
