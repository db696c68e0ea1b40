/* Who is who: classes and members as talks see them. */
#include <string.h>

#include "bot/core/locale.h"
#include "bot/school/scheme.h"
#include "bot/school/school.h"
#include "bot/school/talk.h"

/* --- classes
 * --------------------------------------------------------------------------------------------------- */

static void free_class(void *data)
{
    struct class *class = data;

    g_time_zone_unref(class->zone);
    g_free((void *)class->slug);
    g_free((void *)class->title);
    g_free((void *)class->kind);
    g_free((void *)class->starts);
    g_free((void *)class->zone_name);
    g_free((void *)class->scheme);
    g_free((void *)class->survey);
    g_free((void *)class->survey_unit);
    g_free((void *)class->signout);
    g_free((void *)class->ballot);
    g_free((void *)class->reminders);
    g_free((void *)class->robot);
    g_free((void *)class->secret);
    g_free(class);
}

/* A time zone by name; an unknown one was refused at import, so UTC is only a last resort. */
static GTimeZone *zone_of(const char *name)
{
    GTimeZone *zone = g_time_zone_new_identifier(name);

    return zone ? zone : g_time_zone_new_utc();
}

static struct class *load_class(struct store *store, int64_t id)
{
    g_autoptr(query) q = store_query(
        store,
        "SELECT slug, title, kind, starts, zone, lang, scheme, survey, survey_unit,"
        " signout, robot, secret, place_lat, place_lon, place_radius, ballot, group_digest, reminders,"
        " slot_from, slot_to, coalesce(most_in_file, 0), coalesce(most_of_person, 0),"
        " coalesce(most_of_class, 0), class_hour, survey_after, survey_hours, survey_least,"
        " survey_share FROM class WHERE id = ?",
        "i", id);
    size_t len;

    if (!query_next(q))
        return NULL;
    struct class *class = g_new0(struct class, 1);

    class->id = id;
    class->slug = g_strdup(query_text(q, 0));
    class->title = g_strdup(query_text(q, 1));
    class->kind = g_strdup(query_text(q, 2));
    class->starts = g_strdup(query_text(q, 3));
    class->zone_name = g_strdup(query_text(q, 4));
    class->zone = zone_of(class->zone_name);
    class->lang = locale_pick(query_text(q, 5));
    class->scheme = g_strdup(query_text(q, 6));
    class->survey = g_strdup(query_text(q, 7));
    class->survey_unit = g_strdup(query_text(q, 8));
    class->signout = g_strdup(query_text(q, 9));
    class->robot = g_strdup(query_text(q, 10));
    const void *secret = query_blob(q, 11, &len);

    class->secret = g_malloc0(32);
    memcpy((void *)class->secret, secret, MIN(len, 32));
    class->place_lat = query_real(q, 12);
    class->place_lon = query_real(q, 13);
    class->place_radius = query_int(q, 14);
    class->ballot = g_strdup(query_text(q, 15));
    class->group_digest = query_int(q, 16) != 0;
    class->reminders = g_strdup(query_text(q, 17));
    class->slot_from = (int)query_int(q, 18);
    class->slot_to = (int)query_int(q, 19);
    class->most_in_file = query_int(q, 20);
    class->most_of_person = query_int(q, 21);
    class->most_of_class = query_int(q, 22);
    class->class_hour = (int)query_int(q, 23);
    class->terms = (struct survey_terms){ (int)query_int(q, 24), (int)query_int(q, 25), (int)query_int(q, 26),
                                          (int)query_int(q, 27) };
    return class;
}

/* What stands for a class that cannot be read: every field is valid. */
static struct class *stand_in(void)
{
    struct class *class = g_new0(struct class, 1);
    const char **texts[] = { &class->slug,        &class->title, &class->scheme, &class->survey,
                             &class->survey_unit, &class->robot, &class->ballot };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup("");
    class->kind = g_strdup("theory");
    class->starts = g_strdup("1970-01-05");
    class->signout = g_strdup("off");
    class->reminders = g_strdup("standard");
    class->zone_name = g_strdup("UTC");
    class->zone = zone_of(class->zone_name);
    class->lang = locale_pick(NULL);
    class->secret = g_malloc0(32);
    return class;
}

