#include "bot/core/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "bot/core/log.h"

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct metric {
    char *labels;
    double value; /* a counter's; the sum of a histogram */
    double (*read)(void *);
    void *data;
    double *bounds;
    int64_t *counts; /* one more than bounds: the rest */
    int bound_count;
};

struct family {
    const char *name;
    enum kind kind;
    GPtrArray *metrics;
};

static GPtrArray *families;
static GHashTable *helps;

/* The family of `name`, made at first use; a name has one kind. */
static struct family *family_of(const char *name, enum kind kind)
{
    if (!families)
        families = g_ptr_array_new();
    for (guint i = 0; i < families->len; i++) {
        struct family *f = g_ptr_array_index(families, i);
        if (strcmp(f->name, name) == 0) {
            if (f->kind != kind)
                BUG("metric %s has two kinds", name);
            return f;
        }
    }
    struct family *f = g_new0(struct family, 1);
    f->name = g_intern_string(name);
    f->kind = kind;
    f->metrics = g_ptr_array_new();
    g_ptr_array_add(families, f);
    return f;
}

/* The metric with these labels, made at first use. */
static struct metric *metric_of(const char *name, const char *labels, enum kind kind)
{
    struct family *f = family_of(name, kind);
    for (guint i = 0; i < f->metrics->len; i++) {
        struct metric *m = g_ptr_array_index(f->metrics, i);
        if (strcmp(m->labels, labels) == 0)
            return m;
    }
    struct metric *m = g_new0(struct metric, 1);
    m->labels = g_strdup(labels);
    g_ptr_array_add(f->metrics, m);
    return m;
}

/* A counter. */
struct metric *metric_counter(const char *name, const char *labels)
{
    return metric_of(name, labels, COUNTER);
}

/* A histogram; a second call with the same name gives the first one's. */
struct metric *metric_histogram(const char *name, const double *bounds, int count)
{
    struct metric *m = metric_of(name, "", HISTOGRAM);
    if (!m->counts) {
        m->bounds = g_new(double, count);
        memcpy(m->bounds, bounds, sizeof *bounds * (size_t)count);
        m->counts = g_new0(int64_t, count + 1);
        m->bound_count = count;
    }
    return m;
}

/* Counts. */
void metric_add(struct metric *m, double by)
{
    m->value += by;
}

/* Counts one value into its bucket. */
void metric_observe(struct metric *m, double value)
{
    int i = 0;
    while (i < m->bound_count && value > m->bounds[i])
        i++;
    m->counts[i]++;
    m->value += value;
}

/* Keeps the words of a HELP line. */
void metric_help(const char *name, const char *help)
{
    if (!helps)
        helps = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(helps, (char *)name, (char *)help);
}

/* Registers a gauge's reader. */
void metric_gauge(const char *name, const char *labels, double (*read)(void *), void *data)
{
    struct metric *m = metric_of(name, labels, GAUGE);
    m->read = read;
    m->data = data;
}

/* Appends a number as Prometheus reads it, whatever the locale. */
static void put_number(GString *into, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    bool whole = value == floor(value) && fabs(value) < 1e15;
    g_string_append(into, g_ascii_formatd(text, sizeof text, whole ? "%.0f" : "%.12g", value));
}

/* Appends `name{labels} value`. */
static void put_sample(GString *into, const char *name, const char *labels, double value)
{
    g_string_append(into, name);
    if (*labels)
        g_string_append_printf(into, "{%s}", labels);
    g_string_append_c(into, ' ');
    put_number(into, value);
    g_string_append_c(into, '\n');
}

/* Appends cumulative buckets, sum and count. */
static void put_histogram(GString *into, const char *name, const struct metric *m)
{
    int64_t sum = 0;
    for (int i = 0; i <= m->bound_count; i++) {
        sum += m->counts[i];
        g_string_append_printf(into, "%s_bucket{le=\"", name);
        if (i < m->bound_count)
            put_number(into, m->bounds[i]);
        else
            g_string_append(into, "+Inf");
        g_string_append_printf(into, "\"} %" G_GINT64_FORMAT "\n", sum);
    }
    g_string_append(into, name);
    put_sample(into, "_sum", "", m->value);
    g_string_append(into, name);
    put_sample(into, "_count", "", (double)sum);
}

/* Appends one family with its HELP and TYPE. */
static void put_family(GString *into, const struct family *f)
{
    static const char *const kinds[] = {
        [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"
    };
    const char *help = helps ? g_hash_table_lookup(helps, f->name) : NULL;
    g_string_append_printf(into, "# HELP %s %s\n# TYPE %s %s\n", f->name, help ? help : f->name, f->name,
                           kinds[f->kind]);
    for (guint i = 0; i < f->metrics->len; i++) {
        const struct metric *m = g_ptr_array_index(f->metrics, i);
        switch (f->kind) {
        case COUNTER:
            put_sample(into, f->name, m->labels, m->value);
            break;
        case GAUGE:
            put_sample(into, f->name, m->labels, m->read(m->data));
            break;
        case HISTOGRAM:
            put_histogram(into, f->name, m);
            break;
        }
    }
}

/* Appends all families, oldest first. */
void metrics_write(GString *into)
{
    for (guint i = 0; families && i < families->len; i++)
        put_family(into, g_ptr_array_index(families, i));
}
