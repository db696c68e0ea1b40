/* The record of an inspection: taken at a minute, signed, never changed. */
#include <string.h>

#include "bot/core/secret.h"
#include "bot/school/names.h"
#include "bot/school/school.h"
#include "handlers/inspect/inspect.h"

enum { SHARE = 20, NAMES = 60, HEX = 2 * SECRET_BYTES + 1 };

void snapshot_take(struct talk *talk, const struct sitting *sitting, struct snapshot *ret)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT p.name, a.state IN ('present', 'late') AND coalesce(e.at > ?2, 1), l.state, a.how = 'makeup'"
        " FROM expected e0 JOIN member m ON m.id = e0.member JOIN person p ON p.id = m.person"
        " LEFT JOIN attendance a ON a.sitting = ?1 AND a.member = m.id"
        " LEFT JOIN leave_now l ON l.sitting = ?1 AND l.member = m.id"
        " LEFT JOIN early_leave e ON e.sitting = ?1 AND e.member = m.id"
        " WHERE e0.sitting = ?1 ORDER BY length(m.number), m.number, m.id",
        "ii", sitting->id, talk->now);

    *ret = (struct snapshot){ .leave_names = g_ptr_array_new(),
                              .pending_names = g_ptr_array_new(),
                              .missing_names = g_ptr_array_new() };
    while (query_next(q)) {
        char *name = pool_strdup(talk->pool, query_text(q, 0));
        const char *leave = query_text(q, 2);

        ret->expected++;
        ret->makeup += query_int(q, 3) != 0;
        if (query_int(q, 1)) {
            ret->here++;
        } else if (leave && strcmp(leave, "leave") == 0) {
            ret->leave++;
            g_ptr_array_add(ret->leave_names, name);
        } else if (leave) {
            ret->pending++;
            g_ptr_array_add(ret->pending_names, name);
        } else {
            ret->missing++;
            g_ptr_array_add(ret->missing_names, name);
        }
    }
}

void snapshot_clear(struct snapshot *s)
{
    g_ptr_array_unref(s->leave_names);
    g_ptr_array_unref(s->pending_names);
    g_ptr_array_unref(s->missing_names);
}

bool snapshot_over(const struct snapshot *s)
{
    return s->leave * 100 > s->expected * SHARE;
}

/* The signature of a text that follows another signature ("" none). */
static void sign(struct talk *talk, const char *before, const char *text, char ret[HEX])
{
    g_autofree char *whole = g_strdup_printf("inspection\n%s\n%s", before, text);

    secret_sign_hex(talk->school->secret, whole, ret);
}

/* "3月2日 周一 09:05" whatever the day, with the year. */
static const char *stamp(struct talk *talk, const struct class *class, int64_t at)
{
    return pool_printf(talk->pool, "%s %s", day_of(talk, class, at), show_time(talk, class, at));
}

/* The canonical text, in the class's language: what is signed and what is shown. */
static const char *text_of(struct talk *talk, const struct sitting *sitting, const struct snapshot *s,
                           int count)
{
    const struct class *class = class_by_id(talk, sitting->class_id);
    const char *lang = talk->lang, *none;

    talk->lang = class->lang;
    none = words(talk, "inspect.nobody", NULL);
    const char *heads = count < 0 ? words(talk, "inspect.uncounted", NULL)
                                  : words(talk, "inspect.counted", "count", num(talk, count), "difference",
                                          pool_printf(talk->pool, "%+d", count - s->here), NULL);
    const char *rule = words(talk, snapshot_over(s) ? "inspect.rule_over" : "inspect.rule_fine", "leave",
                             num(talk, s->leave), "expected", num(talk, s->expected), "missed",
                             num(talk, s->missing + (snapshot_over(s) ? s->leave : 0)), NULL);
    const char *text = words(
        talk, "inspect.text", "class", class->title, "title", sitting->title, "from",
        stamp(talk, class, sitting->starts), "to", show_time(talk, class, sitting->ends), "at",
        stamp(talk, class, talk->now), "name", talk->name, "expected", num(talk, s->expected), "here",
        num(talk, s->here), "leave", num(talk, s->leave), "leave_names",
        s->leave ? names_join(talk, s->leave_names, NAMES) : none, "pending", num(talk, s->pending),
        "pending_names", s->pending ? names_join(talk, s->pending_names, NAMES) : none, "missing",
        num(talk, s->missing), "missing_names", s->missing ? names_join(talk, s->missing_names, NAMES) : none,
        "makeup", num(talk, s->makeup), "heads", heads, "rule", rule, NULL);

    talk->lang = lang;
    return text;
}

int64_t record_write(struct talk *talk, const struct sitting *sitting, const struct snapshot *s, int count)
{
    char signature[HEX];
    int64_t id = store_int(talk->store, 1, "SELECT max(id) + 1 FROM inspection", "");
    const char *text =
        pool_printf(talk->pool, "No. %" G_GINT64_FORMAT "\n%s", id, text_of(talk, sitting, s, count));

    sign(talk, "", text, signature);
    store_run(talk->store,
              "INSERT INTO inspection (id, class, sitting, member, at, record, signature)"
              " VALUES (?, ?, ?, ?, ?, ?, ?)",
              "iiiiiss", id, sitting->class_id, sitting->id, talk->member->id, talk->now, text, signature);
    return id;
}

/* The signature that the next note follows; yours. */
static char *last_signature(struct talk *talk, int64_t inspection)
{
    return store_text(talk->store,
                      "SELECT signature FROM (SELECT 0 AS place, signature FROM inspection WHERE id = ?1"
                      " UNION ALL SELECT id, signature FROM inspection_note WHERE inspection = ?1)"
                      " ORDER BY place DESC LIMIT 1",
                      "i", inspection);
}

void record_note(struct talk *talk, int64_t inspection, const char *kind, const char *text, int64_t file)
{
    char signature[HEX];
    g_autofree char *before = last_signature(talk, inspection);
    const char *whole =
        pool_printf(talk->pool, "%s %s %s\n%s", kind, stamp(talk, talk->class, talk->now), talk->name, text);

    sign(talk, before ? before : "", whole, signature);
    store_run(talk->store,
              "INSERT INTO inspection_note (inspection, kind, member, at, text, file, signature)"
              " VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?)",
              "isiisis", inspection, kind, talk->member->id, talk->now, whole, file, signature);
}

const char *record_show(struct talk *talk, int64_t inspection, bool *ret_right)
{
    g_autoptr(query) q = store_query(
        talk->store,
        "SELECT text, signature FROM (SELECT 0 AS place, record AS text, signature FROM inspection"
        "   WHERE id = ?1 UNION ALL SELECT id, text, signature FROM inspection_note WHERE inspection = ?1)"
        " ORDER BY place",
        "i", inspection);
    GString *whole = g_string_new(NULL);
    char signature[HEX] = "", before[HEX] = "";

    *ret_right = true;
    while (query_next(q)) {
        sign(talk, before, query_text(q, 0), signature);
        *ret_right = *ret_right && strcmp(signature, query_text(q, 1)) == 0;
        g_strlcpy(before, query_text(q, 1), sizeof before);
        g_string_append_printf(whole, "%s%s", whole->len ? "\n\n" : "", query_text(q, 0));
    }
    const char *text = pool_take(talk->pool, g_string_free(whole, FALSE));

    return *text ? text : NULL;
}
