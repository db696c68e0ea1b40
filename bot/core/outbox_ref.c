/* What the platforms call our messages: a press names the message it is on, an edit the one it replaces. For
 * what is on disk that is a column; for secret messages, which are on none, memory knows the latest, so that
 * their pressed buttons go as well. A restart forgets these, as it forgets the messages themselves. */
#include <string.h>

#include "bot/core/outbox_private.h"

enum { SECRET_REFS = 4096 }; /* as many as secret messages may wait */

struct secret_ref {
    GList link;
    enum platform_id platform;
    int64_t id;
    char *chat, *ref;
};

static void secret_ref_free(struct secret_ref *known)
{
    g_free(known->chat);
    g_free(known->ref);
    g_free(known);
}

void refs_keep(struct outbox *o, const struct record *r)
{
    const char *chat = r->chat ? r->chat->name : r->item->chat;
    struct secret_ref *known;

    if (!r->item->secret || !r->item->buttons || !r->ref || r->outcome != OUTCOME_SENT)
        return;
    if (o->secret_refs.length >= SECRET_REFS)
        secret_ref_free(g_queue_pop_head_link(&o->secret_refs)->data);
    known = g_new0(struct secret_ref, 1);
    known->link.data = known;
    known->platform = r->channel->platform->id;
    known->id = r->item->id;
    known->ref = g_strdup(r->ref);
    known->chat = g_strdup(chat);
    g_queue_push_tail_link(&o->secret_refs, &known->link);
}

void refs_free(struct outbox *o)
{
    for (GList *link; (link = g_queue_pop_head_link(&o->secret_refs));)
        secret_ref_free(link->data);
}

char *refs_of(struct outbox *o, int64_t id)
{
    for (const GList *l = o->secret_refs.tail; l; l = l->prev) {
        const struct secret_ref *known = l->data;
        if (known->id == id)
            return g_strdup(known->ref);
    }
    return store_text(o->store, "SELECT ref FROM outbox WHERE id = ?", "i", id);
}

/* The secret message of this name, 0 none. */
static int64_t secret_by_ref(const struct outbox *o, enum platform_id platform, const char *chat,
                             const char *ref)
{
    for (const GList *l = o->secret_refs.tail; l; l = l->prev) {
        const struct secret_ref *known = l->data;
        if (known->platform == platform && strcmp(known->ref, ref) == 0 && strcmp(known->chat, chat) == 0)
            return known->id;
    }
    return 0;
}

/* A press may come before the record of what it is on: looks among the outcomes not yet on disk. */
static int64_t unrecorded_ref(const GPtrArray *records, enum platform_id platform, const char *chat,
                              const char *ref)
{
    for (guint i = records->len; i-- > 0;) {
        const struct record *r = records->pdata[i];
        if (r->ref && r->item->buttons && r->channel->platform->id == platform && strcmp(r->ref, ref) == 0 &&
            strcmp(r->chat ? r->chat->name : r->item->chat, chat) == 0)
            return r->item->id;
    }
    return 0;
}

int64_t outbox_find_ref(struct outbox *o, enum platform_id platform, const char *chat, const char *ref)
{
    int64_t id = unrecorded_ref(o->records, platform, chat, ref);
    if (id != 0 || (id = unrecorded_ref(o->batch, platform, chat, ref)) != 0)
        return id;
    if ((id = secret_by_ref(o, platform, chat, ref)) != 0)
        return id;
    return store_int(
        o->store, 0,
        "SELECT id FROM outbox WHERE ref = ? AND state = 1 AND buttons IS NOT NULL AND ref IS NOT NULL"
        " AND platform = ? AND chat = ? ORDER BY id DESC LIMIT 1",
        "sis", ref, (int64_t)platform, chat);
}