const struct class *class_by_id(struct talk *talk, int64_t id)
{
    GHashTable *classes = talk->school->classes;
    struct class *class = g_hash_table_lookup(classes, &id);

    if (class || id == 0)
        return class;
    class = load_class(talk->store, id);
    if (class) {
        g_hash_table_insert(classes, &class->id, class);
    } else if (store_state(talk->store) != STORE_FINE) {
        class = talk->school->unread;
        class->id = id;
    }
    return class;
}

const struct class *class_by_slug(struct talk *talk, const char *slug)
{
    return class_by_id(talk, store_int(talk->store, 0, "SELECT id FROM class WHERE slug = ?", "s", slug));
}

void school_forget_classes(struct school *school)
{
    g_clear_pointer(&school->classes, g_hash_table_destroy);
    g_clear_pointer(&school->schemes, g_hash_table_destroy);
    school->classes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_class);
    school->schemes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)scheme_free);
    if (!school->unread)
        school->unread = stand_in();
}

void school_free_classes(struct school *school)
{
    g_clear_pointer(&school->classes, g_hash_table_destroy);
    g_clear_pointer(&school->schemes, g_hash_table_destroy);
    g_clear_pointer(&school->unread, free_class);
}

/* --- members
 * ------------------------------------------------------------------------------------------------------ */

void talk_as(struct talk *talk, const struct member *member)
{
    talk->member = member;
    talk->class = member ? class_by_id(talk, member->class_id) : NULL;
}

const struct member *speaks_as(struct talk *talk, int roles, int64_t class_id)
{
    for (size_t i = 0; i < talk->member_count; i++)
        if (talk->members[i].role & roles && talk->members[i].class_id == class_id)
            return &talk->members[i];
    return NULL;
}

const char *role_label(struct talk *talk, int role)
{
    char *key = pool_printf(talk->pool, "roles.%s", role_name(role));

    g_strdelimit(key, "-", '_');
    return words(talk, key, NULL);
}

/* One row of the member queries below. */
static struct member read_member(struct talk *talk, query *q)
{
    return (struct member){ .id = query_int(q, 0),
                            .class_id = query_int(q, 1),
                            .person = query_int(q, 2),
                            .role = (int)query_int(q, 3),
                            .number = pool_strdup(talk->pool, query_text(q, 4)),
                            .name = pool_strdup(talk->pool, query_text(q, 5)),
                            .since = query_int(q, 6) };
}

struct member *members_of(struct talk *talk, int64_t class_id, int roles, size_t *ret_count)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT m.id, m.class, m.person, m.role, m.number, p.name, m.since FROM member m"
                    " JOIN person p ON p.id = m.person WHERE m.class = ? AND m.role & ? AND m.left IS NULL"
                    " ORDER BY m.number, m.id",
                    "ii", class_id, (int64_t)roles);
    struct member *list = NULL;
    size_t count = 0, room = 0;

    while (query_next(q)) {
        if (count == room) {
            struct member *more = pool_alloc(talk->pool, (room ? room * 2 : 32) * sizeof *more);

            if (count)
                memcpy(more, list, count * sizeof *more);
            list = more;
            room = room ? room * 2 : 32;
        }
        list[count++] = read_member(talk, q);
    }
    *ret_count = count;
    return list;
}

const struct member *member_by_id(struct talk *talk, int64_t id)
{
    g_autoptr(query) q =
        store_query(talk->store,
                    "SELECT m.id, m.class, m.person, m.role, m.number, p.name, m.since FROM member m"
                    " JOIN person p ON p.id = m.person WHERE m.id = ?",
                    "i", id);

    if (!query_next(q))
        return NULL;
    struct member *member = pool_alloc(talk->pool, sizeof *member);

    *member = read_member(talk, q);
    return member;
}

void member_left(struct talk *talk, int64_t member, int64_t at)
{
    store_run(talk->store, "UPDATE member SET left = nullif(?, 0) WHERE id = ?", "ii", at, member);
    if (at)
        school_event(talk, EVENT_LEFT, member);
}
