#include "bot/school/scheme.h"

#include <string.h>

#include "bot/core/faults.h"
#include "bot/core/log.h"

const char *const scheme_schema[] = {
    "CREATE TABLE class_scheme ("
    "  class INTEGER NOT NULL REFERENCES class(id),"
    "  version INTEGER NOT NULL," /* 1: what it started with; the highest counts */
    "  sha256 TEXT NOT NULL,"
    "  text TEXT NOT NULL," /* the scheme file, whole */
    "  since INTEGER NOT NULL,"
    "  PRIMARY KEY (class, version)"
    ") STRICT, WITHOUT ROWID;",
    NULL,
};

static void item_free(void *data)
{
    struct scheme_item *item = data;

    g_ptr_array_unref(item->measures);
    g_hash_table_unref(item->title);
    g_free(item->id);
    g_free(item);
}

static void block_free(void *data)
{
    struct scheme_block *block = data;

    g_hash_table_unref(block->title);
    g_free(block->id);
    g_free(block);
}

static void limit_free(void *data)
{
    g_free(((struct scheme_limit *)data)->measure);
    g_free(data);
}

static void indicator_free(void *data)
{
    struct scheme_indicator *indicator = data;

    g_hash_table_unref(indicator->title);
    g_free(indicator->id);
    g_free(indicator);
}

struct scheme *scheme_new(void)
{
    struct scheme *scheme = g_new0(struct scheme, 1);

    scheme->items = g_ptr_array_new_with_free_func(item_free);
    scheme->blocks = g_ptr_array_new_with_free_func(block_free);
    scheme->limits = g_ptr_array_new_with_free_func(limit_free);
    scheme->indicators = g_ptr_array_new_with_free_func(indicator_free);
    scheme->prizes = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return scheme;
}

void scheme_free(struct scheme *scheme)
{
    if (!scheme)
        return;
    GPtrArray *const lists[] = { scheme->items, scheme->blocks, scheme->limits, scheme->indicators };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_array_unref(scheme->prizes);
    g_clear_pointer(&scheme->title, g_hash_table_unref);
    g_clear_pointer(&scheme->enterprise_title, g_hash_table_unref);
    g_free(scheme->id);
    g_free(scheme);
}

const char *scheme_say(const GHashTable *title, const char *lang)
{
    const char *text = g_hash_table_lookup((GHashTable *)title, lang);

    if (!text)
        text = g_hash_table_lookup((GHashTable *)title, scheme_languages[0]);
    return text ? text : "";
}

struct ratio indicator_score(const struct scheme_indicator *indicator, struct ratio actual,
                             struct ratio target)
{
    struct ratio above = indicator->lower ? target : actual, below = indicator->lower ? actual : target;
    struct ratio none = ratio_of(0, 1), full = ratio_of(1, 1);

    if (below.num == 0) /* nothing returned, or nothing to be reached */
        return indicator->weight;
    return ratio_mul(indicator->weight, ratio_clamp(ratio_div(above, below), none, full));
}

struct ratio scheme_max(const struct scheme *scheme)
{
    struct ratio sum = ratio_of(0, 1);

    for (guint i = 0; i < scheme->items->len; i++)
        sum = ratio_add(sum, ((const struct scheme_item *)scheme->items->pdata[i])->max);
    return sum;
}

int64_t scheme_keep(struct store *store, int64_t class, const char *text, int64_t now)
{
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    int64_t version =
        store_int(store, 0, "SELECT max(version) FROM class_scheme WHERE class = ?", "i", class);
    g_autofree char *current = store_text(
        store, "SELECT sha256 FROM class_scheme WHERE class = ? AND version = ?", "ii", class, version);

    if (current && strcmp(current, sha256) == 0)
        return version;
    store_run(store, "INSERT INTO class_scheme (class, version, sha256, text, since) VALUES (?, ?, ?, ?, ?)",
              "iissi", class, version + 1, sha256, text, now);
    return version + 1;
}

void scheme_start(struct store *store, int64_t class, const char *share_dir, const char *name, int64_t now,
                  GPtrArray *faults)
{
    g_autofree char *file = g_strdup_printf("%s.yaml", name);
    g_autofree char *path = g_build_filename(share_dir, "config", "schemes", file, NULL);
    g_autofree char *text = NULL;

    if (store_int(store, 0, "SELECT count(*) FROM class_scheme WHERE class = ?", "i", class) > 0)
        return;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        faults_add(faults, path, 0, 0, "the scheme cannot be read");
        return;
    }
    g_autoptr(marking_scheme) scheme = scheme_parse(path, text, scheme_languages, faults);

    if (scheme)
        scheme_keep(store, class, text, now);
}

struct scheme *scheme_kept(struct store *store, int64_t class)
{
    g_autoptr(query) q = store_query(
        store, "SELECT version, text FROM class_scheme WHERE class = ? ORDER BY version DESC LIMIT 1", "i",
        class);
    g_autoptr(GPtrArray) faults = faults_new();

    if (!query_next(q))
        return NULL;
    struct scheme *scheme = scheme_parse("class_scheme", query_text(q, 1), scheme_languages, faults);

    if (scheme)
        scheme->version = (int)query_int(q, 0);
    else
        log_error("scheme.bad", "class=%" G_GINT64_FORMAT " faults=%u", class, faults->len);
    return scheme;
}

bool scheme_takes_points(const struct scheme *scheme)
{
    for (guint i = 0; i < scheme->items->len; i++) {
        const struct scheme_item *item = scheme->items->pdata[i];

        for (guint j = 0; item->kind == ITEM_DEDUCT && j < item->measures->len; j++)
            if (strcmp(item->measures->pdata[j], "attendance.points") == 0)
                return true;
    }
    return false;
}
